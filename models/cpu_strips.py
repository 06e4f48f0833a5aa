"""A strip of rows of the season to folded features: both branches, the attentions over channels, sensors and time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

import torch
from torch import Tensor

from .attention import HIDDEN
from .attention_3dcnn import Attention3DCNN
from .cpu_steps import FastPointwise, FastSeparableStep, FastStem, FastTemporalResidual, folded


@dataclass
class Store:
    """What the strips of a window leave, H x W pixels; the attentions are None unless asked for.

    Attributes:
        folded: (H, W, depth).
        seen: (H, W) 1 where any sensor looked at any step.
        temporal, channel, s1_share: (T, H, W), (bands, H, W), (1, H, W).
    """

    folded: Tensor
    seen: Tensor
    temporal: Tensor | None = None
    channel: Tensor | None = None
    s1_share: Tensor | None = None


@dataclass
class _Look:
    """One sensor in a strip.

    Attributes:
        values: (T, C, h, w) normalised, zero where not valid.
        shown: (T, h, w) 1 where valid.
        valid: (T, h, w) bool.
    """

    values: Tensor
    shown: Tensor
    valid: Tensor


class Strips:
    """The first half of the network."""

    def __init__(self, network: Attention3DCNN):
        """Rewrite the weights; the network must be in evaluation mode."""
        self._bands, self._steps = network.bands, network.steps
        self._norms = [
            (mean[0].transpose(0, 1), scale[0].transpose(0, 1))
            for mean, scale in ((network.s2_mean, network.s2_scale), (network.s1_mean, network.s1_scale))
        ]
        self._branches = (_Optical(network) if self._bands[0] else None, _Radar(network) if self._bands[1] else None)
        self._channel = _FastChannel(network) if network.channel is not None else None
        self._gates = _Gates(network)
        weight, self._fold_bias = folded(network.fold.conv)
        # (out, C, T) -> (T * C, out): one matrix product over all steps of a pixel.
        self._fold = weight.flatten(2).permute(2, 1, 0).flatten(0, 1).contiguous()

    def store(self, height: int, width: int, attention: bool) -> Store:
        """Return room for the results of a window."""
        sizes = (self._steps, sum(self._bands), 1) if attention else ()
        maps = (torch.empty(size, height, width) for size in sizes)
        return Store(torch.empty(height, width, self._fold.shape[1]), torch.empty(height, width), *maps)

    def fold(self, sensors: Sequence[tuple[Tensor, Tensor] | None], first: int, store: Store) -> None:
        """Fold a strip into rows `first` and on of the store.

        Args:
            sensors: values (T, C, R + 2, W + 2) and validity (T, R + 2, W + 2) of Sentinel-2 and -1, None if absent.
            first: where the R rows go.
            store: of the window.
        """
        looks = [None if found is None else self._look(*found, *norm) for found, norm in zip(sensors, self._norms)]
        weights = self._weigh_channels(looks)
        inner = (slice(1, -1), slice(1, -1))
        features, shown = [], []
        begin = 0
        for look, branch, count in zip(looks, self._branches, self._bands):
            own = None
            if self._channel is not None:
                own = (weights * (weights > 0).sum(dim=0))[begin : begin + count]
            begin += count
            absent = look is None or branch is None
            features.append(None if absent else branch(_stacked(look, own), look))
            shown.append(None if absent else look.valid[(..., *inner)].flatten(1))
        rows = slice(first, first + weights.shape[1] - 2)
        mixed = self._gates(features, shown)
        target = store.folded[rows].view(-1, store.folded.shape[-1])
        torch.addmm(self._fold_bias, mixed.features.flatten(1), self._fold, out=target).relu_()
        width = store.seen.shape[1]
        store.seen[rows] = mixed.seen.view(-1, width)
        if store.temporal is not None:
            steps = mixed.steps.mean(dim=0)
            store.temporal[:, rows] = steps.view(self._steps, -1, width)
            store.channel[:, rows] = weights[(..., *inner)]
            store.s1_share[0, rows] = (mixed.s1 * steps).sum(dim=0).view(-1, width)

    def _look(self, values: Tensor, valid: Tensor, mean: Tensor, scale: Tensor) -> _Look:
        # Multiplied by the mask, which is faster than filling: a cube holds no NaN.
        shown = valid.to(values.dtype)
        return _Look((values - mean).mul_(scale).mul_(shown[:, None]), shown, valid)

    def _weigh_channels(self, looks: list[_Look | None]) -> Tensor:
        """(bands, h, w), summing to 1 over the bands that were ever seen."""
        h, w = next(look for look in looks if look is not None).valid.shape[1:]
        moments = []
        for look, count in zip(looks, self._bands):
            if not count:
                continue
            if look is None:
                moments.append((torch.zeros(count, h, w), torch.full((count, h, w), 1e-3), torch.zeros(count, h, w)))
                continue
            number = look.shown.sum(dim=0)
            floor = number.clamp(min=1.0)
            mean = look.values.sum(dim=0).div_(floor)
            square = look.values.square().sum(dim=0).div_(floor)
            spread = square.sub_(mean * mean).clamp_(min=0.0).add_(1e-6).sqrt_()
            moments.append((mean, spread, (number / self._steps).expand(count, h, w)))
        means, spreads, seen = (torch.cat(part) for part in zip(*moments))
        if self._channel is not None:
            return self._channel(means, spreads, seen)
        known = (seen > 0).float()
        return known / known.sum(dim=0).clamp(min=1.0)


class _Optical:
    """The Sentinel-2 branch: (T, h, w, bands + 1) -> (T, P, C)."""

    def __init__(self, network: Attention3DCNN):
        self._stem, self._residual = FastStem(network.optical[0]), FastTemporalResidual(network.optical[1])

    def __call__(self, x: Tensor, look: _Look) -> Tensor:
        return self._residual(self._stem(x.permute(0, 3, 1, 2), look.valid.flatten(1).any(dim=1).tolist()))


class _Radar:
    """The Sentinel-1 branch: (T, h, w, polarisations + 1) -> (T, P, C)."""

    def __init__(self, network: Attention3DCNN):
        self._pointwise = FastPointwise(network.radar[0])
        self._first, self._second = (FastSeparableStep(block) for block in network.radar[1:])

    def __call__(self, x: Tensor, look: _Look) -> Tensor:
        width = x.shape[2]
        return self._second(self._first(self._pointwise(x.flatten(1, 2)), width), width - 2)


class _FastChannel:
    """`ChannelAttention` on bands first: three times (bands, h, w) -> weights (bands, h, w)."""

    def __init__(self, network: Attention3DCNN):
        squeeze, excite = network.channel.squeeze, network.channel.excite
        self._squeeze, self._squeeze_bias = squeeze.weight.flatten(1), squeeze.bias[:, None]
        self._excite, self._excite_bias = excite.weight.flatten(1), excite.bias[:, None]

    def __call__(self, means: Tensor, spreads: Tensor, seen: Tensor) -> Tensor:
        stacked = torch.cat((means, spreads, seen)).flatten(1)
        hidden = torch.addmm(self._squeeze_bias, self._squeeze, stacked).relu_()
        scores = torch.addmm(self._excite_bias, self._excite, hidden).view(seen.shape)
        known = seen > 0
        return torch.softmax(scores.masked_fill_(~known, HIDDEN), dim=0).mul_(known)


@dataclass
class _Mixed:
    """Weighted features (P, T, C); heads' weights of the steps (heads, T, P); share of Sentinel-1 (T, P); seen (P,)."""

    features: Tensor
    steps: Tensor
    s1: Tensor
    seen: Tensor


class _Gates:
    """The sensor gate and the temporal attention, whose scores are one matrix product a sensor."""

    def __init__(self, network: Attention3DCNN):
        width = network.fold.conv.conv.in_channels
        keys = gate = None
        self._heads, self._calendar = 1, None
        if network.temporal is not None:
            temporal = network.temporal
            keys = temporal.keys.weight.flatten(1)
            self._heads = len(keys)
            self._calendar = (temporal.calendar(temporal.position)[0] + temporal.keys.bias[:, None])[..., None]
        self._scores, self._bias = [], 0.0
        for name in ("optical", "radar"):
            gate = getattr(network.gate, name) if network.gate is not None else None
            rows = [part for part in (None if gate is None else gate.weight.flatten(1), keys) if part is not None]
            self._scores.append(torch.cat(rows) if rows else None)
        self._gated = network.gate is not None
        if self._gated:
            self._bias = (network.gate.optical.bias - network.gate.radar.bias).item()
        # Each head watches an equal share of the channels, side by side.
        self._spread = torch.eye(self._heads).repeat_interleave(width // self._heads, dim=1)

    def __call__(self, features: list[Tensor | None], valid: list[Tensor | None]) -> _Mixed:
        """Take features (T, P, C) and validity (T, P) of both sensors, None for one that is absent."""
        there = [index for index in (0, 1) if features[index] is not None]
        scores = [None if found is None else self._score(found, index) for index, found in enumerate(features)]
        seen = valid[there[0]] if len(there) == 1 else valid[0] | valid[1]
        looked = seen.float()
        shares = [None if mask is None else mask.float() for mask in valid]
        if len(there) == 2:
            # One sensor alone has all of it; a score of HIDDEN leaves exactly nothing to the other.
            lead = (shares[1] - shares[0]).mul_(HIDDEN).add_(scores[0][0] - scores[1][0]).add_(self._bias)
            shares[0] = torch.sigmoid(lead).mul_(looked)
            shares[1] = looked - shares[0]
        steps = self._attend(scores, shares, looked)
        scaled = steps * looked.sum(dim=0)
        first = there[0]
        mixed = features[first].mul_(self._expand(scaled * shares[first]))
        out = mixed.new_empty(mixed.shape[1], mixed.shape[0], mixed.shape[2])
        if len(there) == 2:
            torch.add(mixed, features[1].mul_(self._expand(scaled * shares[1])), out=out.transpose(0, 1))
        else:
            out.copy_(mixed.transpose(0, 1))
        s1 = shares[1] if shares[1] is not None else torch.zeros_like(looked)
        return _Mixed(out, steps, s1, seen.any(dim=0))

    def _score(self, features: Tensor, index: int) -> Tensor | None:
        """(1 + heads, T, P): the gate, then the keys; without gate the keys alone."""
        weight = self._scores[index]
        return None if weight is None else (weight @ features.flatten(0, 1).t()).view(-1, *features.shape[:2])

    def _attend(self, scores: list[Tensor | None], shares: list[Tensor | None], looked: Tensor) -> Tensor:
        """(heads, T, P), summing to 1 over the steps seen."""
        if self._calendar is None:
            return (looked / looked.sum(dim=0).clamp(min=1.0))[None]
        total = None
        for score, share in zip(scores, shares):
            if score is not None:
                keys = score[1:] if self._gated else score
                total = keys * share + self._calendar if total is None else total.addcmul_(keys, share)
        return torch.softmax(total.add_((1 - looked).mul_(HIDDEN)), dim=1).mul_(looked)

    def _expand(self, weights: Tensor) -> Tensor:
        """(heads, T, P) -> (T, P, C)."""
        return (weights.flatten(1).t() @ self._spread).view(*weights.shape[1:], -1)


def _stacked(look: _Look, own: Tensor | None) -> Tensor:
    """(T, h, w, bands + 1): the weighed values and where they are valid, channels last."""
    steps, bands, height, width = look.values.shape
    x = torch.empty(steps, height, width, bands + 1)
    target = x[..., :bands].permute(0, 3, 1, 2)
    if own is None:
        target.copy_(look.values)
    else:
        torch.mul(look.values, own, out=target)
    x[..., bands] = look.shown
    return x
