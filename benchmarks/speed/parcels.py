"""Parcel labels against QGIS's own zonal histogram on the same map and parcels."""

from __future__ import annotations

import statistics
import struct
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from osgeo import gdal, ogr, osr

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.jobs.label import LabelRequest, label
from crop_attention.engine.options import ParcelOptions
from crop_attention.engine.parcels.class_map import ClassMap
from crop_attention.engine.parcels.label import label_parcels
from crop_attention.engine.parcels.parcel_file import ParcelFile

from .table import Row

gdal.UseExceptions()
PIXELS_A_PARCEL, PIXEL, TURN, CLASSES = 100, 10.0, 0.3, 14


def parcels(counts: tuple[int, ...], compared: int, scratch: Path) -> Iterator[Row]:
    """Yield parcels a second, counted alone and file to file, and of the zonal histogram up to `compared` parcels."""
    for count in counts:
        folder = scratch / f"parcels{count}"
        folder.mkdir()
        size = max(512, int((count * PIXELS_A_PARCEL) ** 0.5 / 0.8))
        crop_map, confidence = write_rasters(folder, size)
        file = write_parcels(folder / "parcels.gpkg", chessboard(count, size))
        out = str(folder / "labels.gpkg")
        bare = count / _seconds(partial(_counted, crop_map, file), count)
        whole = count / _seconds(
            lambda file=file, given=(out, confidence), on=crop_map: label(LabelRequest(on, ParcelFile(file), *given)),
            count,
        )
        yield Row("parcels", f"{count:,} parcels, classes counted, nothing written", bare, "parcels/s")
        yield Row("parcels", f"{count:,} parcels labelled, file to file", whole, "parcels/s")
        work = zonal_histogram(crop_map, file) if count <= compared else None
        if work is not None:
            rate = count / _seconds(work, count)
            yield Row("parcels", f"{count:,} parcels, native:zonalhistogram", rate, "parcels/s", whole / rate,
                      f"as fast is ours file to file, {bare / rate:.2f} as fast its count alone")  # fmt: skip


def _labelled(crop_map: str, file: str, out: str, confidence: str) -> None:
    label(LabelRequest(crop_map, ParcelFile(file), out, confidence))


def _counted(crop_map: str, file: str) -> None:
    """Do what the zonal histogram does and no more: no borders, no confidence, no file."""
    parcels = ParcelFile(file)
    parcels.read_in(ClassMap(crop_map).crs, Feedback())
    label_parcels(crop_map, parcels.shapes, None, ParcelOptions(leave_border=False))


def _seconds(work: Callable[[], object], count: int) -> float:
    """Return the median time of some runs; fewer of them for many parcels."""
    times = []
    for _ in range(max(1, min(5, 100_000 // count))):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


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
