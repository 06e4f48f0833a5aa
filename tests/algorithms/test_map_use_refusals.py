"""What is wrong with maps, fields and choices is said in one sentence before a run, with what was meant."""

from __future__ import annotations

import numpy as np
import pytest
from osgeo import gdal

from counties import write_parcels
from crop_attention.engine.legend import put_legend
from crop_attention.models.card import CropClass
from rasters import write_raster

WRONG = (
    ("comparemaps", {"FIRST": "map", "SECOND": "scene"}, "holds more than 255 different values: choose a raster of"),
    (
        "comparemaps",
        {"FIRST": "map", "SECOND": "fields"},
        "(it is in no format that GDAL knows for such data); choose",
    ),
    ("comparemaps", {"FIRST": "map", "SECOND": "map", "REFERENCE": "fields"}, "given without its crop field; choose"),
    ("designsample", {"CROP_MAP": "map", "UNIT": "parcels"}, "A sample of parcels needs a parcel layer: choose one"),
    ("designsample", {"CROP_MAP": "map", "ALLOCATION": "balancd"}, "is not known (did you mean 'balanced'?); choose"),
    (
        "checkdeclarations",
        {"CROP_MAP": "map", "PARCELS": "fields", "DECLARED_FIELD": "knd"},
        "(did you mean 'kind'?):",
    ),
    ("checkdeclarations", {"CROP_MAP": "scene", "PARCELS": "fields", "DECLARED_FIELD": "kind"}, "more than 255"),
    (
        "checkdeclarations",
        {"CROP_MAP": "map", "PARCELS": "fields", "DECLARED_FIELD": "kind", "GROUPS": "Maiz + Hemp"},
        "The groups name 'Maiz' (did you mean 'Maize'?)",
    ),
    (
        "checkdeclarations",
        {"CROP_MAP": "map", "PARCELS": "fields", "DECLARED_FIELD": "kind", "PREVIOUS_PROBABILITIES": "scene"},
        "are given without the previous crop map: give both.",
    ),
)


@pytest.fixture
def places(tmp_path) -> dict[str, str]:
    """A map of two crops, a scene, and parcels."""
    codes = np.ones((1, 40, 40), np.uint8)
    codes[0, :, 20:] = 2
    path = write_raster(tmp_path / "map.tif", codes, nodata=0)
    dataset = gdal.Open(path, gdal.GA_Update)
    put_legend(dataset, (CropClass(1, "Maize", "#e06020"), CropClass(2, "Hemp", "#20a060")))
    dataset = None
    scene = write_raster(tmp_path / "scene.tif", np.arange(1600, dtype=np.uint16).reshape(1, 40, 40))
    return {"map": path, "scene": scene, "fields": write_parcels(tmp_path / "parcels.gpkg")}


@pytest.mark.parametrize("name, values, sentence", WRONG)
def test_it_is_said_before_the_run(refusal, places, name, values, sentence):
    given = {key: places.get(value, value) for key, value in values.items()}
    said = refusal(name, {**given, **{key: "TEMPORARY_OUTPUT" for key in ("SAMPLE", "CHECKED", "CHANGES")}})
    assert sentence in said and "\n" not in said
