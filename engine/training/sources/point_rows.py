"""The rows of a point file, joined by point."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Iterator, Mapping

from ....models.language import tr
from ...errors import SampleError
from ...feedback import Feedback
from ...series.cube.masks import LOWEST_DECIBEL

SCALE = 1e-4
"""Reflectance of one unit of an optical column."""


SATURATED = 65535


SUBSTITUTES = {"B8A": "B08"}


CHECK_EVERY = 4096


@dataclass
class Point:
    """The rows of one point: day, reflectance or None, power or None."""

    lon: float | None
    lat: float | None
    label: str
    group: str = ""
    rows: list[tuple[date, list[float] | None, list[float] | None]] = field(default_factory=list)


def read_rows(
    path: Path,
    s2_bands: tuple[str, ...],
    s1_bands: tuple[str, ...],
    label: str,
    substitutes: Mapping[str, str],
    group: str,
    feedback: Feedback,
) -> dict[str, Point]:
    """Read all rows by point."""
    points: dict[str, Point] = {}
    number = 1
    try:
        for number, row in enumerate(_rows(path, s2_bands, s1_bands, label, substitutes, group), start=2):
            if number % CHECK_EVERY == 0:
                feedback.check()
            name = row["sample_id"]
            if name not in points:
                lon, lat = ((row.get(axis) or "").strip() for axis in ("lon", "lat"))
                x, y = (float(lon), float(lat)) if lon and lat else (None, None)
                points[name] = Point(x, y, row[label].strip(), (row[group] or "").strip() if group else "")
            optical = [_optical(row, band, substitutes.get(band, "")) for band in s2_bands]
            radar = [_radar(row.get(f"{band}_dB", "")) for band in s1_bands]
            points[name].rows.append(
                (
                    date.fromisoformat(row["date"][:10]),
                    [value for value in optical if value is not None] if None not in optical else None,
                    [value for value in radar if value is not None] if None not in radar else None,
                )
            )
    except (ValueError, TypeError, AttributeError) as error:
        raise SampleError(
            tr("Line {number} of {path} cannot be read ({error}): correct or remove it.").format(
                number=number, path=path.name, error=error
            )
        ) from error
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise SampleError(
            tr("The point file {path} cannot be read ({error}): check the file.").format(path=path, error=error)
        ) from error
    if not points:
        raise SampleError(tr("The point file {path} contains no rows: choose another file.").format(path=path.name))
    return points


def _rows(
    path: Path,
    s2_bands: tuple[str, ...],
    s1_bands: tuple[str, ...],
    label: str,
    substitutes: Mapping[str, str],
    group: str,
) -> Iterator[dict[str, str]]:
    opener = gzip.open if path.suffix.casefold() == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        held = set(reader.fieldnames or ())
        wanted = ["sample_id", "date", label, *([group] if group else []), *(f"{band}_dB" for band in s1_bands)]
        wanted += [band for band in s2_bands if substitutes.get(band, "") not in held]
        missing = [name for name in wanted if name not in held]
        if missing:
            raise SampleError(
                tr("The point file {path} has no column {missing}: add it or rename it.").format(
                    path=path.name, missing=", ".join(missing)
                )
            )
        yield from reader


def _optical(row: Mapping[str, str], band: str, stand_in: str) -> float | None:
    value = row.get(band) or row.get(stand_in) or ""
    number = float(value) if value.strip() else 0.0
    return number * SCALE if 0 < number < SATURATED else None


def _radar(value: str) -> float | None:
    """Linear power of a value in dB."""
    if not value.strip():
        return None
    number = float(value)
    return 10 ** (number / 10) if LOWEST_DECIBEL < number < -LOWEST_DECIBEL else None
