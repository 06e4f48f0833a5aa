"""How far simulated fields lie from real ones, and whether they are too easy.

Reads a table of real points (one row a point and ten-day step: sample_id, date, lon, lat, ewoc_code, B02 .. B12 as
reflectance x 10,000 with gaps, VV_dB, VH_dB) and simulates counties on the same calendar, one pixel a parcel. Prints, a
crop and month, medians of NDVI, VV and VH of both and the distances of their distributions; then a random forest is
trained on either and tested on the other. Writes a page that draws it all, and a table. From the repository's root:

    PYTHONPATH=build/plugins python -m crop_attention.benchmarks.reality POINTS.csv.gz
"""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path

import numpy as np

from crop_attention.benchmarks.reality.distances import Comparison, compare
from crop_attention.benchmarks.reality.forest import TwoWays, two_ways
from crop_attention.benchmarks.reality.page import document, summary
from crop_attention.benchmarks.reality.points import MEASURES, read_points, simulate_points
from crop_attention.engine.report import html
from crop_attention.models.legend import TEMPERATE_EUROPE

ROOT = Path(__file__).resolve().parents[2]
FIRST, STEPS = date(2022, 10, 1), 36
TOLERANCE = {"NDVI": 0.08, "VV": 1.0, "VH": 1.0}
COURSE_SEED, FOREST_SEED = 1000, 5000


def print_distances(found: list[Comparison]) -> None:
    """Print a table a crop, and what lies beyond the tolerance."""
    names = {entry.code: entry.name for entry in TEMPERATE_EUROPE}
    beyond = []
    for code in dict.fromkeys(row.code for row in found):
        print(f"\n{names[code]}\nmonth   " + "".join(f"{name:>6}: real   sim    W    KS" for name in MEASURES))
        rows = {(row.year, row.month, row.measure): row for row in found if row.code == code}
        for year, month in dict.fromkeys((row[0], row[1]) for row in rows):
            cells = [rows.get((year, month, name)) for name in MEASURES]
            print(f"{year}-{month:02d} " + "".join(_cell(row) for row in cells))
        for name in MEASURES:
            part = [row for row in rows.values() if row.measure == name]
            apart, shift, overlap, spread = summary(part)
            print(f"  {name:4} medians {apart:.2f} apart, W {shift:.2f}, KS {overlap:.2f}, spread x {spread:.2f}")
            if apart > TOLERANCE[name]:
                beyond.append(f"{names[code]} {name} ({apart:.2f})")
    print("\nall crops: " + "; ".join(_all(found, name) for name in MEASURES))
    print("beyond the tolerance: " + (", ".join(beyond) or "none"))


def _cell(row: Comparison | None) -> str:
    return f"{row.real[1]:13.2f} {row.made[1]:6.2f} {row.shift:4.2f} {row.overlap:4.2f}" if row else " " * 29


def _all(found: list[Comparison], name: str) -> str:
    apart, shift, overlap, spread = summary([row for row in found if row.measure == name])
    return f"{name} medians {apart:.2f} apart, W {shift:.2f}, KS {overlap:.2f}, spread x {spread:.2f}"


def print_scores(scores: TwoWays) -> None:
    """Print what forests score."""
    print("\nRandom forest, 500 trees, classes weighted by rarity, ten classes at the frequencies of the real points:")
    for trained, tested, how, kept in scores.rows():
        accuracy, macro = np.mean([(score.accuracy, score.macro_f1) for score in kept], axis=0)
        note = f"{kept[0].trained} train, {kept[0].tested} test" + (f", {how}" if how else "")
        draws = f"mean of {len(kept)} draws, " if len(kept) > 1 else ""
        print(f"  {trained:9} -> {tested:9} OA {accuracy:.3f}  macro F1 {macro:.3f}  ({draws}{note})")


def main() -> int:
    """Compare, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("points", type=Path, help="table of real points, gzipped or not")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "benchmarks", help="folder for page and table")
    parser.add_argument("--counties", type=int, default=6, help="counties of 256 x 256 pixels for the courses")
    parser.add_argument("--forest", type=int, default=24, help="counties of 128 x 128 pixels for the forest; 0: none")
    parser.add_argument("--draws", type=int, default=3, help="draws of simulated points for the forest")
    parser.add_argument("--least", type=int, default=5, help="looks that a class and month needs to count")
    parser.add_argument("--jobs", type=int, default=2, help="threads of the forest")
    arguments = parser.parse_args()
    if not arguments.points.is_file():
        print(f"There are no real points at {arguments.points}: nothing is compared.")
        return 0
    real = read_points(arguments.points, STEPS, FIRST)
    made = simulate_points(range(COURSE_SEED, COURSE_SEED + arguments.counties), 256, STEPS, FIRST)
    gaps = [np.isnan(points.values[..., 0]).mean() for points in (real, made)]
    subtitle = (
        f"{len(real.classes)} real points, {len(made.classes)} simulated parcels; "
        f"optical steps that are missing: {gaps[0]:.0%} real, {gaps[1]:.0%} simulated"
    )
    print(subtitle)
    found = compare(real, made, FIRST, arguments.least)
    print_distances(found)
    scores = None
    if arguments.forest:
        many = simulate_points(range(FOREST_SEED, FOREST_SEED + arguments.forest), 128, STEPS, FIRST, None)
        scores = two_ways(real, many, arguments.draws, arguments.jobs)
        print_scores(scores)
    arguments.output.mkdir(parents=True, exist_ok=True)
    page = arguments.output / "simulation_reality.html"
    html.write(str(page), document(found, scores, TEMPERATE_EUROPE, subtitle))
    with open(page.with_suffix(".csv"), "w", newline="") as file:
        table = [asdict(row) for row in found]
        writer = csv.DictWriter(file, fieldnames=list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    print(f"\nDrawn in {page}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
