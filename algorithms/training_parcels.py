"""Labelled parcels of a layer, checked and handed to the engine in a file."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from osgeo import ogr, osr
from qgis.core import (
    QgsCoordinateTransformContext,
    QgsFeatureRequest,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeatureSource,
)

from ..engine.errors import OutputError, ParcelError
from ..engine.feedback import Feedback
from ..models.spelling import meant
from . import parameters as p
from .base import tr
from .parcels import ParcelLayer
from .reference import ReferenceLayer, attribute_text
from .values import Values

NAMED = 5
"""Classes that a message names at most."""


def read_labelled(
    algorithm: QgsProcessingAlgorithm, values: Values, field: str, context: QgsProcessingContext
) -> ReferenceLayer:
    """Open the parcel layer and check that it has the field that names the crop.

    Raises:
        ParcelError: the layer cannot be used or has no such field.
    """
    layer = ParcelLayer.read(algorithm, values, p.PARCELS, context)
    if layer is None:
        raise ParcelError(tr("No parcels are given; choose a layer of polygons whose crop is known."))
    names = [entry.name() for entry in layer.source.fields()]
    if field not in names:
        raise ParcelError(
            tr("The parcel layer '{}' has no field '{}'{}; choose the one that names the crop, from {}.").format(
                layer.name, field, meant(field, names), ", ".join(names) or tr("none")
            )
        )
    return ReferenceLayer.read(algorithm, values, p.PARCELS, field, context)


def check_classes(source: QgsProcessingFeatureSource, field: str, minimum: int, other: str) -> None:
    """Raise ParcelError when fewer than two classes have enough parcels, as far as the table alone tells."""
    request = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry)
    flag = QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks
    labels = (attribute_text(feature.attribute(field)) for feature in source.getFeatures(request, flag))
    counts = Counter(label for label in labels if label)
    enough = sum(number >= minimum for number in counts.values())
    rest = sum(number for number in counts.values() if number < minimum)
    if enough + bool(other and rest >= minimum) >= 2:
        return
    told = ", ".join(f"{name} ({number:,})" for name, number in counts.most_common(NAMED)) or tr("no value at all")
    raise ParcelError(
        tr(
            "The field '{}' of '{}' has fewer than two classes with at least {} parcels: {}; label more parcels, "
            "merge classes or lower the minimum number of parcels."
        ).format(field, source.sourceName(), minimum, told)
    )


def write_labelled(
    layer: ReferenceLayer, folder: Path, crs: str, transforms: QgsCoordinateTransformContext, feedback: Feedback
) -> Path:
    """Write polygons and crops into a file that is named like the layer; return its path.

    Args:
        layer: from `read_labelled`.
        folder: gets the file.
        crs: of the file, as WKT.
        transforms: how the project wants datums to be changed.

    Raises:
        OutputError: the folder cannot be written.
    """
    found = layer.load(crs, transforms, feedback)
    path = folder / f"{re.sub(r'[^0-9A-Za-z _.()-]', '_', layer.name) or 'parcels'}.gpkg"
    reference = osr.SpatialReference()
    reference.ImportFromWkt(crs)
    try:
        source = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
        # The analyst's field may be called fid or geom.
        names = ["FID=crop_attention_fid", "GEOMETRY_NAME=crop_attention_geometry"]
        table = source.CreateLayer("parcels", reference, ogr.wkbMultiPolygon, names)
        table.CreateField(ogr.FieldDefn(layer.field, ogr.OFTString))
        table.StartTransaction()
        for shape, label in zip(found.shapes, found.values):
            feedback.check()
            feature = ogr.Feature(table.GetLayerDefn())
            if label:
                feature.SetField(0, label)
            if shape is not None:
                feature.SetGeometry(ogr.ForceToMultiPolygon(ogr.CreateGeometryFromWkb(shape)))
            table.CreateFeature(feature)
        table.CommitTransaction()
        del table, source
    except RuntimeError as error:
        raise OutputError(
            tr("The parcels cannot be copied to {} ({}); free space on this disk.").format(folder, error)
        ) from error
    return path
