"""A simulated county as the files an analyst would have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from osgeo import gdal, ogr, osr

from ...models.card import CropClass
from ..legend import NODATA, put_legend
from ..writing.created import created
from .landscape import FINE, Landscape
from .region import TEMPERATE
from .spectra import BANDS

gdal.UseExceptions()
ogr.UseExceptions()
osr.UseExceptions()

PIXEL = 10.0
OPTIONS = ["COMPRESS=DEFLATE", "ZLEVEL=1", "TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=256"]


@dataclass(frozen=True)
class Place:
    """Where a county's files say it lies.

    Attributes:
        tile: of Sentinel-2.
        west, north: corner in metres.
        hours_east: of western Europe, for the time of passes.
    """

    epsg: int
    tile: str
    west: float
    north: float
    hours_east: int = 0

    def crs(self) -> osr.SpatialReference:
        """Return the coordinate reference system."""
        reference = osr.SpatialReference()
        reference.ImportFromEPSG(self.epsg)
        return reference


def place_of(scenario: str) -> Place:
    """Return where a scenario's county lies: west of Paris, or in the hills of Shandong."""
    if scenario in TEMPERATE:
        return Place(32631, "T31UDQ", 450_000.0, 5_480_000.0)
    return Place(32650, "T50SPE", 640_000.0, 3_980_000.0, 8)


def write_optical(path: Path, reflectance: np.ndarray, scl: np.ndarray, stamp: str, place: Place) -> None:
    """Write one Sentinel-2 date: ten bands of reflectance x 10,000 and the scene classification, uint16, 0 is nodata.

    Args:
        reflectance: (H, W, 10) 0..1.
        scl: (H, W) scene classes.
        stamp: yyyy:mm:dd hh:mm:ss.
    """
    numbers = np.clip(np.rint(reflectance * 10_000.0), 1, 65_535).astype(np.uint16)
    dataset = _create(path, scl.shape, len(BANDS) + 1, gdal.GDT_UInt16, [*OPTIONS, "PREDICTOR=2"], place, stamp)
    for number, name in enumerate((*BANDS, "SCL"), start=1):
        band = dataset.GetRasterBand(number)
        band.SetDescription(name)
        band.SetNoDataValue(0)
        if name != "SCL":
            band.SetScale(1e-4)
            band.SetOffset(0.0)
        band.WriteArray(numbers[..., number - 1] if name != "SCL" else scl.astype(np.uint16))
    _close(dataset)


def write_radar(path: Path, power: np.ndarray, stamp: str, place: Place) -> None:
    """Write one Sentinel-1 date: VV and VH in dB, float32, NaN is nodata.

    Args:
        power: (H, W, 2) linear.
        stamp: yyyy:mm:dd hh:mm:ss.
    """
    decibel = np.round(10.0 * np.log10(np.maximum(power, 1e-5)) * 64.0).astype(np.float32) / np.float32(64.0)
    dataset = _create(path, power.shape[:2], 2, gdal.GDT_Float32, [*OPTIONS, "PREDICTOR=3"], place, stamp)
    for number, name in enumerate(("VV", "VH"), start=1):
        band = dataset.GetRasterBand(number)
        band.SetDescription(name)
        band.SetNoDataValue(float("nan"))
        band.WriteArray(decibel[..., number - 1])
    _close(dataset)


def write_truth(path: Path, truth: np.ndarray, legend: tuple[CropClass, ...], place: Place) -> None:
    """Write the declared class of each pixel, uint8, with colours, names and attribute table."""
    dataset = _create(path, truth.shape, 1, gdal.GDT_Byte, OPTIONS, place)
    band = dataset.GetRasterBand(1)
    band.SetDescription("class")
    band.SetNoDataValue(NODATA)
    put_legend(dataset, legend)
    band.WriteArray(truth)
    _close(dataset)


def write_parcels(path: Path, land: Landscape, legend: tuple[CropClass, ...], place: Place) -> int:
    """Write the parcels as polygons with parcel_id, crop (name in the legend) and area_ha; return their number."""
    names = {entry.code: entry.name for entry in legend}
    cell = PIXEL / FINE
    rows, cols = land.parcel.shape
    raster = gdal.GetDriverByName("MEM").Create("", cols, rows, 1, gdal.GDT_Int32)
    raster.SetGeoTransform((place.west, cell, 0.0, place.north, 0.0, -cell))
    raster.SetProjection(place.crs().ExportToWkt())
    band = raster.GetRasterBand(1)
    band.WriteArray(land.parcel)
    # GDAL 3.11 joined the vector driver "Memory" to "MEM".
    source = (ogr.GetDriverByName("Memory") or ogr.GetDriverByName("MEM")).CreateDataSource("")
    pieces = source.CreateLayer("pieces", place.crs(), ogr.wkbPolygon)
    pieces.CreateField(ogr.FieldDefn("parcel_id", ogr.OFTInteger))
    gdal.Polygonize(band, band, pieces, 0)
    found = sorted(
        (feature.GetField(0), feature.GetGeometryRef().Clone()) for feature in pieces if feature.GetField(0) > 0
    )
    with created(str(path), "GPKG", ["DATETIME_FORMAT=UTC"]) as target:
        layer = target.CreateLayer("parcels", place.crs(), ogr.wkbPolygon, ["FID=fid"])
        for name, kind in (("parcel_id", ogr.OFTInteger), ("crop", ogr.OFTString), ("area_ha", ogr.OFTReal)):
            layer.CreateField(ogr.FieldDefn(name, kind))
        layer.StartTransaction()
        for number, shape in found:
            smooth = shape.SimplifyPreserveTopology(cell * 0.75)
            smooth = smooth if smooth is not None and smooth.IsValid() and not smooth.IsEmpty() else shape
            feature = ogr.Feature(layer.GetLayerDefn())
            feature.SetField("parcel_id", int(number))
            feature.SetField("crop", names[int(land.declared[number])])
            feature.SetField("area_ha", round(smooth.GetArea() / 1e4, 4))
            feature.SetGeometry(smooth)
            layer.CreateFeature(feature)
        layer.CommitTransaction()
        layer.SyncToDisk()
    return len(found)


def _create(
    path: Path, shape: tuple[int, ...], bands: int, kind: int, options: list[str], place: Place, stamp: str = ""
) -> gdal.Dataset:
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), shape[1], shape[0], bands, kind, options)
    dataset.SetGeoTransform((place.west, PIXEL, 0.0, place.north, 0.0, -PIXEL))
    dataset.SetProjection(place.crs().ExportToWkt())
    if stamp:
        dataset.SetMetadataItem("TIFFTAG_DATETIME", stamp)
    return dataset


def _close(dataset: gdal.Dataset) -> None:
    """Flush to disk, so that a full disk is an error here and not a line in a log."""
    dataset.FlushCache()
