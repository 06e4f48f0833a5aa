"""The numbers of an assessment as one CSV file: rows of classes, then rows of the whole."""

from __future__ import annotations

import math

from ..writing.outputs import PendingOutput
from ..writing.text_table import cell, write_table
from .assessment import Assessment
from .intervals import Estimate

HECTARE = 10_000.0
_BOUNDS = ("", "_lower95", "_upper95")
_CLASS_SCORES = ("users_accuracy", "producers_accuracy", "f1")
_AREA_SCORES = ("area_weighted_users_accuracy", "area_weighted_producers_accuracy")


def columns(assessment: Assessment) -> list[str]:
    """Return the names of the columns."""
    return [
        "row",
        "name",
        "code",
        *(f"value{bound}" for bound in _BOUNDS),
        "map_units",
        "reference_units",
        "agreeing_units",
        *(f"{score}{bound}" for score in _CLASS_SCORES for bound in _BOUNDS),
        "mapped_ha",
        *(f"adjusted_ha{bound}" for bound in _BOUNDS),
        *(f"{score}{bound}" for score in _AREA_SCORES for bound in _BOUNDS),
        *(f"reference_{name}" for name in assessment.matrix.classes),
    ]


def rows(assessment: Assessment) -> list[list[object]]:
    """Return the rows: "class" with its line of the matrix (row map, columns reference), then "summary"."""
    matrix, scores, areas = assessment.matrix, assessment.scores, assessment.areas
    wide = len(columns(assessment))
    found = []
    for place, entry in enumerate(assessment.area_classes):
        row: list[object] = ["class", entry.name, entry.code if entry.code is not None else "", "", "", ""]
        if place < len(matrix.classes):
            row += [int(total[place]) for total in (matrix.map_totals, matrix.reference_totals, matrix.agreeing)]
            for score in (scores.users, scores.producers, scores.f1):
                row += _cells(score[place])
        else:
            row += [0, 0, 0, *[""] * 9]
        if areas is not None:
            row.append(_number(float(areas.mapped[place]) / HECTARE, 4))
            row += _cells(areas.adjusted[place], 4, HECTARE)
            row += [*_cells(areas.users[place]), *_cells(areas.producers[place])]
        else:
            row += [""] * 10
        if place < len(matrix.classes):
            row += matrix.counts[place].tolist()
        found.append(row + [""] * (wide - len(row)))
    for name, estimate in summary(assessment):
        found.append(["summary", name, "", *_cells(estimate), *[""] * (wide - 6)])
    return found


def summary(assessment: Assessment) -> list[tuple[str, Estimate]]:
    """Return the numbers of the whole by name; plain counts have no interval."""
    scores, areas = assessment.scores, assessment.areas
    found = [
        ("overall_accuracy", scores.overall),
        ("kappa", scores.kappa),
        ("macro_f1", scores.macro_f1),
    ]
    if areas is not None:
        found += [
            ("area_weighted_overall_accuracy", areas.overall),
            ("estimated_area_ha", _count(areas.total / HECTARE)),
            ("area_left_out_ha", _count(areas.left_out_area / HECTARE)),
        ]
    found += [
        (f"{assessment.unit}s_compared", _count(assessment.matrix.total)),
        ("reference_features", _count(assessment.features)),
    ]
    found += [(f"left_out: {row.what} {row.why}", _count(row.count)) for row in assessment.left_out]
    return found


def write_assessment(pending: PendingOutput, assessment: Assessment) -> None:
    """Write the table, UTF-8 and parted by commas.

    Raises:
        OutputError: the place cannot be written.
    """
    write_table(pending, [str(cell(value)) for value in columns(assessment)], rows(assessment))


def _count(number: float) -> Estimate:
    return Estimate(number, math.nan, math.nan)


def _cells(estimate: Estimate, digits: int = 6, unit: float = 1.0) -> list[object]:
    return [_number(float(part) / unit, digits) for part in (estimate.value, estimate.lower, estimate.upper)]


def _number(value: float, digits: int) -> object:
    if not math.isfinite(value):
        return ""
    return int(value) if value == int(value) and abs(value) > 1 else round(value, digits)
