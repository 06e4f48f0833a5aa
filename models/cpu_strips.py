"""A strip of rows of the season to folded features: both branches, the attentions over channels, sensors and time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

import torch
from torch import Tensor

from .attention import HIDDEN
from .attention_3dcnn import Attention3DCNN
from .cpu_gates import Gates
from .cpu_kernels import folded, trimmed
from .cpu_steps import FastOptical, FastRadar, Room


@dataclass
class Store:
    """What the strips of a window leave, H x W pixels; the attentions are None unless asked for.

    Attributes:
        folded: (depth, H, W).
        seen: (H, W) 1 where any sensor looked at any step.
        temporal, channel, s1_share: (T, H, W), (bands, H, W), (1, H, W).
    """

    folded: Tensor
    seen: Tensor
    temporal: Tensor | None = None
    channel: Tensor | None = None
    s1_share: Tensor | None = None


@dataclass
class _Frame:
    """Where pixels of a strip lie: rows of `width` pixels, all in one row, and `rim` pixels less on each side inside.

    Attributes:
        height, width: with the rim.
        rim: pixels on each side that the first convolutions take away.
    """

    height: int
    width: int
    rim: int

    @property
    def outer(self) -> int:
        """Places for all pixels, and for what is read beyond the last one."""
        return self.height * self.width + 2 * self.rim

    @property
    def inner(self) -> slice:
        """The rows within the rim; the last `2 * rim` pixels of each are of no use."""
        start = self.rim * (self.width + 1)
        return slice(start, start + (self.height - 2 * self.rim) * self.width)

    def image(self, pixels: Tensor) -> Tensor:
        """(..., inner pixels) as (..., H - 2 * rim, W - 2 * rim)."""
        return pixels.unflatten(-1, (-1, self.width))[..., : self.width - 2 * self.rim]


class Strips:
    """The first half of the network.

    Attributes:
        spare: pixels that its kernels lost on each side, see `trimmed`.
        rim: pixels that they still take away on each side.
    """

    def __init__(self, network: Attention3DCNN):
        """Rewrite the weights; the network must be in evaluation mode."""
        self._bands, self._steps = network.bands, network.steps
        self._moments = [
            (mean.flatten(), scale.flatten())
            for mean, scale in ((network.s2_mean, network.s2_scale), (network.s1_mean, network.s1_scale))
        ]
        self._branches: list[FastOptical | FastRadar | None] = [None, None]
        kernels = {}
        if self._bands[0]:
            kernels["stem"], bias = folded(network.optical[0].conv)
        if self._bands[1]:
            kernels["radar"] = network.radar[1].spatial.weight
        # Both branches see as far as each other: their pixels must lie in the same places.
        parts, self.spare = trimmed(*kernels.values())
        kernels = dict(zip(kernels, parts))
        self.rim = parts[0].shape[-1] // 2
        if self._bands[0]:
            self._branches[0] = FastOptical(kernels["stem"], bias, network.optical[1])
        if self._bands[1]:
            self._branches[1] = FastRadar(*network.radar, kernels["radar"])
        self._channel = _FastChannel(network) if network.channel is not None else None
        self._gates = Gates(network)
        weight, bias = folded(network.fold.conv)
        # (out, C, T) -> (out, T * C): one matrix product over all steps of a pixel.
        self._fold, self._fold_bias = weight.flatten(2).transpose(1, 2).flatten(1).contiguous(), bias[:, None, None]

    def store(self, height: int, width: int, attention: bool) -> Store:
        """Return room for the results of a window."""
        sizes = (self._steps, sum(self._bands), 1) if attention else ()
        maps = (torch.empty(size, height, width) for size in sizes)
        return Store(torch.empty(len(self._fold), height, width), torch.empty(height, width), *maps)

    def fold(self, sensors: Sequence[tuple[Tensor, Tensor] | None], first: int, store: Store) -> None:
        """Fold a strip into rows `first` and on of the store.

        Args:
            sensors: values (T, C, R + 2 * rim, W + 2 * rim) and validity (T, R + 2 * rim, W + 2 * rim) of Sentinel-2
                and -1, None if absent.
            first: where the R rows go.
            store: of the window.
        """
        frame = _Frame(*next(found for found in sensors if found is not None)[1].shape[1:], self.rim)
        looks = [
            None if found is None else self._look(*found, mean, frame)
            for found, (mean, _) in zip(sensors, self._moments)
        ]
        weights = self._weigh_channels(looks, frame)
        if self._channel is not None:
            own = (weights * (weights > 0).sum(dim=0)).split(self._bands)
        features, shown = [None, None], [None, None]
        for index, look in enumerate(looks):
            if look is None or self._branches[index] is None:
                continue
            values = look.phases[0][:, : self._bands[index]]
            scale = self._moments[index][1][:, None]
            values.mul_(scale if self._channel is None else own[index] * scale)
            shown[index] = look.phases[0][:, self._bands[index], frame.inner]
            features[index] = self._branches[index](look, frame.width, shown[index].shape[-1])
        mixed = self._gates(features, shown)
        rows = slice(first, first + frame.height - 2 * self.rim)
        torch.add(frame.image(self._fold @ mixed.features.flatten(0, 1)), self._fold_bias, out=store.folded[:, rows])
        store.seen[rows] = frame.image(mixed.looked.amax(dim=0))
        if store.temporal is not None:
            steps = mixed.steps.mean(dim=1).mul_(mixed.looked)
            store.temporal[:, rows] = frame.image(steps)
            store.channel[:, rows] = frame.image(weights[:, frame.inner])
            store.s1_share[0, rows] = frame.image((mixed.s1 * steps).sum(dim=0))

    def _look(self, values: Tensor, valid: Tensor, mean: Tensor, frame: _Frame) -> Room:
        """(T, C + 1, outer pixels) and ones: values about their mean, then where they are valid."""
        steps, bands = values.shape[:2]
        room = Room(steps, bands + 1, frame.outer, ones=True)
        image = room.phases[0][..., : valid[0].numel()].unflatten(-1, valid.shape[1:])
        room.phases[0][..., valid[0].numel() :] = 0
        shown = image[:, bands].copy_(valid)
        # Multiplied by the mask, which is faster than filling: a cube holds no NaN.
        torch.sub(values, mean[:, None, None], out=image[:, :bands]).mul_(shown[:, None])
        return room

    def _weigh_channels(self, looks: list[Room | None], frame: _Frame) -> Tensor:
        """(bands, outer pixels), summing to 1 over the bands that were ever seen."""
        moments = []
        for look, count, (_, scale) in zip(looks, self._bands, self._moments):
            if not count:
                continue
            if look is None:
                none = torch.zeros(count, frame.outer)
                moments.append((none, torch.full_like(none, 1e-3), none))
                continue
            values, number = look.phases[0][:, :count], look.phases[0][:, count].sum(dim=0)
            share = scale[:, None] / number.clamp(min=1.0)
            mean = values.sum(dim=0).mul_(share)
            square = values.square().sum(dim=0).mul_(share).mul_(scale[:, None])
            spread = square.addcmul_(mean, mean, value=-1).clamp_(min=0.0).add_(1e-6).sqrt_()
            moments.append((mean, spread, (number / self._steps).expand(count, -1)))
        means, spreads, seen = (torch.cat(part) for part in zip(*moments))
        if self._channel is not None:
            return self._channel(means, spreads, seen)
        known = (seen > 0).float()
        return known / known.sum(dim=0).clamp(min=1.0)


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
