"""Helpers of the tests that run algorithms: a feedback that listens, fields, and parcels of every kind."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from osgeo import gdal, ogr, osr
from qgis.core import (
    QgsApplication,
    QgsFeature,
    QgsGeometry,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QCoreApplication

from crop_attention.engine.legend import put_legend
from crop_attention.models.card import CropClass
from rasters import ORIGIN, write_raster

SEED = 5
FIELD, ROWS, COLS = 25, 4, 8
"""Side of a field in pixels; rows and columns of fields in the county."""

GREEN = np.random.default_rng(SEED).random((ROWS, COLS))
"""How green each field grows: what the county's fixture draws first."""

CLASSES = (CropClass(3, "Spring cereals", "#d9b310"), CropClass(5, "Rapeseed", "#1b7f79"))
"""Of small class rasters."""


class Listener(QgsProcessingFeedback):
    """Keeps what a run says; cancels it when its progress text is `cancel_at`."""

    def __init__(self, cancel_at: str = "") -> None:
        super().__init__(False)
        self.infos: list[str] = []
        self.warnings: list[str] = []
        self.errors: list[str] = []
        self.titles: list[str] = []
        self.steps: list[float] = []
        self.progressChanged.connect(self.steps.append)
        self._cancel_at = cancel_at

    def pushInfo(self, info: str) -> None:
        self.infos.append(info)

    def pushWarning(self, warning: str) -> None:
        self.warnings.append(warning)

    def reportError(self, error: str, fatalError: bool = False) -> None:
        self.errors.append(error)

    def setProgressText(self, text: str) -> None:
        self.titles.append(text)
        if self._cancel_at and text == self._cancel_at:
            self.cancel()


def class_raster(path: Path, codes: np.ndarray, classes: Sequence[CropClass] = CLASSES) -> str:
    """Write codes, 0 for no data, with their legend; return the path."""
    written = write_raster(path, codes, dtype="uint8", nodata=0)
    dataset = gdal.Open(written, gdal.GA_Update)
    put_legend(dataset, classes)
    del dataset
    return written


def add_feature(layer: QgsVectorLayer, attributes: list, ring: str | None) -> None:
    """Add a polygon of one ring, or a feature without geometry."""
    feature = QgsFeature(layer.fields())
    feature.setAttributes(attributes)
    if ring is not None:
        feature.setGeometry(QgsGeometry.fromWkt(f"POLYGON({ring})"))
    layer.dataProvider().addFeatures([feature])


def box(col: float, row: float, width: float, height: float) -> str:
    """Return a ring in pixels of the county as WKT coordinates in metres."""
    west, north = ORIGIN[0] + 10 * col, ORIGIN[1] - 10 * row
    east, south = west + 10 * width, north - 10 * height
    return f"({west} {north},{east} {north},{east} {south},{west} {south},{west} {north})"


SHAPES = (
    ("plain", f"MULTIPOLYGON(({box(2, 2, 20, 20)}))"),
    ("two parts", f"MULTIPOLYGON(({box(26, 2, 10, 10)}),({box(40, 2, 10, 10)}))"),
    ("hole", f"MULTIPOLYGON(({box(52, 2, 20, 20)},{box(57, 7, 6, 6)}))"),
    ("sliver", f"MULTIPOLYGON(({box(80, 3.1, 0.2, 12)}))"),
    ("bow tie", "MULTIPOLYGON(((500900 5599900,501000 5599800,501000 5599900,500900 5599800,500900 5599900)))"),
    ("far away", f"MULTIPOLYGON(({box(2000, 2000, 10, 10)}))"),
    ("nothing", None),
    ("second block", f"MULTIPOLYGON(({box(150, 30, 20, 15)}))"),
)


def write_parcels(path: Path, shapes=SHAPES, epsg: int | None = 32631, kind=ogr.wkbMultiPolygon) -> str:
    """Write parcels with a name, a number and the field `crop_name` that labels will meet; return the path."""
    reference = None
    if epsg is not None:
        reference = osr.SpatialReference()
        reference.ImportFromEPSG(epsg)
        reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    layer = source.CreateLayer("parcels", reference, kind)
    layer.CreateField(ogr.FieldDefn("kind", ogr.OFTString))
    layer.CreateField(ogr.FieldDefn("crop_name", ogr.OFTString))
    utm = osr.SpatialReference()
    utm.ImportFromEPSG(32631)
    for name, wkt in shapes:
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetField("kind", name)
        feature.SetField("crop_name", f"declared {name}")
        if wkt:
            shape = ogr.CreateGeometryFromWkt(wkt)
            if reference is not None and epsg != 32631:
                shape.Transform(osr.CoordinateTransformation(utm, reference))
            feature.SetGeometry(shape)
        layer.CreateFeature(feature)
    layer = source = None
    return str(path)


def in_a_thread(
    name: str, values: dict, context: QgsProcessingContext, listener: QgsProcessingFeedback
) -> tuple[bool, dict]:
    """Run an algorithm as dialogs and batches do; return whether it went well, and its results."""
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"cropattention:{name}")
    task = QgsProcessingAlgRunnerTask(algorithm, values, context, listener)
    ended = []
    task.executed.connect(lambda fine, results: ended.append((fine, results)))
    QgsApplication.taskManager().addTask(task)
    deadline = time.monotonic() + 60
    while not ended and time.monotonic() < deadline:
        QCoreApplication.processEvents()
        time.sleep(0.01)
    (found,) = ended
    return found
