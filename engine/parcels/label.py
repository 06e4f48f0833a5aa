"""One label a parcel: the class that most of its pixels hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..feedback import Feedback
from ..options import ParcelOptions
from ..series.files.grid import Window
from .class_map import ClassMap
from .fill import fill
from .geometry import CHECK_EVERY, ParcelShapes
from .rasterise import burn_alone, burn_parcels
from .votes import Votes

_FLUSH_PIXELS = 1 << 18
_CROWD = 200
"""Parcels from which on burning them together is faster than one by one."""
_READING, _VOTING = 0.2, 0.75


@dataclass(frozen=True)
class ParcelLabels:
    """Labels of N parcels, in the order they were given.

    Attributes:
        code: (N,) uint8 class code, 0 where there is none.
        share: (N,) float32, share of `pixels` that hold the code, 0..1.
        runner_up: (N,) uint8 second class, 0 where there is none.
        runner_up_share: (N,) float32, its share.
        confidence: (N,) float32 percent, mean over `pixels`; NaN where unknown.
        pixels: (N,) int64, pixels that voted: with a class, and not left out as border.
        few: (N,) bool, fewer pixels than asked for, or no pixel centre inside the parcel.
        border_used: (N,) bool, border pixels were to be left out but the parcel has no others.
    """

    code: np.ndarray
    share: np.ndarray
    runner_up: np.ndarray
    runner_up_share: np.ndarray
    confidence: np.ndarray
    pixels: np.ndarray
    few: np.ndarray
    border_used: np.ndarray

    def __len__(self) -> int:
        return len(self.code)


def label_parcels(
    crop_map: str,
    shapes: Sequence[bytes | None],
    confidence: str | None = None,
    options: ParcelOptions | None = None,
    feedback: Feedback | None = None,
) -> ParcelLabels:
    """Label each parcel by the majority of its pixels.

    A pixel belongs to a parcel when its centre lies inside; parcels that overlap each count the shared ground. Pixels
    without a class do not vote; of two classes with as many votes the smaller code wins. With
    `options.leave_border`, pixels with one of their four neighbours outside the parcel are left out, so that only
    pixels that lie wholly inside a straight edge vote, unless the parcel then has no vote: four neighbours suffice,
    since any straight edge that crosses a pixel has the centre of one of the four beyond it. A parcel with no pixel
    centre inside is labelled from every pixel it touches.

    Args:
        crop_map: raster of class codes, 0 or its nodata value for none; read by strips of rows.
        shapes: WKB of polygons or multipolygons in the CRS of the crop map; None, empty and invalid ones are
            answered too.
        confidence: raster of percent on the grid of the crop map, 255 or its nodata value for unknown.
        options: border and smallest number of pixels.
        feedback: progress, warnings and cancel.

    Returns:
        One label for each shape, in the same order. Parcels off the map or without polygon have code 0, pixels 0.

    Raises:
        ParcelError: a raster cannot be read, holds no class codes, or the two lie on different grids.
        Cancelled: the analyst asked to stop.
    """
    options, feedback = options or ParcelOptions(), feedback or Feedback()
    class_map = ClassMap(crop_map, confidence)
    polygons = ParcelShapes(shapes, feedback, share=_READING)
    if polygons.missing:
        feedback.warning(f"{polygons.missing} of {len(polygons)} parcels have no polygon and get no label.")
    if polygons.repaired:
        feedback.info(f"{polygons.repaired} of {len(polygons)} parcels were invalid and repaired to be labelled.")
    teller = _Teller(class_map, polygons, options.leave_border, feedback)
    teller.vote()
    slivers = teller.vote_of_slivers()
    feedback.progress(1.0)
    count = teller.votes.count()
    few = (count.pixels < options.min_pixels) | slivers
    border_used = count.fallback & (count.pixels > 0) & options.leave_border
    return ParcelLabels(
        count.code,
        count.share,
        count.runner_up,
        count.runner_up_share,
        count.confidence,
        count.pixels,
        few,
        border_used,
    )


class _Teller:
    """Takes the strips of a map one after the other to the votes."""

    def __init__(self, class_map: ClassMap, polygons: ParcelShapes, leave_border: bool, feedback: Feedback) -> None:
        self._map = class_map
        self._frame = class_map.frame
        self._polygons = polygons
        self._plain = polygons.as_filled()
        self._leave_border = leave_border
        self._feedback = feedback
        self._ranges = self._frame.ranges(polygons.envelopes)
        self.votes = Votes(len(polygons))

    def vote(self) -> None:
        """Count the pixels whose centre lies inside a parcel."""
        first, last = self._ranges[:, 0], self._ranges[:, 1]
        for strip in self._frame.strips(self._map.block_rows):
            self._feedback.check()
            members = np.flatnonzero((first <= strip.row + strip.height) & (last >= strip.row - 1) & (first <= last))
            if len(members):
                self._vote_in(strip, members)
            self._feedback.progress(_READING + _VOTING * (strip.row + strip.height) / self._frame.height)

    def vote_of_slivers(self) -> np.ndarray:
        """Count the pixels that parcels without any pixel centre touch; return (N,) bool which these are."""
        first, last = self._ranges[:, 0], self._ranges[:, 1]
        slivers = (self.votes.covered == 0) & (first <= last)
        if not slivers.any():
            return slivers
        for strip in self._frame.strips(self._map.block_rows):
            self._feedback.check()
            here = slivers & (first < strip.row + strip.height) & (last >= strip.row)
            if here.any():
                self._vote_alone(strip, np.flatnonzero(here), *self._read(strip), touched=True)
        return slivers

    def _read(self, strip: Window) -> tuple[np.ndarray, np.ndarray | None]:
        return self._map.codes(strip), self._map.confidence(strip) if self._map.has_confidence else None

    def _vote_in(self, strip: Window, members: np.ndarray) -> None:
        codes, percent = self._read(strip)
        flat_codes = codes.ravel()
        flat_percent = None if percent is None else percent.ravel()
        left = []
        for filled in fill(self._plain, members, self._ranges, strip, self._frame):
            self._feedback.check()
            self.votes.add(
                filled.members,
                filled.position,
                filled.inner if self._leave_border else np.zeros(len(filled.inner), bool),
                flat_codes[filled.pixel],
                None if flat_percent is None else self._map.percent(flat_percent[filled.pixel]),
            )
            left.append(filled.left)
        members = np.concatenate(left) if left else members[:0]
        kept = len(members)
        while len(members) and kept >= _CROWD:
            burnt, apart = burn_parcels(self._polygons, members, strip.grown(1), self._frame, self._feedback)
            own = burnt[1:-1, 1:-1]
            inner = _inner(burnt) if self._leave_border else np.zeros(own.shape, bool)
            inside = own > 0
            self.votes.add(
                members,
                own[inside] - 1,
                inner[inside],
                codes[inside],
                None if percent is None else self._map.percent(percent[inside]),
            )
            kept = len(members) - len(apart)
            members = members[apart]
        self._vote_alone(strip, members, codes, percent)

    def _vote_alone(
        self, strip: Window, members: np.ndarray, codes: np.ndarray, percent: np.ndarray | None, touched: bool = False
    ) -> None:
        """Count parcels one by one, each in its own small window, and hand the votes over in batches."""
        batch: list[tuple[np.ndarray, ...]] = []
        waiting = 0
        for position, number in enumerate(members.tolist()):
            if position % CHECK_EVERY == 0:
                self._feedback.check()
            top, bottom, left, right = self._ranges[number].tolist()
            top, bottom = max(top, strip.row), min(bottom, strip.row + strip.height - 1)
            if top > bottom:
                continue
            window = Window(top, left, bottom - top + 1, right - left + 1)
            mask = burn_alone(self._polygons, number, window.grown(1), self._frame, touched)
            own = mask[1:-1, 1:-1]
            inner = _inner(mask) if self._leave_border and not touched else np.zeros(own.shape, bool)
            place = np.s_[top - strip.row : bottom - strip.row + 1, left : right + 1]
            found = [np.full(np.count_nonzero(own), position), inner[own], codes[place][own]]
            batch.append(tuple(found) if percent is None else (*found, self._map.percent(percent[place][own])))
            waiting += len(found[0])
            if waiting > _FLUSH_PIXELS:
                self._hand_over(members, batch)
                waiting = 0
        self._hand_over(members, batch)

    def _hand_over(self, members: np.ndarray, batch: list[tuple[np.ndarray, ...]]) -> None:
        if batch:
            position, inner, codes, *percent = (np.concatenate(column) for column in zip(*batch))
            self.votes.add(members, position, inner, codes, percent[0] if percent else None)
            batch.clear()


def _inner(burnt: np.ndarray) -> np.ndarray:
    """Return the pixels whose four neighbours belong to the same parcel; the outermost ring is only looked at."""
    own = burnt[1:-1, 1:-1]
    rows = (burnt[:-2, 1:-1] == own) & (burnt[2:, 1:-1] == own)
    return rows & (burnt[1:-1, :-2] == own) & (burnt[1:-1, 2:] == own)
