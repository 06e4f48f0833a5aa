"""The provider and what it declares: ids, keys and outputs are public and frozen."""

from __future__ import annotations

import pytest
from qgis.core import QgsApplication, QgsProcessingParameterDefinition

SERIES = ["S2", "S2_FOLDER", "S1", "S1_FOLDER", "CHECKPOINT", "SEASON_START", "EXTENT"]
CLOUDS = ["COMPOSITE", "MASKED_CLASSES", "CLOUD_MARGIN", "OPTICAL_SCALE", "OPTICAL_OFFSET", "ALLOW_LEVEL1C"]
CLOUDS += ["SKIP_BROKEN", "NORMALISE_TRACKS", "MIN_CLEAR_STEPS", "RESOLUTION", "RECORDS", "FILE_LIST", "ALLOW_FOLDER"]
COST = ["TILE_SIZE", "MEMORY_LIMIT", "THREADS", "COG", "STYLE_FILES"]
HEATMAPS = ["TEMPORAL_ATTENTION", "CHANNEL_ATTENTION", "SPATIAL_ATTENTION"]
CROSS_FITTED = ["CROSS_FITTED", "CROSS_FITTED_PROBABILITIES"]
CONTRIBUTED = ["TEMPORAL_CONTRIBUTION", "REPORT"]
MAPPED = ["CROP_MAP", "CONFIDENCE", "PROBABILITIES", "PARCEL_LABELS", *HEATMAPS, "REPORT", "TEMPORAL_CONTRIBUTION"]
MAPPED += ["MARGIN", "ENTROPY", "STAC_ITEM"]
KEYS = {
    "classifycrops": [
        *SERIES,
        *[
            "PARCELS",
            "PARCELS_ONLY",
            "DEVICE",
            *CLOUDS,
            "EXPECTED_SHARES",
            "EXPECTED_SHARES_FIELD",
            *COST,
            "LEAVE_BORDER",
            "MIN_PIXELS",
            "ENCODING",
        ],
        *MAPPED,
    ],
    "classifycounties": [
        *["COUNTIES", "COUNTY_FIELD", *SERIES[:-1], "PARCELS", "PARCEL_COUNTY_FIELD"],
        *["EXPECTED_SHARES", "EXPECTED_SHARES_FIELD", "OUTPUTS", "SCHEDULER"],
        *["DEVICE", "FAIL_IF_ANY", *CLOUDS, *COST, "LEAVE_BORDER", "MIN_PIXELS", "ENCODING"],
        "OUTPUT_FOLDER",
    ],
    "parcellabels": ["CROP_MAP", "CONFIDENCE", "PARCELS", "LEAVE_BORDER", "MIN_PIXELS", "ENCODING", "PARCEL_LABELS"],
    "attentionheatmaps": [*SERIES, "PARCELS", "DEVICE", *CLOUDS, *COST, "ENCODING", *HEATMAPS, *CONTRIBUTED],
    "checkseries": [*SERIES, *CLOUDS, "REPORT"],
    "traincheckpoint": [
        *["S2", "S2_FOLDER", "S1", "S1_FOLDER", "PARCELS", "CROP_FIELD", "BASE_CHECKPOINT", "FROM_SCRATCH"],
        *["SEASON_START", "ARCHITECTURE", "BATCH", "PATCH", "LEARNING_RATE", "SEED", "EPOCHS", "MINUTES", "DEVICE"],
        *["THREADS", "LEARNER", "MINIMUM_PARCELS", "OTHER_CLASS"],
        *["BLOCK_METRES", "BUFFER_METRES", "LEGEND", *CLOUDS, "ENCODING", "CHECKPOINT", *CROSS_FITTED, "REPORT"],
    ],
    "simulatecounty": [
        *["SEED", "SIZE", "CLOUDINESS", "PARCEL_SIZE", "SEASON_YEAR", "S2_DATES", "S1_DATES", "SCENARIO"],
        "OUTPUT_FOLDER",
    ],
    "assessaccuracy": [
        *["CROP_MAP", "REFERENCE", "CROP_FIELD", "UNIT", "CLASS_TABLE", "UNMATCHED", "INSET", "STRATA", "ENCODING"],
        *["REPORT", "TABLE"],
    ],
    "checkdeclarations": [
        *["PARCELS", "DECLARED_FIELD", "CROP_MAP", "PROBABILITIES", "CONFIDENCE", "PREVIOUS_CROP_MAP"],
        *["PREVIOUS_PROBABILITIES", "CLASS_TABLE", "GROUPS"],
        *["RED_DECLARED", "WRONG_REDS", "RED_OBSERVED", "LEAST_PIXELS", "MIXED_SHARE", "LEARN", "ENCODING"],
        *["CHECKED", "REPORT"],
    ],
    "cleanmap": [
        *["CROP_MAP", "PROBABILITIES", "CONFIDENCE", "PARCELS", "CROPLAND_MASK", "CLASS_TABLE", "MINIMUM_AREA"],
        *["SMOOTHING", "RADIUS", "LEAST_CONFIDENCE", "LEAST_MARGIN", "CROPLAND_VALUES", "CLASS_AREAS", "CLEAN_MAP"],
    ],
    "comparemaps": [
        *["FIRST", "SECOND", "PARCELS", "REFERENCE", "CROP_FIELD", "CLASS_TABLE", "REFERENCE_TABLE"],
        *["ENCODING", "CHANGES", "TABLE", "COMPARED", "REPORT"],
    ],
    "delineatefields": [
        *SERIES,
        *["MINIMUM_AREA", "DIFFERENCE", "GREENEST", "TEXTURE", "TOLERANCE"],
        *CLOUDS,
        "FIELDS",
    ],
    "designsample": [
        *["CROP_MAP", "PARCELS", "TARGET_ERROR", "AREA_CLASS", "OMISSION", "USERS_ACCURACY", "ALLOCATION"],
        *["LEAST_UNITS", "SAMPLE_SIZE", "MINIMUM_DISTANCE", "UNIT", "SEED", "SAMPLE"],
    ],
}
RUN = ["DEVICE_USED", "SECONDS"]
OUTPUTS = {
    "classifycrops": [*MAPPED, *RUN, "CLEAR_STEPS", "SEASON_USED"],
    "classifycounties": ["OUTPUT_FOLDER", "SUMMARY", "SUMMARY_CSV", "INDEX", "DONE", "KEPT", "FAILED"],
    "parcellabels": ["PARCEL_LABELS", "LABELLED"],
    "attentionheatmaps": [*HEATMAPS, *CONTRIBUTED, *RUN, "CLEAR_STEPS", "SEASON_USED"],
    "checkseries": [
        *["REPORT", "S2_ACQUISITIONS", "S1_ACQUISITIONS", "USABLE_S2_STEPS", "USABLE_S1_STEPS", "LONGEST_GAP"],
        *["EXPECTED_SECONDS", "EXPECTED_MEMORY", "EXPECTED_DISK", "SEASON_USED", "READY", "MESSAGE"],
    ],
    "traincheckpoint": [
        *["CHECKPOINT", *CROSS_FITTED, "REPORT", "OA", "MACRO_F1", "FOREST_OA", "CALIBRATION_ERROR", "N_PARCELS"],
        "CROSS_FITTED_OA",
    ],
    "simulatecounty": ["OUTPUT_FOLDER", "S2_FOLDER", "S1_FOLDER", "PARCELS", "TRUTH", "PARCEL_COUNT"],
    "assessaccuracy": [
        *["REPORT", "TABLE", "OA", "OA_LOWER", "OA_UPPER", "KAPPA", "MACRO_F1", "OA_AREA", "UNIT_COUNT"]
    ],
    "checkdeclarations": ["CHECKED", "REPORT", "RED", "YELLOW", "GREEN", "GREY", "EXPECTED_WRONG_REDS", "CHANGED"],
    "cleanmap": ["CLEAN_MAP", "CHANGED_SHARE", "OPEN_SHARE"],
    "comparemaps": [
        *["CHANGES", "TABLE", "COMPARED", "REPORT"],
        *["CHANGED_SHARE", "CHANGED_PARCELS", "DIFFERENCE", "P_VALUE", "UNITS"],
    ],
    "delineatefields": ["FIELDS", "FIELD_COUNT", "HECTARES"],
    "designsample": ["SAMPLE", "UNITS", "EXPECTED_ERROR"],
}


MODELS = ["fieldsandmap", "mapandassess", "trainandmap", "weeklyupdate"]


@pytest.fixture
def algorithms(provider):
    """Short name -> algorithm, without the ready-made models."""
    return {algorithm.name(): algorithm for algorithm in provider.algorithms() if algorithm.name() not in MODELS}


def test_provider_lists_its_algorithms_with_icons(provider, algorithms):
    assert provider.name() == "Crop Attention"
    assert not provider.icon().isNull()
    assert provider.icon().pixmap(24, 24).toImage().pixelColor(12, 20).alpha() == 255
    assert sorted(entry.name() for entry in provider.algorithms()) == sorted([*KEYS, *MODELS])
    assert len({algorithm.svgIconPath() for algorithm in algorithms.values()}) == len(KEYS)
    for algorithm in algorithms.values():
        assert algorithm.icon().pixmap(24, 24).toImage().pixelColor(12, 12).alpha() > 0, algorithm.name()


@pytest.mark.parametrize("name", sorted(KEYS))
def test_keys_and_outputs_are_the_public_ones(algorithms, name):
    algorithm = algorithms[name]
    assert [entry.name() for entry in algorithm.parameterDefinitions()] == KEYS[name]
    assert [entry.name() for entry in algorithm.outputDefinitions()] == OUTPUTS[name]


@pytest.mark.parametrize("name", sorted(KEYS))
def test_every_parameter_and_algorithm_is_explained(algorithms, name):
    algorithm = algorithms[name]
    assert [entry.name() for entry in algorithm.parameterDefinitions() if len(entry.help()) < 15] == []
    assert [entry.name() for entry in algorithm.outputDefinitions() if not entry.description()] == []
    assert len(algorithm.shortHelpString()) > 150, "HELP says too little of what it does"
    assert len(algorithm.shortDescription()) > 30, "SUMMARY says too little"
    assert algorithm.group() and algorithm.groupId() and len(algorithm.tags()) >= 5


def test_expert_settings_are_advanced_and_the_rest_is_not(algorithms):
    advanced = QgsProcessingParameterDefinition.Flag.FlagAdvanced
    definitions = algorithms["classifycrops"].parameterDefinitions()
    found = [entry.name() for entry in definitions if entry.flags() & advanced]
    assert found == [
        *CLOUDS,
        "EXPECTED_SHARES",
        "EXPECTED_SHARES_FIELD",
        *COST,
        "LEAVE_BORDER",
        "MIN_PIXELS",
        "ENCODING",
    ]


def test_dialogs_show_the_defaults_of_the_engine(algorithms):
    from crop_attention.engine.options import MappingOptions, ParcelOptions, SeriesOptions

    definitions = {entry.name(): entry.defaultValue() for entry in algorithms["classifycrops"].parameterDefinitions()}
    series, mapping, parcels = SeriesOptions(), MappingOptions(), ParcelOptions()
    assert definitions["MASKED_CLASSES"] == list(series.masked_scl)
    assert definitions["CLOUD_MARGIN"] == series.cloud_margin
    assert definitions["MIN_CLEAR_STEPS"] == series.min_clear_steps
    assert definitions["TILE_SIZE"] == mapping.tile_size
    assert definitions["MEMORY_LIMIT"] == mapping.memory_limit
    assert definitions["DEVICE"] == mapping.device
    assert definitions["LEAVE_BORDER"] == parcels.leave_border
    assert definitions["MIN_PIXELS"] == parcels.min_pixels


def test_default_values_read_back_as_the_engine_s_defaults(algorithms):
    from qgis.core import QgsProcessingContext

    from crop_attention.algorithms.inputs import Reader
    from crop_attention.engine.options import MappingOptions, ParcelOptions, SeriesOptions

    reader = Reader(algorithms["classifycrops"].create(), {}, QgsProcessingContext())
    assert reader.series_options() == SeriesOptions()
    assert reader.mapping_options() == MappingOptions()
    assert reader.parcel_options() == ParcelOptions()


def test_provider_comes_back_after_it_was_unloaded(qgis_processing):
    import crop_attention

    registry = QgsApplication.processingRegistry()
    for _ in range(2):
        plugin = crop_attention.classFactory(None)
        plugin.initGui()
        assert len(registry.providerById("cropattention").algorithms()) == len(KEYS) + len(MODELS)
        plugin.unload()
        plugin.unload()
        assert registry.providerById("cropattention") is None
        assert registry.algorithmById("cropattention:classifycrops") is None


def test_dialogs_speak_the_language_in_use(monkeypatch):
    from qgis.core import QgsProcessingContext, QgsProcessingFeedback

    from crop_attention.algorithms.classify_crops import ClassifyCrops
    from crop_attention.models import language

    monkeypatch.setenv(language.VARIABLE, language.ENGLISH)
    language.use("zh_CN")
    try:
        algorithm = ClassifyCrops().create()
        names = {each.name(): each.description() for each in algorithm.parameterDefinitions()}
        title, group, text = algorithm.displayName(), algorithm.group(), algorithm.shortHelpString()
        said = QgsProcessingFeedback()
        algorithm.run({"S2_FOLDER": "/nowhere"}, QgsProcessingContext(), said)
    finally:
        language.use("en")
    assert (algorithm.name(), title, group) == ("classifycrops", "作物分类", "作物制图")
    assert (names["EXTENT"], names["CLOUD_MARGIN"]) == ("范围", "云边缓冲（米）")
    assert "读取本机上一个生长季" in text
    assert "文件夹“/nowhere”不存在；请选择时间序列所在的文件夹。" in said.textLog()
    assert ClassifyCrops().create().displayName() == "Classify crops"
