"""The second scenario: small fields, two harvests a year, plastic, a wet and cloudy summer."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, ogr

from crop_attention.engine.simulation.county import CountyOptions, simulate_county
from crop_attention.engine.simulation.kinds import kind, kinds_of
from crop_attention.engine.simulation.landscape import CELL, build_landscape
from crop_attention.engine.simulation.region import TEMPERATE, draw_region, legend_of
from crop_attention.engine.simulation.species import ANNUALS, SHANDONG
from crop_attention.engine.simulation.spectra import NIR, RED
from crop_attention.engine.simulation.weather import cloud_cover, draw_weather
from crop_attention.models.card import Season
from crop_attention.models.legend import SHANDONG as LEGEND
from crop_attention.tools.checkpoints.counties import varied
from crop_attention.tools.checkpoints.simulated_cube import simulate_cube

SEASON, START = Season(10, 1, 24, 15), date(2022, 10, 1)
CODE = {entry.name: entry.code for entry in LEGEND}
TWICE, PEANUT, POTATO = CODE["Winter wheat and summer maize"], CODE["Peanut"], CODE["Sweet potato"]
ORCHARD, GREENHOUSE, OUTSIDE = CODE["Orchard"], CODE["Greenhouse"], CODE["Not cropland"]
OPTIONS = CountyOptions(
    seed=206,
    size=160,
    scenario="shandong",
    cloudiness=0.33,
    parcel_size=0.35,
    balance=0.8,
    s2_dates=80,
    s1_dates=66,
    mislabelled=0.0,
    mixed=0.0,
)


class Made:
    """One county and the course of each class over its inner pixels."""

    def __init__(self) -> None:
        self.cube, self.truth, self.parcels = simulate_cube(OPTIONS, SEASON, START)
        self.inner = np.ones(self.truth.shape, bool)
        for axis in (0, 1):
            for shift in (-1, 1):
                self.inner &= np.roll(self.parcels, shift, axis) == self.parcels
        near, red = self.cube.s2[:, NIR], self.cube.s2[:, RED]
        self.index = np.where(self.cube.s2_valid, (near - red) / np.maximum(near + red, 1e-3), np.nan)

    def ndvi(self, code: int, first: date, last: date) -> float:
        return float(np.nanmedian(self.index[self._steps(first, last)][:, self.inner & (self.truth == code)]))

    def radar(self, code: int, pol: int, first: date, last: date) -> float:
        values = self.cube.s1[self._steps(first, last), pol]
        return float(np.median(values[:, self.inner & (self.truth == code)]))

    @staticmethod
    def _steps(first: date, last: date) -> slice:
        return slice((first - START).days // 15, (last - START).days // 15 + 1)


@pytest.fixture(scope="module")
def made() -> Made:
    return Made()


def test_every_class_of_the_legend_occurs(made: Made) -> None:
    assert set(np.unique(made.truth)) == {entry.code for entry in LEGEND}
    assert np.array_equal(made.truth == OUTSIDE, made.parcels == 0)


def test_parcels_are_small() -> None:
    means = []
    for seed in range(3):
        land = build_landscape(seed, 160, 0.35, draw_region(seed, "shandong"), 0.0, 0.0)
        means.append((land.parcel > 0).sum() * CELL**2 / 1e4 / (len(land.declared) - 1))
    assert 0.25 < np.mean(means) < 0.45


def test_wheat_and_maize_are_green_one_after_the_other(made: Made) -> None:
    assert made.ndvi(TWICE, date(2023, 4, 16), date(2023, 5, 10)) > 0.7
    assert made.ndvi(TWICE, date(2023, 6, 13), date(2023, 6, 27)) < 0.45
    assert made.ndvi(TWICE, date(2023, 8, 12), date(2023, 9, 5)) > 0.7


def test_spring_crops_are_bare_when_wheat_is_green(made: Made) -> None:
    for code in (PEANUT, POTATO, CODE["Spring maize"]):
        assert made.ndvi(code, date(2023, 4, 16), date(2023, 5, 10)) < 0.35
        assert made.ndvi(code, date(2023, 8, 1), date(2023, 8, 25)) > 0.7


def test_sweet_potato_stands_longer_than_peanut_and_spring_maize_less(made: Made) -> None:
    september = date(2023, 9, 11), date(2023, 9, 25)
    assert made.ndvi(POTATO, *september) > made.ndvi(PEANUT, *september) + 0.08
    assert made.ndvi(PEANUT, *september) > made.ndvi(CODE["Spring maize"], *september)


def test_greenhouses_are_bright_and_know_no_season(made: Made) -> None:
    months = [made.ndvi(GREENHOUSE, date(2023, month, 5), date(2023, month, 25)) for month in range(1, 9)]
    assert max(months) < 0.45 and max(months) - min(months) < 0.2
    bright = [np.median(made.cube.s2[:, RED][made.cube.s2_valid & made.inner & (made.truth == code)])
              for code in (GREENHOUSE, ORCHARD)]  # fmt: skip
    assert bright[0] > 2 * bright[1]


def test_orchards_are_brown_in_winter(made: Made) -> None:
    winter, summer = (made.ndvi(ORCHARD, date(2023, month, 1), date(2023, month, 28)) for month in (1, 8))
    assert winter < 0.55 < 0.68 < summer


def test_peanut_scatters_more_as_its_canopy_closes(made: Made) -> None:
    april, august = (date(2023, 4, 1), date(2023, 4, 30)), (date(2023, 8, 1), date(2023, 8, 31))
    assert made.radar(PEANUT, 1, *august) > made.radar(PEANUT, 1, *april) + 2.0
    assert abs(made.radar(PEANUT, 0, *august) - made.radar(POTATO, 0, *august)) < 1.5


def test_second_crop_waits_for_the_first() -> None:
    wheat, maize = (next(e for e in ANNUALS if e.name == name) for name in ("northern winter wheat", "summer maize"))
    assert wheat.then == maize.name
    assert wheat.days[4] < maize.days[0] < wheat.days[4] + 25


def test_summer_is_the_wet_and_the_cloudy_season() -> None:
    moisture = np.mean([draw_weather(seed, True).moisture for seed in range(20)], axis=0)
    assert moisture[200 + 190 : 200 + 230].mean() > moisture[200 - 30 : 200 + 60].mean() + 0.2
    days = np.arange(0.0, 365.0, 5.0)
    cover = np.mean([cloud_cover(seed, days, 0.33, True) for seed in range(40)], axis=0)
    assert cover.mean() == pytest.approx(0.33, abs=0.02)
    assert cover[(days > 180) & (days < 240)].mean() > cover[days < 60].mean() + 0.15


def test_kinds_of_one_place_never_grow_in_the_other() -> None:
    assert kind("mown meadow") not in {int(row) for code in range(1, 8) for row in kinds_of(code, SHANDONG)[0]}
    assert kind("spring peanut") not in {int(row) for code in range(1, 14) for row in kinds_of(code)[0]}


def test_training_counties_of_temperate_europe_stay_there_and_others_are_drawn_on_demand() -> None:
    assert {varied(seed).scenario for seed in range(200)} <= set(TEMPERATE)
    drawn = [varied(seed, 64, scenario="shandong") for seed in range(60)]
    for options in drawn:
        options.check()
    assert {options.scenario for options in drawn} == {"shandong"}
    assert np.mean([options.cloudiness for options in drawn]) == pytest.approx(0.33, abs=0.03)
    assert max(options.parcel_size for options in drawn) <= 0.5


def test_files_carry_the_place_and_the_legend(tmp_path: Path) -> None:
    options = CountyOptions(seed=2, size=64, scenario="shandong", parcel_size=0.35, s2_dates=2, s1_dates=2)
    county = simulate_county(tmp_path / "made", options)
    data = gdal.Open(str(county.truth))
    band = data.GetRasterBand(1)
    assert "32650" in data.GetProjection()
    assert band.GetCategoryNames() == ["No data", *(entry.name for entry in legend_of("shandong"))]
    assert set(np.unique(band.ReadAsArray())) <= set(range(1, 9))
    for path in county.s2_folder.glob("*.tif"):
        assert re.fullmatch(r"S2_L2A_T50SPE_\d{8}T02\d{4}\.tif", path.name)
    source = ogr.Open(str(county.parcels))
    crops = {feature.GetField("crop") for feature in source.GetLayer(0)}
    assert crops and crops <= {entry.name for entry in LEGEND if entry.crop}
