"""Parcel files that cannot be labelled are refused by name, and a run that stops leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from osgeo import gdal, ogr, osr

from crop_attention.engine.errors import Cancelled, OutputError, ParcelError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.parcels import parcel_file
from parcel_labels import label_parcel_file


def test_a_layer_without_crs_is_refused(map_path, write_parcels, tmp_path, box):
    parcels = write_parcels([(box(0, 0, 4, 4), {})], "p.shp", epsg=None, driver="ESRI Shapefile")
    with pytest.raises(ParcelError, match="has no coordinate reference system: assign the right one first"):
        label_parcel_file(map_path, parcels, out_path=str(tmp_path / "out.gpkg"))
    assert not (tmp_path / "out.gpkg").exists()


@pytest.mark.parametrize("crs", [None, 'LOCAL_CS["drawing",UNIT["metre",1]]'])
def test_a_geopackage_whose_crs_tells_no_place_on_earth_is_refused(map_path, tmp_path, crs):
    parcels = str(tmp_path / "p.gpkg")
    dataset = ogr.GetDriverByName("GPKG").CreateDataSource(parcels)
    layer = dataset.CreateLayer("p", osr.SpatialReference(crs) if crs else None, ogr.wkbPolygon)
    feature = ogr.Feature(layer.GetLayerDefn())
    feature.SetGeometry(ogr.CreateGeometryFromWkt("POLYGON((0 0,4 0,4 4,0 4,0 0))"))
    layer.CreateFeature(feature)
    del feature, layer, dataset
    with pytest.raises(ParcelError, match="has no coordinate reference system: assign the right one first"):
        label_parcel_file(map_path, parcels, out_path=str(tmp_path / "out.gpkg"))
    assert not (tmp_path / "out.gpkg").exists()


@pytest.mark.parametrize("kind", [ogr.wkbPoint, ogr.wkbLineString, ogr.wkbUnknown, ogr.wkbNone])
def test_a_layer_without_polygons_is_refused(map_path, write_parcels, tmp_path, polygon, kind):
    wkt = {ogr.wkbPoint: "POINT(1 1)", ogr.wkbNone: None}.get(kind, "LINESTRING(0 0,1 1)")
    parcels = write_parcels([(wkt and polygon(wkt), {})], kind=kind)
    with pytest.raises(ParcelError, match="contains no polygons: choose a polygon layer"):
        label_parcel_file(map_path, parcels, out_path=str(tmp_path / "out.gpkg"))
    assert not (tmp_path / "out.gpkg").exists()


def test_a_map_without_crs_is_refused(map_path, write_parcels, tmp_path, box):
    bare = str(tmp_path / "bare.tif")
    dataset = gdal.GetDriverByName("GTiff").Create(bare, 3, 3)
    dataset.SetGeoTransform((0, 1, 0, 3, 0, -1))
    del dataset
    with pytest.raises(ParcelError, match=r"bare\.tif has no coordinate reference system"):
        label_parcel_file(bare, write_parcels([(box(0, 0, 4, 4), {})]), out_path=str(tmp_path / "out.gpkg"))


def test_a_missing_parcel_file_is_named(map_path, tmp_path):
    with pytest.raises(ParcelError, match=r"absent\.gpkg cannot be opened"):
        label_parcel_file(map_path, str(tmp_path / "absent.gpkg"), out_path=str(tmp_path / "out.gpkg"))


def test_an_unknown_format_is_refused(map_path, write_parcels, tmp_path, box):
    with pytest.raises(OutputError, match=r"must end in one of \.gpkg, \.shp, \.geojson, \.fgb"):
        label_parcel_file(map_path, write_parcels([(box(0, 0, 4, 4), {})]), out_path=str(tmp_path / "out.xyz"))


def test_the_input_is_never_replaced(map_path, write_parcels, box):
    parcels = write_parcels([(box(0, 0, 4, 4), {})])
    before = Path(parcels).read_bytes()
    with pytest.raises(OutputError, match="also an input"):
        label_parcel_file(map_path, parcels, out_path=parcels)
    assert Path(parcels).read_bytes() == before


def test_a_geopackage_of_several_layers_is_not_replaced_by_one(map_path, write_parcels, tmp_path, box):
    parcels, out = write_parcels([(box(0, 0, 4, 4), {})]), tmp_path / "out é.gpkg"
    label_parcel_file(map_path, parcels, out_path=str(out))
    label_parcel_file(map_path, parcels, out_path=str(out))  # what a run wrote is written again
    dataset = ogr.Open(str(out), 1)
    dataset.CreateLayer("drawn by hand", dataset.GetLayer(0).GetSpatialRef(), ogr.wkbPoint)
    del dataset
    before = out.read_bytes()
    with pytest.raises(OutputError, match=r"holds 2 layers \(drawn by hand, out é\), which would be lost"):
        label_parcel_file(map_path, parcels, out_path=str(out))
    assert out.read_bytes() == before


@pytest.mark.parametrize("looks", range(5))
def test_cancel_leaves_nothing_behind(map_path, write_parcels, tmp_path, box, looks):
    class Stop(Feedback):
        left = looks

        def cancelled(self) -> bool:
            self.left -= 1
            return self.left < 0

    parcels = write_parcels([(box(0, 0, 4, 4), {})])
    before = sorted(tmp_path.iterdir())
    with pytest.raises(Cancelled):
        label_parcel_file(map_path, parcels, out_path=str(tmp_path / "out" / "out.gpkg"), feedback=Stop())
    assert sorted(tmp_path.iterdir()) == before


def test_a_disk_that_fills_up_is_said_and_leaves_nothing_behind(map_path, write_parcels, tmp_path, box, monkeypatch):
    write = parcel_file.write_copy

    def fail(*arguments: object) -> None:
        write(*arguments)
        raise RuntimeError("database or disk is full.")

    monkeypatch.setattr(parcel_file, "write_copy", fail)
    parcels = write_parcels([(box(0, 0, 4, 4), {})])
    before = sorted(tmp_path.iterdir())
    with pytest.raises(OutputError, match=r"out\.gpkg cannot be written \(No space .*\): free space on"):
        label_parcel_file(map_path, parcels, out_path=str(tmp_path / "out.gpkg"))
    assert sorted(tmp_path.iterdir()) == before
