"""What a network returns; needs no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor


class NetworkOutput(NamedTuple):
    """What a network returns; H' = H - 2 * margin, W' likewise.

    Attributes:
        logits: (N, classes, H', W').
        temporal: (N, T, H', W'), sums to 1 over the steps with an observation.
        channel: (N, optical bands + polarisations, H', W'), sums to 1 over the bands ever observed.
        spatial: (N, 1, H', W'), the pixel's share of its 5 x 5 neighbourhood.
        s1_share: (N, 1, H', W'), share of Sentinel-1 in what was attended to.
        s2_logits, s1_logits: each sensor alone, for the auxiliary losses.
        contribution: (N, T, H', W'), what each step contributes to the winning class (`contribution`), sums to 1 over
            the steps, or is all zero; with the attentions.
    The attentions are None unless asked for, the logits of each sensor unless the network is training.
    """

    logits: Tensor
    temporal: Tensor | None = None
    channel: Tensor | None = None
    spatial: Tensor | None = None
    s1_share: Tensor | None = None
    s2_logits: Tensor | None = None
    s1_logits: Tensor | None = None
    contribution: Tensor | None = None


class WindowOutput(NamedTuple):
    """What a NumPy form returns for one window: as `NetworkOutput` without its first axis, in float32 arrays."""

    logits: np.ndarray
    temporal: np.ndarray | None = None
    channel: np.ndarray | None = None
    spatial: np.ndarray | None = None
    s1_share: np.ndarray | None = None
    contribution: np.ndarray | None = None
