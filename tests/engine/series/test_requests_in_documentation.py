"""The folders that the requests in docs/getting_data.md leave behind are read without a question."""

from __future__ import annotations

import json
from datetime import date

import pytest

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.acquisition import S1, S2
from crop_attention.engine.series.recognise.series import read_series
from rasters import TEN_BANDS, write_raster

SAFE = "S2B_MSIL2A_{day:%Y%m%d}T105629_N0509_R094_T31UES_{day:%Y%m%d}T135859"
STORE = "https://sentinel2l2a01.blob.core.windows.net/sentinel2-l2/31/U/ES/{day:%Y/%m/%d}"
DAYS = (date(2023, 6, 1), date(2023, 6, 11))


def item_of(day):
    """A Sentinel-2 item in the shape of the Planetary Computer: no scale, the baseline among the properties."""
    name = SAFE.format(day=day)
    folder = f"{STORE.format(day=day)}/{name}.SAFE/GRANULE/L2A_T31UES_A032581_{day:%Y%m%d}T105627/IMG_DATA/R10m"
    assets = {}
    for band in (*TEN_BANDS, "SCL", "AOT"):
        asset = {"href": f"{folder}/T31UES_{day:%Y%m%d}T105629_{band}_10m.tif", "roles": ["data"]}
        asset |= {"type": "image/tiff; application=geotiff; profile=cloud-optimized", "gsd": 10}
        assets[band] = asset | {"eo:bands": [{"name": band}]}
    told = {"datetime": f"{day}T10:56:29.024000Z", "constellation": "Sentinel 2", "platform": "Sentinel-2B"}
    told |= {"s2:processing_baseline": "05.09", "s2:mgrs_tile": "31UES", "s2:product_type": "S2MSI2A"}
    name = name.replace("_N0509", "")
    return {"type": "Feature", "stac_version": "1.0.0", "id": name, "geometry": None, "properties": told, "links": [],
            "collection": "sentinel-2-l2a", "assets": assets}  # fmt: skip


def read(folder, sensor, bands):
    return read_series([str(folder)], sensor, bands, {}, SeriesOptions(), Feedback())


def test_planetary_computer_a_folder_an_item_with_the_items_above_tells_the_offset(tmp_path):
    items = [item_of(day) for day in DAYS]
    for item in items:
        for band in (*TEN_BANDS, "SCL"):
            number = 4 if band == "SCL" else 3000
            write_raster(tmp_path / "s2" / item["id"] / f"{band}.tif", number, dtype="uint16", nodata=0)
    (tmp_path / "s2" / "items.json").write_text(json.dumps({"type": "FeatureCollection", "features": items}))
    series = read(tmp_path / "s2", S2, TEN_BANDS)
    assert [each.date for each in series.acquisitions] == list(DAYS)
    assert not series.warnings, "what was not asked for (AOT) is no loss"
    for each in series.acquisitions:
        assert {band for part in each.parts for band in part.bands} == set(TEN_BANDS)
        assert {part.baseline for part in each.parts} == {"0509"}
        assert {source.offset for part in each.parts for source in part.bands.values()} == {-0.1}


def test_planetary_computer_backscatter_a_folder_an_item(tmp_path):
    name = "S1A_IW_GRDH_1SDV_20220504T233157_20220504T233222_043068_05249C_rtc"
    for band, power in (("vv", 0.1), ("vh", 0.02)):
        write_raster(tmp_path / name / f"{band}.tif", power, dtype="float32", nodata=-32768)
    series = read(tmp_path, S1, ("VV", "VH"))
    assert [each.date for each in series.acquisitions] == [date(2022, 5, 4)]
    assert {part.unit for each in series.acquisitions for part in each.parts} == {"power"}


@pytest.mark.parametrize("links", [[], [{"rel": "item", "href": "https://openeo.example/items/1"}]])
def test_openeo_the_list_of_results_beside_the_files_does_not_disturb(tmp_path, links):
    assets = {}
    for day in DAYS:
        file = f"openEO_{day}Z.tif"
        write_raster(tmp_path / file, [3000] * 10 + [4], (*TEN_BANDS, "SCL"), dtype="int16", nodata=-32768)
        assets[file] = {"href": f"https://openeo.example/results/{file}?expires=1", "roles": ["data"]}
        assets[file] |= {"type": "image/tiff; application=geotiff", "title": file}
    extent = {"spatial": {"bbox": [[3, 50, 4, 51]]}, "temporal": {"interval": [["2023-06-01", "2023-06-12"]]}}
    result = {"type": "Collection", "stac_version": "1.0.0", "id": "j-1", "license": "proprietary", "extent": extent}
    result |= {"description": "Results for batch job j-1", "links": links, "assets": assets}
    (tmp_path / "job-results.json").write_text(json.dumps(result))
    series = read(tmp_path, S2, TEN_BANDS)
    assert [each.date for each in series.acquisitions] == list(DAYS)
    assert {band for each in series.acquisitions for part in each.parts for band in part.bands} == set(TEN_BANDS)
