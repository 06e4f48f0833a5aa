"""The sensor gate and the temporal attention on strips of pixels, (T, channels, pixels)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .attention import HIDDEN
from .attention_3dcnn import Attention3DCNN


@dataclass
class Mixed:
    """Both sensors as one.

    Attributes:
        features: (T, C, pixels) weighed by sensor and step.
        steps: (T, heads, pixels), summing to 1 over the steps seen; of no meaning where nothing was seen at all.
        s1: (T, pixels) share of Sentinel-1.
        looked: (T, pixels) 1 where any sensor looked.
    """

    features: Tensor
    steps: Tensor
    s1: Tensor
    looked: Tensor


class Gates:
    """Joins the sensors and weighs the steps; the scores of both are one matrix product a sensor."""

    def __init__(self, network: Attention3DCNN):
        keys, self._heads, self._calendar = None, 1, None
        if network.temporal is not None:
            temporal = network.temporal
            keys = temporal.keys.weight.flatten(1)
            self._heads = len(keys)
            calendar = temporal.calendar(temporal.position)[0] + temporal.keys.bias[:, None]
            self._calendar = calendar.t()[..., None].contiguous()
        self._gated, self._bias = network.gate is not None, 0.0
        if self._gated:
            self._bias = (network.gate.optical.bias - network.gate.radar.bias).item()
        self._scores = []
        for name in ("optical", "radar"):
            rows = [getattr(network.gate, name).weight.flatten(1)] if self._gated else []
            rows += [keys] if keys is not None else []
            self._scores.append(torch.cat(rows) if rows else None)

    def __call__(self, features: list[Tensor | None], shown: list[Tensor | None]) -> Mixed:
        """Take features (T, C, pixels), which are overwritten, and validity (T, pixels); None for an absent sensor."""
        there = [index for index in (0, 1) if features[index] is not None]
        scores = [None if found is None else self._score(found, index) for index, found in enumerate(features)]
        shares, looked = list(shown), shown[there[0]]
        if len(there) == 2:
            looked = torch.maximum(*shown)
            # One sensor alone has all of it; a score of HIDDEN leaves exactly nothing to the other.
            lead = torch.sub(shown[1], shown[0]).mul_(HIDDEN).add_(scores[0][:, 0]).sub_(scores[1][:, 0])
            shares[0] = lead.add_(self._bias).sigmoid_().mul_(looked)
            shares[1] = looked - shares[0]
        steps = self._attend(scores, shares, looked)
        number = looked.sum(dim=0)
        mixed = None
        for index in there:
            # Each head watches an equal share of the channels, side by side.
            part = features[index].unflatten(1, (self._heads, -1))
            weight = (steps * (shares[index] * number)[:, None])[:, :, None]
            mixed = part.mul_(weight) if mixed is None else mixed.addcmul_(part, weight)
        s1 = shares[1] if shares[1] is not None else torch.zeros_like(looked)
        return Mixed(mixed.flatten(1, 2), steps, s1, looked)

    def _score(self, features: Tensor, index: int) -> Tensor | None:
        """(T, 1 + heads, pixels): the gate, then the keys; without gate the keys alone."""
        weight = self._scores[index]
        return None if weight is None else torch.bmm(weight.expand(len(features), *weight.shape), features)

    def _attend(self, scores: list[Tensor | None], shares: list[Tensor | None], looked: Tensor) -> Tensor:
        """(T, heads, pixels), summing to 1 over the steps seen."""
        if self._calendar is None:
            return (looked / looked.sum(dim=0).clamp(min=1.0))[:, None]
        total = self._calendar
        for score, share in zip(scores, shares):
            if score is not None:
                total = torch.addcmul(total, score[:, 1:] if self._gated else score, share[:, None])
        return torch.softmax(total.add_((1 - looked).mul_(HIDDEN)[:, None]), dim=0)
