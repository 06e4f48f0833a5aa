"""Parcels in two maps, through Processing: what each shows, how clearly, and how the layer looks."""

from __future__ import annotations

import numpy as np
import pytest
from osgeo import gdal
from qgis.core import (
    NULL,
    QgsExpression,
    QgsFeature,
    QgsGeometry,
    QgsProcessingException,
    QgsRenderContext,
    QgsVectorLayer,
)

from counties import box
from crop_attention.engine.legend import put_legend
from crop_attention.models.card import CropClass
from rasters import write_raster

CLASSES = (CropClass(3, "Spring cereals", "#d9b310"), CropClass(5, "Rapeseed", "#1b7f79"))


def class_raster(path, codes) -> str:
    written = write_raster(path, codes, dtype="uint8", nodata=0)
    dataset = gdal.Open(written, gdal.GA_Update)
    put_legend(dataset, CLASSES)
    del dataset
    return written


def test_parcels_are_compared_in_two_maps(run, tmp_path):
    """The first changes as a whole; of the second, 30 of 64 pixels inside its border are another class now."""
    codes = np.full((40, 60), 3, np.uint8)
    codes[:, 30:], codes[5, 5], codes[5, 50] = 5, 5, 3
    first = class_raster(tmp_path / "first.tif", codes)
    declared = QgsVectorLayer("Polygon?crs=EPSG:32631&field=crop:string", "parcels", "memory")
    for crop, shape in (
        *(("spring_cereals", box(2, 2, 10, 10)), ("rapeseed", box(16, 2, 10, 10))),
        *(("spring_cereals", box(34, 2, 10, 10)), ("rapeseed", box(48, 2, 1, 1)), ("rapeseed", None)),
    ):
        feature = QgsFeature(declared.fields())
        feature.setAttributes([crop])
        if shape is not None:
            feature.setGeometry(QgsGeometry.fromWkt(f"POLYGON({shape})"))
        assert declared.dataProvider().addFeature(feature)
    codes[:, :15], codes[3:8, 17:23] = 5, 5
    second, place = class_raster(tmp_path / "second.tif", codes), str(tmp_path / "compared.gpkg")
    results, _, _ = run("comparemaps", {"FIRST": first, "SECOND": second, "PARCELS": declared, "COMPARED": place})
    assert results["COMPARED"] == place and results["CHANGED_PARCELS"] == 1
    layer = QgsVectorLayer(place)
    names = ("crop", "map_crop", "crop_prev", "changed", "share", "share_prev", "margin", "marg_prev", "pixels")
    found = [[feature[name] for name in names] for feature in layer.getFeatures()]
    cereals, rape = (entry.name for entry in CLASSES)
    assert found[0] == ["spring_cereals", rape, cereals, True, 100, 98.44, 100, 96.88, 64]
    assert found[1] == ["rapeseed", cereals, cereals, False, 53.12, 100, 6.25, 100, 64]
    assert found[2][3:] == [False, 100, 100, 100, 100, 64]
    assert found[4][1:] == [NULL] * 7 + [0], "no polygon, nothing to say"
    message, styled = layer.loadDefaultStyle()
    assert styled, message
    order = QgsExpression(layer.attributeTableConfig().sortExpression())
    context, colours = QgsRenderContext(), []
    context.expressionContext().setFields(layer.fields())
    renderer = layer.renderer()
    renderer.startRender(context, layer.fields())
    for feature in layer.getFeatures():
        context.expressionContext().setFeature(feature)
        assert order.evaluate(context.expressionContext()) == (feature["changed"] is not True), "changed ones first"
        symbol = renderer.symbolForFeature(feature, context)
        colours.append(symbol.color().name() if symbol else "")
    assert colours == ["#b2182b", "#9aa5a0", "#9aa5a0", "#9aa5a0", ""]
    renderer.stopRender(context)
    with pytest.raises(QgsProcessingException, match="Compared parcels need a parcel layer"):
        run("comparemaps", {"FIRST": first, "SECOND": second, "COMPARED": place})


def test_parcels_that_lie_off_the_maps_are_a_failure_that_names_the_map(run, tmp_path):
    first = class_raster(tmp_path / "first.tif", np.full((40, 60), 3, np.uint8))
    elsewhere = QgsVectorLayer("Polygon?crs=EPSG:32631&field=crop:string", "elsewhere", "memory")
    feature = QgsFeature(elsewhere.fields())
    feature.setAttributes(["rapeseed"])
    feature.setGeometry(QgsGeometry.fromWkt(f"POLYGON({box(900, 900, 9, 9)})"))
    elsewhere.dataProvider().addFeature(feature)
    checked = {"CROP_MAP": first, "DECLARED_FIELD": "crop", "CHECKED": str(tmp_path / "checked.gpkg")}
    compared = {"FIRST": first, "SECOND": first, "COMPARED": str(tmp_path / "compared.gpkg")}
    for name, values in (("checkdeclarations", checked), ("comparemaps", compared)):
        with pytest.raises(QgsProcessingException, match=r"first.tif: No parcel of '.*' lies on a pixel"):
            run(name, {**values, "PARCELS": elsewhere})
        assert [path.name for path in tmp_path.iterdir() if path.suffix == ".gpkg"] == [], name
