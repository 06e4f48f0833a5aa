"""The arrays of one strip of rows, made once a thread: no memory is asked of the system twice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided

F32 = np.float32


@dataclass(frozen=True)
class Layout:
    """What the arrays of a strip depend on.

    Attributes:
        bands: of the optical sensor and of the radar; 0 for a sensor that the network does not take.
        width: channels of a step.
        heads: shares of the channels with weights of their own.
        scores: rows of the product that scores each step.
        rim: pixels that the branches see beyond a pixel.
    """

    steps: int
    bands: tuple[int, int]
    width: int
    heads: int
    scores: int
    rim: int

    @property
    def there(self) -> list[int]:
        """The sensors that the network takes: 0 optical, 1 radar."""
        return [index for index in (0, 1) if self.bands[index]]


class StripArrays:
    """Arrays of (steps, channels, pixels), the rows of a strip one after the other.

    Attributes:
        width: pixels of a row.
        inside: of the pixels with their surroundings, those from the first to the last pixel of the strip.
        series: for each sensor (T + 2, bands + 2, outer pixels): values, validity, ones; zero before the first step and
            after the last.
        near: the same as (T, 3 * (bands + 2), outer pixels): each step between its neighbours, in place.
    """

    def __init__(self, layout: Layout, rows: int, width: int):
        """Make the arrays of a strip of `rows` rows of `width` pixels."""
        steps, channels, heads, rim = layout.steps, layout.width, layout.heads, layout.rim
        there, bands = layout.there, sum(layout.bands)
        outer, pixels = (rows + 2 * rim) * width + 2 * rim, rows * width
        self.width, self.rim = width, rim
        self.inside = slice(rim * (width + 1), rim * (width + 1) + pixels)
        self.series = [padded(steps, count + 1, outer) for count in layout.bands]
        self.near = [threes(series) for series in self.series]
        self.moments = np.empty((3 * bands, outer), F32)
        self.observed = np.empty((bands, outer), F32)
        self.features = padded(steps, channels, pixels)
        self.near_features = threes(self.features)
        self.between = [padded(len(range(phase, steps, 2)), channels, pixels) for phase in (0, 1)]
        self.near_between = [threes(part) for part in self.between]
        self.mixed = np.empty((steps, channels, outer), F32) if rim else None
        self.both = np.empty((steps, len(there) * channels, pixels), F32)
        self.parts = {
            index: self.both[:, place * channels : (place + 1) * channels] for place, index in enumerate(there)
        }
        self.scored = np.empty((steps, layout.scores, pixels), F32) if layout.scores else None
        self.shares = np.empty((len(there), steps, pixels), F32)
        self.weight = np.empty((steps, heads, pixels), F32)
        self.wide = np.empty((steps, len(there), heads, pixels), F32)
        self.joined = np.empty((steps, channels, pixels), F32) if len(there) == 2 else self.both
        self.zeros = np.zeros(outer, F32)


def padded(steps: int, channels: int, pixels: int) -> np.ndarray:
    """Return (steps + 2, channels + 1, pixels): zeros, and ones in the last channel of the true steps."""
    found = np.zeros((steps + 2, channels + 1, pixels), F32)
    found[1:-1, channels] = 1
    return found


def threes(found: np.ndarray) -> np.ndarray:
    """Return (T + 2, C, P) as (T, 3 * C, P): each step between its neighbours, in place."""
    steps, channels, pixels = found.shape
    return as_strided(found, (steps - 2, 3 * channels, pixels), found.strides)


def relu(x: np.ndarray, zeros: np.ndarray) -> None:
    """Cut off what is negative, in place; NumPy compares with a row of zeros at twice the speed of a lone zero."""
    np.maximum(x, zeros[: x.shape[-1]], out=x)
