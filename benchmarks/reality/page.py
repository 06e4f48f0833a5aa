"""Real and simulated courses of each crop on one page: medians and quartiles, a month a point."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crop_attention.engine.report import html
from crop_attention.engine.report.charts import svg
from crop_attention.engine.report.html import Markup
from crop_attention.engine.report.theme import INK, RULE, WARM
from crop_attention.models.card import CropClass

from .distances import Comparison
from .forest import TwoWays
from .points import MEASURES

REAL, MADE = "#2f6db3", WARM
WIDTH, HEIGHT, LEFT, BOTTOM = 330, 150, 30, 18
RANGE = {"NDVI": (0.0, 1.0), "VV": (-20.0, -4.0), "VH": (-27.0, -8.0)}
TICKS = {"NDVI": (0.0, 0.25, 0.5, 0.75, 1.0), "VV": (-20, -15, -10, -5), "VH": (-25, -20, -15, -10)}
UNIT = {"NDVI": "", "VV": " dB", "VH": " dB"}


def document(found: Sequence[Comparison], scores: TwoWays | None, legend: Sequence[CropClass], subtitle: str) -> str:
    """Return the page as HTML; without scores it has no two-way test."""
    content = []
    if scores:
        content.append(html.section("Two-way test", _scores(scores), lead=_verdict(scores)))
    names = {entry.code: entry.name for entry in legend}
    content.append(html.section("Distances", _table(found, names), lead="Medians over the months of each crop."))
    for code in dict.fromkeys(row.code for row in found):
        rows = [row for row in found if row.code == code]
        panels = [_panel(names[code], measure, [row for row in rows if row.measure == measure]) for measure in MEASURES]
        content.append(html.section(names[code], html.side_by_side(panels, len(panels))))
    foot = "Blue: real points; red: simulated parcels. Line: median of the month; band: quartiles."
    return html.page("Simulated fields held against real ones", subtitle, content, foot)


def _verdict(scores: TwoWays) -> str:
    made = np.mean([score.accuracy for score in scores.made])
    return (
        f"A random forest of 500 trees (classes weighted by rarity, ten classes at the frequencies of the real points) "
        f"gets {scores.real.accuracy:.0%} of real points right in held-out blocks and {made:.0%} of simulated ones in "
        f"counties it has not seen. Far above would mean that the simulation is too easy."
    )


def _scores(scores: TwoWays) -> Markup:
    rows = [
        (
            trained,
            tested,
            how,
            kept[0].trained,
            kept[0].tested,
            f"{np.mean([score.accuracy for score in kept]):.3f}",
            f"{np.mean([score.macro_f1 for score in kept]):.3f}",
        )
        for trained, tested, how, kept in scores.rows()
    ]
    head = ("Trained on", "Tested on", "", "Training points", "Test points", "Overall accuracy", "Macro F1")
    return html.table(head, rows, (3, 4, 5, 6))


def _table(found: Sequence[Comparison], names: dict[int, str]) -> Markup:
    head = ["Crop", "Measure", "Median apart", "Wasserstein distance", "Kolmogorov-Smirnov", "Spread, simulated / real"]
    rows = []
    for code in dict.fromkeys(row.code for row in found):
        for measure in MEASURES:
            part = [row for row in found if (row.code, row.measure) == (code, measure)]
            if part:
                middle = summary(part)
                rows.append((names[code], measure, *(f"{value:.2f}" for value in middle)))
    return html.table(head, rows, (2, 3, 4, 5))


def summary(rows: Sequence[Comparison]) -> tuple[float, float, float, float]:
    """Return medians of the distance of medians, of Wasserstein, of Kolmogorov-Smirnov and of the ratio of spreads."""
    values = np.array([(abs(row.gap), row.shift, row.overlap, row.spread) for row in rows])
    return tuple(float(value) for value in np.median(values, axis=0))


def _panel(name: str, measure: str, rows: Sequence[Comparison]) -> Markup:
    """Return the course of one measure over the months."""
    low, high = RANGE[measure]
    up = svg.linear(low, high, HEIGHT - BOTTOM, 16)
    parts = [svg.label(LEFT, 11, measure + UNIT[measure], fill=INK, size=11, bold=True)]
    for tick in TICKS[measure]:
        parts.append(svg.segment(LEFT, up(tick), WIDTH, up(tick), RULE))
        parts.append(svg.label(LEFT - 4, up(tick) + 4, f"{tick:g}", "end", 10))
    if rows:
        numbers = [row.year * 12 + row.month for row in rows]
        across = svg.linear(min(numbers) - 0.5, max(numbers) + 0.5, LEFT, WIDTH)
        for colour, kind in ((REAL, "real"), (MADE, "made")):
            parts.append(_band([(across(n), *map(up, getattr(row, kind))) for n, row in zip(numbers, rows)], colour))
        for number, row in zip(numbers, rows):
            parts.append(svg.label(across(number), HEIGHT - 4, svg.MONTHS[row.month - 1][0], "middle", 10))
    return svg.drawing(WIDTH, HEIGHT, f"{measure} of {name}, real and simulated, by month", parts)


def _band(points: Sequence[tuple[float, float, float, float]], colour: str) -> Markup:
    """Return a band between quartiles with the median as a curve; points are (x, lower, median, upper)."""
    outline = [(x, low) for x, low, _, _ in points] + [(x, high) for x, _, _, high in reversed(points)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in outline)
    area = Markup(f'<polygon points="{path}" fill="{colour}" fill-opacity="0.18"/>')
    return html.join([area, svg.curve([(x, median) for x, _, median, _ in points], colour, 1.8)])
