"""A reference of one class alone judges that class."""

from __future__ import annotations

import numpy as np
import pytest

from crop_attention.engine.accuracy.assess import assess
from crop_attention.engine.accuracy.reference import ReferenceSource
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.parcels.class_map import ClassMap


@pytest.mark.parametrize("unit", ("point", "parcel"))
def test_what_the_map_calls_something_else_counts_against_it(crop_map, reference_file, box, unit):
    halves = crop_map(np.repeat([[1, 2]], 20, axis=1).repeat(30, axis=0))
    points = [("mais", f"POINT({place})") for place in ("3.5 3.5", "4.5 4.5", "9.5 2.5", "25.1 0.2")]
    parcels = [("mais", box(x, 1, x + 3, 9)) for x in (1, 6, 12, 22)]
    path = reference_file(points if unit == "point" else parcels)
    found = assess(halves, ReferenceSource(path, "crop").load(ClassMap(halves).crs, Feedback()))
    assert found.unit == unit and found.matrix.counts.tolist() == [[3, 0], [1, 0]]
    assert found.scores.overall.value == 0.75 and found.matrix.classes == ("Maïs", "Winter wheat")
