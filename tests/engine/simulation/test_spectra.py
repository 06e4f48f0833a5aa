"""Reflectance of canopies and surfaces."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from crop_attention.engine.simulation import optical, spectra
from crop_attention.engine.simulation.spectra import BANDS, DIRECTIONS, NAMES, NIR, RED, SPECTRA, TRAITS, spectrum
from crop_attention.tools import spectra_table

CANOPIES = [*spectra_table.MEDIANS, *spectra_table.RELATIVES]
TABLE = Path(spectra.__file__).with_name("canopy_spectra.csv")


def shipped() -> dict[tuple[str, str], np.ndarray]:
    with open(TABLE, newline="") as lines:
        return {
            (row["canopy"], row["quantity"]): np.array([float(row[b]) for b in BANDS]) for row in csv.DictReader(lines)
        }


def test_the_table_holds_reflectance_and_each_trait_of_each_canopy() -> None:
    assert set(shipped()) == {(name, quantity) for name in CANOPIES for quantity in ("reflectance", *TRAITS)}
    assert spectra_table.LEAF == TRAITS and tuple(spectra_table.BANDS) == BANDS
    assert SPECTRA.shape == (len(NAMES), 10) and DIRECTIONS.shape == (len(NAMES), len(TRAITS), 10)


def test_canopies_with_points_reflect_their_medians() -> None:
    for name, median in spectra_table.MEDIANS.items():
        assert shipped()[name, "reflectance"] == pytest.approx(np.array(median) / 1000.0)


@pytest.mark.parametrize("name", CANOPIES)
def test_a_closed_canopy_looks_like_leaves(name: str) -> None:
    values = SPECTRA[spectrum(name)]
    assert 0.0 < values.min() and values.max() < 0.65
    assert (values[NIR] - values[RED]) / (values[NIR] + values[RED]) > 0.6
    assert values[BANDS.index("B03")] > values[RED] and values[NIR] > values[BANDS.index("B11")]
    assert values[BANDS.index("B11")] > values[BANDS.index("B12")]


@pytest.mark.parametrize("name", CANOPIES)
def test_traits_act_where_physics_has_them_act(name: str) -> None:
    change = dict(zip(TRAITS, DIRECTIONS[spectrum(name)]))
    assert change["chlorophyll"][BANDS.index("B03")] < -0.2 and abs(change["chlorophyll"][NIR]) < 0.01
    assert change["water"][BANDS.index("B11")] < -0.2 and abs(change["water"][RED]) < 0.01
    assert change["matter"][NIR] < 0.0
    assert change["area"][NIR] > 0.1 and change["area"][RED] < 0.0


def test_nothing_but_canopies_changes_with_traits() -> None:
    for name in ("soil", "straw", "water", "plastic", "cloud"):
        assert not DIRECTIONS[spectrum(name)].any()


def test_plastic_is_brighter_than_leaves_in_the_visible_and_flat() -> None:
    plastic = SPECTRA[spectrum("plastic")]
    assert plastic[: RED + 1].min() > 0.2
    assert (plastic[NIR] - plastic[RED]) / (plastic[NIR] + plastic[RED]) < 0.2


def test_fields_differ_along_the_directions_and_not_by_band() -> None:
    traits = np.zeros((3, len(TRAITS)), dtype=np.float32)
    traits[1, TRAITS.index("chlorophyll")], traits[2, TRAITS.index("water")] = 0.3, 0.3
    plain, greener, wetter = optical._leaves(np.full(3, spectrum("maize")), traits)
    assert plain == pytest.approx(SPECTRA[spectrum("maize")])
    assert greener[BANDS.index("B05")] < 0.9 * plain[BANDS.index("B05")] and greener[NIR] == pytest.approx(plain[NIR])
    assert wetter[BANDS.index("B12")] < 0.9 * plain[BANDS.index("B12")] and wetter[RED] == pytest.approx(plain[RED])


def test_a_band_is_the_mean_over_its_width() -> None:
    waves = np.arange(400.0, 2501.0)
    assert spectra_table.bands(waves) == pytest.approx([centre for centre, _ in spectra_table.BANDS.values()], abs=0.6)
    step = np.where(waves < 832.8, 0.2, 0.4)
    assert spectra_table.bands(step)[NIR] == pytest.approx(0.3, abs=0.005)


def test_the_table_is_what_the_recipe_gives() -> None:
    pytest.importorskip("prosail")
    table = shipped()
    for name in ("maize", "conifer"):
        leaf = spectra_table.fitted(np.array(spectra_table.MEDIANS[name]) / 1000.0)
        for trait, change in zip(TRAITS, spectra_table.directions(leaf)):
            assert change == pytest.approx(table[name, trait], abs=0.02), (name, trait)
    relative, leaf = spectra_table.RELATIVES["peanut"]
    median = np.array(spectra_table.MEDIANS[relative]) / 1000.0
    corrected = spectra_table.canopy(np.array(leaf)) * median / spectra_table.canopy(spectra_table.fitted(median))
    assert corrected == pytest.approx(table["peanut", "reflectance"], rel=0.02)
