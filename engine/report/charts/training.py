"""Drawings of a training: the learning curve and the reliability diagram."""

from __future__ import annotations

import math
from typing import Callable, Sequence

import numpy as np

from ....models.language import tr
from ...training.result import Epoch, Reliability
from ..html import Markup, join
from ..numbers import counted, in_percent, percent
from ..theme import INK, MUTED, OPTICAL, RADAR, RULE, WARM, WIDTH
from .svg import Scale, curve, drawing, label, linear, nice_step, segment, width_of

LEFT, RIGHT, TOP = 46, 12, 34
ABOVE, ROW = 24, 16


def learning_chart(epochs: Sequence[Epoch], best: int) -> Markup:
    """Return loss and validation loss beside the parcel accuracy, over the epochs; `best` is marked."""
    half, height = WIDTH / 2 - 12, 250
    bottom = height - 36
    numbers = [epoch.number for epoch in epochs]
    losses = [value for epoch in epochs for value in (epoch.loss, epoch.validation_loss) if not math.isnan(value)]
    top_loss = max(losses, default=1.0) * 1.05
    parts: list[Markup] = []
    for start, name in ((0.0, tr("Loss")), (WIDTH / 2 + 12, tr("Correct validation parcels"))):
        losing = not start
        across = linear(min(0, *numbers), max(numbers), start + LEFT, start + half - RIGHT)
        parts.append(label(start, 14, name, size=13, fill=INK, bold=True))
        if losing:
            up = linear(0, top_loss, bottom, TOP)
            tick = nice_step(top_loss)
            parts += _levels([tick * k for k in range(int(top_loss / tick) + 1)], up, start, half, "{:g}".format)
            lines = [(tr("training"), WARM, "loss"), (tr("validation"), RADAR, "validation_loss")]
        else:
            up = linear(0, 1, bottom, TOP)
            parts += _levels([0, 0.25, 0.5, 0.75, 1.0], up, start, half, lambda share: in_percent(share, 0))
            lines = [("", OPTICAL, "parcel_accuracy")]
        if best:
            parts.append(segment(across(best), TOP, across(best), bottom, MUTED))
            parts.append(label(across(best), TOP - 5, tr("kept: {best}").format(best=best), "middle", 10))
        for place, (title, colour, field) in enumerate(lines):
            points = [(across(epoch.number), up(getattr(epoch, field))) for epoch in epochs]
            parts.append(curve(points, colour))
            parts.append(label(start + 40 + width_of(name, 13) + 80 * place, 14, title, size=12, fill=colour))
        stride = max(1, math.ceil(len(numbers) / 12))
        parts += [label(across(n), bottom + 15, n, "middle", 10) for n in numbers if n % stride == 0 or n == 1]
        parts.append(label(start + half / 2 + 20, height - 4, tr("epoch"), "middle", 11))
    return drawing(WIDTH, height, tr("Learning curve"), parts)


def reliability_chart(raw: Reliability, calibrated: Reliability) -> Markup:
    """Return accuracy over confidence, before and after temperature scaling, side by side."""
    side = 300
    height = side + TOP + 40
    parts: list[Markup] = []
    for start, found, name in ((0.0, raw, tr("As trained")), (WIDTH / 2, calibrated, tr("With temperature"))):
        across = linear(0, 1, start + LEFT, start + LEFT + side)
        up = linear(0, 1, TOP + side, TOP)
        parts.append(
            label(
                start,
                14,
                tr("{name}: error {error}").format(name=name, error=percent(found.error)),
                size=13,
                fill=INK,
                bold=True,
            )
        )
        for share in (0, 0.25, 0.5, 0.75, 1):
            parts.append(segment(across(0), up(share), across(1), up(share)))
            parts.append(segment(across(share), up(0), across(share), up(1)))
            parts.append(label(across(0) - 5, up(share) + 4, in_percent(share, 0), "end", 10))
            parts.append(label(across(share), up(0) + 15, in_percent(share, 0), "middle", 10))
        parts.append(segment(across(0), up(0), across(1), up(1), MUTED, 1.5))
        parts.append(_dots(found, across, up))
        parts.append(label(across(0.5), height - 6, tr("confidence"), "middle", 11))
        parts.append(label(across(0.02), up(0.95), tr("correct pixels"), "start", 11))
    return drawing(WIDTH, height, tr("Reliability diagram"), parts)


def coefficients_chart(strength: np.ndarray, bands: list[str], months: list[str], optical: int) -> Markup:
    """Return how much each band decides at each step as a heat table.

    Args:
        strength: (T, bands); the first `optical` bands are optical ones.
        months: name of the month of each step.
    """
    steps = len(months)
    width = (WIDTH - LEFT) / steps
    top = max(float(strength.max()), 1e-9)
    parts, told = [], tr("{month}, step {step}")
    for place, band in enumerate(bands):
        across = ABOVE + ROW * place
        parts.append(label(LEFT - 5, across + 12, band, "end", 10, INK))
        for step in range(steps):
            share = float(strength[step, place]) / top
            parts.append(
                Markup(
                    f'<rect x="{LEFT + step * width:.1f}" y="{across}" width="{width - 1:.1f}" height="{ROW - 1}" '
                    f'fill="{OPTICAL if place < optical else RADAR}" fill-opacity="{share:.2f}">'
                    f"<title>{told.format(month=months[step], step=step + 1)}: "
                    f"{strength[step, place]:.2f}</title></rect>"
                )
            )
    seen = ""
    for step, month in enumerate(months):
        if month != seen:
            parts.append(label(LEFT + step * width, ABOVE - 6, month, "start", 10))
        seen = month
    return drawing(WIDTH, ABOVE + ROW * len(bands) + 4, tr("Coefficients by date and band"), parts)


def _dots(found: Reliability, across: Scale, up: Scale) -> Markup:
    """Circles whose area shows how many pixels a bin holds."""
    most = max([*found.counts, 1])
    dots = []
    for sure, right, count in zip(found.confidence, found.accuracy, found.counts):
        if not count:
            continue
        radius = 3 + 11 * math.sqrt(count / most)
        hint = tr("confidence {sure}, right {right}, {pixels}").format(
            sure=in_percent(sure), right=in_percent(right), pixels=counted(count, "pixel")
        )
        dots.append(
            Markup(
                f'<circle cx="{across(sure):.1f}" cy="{up(right):.1f}" r="{radius:.1f}" fill="{OPTICAL}" '
                f'fill-opacity="0.75" stroke="{RULE}"><title>{hint}</title></circle>'
            )
        )
    return join(dots)


def _levels(
    values: Sequence[float], up: Scale, start: float, half: float, form: Callable[[float], str]
) -> list[Markup]:
    lines = []
    for value in values:
        lines.append(segment(start + LEFT, up(value), start + half - RIGHT, up(value)))
        lines.append(label(start + LEFT - 5, up(value) + 4, form(value), "end", 10))
    return lines
