"""Expected shares in a dialog: counted in the crop field of a parcel layer, or read from a table, never both."""

from __future__ import annotations

import pytest
from qgis.core import QgsFeature, QgsGeometry, QgsProcessingContext, QgsVectorLayer

from crop_attention.algorithms.expected_shares import read_expected
from crop_attention.engine.errors import SharesError

CROPS = [("Maize", 3), ("1101060000", 1), (None, 9), ("Maize", 1), ("  ", 2)]


@pytest.fixture
def fields(qgis_app):
    """A layer in memory with a crop field, squares of some sides in metres."""
    layer = QgsVectorLayer("Polygon?crs=EPSG:32631&field=crop:string&field=year:int", "declared", "memory")
    for number, (crop, side) in enumerate(CROPS):
        feature = QgsFeature(layer.fields())
        feature.setAttributes([crop, 2018])
        west = 500_000 + 20 * number
        shape = f"POLYGON(({west} 0,{west} {side},{west + side} {side},{west + side} 0,{west} 0))"
        feature.setGeometry(QgsGeometry.fromWkt(shape))
        layer.dataProvider().addFeatures([feature])
    return layer


def read(provider, **values):
    return read_expected(provider.algorithm("classifycrops").create(), values, QgsProcessingContext())


def test_the_areas_of_a_crop_field_are_added_up(provider, fields):
    found = read(provider, PARCELS=fields, EXPECTED_SHARES_FIELD="crop")
    assert dict(found) == {"Maize": pytest.approx(10.0), "1101060000": pytest.approx(1.0)}


def test_a_table_is_read_and_nothing_expects_nothing(provider, fields, tmp_path):
    table = tmp_path / "shares.csv"
    table.write_text("class,share\nMaize,3\n", encoding="utf-8")
    assert read(provider, PARCELS=fields, EXPECTED_SHARES=str(table)) == (("Maize", 3.0),)
    assert read(provider, PARCELS=fields) == ()


def test_what_cannot_be_meant_is_refused(provider, fields, tmp_path):
    table = tmp_path / "shares.csv"
    table.write_text("class,share\nMaize,3\n", encoding="utf-8")
    with pytest.raises(SharesError, match="a table or from a field of the parcels; leave one of them out"):
        read(provider, PARCELS=fields, EXPECTED_SHARES=str(table), EXPECTED_SHARES_FIELD="crop")
    with pytest.raises(SharesError, match="need the parcels that have it"):
        read(provider, EXPECTED_SHARES_FIELD="crop")
    with pytest.raises(SharesError, match="have no field 'kind'"):
        read(provider, PARCELS=fields, EXPECTED_SHARES_FIELD="kind")
