"""Rules and defaults of the check of declarations, once."""

from __future__ import annotations

from dataclasses import dataclass

from ..option import option


@dataclass(frozen=True)
class DeclarationOptions:
    """When a declaration is doubted."""

    red_probability: float = option(
        0.9,
        "Probability for red",
        "A declaration is red only where the observed crop, with its group, is at least this probable.",
        limits=(0, 1),
    )
    close_margin: float = option(
        0.1,
        "Close probabilities",
        "A declaration is yellow, never red, where the declared crop is less probable than the observed one by no more "
        "than this.",
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
