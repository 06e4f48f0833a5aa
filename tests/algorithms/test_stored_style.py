"""A labelled GeoPackage opened in a QGIS without the plugin: what stands in the file shows it."""

from __future__ import annotations

import numpy as np
import pytest
from osgeo import gdal
from qgis.core import QgsExpression, QgsVectorLayer

from crop_attention.engine.options import ParcelOptions
from labelled import write_fields
from parcel_labels import label_parcel_file
from rasters import write_raster


@pytest.fixture
def labelled(qgis_app, tmp_path):
    """A parcel of three pixels of class 1 to one of class 2, labelled from a map without names, as a layer of QGIS."""
    crop_map = write_raster(tmp_path / "map.tif", np.array([[[1, 1], [1, 2]]], np.uint8), nodata=0)
    fields = write_fields(tmp_path / "fields.gpkg", [("Wheat & <rye>", (0, 0, 2, 2)), (None, None)], 32631)
    place = str(tmp_path / "labels.gpkg")
    label_parcel_file(crop_map, str(fields), out_path=place, options=ParcelOptions(leave_border=False))
    layer = QgsVectorLayer(place, "labels")
    assert layer.isValid()
    return layer


def evaluated(layer: QgsVectorLayer, template: str) -> list[str]:
    found = []
    for feature in layer.getFeatures():
        context = layer.createExpressionContext()
        context.setFeature(feature)
        found.append(QgsExpression.replaceExpressionText(template, context))
    return found


def test_parcels_are_drawn_named_and_explained(labelled):
    renderer = labelled.renderer()
    assert (renderer.type(), renderer.classAttribute()) == ("categorizedSymbol", "crop_name")
    assert [(entry.value(), entry.label()) for entry in renderer.categories()] == [
        ("Class 1", "Class 1"), ("", "No label")
    ]  # fmt: skip
    assert labelled.labelsEnabled() and labelled.labeling().settings().minimumScale == 20000
    names = [field.name() for field in labelled.fields()]
    aliases = {name: labelled.attributeAlias(place) for place, name in enumerate(names)}
    assert aliases["crop_share"] == "Share of its pixels (%)" and aliases["confidence"] == "Mean confidence (%)"
    first, second = evaluated(labelled, labelled.mapTipTemplate())
    assert first == "<b>Class 1</b><br>75 % of 4 pixels<br>then Class 2, 25 %<br><br>Too few pixels to trust the label"
    assert second.startswith("<b>No label</b>")


def test_the_form_asks_for_a_crop_of_the_map_and_keeps_the_analysts_fields_apart(labelled):
    tabs = labelled.editFormConfig().tabs()
    assert [tab.name() for tab in tabs] == ["Mapped crop", "Parcel"]
    assert [field.name() for field in tabs[1].children()] == ["crop", "code"]
    assert tabs[0].children()[1].idx() == labelled.fields().lookupField("crop_name")
    setup = labelled.editorWidgetSetup(labelled.fields().lookupField("crop_name"))
    assert (setup.type(), setup.config()) == ("ValueMap", {"map": [{"Class 1": "Class 1"}]})


def test_checked_declarations_are_coloured_by_light_and_explained(qgis_app, tmp_path):
    from crop_attention.engine.jobs.check_declarations import DeclarationRequest, check_declarations
    from crop_attention.engine.legend import put_legend
    from crop_attention.models.card import CropClass

    crop_map = write_raster(tmp_path / "map.tif", np.array([[[1, 1], [1, 2]]], np.uint8), nodata=0)
    dataset = gdal.Open(crop_map, gdal.GA_Update)
    put_legend(dataset, (CropClass(1, "Maize", "#e06020"), CropClass(2, "Rye's", "#e0b020")))
    dataset = None
    fields = write_fields(tmp_path / "fields.gpkg", [("maize", (0, 0, 2, 2)), (None, None)], 32631)
    place = str(tmp_path / "checked.gpkg")
    check_declarations(DeclarationRequest(crop_map, str(fields), "crop", place))
    layer = QgsVectorLayer(place, "checked")
    renderer = layer.renderer()
    assert (renderer.type(), renderer.classAttribute()) == ("categorizedSymbol", "light")
    assert [entry.value() for entry in renderer.categories()] == ["red", "yellow", "green", "grey"]
    names = [field.name() for field in layer.fields()]
    assert layer.attributeAlias(names.index("share")) == "Share of the pixels that hold the majority class (%)"
    first, second = layer.getFeatures()
    assert (first["share"], first["sec_share"], first["p_declared"]) == (75, 25, 75)
    shown, empty = evaluated(layer, layer.mapTipTemplate())
    assert shown == (
        "<b>Grey: not judged</b><br>The parcel holds too few pixels to be judged.<br>Declared: Maize, 75 %<br>"
        "Observed: Maize, 75 %<br>"
    )
    assert empty == "<b>Grey: not judged</b><br>No crop is declared.<br><br><br>"
    assert [tab.name() for tab in layer.editFormConfig().tabs()] == ["Checked declaration", "Parcel"]
    config = layer.attributeTableConfig()
    assert config.sortExpression() == 'coalesce("rank", 1e9)', "parcels without a rank come last"
    config.update(layer.fields())
    assert [each.name for each in config.columns() if each.name] == names
