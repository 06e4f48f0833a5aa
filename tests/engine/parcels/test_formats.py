"""Vector files as they are in the world: letters, fields, geometries and layers, and what each format makes of them."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import struct
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, ogr

from crop_attention.engine.errors import OutputError, ParcelError
from crop_attention.engine.parcels.formats import layer_title
from crop_attention.engine.parcels.source import ParcelSource
from labelled import Heard
from parcel_labels import label_parcel_file
from rasters import ORIGIN
from vector_files import ALL, read, square, write


@pytest.fixture
def halves(crop_map):
    """A map of maize on the left and rapeseed on the right."""
    return crop_map(np.repeat([[1, 1, 1, 1, 2, 2, 2, 2]], 8, axis=0), legend=["", "Maize", "Rapeseed"])


@pytest.mark.parametrize("end", [".gpkg", ".shp", ".geojson"])
def test_parcels_whose_coordinates_are_no_numbers_keep_their_place_without_a_shape(halves, tmp_path, end):
    features = [(square(0), ["a"]), (square(4), ["b"])]
    path = write(tmp_path / "p.gpkg", [("p", ogr.wkbPolygon, {"crop": ogr.OFTString}, features)])
    west, nan = struct.pack("<d", ORIGIN[0] + 40), struct.pack("<d", float("nan"))
    Path(path).write_bytes(Path(path).read_bytes().replace(west, nan))
    heard, place = Heard(), tmp_path / f"out{end}"
    label_parcel_file(halves, path, out_path=str(place), options=ALL, feedback=heard)
    assert "1 of 2 parcels have coordinates that are not numbers: no label and no shape." in heard.warnings
    (one, shape), (other, none) = read(place)
    assert (one["crop"], one["crop_name"], other["crop"], other["crop_name"]) == ("a", "Maize", "b", None)
    assert shape and not none


@pytest.mark.parametrize("end", [".gpkg", ".shp", ".geojson", ".fgb"])
def test_fields_that_a_format_cannot_hold_are_changed_and_said(halves, tmp_path, end):
    ring = json.loads(ogr.CreateGeometryFromWkt(square(0)).ExportToJson())
    values = {"name": "a", "NAME": "b", "history": ["maize", "rye"], "nested": {"k": 1}, "fid": "x7"}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32631"}}
    content = {"type": "FeatureCollection", "crs": crs,
               "features": [{"type": "Feature", "properties": values, "geometry": ring}]}  # fmt: skip
    (tmp_path / "in.geojson").write_text(json.dumps(content))
    heard, place = Heard(), tmp_path / f"out{end}"
    label_parcel_file(halves, str(tmp_path / "in.geojson"), out_path=str(place), options=ALL, feedback=heard)
    row = read(place)[0][0]
    case_matters = end in (".geojson", ".fgb")
    assert (row["name"], row["NAME" if case_matters else "NAME_2"], row["fid"]) == ("a", "b", "x7")
    assert row["crop_name"] == "Maize"
    history = row["history"] if isinstance(row["history"], list) else json.loads(row["history"])
    assert history == ["maize", "rye"]
    assert any("differ in case alone: NAME as NAME_2" in text for text in heard.warnings) != case_matters


def test_aliases_that_come_again_are_numbered(halves, tmp_path):
    once, again = tmp_path / "once.gpkg", tmp_path / "again.gpkg"
    fields = write(tmp_path / "in.gpkg", [("p", ogr.wkbPolygon, {"id": ogr.OFTInteger}, [(square(0), [1])])])
    label_parcel_file(halves, fields, out_path=str(once), options=ALL)
    label_parcel_file(halves, str(once), out_path=str(again), options=ALL)
    dataset = gdal.OpenEx(str(again))
    definition = dataset.GetLayer(0).GetLayerDefn()
    found = [definition.GetFieldDefn(place) for place in range(definition.GetFieldCount())]
    aliases = {field.GetName(): field.GetAlternativeName() for field in found}
    # GDAL 3.6 keeps no alias in a GeoPackage; 3.10 and 3.13 do, and refuse one that comes twice.
    kept = int(gdal.VersionInfo()) >= 3100000 or any(aliases.values())
    expected = ("Mapped crop", "Mapped crop (2)") if kept else ("", "")
    assert (aliases["crop_name"], aliases["map_crop_name"]) == expected


CURVE = "CURVEPOLYGON(CIRCULARSTRING({0} {1},{2} {3},{4} {1},{2} {5},{0} {1}))".format(
    ORIGIN[0], ORIGIN[1] - 20, ORIGIN[0] + 15, ORIGIN[1] - 5, ORIGIN[0] + 30, ORIGIN[1] - 35
)


@pytest.mark.parametrize("end", [".gpkg", ".shp", ".geojson", ".fgb"])
def test_every_feature_is_kept_or_refused_before_computing(halves, tmp_path, end):
    shapes = [CURVE, square(4), square(0).replace("POLYGON", "MULTIPOLYGON(").replace("))", ")))"), None]
    path = write(tmp_path / "in.gpkg",
                 [("p", ogr.wkbUnknown, {"n": ogr.OFTInteger}, [(s, [n]) for n, s in enumerate(shapes)])])  # fmt: skip
    place = tmp_path / f"out{end}"
    if end == ".fgb":
        with pytest.raises(OutputError, match="cannot hold the 1 features .* that have no geometry"):
            label_parcel_file(halves, path, out_path=str(place), options=ALL)
        return
    label_parcel_file(halves, path, out_path=str(place), options=ALL)
    rows = read(place)
    assert [row["n"] for row, _ in rows] == [0, 1, 2, 3]
    assert [row["crop_name"] for row, _ in rows] == ["Maize", "Rapeseed", "Maize", None]
    assert rows[0][1].startswith("CURVE" if end == ".gpkg" else ("POLYGON", "MULTIPOLYGON"))


def test_what_is_no_polygon_is_named_and_kept(halves, tmp_path):
    point = f"POINT({ORIGIN[0] + 5} {ORIGIN[1] - 5})"
    shapes = [square(0), point, f"GEOMETRYCOLLECTION({square(4)},{point})"]
    path = write(tmp_path / "in.gpkg", [("p", ogr.wkbUnknown, {}, [(shape, []) for shape in shapes])])
    heard = Heard()
    label_parcel_file(halves, path, out_path=str(tmp_path / "out.gpkg"), options=ALL, feedback=heard)
    assert [row["crop_name"] for row, _ in read(tmp_path / "out.gpkg")] == ["Maize", None, "Rapeseed"]
    assert any("1 of 3 features of p of" in text and "1 Point" in text for text in heard.warnings)
    with pytest.raises(OutputError, match="a shapefile of polygons holds nothing else"):
        label_parcel_file(halves, path, out_path=str(tmp_path / "out.shp"), options=ALL)


def test_empty_layers_and_frames_are_not_chosen(halves, tmp_path):
    fields, many = {"crop": ogr.OFTString}, [(square(0), ["a"]), (square(4), ["b"])]
    path = write(tmp_path / "in.gpkg", [("empty", ogr.wkbPolygon, fields, []),
                                        ("frame", ogr.wkbPolygon, fields, [(square(0, 8), ["x"])]),
                                        ("fields", ogr.wkbUnknown, fields, many)])  # fmt: skip
    source = ParcelSource(path)
    assert source.title.startswith("fields")
    assert source.notes == (f"Of the layers of {path}, fields is taken, not frame (one feature), empty (empty).",)
    assert ParcelSource(path, "frame").title.startswith("frame")


def test_a_crs_of_ones_own_is_kept_or_refused(halves, tmp_path):
    own = ('PROJCS["mine",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich"'
           ',0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],'
           'PARAMETER["central_meridian",3],PARAMETER["scale_factor",0.9996],PARAMETER["false_easting",500001],'
           'PARAMETER["false_northing",0],UNIT["metre",1]]')  # fmt: skip
    path = write(tmp_path / "in.gpkg", [("p", ogr.wkbPolygon, {}, [(square(0), [])])], wkt=own)
    label_parcel_file(halves, path, out_path=str(tmp_path / "out.gpkg"), options=ALL)
    dataset = ogr.Open(str(tmp_path / "out.gpkg"))
    assert dataset.GetLayer(0).GetSpatialRef().GetProjParm("false_easting") == 500001
    with pytest.raises(OutputError, match="cannot keep the coordinate reference system"):
        label_parcel_file(halves, path, out_path=str(tmp_path / "out.geojson"), options=ALL)


def test_whole_numbers_stored_as_decimals_keep_their_digits(tmp_path):
    values = [3301010101.0, 3301010102.0, 0.5]
    path = write(
        tmp_path / "in.gpkg", [("p", ogr.wkbPolygon, {"hcat": ogr.OFTReal}, [(square(0), [v]) for v in values])]
    )
    source = ParcelSource(path)
    assert source.labelled(source.crs, "HCAT", Heard())[1] == ["3301010101", "3301010102", "0.5"]


def test_a_missing_driver_is_named(tmp_path):
    if gdal.GetDriverByName("Parquet") is not None:
        pytest.skip("this GDAL has the driver")
    (tmp_path / "p.parquet").write_bytes(b"PAR1" + bytes(40) + b"PAR1")
    with pytest.raises(ParcelError, match="without the driver Parquet .* save the layer as a GeoPackage"):
        ParcelSource(str(tmp_path / "p.parquet"))


def test_a_zipped_shapefile_is_read(tmp_path):
    from zipfile import ZipFile

    path = write(tmp_path / "p.shp", [("p", ogr.wkbPolygon, {}, [(square(0), [])])], "ESRI Shapefile")
    with ZipFile(tmp_path / "p.zip", "w") as packed:
        for end in ("shp", "shx", "dbf", "prj"):
            packed.write(path[:-3] + end, f"folder/p.{end}")
    assert ParcelSource(str(tmp_path / "p.zip")).count() == 1


@pytest.mark.parametrize(
    "stem, title", [("(draft) labels", "draft) labels"), ("#1", "1"), ("gpkg_a", "labels_gpkg_a"), ("#", "labels")]
)
def test_names_that_geopackages_refuse_work(halves, tmp_path, stem, title):
    path = write(tmp_path / "in.gpkg", [("p", ogr.wkbPolygon, {}, [(square(0), [])])])
    label_parcel_file(halves, path, out_path=str(tmp_path / f"{stem}.gpkg"), options=ALL)
    dataset = ogr.Open(str(tmp_path / f"{stem}.gpkg"))
    assert dataset.GetLayer(0).GetName() == title == layer_title(stem, "GPKG")


def test_a_database_that_another_program_writes_is_named_with_the_remedy_that_helps(tmp_path):
    path = write(tmp_path / "p.gpkg", [("p", ogr.wkbPolygon, {}, [(square(0), [])])])
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ParcelError, match=r"cannot be opened \(database is locked\): close the program"):
            ParcelSource(path)
    assert ParcelSource(path).count() == 1
