"""counties: a folder each, a failing county fails the command, a stopped run goes on."""

from __future__ import annotations

import csv
import os
import signal
from pathlib import Path

import pytest

from county_files import county_shapes, write_layer


@pytest.fixture
def words(country, out) -> list:
    """What a run over the two counties needs."""
    return ["counties", *country.inputs, "--cloud-margin", "0", "--counties", country.counties, "--county-field",
            "name", "--parcels", country.parcels, "--output-folder", out / "maps"]  # fmt: skip


def table(path: str) -> dict[str, dict[str, str]]:
    """Return county -> row of the table."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        return {row["county"]: row for row in csv.DictReader(file)}


def test_each_county_gets_its_folder_and_a_second_run_keeps_them(cli, words, out):
    told = cli(*words, "--outputs", "crop_map,parcel_labels")
    assert told.code == 0, told.err
    found = told.values
    assert (found["DONE"], found["KEPT"], found["FAILED"]) == ("2", "0", "0")
    rows = table(found["SUMMARY_CSV"])
    assert list(rows) == ["Alba", "Böhm/en"] and {row["status"] for row in rows.values()} == {"done"}
    assert Path(found["SUMMARY"]).is_file() and Path(found["INDEX"]).is_file()
    maps = sorted(path.parent.name for path in (out / "maps").rglob("crop_map.tif"))
    assert len(maps) == len(list((out / "maps").rglob("parcel_labels.gpkg"))) == 2
    assert not list((out / "maps").rglob("confidence.tif"))
    again = cli(*words, "--outputs", "crop_map,parcel_labels", "--json")
    assert again.code == 0
    assert (again.json["DONE"], again.json["KEPT"], again.json["FAILED"]) == (0, 2, 0)


def test_one_bad_county_fails_the_command_and_not_the_other(cli, words, country, tmp_path):
    shapes = [*county_shapes(("Alba",)), ("Nowhere", county_shapes(("x", "y", "z"))[2][1])]
    words[words.index("--counties") + 1] = write_layer(tmp_path / "counties.gpkg", shapes)
    told = cli(*words, "--outputs", "crop_map", "--json")
    assert told.code == 1
    assert (told.json["DONE"], told.json["FAILED"]) == (1, 1)
    assert told.errors == ["1 of 2 counties failed; counties.csv in the output folder says why."]
    rows = table(told.json["SUMMARY_CSV"])
    assert rows["Alba"]["status"] == "done"
    assert rows["Nowhere"]["status"] == "failed" and rows["Nowhere"]["message"]
    assert f"warning: Nowhere: {rows['Nowhere']['message']}" in told.err.splitlines()


def test_a_stopped_run_says_what_is_done_and_goes_on(cli, words, monkeypatch, out):
    from crop_attention.cli.console import Console

    tell = Console.title

    def interrupt(self, text):
        tell(self, text)
        if text.startswith("Böhm/en"):
            signal.raise_signal(signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(Console, "title", interrupt)
        told = cli(*words, "--outputs", "crop_map")
    assert told.code == 130
    assert told.errors == ["The run was stopped; 1 of 2 counties are done and stay. The same command continues."]
    assert (told.values["DONE"], told.values["FAILED"]) == ("1", "0")
    assert len(list((out / "maps").rglob("crop_map.tif"))) == 1
    again = cli(*words, "--outputs", "crop_map")
    assert (again.code, again.values["DONE"], again.values["KEPT"]) == (0, "1", "1")


@pytest.mark.parametrize(
    "change, code, sentence",
    [
        ({"--county-field": None}, 2, "say which field of the county layer holds the names by --county-field"),
        ({"--counties": None}, 2, "no counties are given"),
        ({"--workers": "2", "--scheduler": "tcp://h:1"}, 2, "give --workers or --scheduler, not both"),
        ({"--workers": "0"}, 2, "argument --workers: 0 is out of range; give 1 or more"),
        ({"--outputs": "crop_map,maps"}, 2, "'maps' is not an output; choose from crop_map, confidence"),
        ({"--counties": "gone.gpkg"}, 1, "gone.gpkg cannot be opened"),
        ({"--county-field": "nom"}, 1, "nom"),
        ({"--checkpoint": "none"}, 1, "The checkpoint 'none' does not exist"),
    ],
)
def test_wrong_orders_are_a_sentence(cli, words, out, change, code, sentence):
    for option, value in change.items():
        if option in words:
            place = words.index(option)
            words[place : place + 2] = [] if value is None else [option, value]
        else:
            words += [option, value]
    told = cli(*words)
    assert told.code == code
    assert len(told.errors) == 1 and sentence in told.errors[0]
    assert not list(out.rglob("*.tif")) and not [name for name in os.listdir(out) if name.endswith(".csv")]
