"""How a map sees each crop here, learnt from the declarations: most are right, and each is left out of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .judge import WRONG, Evidence, of_groups

LEAST = 50
"""Declarations below which nothing is learnt."""

MOST = 10_000
"""Declarations that are learnt from, spread evenly over the layer."""

FOLDS = 5
FLOOR = 1e-3
"""Probability below which the map's classes are not told apart: means over pixels hold no more."""

WEIGHT, OFFSET = 10.0, 3.0
"""Penalties that hold the weights and the offsets near the map as it is."""

_POWERS = np.exp(np.linspace(-1.2, 1.6, 29))
_ITERATIONS = 100


def learnt(evidence: Evidence, declared: np.ndarray, groups: np.ndarray, min_pixels: int = 0) -> Evidence:
    """Return the evidence with probabilities, and crops observed, as the declarations around teach to read the map.

    A map is more or less sure, and takes some crops for others, from region to region. A multinomial regression of
    declared crops on the logarithms of the map's probabilities, held near the identity (matrix scaling; Kull et al.
    2019), learns that from the parcels themselves. It is fitted anew without each fifth of them, which it then judges,
    so that no declaration speaks for itself, and a second time, in which each counts as much as it is likely to be
    right by the first. How sure the probabilities of groups are is then fitted to all (one power; Guo et al. 2017).

    Args:
        evidence: of N parcels and K classes.
        declared: (N,) place of the declared class, negative where there is none.
        groups: (K,) classes that cannot be told apart.
        min_pixels: parcels with fewer teach nothing.

    Returns:
        The same where fewer than `LEAST` parcels can be learnt from.
    """
    taught = np.flatnonzero((declared >= 0) & (evidence.mapped >= 0) & (evidence.pixels >= min_pixels))
    if len(taught) < LEAST:
        return evidence
    logs = np.log(np.maximum(evidence.probability, FLOOR))
    logs -= logs.mean(axis=1, keepdims=True)
    fold = np.full(len(evidence), -1)
    fold[taught] = np.arange(len(taught)) % FOLDS
    probability = evidence.probability.copy()
    for number in range(FOLDS):
        others = taught[fold[taught] != number]
        others = others[:: -(-len(others) // MOST)]
        # Parcels without a declaration taught nothing: any of the fits may read them.
        own = (evidence.mapped >= 0) & ((fold == number) | ((fold < 0) & (number == 0)))
        probability[own] = _read(logs[own], _weights(logs[others], declared[others]))
    seen = evidence.mapped >= 0
    probability[seen] = _powered(probability[seen], _power(probability[taught], declared[taught], groups))
    by_group = of_groups(probability, groups)
    # Of the most probable group, its most probable class.
    within = np.where(by_group >= by_group.max(axis=1, keepdims=True) - 1e-12, probability, -1.0)
    observed = np.where(seen, within.argmax(axis=1), -1)
    return replace(evidence, probability=probability, learnt=observed)


def _weights(logs: np.ndarray, declared: np.ndarray) -> np.ndarray:
    """Return (K, K + 1) weights and offsets, fitted twice: the second time to what the first one believes."""
    first = _fitted(logs, declared, np.ones(len(declared)))
    own = (1 - WRONG) * _read(logs, first)[np.arange(len(declared)), declared]
    return _fitted(logs, declared, own / (own + WRONG / logs.shape[1]), first)


def _fitted(
    logs: np.ndarray, declared: np.ndarray, believed: np.ndarray, start: np.ndarray | None = None
) -> np.ndarray:
    """Return (K, K + 1) by the fixed bound on the curvature of Böhning (1992), with Nesterov's acceleration."""
    count = logs.shape[1]
    plain = np.eye(count, count + 1)
    inputs = np.c_[logs, np.ones(len(logs))]
    penalty = np.r_[np.full(count, WEIGHT), OFFSET]
    step = np.linalg.inv(0.5 * inputs.T @ inputs + np.diag(penalty))
    wanted = np.eye(count)[declared]
    change = ahead = np.zeros_like(plain) if start is None else start - plain
    pace = 1.0
    for _ in range(_ITERATIONS):
        slope = ((_read(logs, plain + ahead) - wanted) * believed[:, None]).T @ inputs + ahead * penalty
        last, change = change, ahead - slope @ step
        last_pace, pace = pace, (1 + np.sqrt(1 + 4 * pace * pace)) / 2
        ahead = change + (last_pace - 1) / pace * (change - last)
    return plain + change


def _power(probability: np.ndarray, declared: np.ndarray, groups: np.ndarray) -> float:
    """Return the power of the probabilities under which the declared groups are most likely."""
    some = slice(None, None, -(-len(declared) // MOST))
    probability, declared_group = probability[some], groups == groups[declared[some]][:, None]

    def likelihood(power: float) -> float:
        own = (_powered(probability, power) * declared_group).sum(axis=1)
        return float(np.log((1 - WRONG) * own + WRONG / len(np.unique(groups))).sum())

    return max(_POWERS.tolist(), key=likelihood)


def _powered(probability: np.ndarray, power: float) -> np.ndarray:
    raised = np.maximum(probability, np.finfo(float).tiny) ** power
    return raised / raised.sum(axis=1, keepdims=True)


def _read(logs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return (N, K) probabilities."""
    scores = logs @ weights[:, :-1].T + weights[:, -1]
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)
