"""The files of a simulated county as others store them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Callable

from osgeo import gdal

gdal.UseExceptions()

COARSE = ("B05", "B06", "B07", "B8A", "B11", "B12", "SCL")
DEFLATE = ["COMPRESS=DEFLATE", "PREDICTOR=2"]
STRIPED = [*DEFLATE, "TILED=NO"]
COG = ["COMPRESS=DEFLATE", "PREDICTOR=YES", "BLOCKSIZE=512", "OVERVIEWS=NONE"]
LOSSLESS = ["QUALITY=100", "REVERSIBLE=YES", "RESOLUTIONS=6"]
TILES = {10: 1024, 20: 640}
"""Metres of a pixel -> pixels a side of a tile in the JPEG 2000 files of ESA."""


def striped(source: Path, target: Path) -> None:
    """All bands in one file of strips."""
    gdal.Translate(str(target / source.name), str(source), format="GTiff", creationOptions=STRIPED)


def cog(source: Path, target: Path) -> None:
    """All bands in one cloud-optimised file."""
    gdal.Translate(str(target / source.name), str(source), format="COG", creationOptions=COG)


def mixed(source: Path, target: Path) -> None:
    """The bands of 10 m and those of 20 m, each in a file of tiles."""
    for end, wanted in (("10m", lambda name: name not in COARSE), ("20m", lambda name: name in COARSE)):
        place = str(target / f"{source.stem}_{end}.tif")
        _bands(source, place, wanted, 20 if end == "20m" else 10, "GTiff", [*DEFLATE, "TILED=YES"])


def jp2(source: Path, target: Path) -> None:
    """One JPEG 2000 file a band, 10 m in tiles of 1024 pixels and 20 m in tiles of 640, as ESA writes them."""
    for name in _names(source):
        size = 20 if name in COARSE else 10
        place = str(target / f"{source.stem}_{name}_{size}m.jp2")
        side = TILES[size]
        options = [*LOSSLESS, f"BLOCKXSIZE={side}", f"BLOCKYSIZE={side}"]
        _bands(source, place, lambda other, name=name: other == name, size, "JP2OpenJPEG", options)


LAYOUTS: dict[str, Callable[[Path, Path], None]] = {
    "striped TIFF, 10 m": striped,
    "tiled COG, 10 m": cog,
    "tiled TIFF, 10 and 20 m": mixed,
    "JP2 a band, ESA's tiles, 10 and 20 m": jp2,
}


def rewrite(county: Path, target: Path, layout: Callable[[Path, Path], None]) -> Path:
    """Write the Sentinel-2 files of a county in another layout, Sentinel-1 as it is; return the folder."""
    (target / "sentinel2").mkdir(parents=True)
    for source in sorted((county / "sentinel2").glob("*.tif")):
        layout(source, target / "sentinel2")
    shutil.copytree(county / "sentinel1", target / "sentinel1")
    return target


def _names(source: Path) -> list[str]:
    dataset = gdal.Open(str(source))
    return [dataset.GetRasterBand(number + 1).GetDescription() for number in range(dataset.RasterCount)]


def _bands(
    source: Path, target: str, wanted: Callable[[str], bool], metres: int, driver: str, options: list[str]
) -> None:
    names = [name for name in _names(source) if wanted(name)]
    numbers = [_names(source).index(name) + 1 for name in names]
    chosen = gdal.Translate(
        "", str(source), format="VRT", bandList=numbers, xRes=metres, yRes=metres, resampleAlg="nearest"
    )
    for number, name in enumerate(names, start=1):
        chosen.GetRasterBand(number).SetDescription(name)
    gdal.Translate(target, chosen, format=driver, creationOptions=options)
