"""The STAC item of a run: place, season, files, classes and inputs, and no run for it alone."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from osgeo import gdal

from crop_attention.engine.errors import OutputError, RequestError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.jobs.map import MapRequest, find_problems, map_crops
from crop_attention.engine.jobs.series import SeriesRequest
from crop_attention.engine.mapping.stac_item import _footprint
from crop_attention.engine.options import MappingOptions, SeriesOptions
from crop_attention.engine.products import CROP_MAP, ENTROPY, PARCEL_LABELS, PROBABILITIES, PRODUCTS, REPORT, STAC_ITEM
from crop_attention.engine.provenance import version
from crop_attention.engine.series.files.grid import Grid
from crop_attention.engine.series.inputs import SeriesInputs
from crop_attention.engine.writing.guard import refuse_overwriting
from crop_attention.models.checkpoint import save
from crop_attention.models.registry import build
from rasters import ORIGIN, write_raster
from season_files import BANDS, SEASON
from small_networks import small_card
from stac_standard import broken

SIDE = 32
SHOWN = (CROP_MAP, ENTROPY, PROBABILITIES, REPORT, STAC_ITEM)


@pytest.fixture
def request_of(tmp_path):
    """A request for some products of a small series, into one folder."""
    numbers = np.stack([np.full((SIDE, SIDE), number) for number in (300, 400, 3000)])
    for day in (date(2018, 1, 4), date(2018, 1, 14)):
        write_raster(tmp_path / "s2" / f"S2_{day:%Y%m%d}.tif", numbers, BANDS, nodata=0, dtype="uint16")
    card = replace(small_card("attention_3dcnn", s2=BANDS, s1=(), steps=4), season=SEASON)
    save(str(tmp_path / "own.safetensors"), build(card), card)
    series = SeriesRequest(
        SeriesInputs((str(tmp_path / "s2"),)),
        str(tmp_path / "own.safetensors"),
        options=SeriesOptions(min_clear_steps=1, cloud_margin=0),
    )

    def of(products, cog=True):
        outputs = {each.name: str(tmp_path / "out" / each.file) for each in products}
        options = MappingOptions(device="cpu", threads=1, cog=cog)
        return MapRequest(series, outputs, options, title="Alba Longa", created="2024-05-06T07:08:09+00:00")

    return of


def test_a_file_with_blanks_in_its_name_is_linked_by_that_name(request_of, tmp_path):
    asked = request_of((CROP_MAP, STAC_ITEM))
    outputs = {**asked.outputs, CROP_MAP.name: str(tmp_path / "out" / "crop map é.tif")}
    map_crops(replace(asked, outputs=outputs), Feedback())
    place = tmp_path / "out" / "stac_item.json"
    item = json.loads(place.read_text(encoding="utf-8"))
    assert item["assets"]["crop_map"]["href"] == "./crop map é.tif" and broken(place) == []


def test_an_item_describes_the_outputs_and_what_they_were_made_from(request_of, tmp_path):
    result = map_crops(request_of(SHOWN), Feedback())
    item = json.loads((tmp_path / "out" / "stac_item.json").read_text(encoding="utf-8"))
    raster = gdal.Open(str(tmp_path / "out" / "crop_map.tif"))
    told, card = item["properties"], result.prepared.card
    assert (item["type"], item["stac_version"], item["id"]) == ("Feature", "1.1.0", "alba_longa_2018-01-01")
    assert told["datetime"] is None and told["start_datetime"] == "2018-01-01T00:00:00Z"
    assert told["end_datetime"] == f"{result.prepared.placed.step_bounds(3)[1]}T23:59:59Z"
    assert told["proj:code"] == "EPSG:32631" and told["proj:shape"] == [SIDE, SIDE]
    assert told["proj:bbox"] == [ORIGIN[0], ORIGIN[1] - 10 * SIDE, ORIGIN[0] + 10 * SIDE, ORIGIN[1]]
    west, size, _, north, _, down = raster.GetGeoTransform()
    assert told["proj:transform"] == [size, 0, west, 0, down, north] and told["gsd"] == 10
    assert told["processing:software"] == {"Crop Attention": version()} and told["created"] == "2024-05-06T07:08:09Z"
    assert told["crop_attention:checkpoint"] == card.name and len(told["crop_attention:checkpoint_sha256"]) == 64
    ring = item["geometry"]["coordinates"][0]
    assert (
        ring[0] == ring[-1]
        and item["bbox"][0] == min(x for x, _ in ring)
        and item["bbox"][3] == max(y for _, y in ring)
    )
    assert 0 < item["bbox"][2] - item["bbox"][0] < 0.01
    assert set(item["assets"]) == {"crop_map", "entropy", "probabilities", "report"}
    crops, sure, entropy = (item["assets"][name] for name in ("crop_map", "probabilities", "entropy"))
    assert crops["href"] == "./crop_map.tif" and crops["type"].endswith("profile=cloud-optimized")
    assert (crops["data_type"], crops["nodata"], entropy["nodata"]) == ("uint8", 0, 255)
    assert [each["value"] for each in crops["classification:classes"]] == [entry.code for entry in card.classes]
    first = crops["classification:classes"][0]
    assert first["description"] == card.classes[0].name and f"#{first['color_hint'].lower()}" == card.classes[0].colour
    assert [each["name"] for each in sure["bands"]] == [entry.name for entry in card.classes]
    data = (tmp_path / "out" / "crop_map.tif").read_bytes()
    assert crops["file:size"] == len(data) and crops["file:checksum"] == "1220" + hashlib.sha256(data).hexdigest()
    links = [each["href"] for each in item["links"] if each["rel"] == "derived_from"]
    assert links == ["../s2/S2_20180104.tif", "../s2/S2_20180114.tif"]
    assert all((tmp_path / "out" / link).resolve().is_file() for link in links)
    assert {each.split("/")[3] for each in item["stac_extensions"]} == {
        *("projection", "raster", "classification", "file", "processing")
    }


def test_an_item_keeps_the_standard_with_every_raster_and_report_and_a_broken_one_is_told(request_of, tmp_path):
    map_crops(request_of([each for each in PRODUCTS if each is not PARCEL_LABELS]), Feedback())
    place = tmp_path / "out" / "stac_item.json"
    assert broken(place) == []
    item = json.loads(place.read_text(encoding="utf-8"))
    item["assets"]["crop_map"]["classification:classes"][0]["name"] = "Two words"
    item["stac_extensions"].pop()
    del item["properties"]["datetime"]
    place.write_text(json.dumps(item), encoding="utf-8")
    told = broken(place)
    assert {"neither a time nor a period"} <= set(told) and sum("has a class" in each for each in told) == 1
    assert any("are used" in each for each in told)


def test_titles_that_differ_in_signs_alone_have_other_ids(request_of, tmp_path):
    found = []
    for title in ("济南", "烟台", "Böhm/en", "Böhm en", "Alba Longa"):
        map_crops(replace(request_of((CROP_MAP, STAC_ITEM), cog=False), title=title), Feedback())
        found.append(json.loads((tmp_path / "out" / "stac_item.json").read_text(encoding="utf-8"))["id"])
    assert len(set(found)) == 5 and found[4] == "alba_longa_2018-01-01"
    assert all(re.fullmatch(r"[0-9a-z_-]+", each) for each in found)


def test_links_count_from_the_folder_that_staged_outputs_come_to_lie_in(request_of, tmp_path):
    request = replace(request_of((CROP_MAP, STAC_ITEM), cog=False), home=str(tmp_path / "a" / "b"))
    map_crops(request, Feedback())
    item = json.loads((tmp_path / "out" / "stac_item.json").read_text(encoding="utf-8"))
    sources = [link["href"] for link in item["links"] if link["rel"] == "derived_from"]
    assert sources[0] == "../../s2/S2_20180104.tif"
    assert {link["href"] for link in item["links"][:3]} == {"../collection.json"} and item["collection"]
    assert item["assets"]["crop_map"]["type"] == "image/tiff; application=geotiff"


def test_an_item_alone_and_an_item_of_another_ending_are_refused(request_of, tmp_path):
    with pytest.raises(RequestError, match="describes the other outputs; name at least one"):
        map_crops(request_of((STAC_ITEM,)), Feedback())
    request = request_of((CROP_MAP, STAC_ITEM))
    wrong = replace(request, outputs={**request.outputs, "stac_item": str(tmp_path / "item.tif")})
    assert any("give it a name that ends in .json" in each for each in find_problems(wrong))
    assert not os.path.exists(tmp_path / "out")


def test_an_item_among_the_inputs_is_replaced_only_where_it_is_our_own(request_of, tmp_path):
    map_crops(request_of((CROP_MAP, STAC_ITEM)), Feedback())
    own, foreign = tmp_path / "s2" / "own.json", tmp_path / "s2" / "foreign.json"
    own.write_bytes((tmp_path / "out" / "stac_item.json").read_bytes())
    foreign.write_text('{"type": "Feature", "stac_version": "1.0.0"}')
    refuse_overwriting([tmp_path / "s2"], [own])
    with pytest.raises(OutputError, match="is also an input of this run"):
        refuse_overwriting([tmp_path / "s2"], [foreign])


def test_a_map_over_the_antimeridian_is_two_polygons_and_a_box_that_crosses_it():
    west_of_it = Grid("EPSG:32760", 800_000, 8_000_000, 1000, 100, 10)
    found = _footprint(west_of_it)
    assert found["geometry"]["type"] == "MultiPolygon" and found["bbox"][0] > 179 > -179 > found["bbox"][2] - 1
    for polygon in found["geometry"]["coordinates"]:
        edges = [x for x, _ in polygon[0]]
        assert max(edges) - min(edges) < 1 and polygon[0][0] == polygon[0][-1]
