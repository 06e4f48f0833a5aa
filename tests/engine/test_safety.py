"""A foreign file leads nowhere but to files beside it, runs nothing, and ends."""

from __future__ import annotations

import contextlib
import copy
import gzip
import os
import sqlite3
import zipfile
from pathlib import Path

import pytest
from osgeo import gdal

from crop_attention.engine.safety import archive, views
from crop_attention.engine.safety.opening import closed_to_the_world, open_raster, open_vector
from crop_attention.engine.safety.sources import Indirect, check_sources, folders_of
from crop_attention.engine.safety.text import LARGEST, read_text

gdal.UseExceptions()

VRT = """<VRTDataset rasterXSize="4" rasterYSize="4"><GeoTransform>0,1,0,0,0,-1</GeoTransform>
<VRTRasterBand dataType="Byte" band="1"{attributes}>{more}<SimpleSource>
<SourceFilename{relative}>{name}</SourceFilename><SourceBand>1</SourceBand>
</SimpleSource></VRTRasterBand></VRTDataset>"""


def _raster(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    gdal.GetDriverByName("GTiff").Create(str(path), 4, 4, 1).SetGeoTransform((0, 1, 0, 0, 0, -1))
    return path


def _virtual(path: Path, name: object, relative: bool = False, more: str = "", attributes: str = "") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    flag = ' relativeToVRT="1"' if relative else ""
    path.write_text(VRT.format(name=name, relative=flag, more=more, attributes=attributes))
    return str(path)


def _check(path: str, *more: object) -> None:
    check_sources(path, folders_of([path], map(str, more)))


def test_files_beside_a_virtual_raster_are_read_and_those_elsewhere_where_they_are_allowed(tmp_path):
    far, near = _raster(tmp_path / "far" / "a.tif"), _raster(tmp_path / "s2" / "deep" / "b.tif")
    assert open_raster(_virtual(tmp_path / "s2" / "near.vrt", "deep/b.tif", relative=True)).RasterCount == 1
    assert open_raster(_virtual(tmp_path / "s2" / "whole.vrt", near)).RasterCount == 1
    for name, relative in ((far, False), ("../far/a.tif", True)):
        path = _virtual(tmp_path / "s2" / "out.vrt", name, relative)
        with pytest.raises(Indirect, match="outside the folders of the series; .*--allow-folder"):
            open_raster(path)
        _check(path, tmp_path / "far")


@pytest.mark.parametrize(
    "name",
    [
        "/vsicurl/http://127.0.0.1:9/a.tif",
        "/vsis3/bucket/a.tif",
        "/vsizip//vsicurl/http://127.0.0.1:9/a.zip/a.tif",
        "/vsisubfile/0_100,/etc/passwd",
        "&#x2F;vsicurl/http://127.0.0.1:9/a.tif",
        "<![CDATA[/vsicurl/http://127.0.0.1:9/a.tif]]>",
        "http://127.0.0.1:9/a.tif",
        "WMS:http://127.0.0.1:9/",
        "PG:host=127.0.0.1",
        "/etc/hostname",
        "vrt:///etc/hostname?bands=1",
        'NETCDF:"http://127.0.0.1:9/a.nc":b',
        "&lt;GDAL_WMS&gt;&lt;/GDAL_WMS&gt;",
    ],
)
@pytest.mark.parametrize("suffix", [".vrt", ".tif"])
def test_what_leads_to_the_network_or_out_of_the_folder_is_refused_under_any_suffix(tmp_path, name, suffix):
    with pytest.raises(Indirect):
        open_raster(_virtual(tmp_path / f"a{suffix}", name))


def test_a_source_named_as_an_attribute_is_found(tmp_path):
    place = tmp_path / "a.vrt"
    place.write_text(
        '<VRTDataset><VRTRasterBand><SimpleSource SourceFilename="/vsicurl/x"/></VRTRasterBand></VRTDataset>'
    )
    with pytest.raises(Indirect, match="/vsicurl/x"):
        open_raster(str(place))


def test_virtual_rasters_are_followed_to_the_end_and_in_zips(tmp_path):
    _virtual(tmp_path / "inner.vrt", "/vsicurl/http://127.0.0.1:9/a.tif")
    outer = _virtual(tmp_path / "outer.vrt", "inner.vrt", relative=True)
    with pytest.raises(Indirect, match="vsicurl"):
        open_raster(outer)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "inner.vrt", "in.vrt")
        archive.write(outer, "outer.vrt")
    with pytest.raises(Indirect, match="vsicurl"):
        open_raster(f"/vsizip/{tmp_path}/a.zip/in.vrt")
    itself = _virtual(tmp_path / "itself.vrt", "itself.vrt", relative=True)
    _check(itself)


def test_python_in_a_virtual_raster_is_refused_and_switched_off(tmp_path):
    code = "<PixelFunctionType>f</PixelFunctionType><PixelFunctionLanguage>Python</PixelFunctionLanguage>"
    _raster(tmp_path / "a.tif")
    path = _virtual(tmp_path / "a.vrt", "a.tif", True, code, ' subClass="VRTDerivedRasterBand"')
    with pytest.raises(Indirect, match="runs its own Python"):
        open_raster(path)
    before = gdal.GetConfigOption("GDAL_VRT_ENABLE_PYTHON")
    with closed_to_the_world():
        assert gdal.GetConfigOption("GDAL_VRT_ENABLE_PYTHON") == "NO"
    assert gdal.GetConfigOption("GDAL_VRT_ENABLE_PYTHON") == before


@pytest.mark.parametrize("text", ["<GDAL_WMS><Service/></GDAL_WMS>", '{"stac_version": "1.0.0", "type": "Feature"}'])
def test_descriptions_of_servers_and_catalogues_are_refused(tmp_path, text):
    place = tmp_path / "a.tif"
    place.write_text(text)
    with pytest.raises(RuntimeError, match="describes a map server or a catalogue"):
        open_raster(str(place))


def test_a_view_that_never_ends_is_refused_and_its_file_left_as_it_was(tmp_path):
    place = str(tmp_path / "a.gpkg")
    layer = gdal.GetDriverByName("GPKG").Create(place, 0, 0, 0, gdal.GDT_Unknown)
    layer.CreateLayer("fields")
    del layer
    assert open_vector(place).GetLayerCount() == 1
    with sqlite3.connect(place) as database:
        database.execute("CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT * FROM n")
    database.close()
    before = Path(place).read_bytes()
    with pytest.raises(RuntimeError, match="view 'v' takes more than"):
        open_vector(place)
    assert Path(place).read_bytes() == before and [each.name for each in tmp_path.iterdir()] == ["a.gpkg"]


def test_a_layer_that_is_named_is_read_beside_a_view_that_never_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(views, "LONGEST_SECONDS", 0.2)
    place = str(tmp_path / "a.gpkg")
    layer = gdal.GetDriverByName("GPKG").Create(place, 0, 0, 0, gdal.GDT_Unknown)
    layer.CreateLayer("fields")
    del layer
    with contextlib.closing(sqlite3.connect(place)) as database:
        database.execute("CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT * FROM n")
        database.commit()
    assert open_vector(place, layer="fields").GetLayerByName("fields").GetFeatureCount() == 0
    for named in ("", "v", "v(geom)"):
        with pytest.raises(RuntimeError, match="view 'v' takes more than .* or name another layer"):
            open_vector(place, layer=named)


@pytest.mark.parametrize(
    "query", ["SELECT count(*) AS n FROM t a, t b, t c, t d, t e, t f, t g, t h", "SELECT ST_Area(g) FROM t, v"]
)
def test_a_view_that_never_ends_without_calling_itself_by_a_key_word_is_refused_too(tmp_path, monkeypatch, query):
    monkeypatch.setattr(views, "LONGEST_SECONDS", 0.2)
    place = str(tmp_path / "a.other")
    with contextlib.closing(sqlite3.connect(place)) as database:
        database.execute("CREATE TABLE t (g)")
        database.executemany("INSERT INTO t VALUES (?)", [(number,) for number in range(100)])
        database.execute("CREATE VIEW v AS SELECT a.g FROM t a, t b, t c, t d, t e, t f, t g, t h")
        database.execute(f"CREATE VIEW w AS {query}")
        database.commit()
    with pytest.raises(RuntimeError, match="view 'v' takes more than 0.2 seconds"):
        open_vector(place)


def test_a_view_that_ends_is_read_with_functions_that_only_gdal_has(tmp_path):
    place = str(tmp_path / "a.sqlite")
    with contextlib.closing(sqlite3.connect(place)) as database:
        database.execute("CREATE TABLE t (g)")
        database.execute("CREATE VIEW v AS SELECT ST_Area(g) AS area FROM t WHERE ST_IsValid(g)")
    assert views.endless_view(place, place) == ""


def test_an_archive_that_unpacks_to_far_more_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "LEAST_BYTES", 1 << 20)
    bomb, fine = tmp_path / "bomb.zip", tmp_path / "fine.zip"
    for place, content in ((bomb, bytes(4 << 20)), (fine, os.urandom(2 << 20))):
        with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("S2_20190601.tif", content)
    assert archive.bomb_in(str(fine)) == ""
    for name in (str(bomb), f"/vsizip/{bomb}/S2_20190601.tif", f"/vsizip/{{{bomb}}}/S2_20190601.tif"):
        with pytest.raises(RuntimeError, match="S2_20190601.tif: 0 MB become 4 MB"):
            check_sources(name, [str(tmp_path)])
    monkeypatch.setattr(archive, "_TRIED", 1 << 20)
    (tmp_path / "a.gz").write_bytes(gzip.compress(bytes(4 << 20)))
    with pytest.raises(RuntimeError, match="unpacks to far more than it is"):
        check_sources(f"/vsigzip/{tmp_path}/a.gz", [str(tmp_path)])


def test_an_archive_of_members_that_lie_over_each_other_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "LEAST_BYTES", 1 << 20)
    monkeypatch.setattr(archive, "MOST_TIMES", 3)
    place = tmp_path / "many.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("0.tif", os.urandom(1 << 19) * 2)
        entry = packed.infolist()[0]
        packed.filelist += [copy.copy(entry) for _ in range(9)]
    assert "many.zip: 1 MB become 10 MB" in archive.bomb_in(str(place))


def test_a_virtual_layer_with_a_query_is_refused(tmp_path):
    place = tmp_path / "a.vrt"
    place.write_text(
        '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>a.gpkg</SrcDataSource>'
        "<SrcSQL>SELECT 1</SrcSQL></OGRVRTLayer></OGRVRTDataSource>"
    )
    with pytest.raises(RuntimeError, match="runs its own query"):
        open_vector(str(place))


@pytest.mark.parametrize("reads", [open_raster, open_vector, read_text])
def test_a_pipe_or_a_device_is_refused_and_not_waited_for(tmp_path, reads):
    pipe = tmp_path / "fields.gpkg"
    os.mkfifo(pipe)
    for place in (pipe, "/dev/zero"):
        with pytest.raises((RuntimeError, OSError), match="is a pipe or a device, not a file"):
            reads(str(place))


def test_a_text_without_end_is_not_read(tmp_path):
    place = tmp_path / "classes.csv"
    with open(place, "wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(OSError, match="more than 64 MB"):
        read_text(place)
    place.write_bytes("\ufeffmaïs".encode())
    assert read_text(place) == "maïs"
