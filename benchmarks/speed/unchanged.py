"""What a weekly update could keep: pixels of a real season that a week of new images leaves as they were, bit for bit.

python -m crop_attention.benchmarks.speed.unchanged --samples FOLDER
"""

from __future__ import annotations

import argparse
import re
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from crop_attention.benchmarks.samples import add_samples
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.cube.cube import Cube
from crop_attention.engine.series.files.grid import Window
from crop_attention.engine.series.inputs import SeriesInputs
from crop_attention.engine.series.preprocessing.prepare import prepare
from crop_attention.models.card import Card
from crop_attention.models.checkpoint import default_checkpoint, read_card

START, FIRST, LAST = date(2017, 10, 1), date(2018, 2, 4), date(2018, 9, 30)
SENSORS = ("s2", "s1")


def seen_until(card: Card, folder: Path, until: date, normalise: bool) -> Cube:
    """Return the season as far as it was seen."""

    def files(sensor: str) -> tuple[str, ...]:
        days = {file: re.search(r"20\d{6}", file.name) for file in sorted((folder / sensor).glob("*.tif"))}
        return tuple(str(file) for file, day in days.items() if day and day[0] <= f"{until:%Y%m%d}")

    inputs = SeriesInputs(files("sentinel2"), files("sentinel1"))
    prepared = prepare(inputs, card, SeriesOptions(normalise_tracks=normalise), START)
    reader = prepared.reader()
    try:
        return reader.read(Window(0, 0, prepared.grid.height, prepared.grid.width))
    finally:
        reader.close()


def unchanged(before: Cube, now: Cube, sensor: str) -> np.ndarray:
    """Return (T, H, W) bool: a step of a pixel holds the same values and the same validity."""
    one, other = getattr(before, sensor), getattr(now, sensor)
    same = ((one == other) | (np.isnan(one) & np.isnan(other))).all(axis=1)
    return same & (getattr(before, f"{sensor}_valid") == getattr(now, f"{sensor}_valid"))


def main() -> int:
    """Print what stays from week to week."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_samples(parser)
    folder = parser.parse_args().samples / "flanders_2018"
    if not folder.is_dir():
        print(f"The sample is not at {folder}: nothing was measured.")
        return 0
    card, weeks = read_card(default_checkpoint()), []
    ends = [FIRST + timedelta(7 * week) for week in range((LAST - FIRST).days // 7 + 1)]
    before = seen_until(card, folder, ends[0], normalise=False)
    for end in ends[1:]:
        now = seen_until(card, folder, end, normalise=False)
        weeks.append([unchanged(before, now, sensor).all(axis=0).mean() for sensor in SENSORS])
        print(
            f"{end}: " + ", ".join(f"{share:.1%} of {sensor}" for share, sensor in zip(weeks[-1], SENSORS)), flush=True
        )
        before = now
    found = np.array(weeks)
    for place, sensor in enumerate(SENSORS):
        share, whole, none = found[:, place].mean(), (found[:, place] == 1).sum(), (found[:, place] == 0).sum()
        print(f"{sensor}: {share:.1%} of the pixels stay, all in {whole} and none in {none} of {len(found)} weeks")
    pair = [seen_until(card, folder, end, normalise=True) for end in ends[-2:]]
    steps = (~unchanged(*pair, "s1").all(axis=(1, 2))).sum()
    print(f"with normalised orbits {steps} steps of Sentinel-1 differ in the last week")
    return 0


if __name__ == "__main__":
    sys.exit(main())
