"""Which rasters are a map to label parcels from, and how those that are not are refused."""

from __future__ import annotations

import numpy as np
import pytest
from osgeo import gdal

from crop_attention.engine.errors import ParcelError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.parcels.class_map import ClassMap
from crop_attention.engine.parcels.label import label_parcels
from crop_attention.engine.provenance import OWN_TAG
from parcel_labels import ALL_PIXELS
from rasters import ORIGIN, write_raster


def test_pixels_need_not_be_square(tmp_path, box):
    from osgeo import gdal

    path = str(tmp_path / "flat.tif")
    dataset = gdal.GetDriverByName("GTiff").Create(path, 4, 6, 1, gdal.GDT_Byte)
    dataset.SetGeoTransform((ORIGIN[0], 20, 0, ORIGIN[1], 0, -10))
    dataset.GetRasterBand(1).Fill(3)
    del dataset
    labels = label_parcels(path, [box(0, 0, 4, 3)], options=ALL_PIXELS)
    assert (labels.code[0], labels.pixels[0]) == (3, 6)


@pytest.mark.parametrize(
    "other", [{"size": (6, 5)}, {"origin": (ORIGIN[0] + 5, ORIGIN[1])}, {"pixel": 20.0}, {"epsg": 32632}]
)
def test_rasters_of_two_grids_are_refused_by_name(crop_map, tmp_path, box, other):
    confidence = write_raster(tmp_path / "other.tif", 50, **{"size": (5, 5), "dtype": "uint8", **other})
    with pytest.raises(ParcelError, match=r"map\.tif and the confidence raster .*other\.tif do not lie on one grid"):
        label_parcels(crop_map(np.ones((5, 5))), [box(0, 0, 3, 3)], confidence, ALL_PIXELS, Feedback())


@pytest.mark.parametrize("second", [gdal.GCI_Undefined, gdal.GCI_AlphaBand])
def test_a_map_of_several_bands_says_which_is_taken(tmp_path, second):
    path = str(tmp_path / "years.tif")
    dataset = gdal.GetDriverByName("GTiff").Create(path, 4, 4, 2, gdal.GDT_Byte)
    dataset.SetGeoTransform((ORIGIN[0], 10, 0, ORIGIN[1], 0, -10))
    dataset.GetRasterBand(1).Fill(3)
    dataset.GetRasterBand(2).SetColorInterpretation(second)
    del dataset
    said = f"The crop map {path} has 2 bands, of which the first is taken for the classes."
    assert ClassMap(path, any_codes=True).notes == (() if second == gdal.GCI_AlphaBand else (said,))


def test_a_map_of_decimal_numbers_is_refused(crop_map, box):
    with pytest.raises(ParcelError, match="holds decimal numbers"):
        label_parcels(crop_map(np.full((3, 3), 1.5), dtype="float32"), [box(0, 0, 3, 3)])


@pytest.mark.parametrize(
    "dtype, nodata, codes, code, pixels",
    [
        ("int16", None, [[256, 256, 1101]], 256, 3),
        ("uint32", None, [[3301010102, 3301010102, 1]], 3301010102, 3),
        ("int32", -1, [[-1, 0, 0]], 0, 2),
        ("uint8", 255, [[0, 0, 100]], 0, 3),
        ("int16", None, [[-9999, 0, 7]], 7, 1),
        ("uint16", None, [[65535, 65535, 9]], 9, 1),
        ("float32", -1e9, [[2, 2, -1e9]], 2, 2),
        ("float64", None, [[np.nan, 3, 0]], 3, 1),
    ],
)
def test_codes_of_any_raster_of_classes(crop_map, box, dtype, nodata, codes, code, pixels):
    labels = label_parcels(
        crop_map(np.array(codes), dtype=dtype, nodata=nodata), [box(0, 0, 3, 1), None], options=ALL_PIXELS
    )
    assert (labels.code[0], labels.pixels.tolist(), labels.labelled) == (code, [pixels, 0], 1)


def test_zero_that_may_be_a_class_is_said(crop_map, box):
    said: list[str] = []

    class Heard(Feedback):
        def warning(self, message: str) -> None:
            said.append(message)

    path = crop_map(np.array([[0, 0, 1]]))
    label_parcels(path, [box(0, 0, 2, 1), box(2, 0, 3, 1)], feedback=Heard(), options=ALL_PIXELS)
    assert [message for message in said if "1 of 2 parcels contain no code but 0" in message]


def test_a_raster_of_measurements_is_no_map(crop_map, box):
    with pytest.raises(ParcelError, match="more than 255 different values"):
        label_parcels(crop_map(np.arange(900).reshape(30, 30), dtype="int16"), [box(0, 0, 3, 3)])


def test_a_map_of_wider_integers_is_read(crop_map, box):
    codes = np.array([[200, 200, -32768]])
    labels = label_parcels(crop_map(codes, dtype="int16", nodata=-32768), [box(0, 0, 3, 1)], options=ALL_PIXELS)
    assert (labels.code[0], labels.pixels[0]) == (200, 2)


def test_a_map_without_georeference_is_refused(crop_map, box):
    with pytest.raises(ParcelError, match="no north-up georeference"):
        label_parcels(crop_map(np.ones((3, 3)), epsg=None), [box(0, 0, 3, 3)])


def test_a_missing_map_is_named(tmp_path, box):
    with pytest.raises(ParcelError, match=r"crop map .*absent\.tif cannot be opened"):
        label_parcels(str(tmp_path / "absent.tif"), [box(0, 0, 3, 3)])


def test_a_truncated_map_is_named(crop_map, box):
    path = crop_map(np.random.default_rng(0).integers(1, 9, (64, 64)), options=["COMPRESS=DEFLATE", "BLOCKYSIZE=8"])
    with open(path, "r+b") as file:
        file.truncate(1500)
    with pytest.raises(ParcelError, match=r"map\.tif cannot be (read|opened)"):
        label_parcels(path, [box(0, 0, 64, 64)])


@pytest.mark.skipif(not hasattr(gdal, "GDT_Int64"), reason="this GDAL has no such type")
def test_codes_of_64_bits_are_read(crop_map, box):
    path = gdal.Translate(
        f"{crop_map(np.full((4, 4), 7))}.tif", crop_map(np.full((4, 4), 7)), outputType=gdal.GDT_Int64
    )
    labels = label_parcels(ClassMap(path.GetDescription(), any_codes=True), [box(0, 0, 4, 4)])
    assert labels.code.tolist() == [7]


def test_other_outputs_of_a_run_are_no_crop_map(crop_map, box):
    path = crop_map(np.full((4, 4), 90), legend=[])
    dataset = gdal.Open(path, gdal.GA_Update)
    dataset.SetMetadataItem(OWN_TAG, "0.1.0")
    dataset.GetRasterBand(1).SetDescription("Confidence (%)")
    del dataset
    with pytest.raises(
        ParcelError, match=r"another output of Crop Attention \(Confidence \(%\)\): choose the crop map"
    ):
        label_parcels(path, [box(0, 0, 4, 4)])


def test_a_picture_of_a_map_is_no_crop_map(crop_map, box):
    path = crop_map(np.full((3, 4, 4), 90), options=["PHOTOMETRIC=RGB"])
    with pytest.raises(ParcelError, match="is a coloured picture and holds no class codes"):
        label_parcels(path, [box(0, 0, 4, 4)])
