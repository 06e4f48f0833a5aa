"""Attention that can be trusted: hiding the most attended steps must cost more confidence than hiding random ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from crop_attention.models.checkpoint import Checkpoint

from .sample import Sample, look

HIDDEN = 5
DRAWS = 20
REPLICATES = 2000
SEED = 7
WAYS = {"attention": "temporal", "contribution": "contribution"}
"""What chooses the steps to hide -> what the network calls it."""

BOTH, OPTICAL = "both sensors", "Sentinel-2 alone"


@dataclass(frozen=True)
class Trust:
    """What hiding steps costs, in probability of the class that the whole series gave.

    Attributes:
        shown: "attention" or "contribution": by which the steps were chosen. The contribution is of the very class
            whose probability is looked at, which favours it in this test; both are the network's, while the
            probability is that of network and Gaussian together.
        sample: which pixels.
        sensors: which looks were hidden at those steps.
        pixels, parcels: how many; pixels with no more clear steps than are hidden are left out.
        full: mean confidence with the whole series.
        attended: mean drop (0..1) without the most attended steps.
        random: mean drop without as many clear steps at random, mean over draws.
        ratio: attended / random, NaN when random steps cost nothing.
        interval: 95 % interval of the ratio, parcels resampled.
        more: share of the pixels that lose more without the most attended steps.
        held: mean share of the weight of all steps that the most attended ones hold.
    """

    sample: str
    sensors: str
    pixels: int
    parcels: int
    full: float
    attended: float
    random: float
    ratio: float
    interval: tuple[float, float]
    more: float
    shown: str = "attention"
    held: float = nan

    def row(self) -> tuple[object, ...]:
        """Return the cells of a table, as `HEAD` names them."""
        low, high = self.interval
        return (
            self.sample,
            self.shown,
            self.sensors,
            f"{self.held:.0%}",
            f"{self.pixels:,} in {self.parcels:,}",
            f"{self.full:.3f}",
            f"{self.attended:.3f}",
            f"{self.random:.3f}",
            f"{self.ratio:.2f}",
            f"{low:.2f} to {high:.2f}",
            f"{self.more:.0%}",
        )


HEAD = (
    "Sample",
    "Chosen by",
    "Hidden",
    "Weight held",
    "Pixels in parcels",
    "Confidence",
    "Drop, most attended",
    "Drop, random",
    "Ratio",
    "95 % interval",
    "Pixels that lose more",
)


def trust(
    parts: Sequence[tuple[Checkpoint, Sample]],
    steps: int = HIDDEN,
    draws: int = DRAWS,
    seed: int = SEED,
    shown: str = "attention",
) -> list[Trust]:
    """Hide steps and compare.

    Hidden in both sensors are the most attended of all steps; in Sentinel-2 alone, the most attended of the clear ones.
    The random steps are always clear ones, so that as much is taken away.

    Args:
        parts: networks, each with the pixels to try it on: one, or one a fold with the pixels it did not learn from.
        steps: to hide.
        draws: of random steps.
        seed: of the draws and of the resampling.
        shown: "attention" or "contribution", what the steps are chosen by.

    Returns:
        One for both sensors and one for Sentinel-2 alone.

    Raises:
        ValueError: no pixel has more than `steps` clear steps.
    """
    rng = np.random.default_rng(seed)
    tried = [(network, sample.pick(sample.s2_valid.sum(axis=1) > steps)) for network, sample in parts]
    tried = [(network, sample) for network, sample in tried if len(sample)]
    if not tried:
        raise ValueError(f"No pixel of {parts[0][1].name} has more than {steps} clear steps: hide fewer.")
    looks = [look(network, sample, WAYS[shown]) for network, sample in tried]
    weight = np.concatenate([part for _, part in looks])
    held = float(np.sort(weight, axis=1)[:, -steps:].sum(axis=1).mean() / max(weight.sum(axis=1).mean(), 1e-9))
    parcels = np.concatenate([sample.parcels for _, sample in tried])
    sure = np.concatenate([chances.max(axis=1) for chances, _ in looks])
    found = []
    for sensors in (BOTH, OPTICAL):
        drops = [_drops(*part, *seen, sensors == BOTH, steps, draws, rng) for part, seen in zip(tried, looks)]
        attended, chance = (np.concatenate(column) for column in zip(*drops))
        found.append(
            Trust(
                tried[0][1].name,
                sensors,
                len(parcels),
                len(np.unique(parcels)),
                float(sure.mean()),
                float(attended.mean()),
                float(chance.mean()),
                float(attended.mean() / chance.mean()) if chance.any() else nan,
                ratio_interval(attended, chance, parcels, seed),
                float((attended > chance).mean()),
                shown,
                held,
            )
        )
    return found


def _drops(
    checkpoint: Checkpoint,
    sample: Sample,
    chances: np.ndarray,
    temporal: np.ndarray,
    radar: bool,
    steps: int,
    draws: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return what hiding the most attended steps costs each pixel, and what random ones cost it on average."""
    clear = sample.s2_valid
    said, full = chances.argmax(axis=1), chances.max(axis=1)

    def drop(chosen: np.ndarray) -> np.ndarray:
        left, _ = look(checkpoint, sample.hidden(chosen, radar))
        return full - left[np.arange(len(said)), said]

    attended = drop(highest(temporal, clear | sample.s1_valid if radar else clear, steps))
    by_chance = [drop(highest(rng.random(clear.shape), clear, steps)) for _ in range(draws)]
    return attended, np.mean(by_chance, axis=0)


def highest(values: np.ndarray, among: np.ndarray, number: int) -> np.ndarray:
    """Return (P, T) bool, the `number` steps with the highest values among those allowed; fewer where fewer are."""
    order = np.argsort(np.where(among, -values, np.inf), axis=1, kind="stable")[:, :number]
    chosen = np.zeros(among.shape, bool)
    np.put_along_axis(chosen, order, True, axis=1)
    return chosen & among


def ratio_interval(above: np.ndarray, below: np.ndarray, parcels: np.ndarray, seed: int) -> tuple[float, float]:
    """Return the 95 % percentile interval of the ratio of two sums, whole parcels resampled; NaN without one."""
    _, which = np.unique(parcels, return_inverse=True)
    sums = [np.bincount(which, weights=values) for values in (above, below)]
    count = len(sums[0])
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(count, np.full(count, 1 / count), size=REPLICATES)
    shares = drawn @ sums[1]
    if not shares.all():
        return nan, nan
    low, high = np.percentile(drawn @ sums[0] / shares, (2.5, 97.5))
    return float(low), float(high)
