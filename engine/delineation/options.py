"""How fields are drawn: defaults, once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DelineationOptions:
    """What counts as a field, and how its border is drawn.

    Attributes:
        difference: least difference of two neighbouring fields over the season, in units of NDVI (root mean square over
            six periods); neighbours that differ less are one field.
        minimum_area: hectares; smaller regions join the most similar neighbour, or are no fields.
        greenest: NDVI that a field reaches in some period of the season at least.
        texture: greatest mean edge strength inside a field; built-up land and forest edges lie above.
        tolerance: pixels by which a border may be moved when it is simplified; 0 keeps the steps of the pixels.
    """

    difference: float = 0.04
    minimum_area: float = 0.25
    greenest: float = 0.35
    texture: float = 0.085
    tolerance: float = 0.8


LIMITS: dict[str, tuple[float, float]] = {
    "difference": (0.0, 1.0),
    "minimum_area": (0.0, 1000.0),
    "greenest": (-1.0, 1.0),
    "texture": (0.0, 1.0),
    "tolerance": (0.0, 10.0),
}
"""Option -> smallest and largest value."""

BLOCK, MARGIN = 1024, 64
"""Pixels of the blocks in which regions grow, anchored at the origin of the grid, and of what two blocks share: fixed,
so that the tile size of a run changes nothing."""
