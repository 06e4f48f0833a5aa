"""The same work from the command line, where QGIS is another process."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from osgeo import ogr
from qgis.core import Qgis

from tiny_training import write_base

ALGORITHMS = (
    *("assessaccuracy", "attentionheatmaps", "checkseries", "classifycounties", "classifycrops", "mapandassess"),
    *("parcellabels", "simulatecounty", "trainandmap", "traincheckpoint", "weeklyupdate", "fieldsandmap"),
    *("checkdeclarations", "cleanmap", "comparemaps", "delineatefields", "designsample"),
)
JSON_FROM = 32400
"""QGIS version from which qgis_process reads JSON on standard input."""


@pytest.fixture(scope="module")
def simulated(qgis_process, tmp_path_factory) -> dict:
    """A county of 64 x 64 pixels, simulated by qgis_process."""
    folder = tmp_path_factory.mktemp("odd name, with blanks & ümlauts") / "county"
    values = {"SIZE": 64, "SEED": 2, "S2_DATES": 12, "S1_DATES": 12, "OUTPUT_FOLDER": str(folder)}
    return dict(qgis_process.run("cropattention:simulatecounty", **values))


def test_help_of_the_main_job_explains_every_key(qgis_process):
    text = qgis_process.call("help", "cropattention:classifycrops")
    for key in ("S2_FOLDER", "S1_FOLDER", "CHECKPOINT", "CROP_MAP", "PARCEL_LABELS", "TEMPORAL_ATTENTION", "REPORT"):
        assert f"\n{key}:" in text
    assert "searched with its subfolders" in text


def test_main_job_runs_with_the_bundled_checkpoint(qgis_process, simulated, tmp_path):
    from crop_attention.models.checkpoint import default_checkpoint

    if not default_checkpoint().is_file():
        pytest.skip("no checkpoint is bundled yet")
    asked = {"CROP_MAP": tmp_path / "map.tif", "PARCEL_LABELS": tmp_path / "labels.gpkg", "REPORT": tmp_path / "r.html"}
    results = qgis_process.run(
        "cropattention:classifycrops",
        S2_FOLDER=simulated["S2_FOLDER"],
        S1_FOLDER=simulated["S1_FOLDER"],
        PARCELS=simulated["PARCELS"],
        **asked,
    )
    assert {key: results[key] for key in asked} == {key: str(place) for key, place in asked.items()}
    assert all(place.stat().st_size > 0 for place in asked.values())
    assert results["CLEAR_STEPS"] > 0
    assert results["SEASON_USED"] == "2022-10-01 to 2023-09-25"
    assert not [name for name in os.listdir(tmp_path) if "partial" in name]


def test_layers_are_given_by_repeating_the_key(qgis_process, simulated):
    files = sorted(str(path) for path in Path(simulated["S1_FOLDER"]).glob("*.tif"))[3:9]
    results = qgis_process.run("cropattention:checkseries", S1=files)
    assert (results["S1_ACQUISITIONS"], results["S2_ACQUISITIONS"]) == (6, 0)


def test_algorithms_and_ready_made_models_are_listed(qgis_process):
    listed = qgis_process.call("list")
    for name in ALGORITHMS:
        assert f"cropattention:{name}\t" in listed


def test_ready_made_model_maps_labels_and_judges(qgis_process, simulated, tmp_path):
    results = qgis_process.run(
        "cropattention:mapandassess",
        S2_FOLDER=simulated["S2_FOLDER"],
        S1_FOLDER=simulated["S1_FOLDER"],
        PARCELS=simulated["PARCELS"],
        REFERENCE=simulated["PARCELS"],
        CROP_FIELD="crop",
        **{"classify:CROP_MAP": tmp_path / "map.tif", "labels:PARCEL_LABELS": tmp_path / "labels.gpkg"},
    )
    source = ogr.Open(results["labels:PARCEL_LABELS"])
    pairs = [(feature["crop"], feature["crop_name"]) for feature in source.GetLayer(0)]
    right = sum(declared == mapped for declared, mapped in pairs)
    assert len(pairs) == results["accuracy:UNIT_COUNT"] == results["labels:LABELLED"] == simulated["PARCEL_COUNT"]
    # Labels leave the border pixels of parcels out, the assessment does not.
    assert results["accuracy:OA"] == pytest.approx(right / len(pairs), abs=4 / len(pairs))
    assert results["check:READY"] is True and results["check:USABLE_S2_STEPS"] == results["classify:CLEAR_STEPS"]


def test_ready_made_model_trains_and_maps(qgis_process, simulated, tmp_path, monkeypatch):
    # Small convolutions on two threads wait for each other where the machine is busy.
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    results = qgis_process.run(
        "cropattention:trainandmap",
        S2_FOLDER=simulated["S2_FOLDER"],
        S1_FOLDER=simulated["S1_FOLDER"],
        PARCELS=simulated["PARCELS"],
        CROP_FIELD="crop",
        BASE_CHECKPOINT=write_base(tmp_path),
        EPOCHS=1,
        MINIMUM_PARCELS=2,
        BLOCK_METRES=100,
        BUFFER_METRES=0,
        **{"train:CHECKPOINT": tmp_path / "own.safetensors", "classify:CROP_MAP": tmp_path / "map.tif"},
    )
    assert 0 < results["train:N_PARCELS"] <= simulated["PARCEL_COUNT"]
    assert 0 <= results["train:OA"] <= 1
    assert results["train:CHECKPOINT"] == str(tmp_path / "own.safetensors")
    assert (tmp_path / "own.safetensors").stat().st_size > 0 and (tmp_path / "map.tif").stat().st_size > 0


@pytest.mark.skipif(Qgis.QGIS_VERSION_INT < JSON_FROM, reason="qgis_process reads JSON from QGIS 3.24 on")
@pytest.mark.parametrize("folder, status", [("", 0), ("nowhere", 1)])
def test_values_come_as_json_on_standard_input(qgis_process, simulated, folder, status):
    from crop_attention.tools.qgis_process import find_program

    asked = {"inputs": {"S2_FOLDER": simulated["S2_FOLDER"] + folder, "MASKED_CLASSES": [3, 8, 9], "S1": None}}
    command = [find_program(), "run", "cropattention:checkseries", "-"]
    done = subprocess.run(
        command, env=qgis_process.environment(), input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    assert (done.returncode != 0) == (status != 0)
    if status:
        assert "does not exist; choose the folder of the series" in done.stdout + done.stderr
    else:
        results = json.loads(done.stdout[done.stdout.index("{") :])["results"]
        assert results["READY"] is True and results["S2_ACQUISITIONS"] == 10


@pytest.mark.parametrize(
    "values, sentences",
    [
        (["S2_FOLDER={s2}", "SEASON_START=soon", "CROP_MAP=map.png"], ("'soon' is not a date", "must be a GeoTIFF")),
        (["S2_FOLDER={s2}", "SEASON_START=1999-10-01"], ("1999-10-01",)),
    ],
)
def test_refusal_is_printed_and_the_process_fails(qgis_process, simulated, tmp_path, values, sentences):
    from crop_attention.tools.qgis_process import find_program

    place = f"CROP_MAP={tmp_path / 'map.tif'}"
    values = [value.format(s2=simulated["S2_FOLDER"]) for value in values]
    command = [find_program(), "run", "cropattention:classifycrops", "--", place, *values]
    done = subprocess.run(command, env=qgis_process.environment(), capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert all(sentence in done.stdout + done.stderr for sentence in sentences)
    assert "Traceback" not in done.stdout + done.stderr
    assert os.listdir(tmp_path) == []


def test_main_job_runs_where_torch_is_missing(qgis_process, simulated, tmp_path):
    """A folder of packages without torch stands in for a QGIS that has none."""
    from crop_attention.tools.qgis_process import find_program

    blocker = tmp_path / "packages"
    blocker.mkdir()
    (blocker / "sitecustomize.py").write_text(
        "import sys\n"
        "class Blocked:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] == 'torch':\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Blocked())\n"
        "sys.modules['torch'] = None\n",
        encoding="utf-8",
    )
    environment = {**qgis_process.environment(), "PYTHONPATH": str(blocker)}
    values = [f"S2_FOLDER={simulated['S2_FOLDER']}", f"CROP_MAP={tmp_path / 'map.tif'}"]
    command = [find_program(), "run", "cropattention:classifycrops", "--", *values]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "CPU (NumPy" in done.stdout + done.stderr
    assert (tmp_path / "map.tif").exists()
