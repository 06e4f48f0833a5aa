"""Output parameters that several algorithms share."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterRasterDestination,
)

from .base import tr
from .parameters import (
    CHANNEL_ATTENTION,
    CONFIDENCE,
    CROP_MAP,
    PARCEL_LABELS,
    PROBABILITIES,
    REPORT,
    SPATIAL_ATTENTION,
    TEMPORAL_ATTENTION,
    Definition,
    helped,
)


def crop_map() -> Definition:
    """The class raster; the one output that every run has."""
    return helped(
        QgsProcessingParameterRasterDestination(CROP_MAP, tr("Crop map"), QgsProcessing.TEMPORARY_OUTPUT),
        tr("One class a pixel, 0 where there is no data; names and colours of the classes are inside the GeoTIFF."),
    )


def rasters(by_default: Sequence[str], keys: Sequence[str]) -> list[Definition]:
    """Optional rasters; those in `by_default` are made unless the analyst skips them."""
    texts = {
        CONFIDENCE: (tr("Confidence"), tr("Probability of the mapped class, in percent; 255 where there is no data.")),
        PROBABILITIES: (tr("Class probabilities"), tr("One band a class, 0 to 1, with its name.")),
        TEMPORAL_ATTENTION: (
            tr("Temporal attention"),
            tr("One band a step of the season, named by its dates: how much the step counted. Bands sum to 1."),
        ),
        CHANNEL_ATTENTION: (
            tr("Channel attention"),
            tr("One band an optical band or polarisation: how much it counted. The last band is Sentinel-1's share."),
        ),
        SPATIAL_ATTENTION: (
            tr("Spatial attention"),
            tr("How much a pixel counted in the decision about its neighbourhood."),
        ),
    }
    found = []
    for key in keys:
        name, text = texts[key]
        found.append(
            helped(
                QgsProcessingParameterRasterDestination(key, name, optional=True, createByDefault=key in by_default),
                text,
            )
        )
    return found


def parcel_labels(optional: bool) -> Definition:
    """The analyst's parcels with their labels."""
    return helped(
        QgsProcessingParameterFeatureSink(
            PARCEL_LABELS,
            tr("Parcel labels"),
            QgsProcessing.SourceType.TypeVectorPolygon,
            optional=optional,
            createByDefault=True,
        ),
        tr(
            "Every parcel with all its attributes and the majority class, its share, the runner-up, the mean "
            "confidence and the number of pixels. Made when parcels are given."
        ),
    )


def report(text: str) -> Definition:
    """One HTML file."""
    return helped(
        QgsProcessingParameterFileDestination(
            REPORT, tr("Report"), tr("HTML files (*.html)"), optional=True, createByDefault=True
        ),
        text,
    )
