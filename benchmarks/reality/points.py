"""Real and simulated parcel points on one ten-day calendar."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from scipy.ndimage import distance_transform_edt

from crop_attention.engine.simulation.options import CountyOptions
from crop_attention.engine.simulation.spectra import BANDS
from crop_attention.models.card import Season
from crop_attention.tools.checkpoints.simulated_cube import simulate_cube

OPTICAL = tuple(band for band in BANDS if band != "B8A")
"""The points lack B8A."""
CHANNELS = (*OPTICAL, "VV", "VH")
MEASURES = ("NDVI", "VV", "VH")
DEKAD = 10
BLOCK = 0.1
"""Degrees across a block of points that are held out together."""

CODES = {
    "110106": 4,
    "1106000031": 5,
    "1106000010": 6,
    "1106000020": 7,
    "110700": 9,
    "1105": 10,
    "2001": 11,
    "111102": 13,
    "1111": 11,
    "1201": 12,
    "1103": 13,
    "110107": 13,
    "1101": 13,
    "1106": 13,
    "1108": 13,
    "1102": 13,
    "1115": 13,
}
"""Class of a WorldCereal code by how it begins, the first that fits: fodder is temporary grass but for legumes."""


@dataclass(frozen=True)
class Points:
    """Parcel points.

    Attributes:
        classes: (P,) class of the legend, 0 for none.
        values: (P, T, 11) reflectance 0..1 of nine bands, VV and VH in dB; NaN where missing.
        blocks: (P,) number of the place a point lies in; points of one place share soil, weather and habits.
    """

    classes: np.ndarray
    values: np.ndarray
    blocks: np.ndarray

    def measures(self) -> np.ndarray:
        """Return NDVI, VV and VH, (P, T, 3)."""
        near, red = (self.values[..., CHANNELS.index(band)] for band in ("B08", "B04"))
        ndvi = (near - red) / np.maximum(near + red, 1e-3)
        return np.stack([ndvi, self.values[..., -2], self.values[..., -1]], axis=-1)

    def pick(self, rows: np.ndarray) -> Points:
        """Return some of the points."""
        return Points(self.classes[rows], self.values[rows], self.blocks[rows])


def class_of(code: str) -> int:
    """Return the legend's class of a WorldCereal crop code, 0 where it has none."""
    if code.startswith("110102"):
        return 2 if code.endswith("1") else 3
    if code[:6] in ("110101", "110103", "110104", "110105"):
        return 3 if code.endswith("2") else 1
    return next((value for prefix, value in CODES.items() if code.startswith(prefix)), 0)


def read_points(path: Path, steps: int, first: date) -> Points:
    """Read a table of real points (sample_id, date, lon, lat, ewoc_code, B02 .. B12, VV_dB, VH_dB).

    Args:
        path: CSV, gzipped or not.
        steps: ten-day steps to read.
        first: first day of the first.
    """
    rows: dict[str, int] = {}
    classes, values, blocks = [], [], []
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["sample_id"] not in rows:
                rows[row["sample_id"]] = len(rows)
                classes.append(class_of(row["ewoc_code"]))
                values.append(np.full((steps, len(CHANNELS)), np.nan))
                blocks.append((round(float(row["lon"]) / BLOCK), round(float(row["lat"]) / BLOCK)))
            step = _dekad(date.fromisoformat(row["date"]), first)
            if not 0 <= step < steps:
                continue
            place = values[rows[row["sample_id"]]][step]
            place[:-2] = [float(row[band]) / 1e4 if row[band] else np.nan for band in OPTICAL]
            place[-2:] = [float(row[name]) if row[name] else np.nan for name in ("VV_dB", "VH_dB")]
    _, numbers = np.unique(np.array(blocks), axis=0, return_inverse=True)
    return Points(np.array(classes), np.array(values), numbers)


def _dekad(day: date, first: date) -> int:
    return (day.year - first.year) * 36 + (day.month - first.month) * 3 + min((day.day - 1) // DEKAD, 2)


def simulate_points(
    seeds: Iterable[int], size: int, steps: int, first: date, shift_days: float | None = 0.0, parcel_size: float = 2.5
) -> Points:
    """Simulate counties with all classes equally frequent and take the innermost pixel of each parcel.

    Args:
        seeds: one a county.
        size: pixels a side.
        steps: ten-day steps.
        first: first day of the first.
        shift_days: days by which each season is late; None draws it.
        parcel_size: mean parcel in hectares.
    """
    season = Season(first.month, first.day, steps, DEKAD)
    keep = [BANDS.index(band) for band in OPTICAL]
    classes, values, blocks = [], [], []
    for seed in seeds:
        options = CountyOptions(
            seed=seed, size=size, balance=1.0, shift_days=shift_days, parcel_size=parcel_size, s2_dates=80, s1_dates=80
        )
        cube, truth, parcels = simulate_cube(options, season, first)
        pixels = innermost(parcels)
        s2 = cube.s2.reshape(steps, len(BANDS), -1)[:, keep][:, :, pixels]
        s1 = cube.s1.reshape(steps, 2, -1)[:, :, pixels]
        s2 = np.where(cube.s2_valid.reshape(steps, 1, -1)[:, :, pixels], s2, np.nan)
        s1 = np.where(cube.s1_valid.reshape(steps, 1, -1)[:, :, pixels], s1, np.nan)
        classes.append(truth.ravel()[pixels])
        values.append(np.concatenate([s2, s1], axis=1).transpose(2, 0, 1))
        blocks.append(np.full(len(pixels), seed))
    return Points(np.concatenate(classes), np.concatenate(values), np.concatenate(blocks))


def innermost(parcels: np.ndarray) -> np.ndarray:
    """Return the flat index of the pixel of each parcel that lies farthest from its border, as real points do."""
    inner = np.ones(parcels.shape, dtype=bool)
    for axis in (0, 1):
        for shift in (-1, 1):
            inner &= np.roll(parcels, shift, axis) == parcels
    depth = distance_transform_edt(inner)
    order = np.argsort(-depth, axis=None, kind="stable")
    numbers, index = np.unique(parcels.ravel()[order], return_index=True)
    return order[index[(numbers > 0) & (depth.ravel()[order[index]] >= 1.0)]]
