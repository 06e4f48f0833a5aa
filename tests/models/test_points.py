"""A network on lone pixels gives what it gives amid equal ones, and its full kernels learn from them."""

import pytest
import torch

from crop_attention.models.card import Card, CropClass, Season
from crop_attention.models.networks.points import on_points
from crop_attention.models.registry import build
from crop_attention.tools.checkpoints.judging import centre_kernels

S2, S1 = ("B04", "B08", "B11"), ("VV", "VH")


def network_of(**config):
    card = Card(
        name="test",
        title="Test",
        version="0",
        architecture="attention_3dcnn",
        config={"width": 8, "depth": 16, "heads": 2, **config},
        classes=tuple(CropClass(code, f"class {code}", "#102030") for code in range(1, 5)),
        s2_bands=S2,
        s1_bands=S1,
        season=Season(10, 1, 6, 30),
        normalisation={**dict.fromkeys(S2, (0.2, 0.1)), **dict.fromkeys(S1, (-15.0, 4.0))},
    )
    torch.manual_seed(3)
    return build(card).eval()


def points(count=7):
    random = torch.Generator().manual_seed(5)
    return (
        torch.rand(count, 6, len(S2), 1, 1, generator=random),
        torch.rand(count, 6, 1, 1, generator=random) > 0.4,
        -15 + 4 * torch.randn(count, 6, len(S1), 1, 1, generator=random),
        torch.rand(count, 6, 1, 1, generator=random) > 0.2,
    )


@pytest.mark.parametrize(
    "config", [{}, {"spatial_attention": False}, {"residual": False}, {"blocks": 1}, {"similarity": True, "kernel": 1}]
)
def test_a_point_is_the_middle_of_constant_ground(config):
    network = network_of(**config)
    side = 2 * network.margin + 1
    wide = [part.expand(*part.shape[:-2], side, side).contiguous() for part in points()]
    with torch.inference_mode():
        expected = network(*wide, attention=True)
        found = on_points(network, *points(), attention=True)
    assert found.logits.shape == (7, 4, 1, 1)
    for name in ("logits", "temporal", "channel", "s1_share"):
        torch.testing.assert_close(getattr(found, name), getattr(expected, name), rtol=1e-5, atol=1e-5)


def test_every_tap_of_a_kernel_learns_from_points():
    network = network_of().train()
    on_points(network, *points()).logits.square().mean().backward()
    kernel = network.body[0].first.conv.weight
    assert kernel.shape[-1] == 3 and kernel.grad.abs().sum() > 0
    assert torch.equal(kernel.grad, kernel.grad[..., :1, :1].expand_as(kernel.grad))


def test_centred_kernels_give_the_same_on_constant_ground():
    network = network_of()
    with torch.inference_mode():
        before = on_points(network, *points()).logits
        centre_kernels(network)
        assert torch.equal(on_points(network, *points()).logits, before)


def test_centred_kernels_do_not_look_at_neighbours_and_full_ones_do():
    network = network_of(spatial_attention=False)
    # 49 points become one window of 7 x 7 pixels, each another ground.
    wide = [part.reshape(7, 7, *part.shape[1:-2]).movedim((0, 1), (-2, -1))[None].contiguous() for part in points(49)]
    margin = network.margin
    wide = [torch.nn.functional.pad(part.float(), [margin] * 4).to(part.dtype) for part in wide]
    with torch.inference_mode():
        alone = on_points(network, *points(49)).logits[..., 0, 0].T.reshape(4, 7, 7)
        full = network(*wide).logits[0]
        centre_kernels(network)
        centred = network(*wide).logits[0]
    torch.testing.assert_close(centred, alone, rtol=1e-4, atol=1e-5)
    assert (full - alone).abs().max() > 0.01
