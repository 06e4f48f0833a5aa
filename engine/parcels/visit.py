"""The pixels of parcels, strip by strip of a raster."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from ..feedback import Feedback
from ..series.files.grid import Window
from .fill import fill
from .frame import Frame
from .geometry import CHECK_EVERY, ParcelShapes
from .rasterise import burn_alone, burn_parcels

_FLUSH_PIXELS = 1 << 18
_CROWD = 200
"""Parcels from which on burning them together is faster than one by one."""
READING, VISITING = 0.2, 0.75
"""Shares of the progress that reading the parcels and visiting their pixels take."""


class PixelSource(Protocol):
    """A raster whose pixels are counted parcel by parcel.

    Attributes:
        frame: where its pixels lie.
        block_rows: height of a block of the file.
        has_confidence: whether each pixel has a confidence too.
    """

    frame: Frame
    block_rows: int

    @property
    def has_confidence(self) -> bool:
        """Whether each pixel has a confidence too."""

    def codes(self, window: Window) -> np.ndarray:
        """Return (height, width) whole numbers, 0 for pixels that are not counted."""

    def confidence(self, window: Window) -> np.ndarray:
        """Return (height, width) as stored."""

    def percent(self, stored: np.ndarray) -> np.ndarray:
        """Return stored confidence in percent, NaN where unknown."""


class ParcelPixels(NamedTuple):
    """P pixels of M parcels.

    Attributes:
        members: (M,) int64 parcel numbers, each once.
        position: (P,) int in 0..M-1, the parcel of each pixel as a place in `members`.
        inner: (P,) bool, False for pixels that count only where a parcel has no others.
        codes: (P,) whole numbers of the raster; 0 is not counted.
        percent: (P,) float64 confidence, NaN unknown; or None.
    """

    members: np.ndarray
    position: np.ndarray
    inner: np.ndarray
    codes: np.ndarray
    percent: np.ndarray | None


class PixelCounter(Protocol):
    """What is done with the pixels.

    Attributes:
        covered: (N,) int64 pixels that each parcel was given, counted or not.
    """

    covered: np.ndarray

    def add(self, pixels: ParcelPixels) -> None:
        """Take pixels."""


class PixelVisitor:
    """Takes the pixels of every parcel, strip by strip of the map, to whoever counts them.

    A pixel belongs to a parcel when its centre lies inside; parcels that overlap each get the shared ground.
    """

    def __init__(
        self, raster: PixelSource, polygons: ParcelShapes, leave_border: bool, counter: PixelCounter, feedback: Feedback
    ) -> None:
        """Place the parcels.

        Args:
            polygons: the parcels, in the CRS of the raster.
            leave_border: mark pixels of which one of the four neighbours lies outside the parcel as no inner ones.
            counter: gets the pixels.
        """
        self._map = raster
        self._frame = raster.frame
        self._polygons = polygons
        self._plain = polygons.as_filled()
        self._leave_border = leave_border
        self._feedback = feedback
        self._ranges = self._frame.ranges(polygons.envelopes)
        self._counter = counter

    def visit(self) -> None:
        """Take all pixels whose centre lies inside a parcel."""
        first, last = self._ranges[:, 0], self._ranges[:, 1]
        for strip in self._frame.strips(self._map.block_rows):
            self._feedback.check()
            members = np.flatnonzero((first <= strip.row + strip.height) & (last >= strip.row - 1) & (first <= last))
            if len(members):
                self._visit_strip(strip, members)
            self._feedback.progress(READING + VISITING * (strip.row + strip.height) / self._frame.height)

    def visit_slivers(self) -> np.ndarray:
        """Take the pixels that parcels without any pixel centre touch; return (N,) bool which these are."""
        first, last = self._ranges[:, 0], self._ranges[:, 1]
        slivers = (self._counter.covered == 0) & (first <= last)
        if not slivers.any():
            return slivers
        for strip in self._frame.strips(self._map.block_rows):
            self._feedback.check()
            here = slivers & (first < strip.row + strip.height) & (last >= strip.row)
            if here.any():
                self._visit_alone(strip, np.flatnonzero(here), *self._read(strip), touched=True)
        return slivers

    def _read(self, strip: Window) -> tuple[np.ndarray, np.ndarray | None]:
        return self._map.codes(strip), self._map.confidence(strip) if self._map.has_confidence else None

    def _visit_strip(self, strip: Window, members: np.ndarray) -> None:
        codes, percent = self._read(strip)
        flat_codes = codes.ravel()
        flat_percent = None if percent is None else percent.ravel()
        left = []
        for filled in fill(self._plain, members, self._ranges, strip, self._frame):
            self._feedback.check()
            inner = filled.inner if self._leave_border else np.zeros(len(filled.inner), bool)
            share = None if flat_percent is None else self._map.percent(flat_percent[filled.pixel])
            counted = ParcelPixels(filled.members, filled.position, inner, flat_codes[filled.pixel], share)
            self._counter.add(counted)
            left.append(filled.left)
        members = np.concatenate(left) if left else members[:0]
        kept = len(members)
        while len(members) and kept >= _CROWD:
            burnt, apart = burn_parcels(self._polygons, members, strip.grown(1), self._frame, self._feedback)
            own = burnt[1:-1, 1:-1]
            inner = _inner(burnt) if self._leave_border else np.zeros(own.shape, bool)
            inside = own > 0
            share = None if percent is None else self._map.percent(percent[inside])
            self._counter.add(ParcelPixels(members, own[inside] - 1, inner[inside], codes[inside], share))
            kept = len(members) - len(apart)
            members = members[apart]
        self._visit_alone(strip, members, codes, percent)

    def _visit_alone(
        self, strip: Window, members: np.ndarray, codes: np.ndarray, percent: np.ndarray | None, touched: bool = False
    ) -> None:
        """Take parcels one by one, each in its own small window, and hand the pixels over in batches."""
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
            self._counter.add(ParcelPixels(members, position, inner, codes, percent[0] if percent else None))
            batch.clear()


def _inner(burnt: np.ndarray) -> np.ndarray:
    """Return the pixels whose four neighbours belong to the same parcel; the outermost ring is only looked at."""
    own = burnt[1:-1, 1:-1]
    rows = (burnt[:-2, 1:-1] == own) & (burnt[2:, 1:-1] == own)
    return rows & (burnt[1:-1, :-2] == own) & (burnt[1:-1, 2:] == own)
