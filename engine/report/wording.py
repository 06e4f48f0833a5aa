"""The plain summary of a classification: what was mapped, what decided, how far to trust it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Sequence

import numpy as np

from ...models.architectures import attentions_of, title_of
from ...models.known import known
from ...models.language import N_, tr
from ..mapping.result import ClassStatistics, MappingResult
from .charts.svg import day_and_month
from .numbers import counted, hectares, listed, percent
from .sections import absent_sensors, all_warnings

if TYPE_CHECKING:
    from ..series.preprocessing.prepared import PreparedSeries
    from ..series.preprocessing.summary import SeasonSummary

MAIN_CROPS = 3
DOUBTFUL = 0.6
"""Mean confidence under which a class is named as doubtful."""

LONG_GAP_DAYS = 60


def by_area(statistics: ClassStatistics, smallest: float = 0.0) -> list[int]:
    """Return the indices of mapped classes, the largest first; `smallest` is a share of the mapped area."""
    limit = smallest * statistics.pixels.sum()
    order = np.argsort(-statistics.pixels, kind="stable")
    return [int(index) for index in order if statistics.pixels[index] > max(limit, 0)]


def what_was_mapped(prepared: PreparedSeries, result: MappingResult) -> str:
    """Return a sentence on area and the main classes."""
    statistics = known(result.statistics)
    total = statistics.pixels.sum()
    order = by_area(statistics)
    if not order:
        return tr("No pixel was mapped: no acquisition saw the area within the season.")
    largest = [
        f"{tr(prepared.card.classes[k].name)} ({percent(statistics.pixels[k] / total)})" for k in order[:MAIN_CROPS]
    ]
    return tr("The map covers {hectares} in {counted}; most of it: {largest}.").format(
        hectares=hectares(total * result.pixel_area),
        counted=counted(len(order), "class", "classes"),
        largest=listed(largest),
    )


def what_it_rests_on(prepared: PreparedSeries, summary: SeasonSummary) -> str:
    """Return a sentence on acquisitions and usable steps."""
    steps, found = prepared.placed.season.steps, []
    if prepared.s2 is not None:
        found.append(
            tr("a clear Sentinel-2 observation at {usable_s2} of {steps} steps").format(
                usable_s2=summary.usable_s2, steps=steps
            )
        )
    if prepared.s1 is not None:
        found.append(
            tr("a Sentinel-1 observation at {usable_s1} of {steps} steps").format(
                usable_s1=summary.usable_s1, steps=steps
            )
        )
    missing = absent_sensors(prepared)
    alone = tr(" {missing} was not given, which costs accuracy.").format(missing=listed(missing)) if missing else ""
    return tr("It is based on {found}.{alone}").format(found=listed(found), alone=alone)


def what_decided(prepared: PreparedSeries, statistics: ClassStatistics) -> str:
    """Return sentences on the steps that weighed most for the main crops, and on the share of Sentinel-1."""
    classes, sentences = prepared.card.classes, []
    given = attentions_of(prepared.card.architecture)
    crops = [k for k in by_area(statistics) if classes[k].crop and statistics.sampled[k] > 0][:MAIN_CROPS]
    told, contributed = [], bool(statistics.contribution_sum.any())
    what = tr("the contribution") if contributed else tr("the attention")
    for k in crops:
        weights = np.nan_to_num((statistics.contribution if contributed else statistics.temporal)[k])
        top = sorted(np.argsort(-weights, kind="stable")[:3])
        days = listed([day_and_month(prepared.placed.step_bounds(int(step))[0]) for step in top])
        told.append(
            tr("for {name} those from {days} ({sum} of {what})").format(
                name=tr(classes[k].name), days=days, sum=percent(weights[top].sum()), what=what
            )
        )
    if told and "temporal" in given:
        looked = int(np.count_nonzero(statistics.s2_clear + statistics.s1_clear))
        opening = tr("contributed most to the decision") if contributed else tr("have the most attention")
        sentences.append(
            tr(
                "The {days}-day steps that {did}: {told}; three steps would have {looked} if all {looked_2} observed "
                "ones weighed alike."
            ).format(
                days=prepared.placed.season.days,
                did=opening,
                told=tr("; ").join(told),
                looked=percent(min(3 / max(looked, 1), 1)),
                looked_2=looked,
            )
        )
        if not contributed:
            sentences.append(tr("Attention says where the network looked, not what determined its decision."))
    share = mean_share(statistics.s1_share_sum, statistics.sampled)
    if shares_known(prepared) and not math.isnan(share):
        shares = {k: statistics.s1_share[k] for k in by_area(statistics, 0.01) if statistics.sampled[k] > 0}
        sentence = tr(
            "Where the two sensors are joined Sentinel-1 has a weight of {share}, Sentinel-2 the rest"
        ).format(share=percent(share))
        if len(shares) > 1:
            most, least = (pick(shares, key=lambda k: shares[k]) for pick in (max, min))
            sentence += tr("; it is highest for {name} ({shares}) and lowest for {name_2} ({shares_2})").format(
                name=tr(classes[most].name),
                shares=percent(shares[most]),
                name_2=tr(classes[least].name),
                shares_2=percent(shares[least]),
            )
        sentences.append(tr("{sentence}.").format(sentence=sentence))
    absent = [name for name in (N_("temporal"), N_("channel"), N_("spatial")) if name not in given]
    if absent:
        title = title_of(prepared.card.architecture)
        sentences.append(
            tr("The network of the checkpoint ({title}) has no {absent} attention to show.").format(
                title=title, absent=listed([tr(name) for name in absent], " or ")
            )
        )
    return " ".join(sentences)


def shares_known(prepared: PreparedSeries) -> bool:
    """Return whether the share of each sensor is known: both are there, and the network tells."""
    both = prepared.s1 is not None and prepared.s2 is not None
    return both and "s1_share" in attentions_of(prepared.card.architecture)


def how_far_to_trust(prepared: PreparedSeries, summary: SeasonSummary, result: MappingResult) -> str:
    """Return sentences on confidence and on every reason for care that the run itself shows."""
    statistics, classes = known(result.statistics), prepared.card.classes
    confidence = mean_share(statistics.confidence_sum, statistics.pixels)
    reasons = _reasons(prepared, summary, result)
    doubtful = [k for k in by_area(statistics, 0.01) if statistics.confidence[k] < DOUBTFUL]
    if doubtful:
        reasons.insert(
            0, tr("low confidence for {doubtful}").format(doubtful=listed([tr(classes[k].name) for k in doubtful]))
        )
    opening = (
        tr("Mean confidence is {confidence}.").format(confidence=percent(confidence))
        if not math.isnan(confidence)
        else ""
    )
    closing = (
        tr("Cautions: {reasons}.").format(reasons=tr("; ").join(reasons))
        if reasons
        else tr("Nothing in the series itself casts doubt on the map; the limits of the checkpoint still apply.")
    )
    return f"{opening} {closing}".strip()


def mean_share(sums: np.ndarray, counts: np.ndarray) -> float:
    """Return the mean over all classes, NaN without any pixel."""
    return float(sums.sum() / counts.sum()) if counts.sum() > 0 else math.nan


def _reasons(prepared: PreparedSeries, summary: SeasonSummary, result: MappingResult) -> list[str]:
    reasons: list[str] = []
    steps = prepared.placed.season.steps
    if prepared.s2 is not None and summary.usable_s2 < prepared.options.min_clear_steps:
        reasons.append(
            tr("only {usable_s2} of {steps} steps have a clear Sentinel-2 observation").format(
                usable_s2=summary.usable_s2, steps=steps
            )
        )
    if prepared.s2 is not None and summary.longest_gap_days >= LONG_GAP_DAYS:
        reasons.append(
            tr("{longest_gap_days} days without a clear Sentinel-2 observation").format(
                longest_gap_days=summary.longest_gap_days
            )
        )
    reasons += [tr("{name} is missing").format(name=name) for name in absent_sensors(prepared)]
    empty = result.nodata_pixels / max(prepared.grid.width * prepared.grid.height, 1)
    if empty >= 0.05:
        reasons.append(tr("{empty} of the area has no result").format(empty=percent(empty)))
    warnings: Sequence[str] = [*all_warnings(prepared), *result.warnings]
    if warnings:
        reasons.append(tr("{warnings} below").format(warnings=counted(len(warnings), "warning")))
    return reasons
