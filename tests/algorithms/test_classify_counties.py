"""Many counties as QGIS runs them: what is whole stays, one bad county fails alone and fails the run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from qgis.core import (
    QgsFeature,
    QgsGeometry,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProject,
    QgsVectorLayer,
)

from counties import Listener, box, write_parcels

COUNTIES = (("West", (0, 0, 70, 100)), ("Middle é", (70, 0, 70, 100)), ("East", (140, 0, 60, 100)))
CHOSEN = [0, 1, 3, 7]
"""Crop map, confidence, parcel labels, report."""


def write_counties(place: Path, counties=COUNTIES) -> str:
    """Write polygons in pixels of the simulated county, their name in the field `kind`."""
    return write_parcels(place, [(name, f"MULTIPOLYGON(({box(*corners)}))") for name, corners in counties])


@pytest.fixture(scope="module")
def cut(tmp_path_factory) -> str:
    """The county in three."""
    return write_counties(tmp_path_factory.mktemp("cut") / "counties.gpkg")


@pytest.fixture
def values(county, checkpoint, cut, tmp_path):
    """What a run needs."""
    return {
        "COUNTIES": cut,
        "COUNTY_FIELD": "kind",
        "S2_FOLDER": county.s2,
        "S1_FOLDER": county.s1,
        "CHECKPOINT": checkpoint,
        "DEVICE": "cpu",
        "OUTPUT_FOLDER": str(tmp_path / "out"),
    }


def made(folder: Path) -> dict[str, bytes]:
    """Return what lies in the folders of counties; how long it took and where is left out of their markers."""
    found = {}
    for place in sorted(folder.glob("*/*")):
        content = place.read_bytes()
        if place.name == "county.json":
            marker = json.loads(content)
            marker["outcome"].update(seconds=0, device="")
            content = json.dumps(marker).encode()
        found[str(place.relative_to(folder))] = content
    return found


class KillsOneWorker(Listener):
    """Kills the worker that maps a county when it has come to classifying."""

    def __init__(self, cluster):
        super().__init__()
        self.cluster, self.killed = cluster, 0

    def setProgressText(self, text: str) -> None:
        if not self.killed and text.endswith("Classifying"):
            self.killed = self.cluster.workers[0].pid
            os.kill(self.killed, signal.SIGKILL)


def test_counties_run_stay_and_are_the_same_from_a_cluster_that_loses_a_worker(run, values, county, tmp_path):
    distributed = pytest.importorskip("distributed")
    values = {**values, "PARCELS": county.parcels, "OUTPUTS": CHOSEN}
    results, said, context = run("classifycounties", values)
    out = tmp_path / "out"
    assert (results["DONE"], results["KEPT"], results["FAILED"]) == (3, 0, 0)
    assert said.errors == [] and said.steps == sorted(said.steps) and said.steps[-1] == 100
    assert {path.name for path in (out / "Middle é").iterdir()} >= {
        "crop_map.tif", "confidence.tif", "parcel_labels.gpkg", "report.html", "county.json"
    }  # fmt: skip
    table = QgsVectorLayer(results["SUMMARY"])
    assert [(f["county"], f["status"]) for f in table.getFeatures()] == [(name, "done") for name, _ in COUNTIES]
    assert results["SUMMARY"] in context.layersToLoadOnCompletion()
    assert Path(results["SUMMARY_CSV"]).read_text(encoding="utf-8").count("\n") == 4
    assert "West/report.html" in Path(results["INDEX"]).read_text(encoding="utf-8")
    alone = made(out)

    again, _, _ = run("classifycounties", values)
    assert (again["DONE"], again["KEPT"], again["FAILED"]) == (0, 3, 0)
    assert made(out) == alone

    created = json.loads((out / "counties.json").read_text(encoding="utf-8"))
    other = tmp_path / "other"
    other.mkdir()
    (other / "counties.json").write_text(json.dumps(created), encoding="utf-8")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=0) as dask:
        listener = KillsOneWorker(dask)
        spread = {**values, "OUTPUT_FOLDER": str(other), "SCHEDULER": dask.scheduler_address, "THREADS": 1}
        results, said, _ = run("classifycounties", spread, listener)
    assert listener.killed and any("Its worker died; this is attempt 2 of 3." in warning for warning in said.warnings)
    assert (results["DONE"], results["KEPT"], results["FAILED"]) == (3, 0, 0), said.errors
    assert made(other) == alone


def test_bad_county_fails_the_run_with_its_reason_and_the_others_stay(run, values, tmp_path):
    counties = write_counties(tmp_path / "counties.gpkg", (COUNTIES[2], ("Far away", (9000, 9000, 50, 50))))
    values = {**values, "COUNTIES": counties, "OUTPUTS": [0]}
    listener = Listener()
    with pytest.raises(QgsProcessingException, match="1 of 2 counties failed; .*index.html.* Far away: "):
        run("classifycounties", values, listener)
    assert [warning for warning in listener.warnings if warning.startswith("Far away: ")]
    assert (tmp_path / "out" / "East" / "crop_map.tif").is_file()
    results, said, _ = run("classifycounties", {**values, "FAIL_IF_ANY": False})
    assert (results["DONE"], results["KEPT"], results["FAILED"]) == (0, 1, 1)
    assert [warning for warning in said.warnings if warning.startswith("Far away: ")]


def test_run_without_one_county_done_fails_in_any_case(run, values, tmp_path):
    counties = write_counties(tmp_path / "counties.gpkg", (("Far away", (9000, 9000, 50, 50)),))
    with pytest.raises(QgsProcessingException, match="No county is done: 1 of 1 failed"):
        run("classifycounties", {**values, "COUNTIES": counties, "FAIL_IF_ANY": False})


def test_cancelled_run_says_what_stays_and_goes_on_later(run, values, tmp_path):
    values = {**values, "OUTPUTS": [0]}
    with pytest.raises(QgsProcessingException, match="1 of 3 counties are done and stay. Run again to continue."):
        run("classifycounties", values, Listener(cancel_at="Middle é: Classifying"))
    out = tmp_path / "out"
    assert (out / "West" / "crop_map.tif").is_file()
    assert not (out / "East").exists() and not list(out.glob("Middle*/*"))
    results, _, _ = run("classifycounties", values)
    assert (results["DONE"], results["KEPT"], results["FAILED"]) == (2, 1, 0)


def test_layers_of_the_project_are_files_for_the_engine_and_the_same_in_the_next_run(run, values, county, tmp_path):
    parcels = QgsVectorLayer(county.parcels, "parcels")
    counties = QgsVectorLayer("MultiPolygon?crs=EPSG:32631&field=kind:string&field=fid:string", "drawn", "memory")
    for name, corners in COUNTIES[1:]:
        feature = QgsFeature(counties.fields())
        feature.setAttributes([name, "same"])
        feature.setGeometry(QgsGeometry.fromWkt(f"MULTIPOLYGON(({box(*corners)}))"))
        counties.dataProvider().addFeature(feature)
    counties.setSubsetString("")
    counties.selectByExpression("kind = 'East'")
    QgsProject.instance().addMapLayers([parcels, counties])
    parcels.setSubsetString("kind <> 'nothing'")
    drawn = QgsProcessingFeatureSourceDefinition(counties.id(), True)
    values = {**values, "COUNTIES": drawn, "PARCELS": parcels, "OUTPUTS": [3]}
    try:
        results, _, _ = run("classifycounties", values)
        again, _, _ = run("classifycounties", values)
    finally:
        QgsProject.instance().removeAllMapLayers()
    assert (results["DONE"], again["KEPT"]) == (1, 1)
    names = sorted(path.name.split("_")[0] for path in (tmp_path / "out").glob("*_input_*.gpkg"))
    assert names == ["counties", "parcels"]
    (copy,) = (tmp_path / "out").glob("parcels_input_*.gpkg")
    assert QgsVectorLayer(str(copy)).featureCount() == QgsVectorLayer(county.parcels).featureCount() - 1
    labels = QgsVectorLayer(str(tmp_path / "out" / "East" / "parcel_labels.gpkg"))
    assert [feature["kind"] for feature in labels.getFeatures()] == ["second block"]


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"COUNTIES": None}, "No counties are given; choose a county layer and the field of its names"),
        ({"COUNTIES": "/nowhere/c.gpkg"}, "The county layer '/nowhere/c.gpkg' cannot be opened"),
        ({"COUNTY_FIELD": ""}, "Say which field of the county layer 'counties' holds the names"),
        ({"COUNTY_FIELD": "code"}, "has no field 'code'; choose the one that names the county, from fid, kind"),
        ({"PARCEL_COUNTY_FIELD": "kind"}, "'County of the parcel' needs a parcel layer"),
        ({"S2_FOLDER": "/nowhere/s2"}, "The folder '/nowhere/s2' does not exist"),
        ({"OUTPUTS": []}, "No output is chosen"),
        ({"SCHEDULER": "local"}, "'local' is not the address of a Dask scheduler; write it like tcp://host:8786"),
        ({"CHECKPOINT": "/nowhere/best.safetensors"}, "The checkpoint '/nowhere/best.safetensors' does not exist"),
    ],
)
def test_bad_value_is_refused_in_a_sentence_that_names_it(refusal, values, changes, sentence):
    message = refusal("classifycounties", {**values, **changes})
    assert sentence in message
    assert len(message.splitlines()) == 1


def test_folder_a_county_and_parcels_that_name_them_pass(refusal, values, county):
    assert (
        refusal("classifycounties", {**values, "S2_FOLDER": "/data/{county}/s2", "SCHEDULER": "tls://host:8786"}) == ""
    )
    parcels = {"COUNTIES": None, "COUNTY_FIELD": "", "PARCELS": county.parcels, "PARCEL_COUNTY_FIELD": "kind"}
    assert refusal("classifycounties", {**values, **parcels}) == ""


def test_missing_dask_is_said_with_the_line_that_installs_it(refusal, values, monkeypatch):
    from crop_attention.algorithms import torch_check

    monkeypatch.setattr(torch_check, "find_spec", lambda name: None if name == "distributed" else object())
    assert refusal("classifycounties", values) == ""
    message = refusal("classifycounties", {**values, "SCHEDULER": "tcp://127.0.0.1:8786"})
    assert "(distributed missing)" in message and "-m pip install" in message


def test_command_line_takes_a_folder_a_county_and_fails_with_the_county(qgis_process, values, county, tmp_path):
    from crop_attention.tools.qgis_process import find_program

    for name, _ in COUNTIES[1:]:
        (tmp_path / "data" / name).mkdir(parents=True)
        (tmp_path / "data" / name / "s2").symlink_to(county.s2, target_is_directory=True)
    values = {**values, "S2_FOLDER": str(tmp_path / "data" / "{county}" / "s2"), "S1_FOLDER": None, "OUTPUTS": 0}
    given = [f"{key}={value}" for key, value in values.items() if value is not None]
    command = [find_program(), "run", "cropattention:classifycounties", "--", *given]
    done = subprocess.run(command, env=qgis_process.environment(), capture_output=True, text=True, check=False)
    told = done.stdout + done.stderr
    assert done.returncode != 0 and "1 of 3 counties failed" in told and "Traceback" not in told
    whole = [path.parent.name for path in (tmp_path / "out").glob("*/crop_map.tif")]
    assert sorted(whole) == ["East", "Middle é"]
