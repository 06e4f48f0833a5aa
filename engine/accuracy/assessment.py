"""What is known of a map once it was compared with a reference."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...models.language import tr
from .areas import Areas
from .confusion import ConfusionMatrix
from .notes import (
    LeftOut,
)
from .scores import Scores


@dataclass(frozen=True)
class AssessedClass:
    """One class of matrix and areas: `code` in the map, None for a class that only the reference has."""

    name: str
    code: int | None
    colour: str


@dataclass(frozen=True)
class Assessment:
    """All that is known of a map once it was held against a reference.

    Attributes:
        unit: "parcel", "pixel" or "point".
        features: features of the reference.
        classes: K classes of the matrix, in its order.
        matrix: rows map, columns reference.
        areas: error-adjusted, of `area_classes`; None where no stratum holds enough units.
        area_classes: `classes`, then those of the map that no unit met.
        matched: where each value of the reference went, with the number of features that have it.
        unseen: classes that the map shows and no unit of the reference holds.
        left_out: what is not in the matrix.
        warnings: what lowers the worth of the numbers.
    """

    unit: str
    features: int
    classes: tuple[AssessedClass, ...]
    matrix: ConfusionMatrix
    scores: Scores
    areas: Areas | None
    area_classes: tuple[AssessedClass, ...]
    matched: tuple[tuple[str, str, int], ...]
    unseen: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def numbers(self) -> dict[str, float]:
        """Return oa, oa_lower, oa_upper, kappa, macro_f1 and oa_area where they are known, and unit_count."""
        scores = self.scores
        numbers = {
            "oa": scores.overall.value,
            "oa_lower": scores.overall.lower,
            "oa_upper": scores.overall.upper,
            "kappa": scores.kappa.value,
            "macro_f1": scores.macro_f1.value,
            "oa_area": math.nan if self.areas is None else self.areas.overall.value,
        }
        known = {name: float(value) for name, value in numbers.items() if math.isfinite(value)}
        return {**known, "unit_count": self.matrix.total}

    @property
    def sentence(self) -> str:
        """Return the scores for people."""
        scores = self.scores
        return tr(
            "Overall accuracy {value:.1f} % ({lower:.1f} to {upper:.1f}), kappa {value_2:.2f}, macro F1 "
            "{value_3:.1f} %, {total} units."
        ).format(
            value=100 * scores.overall.value,
            lower=100 * scores.overall.lower,
            upper=100 * scores.overall.upper,
            value_2=scores.kappa.value,
            value_3=100 * scores.macro_f1.value,
            total=self.matrix.total,
        )
