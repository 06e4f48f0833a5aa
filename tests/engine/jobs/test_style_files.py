"""Style files beside rasters: what other programs read of colours and names, and what they may not replace."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from crop_attention.engine import products, qml
from crop_attention.engine.jobs.style import ramp_of, style_places, write_styles
from crop_attention.engine.writing.outputs import PendingOutputs
from crop_attention.models.card import CropClass
from rasters import write_raster

CLASSES = (CropClass(1, "Wheat & <rye>", "#e0b013"), CropClass(9, 'The "other"', "#1d65ad"))


@pytest.fixture
def outputs(tmp_path):
    """A crop map, its confidence, and attention of two steps, which is stored scaled."""
    shares = np.stack([np.full((4, 4), 2000), np.arange(16).reshape(4, 4) * 100 + 5000]).astype(np.uint16)
    return {
        "crop_map": write_raster(tmp_path / "map.tif", np.full((1, 4, 4), 9, np.uint8), nodata=0),
        "confidence": write_raster(tmp_path / "conf.tif", np.full((1, 4, 4), 80, np.uint8), nodata=255),
        "temporal": write_raster(
            tmp_path / "t.tif", shares, ("2018-03-01 to 2018-03-15", "b"), nodata=65535, scale=1e-4
        ),
    }


def test_each_raster_has_a_qml_and_one_of_plain_numbers_an_sld_too(outputs, tmp_path):
    names = {place.rpartition("/")[2]: product.name for place, product in style_places(outputs).items()}
    assert names == {
        "map.qml": "crop_map", "map.sld": "crop_map", "conf.qml": "confidence", "conf.sld": "confidence",
        "t.qml": "temporal",
    }  # fmt: skip
    assert style_places({"report": str(tmp_path / "r.html"), "crop_map": ""}) == {}


def test_the_files_hold_colours_names_and_the_range_of_the_raster(outputs, tmp_path):
    from crop_attention.engine.writing.outputs import PendingOutput

    class Made(PendingOutput):
        """A raster that is in place already."""

        def __init__(self, path):
            self.path = path

    with PendingOutputs() as pending:
        write_styles(pending, outputs, {name: Made(path) for name, path in outputs.items()}, CLASSES)
        assert not (tmp_path / "map.qml").exists(), "not before all outputs are in place"
        pending.commit()
    palette = ElementTree.parse(tmp_path / "map.qml").findall(".//paletteEntry")
    assert [(entry.get("value"), entry.get("label"), entry.get("color")) for entry in palette] == [
        (str(entry.code), entry.name, entry.colour) for entry in CLASSES
    ]
    space = "{http://www.opengis.net/sld}"
    root = ElementTree.parse(tmp_path / "map.sld").getroot()
    entries = root.findall(f".//{space}ColorMapEntry")
    assert root.find(f".//{space}ColorMap").get("type") == "values"
    assert [(entry.get("quantity"), entry.get("label"), entry.get("color")) for entry in entries] == [
        ("1", CLASSES[0].name, "#e0b013"), ("9", CLASSES[1].name, "#1d65ad")
    ]  # fmt: skip
    ramp = ElementTree.parse(tmp_path / "conf.sld").getroot().findall(f".//{space}ColorMapEntry")
    assert (ramp[0].get("quantity"), ramp[-1].get("quantity"), ramp[-1].get("label")) == ("0", "100", "100 %")
    shader = ElementTree.parse(tmp_path / "t.qml").find(".//colorrampshader")
    assert float(shader.get("minimumValue")) == pytest.approx(0.2)
    assert shader.get("maximumValue") == "0.648"  # as the legend of QGIS shows it: three figures


def test_the_band_of_the_highest_mean_is_shown_first(outputs):
    band, items = ramp_of(outputs["temporal"], products.TEMPORAL.style)
    assert band == 2 and len(items) == len(products.TEMPORAL.style.ramp)
    renderer = ElementTree.fromstring(qml.ramp_map(band, items).split("\n", 1)[1]).find(".//rasterrenderer")
    assert renderer.get("band") == "2"
