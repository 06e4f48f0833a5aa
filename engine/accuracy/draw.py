"""Units of a map drawn at random within its classes: the same for a seed, whatever the tile size or the machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..feedback import Feedback
from ..parcels.class_map import ClassMap

_SPARE = 4
"""Times as many candidates as units, where a minimum distance turns some away."""


@dataclass(frozen=True)
class Drawn:
    """Drawn units.

    Attributes:
        code: (n,) class of the map.
        place: (n, 2) float64: column and row of pixel centres (points), or (n, 1) int64 number of the parcel.
        short: class code -> units that could not be placed.
    """

    code: np.ndarray
    place: np.ndarray
    short: Mapping[int, int]


def draw_points(
    class_map: ClassMap,
    pixels: Mapping[int, int],
    wanted: Mapping[int, int],
    seed: int,
    distance: tuple[float, float] = (0.0, 0.0),
    feedback: Feedback | None = None,
) -> Drawn:
    """Draw pixels of each class without replacement.

    Pixels are numbered within their class in reading order, and numbers are drawn: nothing depends on the strips in
    which the map is read.

    Args:
        pixels: class code -> pixels that the map has of it.
        wanted: class code -> units.
        distance: columns and rows that must lie between two units.
    """
    feedback = feedback or Feedback()
    spare = _SPARE if max(distance) > 0 else 1
    ranks = {
        code: np.random.default_rng([seed, code]).choice(
            pixels[code], size=min(pixels[code], number * spare), replace=False
        )
        for code, number in sorted(wanted.items())
        if number > 0
    }
    places = {code: np.zeros((len(found), 2)) for code, found in ranks.items()}
    order = {code: np.argsort(found, kind="stable") for code, found in ranks.items()}
    passed = dict.fromkeys(ranks, 0)
    frame = class_map.frame
    for strip in frame.strips(class_map.block_rows):
        feedback.check()
        codes = class_map.codes(strip)
        for code, drawn in ranks.items():
            here = np.flatnonzero(codes.ravel() == code)
            sorted_ranks = drawn[order[code]]
            first, last = np.searchsorted(sorted_ranks, [passed[code], passed[code] + len(here)])
            if last > first:
                flat = here[sorted_ranks[first:last] - passed[code]]
                rows, cols = np.divmod(flat, strip.width)
                places[code][order[code][first:last]] = np.stack([cols + 0.5, rows + strip.row + 0.5], axis=1)
            passed[code] += len(here)
        feedback.progress((strip.row + strip.height) / frame.height)
    return _spread_out(places, wanted, seed, distance)


def draw_members(
    codes: np.ndarray,
    wanted: Mapping[int, int],
    seed: int,
    centres: np.ndarray | None = None,
    distance: tuple[float, float] = (0.0, 0.0),
) -> Drawn:
    """Draw parcels of each class without replacement.

    Args:
        codes: (N,) class of each parcel, 0 without one.
        wanted: class code -> units.
        centres: (N, 2) where they lie, for the minimum distance.
        distance: in the units of the centres.
    """
    spare = _SPARE if max(distance) > 0 else 1
    numbers = {}
    for code, number in sorted(wanted.items()):
        if number > 0:
            members = np.flatnonzero(codes == code)
            rng = np.random.default_rng([seed, code])
            numbers[code] = members[rng.choice(len(members), size=min(len(members), number * spare), replace=False)]
    if max(distance) > 0 and centres is not None:
        places = {code: np.column_stack([centres[found], found]) for code, found in numbers.items()}
    else:
        places = {code: np.column_stack([np.zeros((len(found), 2)), found]) for code, found in numbers.items()}
    drawn = _spread_out(places, wanted, seed, distance)
    return Drawn(drawn.code, drawn.place[:, 2:].astype(np.int64), drawn.short)


def _spread_out(
    places: Mapping[int, np.ndarray], wanted: Mapping[int, int], seed: int, distance: tuple[float, float]
) -> Drawn:
    """Take candidates in random order over all classes, and only those that are far enough from all before."""
    code = np.concatenate([np.full(len(found), number) for number, found in places.items()] or [np.zeros(0, int)])
    place = np.concatenate(list(places.values()) or [np.zeros((0, 2))])
    order = np.random.default_rng(seed).permutation(len(code))
    left, kept = {number: int(wanted[number]) for number in places}, []
    cells: dict[tuple[int, int], list[int]] = {}
    far = np.array(distance)
    for candidate in order.tolist():
        number = int(code[candidate])
        if left[number] == 0:
            continue
        if far.max() > 0:
            scaled = place[candidate, :2] / far
            cell = (int(np.floor(scaled[0])), int(np.floor(scaled[1])))
            around = [
                other
                for row in (-1, 0, 1)
                for col in (-1, 0, 1)
                for other in cells.get((cell[0] + row, cell[1] + col), ())
            ]
            if any(((place[other, :2] / far - scaled) ** 2).sum() < 1 for other in around):
                continue
            cells.setdefault(cell, []).append(candidate)
        left[number] -= 1
        kept.append(candidate)
    return Drawn(code[kept], place[kept], {number: missing for number, missing in left.items() if missing})
