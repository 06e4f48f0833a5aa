"""What a job reads is never written over, however it is spelt."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
from osgeo import gdal

from crop_attention.engine.errors import OutputError
from crop_attention.engine.provenance import OWN_TAG, is_own_output
from crop_attention.engine.writing.guard import refuse_overwriting, series_files

gdal.UseExceptions()


def _raster(path: Path, tags: dict[str, str] | None = None) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), 4, 4, 1)
    dataset.SetGeoTransform((0, 10, 0, 0, 0, -10))
    dataset.SetMetadata(tags or {})
    return str(path)


def _touch(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("held")
    return str(path)


@pytest.fixture
def zipped(tmp_path: Path) -> str:
    raster = _raster(tmp_path / "inside.tif")
    place = tmp_path / "scenes.zip"
    with zipfile.ZipFile(place, "w") as archive:
        archive.write(raster, "b/inside.tif")
    return str(place)


@pytest.mark.parametrize("spelling", ["plain", "relative", "link", "hard link", "folder link", "layer", "dots"])
def test_an_output_that_is_an_input_is_refused_however_it_is_spelt(tmp_path, monkeypatch, spelling):
    held = Path(_touch(tmp_path / "in" / "parcels.gpkg"))
    monkeypatch.chdir(tmp_path)
    output, read = held, str(held)
    if spelling == "relative":
        output = Path("in/parcels.gpkg")
    elif spelling == "link":
        output = tmp_path / "other.gpkg"
        output.symlink_to(held)
    elif spelling == "hard link":
        output = tmp_path / "other.gpkg"
        os.link(held, output)
    elif spelling == "folder link":
        (tmp_path / "there").symlink_to(held.parent)
        output = tmp_path / "there" / "parcels.gpkg"
    elif spelling == "layer":
        read = f"{held}|layername=fields"
    elif spelling == "dots":
        output = held.parent / ".." / "in" / "." / "parcels.gpkg"
    with pytest.raises(OutputError, match="is also an input of this run"):
        refuse_overwriting([read], [output])
    assert held.read_text() == "held"


def test_members_of_a_zip_stand_for_the_zip(tmp_path, zipped):
    with pytest.raises(OutputError, match="also an input"):
        refuse_overwriting([f"/vsizip/{zipped}/b/inside.tif"], [zipped])


def test_what_a_virtual_raster_of_a_virtual_raster_leads_to_is_an_input(tmp_path):
    source = _raster(tmp_path / "far" / "source.tif")
    inner, outer = str(tmp_path / "inner.vrt"), str(tmp_path / "series" / "outer.vrt")
    os.makedirs(tmp_path / "series")
    gdal.BuildVRT(inner, [source]).FlushCache()
    gdal.BuildVRT(outer, [inner]).FlushCache()
    for reads in ([outer], series_files([str(tmp_path / "series")])):
        for output in (source, inner):
            with pytest.raises(OutputError, match="also an input"):
                refuse_overwriting(reads, [output])


@pytest.mark.parametrize("output", ["a.tif.ovr", "a.tif.aux.xml", "a.tfw", "p.dbf", "p.shp", "g.gpkg-wal"])
def test_sidecars_of_inputs_are_inputs(tmp_path, output):
    reads = [_touch(tmp_path / name) for name in ("a.tif", "p.shp", "g.gpkg")]
    with pytest.raises(OutputError, match="input of this run"):
        refuse_overwriting(reads, [tmp_path / output])
    refuse_overwriting(reads, [tmp_path / "a.html", tmp_path / "p.geojson", tmp_path / "g.shp"])


def test_an_output_whose_sidecar_is_an_input_is_refused(tmp_path):
    mask = _touch(tmp_path / "map.tif.msk")
    with pytest.raises(OutputError, match="comes with a file map.tif.msk"):
        refuse_overwriting([mask], [tmp_path / "map.tif"])


def test_a_raster_of_a_folder_is_kept_and_an_earlier_output_there_may_be_made_again(tmp_path):
    scene = _raster(tmp_path / "s2" / "2019" / "S2_20190101.tif")
    ours = _raster(tmp_path / "s2" / "map.tif", {OWN_TAG: "1"})
    _touch(tmp_path / "s2" / "report.html")
    assert is_own_output(ours) and not is_own_output(scene)
    refuse_overwriting([tmp_path / "s2"], [ours, tmp_path / "s2" / "report.html", tmp_path / "s2" / "new.tif"])
    os.link(scene, tmp_path / "linked.tif")
    for output in (
        tmp_path / "linked.tif",
        scene,
        _touch(tmp_path / "s2" / "2019" / "MTD_MSIL2A.xml"),
        _touch(tmp_path / "s2" / "dates.csv"),
    ):
        with pytest.raises(OutputError, match="as a file of the folder"):
            refuse_overwriting([tmp_path / "s2"], [output])


@pytest.mark.parametrize("other", ["map.tif", "MAP.TIF", "./map.tif", "link.tif"])
def test_two_outputs_on_one_file_are_refused(tmp_path, monkeypatch, other):
    monkeypatch.chdir(tmp_path)
    if other == "link.tif":
        _touch(tmp_path / "map.tif")
        (tmp_path / "link.tif").symlink_to(tmp_path / "map.tif")
    with pytest.raises(OutputError, match="Two outputs of this run are named"):
        refuse_overwriting([], [tmp_path / "map.tif", other])


def test_nothing_given_is_passed_over(tmp_path):
    refuse_overwriting(["", None], ["", None, tmp_path / "map.tif"])
