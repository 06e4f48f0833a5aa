"""Nothing that a run over counties reads, or that is not its own, is lost in its folder."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from county_files import NAMES, country
from crop_attention.engine.counties.executors.base import SerialExecutor
from crop_attention.engine.counties.folder import CountyFolder
from crop_attention.engine.counties.job import classify_counties
from crop_attention.engine.errors import OutputError
from crop_attention.engine.feedback import Feedback


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(place.relative_to(folder)): hashlib.sha256(place.read_bytes()).hexdigest()
        for place in sorted(folder.rglob("*"))
        if place.is_file()
    }


@pytest.mark.parametrize("given", ["counties", "parcels"])
def test_a_layer_that_is_called_like_the_table_is_not_written_over(tmp_path, given):
    order = country(tmp_path, NAMES[:1])
    folder = tmp_path / "here"
    folder.mkdir()
    layer = Path(getattr(order, given))
    shutil.copy(layer, folder / "counties.gpkg")
    order = replace(order, folder=str(folder), **{given: str(folder / "counties.gpkg")})
    before = _digests(tmp_path)
    with pytest.raises(OutputError, match="is also an input of this run"):
        classify_counties(order, Feedback(), SerialExecutor())
    assert _digests(tmp_path) == before


@pytest.mark.parametrize("name", ["counties.gpkg", "counties.csv", "index.html", "counties.json"])
def test_a_file_that_no_run_has_written_is_left_alone(tmp_path, name):
    order = country(tmp_path, NAMES[:1])
    Path(order.folder).mkdir()
    (Path(order.folder) / name).write_text("mine")
    with pytest.raises(OutputError, match=f"holds {name}, which no run over counties has written"):
        classify_counties(order, Feedback(), SerialExecutor())
    assert [place.name for place in Path(order.folder).iterdir()] == [name]
    assert (Path(order.folder) / name).read_text() == "mine"


def test_a_county_whose_folder_holds_files_of_others_fails_alone(tmp_path):
    order = country(tmp_path, NAMES[:2])
    home = Path(order.folder) / NAMES[0]
    home.mkdir(parents=True)
    (home / "report.html").write_text("mine")
    result = classify_counties(order, Feedback(), SerialExecutor())
    assert [outcome.status for outcome in result.outcomes] == ["failed", "done"]
    assert "holds report.html, which no run over counties has written" in result.outcomes[0].message
    assert (home / "report.html").read_text() == "mine"
    assert CountyFolder(order.folder, NAMES[0]).foreign() == ["report.html"]
