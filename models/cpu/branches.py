"""The optical and the radar branch on a strip: observations -> features of each step."""

from __future__ import annotations

import numpy as np

from .products import convolution, depthwise, times
from .settings import Settings
from .strip import StripArrays, relu
from .weights import Weights, over_steps, rim_of, trimmed

F32 = np.float32
OPTICAL, RADAR = 0, 1


class Branches:
    """Both branches; they see as far as each other, so that their pixels lie in the same places.

    Attributes:
        rim: pixels that they see beyond a pixel: 1, or 0 where all of their kernels are zero around the middle.
    """

    def __init__(self, weights: Weights, settings: Settings, bands: tuple[int, int]):
        """Take the weights of the sensors that have bands."""
        self._width, self._residual = settings.width, settings.residual
        kernels = []
        if bands[OPTICAL]:
            stem, stem_bias = weights.folded("optical.0.conv")
            kernels.append(stem)
        if bands[RADAR]:
            space = weights["radar.1.spatial.weight"]
            kernels.append(space)
        self.rim = rim_of(*kernels)
        self._steps: dict[int, list[np.ndarray]] = {}
        if bands[OPTICAL]:
            self._stem = over_steps(trimmed(stem, self.rim), stem_bias)
            halves = ("optical.1.first", "optical.1.second")
            self._steps[OPTICAL] = [over_steps(*weights.folded(half))[0] for half in halves]
        if bands[RADAR]:
            mix, bias = weights.folded("radar.0.conv")
            self._mix = np.concatenate((mix.reshape(self._width, -1), bias[:, None]), axis=1)
            space = trimmed(space, self.rim)
            self._space = space.reshape(self._width, -1).T[..., None].copy()
            ones = np.ones(self._width, F32)
            first = self._separable(weights, "radar.1", ones if self.rim else space[:, 0, 0, 0], not self.rim)
            self._steps[RADAR] = [first, self._separable(weights, "radar.2", ones, True)]

    def _separable(self, weights: Weights, name: str, space: np.ndarray, shortcut: bool) -> np.ndarray:
        """Return a depthwise separable convolution as one matrix.

        No part of it has an activation before the last: their product is one dense kernel, which costs no more.

        Args:
            weights: of the checkpoint.
            name: of the block.
            space: (channels,) weights of its single pixel.
            shortcut: add the identity of a residual block.
        """
        mix, bias = weights.folded(f"{name}.pointwise")
        count = self._width
        steps = weights[f"{name}.temporal.weight"].reshape(count, 3)
        dense = mix.reshape(count, count, 1) * (steps * space[:, None])
        if self._residual and shortcut:
            dense[:, :, 1] += np.eye(count, dtype=F32)
        return over_steps(dense[..., None, None], bias)[0]

    def __call__(self, arrays: StripArrays, index: int) -> None:
        """Fill in the features of a sensor, without their last ReLU."""
        inner, out = arrays.features[1:-1, : self._width], arrays.parts[index]
        first, second = self._steps[index]
        added = None
        if index == OPTICAL:
            convolution(self._stem, arrays.near[OPTICAL], arrays.width, inner)
        elif not arrays.rim:
            times(self._mix, arrays.series[RADAR][1:-1], inner)
        else:
            mixed = times(self._mix, arrays.series[RADAR][1:-1], arrays.mixed)
            relu(mixed, arrays.zeros)
            depthwise(self._space, mixed, arrays.width, inner)
            added = mixed[..., arrays.inside] if self._residual else None
        if index == OPTICAL or not arrays.rim:
            relu(arrays.features[1:-1], arrays.zeros)
        # The second convolution skips every other step: two series of their own.
        for phase, target in enumerate(arrays.between):
            y = times(first, arrays.near_features[phase::2], target[1:-1, : self._width])
            if added is not None:
                y += added[phase::2]
            relu(target[1:-1], arrays.zeros)
            times(second, arrays.near_between[phase], out[phase::2])
        if index == OPTICAL and self._residual:
            out += inner
