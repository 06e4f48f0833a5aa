"""Names of counties as folders, layers that cannot be used, pages and outcomes."""

from __future__ import annotations

import json

import pytest
from osgeo import gdal

from county_files import NAMES, box, write_layer
from crop_attention.engine.counties.layers import read_counties
from crop_attention.engine.counties.outcome import CountyOutcome
from crop_attention.engine.counties.plan import keys_of
from crop_attention.engine.counties.summary import index_page
from crop_attention.engine.counties.table import columns
from crop_attention.engine.errors import ParcelError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.writing.dates import fixed_dates
from crop_attention.models.card import CropClass
from report_samples import make_card

SQUARE = f"MULTIPOLYGON(({box(0, 0, 4, 4)}))"


@pytest.mark.parametrize("name", ["Alba", "Cote d'Or", "Märkisch-Oderland", "山东省", "St. Gallen (Stadt)", "03_2"])
def test_a_fine_name_is_its_own_key(name):
    assert keys_of([name]) == [name]


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("A/B", "A_B-"),
        ("..", "county-"),
        ("CON", "county CON-"),
        ("nul.txt", "county nul.txt-"),
        ("index.html", "county index.html-"),
        ("counties.gpkg", "county counties.gpkg-"),
        (" spaced. ", "spaced-"),
        ('a:b*c?"d"', "a_b_c__d_-"),
        ("tab\tand\nline", "tab_and_line-"),
        ("x" * 300, "x" * 100 + "-"),
        ("é" * 80, "é" * 50 + "-"),
        (".hidden", "hidden-"),
    ],
)
def test_other_names_lose_what_no_folder_may_hold(name, begins):
    (key,) = keys_of([name])
    assert key.startswith(begins) and len(key) == len(begins) + 8
    assert len(key.encode()) < 255


def test_names_that_some_file_systems_take_for_one_another_get_keys_of_their_own():
    names = ["Alba", "ALBA", "A/B", "A:B", "cafe\u0301", "caf\u00e9", "Bari"]
    keys = keys_of(names)
    assert len({key.casefold() for key in keys}) == len(names)
    assert keys_of(names[::-1]) == keys[::-1]
    assert keys[-1] == "Bari"


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (["A", "B", "A"], r"are not unique: 'A' \(2 times\); choose a field of codes, or dissolve"),
        (["A", "", None], "2 of 3 counties in .* have no name in the field 'name'"),
        ([], "is empty: choose another"),
    ],
)
def test_names_that_do_not_tell_counties_apart_are_refused(tmp_path, names, text):
    path = write_layer(tmp_path / "layer.gpkg", [(name, SQUARE) for name in names])
    with pytest.raises(ParcelError, match=text):
        read_counties(path, "", "name", Feedback())


def test_polygons_are_read_valid_and_fields_in_any_case(tmp_path):
    bow_tie = "MULTIPOLYGON(((0 0,10 10,10 0,0 10,0 0)))"
    shapes = [("whole", SQUARE), ("bow tie", bow_tie), ("none", None), ("line", "MULTIPOLYGON(((0 0,1 1,0 0,0 0)))")]
    path = write_layer(tmp_path / "layer.gpkg", shapes)
    counties, crs = read_counties(path, "", "NAME", Feedback())
    assert [(county.name, county.shape is not None) for county in counties] == [
        ("whole", True),
        ("bow tie", True),
        ("none", False),
        ("line", False),
    ]
    assert 'AUTHORITY["EPSG","32631"]' in crs


def test_the_page_shows_names_as_they_are():
    card = make_card()
    first = CountyOutcome(
        '<b>"A" & B</b>',
        "A # B",
        "done",
        areas={card.classes[0].name: 12.5},
        mean_confidence=0.8,
        parcels=7,
        outputs={"report": "A # B/report.html", "crop_map": "A # B/crop_map.tif"},
    )
    waiting = CountyOutcome("C", "C", "waiting")
    broken = CountyOutcome("D", "D", "failed", "file <x> is broken")
    page = index_page([first, waiting, broken], card, "season from 2018-10-01", ("counties.gpkg",), "2026-01-01")
    assert '<a href="A%20%23%20B/report.html">&lt;b&gt;&quot;A&quot; &amp; B&lt;/b&gt;</a>' in page
    assert "1 of 3 counties done, 1 failed, 1 waiting." in page
    assert "D: file &lt;x&gt; is broken" in page
    assert "<b>" not in page
    assert page.count("<svg") == 1


def test_columns_of_classes_are_unique_names():
    classes = (CropClass(1, "Mapped area", "#000000"), CropClass(2, "Winter wheat (soft)", "#000000"))
    classes += (CropClass(3, "winter-wheat soft", "#000000"), CropClass(4, "?", "#000000"))
    names = [column.name for column in columns(classes)]
    aliases = [column.alias for column in columns(classes)]
    assert aliases[2:4] == ["Mapped area in hectares", "Mapped area in hectares (2)"]
    assert len(set(aliases)) == len(aliases)
    assert names[2:7] == ["mapped_ha", "mapped_area_ha", "winter_wheat_soft_ha", "winter_wheat_soft_ha_2", "class_ha"]
    assert len(set(names)) == len(names)


def test_an_outcome_survives_json():
    outcome = CountyOutcome(NAMES[1], "key", "done", "note", {"Maize": 1.5}, 0.7, 4, 12, 3.2, "CPU", {"report": "r"})
    assert CountyOutcome.from_dict(json.loads(json.dumps(outcome.to_dict()))) == outcome


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"name": "A", "key": "a", "status": "great"},
        {"name": 3, "key": "a", "status": "done"},
        {"name": "A", "key": "a", "status": "done", "areas": [1]},
        {"name": "A", "key": "a", "status": "done", "areas": {"Maize": "much"}},
        {"name": "A", "key": "a", "status": "done", "outputs": {"report": 1}},
        {"name": "A", "key": "a", "status": "done", "colour": "red"},
    ],
)
def test_what_is_no_outcome_is_refused(values):
    with pytest.raises(ValueError, match="not the result of a county"):
        CountyOutcome.from_dict(values)


def test_dates_of_geopackages_are_fixed_for_a_while():
    with fixed_dates("2026-02-03T04:05:06+02:00"):
        assert gdal.GetThreadLocalConfigOption("OGR_CURRENT_DATE") == "2026-02-03T02:05:06.000Z"
    assert gdal.GetThreadLocalConfigOption("OGR_CURRENT_DATE") is None
