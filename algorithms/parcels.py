"""The analyst's parcels: read once, carried to the CRS of the map, written back with their labels."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsCsException,
    QgsFeature,
    QgsFeatureRequest,
    QgsFeatureSink,
    QgsField,
    QgsFields,
    QgsGeometry,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSource,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QMetaType, QVariant

from ..engine.errors import ParcelError
from ..engine.feedback import Feedback
from ..engine.parcels.fields import (
    BOOLEAN,
    INTEGER,
    PARCEL_FIELDS,
    REAL,
    TEXT,
    ParcelField,
    field_names,
    free_name,
    rows,
)
from .base import tr
from .inputs import Reader, Values

if TYPE_CHECKING:
    from ..engine.parcels.label import ParcelLabels

CHECK_EVERY = 1000
KEY = "fid"
UNDEFINED = "Undefined"
"""How a GeoPackage calls the CRS of a layer that was written without one; QGIS takes it for a valid one."""

METATYPE_FROM = 33800
"""QGIS version from which fields take Qt's metatypes."""


class ParcelLayer:
    """The features of a parcel layer, every one with its attributes, in their order.

    Attributes:
        name: what messages call the layer.
        source: where its features come from, in their own CRS.
        shapes: WKB in the CRS of the map, None for a feature without polygon; filled by `load`.
    """

    def __init__(self, source: QgsProcessingFeatureSource, transforms: QgsCoordinateTransformContext) -> None:
        """Keep a source that was read in prepareAlgorithm, and how the project wants datums to be changed."""
        self.source, self._transforms = source, transforms
        self._features: list[QgsFeature] = []
        self.name = source.sourceName()
        self.shapes: list[bytes | None] = []

    @classmethod
    def read(
        cls,
        algorithm: QgsProcessingAlgorithm,
        values: Values,
        key: str,
        context: QgsProcessingContext,
        what: str = "",
    ) -> ParcelLayer | None:
        """Open the layer of a parameter; None where the analyst gave none.

        Args:
            algorithm, values, key, context: where the layer comes from.
            what: messages call it; "" for a parcel layer.

        Raises:
            ParcelError: the layer cannot be opened, or has no CRS, no features or no polygons.
        """
        what = what or tr("parcel layer")
        if not Reader(algorithm, values, context).given(key):
            return None
        source = algorithm.parameterAsSource(values, key, context)
        if source is None:
            raise ParcelError(
                tr("The {} '{}' cannot be opened; choose a layer of polygons.").format(what, values.get(key))
            )
        name = source.sourceName()
        if QgsWkbTypes.geometryType(source.wkbType()) != QgsWkbTypes.GeometryType.PolygonGeometry:
            raise ParcelError(tr("The {} '{}' holds no polygons; choose a layer of polygons.").format(what, name))
        crs = source.sourceCrs()
        if not crs.isValid() or crs.description().startswith(UNDEFINED):
            raise ParcelError(tr("The {} '{}' has no CRS; set it in the properties of the layer.").format(what, name))
        if source.featureCount() == 0:
            raise ParcelError(tr("The {} '{}' is empty; choose another or leave it out.").format(what, name))
        return cls(source, context.transformContext())

    def load(self, crs: str, feedback: Feedback) -> None:
        """Read all features, invalid ones too, and carry their polygons to a CRS.

        Args:
            crs: of the map, as WKT.
            feedback: cancel, and a warning for polygons that cannot be carried over.

        Raises:
            ParcelError: no feature has a polygon.
        """
        transform = QgsCoordinateTransform(
            self.source.sourceCrs(), QgsCoordinateReferenceSystem.fromWkt(crs), self._transforms
        )
        self._features, self.shapes, lost = [], [], 0
        flag = QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks
        total = max(self.source.featureCount(), 1)
        for number, feature in enumerate(self.source.getFeatures(QgsFeatureRequest(), flag)):
            if number % CHECK_EVERY == 0:
                feedback.check()
                feedback.progress(number / total)
            shape = None
            if feature.hasGeometry() and not feature.geometry().isEmpty():
                shape = flat_wkb(feature.geometry(), transform)
                lost += shape is None
            self._features.append(feature)
            self.shapes.append(shape)
        if lost:
            feedback.warning(
                tr("{} of {} parcels of '{}' cannot be carried to the CRS of the map and get no label.").format(
                    lost, len(self.shapes), self.name
                )
            )
        if not any(self.shapes):
            raise ParcelError(tr("No feature of '{}' has a polygon; choose another parcel layer.").format(self.name))

    def write(
        self,
        algorithm: QgsProcessingAlgorithm,
        values: Values,
        key: str,
        context: QgsProcessingContext,
        labels: ParcelLabels,
        names: dict[int, str],
        feedback: Feedback,
    ) -> str:
        """Write every feature with its attributes and its label; return what the algorithm returns for the output.

        Args:
            algorithm, values, key, context: where to write to.
            labels: in the order of the features.
            names: class code -> name.
            feedback: progress and cancel.

        Raises:
            Cancelled: the analyst asked to stop; what was written of a file is removed.
            QgsProcessingException: the output cannot be written; what was written of a file is removed.
        """
        fields = _own_fields(self.source.fields())
        taken = [entry.name() for entry in fields]
        for name, entry in zip(field_names(taken), PARCEL_FIELDS):
            fields.append(_field(name, entry))
        sink, place = algorithm.parameterAsSink(
            values, key, context, fields, self.source.wkbType(), self.source.sourceCrs(), self._sink_flags()
        )
        if sink is None:
            raise QgsProcessingException(algorithm.invalidSinkError(values, key))
        whole = False
        try:
            for number, (feature, label) in enumerate(zip(self._features, rows(labels, names))):
                if number % CHECK_EVERY == 0:
                    feedback.check()
                    feedback.progress(number / len(self._features))
                written = QgsFeature(fields)
                written.setGeometry(feature.geometry())
                written.setAttributes([*feature.attributes(), *label])
                if not sink.addFeature(written, QgsFeatureSink.Flag.FastInsert):
                    raise QgsProcessingException(algorithm.writeFeatureError(sink, values, key))
            if not sink.flushBuffer():
                raise QgsProcessingException(algorithm.writeFeatureError(sink, values, key))
            whole = True
        finally:
            del sink
            if not whole and os.path.isfile(place):
                os.remove(place)
        return place

    def _sink_flags(self) -> QgsFeatureSink.SinkFlag:
        """Keep the keys of the features unless the format of the output could refuse them."""
        number = self.source.fields().lookupField(KEY)
        if number < 0:
            return QgsFeatureSink.SinkFlag(0)
        keys = [feature.attribute(number) for feature in self._features]
        unique = all(isinstance(entry, int) for entry in keys) and len(set(keys)) == len(keys)
        return QgsFeatureSink.SinkFlag(0) if unique else QgsFeatureSink.SinkFlag.RegeneratePrimaryKey


def _own_fields(fields: QgsFields) -> QgsFields:
    """Return the analyst's fields; a GeoPackage refuses a field `fid` that holds no whole numbers, so it is renamed."""
    number = fields.lookupField(KEY)
    if number < 0 or fields.at(number).typeName().lower().startswith("int"):
        return QgsFields(fields)
    used = {entry.name().casefold() for entry in fields}
    kept = QgsFields()
    for index, entry in enumerate(fields):
        entry = QgsField(entry)
        if index == number:
            entry.setName(free_name(KEY, used))
        kept.append(entry)
    return kept


def flat_wkb(geometry: QgsGeometry, transform: QgsCoordinateTransform) -> bytes | None:
    """Return WKB without curves, Z and M in the CRS of the map, None where that cannot be."""
    flat = QgsGeometry(geometry)
    flat.convertToStraightSegment()
    flat.get().dropZValue()
    flat.get().dropMValue()
    try:
        flat.transform(transform)
    except QgsCsException:
        return None
    if not flat.boundingBox().isFinite():
        return None
    return bytes(flat.asWkb())


def _field(name: str, entry: ParcelField) -> QgsField:
    """Return a field; QGIS changed the types of Qt that it takes."""
    if Qgis.QGIS_VERSION_INT >= METATYPE_FROM:
        kinds = QMetaType.Type
        types = {INTEGER: kinds.Int, REAL: kinds.Double, TEXT: kinds.QString, BOOLEAN: kinds.Bool}
    else:
        types = {INTEGER: QVariant.Int, REAL: QVariant.Double, TEXT: QVariant.String, BOOLEAN: QVariant.Bool}
    field = QgsField(name, types[entry.kind])
    field.setAlias(tr(entry.alias))
    return field
