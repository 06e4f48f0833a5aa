"""What names and numbers of bands tell: which band each is, in which order, and what says nothing."""

from __future__ import annotations

import pytest

from crop_attention.engine.series.recognise import bands


@pytest.mark.parametrize(
    "text, band",
    [
        ("B4", "B04"),
        ("B04", "B04"),
        ("b8a", "B8A"),
        ("B08A", "B8A"),
        ("Band 4", "B04"),
        ("B4, central wavelength 665 nm", "B04"),
        ("red", "B04"),
        ("green", "B03"),
        ("Blue", "B02"),
        ("nir", "B08"),
        ("nir08", "B8A"),
        ("rededge1", "B05"),
        ("rededge071", "B05"),
        ("rededge078", "B07"),
        ("SW2", "B12"),
        ("Red Edge 2", "B06"),
        ("vegetation_red_edge_3", "B07"),
        ("swir16", "B11"),
        ("swir1", "B11"),
        ("SWIR2", "B12"),
        ("swir22", "B12"),
        ("20180704_B04", "B04"),
        ("20180704T105031_20180704T105025_T31UDS_B8A", "B8A"),
        ("T31UDS_20180704T105031_B11_20m", "B11"),
        ("Band 1: Blue (0.492 Micrometers)", "B02"),
        ("Band 5 - Vegetation Red Edge", "B05"),
        ("Layer (Band 1:T31UDS_20180704T105031_B02_10m.jp2)", "B02"),
        ("Ndola_20180704_B04", "B04"),
        ("Lai_20180704_B04", "B04"),
        ("Red Edge (705)", "B05"),
        ("nir_865", "B8A"),
        ("swir2200", "B12"),
        ("near_infrared", "B08"),
        ("shortwave_infrared_1", "B11"),
        ("ultra_blue", "B01"),
        ("SCL", "SCL"),
        ("20180704_SCL", "SCL"),
        ("Scene classification", "SCL"),
        ("cloud_mask_20180704", "CLM"),
        ("SENTINEL2A_20180704-105031-463_L2A_T31UDS_C_V2-2_CLM_R1", "CLM"),
    ],
)
def test_sentinel2_band_names(text, band):
    assert bands.s2_bands_in(text) == [band]


@pytest.mark.parametrize(
    "text",
    [
        "AOT",
        "NDVI",
        "S2B_MSIL2A_20180704",
        "B13",
        "B0",
        "redwood",
        "",
        "angle",
        "NDVI_B8_B4",
        "EVI_B8",
        "red edge",
        "S2-L2A-SCL_DILATED_MASK",
    ],
)
def test_other_words_name_no_sentinel2_band(text):
    assert bands.s2_bands_in(text) == []


def test_several_bands_in_a_name_keep_their_order():
    assert bands.s2_bands_in("S2_20180704_B08_B04_B03") == ["B08", "B04", "B03"]
    assert bands.s1_bands_in("S1_20180704_VH_VV") == ["VH", "VV"]


@pytest.mark.parametrize(
    "text, band",
    [("VV", "VV"), ("Sigma0_VH_db", "VH"), ("Gamma0_vv", "VV"), ("20180704_VV", "VV"), ("iw-vh.rtc", "VH")],
)
def test_polarisations(text, band):
    assert bands.s1_bands_in(text) == [band]


def test_a_ratio_is_no_polarisation():
    assert bands.described(["VV", "VH", "VV-VH"], bands.s1_bands_in) == ["VV", "VH", ""]
    assert bands.described(["VV", "VH", "ratio_VV"], bands.s1_bands_in) == ["VV", "VH", ""]


def test_counting_descriptions_name_nothing():
    assert bands.described(["Band 1", "Band 2", "Band 3"], bands.s2_bands_in) == ["", "", ""]
    assert bands.described(["Band 2", "Band 3", "Band 4"], bands.s2_bands_in) == ["B02", "B03", "B04"]


def test_force_calls_b8a_nir_beside_a_broad_nir():
    assert bands.described(["RED", "BROADNIR", "NIR"], bands.s2_bands_in) == ["B04", "B08", "B8A"]
    assert bands.described(["RED", "NIR"], bands.s2_bands_in) == ["B04", "B08"]


@pytest.mark.parametrize(
    "number, integer, pixel, likeliest, orders",
    [
        (10, True, 10, bands.TEN_BANDS, 3),
        (4, True, 10, ("B02", "B03", "B04", "B08"), 2),
        (6, False, 20, ("B05", "B06", "B07", "B8A", "B11", "B12"), 2),
        (7, True, 20, ("B05", "B06", "B07", "B8A", "B11", "B12", "SCL"), 2),
        (11, True, 10, (*bands.TEN_BANDS, "SCL"), 6),
        (11, False, 10, (*bands.TEN_BANDS, ""), 3),
        (12, True, 10, bands.LEVEL_2A, 2),
        (13, False, 10, bands.LEVEL_1C, 1),
        (13, True, 10, bands.LEVEL_1C, 3),
    ],
)
def test_nameless_bands_may_follow_each_other_in_several_orders(number, integer, pixel, likeliest, orders):
    found = bands.s2_orders(number, integer, pixel)
    assert found[0] == likeliest and len(set(found)) == orders
    assert all(len(order) == number for order in found)


@pytest.mark.parametrize("number, integer, pixel", [(7, True, 10), (7, False, 20), (9, True, 10), (3, True, 10)])
def test_some_numbers_of_bands_tell_nothing(number, integer, pixel):
    assert bands.s2_orders(number, integer, pixel) == ()


def test_the_level_tells_whether_thirteen_bands_hold_a_scene_classification():
    assert bands.s2_orders(13, True, 10, "1C") == (bands.LEVEL_1C,)
    assert bands.s2_orders(13, True, 10, "2A")[0] == (*bands.LEVEL_2A, "SCL")
