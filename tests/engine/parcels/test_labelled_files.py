"""A parcel file in, the same file with labels out."""

from __future__ import annotations

from pathlib import Path

import pytest
from osgeo import gdal, ogr, osr

from crop_attention.engine.errors import ParcelError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.parcels.class_raster import legend_of
from labelled import Heard
from parcel_labels import LABEL_FIELDS, LABEL_OPTIONS, label_parcel_file, read_features
from rasters import write_raster


def test_legend_comes_from_the_category_names(map_path):
    assert {each.code: each.name for each in legend_of(map_path)} == {1: "Winter cereals", 2: "Maize", 3: "Rapeseed"}


def test_a_map_without_category_names_has_no_legend(crop_map):
    assert legend_of(crop_map([[1, 2], [2, 3]])) == ()


def test_labels_are_added_and_all_else_is_kept(map_path, write_parcels, tmp_path, box):
    fields = {
        "name": ogr.OFTString,
        "count": ogr.OFTInteger64,
        "area": ogr.OFTReal,
        "sown": ogr.OFTDate,
        "seen": ogr.OFTDateTime,
        "blob": ogr.OFTBinary,
    }
    first = {
        "name": "Großer Acker",
        "count": 2**40,
        "area": 0.1,
        "sown": "2018/04/01",
        "seen": "2018/04/01 10:20:30",
        "FID": 7,
    }
    parcels = write_parcels(
        [(box(0, 0, 6, 4), first), (None, {"name": None, "FID": 9}), (box(50, 50, 60, 60), {"count": -1, "FID": 3})],
        fields=fields,
    )
    confidence = write_raster(tmp_path / "confidence.tif", 80, dtype="uint8", nodata=255)
    before = Path(parcels).read_bytes()
    out = tmp_path / "new" / "labels.gpkg"
    label_parcel_file(map_path, parcels, "parcels", confidence, str(out), LABEL_OPTIONS, Feedback())
    names, values, shapes = read_features(out)
    assert names == [*fields, *LABEL_FIELDS]
    by_fid = {row["FID"]: row for row in values}
    assert sorted(by_fid) == [3, 7, 9]
    _, originals, original_shapes = read_features(parcels)
    for original, shape in zip(originals, original_shapes):
        assert {key: by_fid[original["FID"]][key] for key in original} == original
        assert shapes[values.index(by_fid[original["FID"]])] == shape
    assert [by_fid[7][name] for name in LABEL_FIELDS] == [1, "Winter cereals", 66.67, "Maize", 33.33, 80.0, 24, 0]
    assert [by_fid[9][name] for name in LABEL_FIELDS] == [0, None, None, None, None, None, 0, 1]
    assert [by_fid[3][name] for name in LABEL_FIELDS] == [0, None, None, None, None, None, 0, 1]
    assert Path(parcels).read_bytes() == before
    assert [entry.name for entry in out.parent.iterdir()] == ["labels.gpkg"]


def test_enough_pixels_are_not_flagged(map_path, write_parcels, tmp_path, box):
    label_parcel_file(map_path, write_parcels([(box(0, 0, 5, 1), {})]), out_path=str(tmp_path / "a.gpkg"))
    label_parcel_file(
        map_path,
        write_parcels([(box(0, 0, 5, 1), {})], "b_in.gpkg"),
        out_path=str(tmp_path / "b.gpkg"),
        options=LABEL_OPTIONS,
    )
    few = [read_features(tmp_path / name)[1][0]["few_pixels"] for name in ("a.gpkg", "b.gpkg")]
    assert few == [0, 0]


def test_names_of_the_analyst_keep_their_values(map_path, write_parcels, tmp_path, box):
    fields = {"Crop_Name": ogr.OFTString, "confidence": ogr.OFTReal, "geom_2": ogr.OFTString, "fid_2": ogr.OFTInteger}
    attributes = {"Crop_Name": "declared", "confidence": 0.5, "geom_2": "x", "fid_2": 4}
    parcels, heard = write_parcels([(box(0, 0, 4, 4), attributes)], fields=fields), Heard()
    label_parcel_file(map_path, parcels, out_path=str(tmp_path / "out.gpkg"), options=LABEL_OPTIONS, feedback=heard)
    names, (row,), _ = read_features(tmp_path / "out.gpkg")
    assert any("crop_name as map_crop_name, confidence as map_confidence" in text for text in heard.warnings)
    assert names[4:] == ["crop_code", "map_crop_name", *LABEL_FIELDS[2:5], "map_confidence", *LABEL_FIELDS[6:]]
    assert (row["Crop_Name"], row["map_crop_name"], row["confidence"]) == ("declared", "Winter cereals", 0.5)
    assert (row["geom_2"], row["fid_2"]) == ("x", 4)


def test_fields_named_as_the_columns_of_a_geopackage_are_kept(map_path, write_parcels, tmp_path, box):
    parcels = write_parcels(
        [(box(0, 0, 4, 4), {"fid": 12, "geom": "text"})],
        "parcels.geojson",
        {"fid": ogr.OFTInteger, "geom": ogr.OFTString},
        driver="GeoJSON",
    )
    label_parcel_file(map_path, parcels, out_path=str(tmp_path / "out.gpkg"), options=LABEL_OPTIONS)
    names, (row,), _ = read_features(tmp_path / "out.gpkg")
    assert names[:2] == ["fid", "geom"]
    assert (row["fid"], row["geom"], row["crop_code"]) == (12, "text", 1)


def test_parcels_of_another_crs_are_labelled_where_they_lie(map_path, write_parcels, tmp_path, box):
    shape = ogr.CreateGeometryFromWkb(box(4, 0, 7, 8))
    utm, degrees = osr.SpatialReference(), osr.SpatialReference()
    utm.ImportFromEPSG(32631)
    degrees.ImportFromEPSG(4326)
    degrees.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    shape.Transform(osr.CoordinateTransformation(utm, degrees))
    parcels = write_parcels([(bytes(shape.ExportToWkb(ogr.wkbNDR)), {"name": "a"})], epsg=4326)
    label_parcel_file(map_path, parcels, out_path=str(tmp_path / "out.gpkg"), options=LABEL_OPTIONS)
    _, (row,), (written,) = read_features(tmp_path / "out.gpkg")
    assert (row["crop_name"], row["crop_share"], row["pixels"]) == ("Maize", 100.0, 24)
    assert written == read_features(parcels)[2][0]
    dataset = gdal.OpenEx(str(tmp_path / "out.gpkg"), gdal.OF_VECTOR)
    assert dataset.GetLayer(0).GetSpatialRef().GetAuthorityCode(None) == "4326"


def test_parcels_that_cannot_reach_the_crs_of_the_map_are_kept_without_label(map_path, write_parcels, tmp_path, box):
    beyond = ogr.CreateGeometryFromWkt("POLYGON((0 95,1 95,1 96,0 95))")
    within = ogr.CreateGeometryFromWkb(box(0, 0, 4, 4))
    utm, degrees = (osr.SpatialReference() for _ in range(2))
    for reference, code in ((utm, 32631), (degrees, 4326)):
        reference.ImportFromEPSG(code)
        reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    within.Transform(osr.CoordinateTransformation(utm, degrees))
    shapes = [bytes(each.ExportToWkb(ogr.wkbNDR)) for each in (beyond, within)]
    parcels = write_parcels([(shape, {"name": name}) for shape, name in zip(shapes, "ab")], epsg=4326)
    warnings: list[str] = []

    class Notes(Feedback):
        def warning(self, message: str) -> None:
            warnings.append(message)

    label_parcel_file(map_path, parcels, out_path=str(tmp_path / "out.gpkg"), feedback=Notes())
    _, (row, other), (shape, _) = read_features(tmp_path / "out.gpkg")
    assert (row["name"], row["crop_code"], row["pixels"]) == ("a", 0, 0) and other["pixels"] > 0
    assert shape is not None
    assert any("1 of 2 parcels lie beyond the CRS" in warning for warning in warnings)


def test_height_and_type_of_geometries_are_kept(map_path, write_parcels, tmp_path, polygon):
    shape = polygon("MULTIPOLYGON Z(((0 0 5,4 0 5,4 4 6,0 4 6,0 0 5)))")
    parcels = write_parcels([(shape, {})], kind=ogr.wkbMultiPolygon25D)
    label_parcel_file(map_path, parcels, out_path=str(tmp_path / "out.gpkg"), options=LABEL_OPTIONS)
    assert read_features(tmp_path / "out.gpkg")[2] == read_features(parcels)[2]
    dataset = gdal.OpenEx(str(tmp_path / "out.gpkg"), gdal.OF_VECTOR)
    assert dataset.GetLayer(0).GetGeomType() == ogr.wkbMultiPolygon25D


@pytest.mark.parametrize("end", [".shp", ".geojson", ".fgb", ".parquet"])
def test_other_formats_hold_the_labels_and_the_feature_numbers(map_path, write_parcels, tmp_path, box, end):
    if end == ".parquet" and gdal.GetDriverByName("Parquet") is None:
        pytest.skip("this GDAL comes without the driver of GeoParquet")
    parcels = write_parcels([(box(4, 0, 7, 8), {"name": "é", "FID": 5}), (box(0, 0, 4, 4), {"name": "b", "FID": 8})])
    label_parcel_file(map_path, parcels, out_path=str(tmp_path / f"out{end}"), options=LABEL_OPTIONS)
    names, values, shapes = read_features(tmp_path / f"out{end}")
    assert len(names) == 10
    rows = {row["name"]: row for row in values}
    assert (rows["é"]["crop_name"], rows["b"]["crop_name"]) == ("Maize", "Winter cereals")
    assert (rows["é"]["fid"], rows["b"]["fid"]) == (5, 8)
    assert rows["é"]["pixels"] == 24
    assert None not in shapes


def test_a_shapefile_that_mixes_polygons_and_multipolygons_is_read(map_path, write_parcels, tmp_path, box, polygon):
    two = polygon("MULTIPOLYGON(((0 0,2 0,2 2,0 2,0 0)),((5 5,7 5,7 7,5 7,5 5)))")
    parcels = write_parcels([(box(0, 0, 3, 3), {"name": "a"}), (two, {"name": "b"})], "p.shp", driver="ESRI Shapefile")
    label_parcel_file(map_path, parcels, out_path=str(tmp_path / "out.gpkg"), options=LABEL_OPTIONS)
    _, values, shapes = read_features(tmp_path / "out.gpkg")
    assert [row["name"] for row in values] == ["a", "b"]
    assert [row["pixels"] for row in values] == [9, 8]
    assert all(shape.startswith("MULTIPOLYGON") for shape in shapes)


def test_an_empty_layer_gives_an_empty_output_with_the_fields(map_path, write_parcels, tmp_path):
    label_parcel_file(map_path, write_parcels([]), out_path=str(tmp_path / "out.gpkg"))
    names, values, _ = read_features(tmp_path / "out.gpkg")
    assert names == ["name", *LABEL_FIELDS]
    assert values == []


def test_the_first_layer_with_polygons_is_taken(map_path, write_parcels, tmp_path, box, polygon):
    parcels = write_parcels([(polygon("POINT(1 1)"), {})], kind=ogr.wkbPoint)
    dataset = gdal.OpenEx(parcels, gdal.OF_VECTOR | gdal.OF_UPDATE)
    reference = dataset.GetLayer(0).GetSpatialRef()
    layer = dataset.CreateLayer("fields", reference, ogr.wkbMultiPolygon)
    feature = ogr.Feature(layer.GetLayerDefn())
    feature.SetGeometry(ogr.ForceToMultiPolygon(ogr.CreateGeometryFromWkb(box(0, 0, 4, 4))))
    layer.CreateFeature(feature)
    del feature, layer, dataset
    label_parcel_file(map_path, parcels, out_path=str(tmp_path / "out.gpkg"), options=LABEL_OPTIONS)
    assert read_features(tmp_path / "out.gpkg")[1][0]["pixels"] == 16
    with pytest.raises(ParcelError, match=r"has no layer other: choose one of its layers \(parcels, fields\)"):
        label_parcel_file(map_path, parcels, "other", out_path=str(tmp_path / "out.gpkg"))
    with pytest.raises(ParcelError, match=r"parcels of .*parcels\.gpkg contains no polygons"):
        label_parcel_file(map_path, parcels, "parcels", out_path=str(tmp_path / "out.gpkg"))


def test_provenance_goes_into_the_layer(map_path, write_parcels, tmp_path, box):
    parcels = write_parcels([(box(0, 0, 4, 4), {})])
    label_parcel_file(map_path, parcels, out_path=str(tmp_path / "out.gpkg"), options=LABEL_OPTIONS)
    dataset = gdal.OpenEx(str(tmp_path / "out.gpkg"), gdal.OF_VECTOR)
    layer = dataset.GetLayer(0)
    assert layer.GetMetadataItem("PARCELS") == Path(parcels).name
    assert f"min_pixels={LABEL_OPTIONS.min_pixels}" in layer.GetMetadataItem("OPTIONS")
    assert layer.GetName() == "out"


def test_progress_is_one_scale_from_reading_to_writing(map_path, write_parcels, tmp_path, box):
    fractions: list[float] = []

    class Notes(Feedback):
        def progress(self, fraction: float) -> None:
            fractions.append(fraction)

    parcels = write_parcels([(box(0, 0, 4, 4), {})] * 3)
    label_parcel_file(map_path, parcels, out_path=str(tmp_path / "out.gpkg"), feedback=Notes())
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_a_geopackage_holds_its_style_and_stays_a_parcel_file(map_path, write_parcels, tmp_path, box):
    parcels = write_parcels([(box(0, 0, 4, 4), {"crop_name": "declared"})], fields={"crop_name": ogr.OFTString})
    out, again = str(tmp_path / "out.gpkg"), str(tmp_path / "again.gpkg")
    label_parcel_file(map_path, parcels, out_path=out, options=LABEL_OPTIONS)
    dataset = ogr.Open(out)
    (style,) = dataset.GetLayerByName("layer_styles")
    assert (style["f_table_name"], style["f_geometry_column"], style["useAsDefault"]) == ("out", "geom", 1)
    assert 'attr="map_crop_name"' in style["styleQML"] and 'label="Rapeseed"' in style["styleQML"]
    assert dataset.GetLayer(0).GetName() == "out"
    heard = Heard()
    label_parcel_file(map_path, out, out_path=again, options=LABEL_OPTIONS, feedback=heard)
    assert read_features(again)[0][-8:-6] == ["map_crop_code", "map_crop_name_2"]
    assert not any("layer_styles" in text for text in heard.warnings)


def test_labels_of_parcels_that_all_lie_elsewhere_are_refused_and_what_was_there_stays(
    write_parcels, box, map_path, tmp_path
):
    place = tmp_path / "out.gpkg"
    place.write_bytes(b"of last year")
    parcels = write_parcels([(box(9000, 0, 9004, 4), {"name": "far"})])
    with pytest.raises(ParcelError) as refusal:
        label_parcel_file(map_path, parcels, out_path=str(place), options=LABEL_OPTIONS)
    assert str(refusal.value) == (
        "No parcel of 'parcels.gpkg' lies on a pixel of the map with a class: check the CRS of both and the extent."
    )
    assert place.read_bytes() == b"of last year" and [each.name for each in tmp_path.glob("*out*")] == ["out.gpkg"]
