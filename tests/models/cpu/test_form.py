"""The form of the network in NumPy: the same numbers, whatever is missing and whatever part is left out."""

import dataclasses

import numpy as np
import pytest
import torch

from crop_attention.models.checkpoint import bundled, load
from crop_attention.models.cpu import form as forms
from crop_attention.models.cpu import products, settings
from crop_attention.models.registry import numpy_form
from crop_attention.tools.checkpoints.judging import centre_kernels
from uneven_networks import CARD, NEW, S1, S2, STEPS, form_of, network_of, window

FIELDS = ("logits", "temporal", "channel", "spatial", "s1_share")
both_cards = pytest.mark.parametrize("card", [CARD, NEW], ids=["first", "new"])


def largest_difference(network, card, inputs, attention=True):
    with torch.inference_mode():
        plain = network(*inputs, attention=attention)
    form, worst = form_of(network, card), 0.0
    for number in range(len(plain.logits)):
        fast = form(*(None if part is None else part[number].numpy() for part in inputs), attention=attention)
        for field in FIELDS:
            one, other = getattr(plain, field), getattr(fast, field)
            assert (one is None) == (other is None), field
            if one is not None:
                one = one[number].numpy()
                assert one.shape == other.shape and other.dtype == np.float32, field
                scale = max(1.0, np.abs(one).max()) if field == "logits" else 1.0
                worst = max(worst, float(np.abs(one - other).max() / scale))
    return worst


@pytest.mark.parametrize("path", bundled(), ids=lambda path: path.stem)
def test_a_bundled_checkpoint_gives_the_same_logits_and_attentions(path):
    checkpoint = load(path)
    network, card = checkpoint.network, checkpoint.card
    inputs = window(card.season.steps, len(card.s2_bands), len(card.s1_bands), 40, 50)
    assert largest_difference(network, card, inputs) < 1e-5
    with torch.inference_mode():
        logits = network(*inputs).logits
    assert logits.abs().max() > 1 and logits.std() > 0.1


@both_cards
@pytest.mark.parametrize(
    "part", [None, "channel_attention", "temporal_attention", "spatial_attention", "residual"], ids=str
)
def test_each_part_may_be_left_out(part, card):
    card = dataclasses.replace(card, config={**card.config, **({part: False} if part else {})})
    assert largest_difference(network_of(card), card, window(STEPS, 3, 2, 30, 22)) < 1e-5


@pytest.mark.parametrize("absent", ["s2", "s1"])
@pytest.mark.parametrize("of_card", [True, False])
@both_cards
def test_a_sensor_may_be_absent(absent, of_card, card):
    card = dataclasses.replace(card, **{f"{absent}_bands": ()}) if of_card else card
    inputs = window(STEPS, 3, 2, 24, 25)
    first = 0 if absent == "s2" else 2
    inputs[first] = inputs[first + 1] = None
    assert largest_difference(network_of(card), card, inputs) < 1e-5


@both_cards
@pytest.mark.parametrize("blind", [(0,), (STEPS - 1,), (2, 3), (0, 2, 4, 6), tuple(range(STEPS))])
def test_steps_without_any_observation(blind, card):
    inputs = window(STEPS, 3, 2, 24, 24)
    inputs[1][:, list(blind)] = False
    inputs[0] = inputs[0] * inputs[1][:, :, None]
    assert largest_difference(network_of(card), card, inputs) < 1e-5


@both_cards
def test_pixels_that_nobody_saw_and_several_windows_at_once(card):
    inputs = window(STEPS, 3, 2, 30, 30, count=2)
    for mask, values in ((inputs[1], inputs[0]), (inputs[3], inputs[2])):
        mask[..., 10:24, 8:20] = False
        values *= mask[:, :, None]
    assert largest_difference(network_of(card), card, inputs) < 1e-5


@both_cards
@pytest.mark.parametrize("hidden", [7.0, float("nan"), float("inf")])
def test_values_that_are_not_valid_count_for_nothing(card, hidden):
    network, inputs = network_of(card), window(STEPS, 3, 2, 24, 24)
    for values, valid in ((inputs[0], inputs[1]), (inputs[2], inputs[3])):
        values[(~valid)[:, :, None].expand_as(values)] = hidden
    assert largest_difference(network, card, inputs) < 1e-5


@both_cards
def test_the_size_of_a_strip_changes_nothing(monkeypatch, card):
    network, inputs = network_of(card), window(STEPS, 3, 2, 37, 26)
    for size in (1, 100, 10**6):
        monkeypatch.setattr(forms, "STRIP", size)
        assert largest_difference(network, card, inputs) < 1e-5, size


def test_the_network_itself_is_left_as_it_is():
    network, inputs = network_of(CARD), window(STEPS, 3, 2, 24, 24)
    with torch.inference_mode():
        before = network(*inputs).logits
        form_of(network, CARD)(*(part[0].numpy() for part in inputs))
        assert torch.equal(network(*inputs).logits, before)


@both_cards
def test_attention_is_made_only_when_asked_for(card):
    assert largest_difference(network_of(card), card, window(STEPS, 3, 2, 24, 24), attention=False) < 1e-5


def test_the_kernels_of_the_bundled_checkpoint_are_cut_to_their_middle():
    checkpoint = load(bundled()[0])
    form = numpy_form(checkpoint.card, checkpoint.arrays)
    # All but the spatial attention, which looks two pixels far.
    assert form.margin == 3 and form.spare == 1


def test_a_network_that_looks_around_keeps_its_kernels():
    assert form_of(network_of(CARD), CARD).spare == 0


@pytest.mark.parametrize("absent", [None, "s2", "s1"])
@pytest.mark.parametrize("residual", [True, False])
def test_kernels_that_are_zero_off_their_middle_give_the_same_numbers(absent, residual):
    card = dataclasses.replace(CARD, config={**CARD.config, "residual": residual})
    network = network_of(card)
    centre_kernels(network)
    inputs = window(STEPS, 3, 2, 33, 24, count=2)
    inputs[1][..., 5:20, 4:15] = False
    inputs[0] = inputs[0] * inputs[1][:, :, None]
    if absent is not None:
        first = 0 if absent == "s2" else 2
        inputs[first] = inputs[first + 1] = None
    assert form_of(network, card).spare == 5
    assert largest_difference(network, card, inputs) < 1e-5


@pytest.mark.parametrize(
    "kept, spare", [("optical.0", 4), ("radar.1.spatial", 4), ("body.0.second", 4), ("body.", 1)], ids=str
)
def test_some_kernels_may_look_around_and_others_not(kept, spare):
    network = network_of(CARD)
    whole = {name: weight.clone() for name, weight in network.named_parameters() if name.startswith(kept)}
    centre_kernels(network)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if name in whole:
                weight.copy_(whole[name])
    assert form_of(network, CARD).spare == spare
    assert largest_difference(network, CARD, window(STEPS, 3, 2, 29, 24)) < 1e-5


@pytest.mark.parametrize("seed", range(60))
def test_networks_of_chance_give_the_same_numbers(seed):
    draw = np.random.default_rng(seed)
    heads = int(draw.choice([1, 2, 4]))
    names = ("channel_attention", "temporal_attention", "spatial_attention", "residual", "similarity")
    config = {name: bool(draw.random() < 0.7) for name in names}
    config.update(width=int(heads * draw.integers(1, 5)), heads=heads, depth=int(draw.integers(3, 20)))
    config.update(blocks=int(draw.integers(0, 3)), kernel=int(draw.choice([1, 3, 5])))
    there = int(draw.integers(0, 3))
    steps = int(draw.integers(2, 10))
    card = dataclasses.replace(
        CARD,
        config=config,
        s2_bands=() if there == 1 else S2[: int(draw.integers(1, 4))],
        s1_bands=() if there == 2 else S1[: int(draw.integers(1, 3))],
        season=dataclasses.replace(CARD.season, steps=steps),
    )
    network = network_of(card)
    side = 2 * network.margin + int(draw.integers(1, 20))
    inputs = window(steps, len(card.s2_bands), len(card.s1_bands), side, side + 3, seen=draw.uniform(0.05, 1))
    for index in (0, 2):
        if not inputs[index].shape[2]:
            inputs[index] = inputs[index + 1] = None
    assert {name: (tuple(v.shape), str(v.dtype)[6:]) for name, v in network.state_dict().items()} == settings.expected(
        card
    )
    assert largest_difference(network, card, inputs) < 1e-4


@pytest.mark.parametrize("way", ["numpy", "handle", "loops"])
@both_cards
def test_every_way_to_multiply_gives_the_same_numbers(way, card, monkeypatch):
    sgemm = products.blas.sgemm_of_numpy()
    if way == "handle" and sgemm is None:
        pytest.skip("this NumPy has no BLAS that is found")
    made = {
        "numpy": lambda: products.Ways("NumPy", products._by_numpy),
        "handle": lambda: products.by_handle(sgemm),
        "loops": lambda: products.Ways("NumPy without BLAS", products._by_loops),
    }[way]()
    monkeypatch.setattr(products, "ways", lambda: made)
    assert largest_difference(network_of(card), card, window(STEPS, 3, 2, 30, 26)) < 1e-5


def test_the_ways_to_multiply_are_timed_as_they_will_run_and_blas_gets_its_threads_back(monkeypatch):
    threads, seen = [4], []
    library = products.blas.Library("blas", None, lambda: threads[0], lambda count: threads.__setitem__(0, count))
    monkeypatch.setattr(products.blas, "libraries", lambda: (library,))
    monkeypatch.setattr(products, "_seconds", lambda way: seen.append((way.__name__, threads[0])) or 1.0)
    assert products.ways.__wrapped__().name == "NumPy"
    assert seen == [("_by_loops", 1), ("_by_numpy", 1)] and threads == [4]


def test_several_threads_may_use_one_form():
    from concurrent.futures import ThreadPoolExecutor

    form = form_of(network_of(NEW), NEW)
    parts = [[part[number].numpy() for part in window(STEPS, 3, 2, 24, 24, count=6)] for number in range(6)]
    alone = [form(*part).logits for part in parts]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda part: form(*part).logits, parts * 4))
    assert all(np.array_equal(together[number], alone[number % 6]) for number in range(24))
