"""The folder of PASTIS or PASTIS-R: its metadata, patches and arrays."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Iterable, Mapping, Sequence

import numpy as np

from ....models.card import Season
from ....models.language import tr
from ...errors import SampleError
from ...series.messages import several
from ...series.season import PlacedSeason

EPSG, YEARS = 2154, (2018, 2019)


@dataclass(frozen=True)
class Patch:
    """One entry of the metadata.

    Attributes:
        fold: 1 to 5.
        days: "S2", "S1A", "S1D" -> dates in the order of the arrays; a missing sensor is empty.
        place: west, south, east, north in metres (EPSG:2154), None where the metadata has no geometry.
    """

    number: int
    fold: int
    days: Mapping[str, tuple[date, ...]]
    place: tuple[float, float, float, float] | None


class PastisFolder:
    """A folder in the layout of PASTIS or PASTIS-R.

    Attributes:
        path: of the folder.
        patches: by number.
        radar: whether it holds Sentinel-1, as PASTIS-R does.
    """

    def __init__(self, path: str | Path) -> None:
        """Read the metadata and check that all files are there.

        Raises:
            SampleError: the metadata cannot be read or files are missing; the text names them.
        """
        self.path = Path(path)
        self.patches = _patches(self.path / "metadata.geojson")
        self.radar = all((self.path / f"DATA_{name}").is_dir() for name in ("S1A", "S1D"))
        sensors = ("S2", "S1A", "S1D") if self.radar else ("S2",)
        missing = [
            file.relative_to(self.path).as_posix()
            for number in self.patches
            for file in (
                *(self._series(name, number) for name in sensors),
                self._annotation("TARGET", number),
                self._annotation("ParcelIDs", number),
            )
            if not file.is_file()
        ]
        if missing:
            raise SampleError(
                tr("{path} is not a whole PASTIS folder: {missing} missing; unpack it again.").format(
                    path=self.path, missing=several(missing)
                )
            )

    def series(self, sensor: str, number: int) -> np.ndarray:
        """Return (T, bands, H, W) of "S2", "S1A" or "S1D", mapped into memory.

        Raises:
            SampleError: the file cannot be read or does not have the dates of the metadata.
        """
        path = self._series(sensor, number)
        array = _load(path, 4)
        days = self.patches[number].days[sensor]
        if len(array) != len(days):
            raise SampleError(
                tr("{path} holds {count_array} dates and the metadata {count_days}: get the file again.").format(
                    path=path, count_array=len(array), count_days=len(days)
                )
            )
        return array

    def target(self, number: int) -> np.ndarray:
        """Return (H, W) uint8 codes of PASTIS."""
        array = _load(self._annotation("TARGET", number), 3)[0]
        return np.asarray(array, np.uint8)

    def parcels(self, number: int) -> np.ndarray:
        """Return (H, W) int64 parcel numbers of one patch, 0 between parcels."""
        array = _load(self._annotation("ParcelIDs", number), None)
        return np.asarray(array[0] if array.ndim == 3 else array, np.int64)

    def season_start(self, season: Season) -> date:
        """Return the first day of the season of the year that holds most optical dates."""
        starts = [date(year, season.start_month, season.start_day) for year in YEARS]
        days = [day for patch in self.patches.values() for day in patch.days["S2"]]
        return max(starts, key=lambda start: sum(PlacedSeason(season, start).step_of(day) is not None for day in days))

    def _series(self, sensor: str, number: int) -> Path:
        return self.path / f"DATA_{sensor}" / f"{sensor}_{number}.npy"

    def _annotation(self, kind: str, number: int) -> Path:
        return self.path / "ANNOTATIONS" / f"{kind}_{number}.npy"


def _patches(path: Path) -> dict[int, Patch]:
    try:
        metadata = json.loads(path.read_text(encoding="utf-8"))
        patches = [_patch(feature) for feature in metadata["features"]]
    except OSError as error:
        raise SampleError(
            tr("{path} cannot be read ({error}): choose a PASTIS folder.").format(path=path, error=error)
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise SampleError(
            tr("{path} is not the metadata of PASTIS ({error}): get the file again.").format(path=path, error=error)
        ) from error
    crs = str(((metadata.get("crs") or {}).get("properties") or {}).get("name", EPSG))
    if not crs.endswith(str(EPSG)):
        raise SampleError(
            tr("{path} is in {crs} and not in EPSG:{epsg}: use the official file.").format(
                path=path, crs=crs, epsg=EPSG
            )
        )
    if not patches:
        raise SampleError(tr("{path} lists no patch: get the file again.").format(path=path))
    return {patch.number: patch for patch in sorted(patches, key=lambda patch: patch.number)}


def _patch(feature: Mapping[str, Any]) -> Patch:
    values = feature["properties"]
    days = {name: _days(values.get(f"dates-{name}") or {}) for name in ("S2", "S1A", "S1D")}
    corners = np.array(list(_corners((feature.get("geometry") or {}).get("coordinates") or ())), float).reshape(-1, 2)
    place = None
    if len(corners):
        (west, south), (east, north) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        place = (west, south, east, north)
    return Patch(int(values["ID_PATCH"]), int(values["Fold"]), days, place)


def _days(dates: Mapping[str, Any]) -> tuple[date, ...]:
    """Dates as yyyymmdd by their position, which is a text."""
    ordered = sorted(dates.items(), key=lambda entry: int(entry[0]))
    return tuple(datetime.strptime(str(int(day)), "%Y%m%d").date() for _, day in ordered)


def _corners(coordinates: Sequence[Any]) -> Iterable[tuple[float, float]]:
    if len(coordinates) and not isinstance(coordinates[0], (list, tuple)):
        yield coordinates[0], coordinates[1]
        return
    for part in coordinates:
        yield from _corners(part)


def _load(path: Path, dimensions: int | None) -> np.ndarray:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise SampleError(
            tr("{path} cannot be read ({error}): get the file again.").format(path=path, error=error)
        ) from error
    if dimensions is not None and array.ndim != dimensions:
        raise SampleError(
            tr("{path} has {ndim} dimensions and not {dimensions}: get the file again.").format(
                path=path, ndim=array.ndim, dimensions=dimensions
            )
        )
    return array
