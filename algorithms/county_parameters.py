"""Parameters of a run over counties; their defaults are the engine's."""

from __future__ import annotations

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterString,
)

from ..engine.counties.request import FILES, CountiesOptions
from ..engine.products import PRODUCTS
from .base import tr
from .parameters import ASKED, PARCELS, Definition, helped

COUNTIES, COUNTY_FIELD, PARCEL_COUNTY_FIELD = "COUNTIES", "COUNTY_FIELD", "PARCEL_COUNTY_FIELD"
OUTPUTS, SCHEDULER, FAIL_IF_ANY, OUTPUT_FOLDER = "OUTPUTS", "SCHEDULER", "FAIL_IF_ANY", "OUTPUT_FOLDER"


def counties() -> list[Definition]:
    """The county layer and the field of its names."""
    polygons = [QgsProcessing.SourceType.TypeVectorPolygon]
    return [
        helped(
            QgsProcessingParameterFeatureSource(COUNTIES, tr("Counties"), polygons, optional=True),
            tr("One polygon per county, in any CRS. Empty: the parcels and their field name the counties."),
        ),
        helped(
            QgsProcessingParameterField(COUNTY_FIELD, tr("Name of the county"), None, COUNTIES, optional=True),
            tr("Field of the county layer with a name that no other county has; it names the folder."),
        ),
    ]


def parcel_county_field() -> Definition:
    """The field of the parcels that names their county."""
    return helped(
        QgsProcessingParameterField(PARCEL_COUNTY_FIELD, tr("County of the parcel"), None, PARCELS, optional=True),
        tr("Field of the parcel layer with the name of the county. Empty: parcels are assigned by location."),
    )


def outputs() -> Definition:
    """What the folder of a county gets."""
    return helped(
        QgsProcessingParameterEnum(
            OUTPUTS,
            tr("Outputs of each county"),
            [tr(product.title) for product in PRODUCTS],
            allowMultiple=True,
            defaultValue=[list(FILES).index(name) for name in CountiesOptions().outputs],
        ),
        tr("What the folder of each county gets. Parcel labels are made when parcels are given."),
    )


def scheduler() -> Definition:
    """Where the counties run."""
    return helped(
        QgsProcessingParameterString(SCHEDULER, tr("Dask scheduler"), "", optional=True),
        tr(
            "Address of a Dask scheduler, such as tcp://host:8786 or tls://host:8786. Empty: this computer, one county "
            "after the other."
        ),
    )


def fail_if_any() -> Definition:
    """Whether one failed county fails the run."""
    return helped(
        QgsProcessingParameterBoolean(FAIL_IF_ANY, tr("Fail if any county fails"), True),
        tr("Otherwise the run fails only when no county is done, and FAILED says how many are not."),
        advanced=True,
    )


def output_folder() -> Definition:
    """The folder of all counties."""
    folder = QgsProcessingParameterFolderDestination(OUTPUT_FOLDER, tr("Output folder"))
    folder.setMetadata({ASKED: tr("Choose a folder")})
    return helped(
        folder,
        tr("Folder for all counties; choosing the same folder again continues with what is missing or has changed."),
    )
