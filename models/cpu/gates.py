"""Sensor gate and temporal attention on a strip: features of both sensors -> one weighed series."""

from __future__ import annotations

import math
from typing import Sequence

import numpy as np

from ..card import Card
from ..known import known
from .channels import TINY, UNSEEN
from .products import times
from .settings import CALENDAR_WAVES, Settings
from .strip import StripArrays
from .weights import Weights

F32 = np.float32
LARGEST_LEAD = F32(60)
"""Beyond it the other sensor has less than float32 can tell from nothing."""


class Gates:
    """Joins the sensors and weighs the steps; the scores of all are one product.

    Attributes:
        scores: rows of that product.
    """

    def __init__(self, weights: Weights, card: Card, settings: Settings, there: Sequence[int]):
        """Take the weights; `there` are the sensors that the network takes."""
        count, width, rows = len(there), settings.width, []
        self._calendar: np.ndarray | None = None
        self._count, self._heads, self._radar = count, settings.weighing_heads, 1 in there
        if count == 2:
            optical, radar = weights["gate.optical.weight"].ravel(), weights["gate.radar.weight"].ravel()
            rows.append(np.concatenate((optical, -radar))[None])
            self._lead = F32(weights["gate.optical.bias"][0] - weights["gate.radar.bias"][0])
        if settings.temporal_attention:
            keys, bias = weights.pointwise("temporal.keys")
            rows += [np.pad(keys, ((0, 0), (place * width, (count - 1 - place) * width))) for place in range(count)]
            waves, start = weights.pointwise("temporal.calendar")
            calendar = waves @ annual_encoding(card.season.day_of_year()) + start + bias
            self._calendar = np.ascontiguousarray(calendar.T)[..., None]
        self._product = np.ascontiguousarray(np.concatenate(rows), F32) if rows else None
        self.scores = 0 if self._product is None else len(self._product)

    def __call__(
        self, arrays: StripArrays, valid: Sequence[np.ndarray], attentions: tuple[np.ndarray, np.ndarray] | None
    ) -> np.ndarray:
        """Weigh and join the features in `room`, which are overwritten.

        Args:
            arrays: with the features of each sensor.
            valid: (T, pixels) 1 where a sensor observed, for each that the network takes.
            attentions: where the attention to the steps (T, pixels) and the share of Sentinel-1 (pixels,) go.

        Returns:
            (T, pixels) 1 where any sensor observed; the series is in `room.joined`.
        """
        shares, both, weight, heads = arrays.shares, arrays.both, arrays.weight, self._heads
        steps = len(both)
        if self._product is not None:
            times(self._product, both, known(arrays.scored))
        observed = self._share(arrays, valid)
        number = observed.sum(axis=0)
        if self._calendar is None:
            weight[:] = (observed / np.maximum(number, 1))[:, None]
        else:
            self._attend(arrays, self._calendar, observed)
        if attentions is not None:
            temporal, radar = attentions
            np.add.reduce(weight, axis=1, out=temporal)
            temporal *= F32(1 / heads)
            if self._radar:
                np.einsum("tp,tp->p", shares[-1], temporal, out=radar)
            else:
                radar[...] = 0
        # Scaled so that an even attention changes nothing.
        shares *= number
        np.multiply(weight[:, None], shares.transpose(1, 0, 2)[:, :, None], out=arrays.wide)
        parts = both.reshape(steps, self._count * heads, -1, both.shape[-1])
        parts *= arrays.wide.reshape(steps, self._count * heads, 1, -1)
        if self._count == 2:
            np.add(arrays.parts[0], arrays.parts[1], out=arrays.joined)
        return observed

    def _share(self, arrays: StripArrays, valid: Sequence[np.ndarray]) -> np.ndarray:
        """Fill in the share of each sensor, summing to 1 where any observed; return (T, pixels) where that is."""
        shares = arrays.shares
        if self._count == 1:
            shares[0] = valid[0]
            return valid[0]
        lead = known(arrays.scored)[:, 0]
        lead += self._lead
        np.minimum(lead, LARGEST_LEAD, out=lead)
        np.maximum(lead, -LARGEST_LEAD, out=lead)
        np.exp(lead, out=lead)
        lead *= valid[0]
        total = lead + valid[1]
        np.divide(lead, np.maximum(total, TINY, out=total), out=shares[0])
        observed = np.maximum(*valid)
        np.subtract(observed, shares[0], out=shares[1])
        return observed

    def _attend(self, arrays: StripArrays, calendar: np.ndarray, observed: np.ndarray) -> None:
        """Fill in the weights of the steps, each head summing to 1 over the steps observed."""
        weight, shares = arrays.weight, arrays.shares
        keys = known(arrays.scored)[:, -self._count * self._heads :].reshape(len(weight), self._count, self._heads, -1)
        np.multiply(keys, shares.transpose(1, 0, 2)[:, :, None], out=arrays.wide)
        np.add.reduce(arrays.wide, axis=1, out=weight)
        weight += calendar
        weight += ((observed - 1) * UNSEEN)[:, None]
        weight -= weight.max(axis=0)
        np.exp(weight, out=weight)
        weight *= observed[:, None]
        weight *= 1 / np.maximum(weight.sum(axis=0), TINY)


def annual_encoding(days: Sequence[float]) -> np.ndarray:
    """Return sines and cosines of the year's harmonics at some days of the year, (waves, T) float32."""
    angle = F32(2 * math.pi) * np.array(days, F32) / F32(365)
    harmonics = range(1, CALENDAR_WAVES // 2 + 1)
    return np.stack([wave(F32(number) * angle) for number in harmonics for wave in (np.sin, np.cos)])
