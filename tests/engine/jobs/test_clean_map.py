"""A cleaned map: joined classes, small areas, smoothing, open pixels, one answer whatever the strips."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, ogr

from crop_attention.engine.cleaning.options import NEIGHBOURS, PARCELS, CleaningOptions
from crop_attention.engine.errors import MapError, OutputError, ParcelError
from crop_attention.engine.jobs.clean_map import CleanMapRequest, check, clean_map, unused
from crop_attention.engine.legend import put_legend, read_legend
from crop_attention.engine.parcels import frame as frame_module
from crop_attention.models.card import CropClass
from parcel_labels import Notes
from rasters import ORIGIN, write_raster

CLASSES = (
    CropClass(1, "Winter wheat", "#aa0000"),
    CropClass(2, "Winter barley", "#00aa00"),
    CropClass(3, "Maize", "#0000aa"),
)
NO_SIEVE = CleaningOptions(minimum_area=0)


def class_raster(path: Path, codes) -> str:
    written = write_raster(path, np.asarray(codes), dtype="uint8")
    dataset = gdal.Open(written, gdal.GA_Update)
    put_legend(dataset, CLASSES)
    dataset.GetRasterBand(1).SetNoDataValue(0)
    del dataset
    return written


def probability_raster(path: Path, values: np.ndarray) -> str:
    names = [entry.name for entry in CLASSES]
    return write_raster(path, np.asarray(values, np.float32), names, dtype="float32", nodata=-1)


def box(left: float, top: float, right: float, bottom: float) -> bytes:
    """Return the WKB of a rectangle in pixels from the upper left corner."""
    x0, y0 = ORIGIN
    ring = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    text = ", ".join(f"{x0 + 10 * x} {y0 - 10 * y}" for x, y in ring)
    return bytes(ogr.CreateGeometryFromWkt(f"POLYGON(({text}))").ExportToIsoWkb(ogr.wkbNDR))


def codes_of(path) -> np.ndarray:
    return gdal.Open(str(path)).ReadAsArray()


@pytest.fixture
def islands(tmp_path: Path) -> str:
    """20 x 20 pixels of wheat with islands of 1, 4 and 9 pixels of maize, and a corner without data."""
    codes = np.ones((20, 20), int)
    codes[2, 2] = 3
    codes[6:8, 6:8] = 3
    codes[12:15, 12:15] = 3
    codes[:2, 15:] = 0
    return class_raster(tmp_path / "map.tif", codes)


def test_areas_under_the_minimum_go_to_their_neighbour(islands, tmp_path):
    out = tmp_path / "clean.tif"
    found = clean_map(CleanMapRequest(islands, str(out), options=CleaningOptions(minimum_area=0.05)))
    codes = codes_of(out)
    assert (codes == 3).sum() == 9
    assert codes[2, 2] == 1
    assert (codes == 0).sum() == 10
    assert found.changed == 5
    assert found.opened == 0


def test_a_class_may_have_a_minimum_area_of_its_own(islands, tmp_path):
    out = tmp_path / "clean.tif"
    options = CleaningOptions(minimum_area=0, class_areas={"Maize": 0.1})
    clean_map(CleanMapRequest(islands, str(out), options=options))
    assert (codes_of(out) == 3).sum() == 0
    with pytest.raises(MapError, match="'Rice'.*not a class"):
        check(CleanMapRequest(islands, str(out), options=replace(options, class_areas={"Rice": 1})))


def test_classes_are_joined_with_their_legend(tmp_path):
    source = class_raster(tmp_path / "map.tif", [[1, 2, 3], [2, 1, 0]])
    table = {"Winter wheat": "Winter cereals #112233", "winter_barley": "Winter cereals", "Maize": ""}
    out = tmp_path / "clean.tif"
    clean_map(CleanMapRequest(source, str(out), table=table, options=NO_SIEVE))
    assert codes_of(out).tolist() == [[1, 1, 0], [1, 1, 0]]
    assert read_legend(str(out)) == (CropClass(1, "Winter cereals", "#112233"),)


def test_probabilities_of_joined_classes_add_up(tmp_path):
    source = class_raster(tmp_path / "map.tif", [[3, 3]])
    values = np.array([[[0.3, 0.2]], [[0.3, 0.2]], [[0.4, 0.6]]])
    chances = probability_raster(tmp_path / "p.tif", values)
    table = {"Winter wheat": "Cereals", "Winter barley": "Cereals"}
    out = tmp_path / "clean.tif"
    clean_map(CleanMapRequest(source, str(out), probabilities=chances, table=table, options=NO_SIEVE))
    assert codes_of(out).tolist() == [[1, 3]]


def test_uncertain_pixels_are_left_open(tmp_path):
    source = class_raster(tmp_path / "map.tif", [[1, 1, 1]])
    values = np.array([[[0.9, 0.5, 0.45]], [[0.1, 0.45, 0.1]], [[0.0, 0.05, 0.45]]])
    chances = probability_raster(tmp_path / "p.tif", values)
    out = tmp_path / "clean.tif"
    confident = replace(NO_SIEVE, least_confidence=48)
    found = clean_map(CleanMapRequest(source, str(out), probabilities=chances, options=confident))
    assert codes_of(out).tolist() == [[1, 1, 0]]
    assert found.opened == 1
    apart = replace(NO_SIEVE, least_margin=20)
    clean_map(CleanMapRequest(source, str(out), probabilities=chances, options=apart))
    assert codes_of(out).tolist() == [[1, 0, 0]]


def test_confidence_alone_can_leave_pixels_open(tmp_path):
    source = class_raster(tmp_path / "map.tif", [[1, 2, 3]])
    confidence = write_raster(tmp_path / "c.tif", np.array([[90, 40, 255]]), dtype="uint8", nodata=255)
    out = tmp_path / "clean.tif"
    options = replace(NO_SIEVE, least_confidence=50)
    clean_map(CleanMapRequest(source, str(out), confidence=confidence, options=options))
    assert codes_of(out).tolist() == [[1, 0, 0]]


def test_inputs_that_the_options_do_not_use_are_named(tmp_path):
    source = class_raster(tmp_path / "map.tif", [[1, 2, 3]])
    confidence = write_raster(tmp_path / "c.tif", np.array([[90, 40, 255]]), dtype="uint8", nodata=255)
    told = Notes()
    request = CleanMapRequest(source, str(tmp_path / "clean.tif"), confidence=confidence, options=NO_SIEVE)
    clean_map(replace(request, parcels=_Parcels([box(0, 0, 2, 1)])), told)
    assert told.warnings == [
        "The parcels are not used: only with 'parcels' as --smoothing is the map smoothed within them.",
        "The confidence is not used: --least-confidence is 0.",
    ]
    certain = replace(request, options=replace(NO_SIEVE, least_confidence=50))
    assert unused(certain) == []
    chosen = replace(certain, probabilities="p.tif")
    assert unused(chosen) == ["The confidence is not used: the class probabilities tell it."]


def test_neighbours_outvote_a_lone_pixel_and_parcels_keep_their_edge(tmp_path):
    values = np.zeros((3, 9, 9))
    values[0, :, :5] = 0.8
    values[2, :, :5] = 0.2
    values[2, :, 5:] = 1.0
    values[0, 4, 2], values[2, 4, 2] = 0.3, 0.7
    source = class_raster(tmp_path / "map.tif", np.where(values[0] > values[2], 1, 3))
    chances = probability_raster(tmp_path / "p.tif", values)
    out = tmp_path / "clean.tif"
    clean_map(CleanMapRequest(source, str(out), probabilities=chances, options=replace(NO_SIEVE, smoothing=NEIGHBOURS)))
    assert codes_of(out)[4, 2] == 1
    # A strip one pixel wide at the edge of a parcel is lost to its neighbours, but not within its parcel.
    values = np.zeros((3, 9, 9))
    values[2] = 1.0
    values[0, :, 4], values[2, :, 4] = 0.9, 0.1
    chances = probability_raster(tmp_path / "p.tif", values)
    strip = _Parcels([box(4, 0, 5, 9)])
    for smoothing, expected in ((NEIGHBOURS, 3), (PARCELS, 1)):
        request = CleanMapRequest(
            source, str(out), probabilities=chances, parcels=strip, options=replace(NO_SIEVE, smoothing=smoothing)
        )
        clean_map(request)
        assert codes_of(out)[4, 4] == expected


def test_what_lies_off_the_cropland_mask_is_taken_out(islands, tmp_path):
    mask = write_raster(tmp_path / "mask.tif", np.tile([1, 0], (10, 5)), dtype="uint8", pixel=20.0)
    out = tmp_path / "clean.tif"
    clean_map(CleanMapRequest(islands, str(out), mask=mask, options=NO_SIEVE))
    codes = codes_of(out)
    assert (codes[:, 2:4] == 0).all()
    assert (codes[5, 0:2] == 1).all()


@pytest.mark.parametrize("dtype", ["int16", "uint32", "float32"])
def test_a_cropland_mask_holds_any_numbers_and_only_those_named_are_cropland(islands, tmp_path, dtype):
    # Of 20 columns the mask covers 16, the first of which have no data.
    values = np.repeat([[9, 211, 230, 240, 1000, 0, 211, 212]], 10, axis=0)
    mask = write_raster(tmp_path / "mask.tif", values, dtype=dtype, pixel=20.0, nodata=9)
    for cropland, kept in (("", (2, 4, 6, 8, 12, 14)), ("211-223; 1000", (2, 8, 12, 14)), ("0", (10,))):
        out = tmp_path / "clean.tif"
        clean_map(CleanMapRequest(islands, str(out), mask=mask, options=replace(NO_SIEVE, cropland=cropland)))
        assert np.flatnonzero(codes_of(out).any(axis=0)).tolist() == [col + n for col in kept for n in (0, 1)]
    tags = gdal.Info(str(out), format="json")["metadata"][""]
    assert "cropland mask mask.tif 0" in tags["CLEANING"]


@pytest.mark.parametrize("rows", [1, 3, 7, 64])
def test_the_height_of_strips_changes_nothing(tmp_path, monkeypatch, rows):
    rng = np.random.default_rng(5)
    values = rng.dirichlet([1, 1, 1], (40, 30)).transpose(2, 0, 1)
    values[:, 5:9, 5:9] = -1
    source = class_raster(tmp_path / "map.tif", np.where(values[0] < 0, 0, values.argmax(0) + 1))
    chances = probability_raster(tmp_path / "p.tif", values)
    parcels = _Parcels([box(3, 3, 20, 25), box(15, 10, 29, 38), None])
    options = CleaningOptions(minimum_area=0.04, smoothing=PARCELS, radius=2, least_margin=3)
    request = CleanMapRequest(source, str(tmp_path / "a.tif"), probabilities=chances, parcels=parcels, options=options)
    clean_map(request)
    monkeypatch.setattr(frame_module, "STRIP_PIXELS", 30 * rows)
    clean_map(replace(request, clean_map=str(tmp_path / "b.tif")))
    assert (codes_of(tmp_path / "a.tif") == codes_of(tmp_path / "b.tif")).all()
    assert len(np.unique(codes_of(tmp_path / "a.tif"))) == 4


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"options": CleaningOptions(smoothing=NEIGHBOURS)}, "need the class probabilities"),
        ({"options": CleaningOptions(least_margin=5)}, "need the class probabilities"),
        ({"options": CleaningOptions(least_confidence=5)}, "needs the confidence"),
        ({"options": CleaningOptions(cropland="40")}, "without a cropland mask"),
        ({"options": CleaningOptions(cropland="forty")}, "'forty' of the cropland values is not a number"),
        ({"mask": "none.tif"}, "The cropland mask none.tif cannot be opened"),
        ({"table": {"Rice": "Paddy"}}, "'Rice', which the crop map does not have"),
        ({"table": {"Winter wheat": "", "Winter barley": "", "Maize": ""}}, "takes every class"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_computed(islands, tmp_path, changes, sentence):
    request = replace(CleanMapRequest(islands, str(tmp_path / "clean.tif")), **changes)
    with pytest.raises(MapError, match=sentence):
        check(request)
    with pytest.raises(MapError, match=sentence):
        clean_map(request)
    assert list(tmp_path.glob("*clean*")) == []


def test_a_map_is_not_written_over_itself_and_an_empty_one_is_refused(islands, tmp_path):
    with pytest.raises(OutputError, match="also an input"):
        clean_map(CleanMapRequest(islands, islands))
    empty = write_raster(tmp_path / "none.tif", np.zeros((20, 20)), dtype="uint8")
    with pytest.raises(MapError, match="No pixel of the crop map is left"):
        clean_map(CleanMapRequest(islands, str(tmp_path / "clean.tif"), mask=empty))
    other = probability_raster(tmp_path / "p.tif", np.ones((3, 5, 5)))
    with pytest.raises(ParcelError, match="one grid"):
        check(CleanMapRequest(islands, str(tmp_path / "clean.tif"), probabilities=other))


class _Parcels:
    """Polygons in the CRS of the map, as a job takes them."""

    path = ""

    def __init__(self, shapes) -> None:
        self.shapes = shapes

    def load(self, crs: str, feedback) -> None:
        """They are there already."""
