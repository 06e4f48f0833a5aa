"""The observations of one step joined into one: optical mean or median, mean backscatter power."""

from __future__ import annotations

from typing import Mapping, Protocol

import numpy as np

from ...options import MEDIAN
from .part_reader import View

DECIBEL_TO_NEPER = np.float32(np.log(10) / 10)


class Composite(Protocol):
    """Takes the observations of one step in the order of their dates and leaves the result in `out` and `valid`."""

    def add(self, view: View, track: str, first_part: bool) -> None:
        """Take one part of an acquisition; pixels that an earlier part of it gave are left alone."""

    def finish(self) -> None:
        """Write the composite; pixels without an observation are zero and not valid."""


class _Sums:
    """Counts observations and keeps the parts of one acquisition apart."""

    def __init__(self, out: np.ndarray, valid: np.ndarray) -> None:
        self.out, self.valid = out, valid
        self.count = np.zeros(valid.shape, np.float32)
        self.scratch = np.empty(valid.shape, np.float32)
        self._taken: np.ndarray | None = None

    def fresh(self, view: View, first_part: bool) -> np.ndarray:
        """Return where a part is the first of its acquisition to show a pixel."""
        if first_part or self._taken is None:
            new = self._taken = view.valid
        else:
            new = view.valid & ~self._taken
            self._taken = self._taken | view.valid
        self.count += new
        return new


class OpticalMean:
    """Mean reflectance of the clear observations, as running sums."""

    def __init__(self, out: np.ndarray, valid: np.ndarray) -> None:
        self._sums = _Sums(out, valid)

    def add(self, view: View, track: str, first_part: bool) -> None:
        """Add the clear pixels of a part."""
        sums = self._sums
        _add_reflectance(view, sums.fresh(view, first_part), sums.out, sums.scratch)

    def finish(self) -> None:
        """Divide the sums by the observations."""
        _divide(self._sums)


class OpticalMedian:
    """Median reflectance of the clear observations of a step, all of them held until it ends."""

    def __init__(self, out: np.ndarray, valid: np.ndarray) -> None:
        self._sums = _Sums(out, valid)
        self._values: list[np.ndarray] = []
        self._seen: list[np.ndarray] = []

    def add(self, view: View, track: str, first_part: bool) -> None:
        """Keep the clear pixels of a part."""
        sums = self._sums
        if first_part or not self._values:
            self._values.append(np.zeros_like(sums.out))
            self._seen.append(np.zeros_like(sums.valid))
        new = sums.fresh(view, first_part)
        self._seen[-1] |= new
        _add_reflectance(view, new, self._values[-1], sums.scratch)

    def finish(self) -> None:
        """Sort the observations of each band and take the middle, or the mean of the two in the middle."""
        sums = self._sums
        np.greater(sums.count, 0, out=sums.valid)
        if not self._values:
            return
        count = np.maximum(sums.count.astype(np.intp), 1)
        lower, upper = ((count - 1) // 2)[np.newaxis], (count // 2)[np.newaxis]
        for band, out in enumerate(sums.out):
            stack = np.stack([np.where(seen, look[band], np.inf) for look, seen in zip(self._values, self._seen)])
            stack = stack.astype(np.float32, copy=False)
            stack.sort(axis=0)
            middle = np.take_along_axis(stack, lower, 0)[0] + np.take_along_axis(stack, upper, 0)[0]
            np.copyto(out, np.where(sums.valid, middle / np.float32(2), np.float32(0)))


class BackscatterMean:
    """Mean linear power over the observations of a step, in dB; constant differences between tracks are removed."""

    def __init__(
        self,
        out: np.ndarray,
        valid: np.ndarray,
        bands: tuple[str, ...],
        decibel: bool,
        track_offsets: Mapping[tuple[str, str], float],
    ) -> None:
        self._sums = _Sums(out, valid)
        self._bands, self._decibel, self._offsets = bands, decibel, track_offsets

    def add(self, view: View, track: str, first_part: bool) -> None:
        """Add the power of the pixels of a part."""
        sums = self._sums
        power, new = sums.scratch, sums.fresh(view, first_part)
        for source, values in view.files:
            for index, target in enumerate(source.targets):
                to_power(values[index], self._decibel, self._offsets.get((track, self._bands[target]), 0.0), power)
                power *= new
                sums.out[target] += power

    def finish(self) -> None:
        """Divide the sums by the observations and return to dB."""
        sums = self._sums
        _divide(sums)
        for band in sums.out:
            np.copyto(sums.scratch, band)
            np.copyto(sums.scratch, 1, where=~sums.valid)
            np.log10(sums.scratch, out=band)
            band *= 10


def to_power(values: np.ndarray, decibel: bool, offset: float, out: np.ndarray) -> None:
    """Write linear power to `out`: values are dB or power, `offset` is in dB and subtracted."""
    np.copyto(out, values)
    if decibel:
        if offset:
            out -= np.float32(offset)
        out *= DECIBEL_TO_NEPER
        np.exp(out, out=out)
    elif offset:
        out *= np.float32(10 ** (-offset / 10))


def optical_composite(kind: str, out: np.ndarray, valid: np.ndarray) -> OpticalMean | OpticalMedian:
    """Return the composite that `SeriesOptions.composite` names.

    Args:
        kind: "mean" or "median".
        out: (bands, H, W) float32 zeros, filled on finish.
        valid: (H, W) bool, filled on finish.
    """
    return (OpticalMedian if kind == MEDIAN else OpticalMean)(out, valid)


def _add_reflectance(view: View, new: np.ndarray, out: np.ndarray, scratch: np.ndarray) -> None:
    everywhere = bool(new.all())
    weight = None if everywhere else new.astype(np.float32)
    for source, values in view.files:
        for index, target in enumerate(source.targets):
            np.copyto(scratch, values[index])
            scratch *= np.float32(source.scale[index])
            if source.offset[index]:
                scratch += np.float32(source.offset[index])
            if weight is not None:
                scratch *= weight
            out[target] += scratch


def _divide(sums: _Sums) -> None:
    np.greater(sums.count, 0, out=sums.valid)
    share = np.divide(1, sums.count, out=np.zeros_like(sums.count), where=sums.valid)
    sums.out *= share
