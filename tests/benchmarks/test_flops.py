"""Arithmetic a pixel, against a count by hand."""

import torch
from torch import nn

from crop_attention.benchmarks.speed.flops import card_of, flops_a_pixel, weights_of
from crop_attention.benchmarks.speed.forms import fast_on_cpu
from crop_attention.models.registry import build
from crop_attention.tools.checkpoints.judging import centre_kernels


class Plain(nn.Module):
    """One convolution of each step, by hand 2 x 3 x 3 x 10 x 4 operations a pixel and step."""

    margin = 1

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(10, 4, 3)

    def forward(self, s2, s2_valid, s1, s1_valid):
        return self.conv(s2[0])


def test_a_convolution_costs_what_it_costs_by_hand():
    network = Plain()
    assert weights_of(network) == 4 * (10 * 9 + 1)
    assert flops_a_pixel(network, card_of("unetpp"), 16) == 24 * 2 * 9 * 10 * 4


def test_an_lstm_is_counted():
    card = card_of("cnnlstm", config={"width": 8, "hidden": 16, "joined": 8}, s1_bands=())
    around = (16 + 6) ** 2 / 16**2
    lstm = 24 * 2 * 4 * 16 * (8 + 16)
    convolutions = 24 * 2 * 9 * (11 * 4 + 4 * 8 + 8 * 8)
    ends = 2 * (16 * 8 + 8 * 14)
    with torch.no_grad():
        found = flops_a_pixel(build(card), card, 16)
    assert found / around == lstm + convolutions + ends


def test_what_is_executed_leaves_out_the_zeros_of_kernels():
    config = {"width": 8, "depth": 16, "heads": 2, "blocks": 1, "spatial_attention": False, "channel_attention": False}
    card = card_of("attention_3dcnn", config=config)
    network = build(card)
    network.eval()
    whole = flops_a_pixel(network, card, 16)
    centre_kernels(network)
    assert flops_a_pixel(network, card, 16) == whole
    # A channel of ones adds the bias where a product does not.
    stem, residual = 3 * 12 * 8, 2 * 3 * 9 * 8
    radar = 4 * 8 + 2 * 3 * 9 * 8
    # The gate and the two heads of each sensor are rows of one product over both.
    scores, fold = 5 * 2 * 8, 8 * 16
    after = 2 * 16 * 16 + 16 * 14
    expected = 2 * (24 * (stem + residual + radar + scores + fold) + after)
    assert flops_a_pixel(fast_on_cpu(network, card), card, 16) == expected
