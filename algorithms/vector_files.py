"""A vector layer as the engine takes it where workers have to read it too: a file and the name of its layer."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path

from qgis.core import (
    QgsFeature,
    QgsFeatureRequest,
    QgsFeatureSink,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeatureSource,
    QgsProcessingFeatureSourceDefinition,
    QgsProperty,
    QgsProviderRegistry,
    QgsVectorFileWriter,
    QgsVectorLayer,
)

from ..engine.errors import OutputError, ParcelError
from ..engine.feedback import Feedback
from ..models.spelling import meant
from .base import tr
from .parameters import ENCODING
from .parcels import CHECK_EVERY, KEY, ParcelLayer
from .values import Values

FREE_KEY = "crop_attention_fid"
DIGITS = 12


@dataclass(frozen=True)
class VectorFile:
    """One layer of a vector file; `layer` "" takes the first with polygons, `encoding` "" what the file says."""

    path: str = ""
    layer: str = ""
    encoding: str = ""


class VectorInput:
    """A polygon layer of a parameter: a file as it is, or a source that has to be copied into one.

    Attributes:
        name: what messages call the layer.
    """

    def __init__(self, name: str, file: VectorFile | None, source: QgsProcessingFeatureSource) -> None:
        """Keep what was read in prepareAlgorithm."""
        self.name = name
        self._file, self._source = file, source

    @classmethod
    def read(
        cls,
        algorithm: QgsProcessingAlgorithm,
        values: Values,
        key: str,
        context: QgsProcessingContext,
        what: str = "",
    ) -> VectorInput | None:
        """Open the layer of a parameter, which messages call `what`; None where the analyst gave none.

        Raises:
            ParcelError: the layer cannot be used; see `ParcelLayer.read`.
        """
        layer = ParcelLayer.read(algorithm, values, key, context, what)
        if layer is None:
            return None
        return cls(layer.name, file_of(algorithm, values, key, context), layer.source)

    @property
    def field_names(self) -> list[str]:
        """Names of the fields of the layer."""
        return [entry.name() for entry in self._source.fields()]

    def check_field(self, field: str) -> None:
        """Raise ParcelError when the layer has no such field."""
        held = self.field_names
        if field not in held:
            raise ParcelError(
                tr("The layer '{}' has no field '{}'{}; choose the one that names the county, from {}.").format(
                    self.name, field, meant(field, held), ", ".join(held) or tr("none")
                )
            )

    def as_file(self, folder: str, stem: str, context: QgsProcessingContext, feedback: Feedback) -> VectorFile:
        """Return the file of the layer; what is no file, or only a part of one, is copied.

        The copy is named by its content, so that the same features are the same file in the next run.

        Args:
            folder, stem: where a copy goes, and how its name begins.
            context: how the project changes datums.

        Raises:
            OutputError: the copy cannot be written.
            Cancelled: the analyst stopped; nothing is left.
        """
        if self._file is not None:
            return self._file
        partial = Path(folder) / f".{stem}.partial-{os.getpid()}.gpkg"
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
            digest = self._copy(partial, stem, context, feedback)
            place = Path(folder) / f"{stem}_{digest[:DIGITS]}.gpkg"
            if not place.exists():
                os.replace(partial, place)
        except OSError as error:
            raise self._unwritable(folder, str(error.strerror or error)) from error
        finally:
            for entry in Path(folder).glob(f"{partial.name}*"):
                entry.unlink()
        return VectorFile(str(place), stem)

    def _copy(self, path: Path, layer: str, context: QgsProcessingContext, feedback: Feedback) -> str:
        """Write all features; return the digest of what was written."""
        source, fields = self._source, self._source.fields()
        options = QgsVectorFileWriter.SaveVectorOptions()
        options.driverName, options.layerName = "GPKG", layer
        if fields.lookupField(KEY) >= 0:
            # The analyst's field of that name may hold anything.
            options.layerOptions = [f"FID={FREE_KEY}"]
        writer = QgsVectorFileWriter.create(
            str(path), fields, source.wkbType(), source.sourceCrs(), context.transformContext(), options
        )
        digest = hashlib.sha256(repr([(f.name(), f.typeName()) for f in fields]).encode())
        digest.update(source.sourceCrs().toWkt().encode())
        flag = QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks
        for number, feature in enumerate(source.getFeatures(QgsFeatureRequest(), flag)):
            if number % CHECK_EVERY == 0:
                feedback.check()
            copy = QgsFeature(fields)
            copy.setAttributes(feature.attributes())
            copy.setGeometry(feature.geometry())
            digest.update(repr(feature.attributes()).encode() + bytes(feature.geometry().asWkb()))
            if not writer.addFeature(copy, QgsFeatureSink.Flag.FastInsert):
                break
        problem = writer.errorMessage() if writer.hasError() != QgsVectorFileWriter.WriterError.NoError else ""
        del writer
        if problem:
            raise self._unwritable(str(path.parent), problem)
        return digest.hexdigest()

    def _unwritable(self, folder: str, reason: str) -> OutputError:
        return OutputError(
            tr("The layer '{}' cannot be copied to {} ({}); save it as a GeoPackage and choose that.").format(
                self.name, folder, reason
            )
        )


def file_of(
    algorithm: QgsProcessingAlgorithm, values: Values, key: str, context: QgsProcessingContext
) -> VectorFile | None:
    """Return the file behind the value of a parameter, None where it stands for less or more than a file."""
    value = values.get(key)
    if isinstance(value, QgsProperty):
        value = value.valueAsString(context.expressionContext())[0]
    if _part_of_a_layer(value):
        return None
    if isinstance(value, str) and os.path.exists(value):
        found = VectorFile(value)
    else:
        found = _file_of(algorithm.parameterAsVectorLayer(values, key, context))
    if found is None or algorithm.parameterDefinition(ENCODING) is None:
        return found
    return replace(found, encoding=algorithm.parameterAsString(values, ENCODING, context))


def _part_of_a_layer(value: object) -> bool:
    """Return whether only selected, filtered or first features of a layer are meant."""
    if not isinstance(value, QgsProcessingFeatureSourceDefinition):
        return False
    return value.selectedFeaturesOnly or value.featureLimit != -1 or bool(getattr(value, "filterExpression", ""))


def _file_of(layer: QgsVectorLayer | None) -> VectorFile | None:
    """Return the file behind a layer, None where the layer is more or less than what lies there."""
    if layer is None or layer.providerType() != "ogr" or layer.subsetString() or layer.isModified():
        return None
    provider = layer.dataProvider()
    if layer.fields().names() != provider.fields().names() or layer.crs() != provider.crs():
        return None
    parts = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
    path, name = parts.get("path") or "", parts.get("layerName") or ""
    if not os.path.exists(path) or (parts.get("layerId") is not None and not name) or parts.get("vsiPrefix"):
        return None
    if parts.get("geometryType") or parts.get("subset"):
        return None  # the features of one kind of a layer that holds several
    return VectorFile(path, name)
