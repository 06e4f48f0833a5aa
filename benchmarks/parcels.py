"""How long it takes to label many parcels, and how much memory.

Makes a crop map and a turned chessboard of parcels, labels them in several ways and prints a table. With
`--compare-qgis` the same parcels are counted by QGIS's own zonal histogram, where QGIS can be imported. Run from the
repository's root with

    PYTHONPATH=build/plugins python benchmarks/parcels.py
"""

from __future__ import annotations

import argparse
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from osgeo import gdal, ogr, osr

from crop_attention.benchmarks.peak import peak_megabytes
from crop_attention.engine.options import BLOCK, ParcelOptions
from crop_attention.engine.parcels.coverage import touched_blocks
from crop_attention.engine.parcels.label import label_parcels
from crop_attention.engine.parcels.table import label_parcel_file
from crop_attention.engine.series.files.grid import Grid

gdal.UseExceptions()
PIXEL = 10.0
TURN = 0.3
CLASSES = 14


def chessboard(count: int, size: int) -> list[bytes]:
    """Return WKB of `count` square parcels, side by side, turned by `TURN` radians about the middle of the map."""
    side = int(np.ceil(np.sqrt(count)))
    step = size * PIXEL * 0.8 / side
    corners = np.array([[0.0, 0.0], [0.97, 0.0], [0.97, 0.97], [0.0, 0.97], [0.0, 0.0]])
    turn = np.array([[np.cos(TURN), -np.sin(TURN)], [np.sin(TURN), np.cos(TURN)]])
    shapes = []
    for number in range(count):
        place = (corners + divmod(number, side) - side / 2) * step
        ring = place @ turn.T + size * PIXEL / 2
        shapes.append(struct.pack("<BIII", 1, 3, 1, len(ring)) + ring.astype("<f8").tobytes())
    return shapes


def write_rasters(folder: Path, size: int) -> tuple[str, str]:
    """Write a crop map in patches of 16 pixels and a confidence raster; return their paths."""
    draw = np.random.default_rng(1)
    patches = draw.integers(1, CLASSES + 1, (-(-size // 16), -(-size // 16)), dtype=np.uint8)
    rasters = {
        "map.tif": patches.repeat(16, 0).repeat(16, 1)[:size, :size],
        "confidence.tif": draw.integers(30, 101, (size, size), dtype=np.uint8),
    }
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(32631)
    for name, values in rasters.items():
        options = ["TILED=YES", "COMPRESS=DEFLATE"]
        target = gdal.GetDriverByName("GTiff").Create(str(folder / name), size, size, 1, gdal.GDT_Byte, options)
        target.SetGeoTransform((0, PIXEL, 0, size * PIXEL, 0, -PIXEL))
        target.SetSpatialRef(crs)
        target.WriteArray(values)
        target.FlushCache()
    return str(folder / "map.tif"), str(folder / "confidence.tif")


def write_parcels(path: Path, shapes: list[bytes]) -> str:
    """Write the parcels as a GeoPackage."""
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(32631)
    target = gdal.GetDriverByName("GPKG").Create(str(path), 0, 0, 0, gdal.GDT_Unknown)
    layer = target.CreateLayer("parcels", crs, ogr.wkbPolygon)
    target.StartTransaction()
    for wkb in shapes:
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetGeometryDirectly(ogr.CreateGeometryFromWkb(wkb))
        layer.CreateFeature(feature)
    target.CommitTransaction()
    return str(path)


def show(what: str, parcels: int, work: Callable[[], object]) -> None:
    """Run once and print a row of the table."""
    start, busy = time.perf_counter(), time.process_time()
    work()
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    print(f"{what:<36}{parcels:>10,}{seconds:>10.2f}{busy:>10.2f}{parcels / seconds:>12,.0f}{peak_megabytes():>10.0f}")


@cache
def qgis() -> tuple[Any, Any] | None:
    """Return QGIS and its Processing, started once; None without QGIS."""
    try:
        from qgis.core import QgsApplication
    except ImportError:
        return None
    app = QgsApplication([], False)
    app.initQgis()
    sys.path.append(str(Path(app.pkgDataPath()) / "python" / "plugins"))
    import processing
    from processing.core.Processing import Processing

    Processing.initialize()
    return app, processing


def zonal_histogram(crop_map: str, parcels: str) -> Callable[[], object] | None:
    """Return QGIS's own count of classes by polygon, ready to run; None without QGIS."""
    found = qgis()
    if found is None:
        return None
    inputs = {"INPUT_RASTER": crop_map, "RASTER_BAND": 1, "INPUT_VECTOR": parcels, "OUTPUT": "memory:"}
    return lambda: found[1].run("native:zonalhistogram", inputs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parcels", type=int, default=100_000)
    parser.add_argument("--size", type=int, default=4096, help="pixels a side of the map")
    parser.add_argument("--compare-qgis", action="store_true", help="time native:zonalhistogram too")
    arguments = parser.parse_args()
    count, size = arguments.parcels, arguments.size
    with tempfile.TemporaryDirectory() as folder:
        crop_map, confidence = write_rasters(Path(folder), size)
        shapes = chessboard(count, size)
        file = write_parcels(Path(folder) / "parcels.gpkg", shapes)
        grid = Grid("", 0.0, size * PIXEL, PIXEL, size, size)
        inner, whole = ParcelOptions(leave_border=True), ParcelOptions(leave_border=False)
        twice = shapes[::2] * 2
        out = str(Path(folder) / "labels.gpkg")
        print(f"crop map of {size:,} x {size:,} pixels, {peak_megabytes():.0f} MB before the first row")
        print(f"{'':<36}{'parcels':>10}{'seconds':>10}{'of CPU':>10}{'a second':>12}{'peak MB':>10}")
        show("all pixels", count, lambda: label_parcels(crop_map, shapes, None, whole))
        show("border left out, with confidence", count, lambda: label_parcels(crop_map, shapes, confidence, inner))
        show("every parcel lies twice", len(twice), lambda: label_parcels(crop_map, twice, confidence, inner))
        show("file to file", count, lambda: label_parcel_file(crop_map, file, None, confidence, out, inner))
        show("blocks touched", count, lambda: touched_blocks(grid, shapes, BLOCK))
        if arguments.compare_qgis:
            work = zonal_histogram(crop_map, file)
            if work is None:
                print("QGIS cannot be imported: no comparison")
            else:
                show("QGIS native:zonalhistogram", count, work)


if __name__ == "__main__":
    main()
