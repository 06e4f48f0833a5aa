"""What a step contributes is the gradient of the winning logit times its own part, as autograd finds it too."""

from dataclasses import replace

import pytest
import torch

from crop_attention.models.card import Card, CropClass, Season
from crop_attention.models.networks.blocks import ready_for_inference
from crop_attention.models.networks.points import on_points
from crop_attention.models.registry import build

STEPS = 5
CARD = Card(
    name="t",
    title="t",
    version="0",
    architecture="attention_3dcnn",
    config={"width": 8, "depth": 12, "heads": 2, "kernel": 1, "similarity": True},
    classes=tuple(CropClass(code, str(code), "#000000") for code in (1, 2, 3)),
    s2_bands=("B04", "B08"),
    s1_bands=("VV", "VH"),
    season=Season(10, 1, STEPS, 72),
    normalisation={"B04": (0.1, 0.1), "B08": (0.3, 0.1), "VV": (-12.0, 3.0), "VH": (-18.0, 3.0)},
)


def made(**config):
    torch.manual_seed(3)
    network = build(replace(CARD, config={**CARD.config, **config}))
    for module in network.modules():
        if isinstance(module, (torch.nn.BatchNorm2d, torch.nn.BatchNorm3d)):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 2.0)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.3)
    return network.eval()


def series(count=40, side=1):
    random = torch.Generator().manual_seed(1)
    s2 = torch.rand((count, STEPS, 2, side, side), generator=random)
    s1 = -15 + 3 * torch.randn((count, STEPS, 2, side, side), generator=random)
    seen = torch.rand((2, count, STEPS, side, side), generator=random) < 0.7
    return s2, seen[0], s1, seen[1]


def by_autograd(network, arrays):
    """The positive part of gradient times input before the fold, from a hook on the fold's input."""
    kept = {}

    def keep(module, inputs):
        kept["weighted"] = inputs[0].detach().requires_grad_()
        return (kept["weighted"],)

    handle = network.fold.register_forward_pre_hook(keep)
    logits = on_points(network, *arrays).logits
    handle.remove()
    logits.max(dim=1).values.sum().backward()
    part = (
        (kept["weighted"] * kept["weighted"].grad).sum(dim=1).clamp(min=0)[0, :, :, 0].T.detach()
    )  # points in a column
    return part / part.sum(dim=1, keepdim=True).clamp(min=1e-30)


@pytest.mark.parametrize("config", [{}, {"kernel": 3, "similarity": False}, {"spatial_attention": False}])
def test_it_is_the_positive_part_of_gradient_times_input(config):
    network, arrays = made(**config), series()
    with torch.no_grad():
        found = on_points(network, *arrays, attention=True).contribution[..., 0, 0]
    torch.testing.assert_close(found, by_autograd(network, arrays), rtol=1e-4, atol=1e-5)


def test_it_sums_to_one_and_is_zero_where_nothing_was_seen():
    arrays = series()
    with torch.inference_mode():
        found = on_points(made(), *arrays, attention=True).contribution[..., 0, 0]
    total = found.sum(dim=1)
    assert ((total - 1).abs() < 1e-5).sum() >= 25
    assert (((total - 1).abs() < 1e-5) | (total == 0)).all()
    assert (found >= 0).all()
    unseen = ~(arrays[1] | arrays[3])[..., 0, 0]
    assert unseen.any() and (found[unseen] == 0).all()


def test_folded_norms_change_nothing_and_a_window_of_one_ground_is_its_points():
    arrays = series(6)
    with torch.inference_mode():
        points = on_points(made(), *arrays, attention=True).contribution
        wide = [part.expand(*part.shape[:-2], 11, 11) for part in arrays]
        dense = ready_for_inference(made())(*wide, attention=True).contribution
    assert dense.shape[-1] > 1
    torch.testing.assert_close(dense, points.expand_as(dense), rtol=1e-4, atol=1e-5)
