"""Canopies over the year, what they reflect and what they scatter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from crop_attention.engine.simulation.kinds import FIRST_STANDING, kind
from crop_attention.engine.simulation.landscape import Landscape
from crop_attention.engine.simulation.optical import reflectance
from crop_attention.engine.simulation.perennial import cover
from crop_attention.engine.simulation.phenology import grow
from crop_attention.engine.simulation.radar import backscatter
from crop_attention.engine.simulation.region import draw_region
from crop_attention.engine.simulation.species import ANNUALS
from crop_attention.engine.simulation.spectra import BANDS, NIR, RED, SPECTRA
from crop_attention.engine.simulation.standing import STANDING
from crop_attention.engine.simulation.weather import FIRST_DAY, LAST_DAY, Weather, draw_weather

DAYS = np.arange(-90.0, 275.0, 5.0)
FIELDS = 60
NAMED = (
    "winter wheat",
    "winter barley",
    "spring barley",
    "maize",
    "winter rapeseed",
    "sunflower",
    "soybean",
    "sugar beet",
    "ware potatoes",
    "spring peas",
    "mown meadow",
    "orchard",
    "broadleaf wood",
    "water",
    "halls",
)


class Fields:
    """Sixty fields of each of some kinds, without land around them."""

    def __init__(self, seed: int = 3, **region: float) -> None:
        kinds = np.repeat([kind(name) for name in NAMED], FIELDS)
        count = len(kinds)
        self.land = Landscape(
            np.zeros((3, 3), np.int32),
            np.zeros((3, 3), np.int32),
            kinds,
            np.arange(count),
            np.zeros(count, np.float32),
            np.zeros(1, np.uint8),
        )
        self.region = replace(draw_region(seed, "temperate_europe", shift_days=0.0), offset=(0.0, 0.0), **region)
        self.canopy = grow(seed, self.land, self.region, DAYS)
        self.standing = cover(seed, self.land, self.region, DAYS)
        self.seed = seed

    def ndvi(self, weather: Weather) -> np.ndarray:
        """(D, units)"""
        bands = reflectance(self.seed, self.land, self.region, weather, self.canopy, self.standing, DAYS)
        return (bands[..., NIR] - bands[..., RED]) / (bands[..., NIR] + bands[..., RED])

    def decibel(self, weather: Weather) -> np.ndarray:
        """(D, units, 2)"""
        power = backscatter(
            self.seed, self.land, self.region, weather, self.canopy, self.standing, DAYS, np.zeros(len(DAYS), int)
        )
        return 10 * np.log10(power)


def even_weather(moisture: float = 0.5, frost: float = 0.0) -> Weather:
    count = LAST_DAY - FIRST_DAY + 1
    return Weather(np.full(count, moisture, np.float32), np.full(count, frost, np.float32), np.zeros(count, bool))


@pytest.fixture(scope="module")
def fields() -> Fields:
    return Fields()


@pytest.fixture(scope="module")
def ndvi(fields: Fields) -> np.ndarray:
    return fields.ndvi(even_weather())


@pytest.fixture(scope="module")
def decibel(fields: Fields) -> np.ndarray:
    return fields.decibel(even_weather())


def middle(values: np.ndarray, name: str, day: float) -> np.ndarray:
    """Median over the fields of a kind within ten days of a day."""
    rows = slice(NAMED.index(name) * FIELDS, (NAMED.index(name) + 1) * FIELDS)
    return np.median(values[np.abs(DAYS - day) <= 10][:, rows], axis=(0, 1))


def test_cover_never_leaves_zero_to_one(fields: Fields) -> None:
    total = sum(layer.green + layer.dry for layer in fields.canopy.layers)
    assert total.min() >= 0.0
    for layer in fields.canopy.layers:
        assert layer.green.max() <= 1.0 and layer.dry.max() <= 1.0
    assert 0.0 <= fields.canopy.residue.min() and fields.canopy.residue.max() <= 1.0
    assert 0.0 <= fields.standing[1].min() and fields.standing[1].max() <= 1.0


@pytest.mark.parametrize(
    ("name", "day", "lowest", "highest"),
    [
        ("winter wheat", 15, 0.5, 0.8),
        ("winter wheat", 120, 0.78, 0.93),
        ("winter wheat", 212, 0.15, 0.36),
        ("winter barley", 105, 0.78, 0.93),
        ("winter barley", 166, 0.25, 0.6),
        ("winter rapeseed", -60, 0.65, 0.9),
        ("winter rapeseed", 196, 0.15, 0.5),
        ("maize", 135, 0.12, 0.35),
        ("maize", 222, 0.78, 0.93),
        ("sunflower", 135, 0.12, 0.38),
        ("sunflower", 212, 0.62, 0.85),
        ("soybean", 162, 0.15, 0.42),
        ("soybean", 225, 0.78, 0.93),
        ("sugar beet", 200, 0.78, 0.93),
        ("sugar beet", 258, 0.7, 0.93),
        ("ware potatoes", 200, 0.65, 0.88),
        ("spring peas", 145, 0.6, 0.86),
        ("mown meadow", 120, 0.7, 0.88),
        ("water", 120, -1.0, 0.05),
    ],
)
def test_ndvi_of_a_crop_lies_where_real_fields_have_it(
    ndvi: np.ndarray, name: str, day: float, lowest: float, highest: float
) -> None:
    assert lowest < middle(ndvi, name, day) < highest


def test_autumn_barley_is_harvested_before_wheat_and_wheat_before_spring_barley(fields: Fields) -> None:
    points = fields.canopy.layers[2].stage
    last = {}
    for name in ("winter barley", "winter wheat", "spring barley"):
        where = np.flatnonzero(fields.canopy.layers[2].kinds == kind(name))
        last[name] = np.median(DAYS[(points[where] > 0).shape[1] - 1 - np.argmax((points[where] > 0)[:, ::-1], axis=1)])
    assert last["winter barley"] + 8 < last["winter wheat"] < last["spring barley"] + 3


def test_a_late_region_turns_green_later() -> None:
    maize = slice(NAMED.index("maize") * FIELDS, (NAMED.index("maize") + 1) * FIELDS)
    day = {}
    for shift in (-15.0, 15.0):
        course = np.median(Fields(shift=shift).ndvi(even_weather())[:, maize], axis=1)
        day[shift] = DAYS[np.argmax((course > 0.6) & (DAYS > 135))]
    assert 15 <= day[15.0] - day[-15.0] <= 40


def test_fields_of_one_crop_differ(ndvi: np.ndarray) -> None:
    rows = slice(NAMED.index("maize") * FIELDS, (NAMED.index("maize") + 1) * FIELDS)
    assert 0.1 < ndvi[np.abs(DAYS - 165) <= 10][:, rows].std() < 0.25


def test_drought_browns_grass_in_summer_only() -> None:
    dry, fresh = Fields(aridity=0.6).ndvi(even_weather()), Fields(aridity=0.0).ndvi(even_weather())
    assert middle(dry, "mown meadow", 212) < middle(fresh, "mown meadow", 212) - 0.15
    assert abs(middle(dry, "mown meadow", 105) - middle(fresh, "mown meadow", 105)) < 0.05


def test_reflectance_is_physical_and_wet_soil_is_darker(fields: Fields) -> None:
    wet, dry = (
        reflectance(3, fields.land, fields.region, even_weather(moisture), fields.canopy, fields.standing, DAYS)
        for moisture in (0.9, 0.1)
    )
    assert dry.shape == (len(DAYS), len(fields.land.kinds), 10)
    assert wet.min() > 0.0 and dry.max() < 1.0
    bare = middle(wet[..., RED], "maize", 135), middle(dry[..., RED], "maize", 135)
    assert bare[0] < 0.85 * bare[1]


def test_rapeseed_in_bloom_is_bright_in_green_and_red(fields: Fields) -> None:
    bands = reflectance(3, fields.land, fields.region, even_weather(), fields.canopy, fields.standing, DAYS)
    bloom = np.array([middle(bands[..., band], "winter rapeseed", 106) for band in range(10)])
    before = np.array([middle(bands[..., band], "winter rapeseed", 70) for band in range(10)])
    assert bloom[BANDS.index("B03")] > 1.15 * before[BANDS.index("B03")]
    assert bloom[RED] > 1.25 * before[RED]


@pytest.mark.parametrize(
    ("name", "day", "vv", "vh"),
    [
        ("winter wheat", 130, -15.3, -20.8),
        ("winter barley", 105, -14.7, -20.9),
        ("maize", 205, -10.4, -16.6),
        ("winter rapeseed", 152, -7.6, -11.4),
        ("sunflower", 212, -7.0, -16.0),
        ("soybean", 227, -8.6, -16.0),
        ("sugar beet", 212, -8.6, -14.6),
        ("ware potatoes", 197, -9.4, -14.8),
        ("mown meadow", 130, -12.2, -18.2),
    ],
)
def test_backscatter_of_a_full_canopy_lies_near_real_fields(
    decibel: np.ndarray, name: str, day: float, vv: float, vh: float
) -> None:
    found = [middle(decibel[..., pol], name, day) for pol in range(2)]
    assert abs(found[0] - vv) < 1.6
    assert abs(found[1] - vh) < 1.6


def test_wheat_falls_and_rapeseed_rises_towards_summer(decibel: np.ndarray) -> None:
    values = decibel
    assert middle(values[..., 0], "winter wheat", 15) - middle(values[..., 0], "winter wheat", 125) > 3.0
    assert middle(values[..., 1], "winter rapeseed", 155) - middle(values[..., 1], "winter rapeseed", 90) > 2.0


def test_frost_and_drought_lower_all_fields_together(fields: Fields) -> None:
    plain, frozen, soaked = (
        fields.decibel(weather) for weather in (even_weather(), even_weather(frost=1.0), even_weather(moisture=0.9))
    )
    for name in ("winter wheat", "mown meadow"):
        fall = middle(plain[..., 1], name, 35) - middle(frozen[..., 1], name, 35)
        assert 1.5 < fall < 5.0
    assert middle(soaked[..., 0], "maize", 135) - middle(plain[..., 0], "maize", 135) > 1.2
    assert abs(middle(soaked[..., 0], "halls", 135) - middle(plain[..., 0], "halls", 135)) < 0.1


def test_water_is_dark_and_halls_are_bright(decibel: np.ndarray) -> None:
    values = decibel
    assert middle(values[..., 0], "water", 135) < -16
    assert middle(values[..., 0], "halls", 135) > -7


def test_tables_hold_possible_values() -> None:
    assert SPECTRA.min() > 0.0 and SPECTRA.max() < 1.0
    for entry in ANNUALS:
        assert list(entry.days) == sorted(entry.days), entry.name
        assert all(0.0 <= level <= 1.0 for level in entry.levels), entry.name
        assert all(-30 < high < low < 0 for low, high in zip(entry.vv, entry.vh)), entry.name
    for entry in STANDING:
        assert len(entry.green) == 12 and 0.0 <= min(entry.green) <= max(entry.green) <= 1.0, entry.name
    assert FIRST_STANDING == len(ANNUALS)


def test_weather_is_wetter_and_colder_in_winter() -> None:
    years = [draw_weather(seed) for seed in range(30)]
    winter = np.mean([year.on(np.arange(-20, 50))[0].mean() for year in years])
    summer = np.mean([year.on(np.arange(160, 230))[0].mean() for year in years])
    assert winter > summer + 0.25
    assert max(year.on(np.arange(110, 300))[1].max() for year in years) == 0.0
    assert sum(year.on(np.arange(-40, 100))[1].max() > 0.2 for year in years) > 20


def test_winters_range_from_mild_to_hard_and_hard_ones_set_cereals_back() -> None:
    drawn = [draw_region(seed, "temperate_europe") for seed in range(80)]
    assert min(region.hardship for region in drawn) < 0.02 and max(region.hardship for region in drawn) > 0.8
    assert max(region.spring for region in drawn) > 15.0
    mild = Fields(hardship=0.0, dormant=0.0).ndvi(even_weather())
    hard = Fields(hardship=0.9, spring=20.0, dormant=0.6).ndvi(even_weather())
    assert middle(mild, "winter wheat", 40) > 0.55
    assert 0.15 < middle(hard, "winter wheat", 40) < 0.42
    assert middle(hard, "winter wheat", 140) > 0.6, "spring makes up for it"
    assert middle(hard, "winter wheat", 185) > middle(mild, "winter wheat", 185) + 0.1, "it ripens later"
    assert middle(hard, "mown meadow", 40) < middle(mild, "mown meadow", 40) - 0.1
    assert middle(hard, "maize", 190) == pytest.approx(middle(mild, "maize", 190), abs=0.05), (
        "summer crops are not late"
    )


def test_mild_winters_alone_are_those_of_the_first_checkpoints() -> None:
    region = draw_region(4, "paris_basin", winters=0.0)
    assert (region.hardship, region.spring, region.dormant) == (0.0, 0.0, 0.0)
    assert draw_region(4, "shandong").hardship == 0.0
