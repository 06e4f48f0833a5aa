"""How fields are delineated: defaults, once."""

from __future__ import annotations

from dataclasses import dataclass

from ..option import option


@dataclass(frozen=True)
class DelineationOptions:
    """What counts as a field, and how its border is drawn."""

    minimum_area: float = option(
        0.25,
        "Minimum area",
        "Smaller regions are merged with the most similar neighbour, or dropped.",
        unit="hectares",
        limits=(0, 1000),
    )
    difference: float = option(
        0.04,
        "Difference between fields",
        "Neighbours whose season differs less than this are one field: root mean square difference of NDVI over six "
        "periods (of backscatter / 20 dB without Sentinel-2).",
        limits=(0, 1),
    )
    greenest: float = option(
        0.35,
        "Peak NDVI",
        "NDVI that a field reaches in one of the six periods at least; not used without Sentinel-2.",
        limits=(-1, 1),
    )
    texture: float = option(
        0.085,
        "Texture",
        "Maximum mean edge strength inside a field; built-up areas and forest edges exceed it.",
        limits=(0, 1),
    )
    tolerance: float = option(
        0.8,
        "Simplification",
        "Distance by which borders may be moved when they are simplified; 0 keeps the outlines of the pixels.",
        unit="pixels",
        limits=(0, 10),
    )


BLOCK, MARGIN = 1024, 64
"""Pixels of the blocks in which regions grow, anchored at the origin of the grid, and of what two blocks share: fixed,
so that nothing else changes the result."""
