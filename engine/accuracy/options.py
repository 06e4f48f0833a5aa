"""Defaults of an assessment, once."""

from __future__ import annotations

from dataclasses import dataclass

from ...models.language import N_
from ..option import option

AUTO, PARCEL, PIXEL, POINT = "auto", N_("parcel"), N_("pixel"), N_("point")
KINDS = {PARCEL: N_("parcels"), PIXEL: N_("pixels"), POINT: N_("points")}

STOP, IGNORE, KEEP = "stop", "ignore", "keep"


@dataclass(frozen=True)
class AccuracyOptions:
    """What is compared, and how.

    Attributes:
        replicates: of the bootstrap over parcels that gives the intervals of the unit "pixel".
    """

    unit: str = option(
        AUTO,
        "Unit",
        "What is counted. parcel: each polygon once, with the class of most of its pixels. pixel: every pixel inside "
        "the polygons; intervals then resample whole parcels. point: the pixel under each point. auto: point for "
        "points, parcel for polygons.",
        choices={AUTO: "Automatic", PARCEL: "Parcel", PIXEL: "Pixel", POINT: "Point"},
    )
    inset: float = option(
        0.0,
        "Inset of parcels",
        "Cut from the edge of each parcel before its pixels are looked at; 0 cuts nothing.",
        unit="metres",
        limits=(0, 1000),
    )
    unmatched: str = option(
        STOP,
        "Values without a class",
        "Values of the reference that are not a class of the map. stop: they are named and nothing runs. ignore: "
        "they are left out. keep: they are separate classes, which the map always misses.",
        choices={STOP: "Stop", IGNORE: "Ignore", KEEP: "Keep"},
    )
    replicates: int = 1000
    seed: int = 0
