"""What can be checked before a run is checked before a run, in sentences that say what to do."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from osgeo import ogr, osr
from qgis.core import QgsProcessingContext, QgsProcessingException, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QDate

from counties import SHAPES, write_parcels
from rasters import write_raster


@pytest.fixture
def series(county, checkpoint):
    """Values that a run needs."""
    return {"S2_FOLDER": county.s2, "S1_FOLDER": county.s1, "CHECKPOINT": checkpoint, "CROP_MAP": "TEMPORARY_OUTPUT"}


def test_good_values_pass(refusal, series, county):
    assert refusal("classifycrops", series) == ""
    assert refusal("classifycrops", {**series, "PARCELS": county.parcels, "SEASON_START": "2018-03-01"}) == ""
    assert refusal("classifycrops", {**series, "SEASON_START": "2018"}) == ""
    assert refusal("classifycrops", {**series, "SEASON_START": 2018}) == ""
    assert refusal("classifycrops", {**series, "SEASON_START": QDate(2018, 3, 1), "DEVICE": "cuda:1"}) == ""
    assert refusal("checkseries", series) == ""
    assert refusal("classifycrops", series) == ""


@pytest.mark.parametrize("name", ["classifycrops", "attentionheatmaps", "checkseries", "classifycounties"])
def test_sensors_that_changed_places_are_told_by_their_names(refusal, series, county, name):
    message = refusal(name, {**series, "S2_FOLDER": county.s1, "S1_FOLDER": county.s2})
    assert f"'{county.s1}' is given as Sentinel-2 and holds files named as Sentinel-1" in message
    assert f"'{county.s2}' is given as Sentinel-1 and holds files named as Sentinel-2" in message


def test_counties_ask_for_a_folder_that_stays(refusal, series, county):
    values = {**series, "COUNTIES": county.parcels, "COUNTY_FIELD": "crop_name"}
    assert "Choose an output folder" in refusal("classifycounties", {**values, "OUTPUT_FOLDER": "TEMPORARY_OUTPUT"})
    assert "Choose an output folder" not in refusal("classifycounties", {**values, "OUTPUT_FOLDER": "/tmp/counties"})


def test_counties_are_told_what_their_checkpoint_lacks(refusal, series, county, tmp_path):
    from crop_attention.models.checkpoint import save
    from crop_attention.models.registry import build
    from small_networks import small_card

    card, place = small_card("unet3d", s1=()), str(tmp_path / "optical.safetensors")
    save(place, build(card), card)
    values = {**series, "COUNTIES": county.parcels, "COUNTY_FIELD": "crop_name", "CHECKPOINT": place}
    values.update(OUTPUT_FOLDER=str(tmp_path / "out"), OUTPUTS=[0, 4])
    message = refusal("classifycounties", {**values, "S2_FOLDER": ""})
    assert "'small_unet3d' was made for Sentinel-2, of which nothing is given" in message
    assert "which has no temporal attention; leave that out" in message


@pytest.mark.parametrize("name", ["classifycrops", "attentionheatmaps", "checkseries"])
def test_no_series_at_all_is_refused(refusal, name):
    message = refusal(name, {"S2": [], "S1_FOLDER": "", "REPORT": "TEMPORARY_OUTPUT", "CROP_MAP": "TEMPORARY_OUTPUT"})
    assert "No series is given; choose Sentinel-2 or Sentinel-1 layers, or a folder that holds them." in message


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"SEASON_START": "spring"}, "The season start 'spring' is not a date; write year-month-day"),
        ({"CHECKPOINT": "/nowhere/best.safetensors"}, "The checkpoint '/nowhere/best.safetensors' does not exist"),
        ({"S2_FOLDER": "/nowhere/sentinel2"}, "The folder '/nowhere/sentinel2' does not exist"),
        ({"S2": ["/nowhere/a.tif", "/nowhere/b.tif"]}, "The raster '/nowhere/b.tif' does not exist"),
        ({"DEVICE": "gpu"}, "The device 'gpu' is not known; choose auto, cpu, cuda or cuda:N"),
        ({"EXTENT": "3,4,50,51"}, "The extent has no CRS"),
        ({"CROP_MAP": "/tmp/map.png"}, "The output '/tmp/map.png' must be a GeoTIFF"),
        ({"CONFIDENCE": "/tmp/confidence.img"}, "The output '/tmp/confidence.img' must be a GeoTIFF"),
        (
            {"REPORT": "/tmp/report.pdf"},
            "The report '/tmp/report.pdf' is a web page; give it a name",
        ),
        ({"PARCELS_ONLY": True}, "PARCELS_ONLY needs a parcel layer"),
        ({"PARCEL_LABELS": "/tmp/labels.gpkg"}, "Parcel labels need a parcel layer"),
        ({"PARCELS": "/nowhere/parcels.gpkg"}, "The parcel layer '/nowhere/parcels.gpkg' cannot be opened"),
    ],
)
def test_bad_value_is_refused_in_a_sentence_that_names_it(refusal, series, changes, sentence):
    message = refusal("classifycrops", {**series, **changes})
    assert sentence in message
    assert len(message.splitlines()) == 1


def test_all_culprits_are_named_at_once(refusal, series):
    message = refusal("classifycrops", {**series, "SEASON_START": "2018-13-01", "DEVICE": "gpu", "CROP_MAP": "a.jpg"})
    assert len(message.splitlines()) == 3
    assert "2018-13-01" in message and "gpu" in message and "a.jpg" in message


@pytest.mark.parametrize(
    "shapes, options, sentence",
    [
        (SHAPES, {"epsg": None}, "The parcel layer 'parcels' has no CRS; set it in the properties of the layer."),
        ((), {}, "The parcel layer 'parcels' is empty"),
        ((("point", "POINT(1 2)"),), {"kind": ogr.wkbPoint}, "parcels.gpkg contains no polygons"),
        ((("row", None),), {"kind": ogr.wkbNone}, "parcels.gpkg contains no polygons"),
    ],
)
def test_unusable_parcels_are_refused(refusal, series, county, tmp_path, shapes, options, sentence):
    path = write_parcels(tmp_path / "parcels.gpkg", shapes, **options)
    assert sentence in refusal("classifycrops", {**series, "PARCELS": path})
    assert sentence in refusal(
        "parcellabels", {"CROP_MAP": _any(county.s2), "PARCELS": path, "PARCEL_LABELS": "memory:"}
    )


def test_layers_that_are_no_files_are_named(refusal, series):
    layer = QgsRasterLayer("type=xyz&url=http://localhost/{z}/{x}/{y}.png", "Basemap", "wms")
    QgsProject.instance().addMapLayer(layer)
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    try:
        message = refusal("classifycrops", {**series, "S2": [layer.id()]}, context)
        assert "The layer 'Basemap' is not a raster file; save it as GeoTIFF and choose that." in message
    finally:
        QgsProject.instance().removeMapLayer(layer.id())


def test_heatmaps_without_any_output_are_refused(refusal, series):
    assert "No output is requested" in refusal("attentionheatmaps", series)
    assert refusal("attentionheatmaps", {**series, "SPATIAL_ATTENTION": "TEMPORARY_OUTPUT"}) == ""


def test_heatmaps_that_a_network_does_not_have_are_refused(refusal, series, tmp_path):
    from crop_attention.models import checkpoint as checkpoints
    from crop_attention.models.registry import build
    from small_networks import small_card

    card = small_card("unet3d")
    place = str(tmp_path / "unet3d.safetensors")
    checkpoints.save(place, build(card), card)
    plain = {**series, "CHECKPOINT": place}
    assert refusal("classifycrops", plain) == ""
    message = refusal("classifycrops", {**plain, "TEMPORAL_ATTENTION": "TEMPORARY_OUTPUT"})
    assert message == (
        "The checkpoint 'small_unet3d' holds the network 3D U-Net, which has no temporal attention; leave that out, "
        "or choose another checkpoint."
    )
    del plain["CROP_MAP"]
    assert "temporal attention or spatial attention" in refusal(
        "attentionheatmaps", {**plain, "TEMPORAL_ATTENTION": "a.tif", "SPATIAL_ATTENTION": "b.tif"}
    )


def test_impossible_county_is_refused(refusal):
    message = refusal("simulatecounty", {"SIZE": 64, "CLOUDINESS": 0.5, "OUTPUT_FOLDER": "/tmp/c", "SCENARIO": "moon"})
    assert message
    assert refusal("simulatecounty", {"SIZE": 64, "OUTPUT_FOLDER": "/tmp/c", "SCENARIO": "north_sea"}) == ""


def test_missing_torch_is_said_with_the_line_that_installs_it(refusal, series, monkeypatch):
    import numpy

    from crop_attention.algorithms import torch_check

    monkeypatch.setattr(torch_check, "find_spec", lambda name: None if name == "torch" else object())
    message = refusal("traincheckpoint", series)
    assert "(torch missing)" in message and "Set up torch" in message
    assert "-m pip install" in message and f" torch numpy=={numpy.__version__}" in message
    assert refusal("checkseries", series) == ""
    assert refusal("classifycrops", series) == ""


def test_gdal_without_arrays_is_said_in_one_sentence(run, series, monkeypatch):
    from crop_attention.algorithms import torch_check

    def broken(name):
        if name == "osgeo.gdal_array":
            raise ImportError("numpy.core.multiarray failed to import")
        return object()

    monkeypatch.setattr(torch_check, "import_module", broken)
    with pytest.raises(QgsProcessingException, match="gdal_array is installed but does not load .*multiarray.*pip"):
        run("classifycrops", series)


def test_unforeseen_error_is_one_sentence_and_its_trace_is_logged(run, series, monkeypatch):
    from qgis.core import QgsApplication

    from crop_attention.engine.jobs import check

    logged = []
    QgsApplication.messageLog().messageReceived.connect(lambda text, tag, level: logged.append((tag, text)))

    def fail(request, card, feedback):
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr(check, "prepare_series", fail)
    with pytest.raises(QgsProcessingException, match=r"unforeseen error .*ZeroDivisionError: division by zero"):
        run("checkseries", series)
    assert [tag for tag, text in logged if "Traceback" in text and "ZeroDivisionError" in text] == ["Crop Attention"]


def _any(folder: str) -> str:
    return str(next(Path(folder).glob("*.tif")))


@pytest.mark.parametrize(
    "values, reason",
    [
        ({"OPTICAL_SCALE": "0,0001"}, "'0,0001' for OPTICAL_SCALE is not a number"),
        ({"OPTICAL_SCALE": 0}, "0 for OPTICAL_SCALE would make all reflectance zero"),
        ({"CLOUD_MARGIN": "wide"}, "'wide' for CLOUD_MARGIN is not a number"),
        ({"RESOLUTION": "nan"}, "'nan' for RESOLUTION is not a finite number"),
        ({"TILE_SIZE": "256.5"}, "'256.5' for TILE_SIZE is not a whole number"),
        ({"OPTICAL_OFFSET": "1_000"}, "'1_000' for OPTICAL_OFFSET is not a number"),
    ],
)
def test_text_that_is_no_number_is_refused(refusal, values, reason):
    assert reason in refusal("classifycrops", values)


def test_a_checkpoint_goes_by_its_name(refusal, tmp_path):
    assert "extension" not in refusal("checkseries", {"CHECKPOINT": "shandong", "S2_FOLDER": str(tmp_path)})


def test_files_of_another_kind_are_told_by_name(refusal, series, county, labelled, tmp_path):
    other = tmp_path / "map.tif"
    other.write_bytes(b"no weights at all")
    for name in ("classifycrops", "attentionheatmaps", "checkseries", "classifycounties"):
        assert "The checkpoint 'map.tif' is broken" in refusal(name, {**series, "CHECKPOINT": str(other)})
    for name in ("checkdeclarations", "designsample", "cleanmap", "parcellabels"):
        values = {"CROP_MAP": labelled, "PARCELS": labelled, "DECLARED_FIELD": "kind"}
        assert "for CROP_MAP cannot be read as a raster" in refusal(name, values)


@pytest.mark.parametrize(
    "what, epsg",
    # QGIS 3.40 takes the undefined CRS of a GeoPackage for one; the engine refuses it.
    [("has no (CRS; set it|coordinate reference system: assign)", 0), ("is empty; choose another", 32631)],
)
def test_a_reference_file_without_crs_or_features_is_refused(refusal, tmp_path, what, epsg):
    path, crs = str(tmp_path / "truth.gpkg"), None
    if epsg:
        crs = osr.SpatialReference()
        crs.ImportFromEPSG(epsg)
    file = ogr.GetDriverByName("GPKG").CreateDataSource(path)
    layer = file.CreateLayer("truth", crs, ogr.wkbPolygon)
    layer.CreateField(ogr.FieldDefn("crop", ogr.OFTString))
    if not epsg:
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetGeometry(ogr.CreateGeometryFromWkt("POLYGON((0 0,0 9,9 9,9 0,0 0))"))
        layer.CreateFeature(feature)
    feature = layer = file = None
    crop_map = write_raster(tmp_path / "map.tif", np.ones((1, 9, 9), np.uint8), nodata=0)
    message = refusal("assessaccuracy", {"CROP_MAP": crop_map, "REFERENCE": path, "CROP_FIELD": "crop"})
    assert re.search(f"The reference .*truth.* {what}", message)
