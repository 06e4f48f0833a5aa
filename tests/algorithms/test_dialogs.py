"""The dialogs as QGIS builds them: what is offered, what a value becomes, what stands beside, what Help opens."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal
from qgis.core import (
    QgsApplication,
    QgsFeature,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingModelAlgorithm,
    QgsProcessingParameterDefinition,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.gui import QgsProcessingModelerParameterWidget
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit

from counties import box
from crop_attention.engine.legend import put_legend
from crop_attention.models.card import CropClass
from crop_attention.models.checkpoint import BUNDLED
from rasters import write_raster

CONTEXT = QgsProcessingContext()


@pytest.fixture
def dialog(provider, monkeypatch):
    """A function that opens the dialog of an algorithm and returns it with its wrappers by key."""
    from processing.gui import AlgorithmDialog as dialogs
    from processing.gui import ParametersPanel as panels

    monkeypatch.setattr(panels, "iface", None)
    AlgorithmDialog, opened = dialogs.AlgorithmDialog, []

    def call(name: str):
        opened.append(AlgorithmDialog(QgsApplication.processingRegistry().createAlgorithmById(f"cropattention:{name}")))
        return opened[-1], opened[-1].mainWidget().wrappers

    yield call
    for each in opened:
        each.close()
        each.deleteLater()


def values_of(opened) -> dict:
    """What the dialog would run with."""
    return opened.mainWidget().createProcessingParameters()


def titles(opened) -> list[str]:
    return [label.text() for label in opened.findChildren(QLabel)]


def test_a_checkpoint_is_chosen_from_the_bundled_ones_or_a_file(dialog, checkpoint):
    opened, wrappers = dialog("classifycrops")
    wrapper = wrappers["CHECKPOINT"]
    [names] = [box for box in wrapper.wrappedWidget().findChildren(QComboBox)]
    offered = [names.itemText(number) for number in range(names.count())]
    assert len(offered) == len(BUNDLED) + 1 and offered[-1] == "Own file..."
    assert offered[0].startswith("Temperate Europe; ") and "14 classes; tested on real fields" in offered[0]
    assert "not tested on real fields" in offered[1]
    assert wrapper.parameterValue() == values_of(opened)["CHECKPOINT"] == next(iter(BUNDLED))
    for given, read in (("shandong", "shandong.safetensors"), (checkpoint, checkpoint), ("", next(iter(BUNDLED)))):
        wrapper.setParameterValue(given, CONTEXT)
        assert wrapper.parameterValue() == read
    wrapper.setParameterValue("/nowhere/own.safetensors", CONTEXT)
    assert any("'/nowhere/own.safetensors' does not exist" in text for text in titles(opened))


def test_the_dialog_of_counties_asks_for_a_folder(dialog):
    opened, wrappers = dialog("classifycounties")
    assert wrappers["OUTPUT_FOLDER"].wrappedWidget().findChild(QLineEdit).placeholderText() == "Choose a folder"
    _, others = dialog("simulatecounty")
    assert "temporary" in others["OUTPUT_FOLDER"].wrappedWidget().findChild(QLineEdit).placeholderText()


def test_a_device_is_one_that_is_there_or_typed(dialog, monkeypatch):
    from crop_attention.algorithms import widgets

    for there, offered in ((False, ["auto", "cpu"]), (True, ["auto", "cpu", "cuda"])):
        monkeypatch.setattr(widgets.device, "built_for_gpu", lambda there=there: there)
        assert list(widgets.devices()) == offered
    opened, wrappers = dialog("classifycrops")
    assert values_of(opened)["DEVICE"] == "auto"
    wrappers["DEVICE"].setParameterValue("cuda:1", CONTEXT)
    assert values_of(opened)["DEVICE"] == "cuda:1"


def test_choices_are_shown_in_words_and_run_as_their_values(dialog):
    opened, wrappers = dialog("simulatecounty")
    wrapper = wrappers["SCENARIO"]
    shown = wrapper.wrappedWidget().findChild(QComboBox)
    assert [shown.itemText(row) for row in (0, 1, 5)] == ["Temperate Europe", "North Sea", "Shandong"]
    assert values_of(opened)["SCENARIO"] == "temperate_europe"
    wrapper.setParameterValue("shandong", CONTEXT)
    assert shown.currentText() == "Shandong" and values_of(opened)["SCENARIO"] == "shandong"
    shown.setCurrentIndex(1)
    assert values_of(opened)["SCENARIO"] == "north_sea"
    _, wrappers = dialog("cleanmap")
    shown = wrappers["SMOOTHING"].wrappedWidget().findChild(QComboBox)
    assert shown.itemText(2) == "Neighbours in the same parcel (parcels)"


def test_optional_stands_only_where_something_may_be_left_out(dialog):
    opened, _ = dialog("classifycrops")
    shown = titles(opened)
    assert {"Sentinel-2 layers", "Sentinel-1 folder", "Checkpoint", "Device"} <= set(shown)
    assert {"Parcels [optional]", "Season start [optional]"} <= set(shown)
    shown = titles(dialog("designsample")[0])
    assert "Target standard error" in shown and "Sample size [optional]" in shown


def test_every_parameter_is_explained_beside_the_dialog(provider):
    for algorithm in provider.algorithms():
        text = algorithm.shortHelpString()
        for each in algorithm.parameterDefinitions():
            assert each.description().split(" (")[0] in text, (algorithm.name(), each.name())
        if algorithm.groupId() != "models":
            assert text.index("<h3>Parameters</h3>") < text.index("<h3>Outputs</h3>")
            advanced = QgsProcessingParameterDefinition.Flag.FlagAdvanced
            if any(each.flags() & advanced for each in algorithm.parameterDefinitions()):
                assert text.index("<h3>Outputs</h3>") < text.index("<h3>Advanced parameters</h3>")


def test_help_opens_packaged_pages_whose_links_work(provider):
    for algorithm in provider.algorithms():
        page = Path(QUrl(algorithm.helpUrl()).toLocalFile())
        assert page.suffix == ".html" and page.is_file(), algorithm.name()
    text = (page.parent / "README.html").read_text("utf-8")
    assert "<h1" in text and 'href="models_and_batch.html"' in text
    assert '.md"' not in text and (page.parent / "models_and_batch.html").is_file()
    assert 'href="README.html"' in (page.parent / "README.zh_CN.html").read_text("utf-8")
    assert "<code>qgis_process</code>" in text and "<pre>make demo " in text
    used = (page.parent / "using_a_map.html").read_text("utf-8")
    assert "<pre>python -m crop_attention heatmaps" in used and "<i>Attention heatmaps</i>" in used
    for each in page.parent.glob("*.html"):
        text = each.read_text("utf-8")
        assert "|---" not in text and "\ue000" not in text and "\ue001" not in text, each.name
        for link in re.findall(r'(?:href|src)="(?!https?:|#)([^"#]+)', text):
            place = QUrl(link).toLocalFile() if link.startswith("file:") else each.parent / link
            assert Path(place).exists(), (each.name, link)


def test_outputs_of_models_come_in_the_order_of_their_steps(provider):
    [model] = [each for each in provider.algorithms() if each.name() == "mapandassess"]
    copy = model.create()
    assert [each.name() for each in copy.destinationParameterDefinitions()] == [
        "check:REPORT", "classify:CROP_MAP", "classify:CONFIDENCE", "classify:REPORT", "labels:PARCEL_LABELS",
        "accuracy:REPORT", "accuracy:TABLE",
    ]  # fmt: skip


@pytest.fixture
def layers(tmp_path, qgis_processing):
    """A map of maize and winter wheat, and a reference that spells them otherwise, both in the project."""
    codes = np.ones((1, 30, 60), np.uint8)
    path = write_raster(tmp_path / "map.tif", codes, nodata=0)
    dataset = gdal.Open(path, gdal.GA_Update)
    put_legend(dataset, (CropClass(1, "Grain maize", "#e06020"), CropClass(2, "Winter wheat", "#e0b020")))
    dataset = None
    reference = QgsVectorLayer("Polygon?crs=EPSG:32631&field=crop:string", "truth", "memory")
    for number, crop in enumerate(("winter-wheat", "Winter wheats", "rye", "a=b", "fallow", "GRAIN MAIZE")):
        feature = QgsFeature(reference.fields())
        feature.setAttributes([crop])
        feature.setGeometry(QgsGeometry.fromWkt(f"POLYGON({box(10 * number, 2, 8, 8)})"))
        reference.dataProvider().addFeatures([feature])
    found = (QgsRasterLayer(path, "map"), reference)
    QgsProject.instance().addMapLayers(found)
    yield found
    QgsProject.instance().removeMapLayers([layer.id() for layer in found])


@pytest.fixture
def table(dialog, layers):
    """The dialog of 'Assess accuracy' with map, reference and field chosen, and its class table."""
    opened, wrappers = dialog("assessaccuracy")
    for key, value in (("CROP_MAP", layers[0].id()), ("REFERENCE", layers[1].id()), ("CROP_FIELD", "crop")):
        wrappers[key].setParameterValue(value, CONTEXT)
    QApplication.processEvents()
    return opened, wrappers["CLASS_TABLE"]


def rows(wrapper) -> dict[str, str]:
    """Return reference value -> what stands beside it."""
    grid = wrapper.table.table
    return {grid.item(row, 0).text(): grid.cellWidget(row, 1).currentText() for row in range(grid.rowCount())}


def test_the_class_table_is_filled_with_the_nearest_names(table):
    opened, wrapper = table
    assert rows(wrapper) == {
        "GRAIN MAIZE": "Grain maize",
        "Winter wheats": "Winter wheat",
        "a=b": "(no class)",
        "fallow": "(no class)",
        "rye": "(no class)",
        "winter-wheat": "Winter wheat",
    }
    # What the names alone say is not said again, and what no name is near stays without a class.
    assert values_of(opened)["CLASS_TABLE"] == "Winter wheats = Winter wheat"
    shown = wrapper.table.note.text()
    assert "please check: 1." in shown and "Without a class: 3." in shown
    grid = wrapper.table.table
    assert [grid.item(row, 0).font().bold() for row in range(6)] == [False, True, False, False, False, False]
    assert not grid.cellWidget(2, 1).isEnabled()


def test_what_is_chosen_in_the_class_table_stays_when_the_layers_change(table, layers):
    opened, wrapper = table
    choice = wrapper.table.table.cellWidget(3, 1)
    choice.setCurrentText("(leave out)")
    choice.activated.emit(choice.currentIndex())
    layers[1].dataProvider().deleteFeatures([1])
    wrapper.refill()
    assert values_of(opened)["CLASS_TABLE"] == "Winter wheats = Winter wheat\nfallow ="


def test_the_class_table_takes_the_lines_of_earlier_runs_and_files(table):
    opened, wrapper = table
    wrapper.setParameterValue("rye = Winter wheat; oats = Grain maize; fallow =", CONTEXT)
    assert values_of(opened)["CLASS_TABLE"].splitlines() == [
        "Winter wheats = Winter wheat", "fallow =", "rye = Winter wheat", "oats = Grain maize",
    ]  # fmt: skip
    wrapper.setParameterValue("/data/table.csv", CONTEXT)
    assert values_of(opened)["CLASS_TABLE"] == "/data/table.csv"
    wrapper.setParameterValue("no pairs at all", CONTEXT)
    assert values_of(opened)["CLASS_TABLE"] == "no pairs at all"


def test_a_model_takes_these_values_from_its_steps(provider):
    """In the designer QGIS's own widgets stand, as a value may be an input or the output of a step."""
    from crop_attention.algorithms.class_table import ClassTableWidget
    from crop_attention.algorithms.widgets import CheckpointWidget, ChoiceWidget, DeviceWidget, Needed

    class ModelerParametersDialog:
        model, childId, context = QgsProcessingModelAlgorithm(), "step", CONTEXT

    algorithm = QgsApplication.processingRegistry().createAlgorithmById("cropattention:assessaccuracy")
    other = QgsApplication.processingRegistry().createAlgorithmById("cropattention:classifycrops")
    for made, definition in (
        (ClassTableWidget, algorithm.parameterDefinition("CLASS_TABLE")),
        (CheckpointWidget, other.parameterDefinition("CHECKPOINT")),
        (ChoiceWidget, algorithm.parameterDefinition("UNIT")),
        (DeviceWidget, other.parameterDefinition("DEVICE")),
        (Needed, other.parameterDefinition("S2_FOLDER")),
    ):
        assert isinstance(made(definition, ModelerParametersDialog()), QgsProcessingModelerParameterWidget)
