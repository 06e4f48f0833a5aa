"""Parameters that several algorithms share; their defaults are the engine's."""

from __future__ import annotations

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDateTime,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)

from ..engine.options import LIMITS, MEAN, MEDIAN, MappingOptions, ParcelOptions, SeriesOptions
from ..models.checkpoint import BUNDLED
from .base import tr

S1, S1_FOLDER = "S1", "S1_FOLDER"
S2, S2_FOLDER = "S2", "S2_FOLDER"
CHECKPOINT, SEASON_START, EXTENT = "CHECKPOINT", "SEASON_START", "EXTENT"
PARCELS, PARCELS_ONLY, DEVICE = "PARCELS", "PARCELS_ONLY", "DEVICE"
COMPOSITE, MASKED_CLASSES, CLOUD_MARGIN = "COMPOSITE", "MASKED_CLASSES", "CLOUD_MARGIN"
OPTICAL_SCALE, OPTICAL_OFFSET, ALLOW_LEVEL1C = "OPTICAL_SCALE", "OPTICAL_OFFSET", "ALLOW_LEVEL1C"
SKIP_BROKEN, NORMALISE_TRACKS = "SKIP_BROKEN", "NORMALISE_TRACKS"
MIN_CLEAR_STEPS, RESOLUTION = "MIN_CLEAR_STEPS", "RESOLUTION"
TILE_SIZE, MEMORY_LIMIT, THREADS = "TILE_SIZE", "MEMORY_LIMIT", "THREADS"
LEAVE_BORDER, MIN_PIXELS = "LEAVE_BORDER", "MIN_PIXELS"
CROP_MAP, CONFIDENCE, PROBABILITIES = "CROP_MAP", "CONFIDENCE", "PROBABILITIES"
TEMPORAL_ATTENTION, CHANNEL_ATTENTION = "TEMPORAL_ATTENTION", "CHANNEL_ATTENTION"
SPATIAL_ATTENTION = "SPATIAL_ATTENTION"
PARCEL_LABELS, REPORT = "PARCEL_LABELS", "REPORT"

COMPOSITES = (MEAN, MEDIAN)
SCENE_CLASSES = (
    "0 No data",
    "1 Saturated or defective",
    "2 Dark area",
    "3 Cloud shadow",
    "4 Vegetation",
    "5 Bare soil",
    "6 Water",
    "7 Unclassified",
    "8 Cloud, medium probability",
    "9 Cloud, high probability",
    "10 Thin cirrus",
    "11 Snow or ice",
)

Definition = QgsProcessingParameterDefinition
Integer = QgsProcessingParameterNumber.Type.Integer
Double = QgsProcessingParameterNumber.Type.Double


def helped(definition: Definition, text: str, advanced: bool = False) -> Definition:
    """Return a parameter with its help and, where asked, among the advanced ones."""
    definition.setHelp(text)
    if advanced:
        definition.setFlags(definition.flags() | Definition.Flag.FlagAdvanced)
    return definition


def series() -> list[Definition]:
    """Both sensors, each as layers or as a folder."""
    found = []
    for layers, folder, sensor, files in (
        (S2, S2_FOLDER, "Sentinel-2", tr("Level-2A reflectance with its scene classification where there is one")),
        (S1, S1_FOLDER, "Sentinel-1", tr("VV and VH backscatter, in decibels or linear")),
    ):
        found.append(
            helped(
                QgsProcessingParameterMultipleLayers(
                    layers, tr("{} layers").format(sensor), QgsProcessing.SourceType.TypeRaster, optional=True
                ),
                tr(
                    "{} rasters of one season: {}. Order does not matter: dates are read from file names, band "
                    "descriptions or metadata. May be empty when the folder below is given, or without this sensor."
                ).format(sensor, files),
            )
        )
        found.append(
            helped(
                QgsProcessingParameterFile(
                    folder,
                    tr("{} folder").format(sensor),
                    behavior=QgsProcessingParameterFile.Behavior.Folder,
                    optional=True,
                ),
                tr(
                    "A folder with the {} rasters, searched with its subfolders; .SAFE folders and zipped products "
                    "are understood. Used together with the layers above. What batch rows and models hold."
                ).format(sensor),
            )
        )
    return found


def checkpoint() -> Definition:
    """The weights."""
    return helped(
        QgsProcessingParameterFile(CHECKPOINT, tr("Checkpoint"), extension="safetensors", optional=True),
        tr(
            "The trained network: a .safetensors file, or the name of one that comes with the plugin ({}). Empty: the "
            "first of them."
        ).format("; ".join(f"{name}: {what}" for name, what in BUNDLED.items())),
    )


def season_start() -> Definition:
    """The first day of the season."""
    return helped(
        QgsProcessingParameterDateTime(
            SEASON_START, tr("Season start"), QgsProcessingParameterDateTime.Type.Date, optional=True
        ),
        tr(
            "First day of the season, such as 2017-10-01. Empty: the checkpoint's calendar is placed on the year that "
            "the dates of the series cover best, and the log says which."
        ),
    )


def extent() -> Definition:
    """The area."""
    return helped(
        QgsProcessingParameterExtent(EXTENT, tr("Extent"), optional=True),
        tr("The area to work on. Empty: the area that the Sentinel-2 series covers, else that of Sentinel-1."),
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
    return helped(
        QgsProcessingParameterString(DEVICE, tr("Device"), MappingOptions.device),
        tr(
            "auto, cpu, cuda or cuda:N (such as cuda:0). auto takes a CUDA GPU where one passes a trial, else the CPU. "
            "A GPU that fails is reported and the CPU is used."
        ),
    )


def advanced_series() -> list[Definition]:
    """How files are read; see `SeriesOptions`."""
    defaults = SeriesOptions()
    entries = (
        (
            QgsProcessingParameterEnum(
                COMPOSITE,
                tr("Composite of one optical step"),
                [tr("Mean of the clear looks"), tr("Median of the clear looks")],
                defaultValue=COMPOSITES.index(defaults.composite),
            ),
            tr("How the clear Sentinel-2 looks of one step of the season are joined. Sentinel-1 is always averaged."),
        ),
        (
            QgsProcessingParameterEnum(
                MASKED_CLASSES,
                tr("Scene classes to hide"),
                [tr(name) for name in SCENE_CLASSES],
                allowMultiple=True,
                defaultValue=list(defaults.masked_scl),
            ),
            tr("Classes of the Sentinel-2 scene classification (SCL) that hide the ground."),
        ),
        (
            _number(CLOUD_MARGIN, tr("Margin around clouds (metres)"), Double, defaults.cloud_margin),
            tr("Pixels within this distance of cloud and cloud shadow are hidden too."),
        ),
        (
            _number(OPTICAL_SCALE, tr("Optical scale"), Double, None),
            tr("Reflectance is number x scale + offset. Empty: read from the files (0.0001 for integers)."),
        ),
        (
            _number(OPTICAL_OFFSET, tr("Optical offset"), Double, None),
            tr("Reflectance is number x scale + offset. Empty: read from the files (-0.1 from baseline 04.00 on)."),
        ),
        (
            QgsProcessingParameterBoolean(
                ALLOW_LEVEL1C, tr("Accept Level-1C (top of atmosphere)"), defaults.allow_level1c
            ),
            tr("The checkpoints expect surface reflectance (Level-2A); Level-1C is refused unless this is ticked."),
        ),
        (
            QgsProcessingParameterBoolean(SKIP_BROKEN, tr("Leave out files that cannot be read"), defaults.skip_broken),
            tr("Acquisitions with a broken file are left out and reported. Otherwise they stop the run."),
        ),
        (
            QgsProcessingParameterBoolean(
                NORMALISE_TRACKS, tr("Level out Sentinel-1 orbits"), defaults.normalise_tracks
            ),
            tr("The constant difference in decibels between orbits is removed before they are averaged."),
        ),
        (
            _number(MIN_CLEAR_STEPS, tr("Warn under clear optical steps"), Integer, defaults.min_clear_steps),
            tr("A warning is given when fewer steps of the season have a clear Sentinel-2 look."),
        ),
        (
            _number(RESOLUTION, tr("Pixel size (metres)"), Double, defaults.resolution),
            tr("Pixel size of the outputs. Empty: that of the finest Sentinel-2 bands, 10 m as a rule."),
        ),
    )
    return [helped(definition, text, advanced=True) for definition, text in entries]


def advanced_mapping() -> list[Definition]:
    """How the network is fed; see `MappingOptions`."""
    defaults = MappingOptions()
    entries = (
        (
            _number(TILE_SIZE, tr("Tile size (pixels)"), Integer, defaults.tile_size, optional=False),
            tr("Pixels a side that are read and written at once. It changes speed and memory, never the result."),
        ),
        (
            _number(MEMORY_LIMIT, tr("Memory limit (MB)"), Integer, defaults.memory_limit, optional=False),
            tr("Memory that the run may use; tiles shrink to fit."),
        ),
        (
            _number(THREADS, tr("CPU threads"), Integer, defaults.threads),
            tr("Threads of the network on the CPU. Empty: one a core."),
        ),
    )
    return [helped(definition, text, advanced=True) for definition, text in entries]


def advanced_parcels() -> list[Definition]:
    """How pixels become labels; see `ParcelOptions`."""
    defaults = ParcelOptions()
    entries = (
        (
            QgsProcessingParameterBoolean(
                LEAVE_BORDER, tr("Leave out border pixels of parcels"), defaults.leave_border
            ),
            tr("Pixels that touch another parcel or the outside do not vote, unless a parcel has no others."),
        ),
        (
            _number(MIN_PIXELS, tr("Few pixels"), Integer, defaults.min_pixels, optional=False),
            tr("Parcels with fewer voting pixels are flagged, not dropped."),
        ),
    )
    return [helped(definition, text, advanced=True) for definition, text in entries]


def _number(key, name, kind, default, optional: bool = True) -> QgsProcessingParameterNumber:
    definition = QgsProcessingParameterNumber(key, name, kind, default, optional)
    if key.lower() in LIMITS:
        lowest, highest = LIMITS[key.lower()]
        definition.setMinimum(lowest)
        definition.setMaximum(highest)
    return definition
