"""The report of an assessment says which way the matrix is read, what was left out and what the numbers assume."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from crop_attention.engine.accuracy.areas import adjusted_areas
from crop_attention.engine.accuracy.assessment import AssessedClass, Assessment
from crop_attention.engine.accuracy.bootstrap import Units
from crop_attention.engine.accuracy.confusion import ConfusionMatrix
from crop_attention.engine.accuracy.notes import LeftOut
from crop_attention.engine.accuracy.scores import scores
from crop_attention.engine.report.accuracy import write_accuracy_report
from report_samples import words_of

COUNTS = np.array([[40, 7, 0], [3, 25, 0], [1, 0, 0]])
CLASSES = (
    AssessedClass("Maize", 4, "#e06020"),
    AssessedClass("Wheat & rye", 1, "#e0b020"),
    AssessedClass("Oat", 9, "#a0a0a0"),
)


@pytest.fixture
def assessment() -> Assessment:
    names = tuple(entry.name for entry in CLASSES)
    matrix = ConfusionMatrix(COUNTS, names)
    rows, columns = np.nonzero(COUNTS)
    units = Units(rows, columns, COUNTS[rows, columns], stratum=rows)
    mapped = np.array([5e6, 3e6, 2e6])
    return Assessment(
        unit="parcel",
        features=80,
        classes=CLASSES,
        matrix=matrix,
        scores=scores(matrix),
        areas=adjusted_areas(units, mapped, names, mapped, by_map=True),
        area_classes=CLASSES,
        matched=(("corn", "Maize", 50), ("fallow", "ignored", 4)),
        unseen=("Oat",),
        left_out=(LeftOut(4, "parcels", "whose value is ignored"),),
        warnings=("Fewer than 10 parcels of the reference: <Oat> (1).",),
        notes=("A note.",),
    )


def written(tmp_path, assessment) -> str:
    path = tmp_path / "report.html"
    write_accuracy_report(str(path), assessment, {"CROP_MAP": "map.tif", "CROP_FIELD": "crop"})
    document = path.read_text(encoding="utf-8")
    ElementTree.fromstring(document.split("\n", 1)[1])  # well formed
    return document


def cells(document: str) -> list[list[str]]:
    heat = re.search(r'<table class="heat".*?</table>', document, re.DOTALL).group()
    return [
        [re.sub(r"<.*?>", "", cell).strip() for cell in re.findall(r"<t[dh].*?</t[dh]>", row, re.DOTALL)]
        for row in re.findall(r"<tr>.*?</tr>", heat, re.DOTALL)
    ]


def test_matrix_is_drawn_with_its_orientation(tmp_path, assessment):
    document = written(tmp_path, assessment)
    assert "Rows are classes of the map, columns classes of the reference" in document
    rows = cells(document)
    assert "Reference (columns)" in rows[0][1] and "Map (rows)" in rows[1][0]
    assert rows[1][1:] == ["1", "2", "3", "Total", "User&#x27;s"]
    assert rows[2] == ["1 Maize", "40", "7", "·", "47", "85\xa0%"]
    assert rows[3] == ["2 Wheat &amp; rye", "3", "25", "·", "28", "89\xa0%"]
    assert rows[5][:5] == ["Total", "44", "32", "0", "76"]
    assert rows[6][:4] == ["Producer&#x27;s", "91\xa0%", "78\xa0%", "–"]
    assert "Map Maize, reference Wheat &amp; rye: 7" in document


def test_numbers_with_intervals_are_told(tmp_path, assessment):
    document = written(tmp_path, assessment)
    overall = assessment.scores.overall
    bounds = f"{100 * overall.lower:.1f} to {100 * overall.upper:.1f}"
    assert f"65 of 76 parcels: overall accuracy 85.5 % (95 % interval {bounds} %)" in words_of(document)
    assert "Wheat &amp; rye mapped as Maize (7 parcels)" in document
    users = assessment.scores.users[0]
    assert f"{100 * users.value:.1f} % ({100 * users.lower:.1f} to {100 * users.upper:.1f})" in document
    adjusted = assessment.areas.adjusted[0]
    assert f"{adjusted.value / 1e4:,.0f}\xa0ha" in document
    assert f"{adjusted.lower / 1e4:,.0f}\xa0ha to {adjusted.upper / 1e4:,.0f}\xa0ha" in document


def test_assumptions_and_what_was_left_out_are_told(tmp_path, assessment):
    document = written(tmp_path, assessment)
    assert "assume a probability sample: units drawn at random within each class of the map" in document
    assert "purposive sample" in document and "The intervals cover sampling alone" in document
    assert "Olofsson et al. 2014" in document
    assert "Left out, because fewer than two parcels lie in them: Oat (200\xa0ha mapped)." in document
    assert "parcels whose value is ignored" in document
    assert "&lt;Oat&gt; (1)" in document and "<Oat>" not in document
    assert "map.tif" in document and "http" not in document.replace("http://www.w3.org/2000/svg", "")


def test_strata_of_their_own_are_named(tmp_path, assessment):
    other = replace(assessment, areas=replace(assessment.areas, by_map=False))
    document = written(tmp_path, other)
    assert "Stehman 2014" in document and "within each stratum of the strata raster" in document


def test_without_areas_the_rest_is_told(tmp_path, assessment):
    document = written(tmp_path, replace(assessment, areas=None))
    assert "No areas are estimated" in document and "Confusion matrix" in document
