"""What a finished map is used for, through Processing: declarations, cleaning, samples, comparison, fields."""

from __future__ import annotations

import numpy as np
import pytest
from osgeo import gdal, ogr
from qgis.core import (
    QgsCoordinateTransformContext,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
)

from counties import CLASSES, Listener, add_feature, box, class_raster, in_a_thread
from crop_attention.engine.legend import read_legend
from crop_attention.models.card import CropClass
from rasters import write_raster

FIELDS = 18
STEPS = {
    "checkdeclarations": ("Reading parcels", "Judging declarations", "Writing parcels"),
    "cleanmap": ("Choosing classes", "Removing small areas", "Writing the map"),
    "delineatefields": ("Reading the series", "Finding edges and growing fields", "Drawing polygons"),
    "designsample": ("Counting the pixels of each class", "Drawing the sample"),
    "comparemaps": ("Comparing the maps", "Writing the changes"),
}
"""Algorithm -> what its progress says, one after the other."""

USES = tuple(STEPS)


@pytest.fixture
def crop_map(tmp_path):
    """60 x 40 pixels: spring cereals in the west, rapeseed in the east, one lone pixel of each in the other."""
    codes = np.full((40, 60), 3, np.uint8)
    codes[:, 30:] = 5
    codes[5, 5], codes[5, 50] = 5, 3
    return class_raster(tmp_path / "map.tif", codes)


@pytest.fixture
def probabilities(tmp_path):
    """Certain in the west, doubtful in the east."""
    cereals = np.full((40, 60), 0.998, np.float32)
    cereals[:, 30:] = 0.4
    names = [entry.name for entry in CLASSES]
    return write_raster(tmp_path / "probabilities.tif", np.stack([cereals, 1 - cereals]), names, nodata=-1)


@pytest.fixture
def declared(tmp_path):
    """Four parcels and one without geometry, with what they declare."""
    layer = QgsVectorLayer("Polygon?crs=EPSG:32631&field=crop:string&field=light:string", "parcels", "memory")
    shapes = [box(2, 2, 10, 10), box(16, 2, 10, 10), box(34, 2, 10, 10), box(48, 2, 1, 1), None]
    for crop, shape in zip(("spring_cereals", "rapeseed", "spring_cereals", "rapeseed", "rapeseed"), shapes):
        add_feature(layer, [crop, "own"], shape)
    return layer


def test_declarations_get_lights_reasons_and_ranks(run, crop_map, probabilities, declared, tmp_path):
    place, report = str(tmp_path / "checked.gpkg"), tmp_path / "checked.html"
    values = {"CROP_MAP": crop_map, "PROBABILITIES": probabilities, "PARCELS": declared, "DECLARED_FIELD": "crop"}
    results, said, _ = run("checkdeclarations", {**values, "CHECKED": place, "REPORT": str(report)})
    found = list(QgsVectorLayer(place).getFeatures())
    assert [feature["map_light"] for feature in found] == ["green", "red", "yellow", "grey", "grey"]
    assert [feature["light"] for feature in found] == ["own"] * 5
    assert [feature["rank"] or 0 for feature in found] == [0, 1, 2, 0, 0]
    assert found[1]["reason"] == "Observed is Spring cereals; Rapeseed is very improbable."
    assert found[1]["p_observed"] == pytest.approx(99.8, abs=0.1) and found[1]["share"] == 100
    assert found[3]["reason"] == "The parcel holds too few pixels to be judged."
    assert (results["RED"], results["YELLOW"], results["GREEN"], results["GREY"]) == (1, 1, 1, 2)
    # The red one has a probability of .002 and could be of one other crop: .95 x .002 against .05 x .998.
    assert results["EXPECTED_WRONG_REDS"] == pytest.approx(0.0019 / (0.0019 + 0.0499), abs=5e-3)
    assert any(text.startswith("5 parcels: 1 red, 1 yellow, 1 green, 2 grey.") for text in said.infos)
    assert any(
        "Not judged: 1 with too few pixels, 1 where the map shows no crop. Of the red" in text for text in said.infos
    )
    assert "Agreement is never doubted" in report.read_text(encoding="utf-8")


def test_crops_that_the_map_cannot_know_are_named_and_codes_of_public_legends_are_read(
    run, crop_map, declared, tmp_path
):
    for feature, crop in zip(list(declared.getFeatures()), ("3301060401", "1101020002", "cabbage", "cabbage", "hops")):
        declared.dataProvider().changeAttributeValues({feature.id(): {0: crop}})
    place, report = str(tmp_path / "checked.gpkg"), tmp_path / "checked.html"
    values = {"CROP_MAP": crop_map, "PARCELS": declared, "DECLARED_FIELD": "crop", "CHECKED": place}
    _, said, _ = run("checkdeclarations", {**values, "CLASS_TABLE": "hops =", "REPORT": str(report)})
    found = list(QgsVectorLayer(place).getFeatures())
    assert [feature["declared"] for feature in found][:2] == ["Rapeseed", "Spring cereals"]
    read = "Codes of WorldCereal or HCAT are read: 1101020002 as Spring cereals, 3301060401 as Rapeseed."
    absent = "The map has no class for the crop of 2 parcels, which are not judged: cabbage (2). Where it has"
    assert read in said.infos and any(text.startswith(absent) for text in said.warnings)
    assert any(text.endswith("its classes are: Spring cereals, Rapeseed.") for text in said.warnings)
    assert absent in report.read_text(encoding="utf-8") and "3 with a crop for which the map has no class" in " ".join(
        said.infos
    )


def test_groups_and_a_table_change_the_verdict(run, crop_map, probabilities, declared, tmp_path):
    place = str(tmp_path / "checked.gpkg")
    values = {"CROP_MAP": crop_map, "PROBABILITIES": probabilities, "PARCELS": declared, "DECLARED_FIELD": "crop"}
    run("checkdeclarations", {**values, "GROUPS": "Rapeseed + spring cereals", "CHECKED": place})
    assert [feature["map_light"] for feature in QgsVectorLayer(place).getFeatures()][:3] == ["green"] * 3
    run("checkdeclarations", {**values, "CLASS_TABLE": "rapeseed =", "CHECKED": place})
    assert [feature["map_light"] for feature in QgsVectorLayer(place).getFeatures()][1] == "grey"
    for wrong, sentence in (({"DECLARED_FIELD": "corp"}, "no field 'corp'"), ({"GROUPS": "Rice + Rapeseed"}, "'Rice'")):
        with pytest.raises(QgsProcessingException, match=sentence):
            run("checkdeclarations", {**values, **wrong, "CHECKED": str(tmp_path / "none.gpkg")})
    assert not (tmp_path / "none.gpkg").exists()


def test_what_changed_since_the_previous_map_is_told_parcel_by_parcel(run, crop_map, declared, tmp_path):
    codes = np.full((40, 60), 3, np.uint8)
    codes[:, 14:] = 5
    previous = class_raster(tmp_path / "previous.tif", codes)
    place, report = str(tmp_path / "checked.gpkg"), tmp_path / "checked.html"
    values = {"CROP_MAP": crop_map, "PARCELS": declared, "DECLARED_FIELD": "crop", "CHECKED": place}
    results, said, _ = run("checkdeclarations", {**values, "PREVIOUS_CROP_MAP": previous, "REPORT": str(report)})
    found = list(QgsVectorLayer(place).getFeatures())
    # The second parcel was rapeseed, as declared, and is spring cereals now.
    assert [feature["changed"] for feature in found] == [False, True, False, False, False]
    assert (found[1]["light_prev"], found[1]["map_light"], found[1]["obs_prev"]) == ("green", "red", "Rapeseed")
    assert (results["CHANGED"], found[1]["marg_prev"]) == (1, 0)
    assert "another light than in the previous map: 1; with another observed crop: 1." in " ".join(said.infos)
    assert "Since the previous map" in report.read_text(encoding="utf-8")
    previous = class_raster(tmp_path / "other.tif", codes, (CLASSES[0], CropClass(5, "Maize", "#1b7f79")))
    with pytest.raises(QgsProcessingException, match="other classes than the crop map .Maize, Rapeseed."):
        run("checkdeclarations", {**values, "PREVIOUS_CROP_MAP": previous})


def test_a_clean_map_has_no_lone_pixels_and_its_own_legend(run, crop_map, tmp_path):
    place = str(tmp_path / "clean.tif")
    values = {"CROP_MAP": crop_map, "CLEAN_MAP": place, "MINIMUM_AREA": 0.05}
    results, _, _ = run("cleanmap", {**values, "CLASS_TABLE": "Rapeseed = Oilseed #112233"})
    codes = gdal.Open(place).ReadAsArray()
    assert (codes[:, :30] == 3).all() and (codes[:, 30:] == 5).all()
    assert results["CHANGED_SHARE"] == pytest.approx(2 / 2400)
    assert [entry.name for entry in read_legend(place)] == ["Spring cereals", "Oilseed"]
    with pytest.raises(QgsProcessingException, match="need the class probabilities"):
        run("cleanmap", {**values, "SMOOTHING": "neighbours"})


def test_a_sample_is_labelled_and_assessed_as_it_is(run, crop_map, tmp_path):
    place = str(tmp_path / "sample.gpkg")
    results, _, _ = run("designsample", {"CROP_MAP": crop_map, "SAMPLE": place, "SAMPLE_SIZE": 40, "SEED": 3})
    assert results["UNITS"] == 40
    dataset = ogr.Open(place, 1)
    layer = dataset.GetLayer(0)
    for feature in layer:
        feature["reference"] = feature["map_class"]
        layer.SetFeature(feature)
    del feature, layer, dataset
    found, _, _ = run("assessaccuracy", {"CROP_MAP": crop_map, "REFERENCE": place, "CROP_FIELD": "reference"})
    assert (found["OA"], found["UNIT_COUNT"]) == (1.0, 40)


def test_two_maps_are_compared_by_area_parcel_and_reference(run, crop_map, declared, tmp_path):
    codes = gdal.Open(crop_map).ReadAsArray()
    codes[:, :15] = 5
    second = class_raster(tmp_path / "second.tif", codes)
    places = {"CHANGES": str(tmp_path / "changes.tif"), "TABLE": str(tmp_path / "rotation.csv")}
    values = {"FIRST": crop_map, "SECOND": second, "PARCELS": declared, "REFERENCE": declared, "CROP_FIELD": "crop"}
    results, said, _ = run("comparemaps", {**values, **places, "REPORT": str(tmp_path / "report.html")})
    assert results["CHANGED_SHARE"] == pytest.approx(599 / 2400)
    names = {entry.code: entry.name for entry in read_legend(places["CHANGES"])}
    assert names[gdal.Open(places["CHANGES"]).ReadAsArray()[20, 3]] == "Spring cereals to Rapeseed"
    lines = (tmp_path / "rotation.csv").read_text(encoding="utf-8").splitlines()
    assert "Spring cereals,Rapeseed,yes,599,5.99,0.4992,1" in lines
    # Of the four parcels with a shape the first is right in the first map alone, the last in both.
    assert (results["DIFFERENCE"], results["UNITS"]) == (pytest.approx(-0.25), 4)
    assert any("does not show which map is more accurate" in text for text in said.infos)
    assert any("Of 4 parcels with a class in both maps 1 have another one" in text for text in said.infos)
    assert results["CHANGED_PARCELS"] == 1 and "COMPARED" not in results


def test_fields_are_drawn_from_a_series(run, county, checkpoint, tmp_path):
    pytest.importorskip("skimage")
    place = str(tmp_path / "fields.gpkg")
    values = {"S2_FOLDER": county.s2, "CHECKPOINT": checkpoint, "FIELDS": place, "MINIMUM_AREA": 0.2}
    results, _, _ = run("delineatefields", {**values, "GREENEST": -1, "TEXTURE": 1})
    found = list(QgsVectorLayer(place).getFeatures())
    assert len(found) == results["FIELD_COUNT"] > 1
    assert sum(feature["area_ha"] for feature in found) == pytest.approx(results["HECTARES"], abs=1e-2)
    with pytest.raises(QgsProcessingException, match="Nothing in this area looks like a field"):
        run("delineatefields", {**values, "GREENEST": 1})


@pytest.fixture
def asked(crop_map, probabilities, declared, county, checkpoint, tmp_path) -> dict[str, tuple[dict, str, dict]]:
    """Algorithm -> values as any way of use takes them, the output on disk, and the numbers that must come back."""
    options = QgsVectorFileWriter.SaveVectorOptions()
    parcels, second = str(tmp_path / "declared.gpkg"), str(tmp_path / "second.tif")
    QgsVectorFileWriter.writeAsVectorFormatV3(declared, parcels, QgsCoordinateTransformContext(), options)
    codes = gdal.Open(crop_map).ReadAsArray()
    codes[:, :15] = 5
    class_raster(tmp_path / "second.tif", codes)
    mapped = {"CROP_MAP": crop_map}
    lights = {"RED": 1, "YELLOW": 1, "GREEN": 1, "GREY": 2}
    declarations = {**mapped, "PROBABILITIES": probabilities, "PARCELS": parcels, "DECLARED_FIELD": "crop"}
    series = {"S2_FOLDER": county.s2, "CHECKPOINT": checkpoint, "MINIMUM_AREA": 0.2, "GREENEST": -1, "TEXTURE": 1}
    return {
        "checkdeclarations": (declarations, "CHECKED", lights),
        "cleanmap": ({**mapped, "MINIMUM_AREA": 0.05}, "CLEAN_MAP", {"CHANGED_SHARE": 2 / 2400, "OPEN_SHARE": 0.0}),
        "delineatefields": (series, "FIELDS", {"FIELD_COUNT": FIELDS}),
        "designsample": ({**mapped, "SAMPLE_SIZE": 40, "SEED": 3}, "SAMPLE", {"UNITS": 40}),
        "comparemaps": ({"FIRST": crop_map, "SECOND": second}, "CHANGES", {"CHANGED_SHARE": 599 / 2400}),
    }


def _place(folder, output: str) -> str:
    return str(folder / (output.lower() + (".tif" if output in ("CLEAN_MAP", "CHANGES") else ".gpkg")))


def _holds(place: str, results: dict, expected: dict) -> None:
    """Whole outputs and the same numbers whatever the way."""
    layer = gdal.OpenEx(place)
    assert layer is not None
    layers = [layer.GetLayer(number).GetName() for number in range(layer.GetLayerCount())]
    # A GeoPackage holds its style beside its layer.
    assert layer.RasterCount + len([name for name in layers if name != "layer_styles"]) == 1
    assert {key: results[key] for key in expected} == pytest.approx(expected)


@pytest.mark.parametrize("name", USES)
def test_each_runs_as_a_row_of_a_batch_away_from_the_main_thread(provider, asked, tmp_path, name):
    if name == "delineatefields":
        pytest.importorskip("skimage")
    values, output, expected = asked[name]
    place, context = _place(tmp_path, output), QgsProcessingContext()
    context.setProject(QgsProject.instance())
    feedback = QgsProcessingFeedback()
    fine, results = in_a_thread(name, {**values, output: place}, context, feedback)
    assert fine, feedback.textLog()
    _holds(place, results, expected)


@pytest.mark.parametrize("name, title", [(name, title) for name in USES for title in STEPS[name]])
def test_each_says_what_it_does_and_a_cancel_leaves_nothing(run, asked, tmp_path, name, title):
    if name == "delineatefields":
        pytest.importorskip("skimage")
    values, output, _ = asked[name]
    folder = tmp_path / "out"
    folder.mkdir()
    listener = Listener(cancel_at=title)
    with pytest.raises(QgsProcessingException, match="cancelled; nothing was written"):
        run(name, {**values, output: _place(folder, output)}, listener)
    assert listener.titles == list(STEPS[name][: STEPS[name].index(title) + 1])
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", USES)
def test_each_runs_through_qgis_process(qgis_process, asked, tmp_path, name):
    if name == "delineatefields":
        pytest.importorskip("skimage")
    values, output, expected = asked[name]
    place = _place(tmp_path, output)
    _holds(place, qgis_process.run(f"cropattention:{name}", **values, **{output: place}), expected)


def test_all_of_them_run_in_one_model(provider, asked, tmp_path):
    pytest.importorskip("skimage")
    model, places = QgsProcessingModelAlgorithm("use", "tests"), {}
    for name, (values, output, _) in asked.items():
        step = QgsProcessingModelChildAlgorithm(f"cropattention:{name}")
        step.setChildId(name)
        for key, value in values.items():
            step.addParameterSources(key, [QgsProcessingModelChildParameterSource.fromStaticValue(value)])
        if name == "comparemaps":
            # The first map is the one that an earlier step has cleaned.
            source = QgsProcessingModelChildParameterSource.fromChildOutput("cleanmap", "CLEAN_MAP")
            step.addParameterSources("FIRST", [source])
        given = QgsProcessingModelOutput(output, output)
        given.setChildId(name)
        given.setChildOutputName(output)
        step.setModelOutputs({output: given})
        model.addChildAlgorithm(step)
        places[f"{name}:{output}"] = _place(tmp_path, output)
    model.updateDestinationParameters()
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    results, fine = model.run(places, context, feedback)
    assert fine, feedback.textLog()
    for name, (_, output, expected) in asked.items():
        found = results["CHILD_RESULTS"][name]
        # Without its two lone pixels the first map differs from the second in two more.
        own = {"CHANGED_SHARE": 601 / 2400} if name == "comparemaps" else expected
        _holds(places[f"{name}:{output}"], found, own)
