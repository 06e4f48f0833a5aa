"""Which pixels of a file are measurements, and which of them see the ground."""

from __future__ import annotations

import math
from typing import Sequence

import numpy as np

from ..acquisition import BITS, CLASSES, CLEARNESS, DATA, PROBABILITY, BitTest, MaskSource
from .filters import minimum_filter1d
from .margins import grow

SATURATED = np.iinfo(np.uint16).max
LOWEST_DECIBEL = -45.0
"""Backscatter below is a fill value such as -9999 or -50, far under the noise floor of Sentinel-1 (about -25 dB)."""

HIGHEST_DECIBEL = 35.0
"""Backscatter above this is no echo of any ground; the strongest corner reflectors stay below 30 dB."""

LEAST, MOST = -0.2, 2.0
"""Reflectance beyond is no measurement; ESA cuts off at -0.1, and cloud and glint stay below 2."""

FILL = 1
"""Number that some tools write along the edges of a scene, in every band; ESA's smallest measurement in one of them."""

NINES = 9999
"""Number that some tools write where nothing was measured, without declaring it."""

MANY = 6
"""Bands from which on one number in all of them is a fill value, or cloud that is cut off at one number."""

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
    return present & lit & ~_undeclared(values)


def _undeclared(values: np.ndarray) -> np.ndarray:
    """Return where all bands of a file hold one and the same number that no ground has in all of them.

    Of few bands that is one below zero or all nines, of `MANY` any.
    """
    first = values[0]
    if len(values) < 2:
        return np.zeros(first.shape, bool)
    with np.errstate(invalid="ignore"):
        same = values[1] == first if len(values) >= MANY else (first < 0) | (first == NINES)
    for band in values[1:]:
        if not same.any():
            break
        same &= band == first
    return same


def within_physics(values: np.ndarray, scale: Sequence[float], offset: Sequence[float]) -> np.ndarray:
    """Return where every band of a file is reflectance that a measurement may have: undeclared fill values are not.

    Args:
        values: (bands, rows, columns) as stored.
        scale, offset: of each band, to reflectance.

    Returns:
        (rows, columns) bool.
    """
    possible = np.ones(values.shape[1:], bool)
    for band, factor, shift in zip(values, scale, offset):
        low, high = sorted(((LEAST - shift) / factor, (MOST - shift) / factor))
        if np.issubdtype(values.dtype, np.integer):
            limits = np.iinfo(values.dtype)
            if low > limits.min:
                possible &= band >= math.ceil(low)
            if high < limits.max:
                possible &= band <= math.floor(high)
        else:
            with np.errstate(invalid="ignore"):
                possible &= (band >= low) & (band <= high)
    return possible


def radar_present(values: np.ndarray, nodata: Sequence[float | None], decibel: bool | None) -> np.ndarray:
    """Return where every polarisation of a file is a measurement: finite, not nodata, not zero, in range, and no fill.

    Decibels must lie between `LOWEST_DECIBEL` and `HIGHEST_DECIBEL`, and power and amplitude between what these mean.

    Args:
        values: (polarisations, rows, columns) as stored.
        nodata: declared value of each band or None.
        decibel: whether the values are dB; None where that is open, and only numbers of no unit are missing.

    Returns:
        (rows, columns) bool.
    """
    present = np.ones(values.shape[1:], bool)
    low, high = LOWEST_DECIBEL, HIGHEST_DECIBEL
    if not decibel:
        low, high = 10 ** (low / 10), 10 ** (high / 10)
    if decibel is None:
        low, high = 100 * LOWEST_DECIBEL, 1e6
    for band, missing in zip(values, nodata):
        present &= np.isfinite(band) & (band != 0) & (band > low) & (band < high)
        if missing is not None and not math.isnan(missing):
            present &= band != _as_stored(missing, values.dtype)
    return present & ~radar_fill(values, decibel)


def radar_fill(bands: np.ndarray | Sequence[np.ndarray], decibel: bool | None) -> np.ndarray:
    """Return where all polarisations hold one and the same number that no ground sends back in both.

    Tools write the floor of a logarithm (-40, -50) or a tiny power (1e-10) where nothing was measured, undeclared.

    Args:
        bands: (rows, columns) each.
        decibel: as in `radar_present`; where the unit is open, negative and tiny numbers are looked at alone.
    """
    first = bands[0]
    if len(bands) < 2:
        return np.zeros(first.shape, bool)
    with np.errstate(invalid="ignore"):
        if decibel:
            odd = (first < -20) | (first > -1)
        else:
            odd = (first < 0.01) | (first > (10 if decibel is False else np.inf))
        for band in bands[1:]:
            odd &= band == first
    return odd


def margin_pixels(metres: float, pixel: float) -> int:
    """Return the margin in whole pixels, rounded up."""
    return max(math.ceil(metres / pixel - 1e-6), 0)


def mask_flags(values: np.ndarray, mask: MaskSource) -> tuple[np.ndarray, np.ndarray]:
    """Return where a mask hides the ground, and around which of these pixels the cloud margin is hidden too.

    Args:
        values: (rows, columns) as stored.
        mask: what its numbers mean; codes that it does not know hide.

    Returns:
        Two (rows, columns) bool.
    """
    if mask.kind == CLASSES:
        core = _listed(values, mask.margin)
        if mask.known:
            core |= ~_listed(values, mask.known)
        return _listed(values, mask.hide) | core, core
    if mask.kind == BITS:
        core = _tested(values, mask.margin_bits)
        return _tested(values, mask.hide_bits) | core, core
    if mask.kind == DATA:
        return values == 0, np.zeros(values.shape, bool)
    # NaN hides.
    shown = {PROBABILITY: values <= mask.threshold, CLEARNESS: values >= mask.threshold}
    hidden = ~shown.get(mask.kind, values == 0)
    return hidden, hidden if mask.margins else np.zeros_like(hidden)


def is_bright(blue: np.ndarray, red: np.ndarray | None) -> np.ndarray:
    """Return bright and hazy pixels, the fallback for files without any mask.

    Cloud is blue reflectance over `BRIGHT_BLUE`, or a positive haze-optimised transform, blue - red / 2 - 0.08 (Zhu and
    Woodcock 2012, Remote Sensing of Environment 118, equation 3).

    Args:
        blue, red: (rows, columns) reflectance 0..1; missing pixels are zero.
    """
    bright = blue > BRIGHT_BLUE
    if red is not None:
        bright |= blue - red / 2 - 0.08 > 0
    return bright


def wide(bright: np.ndarray) -> np.ndarray:
    """Return the middles of bright areas wider than two pixels: a white roof does not hide the fields around it."""
    core = bright.view(np.uint8)
    for axis in (0, 1):
        core = minimum_filter1d(core, 3, axis=axis)
    return core.view(bool)


def hidden_by_brightness(blue: np.ndarray, red: np.ndarray | None, pixels: int) -> np.ndarray:
    """Return bright and hazy pixels and what lies within `pixels` of the wide ones; cloud shadow is not found.

    Args:
        blue, red: (rows, columns) reflectance 0..1; missing pixels are zero.

    Returns:
        (rows, columns) bool.
    """
    bright = is_bright(blue, red)
    return bright | grow(wide(bright), pixels + 1)


def _listed(classes: np.ndarray, wanted: Sequence[int]) -> np.ndarray:
    if classes.dtype not in (np.uint8, np.uint16):
        return np.isin(classes, wanted)
    table = np.zeros(np.iinfo(classes.dtype).max + 1, bool)
    table[[code for code in wanted if 0 <= code < len(table)]] = True
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
