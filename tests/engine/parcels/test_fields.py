"""The fields that parcels gain."""

from __future__ import annotations

import numpy as np

from crop_attention.engine.parcels.fields import PARCEL_FIELDS, field_names, names_in, rows
from crop_attention.engine.parcels.label import ParcelLabels
from parcel_labels import LABEL_FIELDS

NAMES = tuple(LABEL_FIELDS)


def test_names_and_order_are_frozen():
    assert tuple(field.name for field in PARCEL_FIELDS) == NAMES
    assert field_names(["id", "area"]) == NAMES


def test_the_analysts_names_win_whatever_their_case():
    names = field_names(["Crop_Name", "pixels", "MAP_PIXELS"])
    assert names == (*NAMES[:1], "map_crop_name", *NAMES[2:6], "map_pixels_2", "few_pixels")


def test_the_fields_that_were_gained_last_are_found_again():
    first = field_names(["crop_name", "kind"])
    again = field_names(["crop_name", "kind", *first])
    assert names_in(["crop_name", "kind", *first])["crop_name"] == "map_crop_name"
    assert list(names_in(["crop_name", "kind", *first, *again]).values()) == list(again)
    assert names_in(["crop_name", "map_crop_n", "runner_sha"]) == {
        "crop_name": "map_crop_n",
        "runner_share": "runner_sha",
    }
    assert names_in(["crop", "map_crop", "pixels_of_mine"]) == {}


def test_rows_hold_names_of_the_legend_and_none_where_nothing_is_known():
    labels = ParcelLabels(
        code=np.array([4, 0, 9], np.uint8),
        share=np.array([2 / 3, 0, 1], np.float32),
        runner_up=np.array([1, 0, 0], np.uint8),
        runner_up_share=np.array([1 / 3, 0, 0], np.float32),
        confidence=np.array([71.456, np.nan, np.nan], np.float32),
        pixels=np.array([12, 0, 3]),
        few=np.array([False, True, True]),
        border_used=np.array([False, False, True]),
    )
    assert list(rows(labels, {1: "Winter cereals", 4: "Maize"})) == [
        (4, "Maize", 66.67, "Winter cereals", 33.33, 71.46, 12, False),
        (0, None, None, None, None, None, 0, True),
        (9, "Class 9", 100.0, None, 0.0, None, 3, True),
    ]
