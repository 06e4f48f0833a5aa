"""The analyst's reference layer: polygons or points with a class, reprojected to the CRS of the map."""

from __future__ import annotations

import os

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsFeatureRequest,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeatureSource,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QVariant

from ..engine.errors import AccuracyError
from ..engine.feedback import Feedback
from ..engine.jobs.assess import POINTS, POLYGONS, Reference, ReferenceSource, value_text
from ..models.spelling import meant
from .base import tr
from .parameters import ENCODING
from .parcels import UNDEFINED, flat_wkb, layers_in
from .values import Values

CHECK_EVERY = 1000
_KINDS = {
    QgsWkbTypes.GeometryType.PolygonGeometry: POLYGONS,
    QgsWkbTypes.GeometryType.PointGeometry: POINTS,
}


class ReferenceLayer:
    """The features of a reference layer.

    Attributes:
        name: what messages call the layer.
        kind: "polygons" or "points".
        field: the field that holds the class.
        source: where its features come from.
    """

    def __init__(self, source: QgsProcessingFeatureSource, kind: str, field: str) -> None:
        """Keep a source that was read in prepareAlgorithm."""
        self.source = self._source = source
        self._place = source.fields().lookupField(field)
        self.name, self.kind, self.field = source.sourceName(), kind, field

    @classmethod
    def read(
        cls, algorithm: QgsProcessingAlgorithm, values: Values, key: str, field: str, context: QgsProcessingContext
    ) -> ReferenceLayer:
        """Open the layer of a parameter.

        Args:
            algorithm, values, key, context: where the layer comes from.
            field: name of the field that holds the class.

        Raises:
            AccuracyError: the layer cannot be opened, or has no CRS, no features, no such field, or other geometries.
        """
        source = algorithm.parameterAsSource(values, key, context)
        value = values.get(key)
        found = None
        if isinstance(value, str) and os.path.isfile(value):
            # QGIS takes the first layer of a file, whatever it holds; the engine chooses and says which.
            encoding = algorithm.parameterAsString(values, ENCODING, context)
            found = ReferenceSource(value, field, None, encoding)
            if source is not None and layers_in(value) > 1:
                return cls(source, found.kind, field)
        if source is None:
            raise AccuracyError(
                tr("The reference layer '{}' cannot be opened; choose a layer of polygons or points.").format(
                    values.get(key)
                )
            )
        name = source.sourceName()
        kind = _KINDS.get(QgsWkbTypes.geometryType(source.wkbType()))
        if kind is None and QgsWkbTypes.geometryType(source.wkbType()) == QgsWkbTypes.GeometryType.UnknownGeometry:
            kind = POLYGONS if found is None else found.kind
        if kind is None:
            raise AccuracyError(
                tr("The reference layer '{}' contains neither polygons nor points; choose another.").format(name)
            )
        crs = source.sourceCrs()
        if not crs.isValid() or crs.description().startswith(UNDEFINED):
            raise AccuracyError(
                tr("The reference layer '{}' has no CRS; set it in the properties of the layer.").format(name)
            )
        if source.featureCount() == 0:
            raise AccuracyError(tr("The reference layer '{}' is empty; choose another.").format(name))
        if source.fields().lookupField(field) < 0:
            fields = [entry.name() for entry in source.fields()]
            raise AccuracyError(
                tr("The reference layer '{}' has no field '{}'{}; choose one of {}.").format(
                    name, field, meant(field, fields), ", ".join(fields) or tr("none")
                )
            )
        return cls(source, kind, field)

    def values(self) -> set[str]:
        """Return the different values of the field, as text."""
        return {attribute_text(value) for value in self._source.uniqueValues(self._place)} - {""}

    def load(self, crs: str, transforms: QgsCoordinateTransformContext, feedback: Feedback) -> Reference:
        """Return all features, invalid ones too, in a CRS.

        Args:
            crs: of the map, as WKT.
            transforms: how the project wants datums to be changed.
        """
        target = QgsCoordinateReferenceSystem.fromWkt(crs)
        transform = QgsCoordinateTransform(self._source.sourceCrs(), target, transforms)
        flag = QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks
        request = QgsFeatureRequest().setSubsetOfAttributes([self._place])
        shapes, found = [], []
        total = max(self._source.featureCount(), 1)
        for number, feature in enumerate(self._source.getFeatures(request, flag)):
            if number % CHECK_EVERY == 0:
                feedback.check()
                feedback.progress(min(number / total, 1.0))
            geometry = feature.geometry()
            shapes.append(None if geometry.isEmpty() else flat_wkb(geometry, transform))
            found.append(attribute_text(feature.attribute(self._place)))
        return Reference(self.name, self.kind, shapes, found)


def attribute_text(value: object) -> str:
    """Return an attribute as text, "" where it is NULL."""
    return value_text(None if isinstance(value, QVariant) and value.isNull() else value)
