"""The form of a network that a run takes on a CPU, on tensors as the networks of the comparison take them."""

from __future__ import annotations

import copy

from torch import Tensor, nn

from crop_attention.models.card import Card
from crop_attention.models.checkpoint import arrays_of
from crop_attention.models.cpu.blas import libraries
from crop_attention.models.networks.blocks import ready_for_inference
from crop_attention.models.output import WindowOutput
from crop_attention.models.registry import numpy_form, supports_numpy


class NumpyOnTensors:
    """A NumPy form that takes a batch of one window."""

    def __init__(self, network: nn.Module, card: Card):
        """Take a network with its weights; BLAS is held at one thread from here on, as during a run."""
        self._form = numpy_form(card, arrays_of(network))
        self.margin = self._form.margin
        for library in libraries():
            if library.set_threads is not None:
                library.set_threads(1)

    def __call__(
        self,
        s2: Tensor | None,
        s2_valid: Tensor | None,
        s1: Tensor | None,
        s1_valid: Tensor | None,
        attention: bool = False,
    ) -> WindowOutput:
        """Classify the window."""
        parts = (None if part is None else part[0].numpy() for part in (s2, s2_valid, s1, s1_valid))
        return self._form(*parts, attention=attention)

    def eval(self) -> NumpyOnTensors:
        """As of a torch network, which knows training too."""
        return self


def fast_on_cpu(network: nn.Module, card: Card) -> nn.Module | NumpyOnTensors:
    """Return the form of a trained network that runs on a CPU; the network itself is left as it is."""
    if supports_numpy(card.architecture):
        return NumpyOnTensors(network.eval(), card)
    return ready_for_inference(copy.deepcopy(network))
