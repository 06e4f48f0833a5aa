"""The same work from the command line, where QGIS is another process."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ALGORITHMS = ("attentionheatmaps", "checkseries", "classifycrops", "parcellabels", "simulatecounty")


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


def test_main_job_says_so_where_torch_is_missing(qgis_process, simulated, tmp_path):
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
    assert done.returncode != 0
    assert "pip install" in done.stdout + done.stderr
    assert "torch" in done.stdout + done.stderr
    assert not (tmp_path / "map.tif").exists()
