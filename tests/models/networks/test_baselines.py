"""The compared networks: one contract, masks that hold, and counts of weights as published."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from crop_attention.models import checkpoint as checkpoints
from crop_attention.models.architectures import ARCHITECTURES, attentions_of, title_of
from crop_attention.models.networks.layers import Conv2d, Up2d, Up3d
from crop_attention.models.networks.points import on_points
from crop_attention.models.networks.tgfnet import gabor_filters
from crop_attention.models.networks.utae import dates
from crop_attention.models.output import NetworkOutput
from crop_attention.models.registry import NETWORKS, build
from small_networks import CLASSES, S1, S2, SMALL, STEPS, one_thread, small_card, window  # noqa: F401

pytestmark = pytest.mark.usefixtures("one_thread")

NAMES = sorted(set(SMALL) - {"attention_3dcnn"})
ALL_BANDS = tuple("B02 B03 B04 B05 B06 B07 B08 B8A B11 B12".split())


def network_of(name, **changes):
    torch.manual_seed(2)
    return build(small_card(name, **changes)).eval()


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def weights(network):
    return sum(parameter.numel() for parameter in network.parameters())


def published(name, bands, classes, steps=24):
    """A network as published: full size, one sensor, no mask channels."""
    card = small_card(name, s2=bands, s1=(), classes=classes, steps=steps)
    return NETWORKS[name](card, masks=False)


def test_names_are_the_same_with_and_without_torch():
    assert sorted(ARCHITECTURES) == sorted([*SMALL, "linear"])
    assert title_of("utae") == "U-TAE" and title_of("other") == "other" and attentions_of("other") == ()


@pytest.mark.parametrize("side", [16 + 2 * 8, 21])
def test_every_network_keeps_the_contract(name, side):
    network = network_of(name)
    with torch.inference_mode():
        output = network(*window(side), attention=True)
        plain = network(*window(side))
    inner = side - 2 * network.margin
    assert output.logits.shape == (2, CLASSES, inner, inner) and output.logits.isfinite().all()
    assert torch.equal(output.logits, plain.logits)
    shapes = {"temporal": STEPS, "channel": len(S2) + len(S1), "spatial": 1, "s1_share": 1}
    for field in NetworkOutput._fields[1:]:
        part = getattr(output, field)
        if field in attentions_of(name):
            assert part.shape == (2, shapes[field], inner, inner) and part.min() >= 0 and part.max() <= 1 + 1e-5
        else:
            assert part is None
        assert getattr(plain, field) is None


def test_blocks_of_the_map_fit_the_stride(name):
    network = build(small_card(name)) if name != "unetpp" else NETWORKS[name](small_card(name))
    assert (64 + 2 * network.margin) % network.stride == 0


def test_what_a_mask_hides_changes_nothing(name):
    network = network_of(name)
    s2, s2_valid, s1, s1_valid = window(24)
    other2 = torch.where(s2_valid[:, :, None], s2, torch.tensor(float("nan")))
    other1 = torch.where(s1_valid[:, :, None], s1, torch.tensor(1e9))
    with torch.inference_mode():
        one, other = network(s2, s2_valid, s1, s1_valid), network(other2, s2_valid, other1, s1_valid)
        seen = network(s2 + 0.1, s2_valid, s1, s1_valid)
    assert torch.equal(one.logits, other.logits)
    assert (seen.logits - one.logits).abs().max() > 1e-4


def test_either_sensor_may_be_absent(name):
    network = network_of(name)
    s2, s2_valid, s1, s1_valid = window(24)
    hidden = torch.zeros_like(s2_valid)
    with torch.inference_mode():
        without1 = network(s2, s2_valid, None, None, attention=True)
        without2 = network(None, None, s1, s1_valid, attention=True)
        assert torch.allclose(without1.logits, network(s2, s2_valid, s1, hidden).logits, atol=1e-5)
        assert torch.allclose(without2.logits, network(s2, hidden, s1, s1_valid).logits, atol=1e-5)
        nothing = network(None, None, s1, hidden).logits
    assert (without1.logits - without2.logits).abs().max() > 1e-4
    assert nothing.isfinite().all()
    if "s1_share" in attentions_of(name):
        assert without1.s1_share.max() == 0 and without2.s1_share.min() > 1 - 1e-5


@pytest.mark.parametrize("bands", [{"s1": ()}, {"s2": ()}])
def test_a_network_may_know_one_sensor_alone(name, bands):
    network = network_of(name, **bands)
    s2, s2_valid, s1, s1_valid = window(24)
    arguments = (s2, s2_valid, None, None) if "s1" in bands else (None, None, s1, s1_valid)
    with torch.inference_mode():
        assert network(*arguments).logits.shape[1] == CLASSES


@pytest.mark.parametrize("name", [name for name in NAMES if "temporal" in attentions_of(name)])
def test_temporal_attention_is_shared_out_among_the_dates_seen(name):
    network = network_of(name)
    s2, s2_valid, s1, s1_valid = window(24)
    s2_valid[:, 1] = s1_valid[:, 1] = False
    s2_valid[:, :, 12, 12] = s1_valid[:, :, 12, 12] = False
    with torch.inference_mode():
        steps = network(s2, s2_valid, s1, s1_valid, attention=True).temporal
    place = 12 - network.margin
    assert steps[:, 1].abs().max() == 0 and steps[..., place, place].abs().max() == 0
    total = steps.sum(dim=1)
    total[:, place, place] = 1
    assert torch.allclose(total, torch.ones_like(total), atol=1e-4)


def test_band_attention_is_shared_out_among_the_bands_seen():
    network = network_of("selfattention3d")
    with torch.inference_mode():
        output = network(*window(24), attention=True)
    assert torch.allclose(output.channel.sum(dim=1), torch.ones(2, 16, 16), atol=1e-5)
    assert torch.allclose(output.channel[:, len(S2) :].sum(dim=1, keepdim=True), output.s1_share)


def test_windows_that_fit_no_stride_are_filled_up_and_cut(name):
    """Of a window whose far side is filled up, the answer is that of a window filled up by hand."""
    network = network_of(name)
    side = 21
    parts = window(side)
    more = -side % network.stride
    filled = [F.pad(part.flatten(0, 1).float()[None] if part.dim() == 4 else part.flatten(0, 1), (0, more, 0, more),
                    mode="replicate") for part in parts]  # fmt: skip
    filled = [(new[0] > 0).reshape(*part.shape[:2], *new.shape[-2:]) if part.dtype == torch.bool
              else new.reshape(*part.shape[:3], *new.shape[-2:]) for new, part in zip(filled, parts)]  # fmt: skip
    with torch.inference_mode():
        short, long = network(*parts).logits, network(*filled).logits
    inner = side - 2 * network.margin
    assert torch.allclose(short, long[..., :inner, :inner], atol=1e-5)


def test_a_lone_pixel_is_ground_that_is_the_same_all_around(name):
    network = network_of(name)
    parts = window(1)
    wide = [part.expand(*part.shape[:-2], 57, 57) for part in parts]
    with torch.inference_mode():
        ground = network(*wide).logits
    alone = on_points(network, *parts).logits
    assert alone.shape == (2, CLASSES, 1, 1)
    middle = ground[..., ground.shape[-2] // 2, ground.shape[-1] // 2][..., None, None]
    # The pixels that one transposed kernel makes differ a little from each other.
    tolerance = 0.2 * alone.std() if name in ("utae", "unet3d") else 1e-3 * alone.std()
    assert (middle - alone).abs().max() < tolerance


def test_lone_pixels_reach_every_weight_of_a_kernel():
    for layer, x in ((Up2d(2, 3), torch.randn(1, 2, 1, 1)), (Up3d(2, 3), torch.randn(1, 2, 4, 1, 1)),
                     (Conv2d(2, 3, 4, 2), torch.randn(1, 2, 1, 1))):  # fmt: skip
        total = layer.weight.sum(dim=(-2, -1), keepdim=True)
        torch.func.functional_call(layer, {"weight": total}, (x,)).sum().backward()
        assert layer.weight.grad.shape == layer.weight.shape and (layer.weight.grad != 0).any(dim=(-2, -1)).all()


def test_training_lowers_the_loss(name):
    torch.manual_seed(4)
    network = build(small_card(name))
    s2, s2_valid, s1, s1_valid = window(2 * network.margin + 4, count=4)
    labels = (torch.arange(4) % 2)[:, None, None].expand(4, 4, 4)
    s2[:, 2, 1] += labels[:, :1, :1]
    optimiser = torch.optim.Adam(network.parameters(), 5e-3)
    losses = []
    for _ in range(12):
        optimiser.zero_grad()
        loss = F.cross_entropy(network(s2, s2_valid, s1, s1_valid).logits, labels)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert all(parameter.grad is not None for parameter in network.parameters())
    assert sum(losses[-3:]) / 3 < 0.9 * losses[0]


def test_a_batch_without_any_optical_look_can_be_learnt_from(name):
    network = build(small_card(name)).train()
    s2, s2_valid, s1, s1_valid = window(24)
    output = network(s2, torch.zeros_like(s2_valid), s1, s1_valid)
    output.logits.square().mean().backward()
    assert all(p.grad.isfinite().all() for p in network.parameters() if p.grad is not None)


def test_checkpoints_survive(name, tmp_path):
    card = small_card(name)
    network = network_of(name)
    path = tmp_path / "network.safetensors"
    checkpoints.save(path, network, card)
    loaded = checkpoints.load(path)
    assert loaded.card == card
    with torch.inference_mode():
        assert torch.equal(loaded.network(*window(24)).logits, network(*window(24)).logits)


@pytest.mark.parametrize(
    "name, classes, count",
    [("utae", 20, 1_087_260), ("unet3d", 20, 1_553_796), ("unetpp", 20, 9_246_036)],
)
def test_weights_are_as_many_as_published(name, classes, count):
    """U-TAE 1,087 k and 3D U-Net 1,554 k for ten bands on PASTIS; UNet++ 9.25 million at 24 x 12 channels."""
    bands = ALL_BANDS if name != "unetpp" else (*ALL_BANDS, "VV", "VH")
    assert weights(published(name, bands, classes)) == count


def test_cells_of_convstar_are_as_large_as_published():
    """Six cells of 64 channels over four bands, three heads of 3 x 3 kernels; about 650,000 with both sensors."""
    network = published("convstar", ALL_BANDS[:4], 20)
    gates = 9 * 64 * (68 + 5 * 128) + 6 * 64
    updates = 9 * 64 * (4 + 5 * 64) + 6 * 64
    assert weights(network.cells) == gates + updates == 595_200
    assert weights(network.head["levels"]) == 3 * 20 * (9 * 64 + 1)
    assert 640_000 < weights(NETWORKS["convstar"](small_card("convstar", s2=ALL_BANDS, classes=20))) < 670_000


def test_star_cells_start_open_and_follow_their_equation():
    cell = network_of("convstar").cells[1]
    assert cell.gate.bias.eq(1).all() and cell.update.bias.eq(0).all()
    flat = cell.update.weight.flatten(1)
    assert torch.allclose(flat @ flat.T, torch.eye(len(flat)), atol=1e-5)
    x, state = torch.randn(1, 8, 6, 6), torch.randn(1, 8, 6, 6)
    share = torch.sigmoid(F.conv2d(torch.cat((x, state), 1), cell.gate.weight, cell.gate.bias, padding=1))
    fresh = torch.tanh(F.conv2d(x, cell.update.weight, cell.update.bias, padding=1))
    assert torch.allclose(cell(x, state), share * state + (1 - share) * fresh, atol=1e-6)


def test_dates_are_encoded_by_days_since_the_season_began():
    table = dates([0, 15, 30], 16)
    assert table.shape == (16, 3)
    assert torch.equal(table[:, 0], torch.tensor([0.0, 1.0] * 8))
    angle = torch.tensor(15.0)
    assert torch.allclose(table[:2, 1], torch.stack((angle.sin(), angle.cos())), atol=1e-6)
    assert table[14, 2] == pytest.approx(torch.tensor(30 / 1000 ** (14 / 16)).sin().item(), abs=1e-6)


def test_gist_starts_from_oriented_filters_without_mean():
    bank = gabor_filters()
    assert bank.shape == (8, 7, 7)
    assert bank.sum(dim=(1, 2)).abs().max() < 1e-5 and torch.allclose(bank.flatten(1).norm(dim=1), torch.ones(8))
    assert torch.allclose(bank[0], bank[2].T, atol=1e-5)
