"""The report of a training says what was measured, in one file that stands alone."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from crop_attention.benchmarks.scores import scores_of
from crop_attention.engine.accuracy.intervals import Estimate
from crop_attention.engine.report.training import write_training_report
from crop_attention.engine.training.result import Compared, Epoch, Judgement, Reliability, TrainingResult
from report_samples import make_card, words_of

NAMES = ("Winter cereals", "Maize", "Sugar beet", "Grassland")
CLASSES = tuple(entry for entry in make_card().classes if entry.name in NAMES)


def judgement(right: int, seed: int) -> Judgement:
    """Hundred parcels in four classes, so many of them right."""
    random = np.random.default_rng(seed)
    truth = [CLASSES[number % 4].name for number in range(100)]
    said = [name if place < right else NAMES[random.integers(4)] for place, name in enumerate(truth)]
    matrix, found = scores_of(said, truth, [entry.name for entry in CLASSES])
    return Judgement(matrix, matrix, found, found, 6, False)


def others(right: int = 80, gain: float = 0.14) -> tuple[Compared, ...]:
    """A forest, and discriminant analysis that is worse."""
    return (
        Compared("random forest", judgement(right, 2), Estimate(gain, gain - 0.05, gain + 0.05), 20.0),
        Compared("linear discriminant analysis", judgement(60, 3), Estimate(0.3, 0.2, 0.4), 1.0),
    )


def make_result(**changes) -> TrainingResult:
    epochs = tuple(Epoch(n, 1.4 / n**0.5, 0.9 - 0.05 * n + 0.004 * n * n, 0.7 + 0.02 * n) for n in range(1, 9))
    empty = (math.nan,) * 10
    raw = Reliability((*empty, 0.7, 0.77, 0.83, 0.9, 0.98), (*empty, 0.5, 0.6, 0.7, 0.8, 0.9),
                      (*(0,) * 10, 40, 90, 200, 700, 4000), 0.094)  # fmt: skip
    values = {
        "card": make_card(classes=CLASSES, temperature=1.31), "place": "county.safetensors", "sha256": "ab" * 32,
        "epochs": epochs, "best": 6, "network": judgement(94, 1), "others": others(), "raw": raw,
        "calibrated": replace(raw, error=0.021), "parts": {"train": (20, 240, 200), "validation": (5, 60, 50),
        "test": (6, 120, 100)}, "counts": dict(zip(NAMES, (120, 90, 60, 80))), "seconds": 312.0,
        "steps": 120, "device": "CPU, 2 threads", "base": "the checkpoint 'temperate_europe'",
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
    assert f"On 6 blocks that it never saw, the checkpoint puts {100 * own.value:.0f} % (" in text
    assert "The strongest simple classifier on the same parcels and blocks, random forest, reaches" in text
    assert "the checkpoint classifies 14.0 more parcels per hundred correctly." in text
    assert "off by 2 % on average (expected calibration error; 9 % before the temperature of 1.31 was applied)" in text


def test_a_plain_learner_that_is_ahead_and_cannot_map_is_said(written):
    result = make_result()
    assert "it cannot map" not in written(result) and result.behind() == ""
    forest, *rest = result.others
    ahead = replace(result, others=(replace(forest, gain=Estimate(-0.04, -0.086, 0.0)), *rest))
    said = "Random forest is fitted only for comparison: no checkpoint can hold it, so it cannot be used for mapping."
    assert said in written(ahead) and ahead.sentence().endswith(said)
    assert "the checkpoint classifies 4.0 fewer parcels per hundred correctly" in written(ahead)
    own = replace(ahead, others=(replace(ahead.others[0], name="linear discriminant analysis"),))
    assert own.behind().endswith("ask for the learner 'linear'.")


def test_all_sections_are_there_and_nothing_is_loaded(written):
    text = written(make_result())
    for title in ("Scores by class", "Confusion matrix", "Learning curve", "Reliability", "Samples and split",
                  "Warnings", "Checkpoint"):  # fmt: skip
        assert f"<h2>{title}</h2>" in text
    assert text.index("<h2>Warnings") < text.index("<h2>Scores by class")
    assert re.findall("<summary>([^<]+)", text) == ["Checkpoint and limits", "Provenance"]
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
    text = written(make_result(network=judgement(70, 1), others=others(95, -0.25)))
    assert "25.0 fewer parcels per hundred correctly. More or cleaner labels may change that." in text


def test_a_difference_within_chance_is_called_so(written):
    assert "2.0 fewer parcels per hundred correctly, which is within chance." in written(
        make_result(others=others(95, -0.02))
    )


def test_all_learners_stand_in_one_table_with_paired_differences(written):
    text = words_of(written(make_result(learner="network", losses={"network": 0.412})))
    assert "This checkpoint: network" in text and "0.412" in text
    assert "Random forest" in text and "+14.0 (+9.0 to +19.0)" in text and "+30.0 (+20.0 to +40.0)" in text


def test_the_linear_learner_shows_its_coefficients_by_date_and_band(written):
    weights = np.zeros((4, 24, 12))
    weights[1, 20, 11] = -3.0
    text = words_of(written(make_result(coefficients=weights)))
    assert "What decides in the linear learner" in text and "Aug VH low" in text


def test_without_a_forest_and_without_a_better_epoch(written):
    text = written(make_result(others=(), best=0, warnings=()))
    assert "scikit-learn is not installed" in text and "F1, random forest" not in text
    assert "The initial weights were kept" in text and ">kept: " not in text
    assert "Warnings" not in text


def test_a_class_without_a_test_parcel_has_no_score(written):
    one = judgement(90, 1)
    truth = [name for name in NAMES[:3] for _ in range(20)]
    matrix, found = scores_of(truth, truth, [entry.name for entry in CLASSES])
    text = written(make_result(network=replace(one, parcel_matrix=matrix, parcels=found)))
    assert not re.search(r"\bnan\b", text)
    assert "Judged on fewer than 20 parcels, so the scores are uncertain: Grassland." in text


def test_runs_without_validation_have_a_curve_of_the_loss_alone(written):
    epochs = tuple(Epoch(n, 1 / n, math.nan, math.nan) for n in range(1, 4))
    assert not re.search(r"\bnan\b", written(make_result(epochs=epochs, best=3)))
