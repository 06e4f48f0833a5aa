"""The command line: help that names everything, points in, a checkpoint and a report out, refusals in a sentence."""

from __future__ import annotations

import csv
from datetime import date, timedelta

import numpy as np
import pytest

from crop_attention.engine.training import forest
from crop_attention.engine.training.__main__ import main
from crop_attention.models.checkpoint import read_card
from tiny_training import S2_BANDS, write_base


@pytest.fixture
def table(tmp_path):
    """Forty points of two crops in four corners of a county, a row for every quarter of a year."""
    random = np.random.default_rng(3)
    path = tmp_path / "points.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["sample_id", "date", "lon", "lat", "crop", *S2_BANDS, "VV_dB", "VH_dB"])
        for number in range(40):
            crop = ("Maize", "Hemp")[number % 2]
            for quarter in range(4):
                day = date(2022, 10, 1) + timedelta(days=90 * quarter)
                level = 3000 + 2500 * (crop == "Hemp") + random.normal(0, 100)
                lon, lat = 3 + 0.3 * (number // 2 % 5), 50 + 0.3 * (number // 10)
                rows.writerow([f"p{number:02}", day.isoformat(), lon, lat, crop, level, 3000, -15, -20])
    return path


def test_points_become_a_checkpoint_with_a_report(tmp_path, table, monkeypatch):
    monkeypatch.setattr(forest, "TREES", 25)
    base, output, report = write_base(tmp_path), tmp_path / "own.safetensors", tmp_path / "own.html"
    values = ["--points", table, "--label", "crop", "--season-start", "2022-10-01", "--base", base, "--output", output]
    values += ["--report", report, "--epochs", 3, "--threads", 1, "--device", "cpu", "--licence", "CC-BY-4.0"]
    values += ["--learner", "network"]
    assert main([str(value) for value in values]) == 0
    card = read_card(output)
    assert [entry.name for entry in card.classes] == ["Maize", "Hemp"]
    assert card.licence.startswith("CC-BY-4.0; base:")
    assert card.command.startswith("python -m crop_attention.engine.training --points ")
    assert "Scores by class" in report.read_text("utf-8")


@pytest.mark.parametrize(
    "change, message",
    [
        (["--label", "kind"], "The table points.csv has no column kind"),
        (["--base", "nowhere.safetensors"], "The checkpoint 'nowhere.safetensors' does not exist"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_a_status(tmp_path, table, change, message, caplog):
    values = ["--points", table, "--label", "crop", "--season-start", "2022-10-01", "--base", write_base(tmp_path)]
    values += ["--output", tmp_path / "x.safetensors", *change]
    assert main([str(value) for value in values]) == 1
    assert message in caplog.text and "Traceback" not in caplog.text


def test_commands_in_the_cards_of_older_checkpoints_are_still_understood(tmp_path, table, caplog):
    values = ["--points", table, "--label", "kind", "--season-start", "2022-10-01", "--scratch"]
    values += [f"--base={write_base(tmp_path)}", "--output", tmp_path / "x.safetensors"]
    assert main([str(value) for value in values]) == 1
    assert "The table points.csv has no column kind" in caplog.text


def test_without_labels_it_says_which_it_takes(capsys):
    with pytest.raises(SystemExit):
        main(["--checkpoint", "x.safetensors"])
    assert "say what to train on: --parcels, --points or --pastis" in capsys.readouterr().err


def test_the_help_shows_a_line_for_each_source(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    for word in ("--parcels", "--points", "--pastis", "--s2", "--base-checkpoint", "--from-scratch", "PASTIS-R"):
        assert word in text
