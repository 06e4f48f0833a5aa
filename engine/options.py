"""Every default of the engine, once: dialogs and command lines read them here."""

from __future__ import annotations

from dataclasses import dataclass

from ..models.language import N_
from ..models.naming import TITLES
from .option import DEVICE, DEVICE_NAMES, FILE, option, titles_of

__all__ = ["BLOCK", "DEVICE_NAMES", "MappingOptions", "ParcelOptions", "SeriesOptions"]

MEAN, MEDIAN = "mean", "median"
SCENE_CLASSES = {
    0: N_("No data"),
    1: N_("Saturated or defective"),
    2: N_("Dark area"),
    3: N_("Cloud shadow"),
    4: N_("Vegetation"),
    5: N_("Bare soil"),
    6: N_("Water"),
    7: N_("Unclassified"),
    8: N_("Cloud, medium probability"),
    9: N_("Cloud, high probability"),
    10: N_("Thin cirrus"),
    11: N_("Snow or ice"),
}
"""Codes of the Sentinel-2 scene classification (SCL)."""


@dataclass(frozen=True)
class SeriesOptions:
    """How files become a masked cube.

    Attributes:
        margin_scl: scene classes around which `cloud_margin` is masked too (shadow and clouds), as far as they are
            masked themselves.
    """

    composite: str = option(
        MEAN,
        "Composite of one optical time step",
        "How the clear Sentinel-2 observations of one time step are combined. Sentinel-1 is always averaged.",
        choices={MEAN: "Mean of the clear observations", MEDIAN: "Median of the clear observations"},
        numbered=True,
    )
    masked_scl: tuple[int, ...] = option(
        (0, 1, 3, 8, 9, 10, 11),
        "Scene classes to mask",
        "Classes of the Sentinel-2 scene classification (SCL) that are masked out.",
        key="MASKED_CLASSES",
        limits=(0, 11),
        choices=SCENE_CLASSES,
    )
    margin_scl: tuple[int, ...] = (3, 8, 9, 10)
    cloud_margin: float = option(
        40.0,
        "Margin around clouds",
        "Pixels within this distance of cloud and cloud shadow are masked too.",
        unit="metres",
        limits=(0, 5000),
    )
    optical_scale: float | None = option(
        None,
        "Optical scale",
        "Reflectance is number x scale + offset.",
        empty="read from the files, 0.0001 for integers",
    )
    optical_offset: float | None = option(
        None,
        "Optical offset",
        "Reflectance is number x scale + offset.",
        empty="read from the files, -0.1 from processing baseline 04.00 on",
    )
    allow_level1c: bool = option(
        False,
        "Accept Level-1C (top of atmosphere)",
        "The checkpoints expect surface reflectance (Level-2A); Level-1C is refused without this option.",
    )
    skip_broken: bool = option(
        False,
        "Skip files that cannot be read",
        "Acquisitions with a damaged file are left out and reported. Otherwise they stop the run.",
    )
    normalise_tracks: bool = option(
        True,
        "Normalise Sentinel-1 orbits",
        "The constant difference in decibels between orbits is removed before they are averaged.",
    )
    min_clear_steps: int = option(
        6,
        "Minimum clear optical time steps",
        "A warning is given when fewer time steps of the season have a clear Sentinel-2 observation.",
        limits=(0, 400),
    )
    resolution: float | None = option(
        None,
        "Pixel size",
        "Pixel size of the outputs, in the units of a projected CRS.",
        unit="metres",
        limits=(0.1, 1000),
        empty="that of the finest Sentinel-2 bands, usually 10 m",
    )
    records: str = option(
        "",
        "Records of own files",
        "JSON file that describes how files of your own are named and read: bands, scale, offset, unit and masks.",
        kind=FILE,
    )
    file_list: str = option(
        "",
        "List of files",
        "CSV file that lists the files of the series with date, sensor, band, scale, offset and mask; or STAC items "
        "(JSON) as a catalogue saved them, whose files lie beside them.",
        kind=FILE,
    )
    allow_folder: str = option(
        "",
        "Folders that virtual rasters may point into",
        "A virtual raster (VRT) is read when the files it points to lie in the folders of the series, or in this one; "
        "several are separated by semicolons.",
        empty="the folders of the series alone",
    )

    def files(self) -> tuple[str, ...]:
        """Return the files that these options name, which no output may replace."""
        return tuple(filter(None, (self.records, self.file_list)))

    def __post_init__(self) -> None:
        """There is no margin around what is not masked."""
        margin = tuple(code for code in self.margin_scl if code in self.masked_scl)
        object.__setattr__(self, "margin_scl", margin)


@dataclass(frozen=True)
class MappingOptions:
    """How a cube becomes rasters.

    Attributes:
        gdal_cache: megabytes of decoded blocks that GDAL may keep; more would help only if it held a whole tile of the
            season, which is gigabytes.
        expected_shares: name of a class, or code of WorldCereal or HCAT, and what of the area is expected of it; only
            relative to each other. Empty takes the chances as the network gives them.
    """

    tile_size: int = option(
        512,
        "Tile size",
        "Pixels per side that are read and written at once, rounded up to a multiple of 64. It changes speed and "
        "memory, never the result.",
        unit="pixels",
        limits=(16, 65536),
    )
    memory_limit: int = option(
        1500,
        "Memory limit",
        "Memory that the run may use; tiles shrink to fit.",
        unit="MB",
        limits=(300, 10**6),
    )
    gdal_cache: int = 64
    device: str = option(
        "auto",
        "Device",
        "auto, cpu, cuda or cuda:N (such as cuda:0). auto takes a CUDA GPU that passes a trial, else the CPU. A GPU "
        "that fails is reported and the CPU is used.",
        kind=DEVICE,
    )
    threads: int | None = option(
        None, "CPU threads", "Threads of the network on the CPU.", limits=(1, 1024), empty="one per core"
    )
    cog: bool = option(
        False,
        "Cloud Optimized GeoTIFF",
        "Rasters are laid out as Cloud Optimized GeoTIFF, which is read piece by piece over the web. Writing takes "
        "twice the disk.",
    )
    style_files: bool = option(
        False,
        "Style files",
        "Beside each raster a QML file for QGIS and, where the raster stores plain numbers, an SLD file for GeoServer "
        "and other programs, under its name. QGIS needs neither for outputs that it loads after a run.",
    )
    expected_shares: tuple[tuple[str, float], ...] = ()


BLOCK = 64
"""Pixels a side that the network sees at once, anchored at the origin of the grid: the arithmetic of a pixel is
then the same whatever the tile size, to the last bit."""


@dataclass(frozen=True)
class ParcelOptions:
    """How pixels become one label a parcel."""

    leave_border: bool = option(
        True,
        "Ignore border pixels of parcels",
        "Pixels that touch another parcel or the outside do not vote, unless a parcel has no others.",
    )
    min_pixels: int = option(
        5,
        "Minimum pixels per parcel",
        "Parcels with fewer voting pixels are flagged, not dropped.",
        limits=(0, 10**6),
    )


TITLES.update(titles_of(SeriesOptions, MappingOptions, ParcelOptions))
