"""What a training run found; free of torch, so that a report can be written of it anywhere."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Mapping

from ...models.card import Card
from ..accuracy.confusion import ConfusionMatrix
from ..accuracy.scores import Scores

NETWORK, FOREST = "network", "forest"


@dataclass(frozen=True)
class Epoch:
    """One pass over the training windows.

    Attributes:
        number: from 1.
        loss: mean training loss, with label smoothing and the losses of each sensor.
        validation_loss: negative log-likelihood on the validation blocks.
        parcel_accuracy: share of the validation parcels that are right.
    """

    number: int
    loss: float
    validation_loss: float
    parcel_accuracy: float


@dataclass(frozen=True)
class Reliability:
    """Bins of equal width over the confidence 0..1: mean confidence and accuracy (NaN where empty), pixels, ECE."""

    confidence: tuple[float, ...]
    accuracy: tuple[float, ...]
    counts: tuple[int, ...]
    error: float


@dataclass(frozen=True)
class Judgement:
    """One model on ground it never saw.

    Attributes:
        parcel_matrix, pixel_matrix: rows map, columns reference.
        parcels, pixels: scores with 95 % intervals.
        blocks: spatial blocks that were judged.
        by_block: the intervals of `parcels` come from resampled blocks, else each parcel counts as drawn by itself.
    """

    parcel_matrix: ConfusionMatrix
    pixel_matrix: ConfusionMatrix
    parcels: Scores
    pixels: Scores
    blocks: int
    by_block: bool


@dataclass(frozen=True)
class TrainingResult:
    """A finished run.

    Attributes:
        card: of the checkpoint.
        place, sha256: of the checkpoint's file.
        epochs: the learning curve; `best` is the number of the epoch whose weights were kept, 0 for those of the start.
        network, forest: judgements on the test blocks; the forest is None where scikit-learn is not installed.
        raw, calibrated: reliability on the test blocks, before and after temperature scaling.
        parts: part of the split -> (blocks, windows, parcels).
        counts: class name -> parcels or points.
        seconds: of fitting, without reading samples and without the forest.
        forest_seconds: of the forest.
        steps: optimiser steps done.
        device: what people call it.
        base: what the run started from, in words.
        transferred: class name -> how its weights began.
        stopped: why the passes ended.
        warnings: sentences for the analyst.
    """

    card: Card
    place: str
    sha256: str
    epochs: tuple[Epoch, ...]
    best: int
    network: Judgement
    forest: Judgement | None
    raw: Reliability
    calibrated: Reliability
    parts: Mapping[str, tuple[int, int, int]]
    counts: Mapping[str, int]
    seconds: float
    forest_seconds: float
    steps: int
    device: str
    base: str
    transferred: Mapping[str, str] = field(default_factory=dict)
    stopped: str = ""
    warnings: tuple[str, ...] = ()

    def numbers(self) -> dict[str, float]:
        """Return what a front end tells as oa, macro_f1, forest_oa, calibration_error (where known) and n_parcels."""
        numbers = {
            "oa": self.network.parcels.overall.value,
            "macro_f1": self.network.parcels.macro_f1.value,
            "forest_oa": math.nan if self.forest is None else self.forest.parcels.overall.value,
            "calibration_error": self.calibrated.error,
        }
        known = {name: float(value) for name, value in numbers.items() if math.isfinite(value)}
        return {**known, "n_parcels": sum(self.counts.values())}

    def sentence(self) -> str:
        """Return how good the network is on the test blocks, for people."""
        scores = self.network.parcels.overall
        said = (
            f"On test blocks {100 * scores.value:.1f} % of {self.network.parcel_matrix.total} parcels are right "
            f"({100 * scores.lower:.1f} to {100 * scores.upper:.1f})"
        )
        if self.forest is not None:
            said += f"; a random forest has {100 * self.forest.parcels.overall.value:.1f} %"
        return f"{said}."
