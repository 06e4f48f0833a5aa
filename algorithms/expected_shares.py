"""Expected shares of the area as a dialog gives them: a table, or the crop field of the parcel layer."""

from __future__ import annotations

from qgis.core import QgsFeatureRequest, QgsProcessingAlgorithm, QgsProcessingContext, QgsProcessingFeatureSource

from ..engine.errors import SharesError
from ..engine.jobs.expected_shares import added_up, expected_shares
from ..models.spelling import meant
from . import parameters as p
from .base import tr
from .inputs import Reader
from .parcels import ParcelLayer
from .reference import attribute_text
from .values import Values


def read_expected(
    algorithm: QgsProcessingAlgorithm, values: Values, context: QgsProcessingContext
) -> tuple[tuple[str, float], ...]:
    """Return what of the area is expected of each class, empty where nothing is.

    Raises:
        SharesError, ParcelError: what is given cannot be used.
    """
    reader = Reader(algorithm, values, context)
    field = reader.text(p.EXPECTED_SHARES_FIELD)

    def declared() -> tuple[tuple[str, float], ...]:
        layer = ParcelLayer.read(algorithm, values, p.PARCELS, context)
        names = [] if layer is None else [entry.name() for entry in layer.source.fields()]
        place = -1 if layer is None else layer.source.fields().lookupField(field)
        if layer is None or place < 0:
            raise SharesError(
                tr("The parcels have no field '{}'{}; name the field of the declared crop.").format(
                    field, meant(field, names)
                )
            )
        flag = QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks
        features = layer.source.getFeatures(QgsFeatureRequest().setSubsetOfAttributes([place]), flag)
        areas = ((attribute_text(each.attribute(place)), each.geometry().area()) for each in features)
        return added_up(areas, layer.name, field)

    return expected_shares(reader.text(p.EXPECTED_SHARES), field, declared if reader.given(p.PARCELS) else None)
