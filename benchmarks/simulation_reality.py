"""How far simulated fields lie from real ones, crop by crop and month by month.

Reads a table of real points (one row a point and ten-day step: sample_id, date, ewoc_code, B02 .. B12 as reflectance x
10,000 with gaps, VV_dB, VH_dB), simulates counties on the same ten-day calendar, takes one pixel of each parcel, and
prints medians and spreads of NDVI, VV and VH of both, and their distances. Run from the repository's root with

    PYTHONPATH=build/plugins python benchmarks/simulation_reality.py POINTS.csv.gz
"""

from __future__ import annotations

import argparse
import csv
import gzip
import sys
from datetime import date
from pathlib import Path

import numpy as np
from scipy.ndimage import distance_transform_edt

from crop_attention.engine.simulation.memory import simulate_cube
from crop_attention.engine.simulation.options import CountyOptions
from crop_attention.engine.simulation.spectra import NIR, RED
from crop_attention.models.card import Season
from crop_attention.models.legend import TEMPERATE_EUROPE

MEASURES = ("NDVI", "VV", "VH")
TOLERANCE = (0.08, 1.0, 1.0)


def class_of(code: str) -> int:
    """Return the legend's class of a WorldCereal crop code, 0 where it has none."""
    if code.startswith("110102"):
        return 2 if code.endswith("1") else 3
    if code.startswith("11010") and code[:6] not in ("110106", "110107"):
        return 3 if code.endswith("2") else 1
    prefixes = {
        "110106": 4,
        "1106000031": 5,
        "1106000010": 6,
        "1106000020": 7,
        "110700": 9,
        "1105": 10,
        "2001": 11,
        "12010": 12,
    }
    return next((value for prefix, value in prefixes.items() if code.startswith(prefix)), 0)


def read_points(path: Path, steps: int, first: date) -> tuple[np.ndarray, np.ndarray]:
    """Return classes (P,) and NDVI, VV, VH (P, steps, 3) with NaN where missing."""
    rows: dict[str, int] = {}
    classes, values = [], []
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["sample_id"] not in rows:
                rows[row["sample_id"]] = len(rows)
                classes.append(class_of(row["ewoc_code"]))
                values.append(np.full((steps, 3), np.nan))
            step = _dekad(date.fromisoformat(row["date"]), first)
            if not 0 <= step < steps:
                continue
            place = values[rows[row["sample_id"]]][step]
            if row["B08"] and row["B04"]:
                nir, red = float(row["B08"]), float(row["B04"])
                place[0] = (nir - red) / (nir + red)
            place[1:] = [float(row[name]) if row[name] else np.nan for name in ("VV_dB", "VH_dB")]
    return np.array(classes), np.array(values)


def _dekad(day: date, first: date) -> int:
    return (day.year - first.year) * 36 + (day.month - first.month) * 3 + min((day.day - 1) // 10, 2)


def simulate_points(seeds: int, size: int, steps: int, first: date) -> tuple[np.ndarray, np.ndarray]:
    """Return classes (P,) and NDVI, VV, VH (P, steps, 3) of one pixel of each simulated parcel."""
    season = Season(first.month, first.day, steps, 10)
    classes, values = [], []
    for seed in range(seeds):
        options = CountyOptions(
            seed=1000 + seed, size=size, balance=1.0, shift_days=0.0, s2_dates=80, s1_dates=80, cloudiness=0.5
        )
        cube, truth, parcels = simulate_cube(options, season, first)
        pixels = innermost(parcels)
        s2 = cube.s2.reshape(steps, 10, -1)[:, :, pixels]
        valid = cube.s2_valid.reshape(steps, -1)[:, pixels]
        ndvi = np.where(valid, (s2[:, NIR] - s2[:, RED]) / np.maximum(s2[:, NIR] + s2[:, RED], 1e-3), np.nan)
        s1 = np.where(
            cube.s1_valid.reshape(steps, 1, -1)[:, :, pixels], cube.s1.reshape(steps, 2, -1)[:, :, pixels], np.nan
        )
        classes.append(truth.ravel()[pixels])
        values.append(np.stack([ndvi, s1[:, 0], s1[:, 1]], axis=-1).transpose(1, 0, 2))
    return np.concatenate(classes), np.concatenate(values)


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


def monthly(values: np.ndarray, months: np.ndarray, month: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return median, standard deviation and number of looks of each measure in one month."""
    part = values[:, months == month].reshape(-1, 3)
    seen = np.isfinite(part)
    with np.errstate(all="ignore"):
        median = np.array([np.median(part[seen[:, k], k]) if seen[:, k].any() else np.nan for k in range(3)])
        spread = np.array([np.std(part[seen[:, k], k]) if seen[:, k].any() else np.nan for k in range(3)])
    return median, spread, seen.sum(axis=0)


def main() -> int:
    """Print the tables; return 0 where every median distance is within its tolerance."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("points", type=Path, help="table of real points, CSV, gzipped or not")
    parser.add_argument("--first", type=date.fromisoformat, default=date(2022, 9, 1), help="first ten-day step")
    parser.add_argument("--steps", type=int, default=39, help="ten-day steps compared")
    parser.add_argument("--seeds", type=int, default=6, help="counties to simulate")
    parser.add_argument("--size", type=int, default=256, help="pixels a side of each")
    parser.add_argument("--least", type=int, default=5, help="looks a class and month needs to count")
    arguments = parser.parse_args()
    real_class, real = read_points(arguments.points, arguments.steps, arguments.first)
    made_class, made = simulate_points(arguments.seeds, arguments.size, arguments.steps, arguments.first)
    months = np.array(
        [(arguments.first.year * 12 + arguments.first.month - 1) + step // 3 for step in range(arguments.steps)]
    )
    print(
        f"{len(real_class)} real points, {len(made_class)} simulated parcels; missing optical steps: "
        f"real {np.isnan(real[:, :36, 0]).mean():.2f}, simulated {np.isnan(made[:, :36, 0]).mean():.2f}"
    )
    good = True
    everything = []
    for entry in TEMPERATE_EUROPE:
        mine, theirs = made[made_class == entry.code], real[real_class == entry.code]
        if not len(mine) or not len(theirs):
            continue
        print(
            f"\n{entry.name}: {len(theirs)} real, {len(mine)} simulated\n"
            "month     NDVI real  sim (sd real sim)     VV real    sim (sd)           VH real    sim (sd)"
        )
        gaps, ratios = [], []
        for month in np.unique(months):
            median, spread, looks = monthly(theirs, months, month)
            other, width, _ = monthly(mine, months, month)
            print(
                f"{month // 12}-{month % 12 + 1:02d} "
                + "   ".join(f"{median[k]:8.2f} {other[k]:7.2f} ({spread[k]:4.2f} {width[k]:4.2f})" for k in range(3))
            )
            gaps.append(np.where(looks >= arguments.least, other - median, np.nan))
            ratios.append(np.where(looks >= 3 * arguments.least, width / np.maximum(spread, 1e-3), np.nan))
        if not np.isfinite(gaps).any():
            continue
        middle = np.nanmedian(np.abs(gaps), axis=0)
        everything.append(np.abs(gaps))
        good &= bool((middle <= TOLERANCE).all())
        ratio = np.nanmedian(ratios, axis=0) if np.isfinite(ratios).any() else np.full(3, np.nan)
        print(
            "median distance "
            + ", ".join(f"{name} {value:.2f}" for name, value in zip(MEASURES, middle))
            + "; simulated / real spread "
            + ", ".join(f"{value:.2f}" for value in ratio)
        )
    print(
        "\nall classes: median distance "
        + ", ".join(
            f"{name} {value:.2f}" for name, value in zip(MEASURES, np.nanmedian(np.concatenate(everything), axis=0))
        )
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
