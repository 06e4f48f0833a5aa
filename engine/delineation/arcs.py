"""Borders between regions of a raster as lines that both neighbours share."""

from __future__ import annotations

import struct

import numpy as np
from osgeo import ogr

ogr.UseExceptions()


def arcs_of(labels: np.ndarray) -> list[np.ndarray]:
    """Return the borders of all regions, each once.

    Borders run along the edges of pixels. An arc begins and ends where three or more regions meet, or is a ring; it
    holds its corners only.

    Args:
        labels: (H, W) int; 0 is outside, as is what lies beyond the array.

    Returns:
        Arcs of (n, 2) float64 columns and rows of pixel corners.
    """
    height, width = labels.shape
    framed = np.zeros((height + 2, width + 2), labels.dtype)
    framed[1:-1, 1:-1] = labels
    across = np.zeros((height + 1, width + 1), bool)  # from corner (r, c) to (r, c + 1)
    across[:, :-1] = framed[:-1, 1:-1] != framed[1:, 1:-1]
    down = np.zeros((height + 1, width + 1), bool)  # from corner (r, c) to (r + 1, c)
    down[:-1] = framed[1:-1, :-1] != framed[1:-1, 1:]
    degree = across.astype(np.int8) + down
    degree[:, 1:] += across[:, :-1]
    degree[1:] += down[:-1]
    node = degree > 2
    stride = width + 1
    starts, ends = _runs(across, node)
    turned_starts, turned_ends = _runs(down.T, node.T)
    rows, cols = np.divmod(turned_starts, height + 1)
    other_rows, other_cols = np.divmod(turned_ends, height + 1)
    first = np.concatenate([starts, cols * stride + rows])
    last = np.concatenate([ends, other_cols * stride + other_rows])
    return [_corners(chain, stride) for chain in _chains(first, last, node.ravel())]


def simplified(arcs: list[np.ndarray], tolerance: float) -> ogr.Geometry:
    """Return the arcs as one geometry of lines, simplified together: they keep their ends and never cross.

    Args:
        arcs: as `arcs_of` returns them, in pixels.
        tolerance: pixels; 0 changes nothing.
    """
    parts = [struct.pack("<BII", 1, 5, len(arcs))]
    for arc in arcs:
        parts += [struct.pack("<BII", 1, 2, len(arc)), np.ascontiguousarray(arc, "<f8").tobytes()]
    lines = ogr.CreateGeometryFromWkb(b"".join(parts))
    return lines.SimplifyPreserveTopology(tolerance) if tolerance > 0 and arcs else lines


def _runs(cracks: np.ndarray, node: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the flat corners at which straight runs of cracks along the rows start and end."""
    before = np.zeros_like(cracks)
    before[:, 1:] = cracks[:, :-1]
    starts = np.flatnonzero(cracks & (~before | node))
    after = np.zeros_like(cracks)
    after[:, :-1] = cracks[:, 1:]
    node_after = np.ones_like(node)
    node_after[:, :-1] = node[:, 1:]
    ends = np.flatnonzero(cracks & (~after | node_after)) + 1
    return starts, ends


def _chains(first: np.ndarray, last: np.ndarray, node: np.ndarray) -> list[list[int]]:
    """Join runs end to end; each chain is a list of corners, closed where the first is the last."""
    runs: dict[int, list[int]] = {}
    one, other = first.tolist(), last.tolist()
    for number, (start, end) in enumerate(zip(one, other)):
        runs.setdefault(start, []).append(number)
        runs.setdefault(end, []).append(number)
    used = bytearray(len(one))
    is_node = node.view(np.uint8).tobytes()

    def follow(number: int, corner: int) -> list[int]:
        chain = [corner]
        while True:
            used[number] = 1
            corner = other[number] if one[number] == corner else one[number]
            chain.append(corner)
            if is_node[corner]:
                return chain
            a, b = runs[corner]
            number = b if a == number else a
            if used[number]:
                return chain

    chains = [
        follow(number, corner)
        for corner, members in runs.items()
        if is_node[corner]
        for number in members
        if not used[number]
    ]
    chains += [follow(number, one[number]) for number in range(len(one)) if not used[number]]
    return chains


def _corners(chain: list[int], stride: int) -> np.ndarray:
    rows, cols = np.divmod(np.array(chain), stride)
    return np.stack([cols, rows], axis=1).astype(np.float64)
