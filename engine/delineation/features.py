"""What tells fields apart in a window of the season: edges over the dates, and the course of NDVI or backscatter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..series.cube.cube import Cube

HALO = 1
"""Pixels around a window that its edges need."""

PERIODS = 6
RED, NIR = "B04", "B08"
_STAND_INS = {NIR: "B8A"}
_DARK = 0.02
_BACKSCATTER_RANGE = 20.0
"""Decibels that weigh as much as NDVI from 0 to 1."""

_RADAR_WEIGHT = 0.5
"""Of an edge in backscatter, which speckle blurs, beside an optical one."""


def needed_bands(bands: Sequence[str]) -> tuple[str, ...]:
    """Return those of the optical bands of a series that `features_of` reads."""
    return (RED, NIR if NIR in bands else _STAND_INS[NIR])


def features_of(cube: Cube, s2_bands: Sequence[str], s1_bands: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return edge strength and seasonal course of the inner pixels of a window.

    Edges are gradients by the operator of Sobel, averaged over all steps on which the pixel and its eight neighbours
    were observed: an edge that many dates show is a border, one that a single date shows is not. The idea of edges
    over many dates and watershed regions is that of Watkins and van Niekerk (2019, Computers and Electronics in
    Agriculture 158:294-302).

    Args:
        cube: of the window with `HALO` more pixels on each side.

    Returns:
        (H, W) float32 mean edge strength, NaN where nothing was observed; and (P, H, W) float32 course: NDVI, or
        scaled backscatter where there is no Sentinel-2, averaged over each of P periods; NaN where missing.
    """
    layers = []
    if cube.s2 is not None and cube.s2_valid is not None and cube.s2_valid.any():
        layers.append(_optical(cube.s2, cube.s2_valid, list(s2_bands)))
    if cube.s1 is not None and cube.s1_valid is not None and cube.s1_valid.any():
        layers.append(_radar(cube.s1, cube.s1_valid))
    height, width = _inner_size(cube)
    if not layers:
        return np.full((height, width), np.nan, np.float32), np.full((PERIODS, height, width), np.nan, np.float32)
    edge, course = layers[0]
    for more_edge, more_course in layers[1:]:
        edge = np.where(np.isnan(edge), more_edge, edge)
        course = np.where(np.isnan(course).all(axis=0), more_course, course)
    return edge.astype(np.float32), course.astype(np.float32)


def padded(cube: Cube, rows: tuple[int, int], cols: tuple[int, int]) -> Cube:
    """Return a cube with its outermost pixels repeated: (before, after) rows and columns that lie off the grid."""

    def grown(part: np.ndarray | None) -> np.ndarray | None:
        if part is None:
            return None
        return np.pad(part, [(0, 0)] * (part.ndim - 2) + [rows, cols], mode="edge")

    return Cube(grown(cube.s2), grown(cube.s2_valid), grown(cube.s1), grown(cube.s1_valid))


def _optical(values: np.ndarray, valid: np.ndarray, bands: list[str]) -> tuple[np.ndarray, np.ndarray]:
    red = values[:, bands.index(RED)]
    nir = values[:, bands.index(NIR if NIR in bands else _STAND_INS[NIR])]
    ndvi = np.clip((nir - red) / np.maximum(nir + red, _DARK), -1.0, 1.0)
    shape = (values.shape[2] - 2 * HALO, values.shape[3] - 2 * HALO)
    total, count = np.zeros(shape, np.float32), np.zeros(shape, np.int32)
    for step in range(len(values)):
        known = _whole_neighbourhood(valid[step])
        if known.any():
            strength = gradient(ndvi[step]) + gradient(nir[step]) + gradient(red[step])
            total += np.where(known, strength, 0)
            count += known
    inner = (..., slice(HALO, -HALO), slice(HALO, -HALO))
    return _mean(total, count), periods(ndvi[inner], valid[inner])


def _radar(values: np.ndarray, valid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges of the means of each period, as single dates show speckle, and the course of the last band."""
    known = np.broadcast_to(valid[:, None], values.shape)
    means = np.stack([periods(values[:, band], known[:, band]) for band in range(values.shape[1])], axis=1)
    scaled = means / _BACKSCATTER_RANGE
    shape = (values.shape[2] - 2 * HALO, values.shape[3] - 2 * HALO)
    total, count = np.zeros(shape, np.float32), np.zeros(shape, np.int32)
    for period in scaled:
        whole = _whole_neighbourhood(np.isfinite(period).all(axis=0))
        strength = sum(gradient(np.nan_to_num(band)) for band in period)
        total += np.where(whole, _RADAR_WEIGHT * strength, 0)
        count += whole
    return _mean(total, count), scaled[:, -1, HALO:-HALO, HALO:-HALO]


def gradient(values: np.ndarray) -> np.ndarray:
    """Return (H - 2, W - 2) magnitude of the gradient of (H, W) values, a pixel, by the operator of Sobel."""
    across = values[:, 2:] - values[:, :-2]
    across = across[:-2] + 2 * across[1:-1] + across[2:]
    down = values[2:] - values[:-2]
    down = down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:]
    return np.hypot(across, down) / 8


def periods(values: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Return (P, H, W) means of the observed steps of each of P periods of (T, H, W) values; NaN without any."""
    found = []
    for steps in np.array_split(np.arange(len(values)), PERIODS):
        count = valid[steps].sum(axis=0)
        found.append(_mean(np.where(valid[steps], values[steps], 0).sum(axis=0), count))
    return np.stack(found)


def _mean(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _whole_neighbourhood(valid: np.ndarray) -> np.ndarray:
    rows = valid[:-2] & valid[1:-1] & valid[2:]
    return rows[:, :-2] & rows[:, 1:-1] & rows[:, 2:]


def _inner_size(cube: Cube) -> tuple[int, int]:
    rows, cols = cube.shape
    return rows - 2 * HALO, cols - 2 * HALO
