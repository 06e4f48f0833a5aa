"""The plain summary of a classification: what was mapped, what decided, how far to trust it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Sequence

import numpy as np

from ...models.architectures import attentions_of, title_of
from ..mapping.result import ClassStatistics, MappingResult
from .numbers import counted, hectares, listed, percent
from .parts import absent_sensors, all_warnings
from .svg import day_and_month

if TYPE_CHECKING:
    from ..series.settle.prepared import PreparedSeries
    from ..series.settle.summary import SeasonSummary

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
    statistics = result.statistics
    total = statistics.pixels.sum()
    order = by_area(statistics)
    if not order:
        return "No pixel was mapped: no acquisition saw the area within the season."
    largest = [f"{prepared.card.classes[k].name} ({percent(statistics.pixels[k] / total)})" for k in order[:MAIN_CROPS]]
    return (
        f"The map covers {hectares(total * result.pixel_area)} in {counted(len(order), 'class', 'classes')}; "
        f"the largest {'is' if len(largest) == 1 else 'are'} {listed(largest)}."
    )


def what_it_rests_on(prepared: PreparedSeries, summary: SeasonSummary) -> str:
    """Return a sentence on acquisitions and usable steps."""
    steps, found = prepared.placed.season.steps, []
    if prepared.s2 is not None:
        found.append(f"a clear Sentinel-2 observation at {summary.usable_s2} of {steps} steps")
    if prepared.s1 is not None:
        found.append(f"a Sentinel-1 observation at {summary.usable_s1} of {steps} steps")
    missing = absent_sensors(prepared)
    alone = f" {listed(missing)} was not given, which costs accuracy." if missing else ""
    return f"It rests on {listed(found)}.{alone}"


def what_decided(prepared: PreparedSeries, statistics: ClassStatistics) -> str:
    """Return sentences on the steps that weighed most for the main crops, and on the share of Sentinel-1."""
    classes, sentences = prepared.card.classes, []
    given = attentions_of(prepared.card.architecture)
    crops = [k for k in by_area(statistics) if classes[k].crop and statistics.sampled[k] > 0][:MAIN_CROPS]
    told, contributed = [], bool(statistics.contribution_sum.any())
    what, did = ("the contribution", "contributed") if contributed else ("the attention", "weighed")
    for k in crops:
        weights = np.nan_to_num((statistics.contribution if contributed else statistics.temporal)[k])
        top = sorted(np.argsort(-weights, kind="stable")[:3])
        days = listed([day_and_month(prepared.placed.step_bounds(int(step))[0]) for step in top])
        told.append(f"for {classes[k].name} those from {days} ({percent(weights[top].sum())} of {what})")
    if told and "temporal" in given:
        looked = int(np.count_nonzero(statistics.s2_clear + statistics.s1_clear))
        sentences.append(
            f"The {prepared.placed.season.days}-day steps that {did} most: {'; '.join(told)}; "
            f"three steps would have {percent(min(3 / max(looked, 1), 1))} if all {looked} observed ones weighed alike."
        )
    share = mean_share(statistics.s1_share_sum, statistics.sampled)
    if shares_known(prepared) and not math.isnan(share):
        shares = {k: statistics.s1_share[k] for k in by_area(statistics, 0.01) if statistics.sampled[k] > 0}
        sentence = f"Sentinel-1 carried {percent(share)} of the decision, Sentinel-2 the rest"
        if len(shares) > 1:
            most, least = max(shares, key=shares.get), min(shares, key=shares.get)
            sentence += (
                f"; its share was highest for {classes[most].name} ({percent(shares[most])}) "
                f"and lowest for {classes[least].name} ({percent(shares[least])})"
            )
        sentences.append(sentence + ".")
    absent = [name for name in ("temporal", "channel", "spatial") if name not in given]
    if absent:
        title = title_of(prepared.card.architecture)
        sentences.append(f"The network of the checkpoint ({title}) has no {' or '.join(absent)} attention to show.")
    return " ".join(sentences)


def shares_known(prepared: PreparedSeries) -> bool:
    """Return whether the share of each sensor is known: both are there, and the network tells."""
    both = prepared.s1 is not None and prepared.s2 is not None
    return both and "s1_share" in attentions_of(prepared.card.architecture)


def how_far_to_trust(prepared: PreparedSeries, summary: SeasonSummary, result: MappingResult) -> str:
    """Return sentences on confidence and on every reason for care that the run itself shows."""
    statistics, classes = result.statistics, prepared.card.classes
    confidence = mean_share(statistics.confidence_sum, statistics.pixels)
    reasons = _reasons(prepared, summary, result)
    doubtful = [k for k in by_area(statistics, 0.01) if statistics.confidence[k] < DOUBTFUL]
    if doubtful:
        reasons.insert(0, f"low confidence for {listed([classes[k].name for k in doubtful])}")
    opening = f"Mean confidence is {percent(confidence)}." if not math.isnan(confidence) else ""
    closing = (
        f"Reasons for care: {'; '.join(reasons)}."
        if reasons
        else "Nothing in the series itself speaks against the map; the limits of the checkpoint still hold."
    )
    return f"{opening} {closing}".strip()


def mean_share(sums: np.ndarray, counts: np.ndarray) -> float:
    """Return the mean over all classes, NaN without any pixel."""
    return float(sums.sum() / counts.sum()) if counts.sum() > 0 else math.nan


def _reasons(prepared: PreparedSeries, summary: SeasonSummary, result: MappingResult) -> list[str]:
    reasons: list[str] = []
    steps = prepared.placed.season.steps
    if prepared.s2 is not None and summary.usable_s2 < prepared.options.min_clear_steps:
        reasons.append(f"only {summary.usable_s2} of {steps} steps have a clear Sentinel-2 observation")
    if prepared.s2 is not None and summary.longest_gap_days >= LONG_GAP_DAYS:
        reasons.append(f"{summary.longest_gap_days} days without a clear Sentinel-2 observation")
    reasons += [f"{name} is missing" for name in absent_sensors(prepared)]
    empty = result.nodata_pixels / max(prepared.grid.width * prepared.grid.height, 1)
    if empty >= 0.05:
        reasons.append(f"{percent(empty)} of the area has no result")
    warnings: Sequence[str] = [*all_warnings(prepared), *result.warnings]
    if warnings:
        reasons.append(f"{counted(len(warnings), 'warning')} below")
    return reasons
