"""Sentinel-2 files: scale, offset and level of processing, known, given or left open."""

from __future__ import annotations

import os

import pytest

from crop_attention.engine.series.acquisition import (
    METADATA,
    TYPE,
)
from crop_attention.engine.series.files.product import parse_product
from crop_attention.engine.series.recognise.bands import LEVEL_1C
from rasters import (
    BANDS_10M,
    BANDS_20M,
    write_raster,
    write_safe,
)
from sentinel2_scenes import only_part, read, refused, scene


@pytest.mark.parametrize(
    "name, options, scale, offset, baseline, unknown",
    [
        ("S2_{}.tif", {}, 1e-4, 0.0, "", True),
        ("S2_20220301.tif", {}, 1e-4, 0.0, "", True),
        ("S2A_MSIL2A_{}T105031_N0208_R051_T31UDS_20180704T120000.tif", {}, 1e-4, 0.0, "0208", False),
        ("S2A_MSIL2A_{}T105031_N9999_R051_T31UDS_20180704T120000.tif", {}, 1e-4, 0.0, "9999", True),
        ("S2A_MSIL2A_{}T105031_N0500_R051_T31UDS_20230704T120000.tif", {}, 1e-4, -0.1, "0500", False),
        ("S2A_MSIL2A_20220301T105031_N0400_R051_T31UDS_20220704T120000.tif", {}, 1e-4, -0.1, "0400", False),
        ("S2_20220301.tif", {"dtype": "float32"}, 1.0, 0.0, "", True),
        ("S2_20220301.tif", {"scale": 2e-4, "offset": -0.2}, 2e-4, -0.2, "", False),
        ("S2_{}.tif", {"scale": 1e-4, "offset": -1000}, 1e-4, -0.1, "", False),
        ("S2_{}.tif", {"scale": 1, "offset": -1000}, 1e-4, -0.1, "", False),
        ("S2_20220301.tif", {"tags": {"PROCESSING_BASELINE": "04.00"}}, 1e-4, -0.1, "0400", False),
    ],
)
def test_scale_and_offset_come_from_file_metadata_name_or_type(
    tmp_path, name, options, scale, offset, baseline, unknown
):
    scene(tmp_path, name=name, **options)
    part = only_part(read(tmp_path))
    source = part.bands["B04"]
    assert (source.scale, source.offset) == (pytest.approx(scale), pytest.approx(offset))
    assert (part.baseline, part.scale_open) == (baseline, unknown)


def test_scale_and_offset_can_be_given(tmp_path):
    scene(tmp_path, name="S2_20220301.tif", scale=2e-4)
    part = only_part(read(tmp_path, optical_scale=1e-3, optical_offset=-0.5))
    assert (part.bands["B04"].scale, part.bands["B04"].offset, part.scale_open) == (1e-3, -0.5, False)


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_a_scale_alone_leaves_the_offset_open(tmp_path, dtype):
    scene(tmp_path, name="S2_{}.tif", scale=1e-4, dtype=dtype)
    part = only_part(read(tmp_path))
    assert [(each.scale, each.offset) for each in part.candidates] == [(1e-4, 0.0), (1e-4, -0.1)]
    assert (part.origins.scale, part.origins.offset) == (METADATA, "")
    part = only_part(read(tmp_path, optical_offset=-0.1))
    assert (part.bands["B04"].scale, part.bands["B04"].offset, part.scale_open) == (1e-4, -0.1, False)


def test_bands_packed_one_by_one_bring_their_offsets(tmp_path):
    write_raster(tmp_path / "S2_20180704_10m.tif", 1, BANDS_10M, scale=1e-4)
    write_raster(tmp_path / "S2_20180704_20m.tif", 1, BANDS_20M, scale=2e-4, pixel=20.0)
    part = only_part(read(tmp_path))
    assert (part.bands["B04"].scale, part.bands["B05"].scale, part.scale_open) == (1e-4, 2e-4, False)


def test_a_product_before_baseline_4_has_no_offset(tmp_path):
    part = only_part(read(write_safe(tmp_path, baseline="0208", quantification=5000, suffix=".tif")))
    assert (part.bands["B04"].scale, part.bands["B04"].offset) == (1 / 5000, 0.0)


def test_whole_numbers_without_metadata_leave_the_offset_open_in_any_year(tmp_path):
    scene(tmp_path, name="S2_{}.tif")
    part = only_part(read(tmp_path))
    assert [(each.scale, each.offset) for each in part.candidates] == [(1e-4, 0.0), (1e-4, -0.1)]
    assert (part.origins.scale, part.origins.offset) == (TYPE, "")


def test_decimal_numbers_may_be_reflectance_or_the_numbers_of_a_product(tmp_path):
    scene(tmp_path, name="S2_{}.tif", dtype="float32")
    part = only_part(read(tmp_path))
    found = [(each.scale, each.offset) for each in part.candidates]
    assert found == [(1.0, 0.0), (1e-4, 0.0), (1e-4, -0.1), (1.0, -0.1)]
    (settled,) = {
        (s.scale, s.offset) for s in only_part(read(tmp_path, optical_scale=1.0, optical_offset=0.0)).bands.values()
    }
    assert settled == (1.0, 0.0)


def test_a_file_whose_scaling_is_known_settles_the_others_of_its_scene(tmp_path):
    write_raster(tmp_path / "S2_20180704_10m.tif", 1, BANDS_10M, scale=1e-4, offset=-0.1)
    write_raster(tmp_path / "S2_20180704_20m.tif", 1, BANDS_20M, pixel=20.0)
    part = only_part(read(tmp_path))
    assert {source.offset for source in part.bands.values()} == {-0.1} and not part.scale_open
    assert part.origins.offset == METADATA


def test_bands_of_one_scene_with_scales_that_do_not_fit_together_are_refused(tmp_path):
    write_raster(tmp_path / "S2_20180704_10m.tif", 1, BANDS_10M, dtype="float32")
    write_raster(tmp_path / "S2_20180704_20m.tif", 1, BANDS_20M, scale=2e-4, pixel=20.0)
    assert "give --optical-scale and --optical-offset" in refused(tmp_path)


@pytest.mark.parametrize(
    "name, baseline, offset",
    [
        ("0212_R070", "0212", 0.0),
        ("0212_R013", "0212", 0.0),
        ("0214", "0214", 0.0),
        ("0400", "0400", -1000.0),
        ("0509", "0509", -1000.0),
    ],
)
def test_genuine_metadata_of_esa_is_read(real_data, name, baseline, offset):
    (path,) = real_data("zoo/esa_metadata").glob(f"*N{name}*/MTD_MSIL2A.xml")
    product = parse_product(str(path.parent), path.read_text(encoding="utf-8"))
    assert product.quantification == 10000
    assert product.offsets == ({} if not offset else dict.fromkeys(LEVEL_1C, offset))
    assert product.tags["PROCESSING_BASELINE"].replace(".", "") == baseline


def test_metadata_of_pilot_products_names_both_levels(tmp_path):
    document = (
        "<L1C_L2A_Quantification_Values_List>"
        '<L1C_TOA_QUANTIFICATION_VALUE unit="none">5000</L1C_TOA_QUANTIFICATION_VALUE>'
        '<L2A_BOA_QUANTIFICATION_VALUE unit="none">10000</L2A_BOA_QUANTIFICATION_VALUE>'
        '<L2A_AOT_QUANTIFICATION_VALUE unit="none">1000.0</L2A_AOT_QUANTIFICATION_VALUE>'
        "</L1C_L2A_Quantification_Values_List>"
    )
    assert parse_product("folder", document).quantification == 10000


def test_one_s_own_sen2cor_without_offsets_has_none(tmp_path):
    part = only_part(read(write_safe(tmp_path, "20230704T105031", baseline="9999", suffix=".tif")))
    assert {source.offset for source in part.bands.values()} == {0.0} and not part.scale_open
    assert part.origins.offset == METADATA


def test_8_bit_pictures_are_refused(tmp_path):
    scene(tmp_path, dtype="uint8")
    assert "8-bit pictures, not reflectance: S2_20180704.tif" in refused(tmp_path)


@pytest.mark.parametrize("name", ["S2A_MSIL1C_20180704T105031_N0206_R051_T31UDS_20180704T120000.tif", "S2_L1C_{}.tif"])
def test_level_1c_is_refused_or_warned_of(tmp_path, name):
    scene(tmp_path, name=name)
    assert "Level-1C products" in refused(tmp_path) and "or switch on --allow-level1c." in refused(tmp_path)
    series = read(tmp_path, allow_level1c=True)
    assert len(series.acquisitions) == 1
    assert series.warnings[0].startswith("Level-1C (top of the atmosphere) is used")


def test_level_1c_beside_level_2a_is_left_out_and_alone_refused(tmp_path):
    for level in ("1C", "2A"):
        write_safe(tmp_path, level=level, suffix=".tif", offset=0 if level == "2A" else None)
    series = read(tmp_path)
    assert len(series.acquisitions) == 1 and "MSIL2A" in series.acquisitions[0].parts[0].name
    assert any("Level-1C beside Level-2A" in warning and "MSIL1C_20180704" in warning for warning in series.warnings)
    write_safe(tmp_path, "20180714T105031", level="1C", suffix=".tif")
    assert "MSIL1C_20180714" in refused(tmp_path) and "MSIL1C_20180704" not in refused(tmp_path)


def test_a_level_1c_safe_is_named_once(tmp_path):
    root = write_safe(tmp_path, level="1C", suffix=".tif")
    text = refused(root)
    assert text.count(os.path.basename(root)[: -len(".SAFE")]) == 1
