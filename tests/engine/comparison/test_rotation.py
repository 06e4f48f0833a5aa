"""From crop to crop: pixels, hectares and the layer of changes."""

from __future__ import annotations

import numpy as np
import pytest

from crop_attention.engine.accuracy.map_classes import MapClasses
from crop_attention.engine.accuracy.population import Population
from crop_attention.engine.comparison.rotation import rotation, rows_of
from crop_attention.engine.errors import MapError
from crop_attention.models.card import CropClass

BEFORE = MapClasses((CropClass(1, "Wheat", "#aa0000"), CropClass(2, "Maize", "#00aa00")))
AFTER = MapClasses((CropClass(5, "maize", "#00aa00"), CropClass(7, "Winter wheat", "#aa0000")))


def population(pairs: dict[tuple[int, int], int]) -> Population:
    """Pixels of 100 m2 by (code before, code after)."""
    pixels = np.zeros((256, 256), np.int64)
    for (before, after), number in pairs.items():
        pixels[after, before] = number
    return Population(pixels, pixels * 100.0)


def test_classes_of_one_name_are_one_whatever_their_codes():
    found = rotation(population({(1, 5): 30, (2, 5): 50, (2, 0): 9}), BEFORE, AFTER)
    assert [entry.name for entry in found.after] == ["maize"]
    assert found.pixels.tolist() == [[30], [50]]
    assert found.same.tolist() == [[False], [True]]
    assert found.changed_share == pytest.approx(30 / 80)
    assert rows_of(found) == [("Wheat", "maize", "yes", 30, 0.3, 1.0, ""), ("Maize", "maize", "no", 50, 0.5, 1.0, "")]


def test_a_table_says_which_names_mean_the_same():
    pairs = population({(1, 7): 10, (1, 5): 30, (2, 7): 40})
    found = rotation(pairs, BEFORE, AFTER, {"Winter wheat": "Wheat"})
    assert found.changed_share == pytest.approx(70 / 80)
    codes = found.change_codes()
    names = {entry.code: entry.name for entry in found.change_classes()}
    assert names == {1: "Unchanged", 2: "Maize to Winter wheat", 3: "Wheat to maize"}
    assert (codes[1, 7], codes[2, 7], codes[1, 5], codes[0, 7]) == (1, 2, 3, 0)
    for table in ({"Rice": "Wheat"}, {"maize": "Rice"}):
        with pytest.raises(MapError, match="'Rice'"):
            rotation(pairs, BEFORE, AFTER, table)


def test_maps_that_share_no_ground_are_refused():
    with pytest.raises(MapError, match="same place"):
        rotation(population({(1, 0): 10}), BEFORE, AFTER)
