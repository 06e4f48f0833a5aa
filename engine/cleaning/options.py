"""How a map is made ready for use: defaults, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NOTHING, NEIGHBOURS, PARCELS = "none", "neighbours", "parcels"
SMOOTHING = (NOTHING, NEIGHBOURS, PARCELS)


@dataclass(frozen=True)
class CleaningOptions:
    """What is done to a map.

    Attributes:
        minimum_area: hectares; connected areas of one class that are smaller go to their largest neighbour; 0 keeps
            all.
        class_areas: class name -> hectares, where a class has a minimum area of its own.
        smoothing: "none", or what probabilities are averaged over before the class is taken: "neighbours" in a square,
            or the "parcels" (the neighbours in the square that lie in the same parcel).
        radius: pixels from the middle of the square to its edge.
        least_confidence: percent; pixels whose class is less probable are left open. 0 leaves none open.
        least_margin: percentage points between the first and the second class under which a pixel is left open.
    """

    minimum_area: float = 0.25
    class_areas: Mapping[str, float] = field(default_factory=dict)
    smoothing: str = NOTHING
    radius: int = 1
    least_confidence: float = 0.0
    least_margin: float = 0.0

    @property
    def needs_probabilities(self) -> bool:
        """Whether the classes of the map alone do not do."""
        return self.smoothing != NOTHING or self.least_margin > 0


LIMITS: dict[str, tuple[float, float]] = {
    "minimum_area": (0, 10_000),
    "radius": (1, 25),
    "least_confidence": (0, 100),
    "least_margin": (0, 100),
}
"""Option -> smallest and largest value."""
