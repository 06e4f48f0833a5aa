"""What a report says first: the picture of the map, warnings, and the parcels that want a second look."""

import re
from base64 import b64decode
from xml.etree import ElementTree

import numpy as np
import pytest
from osgeo import gdal

import report_samples as samples
from crop_attention.engine.parcels.label import OFF_MAP, ParcelLabels
from crop_attention.engine.report.charts.thumbnail import png
from crop_attention.engine.report.classification import write_classification_report
from crop_attention.engine.report.theme import ON_COLOUR, STYLE
from crop_attention.models.legend import TEMPERATE_EUROPE
from rasters import write_raster
from report_samples import words_of


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    codes = np.tile(np.repeat(np.array([[0, 4, 11]], np.uint8), 400, axis=1), (600, 1))
    crop_map = write_raster(folder / "map.tif", codes[None], nodata=0)
    labels = ParcelLabels(
        code=np.array([4, 4, 11, 0]),
        share=np.array([0.9, 0.55, 1.0, 0.0]),
        runner_up=np.array([11, 11, 0, 0]),
        runner_up_share=np.array([0.1, 0.45, 0.0, 0.0]),
        confidence=np.array([90.0, 50.0, np.nan, np.nan]),
        pixels=np.array([50, 20, 2, 0]),
        few=np.array([False, False, True, True]),
        border_used=np.zeros(4, bool),
        without={OFF_MAP: 1},
    )
    prepared = samples.make_prepared()
    summary = samples.make_summary(prepared)
    result = samples.make_result(prepared, summary)
    path = folder / "report.html"
    write_classification_report(str(path), prepared, summary, result, {}, labels=labels, crop_map=crop_map)
    return path.read_text(encoding="utf-8")


def test_the_picture_shows_the_map_in_the_colours_of_its_classes(document, tmp_path):
    found = ElementTree.fromstring(document.split("\n", 1)[1]).find(".//img")
    assert (found.get("width"), found.get("height")) == ("480", "240")
    place = tmp_path / "picture.png"
    place.write_bytes(b64decode(found.get("src").partition("base64,")[2]))
    dataset = gdal.Open(str(place))
    codes, table = dataset.ReadAsArray(), dataset.GetRasterBand(1).GetColorTable()
    assert [codes[120, 20], codes[120, 240], codes[120, 460]] == [0, 4, 11]
    assert table.GetColorEntry(0)[3] == 0
    for entry in TEMPERATE_EUROPE:
        assert "#{:02x}{:02x}{:02x}".format(*table.GetColorEntry(entry.code)[:3]) == entry.colour
    assert place.stat().st_size < 5_000


def test_the_legend_of_the_picture_names_the_classes_found_and_their_shares_the_largest_first(document):
    legend = re.search(r'class="beside">(.*?)</table>', document, re.DOTALL)[1]
    found = re.findall(r'</span>([^<]+)\xa0<span class="caption">([^<]+)</span>', legend)
    assert [name for name, _ in found[:2]] == ["Maize", "Winter cereals"] and len(found) < len(TEMPERATE_EUROPE)
    assert all(re.fullmatch(r"[\d.]+\xa0%", share) for _, share in found)


def test_codes_that_no_class_has_are_left_open():
    assert png(np.array([[7]], np.uint8), {4: "#ffffff"}).count(b"\xff\xff\xff") == 1


def test_parcels_are_counted_by_what_is_to_be_looked_at_again(document):
    text = words_of(document)
    assert "4 parcels 3 labelled 1 few pixels 1 low confidence 1 mixed" in text
    assert "Maize 2 70 % 0 1 1 Grassland 1 1 0 0" in text
    assert "Without a label: 1 outside the map." in text


def test_what_matters_comes_first_and_the_rest_is_folded(document):
    order = ["<img", ">Warnings<", ">Parcels<", "sensors by class<", ">Season and coverage<", "<details><summary>How"]
    places = [document.index(text) for text in order]
    assert places == sorted(places)
    folded = re.findall(r"<details><summary>([^<]+)", document)
    assert folded == ["Limits of the checkpoint", "How the files were read", "Checkpoint and limits", "Provenance"]
    assert document.index("Not yet measured on real fields.") > document.index("Limits of the checkpoint</summary>")


def test_a_dark_screen_keeps_text_on_colours_and_turns_the_rest():
    dark = STYLE.partition("prefers-color-scheme: dark")[2].partition("@media print")[0]
    assert ON_COLOUR not in dark
    ink, muted = re.search(r"body \{[^}]*color: (#\w+)", STYLE).group(1), "#66736c"
    assert f'svg [fill="{ink}"]' in dark
    assert f'svg text[fill="{muted}"]' in dark
