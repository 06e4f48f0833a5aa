"""Maps whose codes do not fit a byte are cleaned, compared and held against declarations as others are."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from osgeo import gdal, ogr

from crop_attention.engine.cleaning.options import CleaningOptions
from crop_attention.engine.errors import MapError, OutputError
from crop_attention.engine.jobs.check_declarations import DeclarationRequest, check_declarations
from crop_attention.engine.jobs.clean_map import CleanMapRequest, clean_map
from crop_attention.engine.jobs.compare_maps import CompareRequest, compare_maps
from crop_attention.engine.legend import put_legend, read_legend
from crop_attention.engine.parcels.parcel_file import ParcelFile
from crop_attention.engine.writing.vector import FORMATS, form_of
from crop_attention.models.card import CropClass
from rasters import ORIGIN, crs_wkt, write_raster

WHEAT, MAIZE = 1_101, 3_301_010
CODES = {"uint16": (WHEAT, 4_000), "int32": (WHEAT, MAIZE), "uint32": (WHEAT, 3_301_010_400)}
LEGEND = ("Winter wheat", "#aa0000"), ("Maize", "#00aa00")


def wide_map(path, places, kind, named=True):
    """Write a map whose pixels have the first code, the second, or none."""
    codes = np.array((0, *CODES[kind]), np.int64)[np.asarray(places)]
    written = write_raster(path, codes, dtype=kind, nodata=0)
    if named:
        dataset = gdal.Open(written, gdal.GA_Update)
        put_legend(dataset, [CropClass(code, *entry) for code, entry in zip(CODES[kind], LEGEND)])
        del dataset
    return written


def read(path):
    dataset = gdal.Open(str(path))
    return dataset.ReadAsArray()


@pytest.mark.parametrize("kind", CODES)
def test_a_cleaned_map_keeps_its_codes_their_type_and_names(tmp_path, kind):
    places = np.ones((20, 20), int)
    places[5, 5], places[10:15, 10:15], places[0] = 2, 2, 0
    source = wide_map(tmp_path / "map.tif", places, kind)
    clean_map(CleanMapRequest(source, str(tmp_path / "clean.tif"), options=CleaningOptions(minimum_area=0.05)))
    found = read(tmp_path / "clean.tif")
    places[5, 5] = 1
    assert np.array_equal(found.astype(np.int64), np.array((0, *CODES[kind]))[places])
    assert found.dtype == ("uint16" if kind == "uint16" else "uint32")
    legend = read_legend(str(tmp_path / "clean.tif"))
    assert [(entry.code, entry.name) for entry in legend] == [(c, n) for c, (n, _) in zip(CODES[kind], LEGEND)]


def test_maps_of_wide_codes_are_compared_by_the_names_and_by_parcels(tmp_path):
    before, after = np.ones((20, 20), int), np.ones((20, 20), int)
    before[:, 10:], after[:, 5:] = 2, 2
    one, other = wide_map(tmp_path / "a.tif", before, "uint16"), wide_map(tmp_path / "b.tif", after, "int32")
    request = CompareRequest(
        one, other, str(tmp_path / "changes.tif"), str(tmp_path / "table.csv"),
        parcels=ParcelFile(parcels(tmp_path, ["x", "y"])),
    )  # fmt: skip
    result = compare_maps(request)
    assert result.rotation.changed_share == pytest.approx(0.25)
    with open(tmp_path / "table.csv", newline="", encoding="utf-8") as file:
        rows = {(row["before"], row["after"]): row for row in csv.DictReader(file)}
    assert int(rows["Winter wheat", "Maize"]["pixels"]) == 100 and float(rows["Maize", "Maize"]["hectares"]) == 2
    assert result.parcels == {("Winter wheat", "Winter wheat"): 1, ("Maize", "Maize"): 1}
    assert np.unique(read(tmp_path / "changes.tif")).tolist() == [1, 2]


def test_codes_without_a_name_keep_their_number_in_the_table(tmp_path):
    one = wide_map(tmp_path / "a.tif", np.ones((8, 8), int), "uint16", named=False)
    other = wide_map(tmp_path / "b.tif", np.full((8, 8), 2), "uint16", named=False)
    compare_maps(CompareRequest(one, other, table=str(tmp_path / "table.csv")))
    assert "Class 1101,Class 4000," in (tmp_path / "table.csv").read_text(encoding="utf-8")


def parcels(tmp_path, crops):
    """Write one parcel on the left and one on the right of 20 x 20 pixels."""
    path = str(tmp_path / "parcels.gpkg")
    target = ogr.GetDriverByName("GPKG").CreateDataSource(path)
    reference = ogr.osr.SpatialReference(crs_wkt(32631))
    layer = target.CreateLayer("parcels", reference, ogr.wkbPolygon)
    layer.CreateField(ogr.FieldDefn("crop", ogr.OFTString))
    for crop, left in zip(crops, (0, 110)):
        x0, y0 = ORIGIN[0] + left, ORIGIN[1]
        ring = f"{x0} {y0}, {x0 + 45} {y0}, {x0 + 45} {y0 - 200}, {x0} {y0 - 200}, {x0} {y0}"
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetField("crop", crop)
        feature.SetGeometry(ogr.CreateGeometryFromWkt(f"POLYGON (({ring}))"))
        layer.CreateFeature(feature)
    layer = target = None
    return path


@pytest.mark.parametrize("kind", CODES)
def test_declarations_are_held_against_a_map_of_wide_codes(tmp_path, kind):
    places = np.ones((20, 20), int)
    places[:, 10:] = 2
    request = DeclarationRequest(
        crop_map=wide_map(tmp_path / "map.tif", places, kind),
        parcels=parcels(tmp_path, ["Winter wheat", "Winter wheat"]),
        declared_field="crop",
        checked=str(tmp_path / "checked.gpkg"),
    )
    found = check_declarations(request)
    assert [found.classes[place].name for place in found.evidence.observed] == ["Winter wheat", "Maize"]
    assert found.counts["green"] == 1


def test_a_format_that_this_gdal_does_not_write_is_refused_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setitem(FORMATS, ".parquet", "NoSuchDriver")
    with pytest.raises(OutputError, match="^The output fields.parquet cannot be written: this GDAL .* comes without"):
        form_of("fields.parquet")


def test_maps_without_a_common_name_are_compared_only_by_a_class_table(tmp_path):
    named = wide_map(tmp_path / "one.tif", np.full((8, 8), 1), "uint16")
    numbers = wide_map(tmp_path / "other.tif", np.full((8, 8), 1), "uint16", named=False)
    with pytest.raises(MapError, match=r"no class name in common: say by --class-table which"):
        compare_maps(CompareRequest(named, numbers, table=str(tmp_path / "table.csv")))
    table = {f"Class {WHEAT}": "Winter wheat"}
    result = compare_maps(CompareRequest(named, numbers, table=str(tmp_path / "table.csv"), classes=table))
    assert result.rotation.changed_share == 0


def test_maps_of_bytes_without_a_name_take_numbers_in_the_class_table(tmp_path):
    named = write_raster(tmp_path / "one.tif", np.full((8, 8), 4), dtype="uint8")
    dataset = gdal.Open(named, gdal.GA_Update)
    put_legend(dataset, [CropClass(4, "Maize", "#00aa00")])
    del dataset
    numbers = write_raster(tmp_path / "other.tif", np.full((8, 8), 9), dtype="uint8")
    request = CompareRequest(named, numbers, table=str(tmp_path / "table.csv"), classes={"Class 9": "Maize"})
    assert compare_maps(request).rotation.changed_share == 0
