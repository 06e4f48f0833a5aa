"""Vast rasters cost no memory before they are mapped."""

from __future__ import annotations

import resource

from crop_attention.benchmarks.reliability.rasters import BANDS, CARD, wholes
from crop_attention.benchmarks.reliability.scale import virtual
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.files.grid import Window
from crop_attention.engine.series.inputs import Extent, SeriesInputs
from crop_attention.engine.series.preprocessing.prepare import prepare
from crop_attention.engine.series.preprocessing.summary import summarise

SIDE = 40_000


def test_a_vast_virtual_raster_is_checked_and_cut_in_little_memory(tmp_path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for day in range(4, 8):
        source = tmp_path / "tiles" / f"S2_2018010{day}.tif"
        source.parent.mkdir(exist_ok=True)
        source.write_bytes(wholes()[0][1])
        virtual(source, tmp_path / "series" / f"S2_2018010{day}.vrt", SIDE, across=8)
    inputs = SeriesInputs((str(tmp_path / "series"),))
    options = SeriesOptions(allow_folder=str(tmp_path / "tiles"))
    prepared = prepare(inputs, CARD, options)
    assert (prepared.grid.width, prepared.grid.height) == (SIDE, SIDE)
    assert summarise(prepared, Feedback()).s2_acquisitions == 4
    west, south, _, _ = prepared.grid.bounds
    box = Extent(west + 200_000, south + 200_000, west + 200_640, south + 200_640, prepared.grid.crs)
    cut = prepare(inputs, CARD, options, extent=box)
    with cut.reader() as reader:
        cube = reader.read(Window(0, 0, 64, 64))
    assert cube.s2_valid.any(axis=0).all() and cube.s2.shape[1:] == (len(BANDS), 64, 64)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 300
