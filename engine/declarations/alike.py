"""Which crops a map cannot tell apart here, by what the declarations teach."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...models.language import tr
from .judge import Evidence, of_groups

LEAST = 10
"""Parcels that have to declare a crop before it is said to be like another."""

LIMIT = 0.25
"""Mean share of another crop in the probability of the two from which both are alike."""


def alike(evidence: Evidence, declared: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return (K,) groups of classes that cannot be told apart: those given, joined where all their pairs are alike.

    How alike two groups are is the mean of p(other) / (p(own) + p(other)) over the parcels that declare one of them,
    averaged over both ways. The most alike are joined first (complete linkage).

    Args:
        evidence: of N parcels, with probabilities as `learnt` returns them.
        declared: (N,) place of the declared class, negative where there is none.
        groups: (K,) as `group_places` returns it.
    """
    rows = np.flatnonzero((declared >= 0) & (evidence.mapped >= 0))
    first = np.unique(groups)
    by_group = of_groups(evidence.probability[rows], groups)[:, first]
    place = np.searchsorted(first, groups[declared[rows]])
    count = np.bincount(place, minlength=len(first))
    shares = by_group / np.maximum(by_group + by_group[np.arange(len(rows)), place][:, None], 1e-12)
    means = np.zeros((len(first), len(first)))
    np.add.at(means, place, shares / count[place][:, None])
    means = (means + means.T) / 2
    means[count < LEAST] = means[:, count < LEAST] = 0.0
    sets = [[number] for number in range(len(first))]
    while len(sets) > 1:
        pairs = [(one, other) for other in range(len(sets)) for one in range(other)]
        least = [means[np.ix_(sets[one], sets[other])].min() for one, other in pairs]
        best = int(np.argmax(least))
        if least[best] <= LIMIT:
            break
        one, other = pairs[best]
        sets[one] += sets.pop(other)
    found = groups.copy()
    for members in sets:
        found[np.isin(groups, first[members])] = first[min(members)]
    return found


def in_words(groups: np.ndarray, names: Sequence[str]) -> str:
    """Return groups of more than one class as the option for groups takes them, "" for none."""
    members = [np.flatnonzero(groups == first) for first in np.unique(groups)]
    return "; ".join(" + ".join(names[place] for place in own) for own in members if len(own) > 1)


def hardly_told(evidence: Evidence, declared: np.ndarray, groups: np.ndarray, names: Sequence[str]) -> str:
    """Return a sentence that names crops the declarations show to be alike, beyond the groups given; "" without any."""
    joined = groups if evidence.learnt is None else alike(evidence, declared, groups)
    if (joined == groups).all():
        return ""
    return tr(
        "The map hardly tells these crops apart here: {groups}. Given as groups they count as agreeing, and changes to "
        "other crops are found more often."
    ).format(groups=in_words(joined, names))
