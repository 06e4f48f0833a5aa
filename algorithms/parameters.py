"""Parameters that several algorithms share; their defaults are the engine's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDateTime,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..engine import products
from ..engine.option import CHOICE, CHOICES, FILE, NUMBER, SWITCH, WHOLE, Option, options_of
from ..engine.option import DEVICE as DEVICE_KIND
from ..engine.options import MappingOptions, ParcelOptions, SeriesOptions
from ..models.checkpoint import BUNDLED
from .base import tr

S1, S1_FOLDER = "S1", "S1_FOLDER"
S2, S2_FOLDER = "S2", "S2_FOLDER"
CHECKPOINT, SEASON_START, EXTENT = "CHECKPOINT", "SEASON_START", "EXTENT"
PARCELS, PARCELS_ONLY, DEVICE = "PARCELS", "PARCELS_ONLY", "DEVICE"
EXPECTED_SHARES, FILE_LIST = "EXPECTED_SHARES", "FILE_LIST"
EXPECTED_SHARES_FIELD = "EXPECTED_SHARES_FIELD"
CROP_MAP, CONFIDENCE = products.CROP_MAP.key, products.CONFIDENCE.key
PROBABILITIES = products.PROBABILITIES.key
PARCEL_LABELS, REPORT = products.PARCEL_LABELS.key, products.REPORT.key
FILE_LIST = "FILE_LIST"

NEEDED = "widgets.Needed"
"""The widget of what is optional only beside another parameter."""

ASKED = "asked"
"""What stands in an output's line while it is empty, among the metadata of its parameter."""

Definition = QgsProcessingParameterDefinition
Integer = QgsProcessingParameterNumber.Type.Integer
Double = QgsProcessingParameterNumber.Type.Double


def helped(definition: Definition, text: str, advanced: bool = False) -> Definition:
    """Return a parameter with its help and, where asked, among the advanced ones."""
    definition.setHelp(text)
    if advanced:
        definition.setFlags(definition.flags() | Definition.Flag.FlagAdvanced)
    return definition


def shown_by(widget: str, definition: Definition, **more: Any) -> Definition:
    """Return a parameter that dialogs show by a widget of our own.

    Args:
        widget: module and class in this package; imported only where there is a window.
        definition: the parameter.
        more: what the widget needs to know.
    """
    definition.setMetadata({"widget_wrapper": {"class": f"{__package__}.{widget}", **more}})
    return definition


def class_table(definition: Definition, crop_map: str, layer: str, field: str, value: str = "") -> Definition:
    """Return a class table's parameter, shown as a table that three others fill; `value` heads its first column."""
    more = {"crop_map": crop_map, "layer": layer, "field": field, "value": value or tr("Reference value")}
    return shown_by("class_table.ClassTableWidget", definition, **more)


def series() -> list[Definition]:
    """Both sensors, each as layers or as a folder."""
    found = []
    for layers, folder, sensor, files in (
        (S2, S2_FOLDER, "Sentinel-2", tr("Level-2A reflectance with its scene classification where there is one")),
        (S1, S1_FOLDER, "Sentinel-1", tr("VV and VH backscatter, in decibels or linear")),
    ):
        found.append(
            helped(
                shown_by(
                    NEEDED,
                    QgsProcessingParameterMultipleLayers(
                        layers, tr("{} layers").format(sensor), QgsProcessing.SourceType.TypeRaster, optional=True
                    ),
                ),
                tr(
                    "{} rasters of one season: {}. Order does not matter: dates are read from file names, band "
                    "descriptions or metadata. May be empty when the folder below is given, or without this sensor."
                ).format(sensor, files),
            )
        )
        found.append(
            helped(
                shown_by(
                    NEEDED,
                    QgsProcessingParameterFile(
                        folder,
                        tr("{} folder").format(sensor),
                        behavior=QgsProcessingParameterFile.Behavior.Folder,
                        optional=True,
                    ),
                ),
                tr(
                    "A folder with the {} rasters, searched with its subfolders; .SAFE folders and zipped products "
                    "are understood. Used together with the layers above; batch rows and models take folders."
                ).format(sensor),
            )
        )
    return found


def series_request(area: bool = True) -> list[Definition]:
    """What `Reader.series_request` reads, but how files are read; `area`: with the extent."""
    return [*series(), checkpoint(), season_start(), *([extent()] if area else [])]


def checkpoint(key: str = CHECKPOINT, title: str = "", text: str = "") -> Definition:
    """The weights; another key and title for a base to train from."""
    return helped(
        shown_by(
            "widgets.CheckpointWidget",
            # By filter and not by extension: QGIS would refuse the name of a checkpoint that comes with the plugin.
            QgsProcessingParameterFile(
                key, title or tr("Checkpoint"), optional=True, fileFilter=tr("Checkpoints (*.safetensors)")
            ),
        ),
        tr(
            "{}: a .safetensors file, or the name of one that comes with the plugin ({}). Empty: the first of them."
        ).format(
            text or tr("The trained network"), tr("; ").join(f"{name}: {tr(what)}" for name, what in BUNDLED.items())
        ),
    )


def season_start() -> Definition:
    """The first day of the season."""
    return helped(
        QgsProcessingParameterDateTime(
            SEASON_START, tr("Season start"), QgsProcessingParameterDateTime.Type.Date, optional=True
        ),
        tr(
            "First day of the season, such as 2017-10-01; as text also the year of the harvest, such as 2018. "
            "Empty: the checkpoint's calendar is placed on the year that the dates of the series cover best, and the "
            "log says which."
        ),
    )


def extent() -> Definition:
    """The area."""
    return helped(
        QgsProcessingParameterExtent(EXTENT, tr("Extent"), optional=True),
        tr("The area to work on. Empty: the area that the Sentinel-2 series covers, else that of Sentinel-1."),
    )


ENCODING = "ENCODING"


def encoding() -> Definition:
    """The letters of a vector file."""
    return helped(
        QgsProcessingParameterString(ENCODING, tr("Encoding of the layer's text"), optional=True),
        tr("Such as UTF-8, ISO-8859-1, cp1250 or cp936, for shapefiles that do not name theirs. Empty: what they say."),
        advanced=True,
    )


def parcels(optional: bool, text: str) -> Definition:
    """The analyst's polygons."""
    return helped(
        QgsProcessingParameterFeatureSource(
            PARCELS, tr("Parcels"), [QgsProcessing.SourceType.TypeVectorPolygon], optional=optional
        ),
        text,
    )


def device() -> Definition:
    """Where the network runs."""
    return option_parameter(options_of(MappingOptions)["device"], advanced=False)


def advanced_series() -> list[Definition]:
    """How files are read."""
    return option_parameters(SeriesOptions)


def advanced_mapping() -> list[Definition]:
    """How the network is fed."""
    return option_parameters(MappingOptions, leave_out=("device",))


def expected_shares() -> list[Definition]:
    """What of the area is expected of each class; see `MappingOptions`."""
    table = helped(
        QgsProcessingParameterFile(EXPECTED_SHARES, tr("Expected area shares"), extension="csv", optional=True),
        tr(
            "A table from statistics or declarations of this region and year, never counted in the map itself: a "
            "heading, then one class (or its code of WorldCereal or HCAT) and its share of the area per line. "
            "Probabilities are shifted halfway towards it. Empty: the probabilities as the network gives them."
        ),
        advanced=True,
    )
    field = QgsProcessingParameterField(
        EXPECTED_SHARES_FIELD, tr("Expected area shares from a field"), parentLayerParameterName=PARCELS, optional=True
    )
    text = tr(
        "In place of a table: the field of the parcels that names the declared crop, as a class of the checkpoint or "
        "its code of WorldCereal or HCAT; the areas of all parcels of a crop are added up."
    )
    return [table, helped(field, text, advanced=True)]


def advanced_parcels() -> list[Definition]:
    """How pixels become labels."""
    return option_parameters(ParcelOptions)


def option_parameters(options: Any, leave_out: Sequence[str] = (), shown: Sequence[str] = ()) -> list[Definition]:
    """Return the parameters of all options of a dataclass or of one that holds the defaults.

    Args:
        options: see `options_of`.
        leave_out: names of those that the dialog does not have.
        shown: names of those that are not among the advanced ones.
    """
    return [
        option_parameter(each, name not in shown) for name, each in options_of(options).items() if name not in leave_out
    ]


def option_parameter(each: Option, advanced: bool = True) -> Definition:
    """Return the parameter of one option."""
    title, default = tr(each.heading), each.default
    if each.kind == SWITCH:
        made = QgsProcessingParameterBoolean(each.key, title, default)
    elif each.kind == CHOICE:
        values, titles = list(each.choices), list(each.choices.values())
        if each.numbered:
            made = QgsProcessingParameterEnum(each.key, title, titles, defaultValue=values.index(default))
        else:
            made = QgsProcessingParameterEnum(each.key, title, values, False, default, usesStaticStrings=True)
            made = shown_by("widgets.ChoiceWidget", made, titles=titles)
    elif each.kind == CHOICES:
        names = [f"{code} {tr(name)}" for code, name in each.choices.items()]
        made = QgsProcessingParameterEnum(each.key, title, names, allowMultiple=True, defaultValue=list(default))
    elif each.kind in (WHOLE, NUMBER):
        kind = Integer if each.kind == WHOLE else Double
        made = QgsProcessingParameterNumber(each.key, title, kind, default, default is None)
        if each.limits is not None:
            made.setMinimum(each.limits[0])
            made.setMaximum(each.limits[1])
    elif each.kind == FILE:
        made = QgsProcessingParameterFile(each.key, title, optional=True)
    else:
        made = QgsProcessingParameterString(each.key, title, default, optional=not default)
    if each.kind == DEVICE_KIND:
        made = shown_by("widgets.DeviceWidget", made)
    return helped(made, tr(each.explanation), advanced)
