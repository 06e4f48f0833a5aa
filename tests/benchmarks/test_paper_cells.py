"""Tiny cells from end to end: sites, determinism, resuming, failures, and PASTIS by its official protocol."""

from dataclasses import replace

import numpy as np
import pytest

from crop_attention.benchmarks.paper import cells as paper_cells
from crop_attention.benchmarks.paper import record
from crop_attention.benchmarks.paper.cells import Machine, Places, ground_of, make_ready, run_cell, sites_at
from crop_attention.benchmarks.paper.plan import FULL, MARGIN, QUICK, Effort
from crop_attention.benchmarks.paper.record import WHOLE, Key
from crop_attention.benchmarks.paper.run import run, unfinished
from crop_attention.benchmarks.paper.sites import simulated
from crop_attention.benchmarks.paper.systems import DISCRIMINANT, FOREST, LOGISTIC, OURS
from crop_attention.engine.training.learners import forest
from crop_attention.engine.training.sources.pastis_folder import PastisFolder
from pastis_files import SIZE, write_pastis

TINY = replace(
    QUICK,
    name="tiny",
    simulated=Effort(3, 8, 2, 1, 2, 8),
    points=Effort(3, 8, 2),
    pastis=Effort(2, 8, 1, 1, 2, 8),
    counties=2,
    county_size=32,
    test_counties=2,
    test_size=32,
)
SITE = "yishui_like"


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    found = Places(tmp_path_factory.mktemp("paper"), tmp_path_factory.mktemp("none"))
    make_ready([Key(SITE, OURS)], TINY, found, 1)
    return found


@pytest.fixture(scope="module")
def network_record(places):
    return run_cell(Key(SITE, OURS), TINY, places, Machine())


def test_the_same_cell_gives_the_same_record_but_for_the_seconds(places, network_record):
    again = run_cell(Key(SITE, OURS), TINY, places, Machine())
    assert replace(again, seconds=0) == replace(network_record, seconds=0)
    other = run_cell(Key(SITE, OURS, seed=1), TINY, places, Machine())
    assert other.judged != network_record.judged


@pytest.mark.parametrize("system", [DISCRIMINANT, LOGISTIC])
def test_plain_learners_are_fitted_anew_for_a_cell(places, system):
    pytest.importorskip("sklearn")
    found = run_cell(Key(SITE, system), TINY, places, Machine())
    assert found.steps == 0 and found.weights == 288 * 8 and set(found.judged) == set(TINY.conditions)


def test_a_record_holds_what_every_score_can_be_drawn_from(network_record):
    assert set(network_record.judged) == set(TINY.conditions) and network_record.steps == 4
    assert network_record.weights > 10_000 and len(network_record.classes) == 8 and len(network_record.bands) == 12
    totals = {
        name: sum(number for block in part.pixels.values() for *_, number in block)
        for name, part in network_record.judged.items()
    }
    assert set(totals.values()) == {2 * (32 - 2 * MARGIN) ** 2}
    assert all(area > 0 for *_, area in network_record.judged[WHOLE].parcels)
    for steps in network_record.attention.temporal.values():
        assert len(steps) == 24 and sum(steps) == pytest.approx(1, abs=1e-3)
    assert set(network_record.attention.temporal) <= set(network_record.classes)
    assert all(0 <= share <= 1 for share in network_record.attention.s1_share.values())


def test_counties_that_train_and_judge_are_not_the_same_and_only_the_inside_judges(places):
    ground = ground_of(Key(SITE, OURS), TINY, places)
    train, test = ({window.block for window in part} for part in (ground.counties, ground.test))
    assert len(train) == len(test) == 2 and not train & test and min(train | test) >= 400_000
    for window in ground.test:
        assert not window.labels[:MARGIN].any() and not window.labels[:, -MARGIN:].any() and window.labels.any()
        assert window.parcels[:MARGIN].any()


def test_the_sites_are_what_they_say():
    for seed in range(20):
        here = simulated.county_options("yishui_like", 500_000 + seed, FULL.county_size)
        assert here.cloudiness == 0.33 and here.parcel_size <= 0.5 and here.scenario == "shandong"
        there = simulated.county_options("pastis_like", 400_000 + seed, FULL.county_size)
        assert 2 <= there.parcel_size <= 5 and there.scenario == "temperate_europe"


def test_a_torn_county_is_simulated_again_and_a_whole_one_is_not(places, tmp_path):
    torn, kept = sorted(places.counties.glob(f"{SITE}*.npz"))[:2]
    whole, before = torn.read_bytes(), kept.stat().st_mtime_ns
    torn.write_bytes(whole[:1000])
    make_ready([Key(SITE, OURS)], TINY, places, 1)
    with np.load(torn) as found:
        assert found["labels"].shape == (32, 32)
    assert kept.stat().st_mtime_ns == before and not list(places.counties.glob("*partial*"))


def test_a_hidden_sensor_is_seen_neither_in_training_nor_in_judging(places, monkeypatch):
    first = run_cell(Key(SITE, OURS, "Sentinel-2 alone"), TINY, places, Machine())
    ground = ground_of(Key(SITE, OURS), TINY, places)

    def scrambled(window):
        cube = replace(window.cube, s1=window.cube.s1[::-1] * np.float16(0.5))
        return replace(window, cube=cube)

    other = replace(ground, counties=[*map(scrambled, ground.counties)], test=[*map(scrambled, ground.test)])
    moments = paper_cells.trained.__globals__["card_of"](OURS, ground, paper_cells.Variant()).normalisation
    monkeypatch.setattr(paper_cells, "ground_of", lambda *_: other)
    monkeypatch.setitem(paper_cells.trained.__globals__, "normalisation", lambda *_: moments)
    again = run_cell(Key(SITE, OURS, "Sentinel-2 alone"), TINY, places, Machine())
    assert again.judged == first.judged and set(first.attention.s1_share.values()) == {0.0}


def test_finished_cells_are_passed_over_and_failures_are_told(places, tmp_path, monkeypatch):
    monkeypatch.setattr(forest, "TREES", 25)
    path, heard = tmp_path / "tiny.jsonl", []
    keys = [Key(SITE, FOREST), Key(SITE, "no such system"), Key(SITE, OURS)]
    assert run(keys, TINY, places, Machine(), path, heard.append) == [keys[1]]
    assert "FAILED" in heard[2] and "no such system" in heard[2] and "OA 0." in heard[3]
    assert record.finished(record.read(path, TINY.fingerprint())) == {keys[0], keys[2]}
    assert unfinished(keys, TINY, path) == [keys[1]]
    assert unfinished(keys, replace(TINY, learning_rate=1e-3), path) == keys


def test_cells_of_a_network_that_has_changed_since_are_run_anew(network_record, tmp_path):
    path = tmp_path / "records.jsonl"
    record.append(path, replace(network_record, settings={"kernel": 5}))
    assert unfinished([network_record.key], TINY, path) == [network_record.key]
    record.append(path, network_record)
    assert unfinished([network_record.key], TINY, path) == []


def test_cells_side_by_side_give_what_they_give_one_by_one(places, tmp_path, network_record):
    path, heard = tmp_path / "tiny.jsonl", []
    keys = [Key(SITE, OURS), Key(SITE, "no such system")]
    assert run(keys, TINY, places, Machine(), path, heard.append, jobs=2) == [keys[1]]
    (found,) = record.read(path)
    assert replace(found, seconds=0) == replace(network_record, seconds=0)


def test_a_torn_line_costs_one_cell(network_record, tmp_path):
    path = tmp_path / "records.jsonl"
    record.append(path, network_record)
    with path.open("a") as file:
        file.write('{"key": {"site"')
    record.append(path, replace(network_record, key=Key(SITE, "utae")))
    assert [found.key.system for found in record.read(path)] == [OURS, "utae"]
    assert next(record.read(path)) == network_record


def test_without_data_a_site_is_left_out_and_said(tmp_path):
    sites, sentences = sites_at(Places(tmp_path, tmp_path))
    assert sites == ("pastis_like", "yishui_like")
    assert "french_points is left out" in sentences[0] and "--pastis" in sentences[1] and len(sentences) == 2


@pytest.fixture(scope="module")
def pastis(tmp_path_factory):
    patches = ((10, 1), (11, 1), (3, 2), (7, 3), (20, 4), (21, 5), (22, 5))
    return write_pastis(tmp_path_factory.mktemp("pastis"), patches)


@pytest.mark.parametrize("site", ["pastis", "pastis_r"])
def test_pastis_is_judged_by_its_official_folds(site, pastis, tmp_path, monkeypatch):
    monkeypatch.setattr(forest, "TREES", 25)
    places = Places(tmp_path, tmp_path, pastis)
    assert sites_at(places)[0][-2:] == ("pastis", "pastis_r")
    for fold, tested in ((0, {"21", "22"}), (1, {"10", "11"})):
        for system in (OURS, FOREST) if fold == 0 else (FOREST,):
            found = run_cell(Key(site, system, "", 0, fold), TINY, places, Machine())
            assert set(found.judged) == set(TINY.few_conditions) and len(found.classes) == 19
            assert len(found.bands) == (12 if site == "pastis_r" else 10)
            part = found.judged[WHOLE]
            assert set(part.pixels) == tested
            folder = PastisFolder(pastis)
            for block, triples in part.pixels.items():
                target = folder.target(int(block))
                counts = np.bincount(target[target < 19], minlength=19)
                for place, number in enumerate(counts):
                    assert sum(n for truth, _, n in triples if truth == place) == number
            areas = {(block, truth): area for block, truth, _, area in part.parcels}
            fifth = 5 if fold == 0 else 1
            first = 21 if fold == 0 else 10
            assert areas[first, fifth] == 10 * SIZE and areas[first, 3] == int((folder.target(first) == 3).sum())


def test_records_are_packed_for_keeping_and_come_back(tmp_path, network_record):
    path = tmp_path / "full.jsonl"
    record.append(path, network_record)
    before = path.read_bytes()
    record.pack(path)
    path.unlink()
    record.unpack(path)
    assert path.read_bytes() == before and [each.key for each in record.read(path)] == [network_record.key]
    record.append(path, network_record)
    after = path.read_bytes()
    record.unpack(path)
    assert path.read_bytes() == after
    assert sorted(each.name for each in tmp_path.iterdir()) == [path.name, f"{path.name}.gz"]
