"""How outputs look: legend of the file, ramps over the data, dates for the temporal controller."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pytest
from osgeo import gdal
from qgis.core import (
    Qgis,
    QgsDateTimeRange,
    QgsExpression,
    QgsExpressionContext,
    QgsFeature,
    QgsGeometry,
    QgsLayerTree,
    QgsPalettedRasterRenderer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProject,
    QgsRasterLayer,
    QgsSingleBandPseudoColorRenderer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QDateTime, Qt

from crop_attention.algorithms import layers, styling, temporal
from crop_attention.engine import products
from crop_attention.engine.jobs.style import legend_of
from crop_attention.models.language import CHINESE, language, use
from crop_attention.models.legend import TEMPERATE_EUROPE
from rasters import write_raster

STEPS = ("2018-03-01 to 2018-03-30", "2018-03-31 to 2018-04-29", "2018-04-30 to 2018-05-29")


@pytest.fixture
def class_raster(tmp_path):
    """A class raster with colours and names for three of its codes."""
    path = write_raster(tmp_path / "classes.tif", np.array([[[0, 1, 4], [5, 5, 1]]], np.uint8), nodata=0)
    dataset = gdal.Open(path, gdal.GA_Update)
    band = dataset.GetRasterBand(1)
    table = gdal.ColorTable()
    for code, colour in ((0, (0, 0, 0, 0)), (1, (230, 180, 34, 255)), (4, (232, 96, 28, 255))):
        table.SetColorEntry(code, colour)
    band.SetRasterColorTable(table)
    band.SetCategoryNames(["No data", "Winter cereals", "", "", "Maize"])
    band = dataset = None
    return path


@pytest.fixture
def shares(tmp_path):
    """A function that writes scaled shares, one band a name, and opens them."""

    def make(names, values, nodata_corner=True):
        cube = (np.stack([np.full((20, 20), value) for value in values]) * 10_000).astype(np.uint16)
        cube[:, ::2] = (cube[:, ::2] * 1.2).astype(np.uint16)
        if nodata_corner:
            cube[:, :5, :5] = 65535
        path = write_raster(tmp_path / "shares.tif", cube, names, nodata=65535, scale=1e-4, offset=0.0)
        layer = QgsRasterLayer(path, "shares")
        assert layer.isValid()
        return layer

    return make


def test_classes_take_names_and_colours_from_the_file(qgis_app, class_raster):
    layer = QgsRasterLayer(class_raster, "map")
    styling.style_layer(layer, products.CROP_MAP)
    renderer = layer.renderer()
    assert isinstance(renderer, QgsPalettedRasterRenderer)
    found = [(entry.value, entry.label, entry.color.name()) for entry in renderer.classes()]
    assert found == [(1, "Winter cereals", "#e6b422"), (4, "Maize", "#e8601c")]


def test_a_raster_without_names_keeps_its_look_and_a_missing_one_is_said(qgis_app, tmp_path):
    from crop_attention.engine.errors import ParcelError

    path = write_raster(tmp_path / "bare.tif", np.ones((1, 4, 4), np.uint8))
    assert legend_of(path) == ()
    layer = QgsRasterLayer(path, "map")
    kind = layer.renderer().type()
    styling.style_layer(layer, products.CROP_MAP)
    assert layer.renderer().type() == kind
    with pytest.raises(ParcelError, match="nowhere.tif"):
        legend_of(str(tmp_path / "nowhere.tif"))


def test_confidence_has_a_fixed_ramp_from_0_to_100(qgis_app, tmp_path):
    layer = QgsRasterLayer(write_raster(tmp_path / "c.tif", np.full((1, 9, 9), 70, np.uint8), nodata=255), "c")
    styling.style_layer(layer, products.CONFIDENCE)
    renderer = layer.renderer()
    assert isinstance(renderer, QgsSingleBandPseudoColorRenderer)
    assert (renderer.classificationMin(), renderer.classificationMax()) == (0, 100)
    items = renderer.shader().rasterShaderFunction().colorRampItemList()
    assert [items[0].label, items[-1].label] == ["0 %", "100 %"]
    assert items[0].color.name() == products.CONFIDENCE.style.ramp[0]


def test_attention_ramps_run_over_the_data_in_physical_units(qgis_app, shares):
    layer = shares(("B02", "B08", "VH", "Share of Sentinel-1"), (0.1, 0.3, 0.2, 0.9))
    styling.style_layer(layer, products.CHANNEL)
    renderer = layer.renderer()
    # The share of Sentinel-1 lies in the same file but is no attention of a band.
    assert renderer.classificationMin() == pytest.approx(0.1, abs=0.001)
    assert renderer.classificationMax() == pytest.approx(0.36, abs=0.001)
    assert renderer.band() == 2
    styling.style_layer(layer, products.SENSOR_SHARE)
    assert layer.renderer().band() == 4
    assert (layer.renderer().classificationMin(), layer.renderer().classificationMax()) == (0, 1)


def test_a_raster_of_nodata_alone_is_styled_all_the_same(qgis_app, tmp_path):
    path = write_raster(tmp_path / "n.tif", np.full((1, 9, 9), 65535, np.uint16), nodata=65535)
    layer = QgsRasterLayer(path, "n")
    styling.style_layer(layer, products.SPATIAL)
    assert isinstance(layer.renderer(), QgsSingleBandPseudoColorRenderer)


@pytest.mark.parametrize("product", [products.TEMPORAL, products.CONTRIBUTION], ids=lambda product: product.name)
def test_temporal_attention_and_contribution_carry_their_dates_and_say_what_they_are(qgis_app, shares, product):
    layer = shares(STEPS, (0.1, 0.6, 0.3))
    arranger = layers.LayerArranger(product, layers.Run(), moves=False)
    arranger.postProcessLayer(layer, QgsProcessingContext(), QgsProcessingFeedback())
    assert layer.metadata().abstract() == product.help
    assert layer.renderer().band() == 2
    april = QDateTime.fromString("2018-04-10T00:00:00Z", Qt.DateFormat.ISODate)
    day = QgsDateTimeRange(april, april.addDays(1), True, False)
    properties = layer.temporalProperties()
    assert properties.isActive() == temporal.PLAYS_BANDS
    if temporal.PLAYS_BANDS:
        assert properties.mode() == Qgis.RasterTemporalMode.FixedRangePerBand
        assert properties.filteredBandsForTemporalRange(layer, day) == [2]
        return
    steps = temporal.step_layers(layer)
    assert [step.renderer().band() for step in steps] == [1, 2, 3]
    assert [step.temporalProperties().isVisibleInTemporalRange(day) for step in steps] == [False, True, False]
    ranges = [step.temporalProperties().fixedTemporalRange() for step in steps]
    assert ranges[0].begin().toUTC().date().toPyDate() == date(2018, 3, 1)
    assert ranges[2].end().toUTC().date().toPyDate() == date(2018, 5, 30)


@pytest.mark.skipif(temporal.PLAYS_BANDS, reason="the bands of one layer play")
def test_steps_follow_a_layer_that_is_put_into_the_tree_after_it_was_styled(qgis_app, shares):
    project, layer = QgsProject(), shares(STEPS, (0.1, 0.6, 0.3))
    layers.add_steps_later(project, layer.id())
    assert project.layerTreeRoot().children() == []
    styling.style_layer(layer, products.TEMPORAL)
    project.addMapLayer(layer)
    layers.add_steps_later(project, layer.id())
    first, group = project.layerTreeRoot().children()
    assert (first.name(), group.name()) == ("shares", "shares, step by step")
    assert [node.name() for node in group.children()] == list(STEPS)


def test_bands_without_dates_stay_timeless(qgis_app, shares):
    layer = shares(("B02", "B08"), (0.1, 0.3))
    styling.style_layer(layer, products.TEMPORAL)
    assert not layer.temporalProperties().isActive()


def parcels(fields: str, attributes: list) -> QgsVectorLayer:
    layer = QgsVectorLayer(f"Polygon?crs=EPSG:32631&{fields}", "parcels", "memory")
    feature = QgsFeature(layer.fields())
    feature.setAttributes(attributes)
    feature.setGeometry(QgsGeometry.fromWkt("POLYGON((0 0,0 9,9 9,9 0,0 0))"))
    layer.dataProvider().addFeatures([feature])
    return layer


def test_parcels_are_filled_by_crop_and_named(qgis_app):
    layer = parcels("field=crop_name:string&field=crop_share:double", ["Maize", 87.4])
    styling.style_layer(layer, products.PARCEL_LABELS)
    renderer = layer.renderer()
    assert renderer.classAttribute() == "crop_name"
    found = {entry.value(): entry.symbol().symbolLayer(0).fillColor() for entry in renderer.categories()}
    assert found["Maize"].name() == next(entry.colour for entry in TEMPERATE_EUROPE if entry.name == "Maize")
    assert {colour.alpha() for colour in found.values()} == {255}
    symbols = {entry.value(): entry.symbol().symbolLayer(0) for entry in renderer.categories()}
    assert symbols["Maize"].brushStyle() == Qt.BrushStyle.SolidPattern
    assert symbols[""].brushStyle() == Qt.BrushStyle.NoBrush, "what lies below a parcel without label is seen"
    assert len(found) == len(TEMPERATE_EUROPE) + 1
    assert layer.labelsEnabled()
    settings = layer.labeling().settings()
    assert settings.isExpression
    context = layer.createExpressionContext()
    context.setFeature(next(layer.getFeatures()))
    assert QgsExpression(settings.fieldName).evaluate(context) == "Maize\n87 %"


def test_parcels_that_had_such_fields_before_are_drawn_by_the_new_ones(qgis_app):
    fields = "field=crop_name:string&field=map_crop_name:string&field=crop_share:double"
    layer = parcels(fields, ["declared", "Maize", 100.0])
    styling.style_layer(layer, products.PARCEL_LABELS)
    assert layer.renderer().classAttribute() == "map_crop_name"


def test_layers_of_a_run_lie_in_one_group_in_a_sensible_order(qgis_app):
    root = QgsLayerTree()
    kept = []
    for kind in (
        products.CONFIDENCE,
        products.PROBABILITIES,
        products.CROP_MAP,
        products.TEMPORAL,
        products.PARCEL_LABELS,
    ):
        layer = QgsVectorLayer("Polygon", kind.name, "memory")
        kept.append(layer)
        # QGIS puts a new layer into the group of the active one.
        (root.findGroup("run") or root).insertLayer(0, layer)
        layers.place_in_group(root, root.findLayer(layer.id()), "run", layers.sort_key(kind))
    second = QgsVectorLayer("Polygon", "crop_map", "memory")
    root.findGroup("run").insertLayer(0, second)
    layers.place_in_group(root, root.findLayer(second.id()), "next run", layers.sort_key(products.CROP_MAP))
    assert [child.name() for child in root.children()] == ["next run", "run"], "beside each other, never nested"
    order = [child.name() for child in root.findGroup("run").children()]
    assert order == ["parcel_labels", "crop_map", "confidence", "temporal", "probabilities"]


def test_a_loaded_output_is_named_styled_and_grouped(provider, county, checkpoint, tmp_path, monkeypatch):
    """What QGIS does after a run: it asks the context for names and post-processors."""
    import processing
    from processing.gui import Postprocessing

    from counties import Listener

    # QGIS 3.44 takes no stand-in for a layer tree.
    monkeypatch.setattr(Postprocessing, "iface", None, raising=False)
    project = QgsProject.instance()
    project.clear()
    listener = Listener()
    context = QgsProcessingContext()
    context.setProject(project)
    context.setFeedback(listener)
    values = {"S2_FOLDER": county.s2, "S1_FOLDER": county.s1, "CHECKPOINT": checkpoint, "PARCELS": county.parcels}
    values.update(dict.fromkeys(("CROP_MAP", "CONFIDENCE", "TEMPORAL_ATTENTION", "PARCEL_LABELS"), "TEMPORARY_OUTPUT"))
    processing.runAndLoadResults("cropattention:classifycrops", values, listener, context)
    (group,) = project.layerTreeRoot().children()
    assert re.fullmatch(r"Untrained 2018, \d\d:\d\d( - \d)?", group.name())
    names = [child.name() for child in group.children()]
    steps = [] if temporal.PLAYS_BANDS else ["Temporal attention, step by step"]
    assert names == ["Parcel labels", "Crop map", "Confidence", "Temporal attention", *steps]
    kinds = [child.layer().renderer().type() for child in group.children()[:4]]
    assert kinds == ["categorizedSymbol", "paletted", "singlebandpseudocolor", "singlebandpseudocolor"]
    if temporal.PLAYS_BANDS:
        assert group.children()[3].layer().temporalProperties().isActive()
    else:
        played = [node.layer() for node in group.children()[4].findLayers()]
        assert len(played) == 8 and all(layer.temporalProperties().isActive() for layer in played)
    assert not layers._waiting
    processing.runAndLoadResults("cropattention:classifycrops", values, listener, context)
    names = [child.name() for child in project.layerTreeRoot().children()]
    assert len(set(names)) == 2 and group.name() == names[1], "the second run has a group of its own, on top"
    project.clear()


def test_crops_on_the_map_and_in_its_tip_are_in_the_language_of_qgis(qgis_app):
    layer = QgsVectorLayer("Polygon?field=crop_name:string&field=runner_up:string", "labels", "memory")
    before = language()
    try:
        use(CHINESE)
        styling.style_layer(layer, products.PARCEL_LABELS, TEMPERATE_EUROPE)
    finally:
        use(before)
    feature = QgsFeature(layer.fields())
    context = QgsExpressionContext()
    for name, shown in (("Maize", "玉米"), ("Class 99", "Class 99"), (None, "无标注")):
        feature.setAttributes([name, None])
        context.setFeature(feature)
        assert QgsExpression(layer.displayExpression()).evaluate(context) == shown
        assert QgsExpression.replaceExpressionText(layer.mapTipTemplate(), context).startswith(f"<b>{shown}</b>")
