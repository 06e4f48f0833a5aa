"""One place, one way of judging: changes found, true declarations doubted, and what stands first in the worklist."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import NamedTuple

import numpy as np

from crop_attention.engine.declarations.judge import RED, YELLOW, Evidence, judge, red_below
from crop_attention.engine.declarations.learn import learnt
from crop_attention.engine.declarations.options import DeclarationOptions

from .places import Place

WRONG, DRAWS = 0.05, 10
"""Share of declarations that are wrong beside the one that is judged, and how often they are drawn."""

FIRST = (0.05, 0.1, 0.2)
"""Shares of all parcels that are looked at first."""

DECLARED, WRONG_REDS = (0.1, 0.03, 0.01, 0.005), (0.0025, 0.005, 0.0075, 0.01, 0.015, 0.02)
OBSERVED = (0.5, 0.7, 0.9)
GRIDS = {
    False: tuple(DeclarationOptions(red_declared=low, red_observed=high) for low, high in product(DECLARED, OBSERVED)),
    True: tuple(DeclarationOptions(wrong_reds=low, red_observed=high) for low, high in product(WRONG_REDS, OBSERVED)),
}
"""Whether the declarations teach -> thresholds that are tried."""


class Shares(NamedTuple):
    """Shares of the changes to another group, of the true declarations, and of the wrong declarations of a layer."""

    found: float
    found_or_yellow: float
    wrong_reds: float
    true_yellow: float


class Tried(NamedTuple):
    """What came of one place.

    Attributes:
        parcels: that were judged.
        pairs: share of the changes to any other crop that are changes to another group.
        shares: a `Shares` for each entry of the grid, (G, 4).
        first: share of the wrong declarations in the first parts of the worklist, as `FIRST`.
    """

    parcels: int
    pairs: float
    shares: np.ndarray
    first: np.ndarray


def tried(place: Place, learn: bool, groups: np.ndarray, judged: list[int]) -> Tried:
    """Judge the parcels of a place.

    Args:
        learn: the declarations teach.
        groups: (K,) classes that count as one.
        judged: classes that a parcel may be of or be declared as.
    """
    place = only(place, judged)
    truth, alike = place.truth, groups[:, None] == groups[None, :]
    parcel, declared = np.array(
        [(n, k) for n, own in enumerate(truth.tolist()) for k in judged if k == own or not alike[own, k]]
    ).T
    changed = declared != truth[parcel]
    sums, first = np.zeros((len(GRIDS[learn]), len(Shares._fields))), np.zeros(len(FIRST))
    for draw in range(DRAWS):
        around = partly_wrong(truth, alike, judged, np.random.default_rng(draw))
        seen = learnt(place.evidence, around, groups) if learn else place.evidence
        cases = rows_of(seen, parcel)
        for number, options in enumerate(GRIDS[learn]):
            below = red_below(seen, groups, options)
            red, yellow = _lights(cases, declared, groups, options, below)
            sums[number] += red[changed].mean(), (red | yellow)[changed].mean(), red[~changed].mean(), 0.0
            sums[number, 3] += yellow[~changed].mean()
        first += _in_worklist(seen, around, around != truth, groups)
    return Tried(len(truth), changed.sum() / (len(truth) * (len(judged) - 1)), sums / DRAWS, first / DRAWS)


def _lights(
    cases: Evidence, declared: np.ndarray, groups: np.ndarray, options: DeclarationOptions, below: float
) -> tuple[np.ndarray, np.ndarray]:
    lights = judge(cases, declared, groups, options, below).lights
    return lights == RED, lights == YELLOW


def _in_worklist(evidence: Evidence, around: np.ndarray, wrong: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return the share of the wrong declarations that stand in each first part of the worklist."""
    rank = judge(evidence, around, groups).rank
    order = np.argsort(np.where(rank > 0, rank, len(rank) + 1), kind="stable")
    listed = wrong & (rank > 0)
    return np.array([listed[order[: round(share * len(rank))]].sum() for share in FIRST]) / max(wrong.sum(), 1)


def only(place: Place, judged: list[int]) -> Place:
    """Return the parcels whose true class is judged."""
    kept = np.flatnonzero(np.isin(place.truth, judged))
    return replace(place, truth=place.truth[kept], evidence=rows_of(place.evidence, kept))


def rows_of(evidence: Evidence, which: np.ndarray) -> Evidence:
    """Return the evidence of some parcels, each as often as it is named."""
    return replace(evidence, **{name: part[which] for name, part in vars(evidence).items() if part is not None})


def partly_wrong(truth: np.ndarray, alike: np.ndarray, judged: list[int], rng: np.random.Generator) -> np.ndarray:
    """Return declarations of which a share is wrong, as a crop of another group."""
    declared = truth.copy()
    for number in np.flatnonzero(rng.random(len(truth)) < WRONG).tolist():
        declared[number] = rng.choice([k for k in judged if not alike[truth[number], k]])
    return declared
