"""The command line: help that names everything, points in, a checkpoint and a report out, refusals in a sentence."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta

import numpy as np
import pytest

from crop_attention.engine.errors import SampleError
from crop_attention.engine.training.learners import forest
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


def test_points_become_a_checkpoint_with_a_report(cli, tmp_path, table, monkeypatch):
    monkeypatch.setattr(forest, "TREES", 25)
    base, output, report = write_base(tmp_path), tmp_path / "own.safetensors", tmp_path / "own.html"
    values = [
        "--points",
        table,
        "--label",
        "crop",
        "--season-start",
        "2022-10-01",
        "--base-checkpoint",
        base,
        "--checkpoint",
        output,
    ]
    values += ["--report", report, "--epochs", 3, "--threads", 1, "--device", "cpu", "--licence", "CC-BY-4.0"]
    values += ["--learner", "network"]
    assert cli("train", *values).code == 0
    card = read_card(output)
    assert [entry.name for entry in card.classes] == ["Maize", "Hemp"]
    assert card.licence.startswith("CC-BY-4.0; base:")
    assert card.command.startswith("python -m crop_attention train --points ")
    assert "Scores by class" in report.read_text("utf-8")


@pytest.mark.parametrize(
    "change, message",
    [
        (["--label", "kind"], "The table points.csv has no column kind"),
        (["--base-checkpoint", "nowhere.safetensors"], "The checkpoint 'nowhere.safetensors' does not exist"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_a_status(cli, tmp_path, table, change, message):
    values = ["--points", table, "--label", "crop", "--season-start", "2023"]
    told = cli(
        "train", *values, "--base-checkpoint", write_base(tmp_path), "--checkpoint", tmp_path / "x.safetensors", *change
    )
    assert told.code == 1 and message in told.err and "Traceback" not in told.err


def test_a_wrong_crop_field_is_told_before_the_series_is_read(cli, tmp_path):
    parcels = tmp_path / "fields.geojson"
    (tmp_path / "nothing").mkdir()
    ring = [[5, 50], [5.01, 50], [5.01, 50.01], [5, 50]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {"crop": "maize"}, "geometry": shape}
    parcels.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    values = [
        "--parcels",
        parcels,
        "--crop-field",
        "corp",
        "--s2",
        tmp_path / "nothing",
        "--checkpoint",
        "x.safetensors",
    ]
    told = cli("train", *values, "--base-checkpoint", write_base(tmp_path))
    assert told.code == 1 and "has no field corp (did you mean 'crop'?)" in told.err


@pytest.mark.parametrize(
    "given, message",
    [
        ([], "say what to train on: --parcels, --points or --pastis"),
        (["--parcels", "fields.gpkg"], "add --crop-field"),
        (["--points", "points.csv"], "add --season-start"),
    ],
)
def test_what_is_missing_is_named(cli, given, message):
    told = cli("train", "--checkpoint", "x.safetensors", *given)
    assert told.code == 2 and message in told.err


def test_the_help_shows_a_line_for_each_source_and_the_defaults_of_fine_tuning(cli):
    text = " ".join(cli("train", "--help").out.split())
    for word in (
        "--parcels",
        "--points",
        "--pastis",
        "--s2",
        "--base-checkpoint",
        "--from-scratch",
        "PASTIS-R",
        "utae",
    ):
        assert word in text
    for line in (
        "(default: 16)",
        "(default: 1000 metres, 10000 for points)",
        "(default: one per core)",
        "(default: best)",
    ):
        assert line in text


@pytest.mark.parametrize("given, metres", [([], 10_000), (["--block-metres", "1000"], 1000)])
def test_blocks_of_points_are_larger_unless_their_side_is_given(cli, tmp_path, table, monkeypatch, given, metres):
    asked = []

    def read(file, card, start, label, options, *_):
        asked.append((start, options.block_metres))
        raise SampleError("seen")

    monkeypatch.setattr("crop_attention.engine.training.sources.point_table.read_labelled_points", read)
    values = ["--points", table, "--season-start", "2023", "--checkpoint", tmp_path / "x.safetensors", *given]
    assert cli("train", *values, "--base-checkpoint", write_base(tmp_path)).code == 1
    assert asked == [(date(2022, 10, 1), metres)]


def test_a_base_of_another_network_is_refused(cli, tmp_path):
    values = ["--pastis", tmp_path, "--checkpoint", tmp_path / "new.safetensors", "--architecture", "utae"]
    told = cli("train", *values)
    assert told.code == 1 and "holds the network Attention-3DCNN, and U-TAE is to be trained" in told.err
