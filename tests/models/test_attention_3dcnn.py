"""The network: shapes, receptive field, missing data, attentions, gradients."""

from dataclasses import replace

import pytest
import torch

from crop_attention.models.architectures import settings_of
from crop_attention.models.card import Card, CheckpointError, CropClass, Season
from crop_attention.models.networks.attention import SimilarityAttention, SpatialAttention
from crop_attention.models.networks.blocks import SpatialResidual, TemporalResidual, ready_for_inference
from crop_attention.models.registry import build

S2 = ("B02", "B03", "B04", "B08")
S1 = ("VV", "VH")

FIRST, NEW = {}, settings_of("attention_3dcnn")
both_settings = pytest.mark.parametrize("settings", [FIRST, NEW], ids=["first", "new"])


def make_card(steps=6, s2=S2, s1=S1, **config):
    return Card(
        name="test",
        title="Test",
        version="0",
        architecture="attention_3dcnn",
        config={"width": 8, "depth": 16, "heads": 2, **config},
        classes=tuple(CropClass(code, f"class {code}", "#102030") for code in range(1, 6)),
        s2_bands=s2,
        s1_bands=s1,
        season=Season(10, 1, steps, 30),
        normalisation={**dict.fromkeys(s2, (0.2, 0.1)), **dict.fromkeys(s1, (-15.0, 4.0))},
    )


def make_network(seed=0, **settings):
    torch.manual_seed(seed)
    network = build(make_card(**settings))
    # Statistics that differ from their start, so that a forgotten batch norm would show.
    for module in network.modules():
        if hasattr(module, "running_mean"):
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
    return network.eval()


def make_inputs(size, steps=6, seed=1, s2=len(S2), s1=len(S1), n=1):
    random = torch.Generator().manual_seed(seed)
    return (
        torch.rand(n, steps, s2, size, size, generator=random),
        torch.rand(n, steps, size, size, generator=random) > 0.4,
        -15 + 4 * torch.randn(n, steps, s1, size, size, generator=random),
        torch.rand(n, steps, size, size, generator=random) > 0.2,
    )


@both_settings
@pytest.mark.parametrize("size", [15, 20, 33])
@pytest.mark.parametrize("steps", [3, 6, 13])
def test_output_is_the_input_less_the_margin(size, steps, settings):
    network = make_network(**settings, steps=steps)
    with torch.inference_mode():
        output = network(*make_inputs(size, steps), attention=True)
    side = size - 2 * network.margin
    assert output.logits.shape == (1, 5, side, side)
    assert output.temporal.shape == (1, steps, side, side)
    assert output.channel.shape == (1, 6, side, side)
    assert output.spatial.shape == output.s1_share.shape == (1, 1, side, side)


@both_settings
def test_a_pixel_sees_its_receptive_field_and_nothing_else(settings):
    network = make_network(**settings)
    inputs = make_inputs(31)
    r = network.margin
    with torch.inference_mode():
        whole = network(*inputs, attention=True)
        for row, col in ((0, 0), (5, 9), (16, 16)):
            alone = [x[..., row : row + 2 * r + 1, col : col + 2 * r + 1] for x in inputs]
            single = network(*alone, attention=True)
            for name in ("logits", "temporal", "channel", "spatial", "s1_share"):
                here = getattr(whole, name)[..., row : row + 1, col : col + 1]
                torch.testing.assert_close(getattr(single, name), here, atol=1e-5, rtol=0)


@both_settings
def test_a_pixel_does_see_the_edge_of_its_receptive_field(settings):
    network = make_network(**settings)
    inputs = list(make_inputs(2 * network.margin + 1))
    inputs[1][:] = inputs[3][:] = True
    with torch.inference_mode():
        before = network(*inputs).logits
        inputs[0] = inputs[0].clone()
        inputs[0][..., 0, network.margin] += 1
        assert not torch.equal(before, network(*inputs).logits)


@both_settings
def test_folded_network_gives_the_same_logits(settings):
    inputs = make_inputs(20)
    with torch.inference_mode():
        plain = make_network(**settings)(*inputs).logits
        fast = ready_for_inference(make_network(**settings))(*inputs).logits
    torch.testing.assert_close(fast, plain, atol=2e-5, rtol=0)


@both_settings
def test_values_under_the_mask_do_not_matter(settings):
    network = make_network(**settings)
    s2, s2_valid, s1, s1_valid = make_inputs(17)
    spoiled = torch.where(s2_valid[:, :, None], s2, torch.nan)
    spoiled_s1 = torch.where(s1_valid[:, :, None], s1, torch.tensor(1e9))
    with torch.inference_mode():
        clean = network(s2, s2_valid, s1, s1_valid, attention=True)
        dirty = network(spoiled, s2_valid, spoiled_s1, s1_valid, attention=True)
    for a, b in zip(clean[:5], dirty[:5]):
        assert torch.equal(a, b)


@both_settings
@pytest.mark.parametrize("absent", ["S2", "S1"])
def test_an_absent_sensor_is_a_sensor_that_never_looked(absent, settings):
    network = make_network(**settings)
    s2, s2_valid, s1, s1_valid = make_inputs(17)
    if absent == "S2":
        left_out, unseen = (None, None, s1, s1_valid), (s2, torch.zeros_like(s2_valid), s1, s1_valid)
    else:
        left_out, unseen = (s2, s2_valid, None, None), (s2, s2_valid, s1, torch.zeros_like(s1_valid))
    with torch.inference_mode():
        one, other = network(*left_out, attention=True), network(*unseen, attention=True)
    for a, b in zip(one[:5], other[:5]):
        torch.testing.assert_close(a, b, atol=1e-6, rtol=0)
    share = one.s1_share[torch.nonzero(one.temporal.sum(1, keepdim=True) > 0.5, as_tuple=True)]
    torch.testing.assert_close(share, torch.full_like(share, 1.0 if absent == "S2" else 0.0))


@both_settings
def test_attentions_are_shares_and_zero_where_nothing_was_seen(settings):
    network = make_network(**settings)
    s2, s2_valid, s1, s1_valid = make_inputs(19)
    s2_valid[:, 2] = s1_valid[:, 2] = False
    s2_valid[..., :4] = s1_valid[..., :4] = False
    with torch.inference_mode():
        output = network(s2, s2_valid, s1, s1_valid, attention=True)
    r = network.margin
    seen = (s2_valid | s1_valid)[..., r:-r, r:-r]
    for name in ("temporal", "channel", "spatial", "s1_share"):
        values = getattr(output, name)
        assert values.min() >= 0 and values.max() <= 1 + 1e-6, name
    assert output.temporal[:, 2].abs().max() == 0
    assert output.temporal[~seen].abs().max() == 0
    total = output.temporal.sum(1)
    torch.testing.assert_close(total, seen.any(1).float(), atol=1e-5, rtol=0)
    ever = torch.cat((s2_valid.any(1, keepdim=True), s1_valid.any(1, keepdim=True)), 1)[..., r:-r, r:-r]
    torch.testing.assert_close(output.channel.sum(1), ever.any(1).float(), atol=1e-5, rtol=0)


@both_settings
def test_pixels_without_any_observation_get_no_attention(settings):
    network = make_network(**settings)
    s2, s2_valid, s1, s1_valid = make_inputs(17)
    with torch.inference_mode():
        output = network(s2, torch.zeros_like(s2_valid), s1, torch.zeros_like(s1_valid), attention=True)
    assert output.logits.isfinite().all()
    assert output.temporal.abs().sum() == output.channel.abs().sum() == output.spatial.abs().sum() == 0


PARTS = ("channel_attention", "temporal_attention", "spatial_attention", "residual")


@pytest.mark.parametrize("off", [*PARTS, "s2", "s1"])
def test_each_part_can_be_left_out(off):
    settings = {off: ()} if off in ("s2", "s1") else {off: False}
    network = make_network(**settings)
    s2, s2_valid, s1, s1_valid = make_inputs(19)
    with torch.inference_mode():
        output = network(s2, s2_valid, s1, s1_valid, attention=True)
    assert output.logits.isfinite().all() and output.logits.std() > 0
    seen = (s1_valid if off == "s2" else s2_valid if off == "s1" else s2_valid | s1_valid)[..., 2:-2, 2:-2]
    assert output.temporal.shape[1] == seen.shape[1]
    assert output.channel.shape[1] == {"s2": 2, "s1": 4}.get(off, 6)
    if off == "temporal_attention":
        steps = output.temporal[0, :, 0, 0]
        assert torch.unique(steps[steps > 0]).numel() == 1


@both_settings
def test_parts_change_the_result(settings):
    inputs = make_inputs(19)
    with torch.inference_mode():
        full = make_network(**settings)(*inputs).logits.mean()
        for part in PARTS:
            assert make_network(**settings, **{part: False})(*inputs).logits.mean() != full, part


@both_settings
def test_gradients_reach_every_weight(settings):
    network = make_network(**settings).train()
    output = network(*make_inputs(19, n=2))
    (output.logits.square().sum() + output.s2_logits.square().sum() + output.s1_logits.square().sum()).backward()
    without = [name for name, weight in network.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert without == []


def test_a_poor_optical_series_turns_the_share_towards_radar():
    network = make_network()
    s2, s2_valid, s1, s1_valid = make_inputs(17)
    s1_valid[:] = True
    few = s2_valid.clone()
    few[:, 1:] = False
    with torch.inference_mode():
        rich = network(s2, torch.ones_like(s2_valid), s1, s1_valid, attention=True).s1_share.mean()
        poor = network(s2, few, s1, s1_valid, attention=True).s1_share.mean()
    assert poor > rich


def test_spatial_attention_by_similarity_averages_a_field_up_to_its_edge():
    torch.manual_seed(4)
    attention = SimilarityAttention(6).eval()
    ground = torch.zeros(1, 6, 12, 12)
    ground[:, 0], ground[:, 1, :, 6:], ground[:, 0, :, 6:] = 1.0, 1.0, 0.0
    with torch.inference_mode():
        attention.key.weight.copy_(torch.eye(16, 6)[..., None, None])
        mixed, own = attention(ground, torch.ones(1, 1, 12, 12))
        plain = attention.mix(ground)[..., 2:-2, 2:-2]
    # Eight columns are left, the edge in their midst: next to it 3 of the 5 columns that a pixel sees are its own.
    torch.testing.assert_close(mixed, plain, atol=1e-5, rtol=0)
    expected = 1 / torch.tensor([25, 25, 20, 15, 15, 20, 25, 25])
    torch.testing.assert_close(own[0, 0], expected.expand(8, 8), atol=1e-6, rtol=0)


def test_spatial_attention_by_similarity_leaves_out_what_was_not_seen():
    torch.manual_seed(4)
    attention = SimilarityAttention(6).eval()
    ground, seen = torch.ones(1, 6, 7, 7), torch.ones(1, 1, 7, 7)
    ground[..., 2, 3], seen[..., 2, 3] = 50.0, 0.0
    with torch.inference_mode():
        mixed, own = attention(ground, seen)
        plain = attention.mix(torch.ones_like(ground))[..., 2:-2, 2:-2]
    torch.testing.assert_close(mixed, plain, atol=1e-5, rtol=0)
    assert own[0, 0, 0, 1] == 0 and own[0, 0, 1, 1] == pytest.approx(1 / 25)


@pytest.mark.parametrize("kind", [SpatialAttention, SimilarityAttention])
def test_the_edge_of_the_rasters_leaves_no_frame_in_the_spatial_attention(kind):
    torch.manual_seed(4)
    ground, seen = torch.rand(1, 6, 1, 1).expand(1, 6, 12, 12), torch.zeros(1, 1, 12, 12)
    seen[..., 4:, 3:] = 1
    with torch.inference_mode():
        _, own = kind(6).eval()(ground, seen)
    inside = seen[..., 2:-2, 2:-2] > 0
    torch.testing.assert_close(own[inside], torch.full_like(own[inside], 1 / 25), atol=1e-6, rtol=0)
    assert (own[~inside] == 0).all()


def test_residual_blocks_begin_as_their_shortcuts_in_a_new_network():
    positive = torch.rand(2, 8, 6, 5, 5)
    for settings, same in ((FIRST, False), (NEW, True)):
        torch.manual_seed(0)
        blocks = [m for m in build(make_card(**settings)).modules() if isinstance(m, TemporalResidual)]
        assert len(blocks) == 1 and torch.equal(blocks[0].eval()(positive), positive) is same
        (first, _) = [m for m in build(make_card(**settings)).modules() if isinstance(m, SpatialResidual)]
        assert bool(first.second.norm.weight.any()) is not same
    without = build(make_card(**{**NEW, "residual": False}))
    assert all(module.weight.all() for module in without.modules() if hasattr(module, "running_mean"))


def test_a_kernel_needs_a_middle():
    with pytest.raises(CheckpointError, match="centre pixel"):
        build(make_card(kernel=2))


def test_heads_must_divide_the_width():
    with pytest.raises(CheckpointError, match="heads"):
        build(replace(make_card(), config={"width": 8, "heads": 3}))
