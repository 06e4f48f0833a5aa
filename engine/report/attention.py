"""Sections on attention: when the network looked, beside which phenology, and at which bands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Iterable, Sequence

import numpy as np

from ...models.architectures import attentions_of
from ...models.card import CropClass
from ...models.language import tr
from ..mapping.result import ClassStatistics
from ..products import CONTRIBUTION
from .charts.bars import legend
from .charts.season import Phenology, phenology_chart
from .charts.svg import MONTHS, blend, readable_on
from .html import Markup, join, paragraph, section, side_by_side, tag
from .numbers import counted, hectares, in_percent, percent, span
from .sections import ATTENTION_CAVEAT, CHANNEL_MEANING, CONTRIBUTION_MEANING, class_name, steps_of
from .theme import EMPTY, OPTICAL, PAPER, RADAR, SHADE, WARM
from .wording import by_area

if TYPE_CHECKING:
    from ..series.preprocessing.prepared import PreparedSeries
    from ..series.preprocessing.summary import SeasonSummary

SMALLEST_SHARE = 0.001
"""Share of the mapped area under which a class gets no drawing and no row: single pixels would set the colours."""

USABLE = 0.05
"""Share of pixels with a valid observation from which a step counts as seen: few observations mislead."""


def calendar_section(prepared: PreparedSeries, statistics: ClassStatistics) -> Markup:
    """Return heat tables of classes by steps: temporal attention where the network has one, contribution if known."""
    given = attentions_of(prepared.card.architecture)
    if "temporal" not in given:
        return Markup()
    lead = tr(
        "Percent of the temporal attention on each step, mean over the pixels of a class. {attention_caveat}"
    ).format(attention_caveat=ATTENTION_CAVEAT)
    told = statistics.contribution_sum.any()
    if "contribution" in given and not told:
        lead += tr(" What determined it is shown by the output '{contribution}'.").format(
            contribution=tr(CONTRIBUTION.title)
        )
    content = [
        _steps_section(
            prepared, statistics, statistics.temporal, tr("When the network looked: temporal attention"), lead
        )
    ]
    if told:
        lead = tr(
            "Percent of the contribution of each step, mean over the pixels of a class. {contribution_meaning}"
        ).format(contribution_meaning=CONTRIBUTION_MEANING)
        content.append(
            _steps_section(
                prepared,
                statistics,
                statistics.contribution,
                tr("What each step contributed to the decision: temporal contribution"),
                lead,
            )
        )
    return join(content, "\n")


def _steps_section(
    prepared: PreparedSeries, statistics: ClassStatistics, shares: np.ndarray, title: str, lead: str
) -> Markup:
    """Return a heat table of classes by steps; `shares` is (K, T)."""
    steps = steps_of(prepared)
    names = [span(first, last) for first, last in steps]
    # A name at the first step of each month only, so that the columns stay narrow.
    months = [first.month for first, _ in steps]
    head = [tr(MONTHS[m - 1]) if n == 0 or m != months[n - 1] else "" for n, m in enumerate(months)]
    order = _sampled(statistics)
    heat = _heat_table(
        head, names, [prepared.card.classes[k] for k in order], shares[order], EMPTY, [WARM] * len(steps), 0
    )
    return section(title, heat, _left_out(statistics, order), lead=lead) if order else Markup()


def bands_section(prepared: PreparedSeries, statistics: ClassStatistics) -> Markup:
    """Return a heat table of classes by bands, nothing where the network has no channel attention."""
    if "channel" not in attentions_of(prepared.card.architecture):
        return Markup()
    card, order = prepared.card, _sampled(statistics)
    names = (*card.s2_bands, *card.s1_bands)
    colours = [OPTICAL] * len(card.s2_bands) + [RADAR] * len(card.s1_bands)
    classes = [card.classes[k] for k in order]
    heat = _heat_table(names, names, classes, statistics.channel[order], PAPER, colours, 1)
    lead = tr(
        "Percent of the channel attention on each optical band (green) and polarisation (blue), mean "
        "over the pixels of a class. {channel_meaning}"
    ).format(channel_meaning=CHANNEL_MEANING)
    return (
        section(tr("Which bands the network read: channel attention"), heat, _left_out(statistics, order), lead=lead)
        if order
        else Markup()
    )


def phenology_section(
    prepared: PreparedSeries, summary: SeasonSummary, statistics: ClassStatistics, pixel_area: float
) -> Markup:
    """Return a drawing a class: the contribution of each step if known, else attention if any, over NDVI and VH."""
    classes = prepared.card.classes
    shown = _sampled(statistics)
    if not shown:
        return Markup()
    shown.sort(key=lambda k: not classes[k].crop)
    contributed = bool(statistics.contribution_sum.any())
    weights = statistics.contribution if contributed else statistics.temporal
    weighed = tr("temporal contribution") if contributed else tr("temporal attention")
    attends = "temporal" in attentions_of(prepared.card.architecture)
    ndvi = _seen(statistics.ndvi, statistics.ndvi_count, statistics.sampled)
    vh = _seen(statistics.vh, statistics.vh_count, statistics.sampled)
    top_share = math.ceil(max(float(np.fmax.reduce(weights[shown], axis=None, initial=0)), 0.01) * 20) / 20
    blind = [prepared.s2 is not None and step.s2_clear < USABLE for step in summary.steps]
    drawings = []
    for k in shown:
        area = hectares(statistics.pixels[k] * pixel_area)
        bars = weights[k] if attends else None
        crop = Phenology(tr(classes[k].name), classes[k].colour, area, bars, ndvi[k], vh[k], weighed)
        drawings.append(phenology_chart(crop, steps_of(prepared), top_share, _vh_range(vh[shown]), blind))
    entries = (
        [(tr("{weighed} (bars, colour of the class)").format(weighed=weighed), "#d9d2c0", "bar")] if attends else []
    )
    if np.isfinite(ndvi[shown]).any():
        entries.append((tr("NDVI (left axis)"), OPTICAL, "line"))
    if np.isfinite(vh[shown]).any():
        entries.append((tr("VH in dB (right axis)"), RADAR, "line"))
    if any(blind):
        entries.append((tr("no clear Sentinel-2 observation"), SHADE, "shade"))
    content = [legend(entries), side_by_side(drawings)]
    content.append(_left_out(statistics, shown))
    if not attends:
        return section(tr("Phenology"), *content, lead=tr("For each class: the mean NDVI and VH of its pixels."))
    lead = tr("For each class: {weighed} by step above, and the mean NDVI and VH of its pixels below.").format(
        weighed=weighed
    )
    title = tr("Contribution and phenology") if contributed else tr("Attention and phenology")
    return section(title, *content, lead=lead)


def _sampled(statistics: ClassStatistics) -> list[int]:
    return [k for k in by_area(statistics, SMALLEST_SHARE) if statistics.sampled[k] > 0]


def _left_out(statistics: ClassStatistics, shown: Sequence[int]) -> Markup:
    """Return how many classes are not shown, as they are too small."""
    number = len(by_area(statistics)) - len(shown)
    if not number:
        return Markup()
    text = tr("Left out: {left_out} under {smallest} of the area.")
    classes = counted(number, "class", "classes")
    return paragraph(text.format(left_out=classes, smallest=percent(SMALLEST_SHARE)), "caption")


def _seen(means: np.ndarray, counts: np.ndarray, sampled: np.ndarray) -> np.ndarray:
    """Return the means of the steps that enough pixels of a class were seen at, NaN for the others."""
    return np.where(counts >= USABLE * sampled[:, None], means, np.nan)


def _heat_table(
    head: Sequence[str],
    names: Sequence[str],
    classes: Iterable[CropClass],
    shares: np.ndarray,
    low: str,
    colours: Sequence[str],
    decimals: int,
) -> Markup:
    """Return a row a class and a column a step or band; `names` are told under the pointer."""
    top = max(float(np.fmax.reduce(shares, axis=None, initial=0)), 1e-9)
    rows = [tag("tr", join([tag("th", "", class_="name"), *(tag("th", name) for name in head)]))]
    for entry, row in zip(classes, shares):
        cells = [tag("td", class_name(entry), class_="name")]
        for name, colour, share in zip(names, colours, row):
            fill = blend(low, colour, share / top)
            shown = f"{100 * share:.{decimals}f}"
            hint = f"{tr(entry.name)}, {name}: {in_percent(share)}"
            style = f"background:{fill};color:{readable_on(fill)}"
            cells.append(tag("td", "" if float(shown) == 0 else shown, style=style, title=hint))
        rows.append(tag("tr", join(cells)))
    return tag("table", join(rows, "\n"), class_="heat")


def _vh_range(vh: np.ndarray) -> tuple[float, float]:
    """Return round ends in dB that hold all values and lie at least 10 dB apart."""
    finite = vh[np.isfinite(vh)]
    if finite.size == 0:
        return -25.0, -15.0
    low, high = math.floor(finite.min() / 5) * 5.0, math.ceil(finite.max() / 5) * 5.0
    return (low, high) if high - low >= 10 else (high - 10, high)
