"""Two clips far from each other and small against the ground between them: settled as one of them alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.files.grid import Window
from crop_attention.engine.series.preprocessing.prepare import prepare_series
from crop_attention.models.card import Season
from rasters import ORIGIN
from season_files import OPEN_OFFSET, card, optical, radar, s1_series, s2_series

OPTIONS = SeriesOptions(min_clear_steps=1, cloud_margin=0)
FIRST, SIDE = date(2022, 4, 1), 64
AWAY = (ORIGIN[0] + 78_000, ORIGIN[1])


def ground(seed, levels, spread):
    random = np.random.default_rng(seed)
    return np.stack([random.normal(level, spread, (SIDE, SIDE)) for level in levels])


def days():
    return [FIRST + timedelta(days=5 * number) for number in range(4)]


def together(one, other):
    return [replace(mine, parts=(*mine.parts, *theirs.parts)) for mine, theirs in zip(one, other)]


def scaling(prepared):
    return {
        (source.scale, source.offset)
        for acquisition in prepared.s2.acquisitions
        for part in acquisition.parts
        for source in part.bands.values()
    }


@pytest.mark.parametrize("added", [0, 1000])
def test_the_offset_of_two_clips_is_that_of_one(tmp_path, added):
    levels = np.array([300.0, 350.0, 3000.0]) + added

    def clip(name, seed, **raster):
        numbers = ground(seed, levels, 60)
        return [optical(tmp_path / name, day, numbers, 4, candidates=OPEN_OFFSET, **raster) for day in days()]

    of = card(s1=(), season=Season(4, 1, 4, 10))
    here, there = clip("here", 1), clip("there", 2, origin=AWAY)
    alone = prepare_series(s2_series(*here), None, of, OPTIONS)
    both = prepare_series(s2_series(*together(here, there)), None, of, OPTIONS)
    assert scaling(both) == scaling(alone) == {(1e-4, -added / 10_000)}
    assert both.grid.width == 7_800 + SIDE and len(both.s2.acquisitions) == 4
    cube = both.reader().read(Window(0, 7_800, SIDE, SIDE))
    assert cube.s2[0, 2].mean() == pytest.approx(0.3, abs=0.01) and cube.s2_valid[0].all()


def test_the_unit_of_two_clips_is_that_of_one(tmp_path):
    def clip(name, seed, **raster):
        power = 10 ** (ground(seed, (-11.0, -17.5), 1.5) / 10)
        return [radar(tmp_path / name, day, power, **raster) for day in days()]

    of = card(s2=(), season=Season(4, 1, 4, 10))
    here, there = clip("here", 1), clip("there", 2, origin=AWAY)
    alone = prepare_series(None, s1_series(*here), of, OPTIONS)
    both = prepare_series(None, s1_series(*together(here, there)), of, OPTIONS)
    units = [{part.unit for one in found.s1.acquisitions for part in one.parts} for found in (alone, both)]
    assert units[0] == units[1] and not both.s1.decibel
    cube = both.reader().read(Window(0, 7_800, SIDE, SIDE))
    assert cube.s1[0, 0].mean() == pytest.approx(-11, abs=0.5) and cube.s1[0, 1].mean() == pytest.approx(-17.5, abs=0.5)
