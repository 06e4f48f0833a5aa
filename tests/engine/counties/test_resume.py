"""What a later run keeps, what it makes again, and what a killed one leaves."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from osgeo import gdal

from county_files import (
    NAMES,
    SIDE,
    box,
    country,
    county_shapes,
    in_folder,
    parcel_shapes,
    without_seconds,
    write_layer,
    write_series,
)
from crop_attention.engine.counties.county import classify_county
from crop_attention.engine.counties.executors.base import SerialExecutor
from crop_attention.engine.counties.folder import CountyFolder
from crop_attention.engine.counties.job import classify_counties
from crop_attention.engine.counties.plan import completed, make_plan
from crop_attention.engine.counties.request import CountiesOptions
from crop_attention.engine.errors import SharesError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.models.checkpoint import read_card, sha256_of
from tiny_training import write_base


def run(order) -> dict[str, str]:
    result = classify_counties(order, Feedback(), SerialExecutor())
    return {outcome.name: outcome.status for outcome in result.outcomes}


def fingerprints(order) -> dict[str, str]:
    order = completed(order)
    plan = make_plan(order, read_card(order.checkpoint), sha256_of(order.checkpoint), "", Feedback())
    assert not plan.problems
    return {task.name: task.fingerprint for task in plan.tasks}


def changed(order, before: dict[str, str]) -> list[str]:
    return [name for name, value in fingerprints(order).items() if before.get(name) != value]


def test_a_killed_run_goes_on_and_gives_what_an_undisturbed_one_gives(orders, root):
    order = orders("killed")
    folder = Path(order.folder)
    script = [sys.executable, str(root / "tests" / "county_files.py"), str(folder.parent), folder.name]
    process = subprocess.Popen(script, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        limit = time.monotonic() + 60
        while not list(folder.glob("Cote*/.county-partial-*/.*")) and process.poll() is None:
            assert time.monotonic() < limit, "the run never came to the third county"
            time.sleep(0.002)
        os.kill(process.pid, signal.SIGKILL)
    finally:
        process.wait()
    assert process.returncode == -signal.SIGKILL
    done = sorted(place.parent.name for place in folder.glob("*/county.json"))
    assert done == ["Alba", "Böhm_en-00671331"]
    assert list(folder.glob("Cote*/.county-partial-*"))
    before = {name: (folder / name / "crop_map.tif").stat().st_mtime_ns for name in done}
    assert list(run(order).values()) == ["kept", "kept", "done", "done"]
    assert {name: (folder / name / "crop_map.tif").stat().st_mtime_ns for name in done} == before
    undisturbed = in_folder(order, "undisturbed")
    Path(undisturbed.folder).mkdir()
    # An order keeps its time, so that the two can be compared.
    shutil.copy(folder / "counties.json", undisturbed.folder)
    assert list(run(undisturbed).values()) == ["done"] * 4
    assert without_seconds(folder) == without_seconds(undisturbed.folder)


def test_only_what_a_change_affects_is_made_again(tmp_path):
    order = country(tmp_path, NAMES[:3])
    assert list(run(order).values()) == ["done"] * 3
    before = fingerprints(order)
    write_series(tmp_path / "data", 2 * SIDE, SIDE, days=("20190410",))
    assert changed(order, before) == [NAMES[2]]
    shapes = parcel_shapes(3)
    shapes[0] = (shapes[0][0], f"MULTIPOLYGON(({box(3, 3, 11, 9)}))")
    write_layer(tmp_path / "fields.gpkg", shapes, "label")
    assert changed(order, before) == [NAMES[0], NAMES[2]]
    assert list(run(order).values()) == ["done", "kept", "done"]
    counties = county_shapes(NAMES[:3])
    counties[1] = (NAMES[1], f"MULTIPOLYGON(({box(SIDE, 0, SIDE, 30)}))")
    write_layer(tmp_path / "districts.gpkg", counties)
    result = classify_counties(order, Feedback(), SerialExecutor())
    assert [outcome.status for outcome in result.outcomes] == ["kept", "done", "kept"]
    assert sum(result.outcomes[1].areas.values()) == pytest.approx(12)


def test_parameters_checkpoint_and_version_affect_all(orders, tmp_path, monkeypatch):
    order = orders("plans")
    before = fingerprints(order)
    everyone = list(NAMES)
    assert changed(order, before) == []
    faster = replace(order.mapping_options, threads=2, tile_size=64)
    assert changed(replace(order, mapping_options=faster), before) == []
    assert changed(replace(order, series_options=SeriesOptions(cloud_margin=60.0)), before) == everyone
    options = replace(order.options, outputs=("crop_map", "parcel_labels"))
    assert changed(replace(order, options=options), before) == everyone
    labelling = replace(order, parcel_options=replace(order.parcel_options, min_pixels=9))
    assert changed(labelling, before) == everyone
    other = write_base(tmp_path, title="Another")
    assert changed(replace(order, checkpoint=str(other)), before) == everyone
    monkeypatch.setattr("crop_attention.engine.counties.fingerprint.version", lambda: "9.9")
    assert changed(order, before) == everyone


def test_keys_and_fingerprints_do_not_hang_on_the_order_of_the_layer(orders, tmp_path):
    order = orders("plans")
    turned = write_layer(tmp_path / "districts.gpkg", county_shapes()[::-1])
    assert fingerprints(replace(order, counties=turned)) == fingerprints(order)


@pytest.fixture
def county(orders, finished, tmp_path):
    """A folder with one whole county, its fingerprint and the folder's root."""
    order, result = finished
    key = result.outcomes[0].key
    shutil.copytree(Path(order.folder) / key, tmp_path / key)
    print_ = json.loads((tmp_path / key / "county.json").read_text("utf-8"))["fingerprint"]
    return CountyFolder(str(tmp_path), key), print_


def test_a_whole_county_is_known_by_its_marker(county):
    home, print_ = county
    assert home.outcome(print_).name == "Alba"
    assert home.outcome("another") is None


def damaged_bytes(place: Path) -> None:
    data = bytearray(place.read_bytes())
    data[len(data) // 2] ^= 255
    place.write_bytes(data)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: (path / "report.html").unlink(),
        lambda path: (path / "confidence.tif").write_bytes(b""),
        lambda path: damaged_bytes(path / "crop_map.tif"),
        lambda path: (path / "parcel_labels.gpkg").write_bytes(b"no database"),
        lambda path: (path / "crop_map.tif.aux.xml").unlink(),
        lambda path: (path / "county.json").write_text("{"),
        lambda path: (path / "county.json").write_text('{"format": 1, "files": {"../x": {}}}'),
        lambda path: (path / "county.json").unlink(),
    ],
)
def test_a_county_with_a_file_that_is_gone_or_broken_is_not_whole(county, damage):
    home, print_ = county
    damage(home.path)
    assert home.outcome(print_) is None


def test_a_county_that_was_only_looked_at_is_whole(county):
    home, print_ = county
    with contextlib.closing(sqlite3.connect(home.path / "parcel_labels.gpkg")) as database:
        assert database.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
    (home.path / "crop_map.tif.aux.xml").write_text("<PAMDataset/>")
    (home.path / "confidence.tif.aux.xml").write_text("<PAMDataset/>")
    (home.path / "notes.txt").write_text("mine")
    assert home.outcome(print_) is not None


def test_what_a_killed_run_left_goes_and_what_is_not_ours_stays(tmp_path):
    home = CountyFolder(str(tmp_path), "Alba")
    staged = home.path / ".county-partial-abc"
    staged.mkdir(parents=True)
    (staged / "crop_map.tif").write_text("half")
    (home.path / "crop_map.tif").write_text("moved, but no marker came")
    home.marker.write_text('{"format": 1, "writing": ["crop_map.tif"]}')
    (home.path / "notes.txt").write_text("mine")
    home.tidy()
    assert [place.name for place in home.path.iterdir()] == ["notes.txt"]
    (home.path / "notes.txt").unlink()
    home.tidy()
    assert not home.path.exists()


def test_a_county_that_cannot_be_made_again_keeps_what_it_had(tmp_path):
    order = country(tmp_path, NAMES[:1])
    assert run(order) == {"Alba": "done"}
    before = (tmp_path / "out" / "Alba" / "crop_map.tif").read_bytes()
    for place in (tmp_path / "data").glob("S1*"):
        place.write_bytes(b"no raster")
    result = classify_counties(order, Feedback(), SerialExecutor())
    (outcome,) = result.outcomes
    assert outcome.status == "failed"
    assert outcome.message.endswith("results of an earlier run with other inputs or parameters.")
    assert outcome.outputs == {}
    assert (tmp_path / "out" / "Alba" / "crop_map.tif").read_bytes() == before


def test_outputs_that_cannot_be_put_in_place_fail_the_county_whole(orders, monkeypatch):
    order = orders("locked")
    real = os.replace

    def refusing(source, target):
        if Path(target).name == "report.html" and Path(target).parent.name == "Delta":
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", refusing)
    result = classify_counties(order, Feedback(), SerialExecutor())
    monkeypatch.undo()
    assert [outcome.status for outcome in result.outcomes] == ["done", "done", "done", "failed"]
    assert "No space left on device" in result.outcomes[3].message
    assert not (Path(order.folder) / "Delta").exists()


def test_a_worker_of_a_run_that_is_over_writes_nothing(orders, tmp_path):
    order = replace(completed(orders("x")), folder=str(tmp_path))
    plan = make_plan(order, read_card(order.checkpoint), sha256_of(order.checkpoint), "a token of old", Feedback())
    outcome = classify_county(plan.tasks[0], Feedback())
    assert outcome.status == "failed"
    assert "no longer holds" in outcome.message
    assert list(tmp_path.iterdir()) == []


def test_expected_shares_count_in_every_county_and_make_it_again_where_they_change(orders, tmp_path):
    base = write_base(tmp_path, shares={"Maize": 0.5, "Grassland": 0.5})
    options = CountiesOptions(("crop_map",))
    plain = replace(orders("shares"), checkpoint=str(base), options=options)

    def maize(order) -> list[int]:
        places = [Path(order.folder) / outcome.outputs["crop_map"] for outcome in ran.outcomes]
        return [int((gdal.Open(str(place)).ReadAsArray() == 3).sum()) for place in places]

    ran = classify_counties(plain, Feedback(), SerialExecutor())
    before = maize(plain)
    shares = replace(plain.mapping_options, expected_shares=(("Maize", 0.9999), ("Grassland", 0.0001)))
    order = replace(plain, mapping_options=shares)
    ran = classify_counties(order, Feedback(), SerialExecutor())
    assert ran.counts == {"done": 4}, "another expectation is another map"
    assert all(one <= other for one, other in zip(before, maize(order))) and sum(before) < sum(maize(order))
    place = Path(order.folder) / ran.outcomes[0].outputs["crop_map"]
    assert "Maize" in gdal.Open(str(place)).GetMetadataItem("EXPECTED_SHARES")
    assert run(order) == dict.fromkeys(NAMES, "kept")
    wrong = replace(order.mapping_options, expected_shares=(("Rice", 1.0), ("Tea", 1.0)))
    with pytest.raises(SharesError, match="None of the expected shares"):
        run(replace(order, mapping_options=wrong))


def test_style_files_that_are_asked_for_later_are_made(orders):
    order = replace(orders("styled"), options=CountiesOptions(("crop_map",)))
    assert set(run(order).values()) == {"done"}
    assert not list(Path(order.folder).glob("Alba/*.qml"))
    later = replace(order, mapping_options=replace(order.mapping_options, style_files=True))
    assert set(run(later).values()) == {"done"} and list(Path(order.folder).glob("Alba/*.qml"))
