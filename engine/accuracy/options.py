"""Defaults of an assessment, once."""

from __future__ import annotations

from dataclasses import dataclass

from ...models.language import N_

AUTO, PARCEL, PIXEL, POINT = "auto", N_("parcel"), N_("pixel"), N_("point")
KINDS = {PARCEL: N_("parcels"), PIXEL: N_("pixels"), POINT: N_("points")}
UNITS = (AUTO, PARCEL, PIXEL, POINT)

STOP, IGNORE, KEEP = "stop", "ignore", "keep"
UNMATCHED = (STOP, IGNORE, KEEP)


@dataclass(frozen=True)
class AccuracyOptions:
    """What is compared, and how.

    Attributes:
        unit: "parcel" (the majority of its pixels), "pixel" (all pixels of the parcels), "point" (the pixel under it);
            "auto" is "point" for points and "parcel" for polygons.
        inset: metres cut from the edge of each parcel before its pixels are looked at.
        unmatched: reference values without a class in the map: "stop", "ignore" them, or "keep" them as classes of
            their own, which the map always misses.
        replicates: of the bootstrap over parcels that gives the intervals of the unit "pixel".
    """

    unit: str = AUTO
    inset: float = 0.0
    unmatched: str = STOP
    replicates: int = 1000
    seed: int = 0
