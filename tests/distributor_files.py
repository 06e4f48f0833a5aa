"""Files under the names and headers of distributors, and what they are read as."""

from __future__ import annotations

from datetime import date

import pytest

from crop_attention.engine.errors import SeriesError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.recognise.series import read_series
from rasters import TEN_BANDS, write_raster

BOTH = ("VV", "VH")
DAY = date(2018, 7, 4)
OPEN = [(1e-4, 0.0), (1e-4, -0.1)]


def series_of(folder, bands=TEN_BANDS, **options):
    """Read a folder."""
    sensor = "S1" if bands == BOTH else "S2"
    return read_series([str(folder)], sensor, bands, {"B8A": "B08"}, SeriesOptions(**options), Feedback())


def part_of(folder, bands=TEN_BANDS, day=DAY, **options):
    """Return the only part of the only acquisition."""
    (found,) = series_of(folder, bands, **options).acquisitions
    assert found.date == day
    (part,) = found.parts
    return part


def refused(folder, bands=TEN_BANDS):
    """Return why a folder is refused."""
    with pytest.raises(SeriesError) as caught:
        series_of(folder, bands)
    return str(caught.value)


def put(folder, pattern, bands=TEN_BANDS, names=None, value=500, **options):
    """Write one file a band; "{}" of the pattern is what the distributor calls the band."""
    for number, band in enumerate(bands):
        name = band if names is None else names[number]
        write_raster(folder / pattern.format(name), value, **options)


def candidates(part):
    """Return the scalings that a part leaves open."""
    return [(each.scale, each.offset) for each in part.candidates]
