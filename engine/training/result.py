"""What a training run found; free of torch, so that a report can be written of it anywhere."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Mapping

import numpy as np

from ...models.card import Card
from ...models.language import N_, tr
from ..accuracy.confusion import ConfusionMatrix
from ..accuracy.intervals import Estimate
from ..accuracy.scores import Scores

LINEAR, FOREST = N_("linear discriminant analysis"), N_("random forest")
LOGISTIC = N_("balanced logistic regression")
"""Plain learners, as reports and cards name them."""


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
class Compared:
    """Another learner on the test blocks of a checkpoint.

    Attributes:
        gain: by how much more often the checkpoint is right, parcel by parcel on the same blocks.
        seconds: of fitting and judging it; 0 where it was fitted as a part of the run.
    """

    name: str
    judged: Judgement
    gain: Estimate
    seconds: float = 0.0


@dataclass(frozen=True)
class TrainingResult:
    """A finished run.

    Attributes:
        card: of the checkpoint.
        place, sha256: of the checkpoint's file.
        epochs: the learning curve; `best` is the number of the epoch whose weights were kept, 0 for those of the start.
        network: judgement of the checkpoint on the test blocks.
        others: learners that were fitted beside it or are parts of it, on the same blocks.
        learner: what was chosen to be the checkpoint, in words.
        losses: what could have been chosen -> negative log-likelihood on the validation blocks.
        coefficients: (K, T, bands) of the linear learner where it is the checkpoint or a part of it.
        raw, calibrated: reliability on the test blocks, before and after temperature scaling.
        parts: part of the split -> (blocks, windows, parcels).
        counts: class name -> parcels or points.
        seconds: of fitting, without reading samples and without what is only compared.
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
    raw: Reliability
    calibrated: Reliability
    parts: Mapping[str, tuple[int, int, int]]
    counts: Mapping[str, int]
    seconds: float
    steps: int
    device: str
    base: str
    transferred: Mapping[str, str] = field(default_factory=dict)
    stopped: str = ""
    warnings: tuple[str, ...] = ()
    others: tuple[Compared, ...] = ()
    learner: str = "network"
    losses: Mapping[str, float] = field(default_factory=dict)
    coefficients: np.ndarray | None = field(default=None, compare=False)

    @property
    def forest(self) -> Judgement | None:
        """The random forest on the test blocks, None where scikit-learn is not installed."""
        return next((entry.judged for entry in self.others if entry.name == FOREST), None)

    def strongest(self) -> Compared | None:
        """Return the plain learner with the most parcels right."""
        plain = [entry for entry in self.others if entry.name in (LINEAR, FOREST, LOGISTIC)]
        return max(plain, key=lambda entry: entry.judged.parcels.overall.value, default=None)

    def behind(self) -> str:
        """Return what can be done where a plain learner has more right on the test blocks, "" where none has."""
        rival = self.strongest()
        if rival is None or not rival.gain.value < 0:
            return ""
        if rival.name == LINEAR:
            return tr("{capitalize} may become the checkpoint too: ask for the learner 'linear'.").format(
                capitalize=tr(LINEAR).capitalize()
            )
        return tr(
            "{capitalize} is fitted only for comparison: no checkpoint can hold it, so it cannot be used for mapping."
        ).format(capitalize=tr(rival.name).capitalize())

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
        said = tr("On test blocks {value:.1f} % of {total} parcels are right ({lower:.1f} to {upper:.1f})").format(
            value=100 * scores.value,
            total=self.network.parcel_matrix.total,
            lower=100 * scores.lower,
            upper=100 * scores.upper,
        )
        rival = self.strongest()
        if rival is not None:
            said += tr("; the strongest simple classifier ({rival}) has {value:.1f} %").format(
                rival=tr(rival.name), value=100 * rival.judged.parcels.overall.value
            )
        return " ".join(
            filter(None, (tr("{said}. Learner: {learner}.").format(said=said, learner=tr(self.learner)), self.behind()))
        )
