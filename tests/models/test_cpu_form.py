"""The form of the network for CPUs: the same numbers, whatever is missing and whatever part is left out."""

import dataclasses

import pytest
import torch

from crop_attention.models import cpu_form, cpu_spatial
from crop_attention.models.architectures import settings_of
from crop_attention.models.card import Card, CropClass, Season
from crop_attention.models.checkpoint import default_checkpoint, load
from crop_attention.models.points import centre_kernels
from crop_attention.models.registry import build

S2, S1, STEPS = ("B02", "B04", "B08"), ("VV", "VH"), 7
FIELDS = ("logits", "temporal", "channel", "spatial", "s1_share")
CARD = Card(
    name="test",
    title="Test",
    version="0",
    architecture="attention_3dcnn",
    config={"width": 8, "depth": 16, "heads": 2},
    classes=tuple(CropClass(code, f"Crop {code}", "#102030") for code in range(1, 6)),
    s2_bands=S2,
    s1_bands=S1,
    season=Season(10, 1, STEPS, 30),
    normalisation={**dict.fromkeys(S2, (0.3, 0.2)), **dict.fromkeys(S1, (-15.0, 4.0))},
)
NEW = dataclasses.replace(CARD, config={**CARD.config, **settings_of("attention_3dcnn")})
both_cards = pytest.mark.parametrize("card", [CARD, NEW], ids=["first", "new"])


def network_of(card):
    """An untrained network whose batch norms are as uneven as trained ones."""
    torch.manual_seed(5)
    network = build(card)
    for name, buffer in network.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(0, 0.3)
        elif name.endswith("running_var"):
            buffer.uniform_(0.3, 3.0)
    for parameter in network.parameters():
        if parameter.dim() == 1:
            torch.nn.init.uniform_(parameter, -0.5, 1.5)
    return network.eval()


def window(steps, bands, polarisations, height, width, seen=0.6, count=1):
    """Inputs as a cube gives them: zero where nothing was seen."""
    draw = torch.Generator().manual_seed(9)
    parts = []
    for number, mean, spread in ((bands, 0.3, 0.2), (polarisations, -15.0, 4.0)):
        valid = torch.rand(count, steps, height, width, generator=draw) < seen
        values = mean + spread * torch.randn(count, steps, number, height, width, generator=draw)
        parts += [values * valid[:, :, None], valid]
    return parts


def largest_difference(network, inputs, attention=True):
    with torch.inference_mode():
        plain = network(*inputs, attention=attention)
        fast = cpu_form.CpuForm(network)(*inputs, attention=attention)
    worst = 0.0
    for field in FIELDS:
        one, other = getattr(plain, field), getattr(fast, field)
        assert (one is None) == (other is None), field
        if one is not None:
            assert one.shape == other.shape, field
            scale = max(1.0, one.abs().max().item()) if field == "logits" else 1.0
            worst = max(worst, (one - other).abs().max().item() / scale)
    return worst


def test_the_bundled_checkpoint_gives_the_same_logits_and_attentions():
    network = load(default_checkpoint()).network
    inputs = window(24, 10, 2, 40, 50)
    assert largest_difference(network, inputs) < 1e-5
    with torch.inference_mode():
        logits = network(*inputs).logits
    assert logits.abs().max() > 1 and logits.std() > 0.1


@both_cards
@pytest.mark.parametrize(
    "part", [None, "channel_attention", "temporal_attention", "spatial_attention", "residual"], ids=str
)
def test_each_part_may_be_left_out(part, card):
    config = {**card.config, **({part: False} if part else {})}
    network = network_of(dataclasses.replace(card, config=config))
    assert largest_difference(network, window(STEPS, 3, 2, 30, 22)) < 1e-5


@pytest.mark.parametrize("absent", ["s2", "s1"])
@pytest.mark.parametrize("of_card", [True, False])
@both_cards
def test_a_sensor_may_be_absent(absent, of_card, card):
    card = dataclasses.replace(card, **{f"{absent}_bands": ()}) if of_card else card
    inputs = window(STEPS, 3, 2, 24, 25)
    first = 0 if absent == "s2" else 2
    inputs[first] = inputs[first + 1] = None
    assert largest_difference(network_of(card), inputs) < 1e-5


@both_cards
@pytest.mark.parametrize("blind", [(0,), (STEPS - 1,), (2, 3), (0, 2, 4, 6), tuple(range(STEPS))])
def test_steps_without_any_look(blind, card):
    inputs = window(STEPS, 3, 2, 24, 24)
    inputs[1][:, list(blind)] = False
    inputs[0] = inputs[0] * inputs[1][:, :, None]
    assert largest_difference(network_of(card), inputs) < 1e-5


@both_cards
def test_pixels_that_nobody_saw_and_several_windows_at_once(card):
    inputs = window(STEPS, 3, 2, 30, 30, count=2)
    for mask, values in ((inputs[1], inputs[0]), (inputs[3], inputs[2])):
        mask[..., 10:24, 8:20] = False
        values *= mask[:, :, None]
    assert largest_difference(network_of(card), inputs) < 1e-5


@both_cards
def test_values_that_are_not_valid_count_for_nothing(card):
    network, inputs = network_of(card), window(STEPS, 3, 2, 24, 24)
    for values, valid in ((inputs[0], inputs[1]), (inputs[2], inputs[3])):
        values[(~valid)[:, :, None].expand_as(values)] = 7.0
    assert largest_difference(network, inputs) < 1e-5


@both_cards
def test_the_size_of_a_strip_changes_nothing(monkeypatch, card):
    network, inputs = network_of(card), window(STEPS, 3, 2, 37, 26)
    for size in (1, 100, 10**6):
        monkeypatch.setattr(cpu_form, "STRIP", size)
        monkeypatch.setattr(cpu_spatial, "STRIP", size)
        assert largest_difference(network, inputs) < 1e-5, size


def test_the_network_itself_is_left_as_it_is():
    network, inputs = network_of(CARD), window(STEPS, 3, 2, 24, 24)
    with torch.inference_mode():
        before = network(*inputs).logits
        cpu_form.fast_on_cpu(network)(*inputs)
        assert torch.equal(network(*inputs).logits, before)


def test_other_networks_run_as_they_are():
    network = build(dataclasses.replace(CARD, architecture="utae", config={})).eval()
    assert not isinstance(cpu_form.fast_on_cpu(network), cpu_form.CpuForm)


@both_cards
def test_attention_is_made_only_when_asked_for(card):
    assert largest_difference(network_of(card), window(STEPS, 3, 2, 24, 24), attention=False) < 1e-5


def test_the_kernels_of_the_bundled_checkpoint_are_cut_to_their_middle():
    form = cpu_form.CpuForm(load(default_checkpoint()).network)
    # All but the spatial attention, which looks two pixels far.
    assert form.margin == 3 and form.spare == 1


def test_a_network_that_looks_around_keeps_its_kernels():
    assert cpu_form.CpuForm(network_of(CARD)).spare == 0


@pytest.mark.parametrize("absent", [None, "s2", "s1"])
@pytest.mark.parametrize("residual", [True, False])
def test_kernels_that_are_zero_off_their_middle_give_the_same_numbers(absent, residual):
    network = network_of(dataclasses.replace(CARD, config={**CARD.config, "residual": residual}))
    centre_kernels(network)
    inputs = window(STEPS, 3, 2, 33, 24, count=2)
    inputs[1][..., 5:20, 4:15] = False
    inputs[0] = inputs[0] * inputs[1][:, :, None]
    if absent is not None:
        first = 0 if absent == "s2" else 2
        inputs[first] = inputs[first + 1] = None
    assert cpu_form.CpuForm(network).spare == 5
    assert largest_difference(network, inputs) < 1e-5


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
    assert cpu_form.CpuForm(network).spare == spare
    assert largest_difference(network, window(STEPS, 3, 2, 29, 24)) < 1e-5
