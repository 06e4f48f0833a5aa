"""Labelled points with their series as CSV: one row a point and date."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Callable, Mapping, Sequence

import numpy as np

from ....models.card import CropClass, Season
from ....models.language import span, tr
from ...errors import SampleError
from ...feedback import Feedback
from ...series.cube.cube import Cube
from ...series.messages import count
from ...series.season import PlacedSeason
from ..dataset import Dataset, LabelledCube
from ..options import SourceOptions
from ..rare_classes import resolve_rare
from .blocks import block_numbers, metres
from .point_rows import CHECK_EVERY, SUBSTITUTES, Point, read_rows

TEN_DAYS = range(8, 12)
"""Days from one to the next of the 1st, 11th and 21st of months."""


def read_points(
    csv_path: str | Path,
    season: Season,
    start: date,
    s2_bands: Sequence[str],
    s1_bands: Sequence[str],
    classes: Sequence[CropClass],
    mapping: Mapping[str, int] | Callable[[str], int],
    options: SourceOptions,
    feedback: Feedback,
    label: str = "ewoc_code",
    substitutes: Mapping[str, str] = SUBSTITUTES,
    licence: str = "",
    group: str = "",
) -> Dataset:
    """Read points onto a season's calendar.

    Columns: sample_id, date, lon and lat, the label, optical bands as reflectance x 10,000, and VV_dB and VH_dB. A row
    stands for the days until the next row of its calendar (ten days, or a month) and falls into the step that holds
    their middle. Rows of one step are joined: mean reflectance, mean backscatter power. An optical observation is valid
    when it has all bands, a radar observation when it has all polarisations.

    Args:
        season, start: the calendar and its first day.
        s2_bands, s1_bands: of the cubes; "VV" is read from the column VV_dB.
        mapping: label -> class code; 0, or no entry, leaves a point out.
        options: side of a block (see `options.BLOCK_METRES`) and the least number of points of a class.
        label: column of the labels.
        substitutes: missing optical band -> the band that stands in for it, value by value.
        group: column of what stays together when points are parted, in place of blocks; without it and without
            coordinates each point is parted by itself, at random, and a warning says so.

    Returns:
        One window of 1 x 1 pixel for each point, in the order of their names.

    Raises:
        SampleError: the file cannot be read, or too few classes are left.
    """
    path, placed = Path(csv_path), PlacedSeason(season, start)
    points = read_rows(path, tuple(s2_bands), tuple(s1_bands), label, substitutes, group, feedback)
    class_of = mapping if callable(mapping) else (lambda code: mapping.get(code, 0))
    codes = {name: int(class_of(point.label)) for name, point in points.items()}
    known = {entry.code for entry in classes}
    wrong = sorted({points[name].label for name, code in codes.items() if code and code not in known})
    if wrong:
        raise SampleError(
            tr("The label {wrong} of {path} is mapped to a class that the legend does not have.").format(
                wrong=wrong[0], path=path.name
            )
        )
    warnings = []
    left = sum(not code for code in codes.values())
    if left:
        warnings.append(
            tr("{left} of {count_points:,} in {path} with a label without a class: ignored.").format(
                left=_points(left), count_points=len(points), path=path.name
            )
        )
    middle = _middle({row[0] for point in points.values() for row in point.rows})
    found: list[tuple[str, Cube]] = []
    for number, name in enumerate(sorted(name for name, code in codes.items() if code)):
        if number % CHECK_EVERY == 0:
            feedback.check()
        cube = _cube(points[name], placed, len(s2_bands), len(s1_bands), middle)
        if not cube.empty():
            found.append((name, cube))
    unseen = len(points) - left - len(found)
    if unseen:
        warnings.append(
            tr("{unseen} in {path} without an observation within the season: left out.").format(
                unseen=_points(unseen), path=path.name
            )
        )
    counts: dict[int, int] = {}
    for name, _ in found:
        counts[codes[name]] = counts.get(codes[name], 0) + 1
    settled = resolve_rare(
        classes, counts, options, tr("The column {label} of {path}").format(label=label, path=path.name), "points"
    )
    kept = [(name, cube) for name, cube in found if settled.recode[codes[name]]]
    blocks, places, told = _ground([points[name] for name, _ in kept], options.block_metres, bool(group), path.name)
    warnings += told
    windows = [
        LabelledCube(
            cube,
            np.array([[settled.recode[codes[name]]]], np.uint8),
            np.array([[number]], np.int32),
            int(block),
            place,
        )
        for number, ((name, cube), block, place) in enumerate(zip(kept, blocks, places), start=1)
    ]
    warnings += settled.warnings
    for warning in warnings:
        feedback.warning(warning)
    feedback.progress(1.0)
    return Dataset(
        windows=tuple(windows),
        classes=settled.classes,
        season=season,
        s2_bands=tuple(s2_bands),
        s1_bands=tuple(s1_bands),
        counts=settled.counts,
        description=tr("{points} of {file} in {classes} classes, {days}.").format(
            points=_points(len(windows)),
            file=path.name,
            classes=len(settled.classes),
            days=span(start, placed.step_bounds(season.steps - 1)[1]),
        ),
        licence=licence,
        warnings=tuple(warnings),
    )


def _middle(days: set[date]) -> timedelta:
    """Return how long after its date the middle of a row's days lies: five days, or half of another calendar's step."""
    ordered = sorted(days)
    gaps = [(after - before).days for before, after in zip(ordered, ordered[1:])]
    if not gaps or min(gaps) in TEN_DAYS:
        return timedelta(days=5)
    return timedelta(days=int(np.median(gaps)) // 2)


def _cube(point: Point, placed: PlacedSeason, s2_bands: int, s1_bands: int, middle: timedelta) -> Cube:
    """Join the rows of a point on the calendar; float16."""
    steps = placed.season.steps
    sums = (np.zeros((steps, s2_bands)), np.zeros((steps, s1_bands)))
    looks = np.zeros((2, steps), np.int64)
    for day, *values in point.rows:
        step = placed.step_of(day + middle)
        if step is None:
            continue
        for sensor, value in enumerate(values):
            if value:
                sums[sensor][step] += value
                looks[sensor, step] += 1
    s2, s1 = (total / np.maximum(number, 1)[:, None] for total, number in zip(sums, looks))
    valid = looks > 0
    s1 = np.where(valid[1][:, None], 10 * np.log10(np.where(s1 > 0, s1, 1)), 0)
    return Cube(
        s2.astype(np.float16)[..., None, None],
        valid[0][:, None, None],
        s1.astype(np.float16)[..., None, None],
        valid[1][:, None, None],
    )


def _ground(
    points: Sequence[Point], side: float, grouped: bool, name: str
) -> tuple[np.ndarray, list[tuple[float, float, float, float] | None], list[str]]:
    """Return the block of each point, its place where it is known, and what is to be said of the parting."""
    known = np.array([point.lon is not None for point in points], bool)
    places: list[tuple[float, float, float, float] | None] = [None] * len(points)
    blocks = np.arange(1, len(points) + 1)
    if known.any():
        held = [point for point in points if point.lon is not None]
        x, y = metres(np.array([point.lon for point in held]), np.array([point.lat for point in held]))
        for number, east, north in zip(np.flatnonzero(known).tolist(), x.tolist(), y.tolist()):
            places[number] = (east, north, east, north)
        blocks[known] = len(points) + block_numbers(x, y, side)
    lost = int((~known).sum())
    if grouped:
        # A point that belongs to no group is a group of its own.
        names = [f"in {point.group}" if point.group else f"alone {number}" for number, point in enumerate(points)]
        return np.unique(names, return_inverse=True)[1] + 1, places, []
    if not lost:
        return np.unique(blocks, return_inverse=True)[1] + 1, places, []
    some = (
        tr("The points")
        if lost == len(points)
        else tr("{lost:,} of {points}").format(lost=lost, points=_points(len(points)))
    )
    return (
        blocks,
        places,
        [
            tr(
                "{some} of {name} have no coordinates and are split at random: neighbours may be on both sides of "
                "the split, so that the scores are too high; name a column of what stays together (a farm, a "
                "village) as the group."
            ).format(some=some, name=name)
        ],
    )


def _points(number: int) -> str:
    return count(number, "point")
