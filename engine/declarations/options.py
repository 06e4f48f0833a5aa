"""Rules and defaults of the check of declarations, once."""

from __future__ import annotations

from dataclasses import dataclass

from ...models.language import N_
from ..option import option

GREEN, YELLOW, RED, GREY = N_("green"), N_("yellow"), N_("red"), N_("grey")
LIGHTS = (RED, YELLOW, GREEN, GREY)
"""In the order in which a worklist shows them."""


@dataclass(frozen=True)
class DeclarationOptions:
    """When a declaration is doubted."""

    red_declared: float = option(
        0.005,
        "Maximum probability of the declared crop for red",
        "A declaration is red only where the declared crop, with its group, is no more probable than this. Used where "
        "nothing is learnt from the declarations.",
        limits=(0, 1),
    )
    wrong_reds: float = option(
        0.01,
        "Maximum share of wrong reds",
        "Share of the correct declarations that may be expected to be red. Where the declarations teach, the "
        "probability of the declared crop up to which a parcel is red is chosen by it.",
        limits=(0, 1),
    )
    red_observed: float = option(
        0.5,
        "Minimum probability of the observed crop for red",
        "A declaration is red only where the observed crop, with its group, is at least this probable.",
        limits=(0, 1),
    )
    min_pixels: int = option(
        8,
        "Minimum pixels",
        "Parcels with fewer pixels are not judged (grey).",
        key="LEAST_PIXELS",
        limits=(0, 10**6),
    )
    mixed_share: float = option(
        0.3,
        "Share of a second crop",
        "Share of the pixels from which a second crop is reported as a second crop of the parcel.",
        limits=(0, 1),
    )
    learn: bool = option(
        True,
        "Learn from the declarations",
        "Learn from the other parcels (50 or more) how the map sees each crop here; what most of them declare is "
        "assumed to be right. Off: the probabilities of the map are used as they are.",
    )
