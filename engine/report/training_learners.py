"""The learners of a training beside each other, and what decides in the linear one."""

from __future__ import annotations

import math

import numpy as np

from ...models.card import Card
from ...models.language import MONTHS, tr
from ..accuracy.intervals import Estimate
from ..training.result import TrainingResult
from .charts.training import coefficients_chart
from .html import Markup, figure, section, table
from .numbers import percent, span
from .sections import class_name

SHOWN = 4
"""Steps and bands of a class that are named."""


def compared_section(result: TrainingResult) -> Markup:
    """Return every learner on the same test blocks, the checkpoint first, with paired differences."""
    own = result.network.parcels
    rows: list[list[object]] = [
        [
            tr("This checkpoint: {learner}").format(learner=tr(result.learner)),
            share_text(own.overall),
            f"{own.macro_f1.value:.2f}",
            "",
            _loss(result),
        ]
    ]
    for other in result.others:
        found = other.judged.parcels
        loss = result.losses.get(other.name)
        rows.append(
            [
                tr(other.name)[:1].upper() + tr(other.name)[1:],
                share_text(found.overall),
                f"{found.macro_f1.value:.2f}",
                _gain(other.gain),
                "" if loss is None or math.isnan(loss) else f"{loss:.3f}",
            ]
        )
    head = [
        tr("Learner"),
        tr("Parcels right"),
        tr("Macro F1"),
        tr("Advantage of this checkpoint"),
        tr("Loss on validation blocks"),
    ]
    basis = tr("blocks") if result.network.by_block else tr("parcels")
    lead = tr(
        "All on the same test blocks. The learner, or the mean of two, with the lowest loss on the validation blocks "
        "became the checkpoint. Differences are paired, in parcels per hundred, with 95 % intervals from resampled "
        "{basis}: one that includes zero is within chance. Simple classifiers may also learn from the validation "
        "blocks."
    ).format(basis=basis)
    return section(tr("Learners compared"), table(head, rows, numbers=range(1, len(head))), lead=lead)


def share_text(found: Estimate) -> str:
    """Return "78 % (70 % to 84 %)", without the bounds where there are none."""
    if math.isnan(found.lower):
        return percent(found.value)
    return tr("{value} ({bounds})").format(
        value=percent(found.value), bounds=span(percent(found.lower), percent(found.upper))
    )


def coefficients_section(card: Card, weights: np.ndarray) -> Markup:
    """Return where in the season and in which band the linear learner decides.

    Args:
        weights: (K, T, bands) what one spread of a band at a step adds to a class, against the mean of the classes.
    """
    bands = [*card.s2_bands, *card.s1_bands]
    strength = np.sqrt((weights**2).mean(axis=0))
    days = card.season.day_of_year()
    rows = []
    for entry, own in zip(card.classes, weights):
        order = np.argsort(-np.abs(own), axis=None)[:SHOWN]
        places = [np.unravel_index(place, own.shape) for place in order]
        told = [
            (tr("{month} {band} high") if own[step, band] > 0 else tr("{month} {band} low")).format(
                month=_month(days[step]), band=bands[band]
            )
            for step, band in places
        ]
        rows.append([class_name(entry), tr(", ").join(told)])
    caption = tr(
        "Darker: what one standard deviation of a band at that step moves between the classes. Bands are correlated, "
        "so neighbouring bands share what one of them shows."
    )
    lead = tr("The linear learner weighs every band at every step. The strongest of each class:")
    drawn = figure(coefficients_chart(strength, bands, [_month(day) for day in days], len(card.s2_bands)), caption)
    return section(
        tr("What decides in the linear learner"), drawn, table([tr("Class"), tr("Strongest")], rows), lead=lead
    )


def _month(day: float) -> str:
    return tr(MONTHS[min(int(day / 30.5), 11)])


def _loss(result: TrainingResult) -> str:
    loss = result.losses.get(result.learner, math.nan)
    return "" if math.isnan(loss) else f"{loss:.3f}"


def _gain(found: Estimate) -> str:
    if math.isnan(found.value):
        return ""
    bounds = span(f"{100 * found.lower:+.1f}", f"{100 * found.upper:+.1f}")
    return tr("{value} ({bounds})").format(value=f"{100 * found.value:+.1f}", bounds=bounds)
