"""From evidence to lights: which declarations agree with what is seen, which do not, which cannot be judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...models.language import N_, tr
from ..errors import ParcelError
from .options import GREEN, GREY, LIGHTS, RED, YELLOW, DeclarationOptions

NOT_DECLARED, NOT_IN_MAP = -1, -2
"""Places of a declared crop that is empty, or that the map has no class for."""

WRONG = 0.05
"""Share of wrong declarations that is reckoned with; such a one is any other crop."""

AGREES, SAME_GROUP, POSSIBLE, UNSURE, TWO_CROPS, OTHER_CROP = range(6)
NO_CROP_DECLARED, CROP_NOT_MAPPED, NOT_SEEN, FEW_PIXELS, LEARNT = range(6, 11)
REASONS = {
    AGREES: "The declared crop is observed.",
    SAME_GROUP: "Observed is {observed}, which the map cannot tell from {declared}.",
    POSSIBLE: "Observed is {observed}, but {declared} is possible.",
    UNSURE: "{declared} is improbable, but the observed {observed} is not certain.",
    TWO_CROPS: "Two crops are seen, {mapped} and {second}; the parcel may have to be divided.",
    OTHER_CROP: "Observed is {observed}; {declared} is very improbable.",
    NO_CROP_DECLARED: "No crop is declared.",
    CROP_NOT_MAPPED: "The map has no class for the declared crop.",
    NOT_SEEN: "The map shows no crop in this parcel.",
    FEW_PIXELS: "The parcel holds too few pixels to be judged.",
    LEARNT: "The map shows {mapped}, as in other parcels here that declare {declared}.",
}
"""Reason -> sentence; the names of crops are filled in."""

_WHY_GREY = {
    CROP_NOT_MAPPED: N_("{number:,} with a crop for which the map has no class"),
    FEW_PIXELS: N_("{number:,} with too few pixels"),
    NOT_SEEN: N_("{number:,} where the map shows no crop"),
    NO_CROP_DECLARED: N_("{number:,} without a declared crop"),
}

_LIGHT_OF = {
    AGREES: GREEN,
    SAME_GROUP: GREEN,
    POSSIBLE: YELLOW,
    UNSURE: YELLOW,
    TWO_CROPS: YELLOW,
    OTHER_CROP: RED,
    NO_CROP_DECLARED: GREY,
    CROP_NOT_MAPPED: GREY,
    NOT_SEEN: GREY,
    FEW_PIXELS: GREY,
    LEARNT: GREEN,
}


@dataclass(frozen=True)
class Evidence:
    """What is seen in N parcels, for a map of K classes; classes are places 0..K-1.

    Attributes:
        probability: (N, K) float, mean probability of each class; rows sum to 1, or are zero where nothing is seen.
        mapped: (N,) int place of the majority class, -1 where there is none.
        second: (N,) int place of the runner-up, -1 where there is none.
        share, second_share: (N,) float, shares of the pixels that hold them.
        pixels: (N,) int, pixels that were counted.
        learnt: (N,) int place of the crop that the map shows by what the declarations teach; None: `mapped`.
    """

    probability: np.ndarray
    mapped: np.ndarray
    second: np.ndarray
    share: np.ndarray
    second_share: np.ndarray
    pixels: np.ndarray
    learnt: np.ndarray | None = None

    @property
    def observed(self) -> np.ndarray:
        """(N,) int place of the crop that is observed, -1 where there is none."""
        return self.mapped if self.learnt is None else self.learnt

    def __len__(self) -> int:
        return len(self.mapped)


@dataclass(frozen=True)
class Verdicts:
    """What is said of N declarations.

    Attributes:
        reason: (N,) int, one of `REASONS`.
        declared, observed: (N,) float, probability of the declared and of the observed crop, each with its group; NaN
            where there is none.
        mixed: (N,) bool, a second crop holds a large share of the parcel.
        rank: (N,) int, 1 for the parcel to look at first; 0 for parcels that need no look.
        red_below: probability of the declared crop up to which a parcel may be red.
        expected_wrong_reds: how many of the red parcels are declared rightly, if a share `WRONG` of all declarations
            is wrong and the probabilities are calibrated.
    """

    reason: np.ndarray
    declared: np.ndarray
    observed: np.ndarray
    mixed: np.ndarray
    rank: np.ndarray
    red_below: float
    expected_wrong_reds: float

    @property
    def margin(self) -> np.ndarray:
        """(N,) float, probability of the observed crop less that of the declared one."""
        return self.observed - self.declared

    @property
    def lights(self) -> np.ndarray:
        """(N,) text, one of `LIGHTS`."""
        return np.array([_LIGHT_OF[reason] for reason in range(len(REASONS))])[self.reason]


def group_places(names: Sequence[str], groups: Sequence[Sequence[int]]) -> np.ndarray:
    """Return (K,) int: classes with the same number cannot be distinguished and agree with each other.

    Args:
        names: of the K classes.
        groups: places of the classes of each group.

    Raises:
        ParcelError: a class is in two groups.
    """
    found = np.arange(len(names))
    taken: set[int] = set()
    for members in groups:
        double = taken & set(members)
        if double:
            raise ParcelError(
                tr("The class '{names}' is in two groups: keep it in one.").format(names=names[min(double)])
            )
        taken |= set(members)
        if members:
            found[list(members)] = min(members)
    return found


def red_below(evidence: Evidence, groups: np.ndarray, options: DeclarationOptions) -> float:
    """Return the probability of a declared crop, with its group, up to which a parcel may be red.

    Where the declarations taught, probabilities are calibrated here: then it is the highest with which no more than
    `options.wrong_reds` of all correct declarations are expected to be red, were any crop declared of any parcel as
    often as it is true. Else it is `options.red_declared`.
    """
    if evidence.learnt is None:
        return options.red_declared
    judged = (evidence.observed >= 0) & (evidence.pixels >= options.min_pixels)
    first = np.unique(groups, return_index=True)[1]
    by_group, own = of_groups(evidence.probability[judged], groups)[:, first], groups[first]
    mapped, observed = (groups[places[judged]][:, None] for places in (evidence.mapped, evidence.observed))
    sure = by_group.max(axis=1, keepdims=True) >= options.red_observed
    held = np.sort(by_group[(own != mapped) & (own != observed) & sure])
    within = np.searchsorted(np.cumsum(held), options.wrong_reds * max(judged.sum(), 1), side="right")
    return float(held[within - 1]) if within else 0.0


def judge(
    evidence: Evidence,
    declared: np.ndarray,
    groups: np.ndarray,
    options: DeclarationOptions | None = None,
    below: float | None = None,
) -> Verdicts:
    """Hold declarations against evidence.

    Agreement is never doubted: a parcel whose observed crop is the declared one, or of its group, is green however
    uncertain. Disagreement is red only where the declared group is very improbable, the observed one is probable, one
    crop fills the parcel, and enough pixels are seen. The rules follow the idea of the Sen4CAP crop type marker
    (traffic lights from probability and parcel size), with thresholds of their own.

    Args:
        evidence: of N parcels and K classes.
        declared: (N,) int place of the declared class, `NOT_DECLARED` or `NOT_IN_MAP`.
        groups: (K,) int as `group_places` returns it.
        below: what `red_below` says; None asks it of the same parcels.

    Returns:
        One verdict for each parcel, in the same order.
    """
    options = options or DeclarationOptions()
    below = red_below(evidence, groups, options) if below is None else below
    count = len(evidence)
    by_group = of_groups(evidence.probability, groups)
    rows = np.arange(count)
    has_declared, has_observed = declared >= 0, evidence.observed >= 0
    declared_probability = np.full(count, np.nan)
    declared_probability[has_declared] = by_group[rows[has_declared], declared[has_declared]]
    observed_probability = np.full(count, np.nan)
    observed_probability[has_observed] = by_group[rows[has_observed], evidence.observed[has_observed]]

    both = has_declared & has_observed
    # A map that agrees is never doubted, whatever else is learnt.
    same = both & (declared == evidence.mapped)
    grouped, taught = np.zeros(count, bool), np.zeros(count, bool)
    grouped[both] = groups[declared[both]] == groups[evidence.mapped[both]]
    taught[both] = groups[declared[both]] == groups[evidence.observed[both]]
    other_second = evidence.second >= 0
    other_second[other_second] = groups[evidence.second[other_second]] != groups[evidence.mapped[other_second]]
    mixed = has_observed & other_second & (evidence.second_share >= options.mixed_share)
    margin = observed_probability - declared_probability
    with np.errstate(invalid="ignore"):
        improbable = declared_probability <= below
        sure = observed_probability >= options.red_observed

    # The last rule that holds decides.
    reason = np.full(count, POSSIBLE)
    reason[both & improbable] = UNSURE
    reason[both & improbable & sure] = OTHER_CROP
    reason[both & mixed] = TWO_CROPS
    reason[taught] = LEARNT
    reason[grouped] = SAME_GROUP
    reason[same] = AGREES
    reason[evidence.pixels < options.min_pixels] = FEW_PIXELS
    reason[~has_observed] = NOT_SEEN
    reason[declared == NOT_IN_MAP] = CROP_NOT_MAPPED
    reason[declared == NOT_DECLARED] = NO_CROP_DECLARED
    right = (1 - WRONG) * declared_probability[reason == OTHER_CROP]
    wrong = WRONG * (1 - declared_probability[reason == OTHER_CROP]) / max(len(np.unique(groups)) - 1, 1)
    expected = float((right / (right + wrong)).sum())
    ranks = _ranks(reason, declared_probability, margin)
    return Verdicts(reason, declared_probability, observed_probability, mixed, ranks, below, expected)


def sentences(verdicts: Verdicts, evidence: Evidence, declared: np.ndarray, names: Sequence[str]) -> list[str]:
    """Return the reason of each verdict in words."""
    found = []
    named = {"declared": declared, "observed": evidence.observed, "mapped": evidence.mapped, "second": evidence.second}
    for reason, *places in zip(verdicts.reason.tolist(), *(places.tolist() for places in named.values())):
        crops = {key: tr(names[place]) if place >= 0 else "" for key, place in zip(named, places)}
        found.append(tr(REASONS[reason]).format(**crops))
    return found


def why_grey(verdicts: Verdicts) -> str:
    """Return in words how many parcels are not judged for which reason, "" where all are."""
    counts = {reason: int((verdicts.reason == reason).sum()) for reason in _WHY_GREY}
    told = [tr(_WHY_GREY[reason]).format(number=count) for reason, count in counts.items() if count]
    return tr(" Not judged: {reasons}.").format(reasons=tr(", ").join(told)) if told else ""


def of_groups(probability: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return (N, K): the probability of each class with all that cannot be told from it."""
    sums = np.zeros_like(probability, dtype=np.float64)
    for number in np.unique(groups):
        members = groups == number
        sums[:, members] = probability[:, members].sum(axis=1, keepdims=True)
    return np.minimum(sums, 1.0)


def _ranks(reason: np.ndarray, declared: np.ndarray, margin: np.ndarray) -> np.ndarray:
    """Return the worklist: red before yellow, the least probable first, then by margin and the order of the layer."""
    rank = np.zeros(len(reason), np.int64)
    place = np.array([LIGHTS.index(_LIGHT_OF[number]) for number in range(len(REASONS))])[reason]
    listed = np.flatnonzero(place <= LIGHTS.index(YELLOW))
    keys = -np.nan_to_num(margin[listed], nan=0.0), np.nan_to_num(declared[listed], nan=0.0), place[listed]
    order = np.lexsort((listed, *keys))
    rank[listed[order]] = np.arange(1, len(listed) + 1)
    return rank
