"""Which files a folder, product or zip gives, and how broken ones are told."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal

from crop_attention.engine.errors import SeriesError
from crop_attention.engine.series.files.describe import Unreadable, describe
from crop_attention.engine.series.files.discover import find_rasters
from crop_attention.engine.series.messages import several
from rasters import ORIGIN, truncate, write_jp2, write_raster, write_safe, zip_tree


def names(paths):
    return [os.path.basename(path) for path in paths]


def test_a_folder_is_walked_to_the_bottom_and_sorted(tmp_path):
    write_raster(tmp_path / "b" / "c" / "late.TIF", 1)
    write_raster(tmp_path / "a.tiff", 1)
    (tmp_path / "readme.txt").write_text("no raster")
    (tmp_path / ".hidden.tif").write_bytes(b"")
    assert names(find_rasters([str(tmp_path)])) == ["a.tiff", "late.TIF"]


def test_a_folder_that_may_not_be_listed_is_named(tmp_path, monkeypatch):
    def closed(place):
        raise PermissionError(13, "Permission denied", place)

    monkeypatch.setattr("crop_attention.engine.series.files.discover.os.scandir", closed)
    with pytest.raises(SeriesError, match=r"cannot be listed \(Permission denied\): ask for the right to read it"):
        find_rasters([str(tmp_path)])


def test_odd_names_are_found_and_opened(tmp_path):
    path = write_raster(tmp_path / "Ergebnisse für Süd {x}" / "S2 20180704 B04 äöü.TIF", 7)
    assert find_rasters([str(tmp_path)]) == [path]
    assert describe(path).bands[0].dtype == "UInt16"


def test_the_order_and_repetition_of_inputs_do_not_matter(tmp_path):
    first, second = write_raster(tmp_path / "1.tif", 1), write_raster(tmp_path / "2.tif", 1)
    assert find_rasters([second, first, second, str(tmp_path)]) == [first, second]


def test_quicklooks_and_helpers_are_left_out_of_folders(tmp_path):
    for name in (
        "x_TCI.tif",
        "x_AOT_20m.tif",
        "x-ql.tif",
        "thumbnail.tif",
        "MSK_CLOUDS.tif",
        "y_EDG_R1.tif",
        "x_B04.tif",
    ):
        write_raster(tmp_path / name, 1)
    write_raster(tmp_path / "QI_DATA" / "B04.tif", 1)
    write_raster(tmp_path / "y_CLM_R1.tif", 1)
    assert names(find_rasters([str(tmp_path)])) == ["x_B04.tif", "y_CLM_R1.tif"]


def test_a_file_that_is_named_is_taken_whatever_it_is_called(tmp_path):
    path = write_raster(tmp_path / "thumbnail.dat", 1)
    assert find_rasters([path]) == [path]


def test_a_safe_product_gives_each_band_once_at_its_finest(tmp_path):
    root = write_safe(tmp_path, suffix=".tif")
    found = find_rasters([root])
    assert sorted(name.split("_", 2)[2] for name in names(found)) == [
        "B02_10m.tif",
        "B03_10m.tif",
        "B04_10m.tif",
        "B05_20m.tif",
        "B06_20m.tif",
        "B07_20m.tif",
        "B08_10m.tif",
        "B11_20m.tif",
        "B12_20m.tif",
        "B8A_20m.tif",
        "SCL_20m.tif",
    ]
    assert find_rasters([os.path.join(root, "MTD_MSIL2A.xml")]) == found


def test_a_zip_gives_the_same_as_its_folder(tmp_path):
    root = write_safe(tmp_path, suffix=".tif")
    archive = zip_tree(root, tmp_path / "product (1).zip")
    inside = find_rasters([archive])
    assert names(inside) == names(find_rasters([root]))
    assert all(path.startswith("/vsizip/") for path in inside)
    assert describe(inside[0]).geometry.bounds == (500000, 5599760, 500240, 5600000)


def test_sre_gives_way_to_fre(tmp_path):
    for kind in ("FRE", "SRE"):
        write_raster(tmp_path / f"SENTINEL2A_20180704-105031-463_L2A_T31UDS_C_V2-2_{kind}_B4.tif", 1)
    assert [name.split("_")[-2] for name in names(find_rasters([str(tmp_path)]))] == ["FRE"]


def test_a_loop_of_links_ends(tmp_path):
    path = write_raster(tmp_path / "a" / "x.tif", 1)
    (tmp_path / "a" / "again").symlink_to(tmp_path / "a", target_is_directory=True)
    assert find_rasters([str(tmp_path)]) == [path]


def test_an_empty_folder_is_named(tmp_path):
    (tmp_path / "nothing").mkdir()
    (tmp_path / "nothing" / "itself").symlink_to("itself")
    with pytest.raises(SeriesError, match=r"No raster lies in .*nothing: looked for files ending in \.tif"):
        find_rasters([str(tmp_path / "nothing")])


def test_envi_files_are_known_by_the_header_beside_them(tmp_path):
    path = write_raster(tmp_path / "20180704_LEVEL2_SEN2A_BOA.dat", [3, 4], ("B04", "B08"), driver="ENVI")
    (tmp_path / "table.dat").write_bytes(b"0")
    assert find_rasters([str(tmp_path)]) == [path]


def test_a_zarr_store_is_named_as_what_it_is(tmp_path):
    (tmp_path / "s2.zarr").mkdir()
    (tmp_path / "s2.zarr" / ".zgroup").write_text("{}")
    for given in (tmp_path, tmp_path / "s2.zarr"):
        with pytest.raises(SeriesError, match=r"s2\.zarr is Zarr, which is not read; save it as netCDF"):
            find_rasters([str(given)])


def test_absent_inputs_are_all_named(tmp_path):
    with pytest.raises(SeriesError, match=r"gone_1, .*gone_2; check the path"):
        find_rasters([str(tmp_path / "gone_2"), str(tmp_path / "gone_1")])


def test_header_facts_are_those_of_the_file(tmp_path):
    path = write_raster(
        tmp_path / "x.tif",
        [3, 4],
        ("B04", "B08"),
        pixel=20,
        nodata=9,
        scale=0.0001,
        offset=-0.1,
        tags={"ACQUISITION_DATE": "2018-07-04"},
    )
    facts = describe(path)
    assert [(band.description, band.nodata, band.scale, band.offset) for band in facts.bands] == [
        ("B04", 9, 0.0001, -0.1),
        ("B08", 9, 0.0001, -0.1),
    ]
    assert facts.pixel == 20
    assert facts.geometry.bounds == (ORIGIN[0], ORIGIN[1] - 160, ORIGIN[0] + 160, ORIGIN[1])
    assert facts.tags["ACQUISITION_DATE"] == "2018-07-04"
    assert not os.path.exists(f"{path}.aux.xml")


def test_a_pixel_in_degrees_is_told_in_metres(tmp_path):
    facts = describe(write_raster(tmp_path / "x.tif", 1, epsg=4326, origin=(3.0, 50.0), pixel=0.0001))
    assert facts.pixel == pytest.approx(11.132)


NOISE = np.random.default_rng(0).integers(0, 10000, (3, 300, 300)).astype("uint16")


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("COMPRESS=DEFLATE",),
        ("TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128", "COMPRESS=LZW"),
        ("INTERLEAVE=BAND", "COMPRESS=DEFLATE"),
    ],
)
@pytest.mark.parametrize("share", [0.97, 0.5])
def test_a_truncated_tiff_is_told_from_a_whole_one(tmp_path, options, share):
    path = write_raster(tmp_path / "x.tif", NOISE, options=options)
    assert describe(path).geometry.width == 300
    with pytest.raises(Unreadable):
        describe(truncate(path, share))


def test_a_download_filled_with_zeros_is_told(tmp_path):
    path = write_raster(tmp_path / "x.tif", NOISE, options=("COMPRESS=DEFLATE",))
    data = Path(path).read_bytes()
    Path(path).write_bytes(data[: len(data) // 2] + bytes(len(data) - len(data) // 2))
    with pytest.raises(Unreadable, match="last pixels cannot be read|cannot be opened"):
        describe(path)


def test_archives_that_are_not_read_are_named(tmp_path):
    (tmp_path / "S2_20180704.tar.gz").write_bytes(b"x")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("S2_20180714.zip", b"x")
    aside: list[str] = []
    with pytest.raises(SeriesError, match="in archives that are not read, S2_20180704.tar.gz, S2_20180714.zip: unpack"):
        find_rasters([str(tmp_path)], aside)
    write_raster(tmp_path / "S2_20180724.tif", 1)
    aside.clear()
    assert [os.path.basename(path) for path in find_rasters([str(tmp_path)], aside)] == ["S2_20180724.tif"]
    assert sorted(aside) == ["S2_20180704.tar.gz", "S2_20180714.zip"]


@pytest.mark.parametrize("share", [0.99, 0.6])
def test_a_truncated_jpeg2000_is_told_from_a_whole_one(tmp_path, share):
    path = write_jp2(tmp_path / "x.jp2", NOISE[:1])
    assert describe(path).bands[0].dtype == "UInt16"
    with pytest.raises(Unreadable):
        describe(truncate(path, share))


def test_files_that_are_no_raster_are_unreadable(tmp_path):
    (tmp_path / "empty.tif").write_bytes(b"")
    (tmp_path / "text.tif").write_text("not a raster")
    for name in ("empty.tif", "text.tif"):
        with pytest.raises(Unreadable, match="cannot be opened"):
            describe(str(tmp_path / name))


def test_files_of_desktop_programs_are_found_by_their_ending_or_header(tmp_path):
    kinds = {"S2_20180704": "ENVI", "S2_20180714.bin": "ENVI", "S2_20180724_B04.sdat": "SAGA", "S2_20180803.kea": "KEA"}
    kinds = {name: driver for name, driver in kinds.items() if gdal.GetDriverByName(driver)}
    for name, driver in kinds.items():
        source = gdal.Open(write_raster(tmp_path / "x" / "source.tif", 3))
        (tmp_path / "y").mkdir(exist_ok=True)
        gdal.GetDriverByName(driver).CreateCopy(str(tmp_path / "y" / name), source)
    (tmp_path / "y" / "readme").write_text("no header lies beside this")
    (tmp_path / "y" / "README.rst").write_text("Sentinel-2\n==========")
    (tmp_path / "y" / "heights.grd").write_text("no numbers lie beside this")
    found = find_rasters([str(tmp_path / "y")])
    assert [os.path.basename(path) for path in found] == sorted(kinds)
    assert all(describe(path).bands[0].number == 1 for path in found)


def test_rasters_of_r_keep_the_names_of_their_layers(tmp_path):
    np.full((2, 4, 4), 500, "<f4").tofile(tmp_path / "S2_20180704.gri")
    (tmp_path / "S2_20180704.grd").write_text(
        "[general]\ncreator=R package 'raster'\n[georeference]\nnrows= 4\nncols= 4\nxmin= 500000\nymin= 5599960\n"
        "xmax= 500040\nymax= 5600000\nprojection= +proj=utm +zone=31 +datum=WGS84 +units=m +no_defs\n[data]\n"
        "datatype= FLT4S\nbyteorder= little\nnbands= 2\nbandorder= BSQ\nminvalue= 0:0\nmaxvalue= 500:500\n"
        "nodatavalue= -3.4e+38\n[description]\nlayername= B02:B04\n"
    )
    (path,) = find_rasters([str(tmp_path)])
    assert [band.description for band in describe(path).bands] == ["B02", "B04"]


def test_a_broken_zip_is_named_as_it_is(tmp_path):
    root = write_safe(tmp_path, suffix=".tif", bands=("B04",))
    archive = truncate(zip_tree(root, tmp_path / "x.zip"), 0.5)
    shutil.rmtree(root)
    assert find_rasters([str(tmp_path)]) == [archive]
    with pytest.raises(Unreadable):
        describe(archive)


def test_a_raster_without_crs_cannot_be_placed(tmp_path):
    with pytest.raises(Unreadable, match="no map position|no coordinate reference system") as caught:
        describe(write_raster(tmp_path / "x.tif", 1, epsg=None))
    assert not caught.value.broken


def test_long_lists_are_cut():
    assert several(["b", "a", "a"]) == "a, b"
    assert several(range(1000, 1012)).endswith("1007 and 4 more")
