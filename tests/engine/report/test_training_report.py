"""The report of a training says what was measured, in one file that stands alone."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from crop_attention.engine.accuracy.scores import scores_of
from crop_attention.engine.report.training import write_training_report
from crop_attention.engine.training.result import Epoch, Judgement, Reliability, TrainingResult
from report_samples import make_card

NAMES = ("Winter cereals", "Maize", "Sugar beet", "Grassland")
CLASSES = tuple(entry for entry in make_card().classes if entry.name in NAMES)


def judgement(right: int, seed: int) -> Judgement:
    """Hundred parcels in four classes, so many of them right."""
    random = np.random.default_rng(seed)
    truth = [CLASSES[number % 4].name for number in range(100)]
    said = [name if place < right else NAMES[random.integers(4)] for place, name in enumerate(truth)]
    matrix, found = scores_of(said, truth, [entry.name for entry in CLASSES])
    return Judgement(matrix, matrix, found, found, 6, False)


def make_result(**changes) -> TrainingResult:
    epochs = tuple(Epoch(n, 1.4 / n**0.5, 0.9 - 0.05 * n + 0.004 * n * n, 0.7 + 0.02 * n) for n in range(1, 9))
    empty = (math.nan,) * 10
    raw = Reliability((*empty, 0.7, 0.77, 0.83, 0.9, 0.98), (*empty, 0.5, 0.6, 0.7, 0.8, 0.9),
                      (*(0,) * 10, 40, 90, 200, 700, 4000), 0.094)  # fmt: skip
    values = {
        "card": make_card(classes=CLASSES, temperature=1.31), "place": "county.safetensors", "sha256": "ab" * 32,
        "epochs": epochs, "best": 6, "network": judgement(94, 1), "forest": judgement(80, 2), "raw": raw,
        "calibrated": replace(raw, error=0.021), "parts": {"train": (20, 240, 200), "validation": (5, 60, 50),
        "test": (6, 120, 100)}, "counts": dict(zip(NAMES, (120, 90, 60, 80))), "seconds": 312.0,
        "forest_seconds": 20.0, "steps": 120, "device": "CPU, 2 threads", "base": "the checkpoint 'temperate_europe'",
        "transferred": dict.fromkeys(NAMES, "weights of the base"), "stopped": "All planned epochs were done.",
        "warnings": ("1 class has fewer than 10 parcels: Hemp <4>; it is left out.",),
    }  # fmt: skip
    return TrainingResult(**{**values, **changes})


@pytest.fixture
def written(tmp_path):
    def write(result):
        path = tmp_path / "report.html"
        write_training_report(str(path), result, {"DEVICE": "CPU"})
        return path.read_text("utf-8").replace("\u00a0", " ")

    return write


def test_it_opens_with_what_matters(written):
    result = make_result()
    text = written(result)
    own = result.network.parcels.overall
    assert f"On 6 blocks that it never saw, the network puts {100 * own.value:.0f} % (" in text
    gap = 100 * (own.value - result.forest.parcels.overall.value)
    assert f"the network has {gap:.0f} parcels in a hundred more right" in text
    assert "off by 2 % on average (expected calibration error; 9 % before the temperature of 1.31 was applied)" in text


def test_all_sections_are_there_and_nothing_is_loaded(written):
    text = written(make_result())
    for title in ("Scores by class", "Confusion matrix", "Learning curve", "Reliability", "Samples and split",
                  "Warnings", "Checkpoint", "Provenance"):  # fmt: skip
        assert f"<h2>{title}</h2>" in text
    assert "The weights after epoch 6 were kept" in text and "kept: 6" in text
    assert "Hemp &lt;4&gt;" in text
    assert "ab" * 32 in text
    assert "http" not in text.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_every_count_of_the_confusion_matrix_is_told(written):
    result = make_result()
    text = written(result)
    counts = result.network.parcel_matrix.counts
    for row, column in np.argwhere(counts > 0):
        told = f"Map {CLASSES[row].name}, reference {CLASSES[column].name}: {counts[row, column]}"
        assert f'title="{told}"' in text


def test_a_forest_that_is_better_is_told_as_such(written):
    text = written(make_result(network=judgement(70, 1), forest=judgement(95, 2)))
    assert "fewer right" in text and "The network is not worth its cost here" in text


def test_without_a_forest_and_without_a_better_epoch(written):
    text = written(make_result(forest=None, best=0, warnings=()))
    assert "scikit-learn is not installed" in text and "F1, random forest" not in text
    assert "The weights of the start were kept" in text and ">kept: " not in text
    assert "No warnings." in text


def test_a_class_without_a_test_parcel_has_no_score(written):
    one = judgement(90, 1)
    truth = [name for name in NAMES[:3] for _ in range(20)]
    matrix, found = scores_of(truth, truth, [entry.name for entry in CLASSES])
    text = written(make_result(network=replace(one, parcel_matrix=matrix, parcels=found)))
    assert not re.search(r"\bnan\b", text)
    assert "Judged on fewer than 20 parcels, so hardly known: Grassland." in text


def test_runs_without_validation_have_a_curve_of_the_loss_alone(written):
    epochs = tuple(Epoch(n, 1 / n, math.nan, math.nan) for n in range(1, 4))
    assert not re.search(r"\bnan\b", written(make_result(epochs=epochs, best=3)))
