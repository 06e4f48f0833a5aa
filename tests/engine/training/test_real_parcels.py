"""Parcels of a real region over real series: every window holds observations."""

from datetime import date
from pathlib import Path

import numpy as np

from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.inputs import SeriesInputs
from crop_attention.engine.series.preprocessing.prepare import prepare
from crop_attention.engine.training.options import SourceOptions
from crop_attention.engine.training.sources.parcels import read_parcels
from labelled import Heard
from season_files import card


def test_real_parcels_of_flanders(real_data):
    folder: Path = real_data("flanders_2018")
    bands = ("B02", "B03", "B04", "B08")
    season = card(bands, ("VV", "VH")).season.__class__(10, 1, 12, 30)
    prepared = prepare(
        SeriesInputs((str(folder / "sentinel2"),), (str(folder / "sentinel1"),)),
        card(bands, ("VV", "VH"), season),
        SeriesOptions(),
        date(2017, 10, 1),
    )
    options = SourceOptions(minimum_parcels=1)
    found = read_parcels(prepared, folder / "parcels.gpkg", "crop", options, Heard())
    assert sum(found.counts.values()) >= 12
    assert all(window.cube.s2_valid.any() and window.cube.s1_valid.all(axis=(1, 2)).any() for window in found.windows)
    assert all(0 < np.median(w.cube.s2[w.cube.s2_valid.nonzero()[0][0]]) < 1 for w in found.windows)
