"""The plan of the comparison: what comes first, and what makes a line of results belong to another budget."""

from dataclasses import replace

import pytest

from crop_attention.benchmarks.paper.plan import FULL, LEAK, PASTIS, QUICK, SIMULATED, SITES, VARIANTS, cells
from crop_attention.benchmarks.paper.record import WHOLE, Key
from crop_attention.benchmarks.paper.systems import NETWORKS, OURS, PLAIN, SYSTEMS
from crop_attention.models.architectures import ARCHITECTURES


def test_the_networks_compared_are_of_the_registry_and_beside_plain_learners():
    assert len(NETWORKS) == 8 and set(NETWORKS) <= set(ARCHITECTURES) and set(SYSTEMS) == {*NETWORKS, *PLAIN}
    assert SYSTEMS["convstar"].title == "3D-ConvSTAR" and not SYSTEMS["random_forest"].network


def test_all_systems_come_before_the_changes_of_ours_and_a_seed_before_the_next():
    keys = list(cells(FULL, ("pastis_like", "yishui_like", "french_points")))
    assert len(keys) == len(set(keys)) == 3 * (11 * (2 + 5) + 7 * 2)
    assert [key.system for key in keys[:11]] == list(SYSTEMS) and {key.site for key in keys[:11]} == {"pastis_like"}
    first_variant = next(number for number, key in enumerate(keys) if key.variant)
    assert first_variant == 11 * 7 and all(key.seed == 0 for key in keys[: 11 * 7 + 14])
    assert {key.system for key in keys if key.variant} == {OURS}
    assert {key.fold for key in keys if key.site == "french_points"} == set(range(5))


def test_some_systems_sites_and_seeds_can_be_asked_for():
    keys = list(cells(FULL, ("yishui_like",), ["utae"], [7]))
    assert keys == [Key("yishui_like", "utae", "", 7, 0)]
    assert list(cells(QUICK, ("pastis_r",), ["unetpp"])) == [Key("pastis_r", "unetpp", "", 0, 0)]


def test_the_fingerprint_is_that_of_all_but_the_seeds():
    found = FULL.fingerprint()
    assert replace(FULL, seeds=(9,)).fingerprint() == found != QUICK.fingerprint()
    assert replace(FULL, simulated=replace(FULL.simulated, patches=5)).fingerprint() != found


@pytest.mark.parametrize("budget", [FULL, QUICK])
def test_what_a_cell_is_judged_under(budget):
    assert WHOLE in budget.conditions and "hidden 60" in budget.conditions
    assert budget.judged_under(Key("pastis_like", OURS, LEAK)) == (WHOLE,)
    assert budget.judged_under(Key("pastis_like", OURS, "Sentinel-2 alone")) == budget.few_conditions
    assert budget.judged_under(Key("yishui_like", "utae")) == budget.conditions
    assert set(SIMULATED) | set(PASTIS) < set(SITES) and LEAK in VARIANTS
