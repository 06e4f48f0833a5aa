"""What of a series is asked for: the files of each sensor, and the area."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SeriesInputs:
    """Files and folders of each sensor; either may be empty.

    Attributes:
        beside: folders and STAC items that the files were chosen from: what they say of the files counts, and no more
            files are taken from them.
    """

    s2: tuple[str, ...] = ()
    s1: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Extent:
    """A box in any CRS."""

    west: float
    south: float
    east: float
    north: float
    crs_wkt: str

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        return (self.west, self.south, self.east, self.north)
