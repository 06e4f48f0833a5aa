"""Attention-3DCNN: two branches, one a sensor, fused by channel, temporal and spatial attention.

A reconstruction from the abstract of "Attention-3DCNN" (Smart Agriculture 2026, DOI 10.12133/j.smartag.SA202510010),
which publishes no layer table. From the abstract: a Sentinel-2 branch of 3D then 2D convolutions, a Sentinel-1 branch
of depthwise separable convolutions, attention over channels, time and space, residual connections, weights that turn
towards SAR where the optical series is poor. Widths, steps and receptive field are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from ..card import Card
from ..known import known
from ..language import tr
from ..output import NetworkOutput
from .attention import (
    ChannelAttention,
    SensorGate,
    SimilarityAttention,
    SpatialAttention,
    TemporalAttention,
    temporal_moments,
)
from .blocks import (
    OpticalStem,
    Pointwise,
    SeparableStep,
    SpatialResidual,
    TemporalResidual,
    TimeFold,
    crop,
    start_at_shortcuts,
)
from .contribution import contribution
from .network import CropNetwork


class Attention3DCNN(CropNetwork):
    """The network; `config` switches each part, so that its worth can be measured.

    Args:
        card: bands, season, classes and normalisation.
        width: channels a step in both branches.
        depth: channels after time is folded.
        heads: heads of the temporal attention; must divide `width`.
        blocks: residual 2D blocks.
        channel_attention, temporal_attention, spatial_attention, residual: parts that can be left out.
        kernel: pixels a side of the residual 2D blocks.
        similarity: the spatial attention looks for neighbours that are like the pixel, not for those that count by
            themselves.
        zero_start: residual blocks begin as their shortcuts; matters in training alone.

    The defaults are those of the first checkpoints, whose cards do not name them; a new network is built with the
    settings of `architectures.settings_of`.
    """

    POINTS_IN_COLUMN = True
    """In a window of one column no layer looks at a neighbour, once the kernels are summed (`points`)."""

    s2_mean: Tensor
    s2_scale: Tensor
    s1_mean: Tensor
    s1_scale: Tensor

    def __init__(
        self,
        card: Card,
        width: int = 16,
        depth: int = 64,
        heads: int = 4,
        blocks: int = 2,
        channel_attention: bool = True,
        temporal_attention: bool = True,
        spatial_attention: bool = True,
        residual: bool = True,
        kernel: int = 3,
        similarity: bool = False,
        zero_start: bool = False,
    ):
        super().__init__()
        self.bands = (len(card.s2_bands), len(card.s1_bands))
        self.steps = card.season.steps
        if kernel % 2 == 0:
            raise ValueError(tr("a kernel of {kernel} pixels has no centre pixel").format(kernel=kernel))
        if width % heads:
            raise ValueError(tr("{heads} heads do not divide a width of {width}").format(heads=heads, width=width))
        classes = len(card.classes)
        for sensor, names in (("s2", card.s2_bands), ("s1", card.s1_bands)):
            # Always computed: without data torch would divide by way of its compiler, which takes seconds to load.
            numbers = [card.normalisation[band] for band in names]
            moments = torch.tensor(numbers, dtype=torch.float32, device="cpu").reshape(-1, 2)
            self.register_buffer(f"{sensor}_mean", moments[:, :1].reshape(1, -1, 1, 1, 1), persistent=False)
            self.register_buffer(f"{sensor}_scale", 1 / moments[:, 1].reshape(1, -1, 1, 1, 1), persistent=False)
        self.channel = ChannelAttention(sum(self.bands), 32) if channel_attention else None
        if self.bands[0]:
            self.optical = nn.Sequential(OpticalStem(self.bands[0] + 1, width), TemporalResidual(width, residual))
            self.optical_head = nn.Conv3d(width, classes, (self.steps, 1, 1))
        if self.bands[1]:
            self.radar = nn.Sequential(
                Pointwise(self.bands[1] + 1, width),
                SeparableStep(width, space=3, residual=residual),
                SeparableStep(width, dilation=2, residual=residual),
            )
            self.radar_head = nn.Conv3d(width, classes, (self.steps, 1, 1))
        self.gate = SensorGate(width) if all(self.bands) else None
        self.temporal = TemporalAttention(width, heads, card.season.day_of_year()) if temporal_attention else None
        self.fold = TimeFold(width, self.steps, depth)
        attention = SimilarityAttention if similarity else SpatialAttention
        self.spatial = attention(depth) if spatial_attention else None
        self.body = nn.Sequential(*(SpatialResidual(depth, residual, kernel) for _ in range(blocks)))
        self.head = nn.Conv2d(depth, classes, 1)
        self.margin = 1 + (self.spatial.margin if self.spatial else 0) + 2 * (kernel // 2) * blocks
        if zero_start:
            start_at_shortcuts(self)

    def forward(
        self,
        s2: Tensor | None,
        s2_valid: Tensor | None,
        s1: Tensor | None,
        s1_valid: Tensor | None,
        attention: bool = False,
    ) -> NetworkOutput:
        """Classify a window.

        Args:
            s2: (N, T, optical bands, H, W) reflectance, or None.
            s2_valid: (N, T, H, W) bool.
            s1: (N, T, polarisations, H, W) backscatter in dB, or None.
            s1_valid: (N, T, H, W) bool.
            attention: return the attentions too.
        """
        like = known(s2_valid if s2 is not None else s1_valid)
        sensors = {}
        if self.bands[0]:
            sensors["optical"] = self._prepare(s2, s2_valid, self.s2_mean, self.s2_scale, like)
        if self.bands[1]:
            sensors["radar"] = self._prepare(s1, s1_valid, self.s1_mean, self.s1_scale, like)
        weights = self._weigh_channels(list(sensors.values()))
        features = {name: self._branch(name, *sensor, weights) for name, sensor in sensors.items()}
        fused, seen, s1_gate = self._fuse(features)
        steps = self._attend(fused, seen)
        weighted = self._weigh_steps(fused, steps, seen)
        first = folded = self.fold(weighted)
        any_seen = seen.any(dim=2).to(folded.dtype)
        own = any_seen
        if self.spatial is not None:
            context, own = self.spatial(folded, any_seen)
            folded = crop(folded, context) + context
        logits = self.head(self.body(folded))
        output = NetworkOutput(logits)
        if self.training:
            output = output._replace(**self._auxiliary(features, logits))
        if attention:
            mean_steps = crop(steps.mean(dim=1), logits)
            share = (crop(s1_gate[:, 0], logits) * mean_steps).sum(dim=1, keepdim=True)
            mix = None if self.spatial is None else self.spatial.mix
            parts = contribution(
                self.head,
                cast("Sequence[SpatialResidual]", self.body),
                mix,
                self.fold.conv,
                weighted,
                first,
                folded,
                logits,
            )
            output = output._replace(
                temporal=mean_steps,
                channel=crop(weights, logits),
                spatial=crop(own, logits),
                s1_share=share,
                contribution=parts,
            )
        return output

    def _prepare(
        self, values: Tensor | None, valid: Tensor | None, mean: Tensor, scale: Tensor, like: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Normalise, with zero where nothing was seen: (N, C, T, H, W) and (N, 1, T, H, W); all unseen if None."""
        if values is None:
            n, t, h, w = like.shape
            return mean.new_zeros((n, mean.shape[1], t, h, w)), torch.zeros_like(like)[:, None]
        mask = known(valid)[:, None]
        # Filled, not multiplied: NaN under the mask must not survive.
        x = values.transpose(1, 2).contiguous(memory_format=torch.channels_last_3d)
        return ((x - mean) * scale).masked_fill_(~mask, 0.0), mask

    def _weigh_channels(self, sensors: list[tuple[Tensor, Tensor]]) -> Tensor:
        """(N, bands, H, W), summing to 1 over the bands that were ever seen."""
        moments = [temporal_moments(x, valid.to(x.dtype)) for x, valid in sensors]
        seen = torch.cat([share.expand_as(mean) for mean, _, share in moments], dim=1)
        if self.channel is None:
            known = (seen > 0).to(seen.dtype)
            return known / known.sum(dim=1, keepdim=True).clamp(min=1.0)
        return self.channel(torch.cat([m[0] for m in moments], dim=1), torch.cat([m[1] for m in moments], dim=1), seen)

    def _branch(self, name: str, values: Tensor, valid: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Features of one sensor and where it looked, both as large as the branch leaves them."""
        first = 0 if name == "optical" else self.bands[0]
        if self.channel is not None:
            known = (weights > 0).sum(dim=1, keepdim=True)
            own = (weights * known)[:, first : first + values.shape[1]]
            values = values * own[:, :, None]
        x = torch.cat((values, valid.to(values.dtype)), dim=1)
        features = getattr(self, name)(x)
        return features, crop(valid, features)

    def _auxiliary(self, features: dict[str, tuple[Tensor, Tensor]], like: Tensor) -> dict[str, Tensor]:
        """Logits of each sensor alone, cut to the size of `like`."""
        heads = {"optical": "s2_logits", "radar": "s1_logits"}
        return {
            heads[name]: crop(getattr(self, f"{name}_head")(x * valid).squeeze(2), like)
            for name, (x, valid) in features.items()
        }

    def _fuse(self, features: dict[str, tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor, Tensor]:
        """Join the branches step by step; also where anything was seen, and the share of Sentinel-1."""
        if self.gate is None:
            ((name, (x, valid)),) = features.items()
            share = valid.to(x.dtype) if name == "radar" else torch.zeros_like(valid, dtype=x.dtype)
            return x * valid, valid, share
        (s2, s2_valid), (s1, s1_valid) = features["optical"], features["radar"]
        s2_share, s1_share = self.gate(s2, s2_valid, s1, s1_valid)
        return s2 * s2_share + s1 * s1_share, s2_valid | s1_valid, s1_share

    def _attend(self, fused: Tensor, seen: Tensor) -> Tensor:
        """(N, heads, T, H, W), summing to 1 over the steps seen."""
        if self.temporal is not None:
            return self.temporal(fused, seen)
        uniform = seen.to(fused.dtype)
        return uniform / uniform.sum(dim=2, keepdim=True).clamp(min=1.0)

    def _weigh_steps(self, fused: Tensor, steps: Tensor, seen: Tensor) -> Tensor:
        """Weigh each step; scaled so that an even attention changes nothing."""
        scaled = steps * seen.sum(dim=2, keepdim=True)
        return fused * scaled.repeat_interleave(fused.shape[1] // scaled.shape[1], dim=1)
