"""What the records say to each claim of the paper: every verdict is computed, none is written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from crop_attention.engine.accuracy.intervals import Estimate
from crop_attention.engine.report.numbers import counted, listed

from .comparison import FIVE, OURS, REFERENCE, Study, site_title, system_title
from .speeds import Cost
from .statistics import BETTER, NOT_TOLD, SIZE_NAMES, WORSE
from .tables import CLOUD_LEFT, HIDDEN, ON_SMALLEST, UNDER_CLOUD, Difference, Score
from .wording import NOT_MEASURED, points, share

HOLDS, FAILS, OPEN = "holds here", "does not hold here", "cannot be told (intervals overlap)"
EVERYWHERE = "all sites"
NO_FIGURES = "This site gives no such figures."
NO_PAIR = "No pair of finished cells to compare yet."
TIMES = 5
"""As fast as the reference."""


class Claim(NamedTuple):
    """A claim and what became of it on one site."""

    claim: str
    site: str
    verdict: str
    sentence: str


def claims(
    study: Study, scores: Mapping[str, Sequence[Score]], found: Sequence[Difference], costs: Mapping[str, Cost]
) -> list[Claim]:
    """Return all claims in the order of the paper, each one site after the other.

    Args:
        study: of which sites there are.
        scores: by experiment: "main", "cloud", "fields".
        found: differences of all experiments.
        costs: by system.
    """
    kinds = (
        ("Best of the five networks that the paper compares", "main", "oa", FIVE, share, "overall accuracy"),
        ("Best of all systems here", "main", "oa", None, share, "overall accuracy"),
        (f"Loses least with {HIDDEN} % of the optical observations hidden", "cloud", "oa_lost", None, _lost, "lost"),
        (f"Most often right with {HIDDEN} % of them hidden", UNDER_CLOUD, "oa", None, share, "overall accuracy"),
        ("Loses least in small fields", "fields", "parcel_oa_lost", None, _lost, "lost"),
        (f"Most often right on parcels {SIZE_NAMES[0]}", ON_SMALLEST, "parcel_oa", None, share, "of them right"),
    )
    others = [name for name in study.systems() if name != OURS]
    left = {UNDER_CLOUD: ("cloud", CLOUD_LEFT.condition), ON_SMALLEST: ("fields", SIZE_NAMES[0])}
    compared = {one.site for one in found if one.experiment == "main"}
    result = []
    for title, experiment, measure, rivals, write, what in kinds:
        table, condition = left.get(experiment, (experiment, None))
        for site in study.sites:
            rows = [one for one in found if (one.experiment, one.site, one.measure) == (experiment, site, measure)]
            own = [s for s in scores[table] if (s.site, s.measure, s.variant) == (site, measure, "")]
            own = [score for score in own if condition in (None, score.condition)]
            # Points have no parcels: nothing is to come there.
            nothing = NO_PAIR if rows or site not in compared else NO_FIGURES
            result.append(Claim(title, site, *_against(rows, own, rivals or others, write, what, nothing)))
    parts = dict.fromkeys(one.other_variant for one in found if one.other_variant.endswith("attention"))
    parts = parts or dict.fromkeys(f"without {kind} attention" for kind in ("channel", "temporal", "spatial"))
    for variant in parts:
        title = f"Needs its {variant.replace('without ', '')}"
        for site in study.sites:
            result.append(Claim(title, site, *_needed(found, site, variant)))
    return [*result, Claim(f"{TIMES} times as fast as {system_title(REFERENCE)}", EVERYWHERE, *_fast(costs))]


def _against(
    rows: Sequence[Difference],
    own: Sequence[Score],
    rivals: Sequence[str],
    write: Callable[[Estimate], str],
    what: str,
    nothing: str,
) -> tuple[str, str]:
    """Return verdict and sentence on ours against others, of which all that are named must have been measured."""
    mine = next((score for score in own if score.system == OURS), None)
    rows = [row for row in rows if row.other in rivals]
    if mine is None or not rows:
        return NOT_MEASURED, nothing
    absent = [name for name in rivals if name not in {row.other for row in rows}]
    told = {kind: [row for row in rows if row.verdict == kind] for kind in (BETTER, NOT_TOLD, WORSE)}
    hardest = min(rows, key=lambda row: row.advantage)
    theirs = next((score for score in own if score.system == hardest.other), None)
    beside = f"{write(mine.estimate)} {what}"
    if theirs is not None:
        beside += f"; {system_title(hardest.other)} {write(theirs.estimate)}"
    sentence = f"{beside}; {points(hardest.estimate)} points in favour of Attention-3DCNN."
    for kind, words in ((WORSE, "Worse than"), (NOT_TOLD, "Not told apart from"), (BETTER, "Better than")):
        if told[kind]:
            sentence += f" {words} {listed([system_title(row.other) for row in told[kind]])}."
    if absent:
        sentence += f" Not measured yet: {listed([system_title(name) for name in absent])}."
    if told[WORSE]:
        return FAILS, sentence
    if absent:
        return NOT_MEASURED, sentence
    return (OPEN if told[NOT_TOLD] else HOLDS), sentence


def _needed(found: Sequence[Difference], site: str, variant: str) -> tuple[str, str]:
    """Return verdict and sentence on one part of the network."""
    rows = {one.measure: one for one in found if (one.site, one.other_variant) == (site, variant)}
    if "oa" not in rows:
        return NOT_MEASURED, f"The network {variant} was not measured here."
    row = rows["oa"]
    sentence = f"With it {points(row.estimate)} points of overall accuracy"
    sentence += f", {points(rows['macro_f1'].estimate)} of macro F1." if "macro_f1" in rows else "."
    return {BETTER: HOLDS, WORSE: FAILS, NOT_TOLD: OPEN}[row.verdict], sentence


def _fast(costs: Mapping[str, Cost]) -> tuple[str, str]:
    """Return verdict and sentence on speed, of which there is one number a system and no interval."""
    speeds = [costs.get(name, Cost()).pixels_a_second for name in (OURS, REFERENCE)]
    if None in speeds:
        absent = [system_title(n) for n, speed in zip((OURS, REFERENCE), speeds) if speed is None]
        return NOT_MEASURED, f"No speed of {listed(absent)}."
    times, threads = speeds[0] / speeds[1], costs[OURS].threads
    sentence = f"{speeds[0]:,.0f} pixels/s against {speeds[1]:,.0f}: {times:.1f} times as fast"
    sentence += f", on {counted(threads, 'thread')}." if threads else "."
    return (HOLDS if times >= TIMES else FAILS), sentence


def _lost(found: Estimate) -> str:
    return f"{points(found, sign='')} points"


def summary(found: Sequence[Claim]) -> list[str]:
    """Return a sentence a claim: on which sites it holds, on which it does not, where it cannot be told."""
    sentences = []
    for title in dict.fromkeys(claim.claim for claim in found):
        rows = [claim for claim in found if claim.claim == title]
        parts = []
        for verdict in (HOLDS, FAILS, OPEN, NOT_MEASURED):
            sites = [claim.site for claim in rows if claim.verdict == verdict]
            if sites:
                where = "" if sites == [EVERYWHERE] else f" on {listed([site_title(site) for site in sites])}"
                parts.append(f"{verdict}{where}")
        sentences.append(f"{title}: {'; '.join(parts)}.")
    return sentences
