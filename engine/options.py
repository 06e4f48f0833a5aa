"""Every default of the engine, once: dialogs and command lines read them here."""

from __future__ import annotations

import re
from dataclasses import dataclass

MEAN, MEDIAN = "mean", "median"


@dataclass(frozen=True)
class SeriesOptions:
    """How files become a masked cube.

    Attributes:
        composite: how the clear looks of one optical step are joined, "mean" or "median".
        masked_scl: scene classes that hide the ground (nodata, saturated, shadow, clouds, cirrus, snow).
        margin_scl: scene classes around which `cloud_margin` is hidden too (shadow and clouds).
        cloud_margin: metres hidden around cloud and shadow.
        optical_scale, optical_offset: reflectance = number * scale + offset; None reads them from the files.
        allow_level1c: accept top-of-atmosphere reflectance, with a warning.
        skip_broken: leave out acquisitions whose files cannot be read, and say so.
        normalise_tracks: remove the constant decibel difference between orbits before they are averaged.
        min_clear_steps: usable optical steps under which the analyst is warned.
        resolution: pixel size of the output in metres of a projected CRS; None takes the Sentinel-2 grid.
    """

    composite: str = MEAN
    masked_scl: tuple[int, ...] = (0, 1, 3, 8, 9, 10, 11)
    margin_scl: tuple[int, ...] = (3, 8, 9, 10)
    cloud_margin: float = 40.0
    optical_scale: float | None = None
    optical_offset: float | None = None
    allow_level1c: bool = False
    skip_broken: bool = False
    normalise_tracks: bool = True
    min_clear_steps: int = 6
    resolution: float | None = None


@dataclass(frozen=True)
class MappingOptions:
    """How a cube becomes rasters.

    Attributes:
        tile_size: pixels a side that are read and written at once; rounded up to a multiple of `BLOCK`.
        memory_limit: megabytes that one run may use; the tile shrinks to fit.
        gdal_cache: megabytes of decoded blocks that GDAL may keep; more would help only if it held a whole tile of the
            season, which is gigabytes.
        device: "auto", "cpu", "cuda" or "cuda:N".
        threads: CPU threads of the network; None takes all cores.
    """

    tile_size: int = 512
    memory_limit: int = 1500
    gdal_cache: int = 64
    device: str = "auto"
    threads: int | None = None


BLOCK = 64
"""Pixels a side that the network sees at once, anchored at the origin of the grid: the arithmetic of a pixel is
then the same whatever the tile size, to the last bit."""


@dataclass(frozen=True)
class ParcelOptions:
    """How pixels become one label a parcel.

    Attributes:
        leave_border: leave out pixels that touch another parcel or the outside.
        min_pixels: parcels with fewer pixels are flagged.
    """

    leave_border: bool = True
    min_pixels: int = 5


LIMITS: dict[str, tuple[float, float]] = {
    "masked_scl": (0, 11),
    "cloud_margin": (0, 5000),
    "min_clear_steps": (0, 400),
    "resolution": (0.1, 1000),
    "tile_size": (16, 65536),
    "memory_limit": (300, 10**6),
    "threads": (1, 1024),
    "min_pixels": (0, 10**6),
}
"""Option -> smallest and largest value that dialogs and command lines take."""

DEVICE_NAMES = re.compile(r"auto|cpu|cuda(:\d+)?", re.IGNORECASE)
