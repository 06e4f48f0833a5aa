"""Labelled ground for tests of training: windows by hand, and a small season with parcels over it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Sequence

import numpy as np
from osgeo import ogr, osr

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.cube.cube import Cube
from crop_attention.engine.series.preprocessing.prepare import prepare_series
from crop_attention.engine.series.preprocessing.prepared import PreparedSeries
from crop_attention.engine.training.dataset import Dataset, LabelledCube
from crop_attention.models.card import CropClass, Season
from rasters import ORIGIN
from season_files import SEASON, card, optical, radar, s1_series, s2_series

SEASON_OF_TWO = Season(start_month=1, start_day=1, steps=2, days=10)


class Heard(Feedback):
    """Keeps what is said; cancels after `patience` questions."""

    def __init__(self, patience: int | None = None) -> None:
        self.warnings: list[str] = []
        self.fractions: list[float] = []
        self._patience = patience

    def warning(self, message: str) -> None:
        self.warnings.append(message)

    def progress(self, fraction: float) -> None:
        self.fractions.append(fraction)

    def cancelled(self) -> bool:
        if self._patience is None:
            return False
        self._patience -= 1
        return self._patience < 0


def window(
    labels: np.ndarray | Sequence,
    parcels: np.ndarray | int = 1,
    block: int = 1,
    place: tuple[float, float, float, float] | None = None,
    number: float = 0.0,
) -> LabelledCube:
    """Return a window of two steps whose first optical band is the number of the pixel plus `number`."""
    codes = np.asarray(labels, np.uint8)
    height, width = codes.shape
    own = np.where(codes > 0, parcels, 0).astype(np.int32)
    s2 = np.zeros((2, 2, height, width), np.float16)
    s2[:, 0] = np.arange(height * width).reshape(height, width) + number
    s1 = np.full((2, 2, height, width), -12.0, np.float16)
    valid = np.ones((2, height, width), bool)
    return LabelledCube(Cube(s2, valid, s1, valid.copy()), codes, own, block, place)


def dataset(windows: Sequence[LabelledCube]) -> Dataset:
    """Return a data set of windows with classes named after their codes."""
    codes = sorted({int(code) for entry in windows for code in np.unique(entry.labels)} - {0})
    classes = tuple(CropClass(code, f"Class {code}", "#123456") for code in codes)
    return Dataset(tuple(windows), classes, SEASON_OF_TWO, ("B04", "B08"), ("VV", "VH"))


def write_fields(
    path: Path, fields: Sequence[tuple[object, tuple[float, float, float, float] | None]], epsg: int = 32631
) -> Path:
    """Write rectangles (column, row, width, height in pixels) with their crop; None stands for no geometry."""
    utm = _reference(32631)
    target = _reference(epsg)
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    layer = source.CreateLayer("fields", target, ogr.wkbMultiPolygon)
    layer.CreateField(ogr.FieldDefn("crop", ogr.OFTString))
    layer.CreateField(ogr.FieldDefn("code", ogr.OFTReal))
    for number, (crop, box) in enumerate(fields):
        feature = ogr.Feature(layer.GetLayerDefn())
        if crop is not None:
            feature.SetField("crop", str(crop))
        feature.SetField("code", float(number % 3))
        if box is not None:
            col, row, width, height = box
            west, north = ORIGIN[0] + 10 * col, ORIGIN[1] - 10 * row
            east, south = west + 10 * width, north - 10 * height
            ring = f"({west} {north},{east} {north},{east} {south},{west} {south},{west} {north})"
            shape = ogr.CreateGeometryFromWkt(f"MULTIPOLYGON(({ring}))")
            if epsg != 32631:
                shape.Transform(osr.CoordinateTransformation(utm, target))
            feature.SetGeometry(shape)
        layer.CreateFeature(feature)
    return path


def small_season(folder: Path, size: tuple[int, int] = (60, 80), s1: bool = True) -> PreparedSeries:
    """Write and prepare two dates a sensor over `size` (rows, columns); B04 is the row and B08 the column, times ten.

    The second optical date is two units brighter; VV is -10 and -16 dB.
    """
    rows, cols = np.mgrid[: size[0], : size[1]]
    values = np.stack([np.full(size, 300), 10 * (rows + 1), 10 * (cols + 1)])
    days = (date(2018, 1, 3), date(2018, 1, 12))
    images = [optical(folder, day, values + 2 * number, size=size) for number, day in enumerate(days)]
    looks = [radar(folder, day, (-10.0 - 6 * number, -18.0), size=size) for number, day in enumerate(days)]
    options = SeriesOptions(cloud_margin=0.0)
    series = s1_series(*looks, decibel=True) if s1 else None
    return prepare_series(s2_series(*images), series, card(season=SEASON), options, date(2018, 1, 1))


def _reference(epsg: int) -> osr.SpatialReference:
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(epsg)
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return reference
