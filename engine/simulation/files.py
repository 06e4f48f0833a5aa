"""A simulated county as the files an analyst would have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from osgeo import gdal, ogr, osr

from ...models.legend import TEMPERATE_EUROPE
from .landscape import FINE, Landscape
from .spectra import BANDS

gdal.UseExceptions()
ogr.UseExceptions()
osr.UseExceptions()

EPSG, TILE = 32631, "T31UDQ"
WEST, NORTH, PIXEL = 450_000.0, 5_480_000.0, 10.0
OPTIONS = ["COMPRESS=DEFLATE", "ZLEVEL=1", "TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=256"]


def crs() -> osr.SpatialReference:
    """Return the county's coordinate reference system, UTM 31N."""
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(EPSG)
    return reference


def write_optical(path: Path, reflectance: np.ndarray, scl: np.ndarray, stamp: str) -> None:
    """Write one Sentinel-2 date: ten bands of reflectance x 10,000 and the scene classification, uint16, 0 is nodata.

    Args:
        path: of the GeoTIFF.
        reflectance: (H, W, 10) 0..1.
        scl: (H, W) scene classes.
        stamp: yyyy:mm:dd hh:mm:ss.
    """
    numbers = np.clip(np.rint(reflectance * 10_000.0), 1, 65_535).astype(np.uint16)
    dataset = _create(path, scl.shape, len(BANDS) + 1, gdal.GDT_UInt16, [*OPTIONS, "PREDICTOR=2"], stamp)
    for number, name in enumerate((*BANDS, "SCL"), start=1):
        band = dataset.GetRasterBand(number)
        band.SetDescription(name)
        band.SetNoDataValue(0)
        if name != "SCL":
            band.SetScale(1e-4)
            band.SetOffset(0.0)
        band.WriteArray(numbers[..., number - 1] if name != "SCL" else scl.astype(np.uint16))
    _close(dataset)


def write_radar(path: Path, power: np.ndarray, stamp: str) -> None:
    """Write one Sentinel-1 date: VV and VH in dB, float32, NaN is nodata.

    Args:
        path: of the GeoTIFF.
        power: (H, W, 2) linear.
        stamp: yyyy:mm:dd hh:mm:ss.
    """
    decibel = np.round(10.0 * np.log10(np.maximum(power, 1e-5)) * 64.0).astype(np.float32) / np.float32(64.0)
    dataset = _create(path, power.shape[:2], 2, gdal.GDT_Float32, [*OPTIONS, "PREDICTOR=3"], stamp)
    for number, name in enumerate(("VV", "VH"), start=1):
        band = dataset.GetRasterBand(number)
        band.SetDescription(name)
        band.SetNoDataValue(float("nan"))
        band.WriteArray(decibel[..., number - 1])
    _close(dataset)


def write_truth(path: Path, truth: np.ndarray) -> None:
    """Write the declared class of each pixel, uint8, with colours and names."""
    dataset = _create(path, truth.shape, 1, gdal.GDT_Byte, OPTIONS, "")
    band = dataset.GetRasterBand(1)
    band.SetDescription("class")
    band.SetNoDataValue(0)
    colours = gdal.ColorTable()
    names = [""] * (max(entry.code for entry in TEMPERATE_EUROPE) + 1)
    for entry in TEMPERATE_EUROPE:
        names[entry.code] = entry.name
        colours.SetColorEntry(entry.code, (*(int(entry.colour[at : at + 2], 16) for at in (1, 3, 5)), 255))
    band.SetColorTable(colours)
    band.SetCategoryNames(names)
    band.WriteArray(truth)
    _close(dataset)


def write_parcels(path: Path, land: Landscape) -> int:
    """Write the parcels as polygons with parcel_id, crop (name in the legend) and area_ha; return their number."""
    names = {entry.code: entry.name for entry in TEMPERATE_EUROPE}
    cell = PIXEL / FINE
    rows, cols = land.parcel.shape
    raster = gdal.GetDriverByName("MEM").Create("", cols, rows, 1, gdal.GDT_Int32)
    raster.SetGeoTransform((WEST, cell, 0.0, NORTH, 0.0, -cell))
    raster.SetProjection(crs().ExportToWkt())
    band = raster.GetRasterBand(1)
    band.WriteArray(land.parcel)
    # GDAL 3.11 joined the vector driver "Memory" to "MEM".
    source = (ogr.GetDriverByName("Memory") or ogr.GetDriverByName("MEM")).CreateDataSource("")
    pieces = source.CreateLayer("pieces", crs(), ogr.wkbPolygon)
    pieces.CreateField(ogr.FieldDefn("parcel_id", ogr.OFTInteger))
    gdal.Polygonize(band, band, pieces, 0)
    found = sorted(
        (feature.GetField(0), feature.GetGeometryRef().Clone()) for feature in pieces if feature.GetField(0) > 0
    )
    target = gdal.GetDriverByName("GPKG").Create(str(path), 0, 0, 0, gdal.GDT_Unknown, ["DATETIME_FORMAT=UTC"])
    layer = target.CreateLayer("parcels", crs(), ogr.wkbPolygon, ["FID=fid"])
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


def _create(path: Path, shape: tuple[int, int], bands: int, kind: int, options: list[str], stamp: str) -> gdal.Dataset:
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), shape[1], shape[0], bands, kind, options)
    dataset.SetGeoTransform((WEST, PIXEL, 0.0, NORTH, 0.0, -PIXEL))
    dataset.SetProjection(crs().ExportToWkt())
    if stamp:
        dataset.SetMetadataItem("TIFFTAG_DATETIME", stamp)
    return dataset


def _close(dataset: gdal.Dataset) -> None:
    """Flush to disk, so that a full disk is an error here and not a line in a log."""
    dataset.FlushCache()
