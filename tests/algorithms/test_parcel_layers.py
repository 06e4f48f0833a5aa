"""Parcel layers of any kind through Processing: what goes in, what comes out, and what is left alone."""

from __future__ import annotations

import numpy as np
import pytest
from osgeo import gdal, ogr
from qgis.core import QgsFeature, QgsGeometry, QgsProcessingException, QgsVectorLayer

from rasters import ORIGIN, crs_wkt, write_raster


def square(col: float) -> str:
    """Return the WKT of a square of three pixels."""
    west, north = ORIGIN[0] + 10 * col, ORIGIN[1]
    return f"POLYGON(({west} {north},{west + 30} {north},{west + 30} {north - 30},{west} {north - 30},{west} {north}))"


@pytest.fixture
def halves(tmp_path):
    """A map of class 1 on the left and 2 on the right."""
    return write_raster(
        tmp_path / "map.tif", np.repeat([[1, 1, 1, 1, 2, 2, 2, 2]], 8, axis=0).astype(np.uint8), nodata=0
    )


@pytest.fixture
def mixed(tmp_path):
    """A GeoPackage of two layers: polygons and multipolygons under the type Unknown, and points."""
    from osgeo import osr

    reference = osr.SpatialReference()
    reference.ImportFromWkt(crs_wkt(32631))
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(tmp_path / "mixed.gpkg"))
    for name, kind, shapes in (
        ("sites", ogr.wkbPoint, [f"POINT({ORIGIN[0]} {ORIGIN[1]})"]),
        ("fields", ogr.wkbUnknown, [square(0), square(4).replace("POLYGON", "MULTIPOLYGON(") + ")"]),
    ):
        layer = source.CreateLayer(name, reference, kind)
        layer.CreateField(ogr.FieldDefn("crop", ogr.OFTString))
        for number, shape in enumerate(shapes):
            feature = ogr.Feature(layer.GetLayerDefn())
            feature["crop"] = f"é{number}"
            feature.SetGeometry(ogr.CreateGeometryFromWkt(shape))
            layer.CreateFeature(feature)
        layer = None
    source = None
    return str(tmp_path / "mixed.gpkg")


def rows(path):
    """Return crop and label of all features."""
    dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR)
    return [(feature["crop"], feature["crop_code"]) for feature in dataset.GetLayer(0)]


@pytest.mark.parametrize("end", ["", "|layername=fields"])
@pytest.mark.parametrize("form", [".gpkg", ".shp", ".geojson", ".fgb"])
def test_mixed_polygons_of_a_file_of_several_layers_are_labelled(run, halves, mixed, tmp_path, end, form):
    place = tmp_path / f"labels{form}"
    values = {"CROP_MAP": halves, "PARCELS": mixed + end, "PARCEL_LABELS": str(place), "LEAVE_BORDER": False}
    results, _, _ = run("parcellabels", values)
    assert results["LABELLED"] == 2
    assert sorted(rows(place)) == [("é0", 1), ("é1", 2)]


def test_labels_carry_where_they_come_from(run, halves, mixed, tmp_path):
    place = tmp_path / "labels.gpkg"
    run("parcellabels", {"CROP_MAP": halves, "PARCELS": mixed, "PARCEL_LABELS": str(place)})
    dataset = ogr.Open(str(place))
    tags = dataset.GetLayer(0).GetMetadata()
    assert tags["MADE_FROM"] == "map.tif" and tags["PARCELS"] == "mixed"
    assert "leave_border=True" in tags["OPTIONS"] and len(tags["CROP_MAP_DIGEST"]) == 64


def test_labels_never_go_onto_the_file_of_the_parcels(run, halves, mixed):
    with pytest.raises(QgsProcessingException, match="mixed.gpkg"):
        run("parcellabels", {"CROP_MAP": halves, "PARCELS": f"{mixed}|layername=fields", "PARCEL_LABELS": mixed})
    dataset = gdal.OpenEx(mixed, gdal.OF_VECTOR)
    assert [dataset.GetLayer(i).GetName() for i in range(dataset.GetLayerCount())] == ["sites", "fields"]


@pytest.mark.parametrize("place", ["TEMPORARY_OUTPUT", "labels.gpkg", "labels.kml"])
def test_a_layer_in_memory_goes_to_any_output(run, halves, tmp_path, place):
    layer = QgsVectorLayer("Polygon?crs=EPSG:32631&field=crop:string", "drawn", "memory")
    feature = QgsFeature(layer.fields())
    feature.setGeometry(QgsGeometry.fromWkt(square(0)))
    feature.setAttributes(["Maïs"])
    layer.dataProvider().addFeatures([feature])
    target = place if place == "TEMPORARY_OUTPUT" else str(tmp_path / place)
    results, said, context = run("parcellabels", {"CROP_MAP": halves, "PARCELS": layer, "PARCEL_LABELS": target})
    assert [text for text in said.warnings if "liases" in text] == []
    if place == "TEMPORARY_OUTPUT":
        found = results["PARCEL_LABELS"]
        found = found if isinstance(found, QgsVectorLayer) else context.getMapLayer(found)
        assert [entry.name() for entry in found.fields()][:2] == ["crop", "crop_code"]
        assert [(entry["crop"], entry["crop_code"]) for entry in found.getFeatures()] == [("Maïs", 1)]
    else:
        assert results["LABELLED"] == 1 and (tmp_path / place).exists()


def shapefile(folder, page):
    """Write one field with the crop "Pšenice" in cp1250 and a byte for the code page."""
    from osgeo import osr

    reference = osr.SpatialReference()
    reference.ImportFromWkt(crs_wkt(32631))
    source = ogr.GetDriverByName("ESRI Shapefile").CreateDataSource(str(folder / "p.shp"))
    layer = source.CreateLayer("p", reference, ogr.wkbPolygon)
    layer.CreateField(ogr.FieldDefn("crop", ogr.OFTString))
    feature = ogr.Feature(layer.GetLayerDefn())
    feature["crop"] = "P_enice"
    feature.SetGeometry(ogr.CreateGeometryFromWkt(square(0)))
    layer.CreateFeature(feature)
    del feature, layer, source
    (folder / "p.cpg").unlink(missing_ok=True)
    table = bytearray((folder / "p.dbf").read_bytes().replace(b"P_enice", "Pšenice".encode("cp1250")))
    table[29] = page
    (folder / "p.dbf").write_bytes(bytes(table))
    return str(folder / "p.shp")


def test_letters_are_those_that_a_shapefile_names(run, halves, tmp_path):
    values = {"CROP_MAP": halves, "PARCELS": shapefile(tmp_path, 0xC8), "PARCEL_LABELS": str(tmp_path / "out.gpkg")}
    run("parcellabels", values)
    assert rows(tmp_path / "out.gpkg") == [("Pšenice", 1)]


def test_unknown_letters_are_asked_for_and_can_be_named(run, halves, tmp_path):
    values = {"CROP_MAP": halves, "PARCELS": shapefile(tmp_path, 0), "PARCEL_LABELS": str(tmp_path / "out.gpkg")}
    with pytest.raises(QgsProcessingException, match="encoding that the file does not name"):
        run("parcellabels", values)
    run("parcellabels", {**values, "ENCODING": "cp1250"})
    assert rows(tmp_path / "out.gpkg") == [("Pšenice", 1)]


def crops(path):
    source = ogr.Open(str(path))
    return [feature["crop"] for feature in source.GetLayer()]


def test_declarations_and_comparison_take_the_letters_that_are_named(run, halves, tmp_path):
    letters = {"ENCODING": "cp1250"}
    source = gdal.Open(halves, gdal.GA_Update)
    source.GetRasterBand(1).SetCategoryNames(["", "Wheat", "Maize"])
    del source
    declared = {"CROP_MAP": halves, "PARCELS": shapefile(tmp_path, 0), "DECLARED_FIELD": "crop"}
    checked = {**declared, "CLASS_TABLE": "Pšenice = Wheat", "CHECKED": str(tmp_path / "checked.gpkg")}
    with pytest.raises(QgsProcessingException, match="encoding that the file does not name"):
        run("checkdeclarations", checked)
    run("checkdeclarations", {**checked, **letters})
    assert crops(tmp_path / "checked.gpkg") == ["Pšenice"]
    compared = {"FIRST": halves, "SECOND": halves, "REFERENCE": declared["PARCELS"], "CROP_FIELD": "crop"}
    compared |= {
        "REFERENCE_TABLE": "Pšenice = Wheat",
        "PARCELS": declared["PARCELS"],
        "COMPARED": str(tmp_path / "c.gpkg"),
    }
    with pytest.raises(QgsProcessingException, match="encoding that the file does not name"):
        run("comparemaps", compared)
    results, _, _ = run("comparemaps", {**compared, **letters})
    assert results["UNITS"] > 0
    assert crops(tmp_path / "c.gpkg") == ["Pšenice"]


def test_a_mixed_reference_is_compared(run, halves, mixed, tmp_path):
    values = {"CROP_MAP": halves, "REFERENCE": mixed, "CROP_FIELD": "crop", "CLASS_TABLE": "é0 = 1; é1 = 2"}
    results, _, _ = run("assessaccuracy", {**values, "UNIT": "parcel", "TABLE": str(tmp_path / "t.csv")})
    assert (results["OA"], results["UNIT_COUNT"]) == (1.0, 2)
