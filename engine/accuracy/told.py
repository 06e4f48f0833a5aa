"""What a front end tells of an assessment: a few numbers, one sentence."""

from __future__ import annotations

import math

from ...models.language import tr
from .assess import Assessment


def numbers_of(found: Assessment) -> dict[str, float]:
    """Return oa, oa_lower, oa_upper, kappa, macro_f1 and oa_area where they are known, and unit_count."""
    scores = found.scores
    numbers = {
        "oa": scores.overall.value,
        "oa_lower": scores.overall.lower,
        "oa_upper": scores.overall.upper,
        "kappa": scores.kappa.value,
        "macro_f1": scores.macro_f1.value,
        "oa_area": math.nan if found.areas is None else found.areas.overall.value,
    }
    known = {name: float(value) for name, value in numbers.items() if math.isfinite(value)}
    return {**known, "unit_count": found.matrix.total}


def sentence_of(found: Assessment) -> str:
    """Return the scores for people."""
    scores = found.scores
    return tr(
        "Overall accuracy {value:.1f} % ({lower:.1f} to {upper:.1f}), kappa {value_2:.2f}, macro F1 "
        "{value_3:.1f} %, {total} units."
    ).format(
        value=100 * scores.overall.value,
        lower=100 * scores.overall.lower,
        upper=100 * scores.overall.upper,
        value_2=scores.kappa.value,
        value_3=100 * scores.macro_f1.value,
        total=found.matrix.total,
    )
