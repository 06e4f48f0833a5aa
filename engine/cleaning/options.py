"""How a map is made ready for use: defaults, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...models.naming import TITLES
from ..option import option, titles_of

NOTHING, NEIGHBOURS, PARCELS = "none", "neighbours", "parcels"


@dataclass(frozen=True)
class CleaningOptions:
    """What is done to a map.

    Attributes:
        class_areas: class name -> hectares, where a class has its own minimum area.
    """

    minimum_area: float = option(
        0.25,
        "Minimum area",
        "Connected areas of one class that are smaller are given to their largest neighbour; 0 keeps all.",
        unit="hectares",
        limits=(0, 10_000),
    )
    smoothing: str = option(
        NOTHING,
        "Smoothing",
        "Average the class probabilities before the class is taken: over the neighbours of a pixel, or over those of "
        "them that lie in the same parcel.",
        choices={NOTHING: "None", NEIGHBOURS: "Neighbours", PARCELS: "Neighbours in the same parcel"},
    )
    radius: int = option(
        1,
        "Radius of smoothing",
        "Pixels from the middle of the square of neighbours to its edge.",
        unit="pixels",
        limits=(1, 25),
    )
    least_confidence: float = option(
        0.0,
        "Minimum confidence",
        "Pixels whose class is less probable are left unclassified (no data); 0 leaves none out.",
        unit="percent",
        limits=(0, 100),
    )
    least_margin: float = option(
        0.0,
        "Minimum margin",
        "Pixels whose two most probable classes lie closer together are left unclassified (no data); 0 "
        "leaves none out.",
        unit="percentage points",
        limits=(0, 100),
    )
    cropland: str = option(
        "",
        "Cropland values",
        "Values of the cropland mask that are cropland, such as '40' or '211-223; 241'; empty: all but 0.",
        key="CROPLAND_VALUES",
    )
    class_areas: Mapping[str, float] = field(default_factory=dict)

    @property
    def needs_probabilities(self) -> bool:
        """Whether the classes of the map alone are not enough."""
        return self.smoothing != NOTHING or self.least_margin > 0


TITLES.update(titles_of(CleaningOptions))
