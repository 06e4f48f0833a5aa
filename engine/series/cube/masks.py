"""Which pixels of a file are measurements, and which of them see the ground."""

from __future__ import annotations

import math
from typing import Sequence

import numpy as np

from ..acquisition import BITS, CLASSES, PROBABILITY, BitTest, MaskSource
from .filters import maximum_filter1d, minimum_filter1d

SATURATED = np.iinfo(np.uint16).max
LOWEST_DECIBEL = -60.0
"""Backscatter below this is a fill value such as -9999, far under the noise floor of Sentinel-1 (about -25 dB)."""

BRIGHT_BLUE = 0.18
"""Blue reflectance above which a pixel without a mask counts as cloud or snow."""


def optical_present(values: np.ndarray, nodata: Sequence[float | None]) -> np.ndarray:
    """Return where every optical band of a file is a measurement.

    Missing are the nodata value, NaN, infinity and zero in all bands; in whole numbers also zero in any band (the fill
    value of Sentinel-2 products) unless the file declares another nodata, and 65535 (saturated).

    Args:
        values: (bands, rows, columns) as stored.
        nodata: declared value of each band or None.

    Returns:
        (rows, columns) bool.
    """
    whole = np.issubdtype(values.dtype, np.integer)
    present = np.ones(values.shape[1:], bool)
    lit = np.zeros(values.shape[1:], bool)
    for band, missing in zip(values, nodata):
        if not whole:
            present &= np.isfinite(band)
        elif values.dtype == np.uint16:
            present &= band != SATURATED
        nonzero = band != 0
        lit |= nonzero
        if whole and not missing:
            present &= nonzero
        elif missing is not None and not math.isnan(missing):
            present &= band != _as_stored(missing, values.dtype)
    return present & lit


def radar_present(values: np.ndarray, nodata: Sequence[float | None], decibel: bool) -> np.ndarray:
    """Return where every polarisation of a file is a measurement: finite, not nodata, not zero, and in range.

    Linear power must be positive; decibels must lie above `LOWEST_DECIBEL`.

    Args:
        values: (polarisations, rows, columns) as stored.
        nodata: declared value of each band or None.
        decibel: whether the values are dB.

    Returns:
        (rows, columns) bool.
    """
    present = np.ones(values.shape[1:], bool)
    for band, missing in zip(values, nodata):
        present &= np.isfinite(band) & (band != 0) & (band > (LOWEST_DECIBEL if decibel else 0))
        if missing is not None and not math.isnan(missing):
            present &= band != _as_stored(missing, values.dtype)
    return present


def grow(flags: np.ndarray, pixels: int) -> np.ndarray:
    """Return flags grown by a square of `pixels` on each side."""
    if pixels <= 0 or not flags.any():
        return flags
    size = 2 * pixels + 1
    across = maximum_filter1d(flags.view(np.uint8), size, axis=1)
    return maximum_filter1d(across, size, axis=0).view(bool)


def margin_pixels(metres: float, pixel: float) -> int:
    """Return the margin in whole pixels, rounded up."""
    return max(math.ceil(metres / pixel - 1e-6), 0)


def hidden_by_mask(values: np.ndarray, mask: MaskSource, pixels: int) -> np.ndarray:
    """Return where a mask hides the ground.

    Args:
        values: (rows, columns) as stored.
        mask: what its numbers mean.
        pixels: margin around cloud and shadow.

    Returns:
        (rows, columns) bool.
    """
    if mask.kind == CLASSES:
        known = _listed(values, mask.known) if mask.known else np.ones(values.shape, bool)
        return _listed(values, mask.hide) | ~known | grow(_listed(values, mask.margin), pixels)
    if mask.kind == BITS:
        return _tested(values, mask.hide_bits) | grow(_tested(values, mask.margin_bits), pixels)
    # NaN hides.
    hidden = ~(values <= mask.threshold) if mask.kind == PROBABILITY else values != 0
    return grow(hidden, pixels if mask.margins else 0)


def hidden_by_brightness(blue: np.ndarray, red: np.ndarray | None, pixels: int) -> np.ndarray:
    """Return bright and hazy pixels, the fallback for files without any mask.

    Cloud is blue reflectance over `BRIGHT_BLUE`, or a positive haze-optimised transform, blue - red / 2 - 0.08 (Zhu and
    Woodcock 2012, Remote Sensing of Environment 118, equation 3). Only what is wider than two pixels is grown, so that
    a white roof does not hide the fields around it. Cloud shadow is not found.

    Args:
        blue, red: (rows, columns) reflectance 0..1; missing pixels are zero.
        pixels: margin around cloud.

    Returns:
        (rows, columns) bool.
    """
    bright = blue > BRIGHT_BLUE
    if red is not None:
        bright |= blue - red / 2 - 0.08 > 0
    core = bright.view(np.uint8)
    for axis in (0, 1):
        core = minimum_filter1d(core, 3, axis=axis)
    return bright | grow(core.view(bool), pixels + 1)


def _listed(classes: np.ndarray, wanted: Sequence[int]) -> np.ndarray:
    if classes.dtype != np.uint8:
        return np.isin(classes, wanted)
    table = np.zeros(256, bool)
    table[[code for code in wanted if 0 <= code <= 255]] = True
    return table[classes]


def _tested(values: np.ndarray, tests: Sequence[BitTest]) -> np.ndarray:
    numbers = values if np.issubdtype(values.dtype, np.integer) else np.nan_to_num(values).astype(np.int64)
    found = np.zeros(values.shape, bool)
    for test in tests:
        found |= np.isin(numbers & numbers.dtype.type(test.bits), test.equals)
    return found


def _as_stored(missing: float, dtype: np.dtype) -> float | int | np.floating:
    """Return a nodata value as the numbers of a file can hold it."""
    if np.issubdtype(dtype, np.floating):
        with np.errstate(over="ignore"):
            return dtype.type(missing)
    return missing
