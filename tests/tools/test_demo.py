"""The demo scores parcels against the truth, and its project opens with every layer styled and grouped."""

from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, ogr, osr

from crop_attention.tools.demo import score_parcels
from crop_attention.tools.demo_project import PREVIEW, PROJECT, Run, build_project
from crop_attention.tools.qgis_process import ProcessError, QgisProcess
from rasters import ORIGIN, crs_wkt, write_raster

CODES = np.repeat(np.array([[1, 4, 4, 14]], dtype=np.uint8), 4, axis=0).repeat(4, axis=0).repeat(4, axis=1)
"""16 x 16 pixels: four strips of four columns."""


def write_parcels(path: Path, labels: list[int]) -> None:
    """One parcel of 3 x 3 pixels in the middle of each strip, with its label."""
    names = {0: None, 1: "Winter cereals", 4: "Maize", 5: "Rapeseed", 14: "Not cropland"}
    target = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    layer = target.CreateLayer("parcels", osr.SpatialReference(crs_wkt(32631)), ogr.wkbPolygon)
    for name, kind in (("crop_code", ogr.OFTInteger), ("crop_name", ogr.OFTString), ("crop_share", ogr.OFTReal)):
        layer.CreateField(ogr.FieldDefn(name, kind))
    for strip, code in enumerate(labels):
        west, north = ORIGIN[0] + 40 * strip + 5, ORIGIN[1] - 25
        ring = f"{west} {north}, {west + 30} {north}, {west + 30} {north - 90}, {west} {north - 90}, {west} {north}"
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetGeometry(ogr.CreateGeometryFromWkt(f"POLYGON (({ring}))"))
        feature["crop_code"], feature["crop_share"] = code, 0.9
        if names[code]:
            feature["crop_name"] = names[code]
        layer.CreateFeature(feature)
    target = None


def write_classes(path: Path) -> None:
    """A crop map with a legend."""
    write_raster(path, CODES, nodata=0)
    dataset = gdal.Open(str(path), gdal.GA_Update)
    band, colours = dataset.GetRasterBand(1), gdal.ColorTable()
    for code, colour in ((1, (230, 180, 34)), (4, (232, 96, 28)), (14, (189, 189, 189))):
        colours.SetColorEntry(code, (*colour, 255))
    band.SetRasterColorTable(colours)
    band.SetRasterCategoryNames(["No data", "Winter cereals", "", "", "Maize", *[""] * 9, "Not cropland"])


@pytest.fixture(scope="module")
def demo(tmp_path_factory, qgis_app):
    folder = tmp_path_factory.mktemp("demo")
    county = folder / "county"
    chance = np.random.default_rng(1)
    write_classes(folder / "crop_map.tif")
    write_raster(folder / "confidence.tif", chance.integers(40, 100, (1, 16, 16)), dtype="uint8")
    for name, bands in (
        ("probabilities", ("Winter cereals", "Maize", "Not cropland")),
        ("temporal_attention", ("2022-10-01 to 2022-10-15", "2022-10-16 to 2022-10-30")),
        ("channel_attention", ("B04", "B08", "Share of Sentinel-1")),
        ("spatial_attention", ("Spatial attention",)),
    ):
        write_raster(folder / f"{name}.tif", chance.random((len(bands), 16, 16)).astype("float32"), bands)
    write_parcels(folder / "parcel_labels.gpkg", [1, 4, 5, 14])
    county.mkdir()
    write_classes(county / "truth.tif")
    write_parcels(county / "parcels.gpkg", [1, 4, 4, 14])
    bands = ("B03", "B04", "B08", "SCL")
    for day, scene in (("20230501", 4), ("20230601", 9)):
        cube = np.stack([*chance.integers(300, 4000, (3, 16, 16)), np.full((16, 16), scene)])
        write_raster(county / "sentinel2" / f"S2_L2A_31UDS_{day}T104500.tif", cube, bands, dtype="uint16")
    for day in ("20230120", "20230503"):
        cube = chance.normal(-12, 2, (2, 16, 16)).astype("float32")
        write_raster(county / "sentinel1" / f"S1_GRD_ASC_{day}T173000_VV_VH.tif", cube, ("VV", "VH"))
    build_project(Run(folder, county, "3 of 4 parcels right"))
    return folder


@pytest.fixture(scope="module")
def project(demo):
    from qgis.core import QgsProject

    opened = QgsProject()
    assert opened.read(str(demo / PROJECT))
    yield opened
    opened.clear()


def test_parcels_are_scored_against_the_majority_of_the_truth(tmp_path):
    write_classes(tmp_path / "truth.tif")
    write_parcels(tmp_path / "labels.gpkg", [1, 4, 5, 0])
    score = score_parcels(tmp_path / "labels.gpkg", tmp_path / "truth.tif")
    assert (score.parcels, score.labelled, score.right) == (4, 3, 2)
    assert score.accuracy == pytest.approx(2 / 3)


def test_the_project_groups_its_layers_in_the_order_they_are_read(project):
    root = project.layerTreeRoot()
    found = {group.name(): [node.name() for node in group.findLayers()] for group in root.children()}
    assert list(found) == ["Parcels", "Crop map", "Confidence", "Attention", "Inputs"]
    assert found["Attention"] == [
        "Temporal attention", "Channel attention", "Share of Sentinel-1", "Spatial attention",
    ]  # fmt: skip
    assert found["Inputs"] == [
        "Sentinel-2, 2023-05-01, false colour", "Sentinel-1, 2023-05-03", "Truth of the simulation",
        "Parcels as declared",
    ]  # fmt: skip


def test_every_layer_of_the_project_opens_and_lies_beside_it(demo, project):
    layers = project.mapLayers().values()
    assert len(layers) == 12
    assert [layer.name() for layer in layers if not layer.isValid()] == []
    assert str(demo) not in "".join(project.writePath(layer.source()) for layer in layers)


def test_layers_keep_their_style_in_the_project(project):
    crop_map = project.mapLayersByName("Crop map")[0].renderer()
    assert {entry.value: entry.label for entry in crop_map.classes()} == {
        1: "Winter cereals", 4: "Maize", 14: "Not cropland",
    }  # fmt: skip
    assert project.mapLayersByName("Parcel labels")[0].renderer().type() == "categorizedSymbol"
    assert project.mapLayersByName("Share of Sentinel-1")[0].renderer().usesBands() == [3]
    image = project.mapLayersByName("Sentinel-2, 2023-05-01, false colour")[0].renderer()
    assert (image.redBand(), image.greenBand(), image.blueBand()) == (3, 2, 1)


def test_only_parcels_and_crop_map_are_switched_on(project):
    shown = [node.name() for node in project.layerTreeRoot().findLayers() if node.isVisible()]
    assert shown == ["Parcel labels", "Crop map"]


def test_the_temporal_controller_opens_on_the_season(project):
    season = project.timeSettings().temporalRange()
    assert season.begin().toString("yyyy-MM-dd") == "2022-10-01"
    assert season.end().toString("yyyy-MM-dd") == "2022-10-30"


def test_the_preview_shows_the_colours_of_the_crop_map(demo):
    picture = gdal.Open(str(demo / PREVIEW)).ReadAsArray()[:3]
    assert picture.shape[1] > 1000
    # The strip of maize lies under no parcel near its upper edge.
    maize = np.abs(picture.astype(int) - np.array([232, 96, 28])[:, None, None]).sum(axis=0) < 12
    assert maize.sum() > 10_000


def test_qgis_process_runs_an_algorithm_and_returns_its_results(qgis_process, tmp_path):
    write_parcels(tmp_path / "a.gpkg", [1, 4])
    write_parcels(tmp_path / "b.gpkg", [5])
    inputs = [str(tmp_path / "a.gpkg"), str(tmp_path / "b.gpkg")]
    made = qgis_process.run("native:mergevectorlayers", LAYERS=inputs, CRS=None, OUTPUT=str(tmp_path / "c.gpkg"))
    labelled = ogr.Open(made["OUTPUT"])  # a layer must not outlive it
    assert labelled.GetLayer(0).GetFeatureCount() == 3


def test_qgis_process_says_what_failed(qgis_process):
    with pytest.raises(ProcessError, match="native:nothing"):
        qgis_process.run("native:nothing")


def test_enabling_twice_is_no_error(qgis_process):
    qgis_process.enable()
    assert qgis_process.peaks[-1] > 20
    assert "cropattention" in qgis_process.call("list")


def test_a_private_profile_inherits_no_other_profile(tmp_path, monkeypatch):
    monkeypatch.setenv("QGIS_CUSTOM_CONFIG_PATH", "elsewhere")
    process = QgisProcess(tmp_path / "home", tmp_path)
    assert "QGIS_CUSTOM_CONFIG_PATH" not in process.environment()
    assert process.environment()["HOME"] == str(tmp_path / "home")
