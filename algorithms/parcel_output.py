"""The analyst's parcels and the output that gets their labelled copy, as a run takes them."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from osgeo import osr
from qgis.core import (
    QgsFeature,
    QgsFeatureSink,
    QgsField,
    QgsFields,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingUtils,
    QgsVectorLayer,
)

from ..engine.feedback import Feedback
from ..engine.jobs.label import FORMATS, ParcelFile
from ..engine.writing.outputs import PendingOutputs
from . import parameters as p
from .parcels import ParcelLayer
from .values import Values
from .vector_files import VectorInput, file_of

if TYPE_CHECKING:
    from ..engine.jobs.label import ParcelLabels
    from ..models.card import CropClass
    from .base import CropAttentionAlgorithm

OWN_SIGNS = ("memory:", "ogr:", "dbname=", "postgres:", "spatialite:")
"""Beginnings of destinations that are no file names."""


class ParcelOutput:
    """A parcel layer in the role of `engine.parcels.layer.Parcels`.

    The engine reads and writes it: a file as it is, any other layer by a copy; an output that is none of the engine's
    files is filled from one of them, and is opened before the computing.

    Attributes:
        files: QGIS knows what the layer is read from, and the algorithm holds it against its outputs.
        name: of the layer, for messages.
        shapes: WKB in the CRS of the map.
    """

    files: Sequence[str] = ()

    def __init__(
        self, layer: ParcelLayer, algorithm: CropAttentionAlgorithm, values: Values, context: QgsProcessingContext
    ) -> None:
        """Keep the layer, and where QGIS writes to."""
        self._algorithm, self._values, self._context = algorithm, values, context
        self._file = file_of(algorithm, values, p.PARCELS, context)
        self._input = VectorInput(layer.name, self._file, layer.source)
        self.name = layer.name
        self._parcels: ParcelFile | None = None
        self._own: PendingOutputs | None = None
        self._folder: tempfile.TemporaryDirectory | None = None
        self._sink, self._place, self._fields = None, "", QgsFields()

    @classmethod
    def read(
        cls, algorithm: CropAttentionAlgorithm, values: Values, context: QgsProcessingContext
    ) -> ParcelOutput | None:
        """Open the parcel layer of an algorithm; None where none is given.

        Raises:
            ParcelError: the layer cannot be used.
        """
        layer = ParcelLayer.read(algorithm, values, p.PARCELS, context)
        return None if layer is None else cls(layer, algorithm, values, context)

    @property
    def shapes(self) -> Sequence[bytes | None]:
        """WKB in the CRS of the map."""
        return self._parcels.shapes if self._parcels is not None else ()

    def load(self, crs: str, feedback: Feedback) -> None:
        """Read all features and reproject their polygons."""
        self._open(feedback).load(crs, feedback)

    def read_in(self, reference: osr.SpatialReference, feedback: Feedback) -> None:
        """Read all features and reproject their polygons."""
        self._open(feedback).read_in(reference, feedback)

    def check(self, place: str) -> None:
        """QGIS checks its own outputs."""

    def reserve(self, outputs: PendingOutputs, place: str) -> None:
        """Make the output as far as it goes without labels."""
        if Path(place).suffix.lower() in FORMATS and not place.startswith(OWN_SIGNS):
            self._parcels.reserve(outputs, place)
            return
        self._own = PendingOutputs(beside=outputs)
        self._parcels.reserve(self._own, str(Path(self._folder.name) / "labelled.gpkg"))
        sample = QgsVectorLayer(self._parcels.pending, "labelled", "ogr")
        self._fields = _without_aliases(sample.fields())
        if not self._keeps_number:
            self._fields.remove(0)
        self._sink, self._place = self._algorithm.parameterAsSink(
            self._values, p.PARCEL_LABELS, self._algorithm.running, self._fields, sample.wkbType(), sample.crs()
        )
        if self._sink is None:
            raise QgsProcessingException(self._algorithm.invalidSinkError(self._values, p.PARCEL_LABELS))

    def write(
        self, labels: ParcelLabels, legend: Sequence[CropClass], provenance: Mapping[str, str], feedback: Feedback
    ) -> str:
        """Write the copy and return what the algorithm returns for the output."""
        written = self._parcels.write(labels, legend, provenance, feedback)
        if self._own is None:
            return self._algorithm.parameterAsOutputLayer(self._values, p.PARCEL_LABELS, self._algorithm.running)
        self._own.commit()
        self._fill(QgsVectorLayer(written, "labelled", "ogr"), feedback)
        return self._place

    def discard(self) -> None:
        """Remove what was written, as the other outputs cannot be put in place."""
        if self._parcels is not None:
            self._parcels.discard()
        self._sink = None
        if os.path.isfile(self._place):
            with contextlib.suppress(OSError):
                os.remove(self._place)

    @property
    def _keeps_number(self) -> bool:
        """Whether the analyst's layer shows the numbers of its features as a field."""
        return bool(self._parcels.source.fid_column)

    def _open(self, feedback: Feedback) -> ParcelFile:
        self._folder = tempfile.TemporaryDirectory(prefix="crop_attention_", dir=QgsProcessingUtils.tempFolder())
        file = self._input.as_file(self._folder.name, "parcels", self._context, feedback)
        self._parcels = ParcelFile(file.path, file.layer or None, None, file.encoding, self._folder.name)
        if self._file is None:
            self._parcels.source.fid_column = ""
        return self._parcels

    def _fill(self, layer: QgsVectorLayer, feedback: Feedback) -> None:
        first = 0 if self._keeps_number else 1
        try:
            for feature in layer.getFeatures():
                feedback.check()
                copy = QgsFeature(self._fields)
                copy.setGeometry(feature.geometry())
                copy.setAttributes(feature.attributes()[first:])
                if not self._sink.addFeature(copy, QgsFeatureSink.Flag.FastInsert):
                    raise self._failed()
            if not self._sink.flushBuffer():
                raise self._failed()
        finally:
            del layer
        self._sink = None

    def _failed(self) -> QgsProcessingException:
        return QgsProcessingException(self._algorithm.writeFeatureError(self._sink, self._values, p.PARCEL_LABELS))


def _without_aliases(fields: QgsFields) -> QgsFields:
    """Return fields as every format takes them: QGIS 3.44 warns of each alias, and the style brings them."""
    plain = QgsFields()
    for field in fields:
        copy = QgsField(field)
        copy.setAlias("")
        plain.append(copy)
    return plain
