"""The card of a trained checkpoint: data, counts, blocks, scores with intervals, date, seed and command."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timezone

from ...models.card import Card
from ...models.language import counted, listed, tr
from ..accuracy.intervals import Estimate
from ..provenance import version
from .dataset import Dataset
from .options import TrainingOptions
from .result import Judgement, TrainingResult

FEW = 30
"""Parcels or points under which a class is named as learnt from few."""


def filled_card(
    card: Card,
    result: TrainingResult,
    dataset: Dataset,
    options: TrainingOptions,
    name: str,
    temperature: float,
    command: str,
) -> Card:
    """Return the card of a finished run.

    Args:
        card: of the start: architecture, legend, calendar, normalisation.
        name: of the checkpoint.
        temperature: fitted on the validation blocks.
        command: how to make it again.
    """
    from_base = result.base != "scratch"
    held = _sensors(dataset)
    return replace(
        card,
        name=name,
        title=name.replace("_", " "),
        version=version(),
        temperature=round(temperature, 4),
        # What a base saw besides is still known to the network, as far as the base says what that was.
        sensors=held if not from_base else tuple(sorted({*card.sensors, *held})) if card.sensors else (),
        training=_training(result, dataset),
        licence="; ".join(
            filter(None, [dataset.licence, f"base: {card.licence}" if from_base and card.licence else ""])
        ),
        limits=_limits(result),
        accuracy=_accuracy(result),
        command=command,
        seed=options.seed,
        created=datetime.now(timezone.utc).date().isoformat(),
    )


def _sensors(dataset: Dataset) -> tuple[str, ...]:
    """Return the sensors that any window of the data holds an observation of."""
    cubes = [window.cube for window in dataset.windows]
    seen = {
        "S1": any(cube.s1_valid is not None and cube.s1_valid.any() for cube in cubes),
        "S2": any(cube.s2_valid is not None and cube.s2_valid.any() for cube in cubes),
    }
    return tuple(sensor for sensor, held in seen.items() if held)


def interval(estimate: Estimate) -> str:
    """Return "0.912 (0.871 to 0.943)", without the bounds where they are not known."""
    if math.isnan(estimate.value):
        return "not measured"
    if math.isnan(estimate.lower) or math.isnan(estimate.upper):
        return f"{estimate.value:.3f}"
    return f"{estimate.value:.3f} ({estimate.lower:.3f} to {estimate.upper:.3f})"


def _training(result: TrainingResult, dataset: Dataset) -> str:
    counts = tr(", ").join(f"{tr(name)} {count:,}" for name, count in result.counts.items())
    parts = tr("; ").join(
        tr("{part} {blocks} with {parcels:,} parcels or points").format(
            part=tr(part), blocks=counted(blocks, "block"), parcels=parcels
        )
        for part, (blocks, _, parcels) in result.parts.items()
    )
    told = tr("{data} By class: {counts}. From {base}, {steps}. Learner: {learner}. Split by block: {parts}.").format(
        data=dataset.description,
        counts=counts,
        base=tr(result.base),
        steps=counted(result.steps, "step"),
        learner=tr(result.learner),
        parts=parts,
    )
    return told.strip()


def _limits(result: TrainingResult) -> str:
    blocks = result.parts["test"][0]
    sentences = [
        tr(
            "Judged on {blocks} of the same area and season as the training data; its accuracy elsewhere or in "
            "another year was not measured."
        ).format(blocks=counted(blocks, "block"))
    ]
    few = [name for name, count in result.counts.items() if count < FEW]
    if few:
        sentences.append(
            tr("Trained on fewer than {few} parcels or points: {names}.").format(
                few=FEW, names=listed([tr(name) for name in few])
            )
        )
    return " ".join(sentences)


def _accuracy(result: TrainingResult) -> dict[str, str]:
    found = {
        "overall accuracy by parcel, test blocks": interval(result.network.parcels.overall),
        "macro F1 by parcel, test blocks": interval(result.network.parcels.macro_f1),
        "overall accuracy by pixel, test blocks": interval(result.network.pixels.overall),
        "expected calibration error, test blocks": f"{result.calibrated.error:.3f}",
    }
    for other in result.others:
        found[f"{other.name} by parcel, same split"] = interval(other.judged.parcels.overall)
    found["95 % intervals"] = _basis(result.network)
    return found


def _basis(judged: Judgement) -> str:
    return "by parcel from resampled blocks" if judged.by_block else "by parcel as if parcels were independent (Wilson)"
