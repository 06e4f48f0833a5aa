"""Figures of the check of declarations are those of its table; thresholds and groups see no place that they judge."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from crop_attention.benchmarks.declarations import __main__ as bench
from crop_attention.benchmarks.declarations.places import Place
from crop_attention.benchmarks.declarations.tried import GRIDS, tried
from crop_attention.engine.declarations.judge import Evidence
from crop_attention.engine.declarations.options import DeclarationOptions
from crop_attention.engine.report.declarations import LISTED

ROOT = Path(__file__).parents[2]
SHIPPED = "learnt, shipped thresholds"


@pytest.fixture(scope="module")
def rows():
    with open(ROOT / "benchmarks" / "results" / "declarations.csv", encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["rule"] == SHIPPED and row["groups"] == "as named"]


def test_report_and_page_give_the_figures_of_the_table(rows):
    whole = {row["place"]: row for row in rows}["all real places"]
    assert tuple(round(100 * float(whole[f"first_{share}"])) for share in (5, 10, 20)) == LISTED
    page = (ROOT / "docs" / "using_a_map.md").read_text("utf-8")
    for row in rows:
        found, either, wrong = (float(row[key]) for key in ("found", "found_or_yellow", "wrong_reds"))
        name = {"all real places": "all real places, weighted by parcels"}.get(row["place"], row["place"])
        told = f"| {int(row['parcels']):,} | {100 * found:.0f} % ({100 * either:.0f} %) | {100 * wrong:.1f} % |"
        assert any(line.startswith(f"| {name}") and told in line for line in page.splitlines()), row


def place(name: str, confused: bool = False, seed: int = 0, count: int = 240) -> Place:
    """Parcels of maize, rapeseed and grassland, of which the map may not tell the first two."""
    rng = np.random.default_rng(seed)
    truth = np.array([3, 4, 10])[np.arange(count) % 3]
    probability = np.full((count, 14), 0.002)
    probability[np.arange(count), truth] = 0.974
    if confused:
        probability[truth != 10, 3:5] = rng.dirichlet((2, 2), (truth != 10).sum())
    probability *= np.exp(rng.normal(0, 0.3, probability.shape))
    probability /= probability.sum(axis=1, keepdims=True)
    ones, none = np.ones(count), np.full(count, -1)
    evidence = Evidence(probability, probability.argmax(axis=1), none, ones, 0 * ones, np.full(count, 50))
    return Place(name, "", evidence, truth)


def test_what_is_judged_chooses_neither_its_groups_nor_its_thresholds():
    names = [entry.name for entry in bench.read_card(bench.default_checkpoint()).classes]
    judged = [number for number, name in enumerate(names) if name != bench.CATCH_ALL]
    clear, confused = place("clear"), place("confused", confused=True, seed=2)
    places = [clear, confused]
    assert bench.in_words(bench.groups_without(places, clear, names, judged), names) == "Maize + Rapeseed"
    assert bench.in_words(bench.groups_without(places, confused, names, judged), names) == ""
    alone = np.arange(len(names))
    found = {each.name: tried(each, True, alone, judged) for each in places}
    shipped = GRIDS[True].index(DeclarationOptions())
    assert found["clear"].shares[shipped, 0] > 0.95 and found["clear"].shares[shipped, 2] == 0
    assert found["confused"].shares[shipped, 0] < found["clear"].shares[shipped, 0]
    assert found["clear"].first.tolist() == sorted(found["clear"].first) and found["clear"].first[2] > 0.95
    assert found["clear"].pairs == 1.0
