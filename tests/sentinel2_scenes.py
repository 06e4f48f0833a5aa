"""Sentinel-2 files written for tests, and what reading them gives."""

from __future__ import annotations

from datetime import date

import pytest

from crop_attention.engine.errors import SeriesError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.acquisition import (
    S2,
)
from crop_attention.engine.series.recognise.series import read_series
from rasters import (
    TEN_BANDS,
    write_raster,
)

DAY = date(2018, 7, 4)


def read(*paths, bands=TEN_BANDS, substitutes=None, feedback=None, **options):
    return read_series(
        [str(path) for path in paths], S2, bands, substitutes or {}, SeriesOptions(**options), feedback or Feedback()
    )


def refused(*paths, **options):
    with pytest.raises(SeriesError) as caught:
        read(*paths, **options)
    return str(caught.value)


def only_part(series):
    (acquisition,) = series.acquisitions
    (part,) = acquisition.parts
    return part


def scene(folder, day="20180704", name="S2_{}.tif", descriptions=(*TEN_BANDS, "SCL"), **options):
    return write_raster(folder / name.format(day), 500, descriptions, **options)
