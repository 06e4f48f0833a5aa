"""STAC items in a run over counties: one collection of what is written, and what items say of shared rasters."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal

from county_files import (
    NAMES,
    messages,
    run,
)
from crop_attention.engine.counties.request import CountiesOptions
from stac_standard import broken


def test_items_of_counties_are_one_collection_that_goes_with_them(orders):
    order = replace(orders("catalogued"), options=CountiesOptions(("crop_map", "stac_item")))
    folder, result = Path(order.folder), run(order)
    collection = json.loads((folder / "collection.json").read_text("utf-8"))
    links = [link for link in collection["links"] if link["rel"] == "item"]
    assert [link["title"] for link in links] == list(NAMES)
    items = [json.loads((folder / link["href"]).read_text("utf-8")) for link in links]
    assert {item["collection"] for item in items} == {collection["id"]} and len({item["id"] for item in items}) == 4
    above = [(folder / links[0]["href"]).parent / link["href"] for link in items[0]["links"] if link["rel"] == "parent"]
    assert above[0].resolve() == (folder / "collection.json").resolve()
    whole, *each = collection["extent"]["spatial"]["bbox"]
    assert each == [item["bbox"] for item in items]
    assert whole == [fold(box[side] for box in each) for side, fold in enumerate((min, min, max, max))]
    start, end = collection["extent"]["temporal"]["interval"][0]
    assert start == items[0]["properties"]["start_datetime"] and end == items[0]["properties"]["end_datetime"]
    places = [folder / "collection.json", *(folder / link["href"] for link in links)]
    assert [broken(place) for place in places] == [[]] * 5
    again = run(order)
    assert again.counts == {"kept": 4} and collection == json.loads((folder / "collection.json").read_text("utf-8"))
    run(replace(order, options=CountiesOptions(("crop_map",))))
    assert (
        not (folder / "collection.json").exists() and not (folder / result.outcomes[0].key / "stac_item.json").exists()
    )


@pytest.mark.parametrize("above", [False, True], ids=["items elsewhere", "items above the rasters"])
def test_files_whose_days_only_stac_items_tell_are_mapped_as_those_that_say_them(finished, tmp_path, above):
    other, whole = finished
    data, items = tmp_path / "data", []
    (data / "tiles").mkdir(parents=True)
    for number, path in enumerate(sorted(Path(other.s2[0]).glob("S2_*.tif"))):
        shutil.copy(path, data / "tiles" / f"{number:03}.tif")
        day = path.name[3:11]
        told = {"datetime": f"{day[:4]}-{day[4:6]}-{day[6:]}T10:56:29Z", "constellation": "sentinel-2"}
        asset = {"href": f"{'' if above else '../data/'}tiles/{number:03}.tif", "type": "image/tiff", "roles": ["data"]}
        items.append({"type": "Feature", "stac_version": "1.0.0", "id": f"S2_{number}", "geometry": None})
        items[-1] |= {"properties": told, "links": [], "assets": {"data": asset}}
    place = data if above else tmp_path / "catalogue"
    place.mkdir(exist_ok=True)
    (place / "items.json").write_text(json.dumps({"type": "FeatureCollection", "features": items}), "utf-8")
    named = str(data if above else place / "items.json")
    order = replace(other, folder=str(tmp_path / "out"), s2=(named,), options=CountiesOptions(("crop_map",)))
    result = run(order)
    assert result.counts == {"done": 4}, messages(result)
    for one, known in zip(result.outcomes, whole.outcomes):
        maps = [Path(of.folder) / each.outputs["crop_map"] for of, each in ((order, one), (other, known))]
        np.testing.assert_array_equal(*(gdal.Open(str(each)).ReadAsArray() for each in maps))
    if not above:
        items[0]["properties"]["datetime"] = "2018-10-16T10:56:29Z"
        (place / "items.json").write_text(json.dumps({"type": "FeatureCollection", "features": items}), "utf-8")
        assert run(order).counts == {"done": 4}, "what the items say decides the outputs"
