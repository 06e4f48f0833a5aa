"""Expected shares of the area: tables and declared crops read, held against the training, refused in one sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from crop_attention.engine.class_names import HCAT, class_of, read_code_table
from crop_attention.engine.errors import ParcelError, SharesError
from crop_attention.engine.jobs.expected_shares import declared_shares, read_shares
from crop_attention.engine.mapping.expected_shares import factors_of
from crop_attention.models.legend import TEMPERATE_EUROPE
from report_samples import make_card

NAMES = [entry.name for entry in TEMPERATE_EUROPE]


def card(**changes):
    shares = {**dict.fromkeys(NAMES, 0.05), "Maize": 0.25, "Grassland": 0.15}
    return replace(make_card(), shares=shares, **changes)


def written(folder, text):
    path = folder / "shares.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("text", [
    "class,share\nMaize,30\nGrassland,10\n",
    "crop;hectares\nMaize;30,0\nGrassland;10\n",
    "\ufeffclass\tshare\n\nMaize\t30 %\nGrassland\t10%\n",
])  # fmt: skip
def test_tables_of_any_unit_and_separator_are_read(tmp_path, text):
    assert read_shares(written(tmp_path, text)) == (("Maize", 30.0), ("Grassland", 10.0))


@pytest.mark.parametrize(("text", "said"), [
    ("class,share\nMaize,much\n", "Line 2 .* no number in its second column"),
    ("class,share\nMaize,-1\n", "Line 2 .* from 0 up"),
    ("class,share\nMaize,1\nMaize,2\n", "name Maize twice"),
    ("class,share\nMaize,0\n", "no share above zero"),
    ("", "no share above zero"),
])  # fmt: skip
def test_tables_that_cannot_be_used_are_refused(tmp_path, text, said):
    with pytest.raises(SharesError, match=said):
        read_shares(written(tmp_path, text))


def test_the_relation_of_what_is_named_counts_and_the_rest_stays():
    factors, told = factors_of(card(), (("maize", 1.0), ("Grassland", 3.0)))
    expected = np.full(14, 0.05)
    expected[NAMES.index("Maize")], expected[NAMES.index("Grassland")] = 0.1, 0.3
    trained = np.array([card().shares[name] for name in NAMES])
    np.testing.assert_allclose(factors, (expected / trained) ** 0.5, rtol=1e-5)
    assert told.startswith("Expected shares of the area: Maize 10.0 %, Grassland 30.0 %.")
    assert "As in the training, because no number was given: Winter cereals" in told


def test_codes_of_public_legends_are_understood_and_what_is_not_is_said():
    entries = (("1101060000", 2.0), ("3302000000", 2.0), ("Moon cheese", 9.0))
    factors, told = factors_of(card(), entries)
    assert "Maize 20.0 %, Grassland 20.0 %" in told and "Not in the legend, left out: Moon cheese." in told
    np.testing.assert_allclose(factors[NAMES.index("Maize")], (0.2 / 0.25) ** 0.5, rtol=1e-5)


def test_a_class_expected_with_none_keeps_a_little():
    factors, _ = factors_of(card(), (("Maize", 0.0), ("Grassland", 1.0)))
    assert 0 < factors[NAMES.index("Maize")] < 0.1


def test_a_card_without_shares_and_a_table_of_other_names_are_refused():
    with pytest.raises(SharesError, match="does not state the shares of its training"):
        factors_of(make_card(), (("Maize", 1.0),))
    with pytest.raises(SharesError, match="None of the expected shares .Rice. .* its classes are: Winter cereals"):
        factors_of(card(), (("Rice", 1.0),))
    with pytest.raises(SharesError, match="name only one class .* at least two of: Winter cereals"):
        factors_of(card(), (("Maize", 60.0),))


def test_declared_crops_are_counted_by_area(tmp_path):
    from osgeo import ogr, osr

    path = str(tmp_path / "parcels.gpkg")
    dataset = ogr.GetDriverByName("GPKG").CreateDataSource(path)
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32631)
    dataset.CreateLayer("places", reference, ogr.wkbPoint)
    layer = dataset.CreateLayer("fields", reference, ogr.wkbPolygon)
    layer.CreateField(ogr.FieldDefn("crop", ogr.OFTString))
    for side, crop in ((10, "Maize"), (20, "Maize"), (10, "Grassland"), (50, None), (50, " ")):
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetGeometry(ogr.CreateGeometryFromWkt(f"POLYGON((0 0,{side} 0,{side} {side},0 {side},0 0))"))
        if crop is not None:
            feature.SetField("crop", crop)
        layer.CreateFeature(feature)
    del feature, layer, dataset
    assert dict(declared_shares(path, None, "crop")) == {"Maize": 500.0, "Grassland": 100.0}
    with pytest.raises(ParcelError, match="has no field kind"):
        declared_shares(path, None, "kind")


@pytest.mark.parametrize(("code", "name"), [
    ("3301010101", "Winter cereals"), ("3301010102", "Spring cereals"), ("3301010401", "Winter barley"),
    ("3301010402", "Spring cereals"), ("3301010499", ""), ("3301090400", "Maize"), ("3301010699", "Maize"),
    ("3301060401", "Rapeseed"), ("3301060402", "Other crops"), ("3301290700", "Sugar beet"), ("3301160000", "Soybean"),
    ("3303060000", "Vineyards and orchards"), ("3301020600", "Pulses"), ("3399000000", ""), ("1107000010", "Potatoes"),
    ("winter  BARLEY", "Winter barley"), ("12", ""),
])  # fmt: skip
def test_any_name_of_a_class_is_found(code, name):
    by_code = {0: "", **{entry.code: entry.name for entry in TEMPERATE_EUROPE}}
    assert by_code[class_of(TEMPERATE_EUROPE)(code)] == name


def test_the_table_of_hcat_names_only_classes_of_the_legend():
    read_code_table(HCAT, TEMPERATE_EUROPE)
