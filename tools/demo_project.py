"""The QGIS project of the demo, every layer styled and grouped, and its picture."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
from osgeo import gdal
from qgis.core import (
    QgsApplication,
    QgsContrastEnhancement,
    QgsCoordinateReferenceSystem,
    QgsDateTimeRange,
    QgsLayerTreeGroup,
    QgsMapLayer,
    QgsMultiBandColorRenderer,
    QgsProject,
    QgsRasterLayer,
    QgsRasterMinMaxOrigin,
    QgsReferencedRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QDateTime, Qt

from ..algorithms import styling
from ..algorithms.temporal import band_dates
from ..engine import products
from ..engine.jobs.style import legend_of
from .demo_preview import draw_preview

PROJECT = "crop_attention_demo.qgz"
PREVIEW = "preview.png"
HIDDEN_SCL = (0, 1, 3, 8, 9, 10)


@dataclass(frozen=True)
class Run:
    """Where the demo wrote, the county it mapped, and what to say about it."""

    folder: Path
    county: Path
    headline: str


GROUPS = (
    ("Parcels", (("parcel_labels.gpkg", products.PARCEL_LABELS),)),
    ("Crop map", (("crop_map.tif", products.CROP_MAP),)),
    ("Confidence", (("confidence.tif", products.CONFIDENCE), ("probabilities.tif", products.PROBABILITIES))),
    (
        "Attention",
        (
            ("temporal_attention.tif", products.TEMPORAL),
            ("channel_attention.tif", products.CHANNEL),
            ("channel_attention.tif", products.SENSOR_SHARE),
            ("spatial_attention.tif", products.SPATIAL),
        ),
    ),
)
SHOWN = (products.PARCEL_LABELS, products.CROP_MAP)


def build_project(run: Run) -> None:
    """Write the project and the preview beside the outputs."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    started = QgsApplication.instance() is None
    application = QgsApplication.instance() or QgsApplication([], True)
    if started:
        application.initQgis()
    project = QgsProject()
    layers = _add_results(project, run)
    image = _add_inputs(project, run)
    first = layers[products.CROP_MAP]
    project.setTitle("Crop Attention demo")
    project.setCrs(QgsCoordinateReferenceSystem(first.crs()))
    project.viewSettings().setDefaultViewExtent(QgsReferencedRectangle(first.extent(), first.crs()))
    days = [day for pair in band_dates(layers[products.TEMPORAL]).values() for day in pair]
    project.timeSettings().setTemporalRange(QgsDateTimeRange(_moment(min(days)), _moment(max(days))))
    if not project.write(str(run.folder / PROJECT)):
        raise OSError(f"{run.folder / PROJECT} cannot be written: {project.error()}")
    draw_preview(str(run.folder / PREVIEW), layers, image, run.headline)
    project.clear()
    if started:
        del layers, image, first, project
        application.exitQgis()


def _add_results(project: QgsProject, run: Run) -> dict[str, QgsMapLayer]:
    legend = legend_of(str(run.folder / "crop_map.tif"))
    found = {}
    for name, files in GROUPS:
        group = project.layerTreeRoot().addGroup(name)
        for file, kind in files:
            layer = _open(run.folder / file, kind.title)
            styling.style_layer(layer, kind, legend)
            _add(project, group, layer, kind in SHOWN)
            found[kind] = layer
        group.setExpanded(any(kind in SHOWN for _, kind in files))
    return found


def _add_inputs(project: QgsProject, run: Run) -> QgsRasterLayer:
    """Add the clearest image, one backscatter image, the truth and the declared parcels; return the image."""
    group = project.layerTreeRoot().addGroup("Inputs")
    clearest = max(sorted((run.county / "sentinel2").glob("*.tif")), key=_clear_share)
    image = _open(clearest, f"Sentinel-2, {_day(clearest)}, false colour")
    show_composite(image, ("B08", "B04", "B03"))
    _add(project, group, image, False)
    radar = min((run.county / "sentinel1").glob("*.tif"), key=lambda path: abs(_day(path) - _day(clearest)))
    _add(project, group, _open(radar, f"Sentinel-1, {_day(radar)}"), False)
    truth = _open(run.county / "truth.tif", "Truth of the simulation")
    styling.style_layer(truth, products.CROP_MAP)
    _add(project, group, truth, False)
    _add(project, group, _open(run.county / "parcels.gpkg", "Parcels as declared"), False)
    group.setExpanded(False)
    return image


def _open(path: Path, name: str) -> QgsMapLayer:
    layer = QgsVectorLayer(str(path), name, "ogr") if path.suffix == ".gpkg" else QgsRasterLayer(str(path), name)
    if not layer.isValid():
        raise OSError(f"{path} cannot be opened as a layer.")
    return layer


def _add(project: QgsProject, group: QgsLayerTreeGroup, layer: QgsMapLayer, shown: bool) -> None:
    project.addMapLayer(layer, False)
    node = group.addLayer(layer)
    node.setItemVisibilityChecked(shown)
    node.setExpanded(False)


def _day(path: Path) -> date:
    stamp = next(part for part in path.stem.split("_") if len(part) == 15 and part[8] == "T")
    return datetime.strptime(stamp, "%Y%m%dT%H%M%S").date()


def _clear_share(path: Path) -> float:
    """Return the share of pixels of an image that neither cloud nor shadow hides, in summer only."""
    dataset = gdal.Open(str(path))
    bands = [dataset.GetRasterBand(number + 1) for number in range(dataset.RasterCount)]
    scenes = next((band for band in bands if band.GetDescription() == "SCL"), None)
    if scenes is None or _day(path).month not in (5, 6, 7):
        return 0.0
    return 1.0 - float(np.isin(scenes.ReadAsArray(), HIDDEN_SCL).mean())


def show_composite(layer: QgsRasterLayer, names: tuple[str, ...]) -> None:
    provider = layer.dataProvider()
    numbers = {provider.generateBandName(n).split(": ")[-1]: n for n in range(1, layer.bandCount() + 1)}
    bands = [numbers.get(name, position + 1) for position, name in enumerate(names)]
    renderer = QgsMultiBandColorRenderer(provider, *bands)
    layer.setRenderer(renderer)
    stretch = QgsContrastEnhancement.ContrastEnhancementAlgorithm.StretchToMinimumMaximum
    layer.setContrastEnhancement(stretch, QgsRasterMinMaxOrigin.Limits.CumulativeCut, layer.extent(), 0)


def _moment(day: date) -> QDateTime:
    return QDateTime.fromString(f"{day.isoformat()}T00:00:00Z", Qt.DateFormat.ISODate)
