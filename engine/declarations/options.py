"""Rules and defaults of the check of declarations, once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DeclarationOptions:
    """When a parcel is doubted.

    Attributes:
        red_probability: a declaration is red only where the observed crop (with its group) is at least this probable.
        close_margin: the declared crop counts as nearly as probable where it lies within this of the observed one.
        min_pixels: parcels with fewer pixels are not judged.
        mixed_share: share of the pixels from which on a second crop is told as a second crop of the parcel.
    """

    red_probability: float = 0.9
    close_margin: float = 0.1
    min_pixels: int = 8
    mixed_share: float = 0.3
