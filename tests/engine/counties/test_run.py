"""A run over counties: what it writes, what it keeps, what fails alone."""

from __future__ import annotations

import csv
import re
import shutil
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from osgeo import gdal, ogr

from county_files import (
    NAMES,
    SIDE,
    Ear,
    box,
    country,
    county_shapes,
    in_folder,
    messages,
    parcel_shapes,
    run,
    tree,
    write_layer,
    write_series,
)
from crop_attention.engine.counties.executors.base import SerialExecutor
from crop_attention.engine.counties.job import classify_counties
from crop_attention.engine.counties.request import CountiesOptions
from crop_attention.engine.errors import OutputError, ParcelError, SeriesError
from crop_attention.engine.feedback import Feedback


def statuses(result) -> dict[str, str]:
    return {outcome.name: outcome.status for outcome in result.outcomes}


def test_every_county_is_done_in_the_order_of_the_layer(finished):
    _, result = finished
    assert [outcome.name for outcome in result.outcomes] == list(NAMES)
    assert (result.counts, result.failed, result.cancelled) == ({"done": 4}, 0, 0)


def test_areas_are_the_pixels_inside_the_polygon(finished):
    order, result = finished
    for outcome, pixels in zip(result.outcomes, (1600, 1400, 1600, 1600)):
        codes = gdal.Open(str(Path(order.folder) / outcome.outputs["crop_map"])).ReadAsArray()
        assert np.count_nonzero(codes) == pixels
        assert outcome.areas == {"Maize": (codes == 3).sum() / 100, "Grassland": (codes == 7).sum() / 100}


def test_all_outputs_carry_the_time_of_the_order(finished):
    order, result = finished
    created = re.search(r'"created": "([^"]+)"', (Path(order.folder) / "counties.json").read_text("utf-8")).group(1)
    folder = Path(order.folder) / result.outcomes[0].key
    assert gdal.Open(str(folder / "crop_map.tif")).GetMetadata()["CREATED"] == created
    labels = gdal.OpenEx(str(folder / "parcel_labels.gpkg"))
    assert labels.GetLayer(0).GetMetadata()["CREATED"] == created
    answer = labels.ExecuteSQL("SELECT CAST(last_change AS TEXT) FROM gpkg_contents")
    assert answer.GetNextFeature().GetField(0) == f"{created[:19]}.000Z"
    labels.ReleaseResultSet(answer)
    assert created in (folder / "report.html").read_text("utf-8")


def test_a_parcel_on_a_border_is_labelled_in_one_county(finished):
    order, result = finished
    found = {}
    for outcome in result.outcomes:
        source = ogr.Open(str(Path(order.folder) / outcome.outputs["parcel_labels"]))
        found[outcome.name] = [(each["label"], each["crop_code"] > 0) for each in source.GetLayer(0)]
        assert outcome.parcels == len(found[outcome.name])
    assert found["Alba"] == [("00", True), ("01", True), ("border", True)]
    assert sum(entry[0] == "border" for entries in found.values() for entry in entries) == 1


def test_the_tables_tell_the_same_as_the_result(finished):
    order, result = finished
    rows = list(csv.DictReader(Path(result.table_csv).open(encoding="utf-8")))
    source = ogr.Open(result.table_gpkg)
    layer = source.GetLayer(0)
    assert [row["county"] for row in rows] == [feature["county"] for feature in layer] == list(NAMES)
    layer.ResetReading()
    for row, feature, outcome in zip(rows, layer, result.outcomes):
        assert float(row["maize_ha"]) == feature["maize_ha"] == outcome.areas["Maize"]
        assert float(row["mapped_ha"]) == pytest.approx(sum(outcome.areas.values()))
        assert float(row["mean_confidence"]) == pytest.approx(100 * outcome.mean_confidence)
        assert (row["status"], row["clear_steps"], row["parcels"]) == ("done", "4", str(outcome.parcels))
        assert feature.GetGeometryRef().Area() == pytest.approx(1e4 * float(row["mapped_ha"]))
        assert (Path(order.folder) / row["report"]).is_file()


def test_links_of_the_index_lead_somewhere(finished):
    order, result = finished
    links = re.findall(r'href="([^"]+)"', Path(result.index_html).read_text("utf-8"))
    assert len(links) == 4 * 4 + 2
    assert all((Path(order.folder) / unquote(link.replace("&#x27;", "'"))).is_file() for link in links)


def test_the_second_run_repeats_nothing(finished):
    order, _ = finished
    before = tree(order.folder)
    again = run(order)
    assert again.counts == {"kept": 4}
    assert tree(order.folder) == before


def test_outputs_that_are_not_ordered_are_not_there(orders):
    order = replace(orders("map"), options=CountiesOptions(outputs=("crop_map",)), parcels="", s1=())
    result = run(order)
    assert result.counts == {"done": 4}
    assert {place.name for place in (Path(order.folder) / "Alba").iterdir()} == {
        "county.json",
        "crop_map.tif",
        "crop_map.tif.aux.xml",
    }


@pytest.fixture
def own_folders(tmp_path):
    """An order whose counties have a folder of rasters each: whole, cut short, absent, empty of data, off the map."""
    names = ("Whole", "Broken", "Absent", "Blind", "Off", "Bare", "Shapeless")
    shapes = county_shapes(names)
    shapes[4] = ("Off", f"MULTIPOLYGON(({box(5000, 0, SIDE, SIDE)}))")
    shapes[6] = ("Shapeless", None)
    order = country(tmp_path, ("Whole",))
    write_layer(tmp_path / "districts.gpkg", shapes)
    parcels = [*parcel_shapes(5), ("far", f"MULTIPOLYGON(({box(5003, 3, 9, 9)}))")]
    write_layer(tmp_path / "fields.gpkg", parcels, "label")
    for name, place in (("Whole", 0), ("Broken", 1), ("Blind", 3), ("Off", 0), ("Bare", 5), ("Shapeless", 6)):
        write_series(tmp_path / "by" / name, SIDE * place, SIDE)
    broken = sorted((tmp_path / "by" / "Broken").glob("S2*"))[1]
    broken.write_bytes(broken.read_bytes()[:2000])
    for place in (tmp_path / "by" / "Blind").glob("*.tif"):
        raster = gdal.Open(str(place), gdal.GA_Update)
        raster.WriteArray(np.full(raster.ReadAsArray().shape, 0 if place.name.startswith("S2") else np.nan))
        raster = None
    pattern = str(tmp_path / "by" / "{county}")
    return replace(order, s2=(pattern,), s1=(pattern,))


def test_bad_counties_fail_alone_each_with_its_reason(own_folders, tmp_path):
    ear = Ear()
    result = run(own_folders, ear)
    told = messages(result)
    assert statuses(result) == {"Whole": "done", **dict.fromkeys(list(told)[1:], "failed")}
    assert result.failed == 6
    assert "S2_20190120_40.tif" in told["Broken"]
    assert "No file or folder is called" in told["Absent"] and "Absent" in told["Absent"]
    assert told["Off"].startswith("The extent (x 550000 to 550400")
    assert told["Bare"].startswith("No parcel belongs to the county")
    assert told["Shapeless"].startswith("The county has no polygon")
    assert told["Blind"]
    assert {place.name for place in (tmp_path / "out").iterdir() if place.is_dir()} == {"Whole"}
    rows = list(csv.DictReader(Path(result.table_csv).open(encoding="utf-8")))
    assert {row["county"]: row["message"] for row in rows} == told
    page = Path(result.index_html).read_text("utf-8")
    assert "1 of 7 counties done, 6 failed." in page
    assert ear.warnings[-1].startswith("6 of 7 counties failed: Broken, Absent")


def test_a_file_that_covers_one_county_fails_that_county_alone(tmp_path):
    order = country(tmp_path, NAMES[:3])
    cut = tmp_path / "data" / "S1_ASC_20190410_40.tif"
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    result = run(order)
    assert list(statuses(result).values()) == ["done", "failed", "done"]
    assert cut.name in result.outcomes[1].message


def test_cancelling_leaves_what_is_done_and_nothing_of_the_rest(orders):
    order = orders("stopped")
    ear = Ear("Cote d'Or: Classifying")
    result = run(order, ear)
    assert result.counts == {"done": 2, "cancelled": 2}
    assert result.cancelled == 2
    folder = Path(order.folder)
    assert sorted(place.name for place in folder.iterdir() if place.is_dir()) == ["Alba", "Böhm_en-00671331"]
    assert not list(folder.rglob("*partial*"))
    rows = list(csv.DictReader(Path(result.table_csv).open(encoding="utf-8")))
    assert [row["status"] for row in rows] == ["done", "done", "cancelled", "cancelled"]


def test_a_disk_that_fills_up_fails_the_rest_and_leaves_nothing_half(orders, monkeypatch):
    order = orders("full")
    full = shutil.disk_usage(Path(order.folder).parent)._replace(free=0)

    class Filling(SerialExecutor):
        def run(self, tasks, feedback):
            for place, outcome in enumerate(super().run(tasks, feedback)):
                if place == 0:
                    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
                yield outcome

    result = classify_counties(order, Feedback(), Filling())
    monkeypatch.undo()
    assert list(statuses(result).values()) == ["done", "failed", "failed", "failed"]
    assert all(" free and this run needs " in each.message for each in result.outcomes[1:])
    assert "partial" not in result.outcomes[1].message
    assert f"The disk of {Path(order.folder) / result.outcomes[1].key} has" in result.outcomes[1].message
    assert [place.name for place in Path(order.folder).iterdir() if place.is_dir()] == ["Alba"]
    assert run(order).counts == {"kept": 1, "done": 3}


def test_what_is_unforeseen_fails_one_county(orders, monkeypatch):
    from crop_attention.engine.jobs import map as mapping

    real = mapping.map_crops

    def odd(request, feedback):
        if request.title == "Delta":
            raise ZeroDivisionError("by nothing")
        return real(request, feedback)

    monkeypatch.setattr(mapping, "map_crops", odd)
    result = run(orders("odd"))
    assert list(statuses(result).values()) == ["done", "done", "done", "failed"]
    assert result.outcomes[3].message.startswith("Something unforeseen went wrong (ZeroDivisionError: by nothing)")


def test_a_folder_that_cannot_be_written_is_refused_before_anything(orders, tmp_path):
    (tmp_path / "file").write_text("in the way")
    ear = Ear()
    with pytest.raises(OutputError, match="cannot be written .*: choose another output folder"):
        run(replace(orders("x"), folder=str(tmp_path / "file" / "out")), ear)
    assert ear.titles == []


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"s2": (), "s1": ()}, SeriesError, "No raster series is given"),
        ({"s2": ("nowhere",)}, SeriesError, "No file or folder is called .*nowhere"),
        ({"s2": ("data/{country}",)}, SeriesError, r"holds braces that are not \{county\}"),
        ({"counties": "", "parcels": ""}, ParcelError, "Give a county layer, or a parcel layer"),
        ({"name_field": "nom"}, ParcelError, r"has no field 'nom': choose one of its fields \(name\)"),
        ({"name_field": ""}, ParcelError, "Say which field of the county layer"),
        ({"options": CountiesOptions(outputs=("map",))}, OutputError, "Unknown outputs: map"),
    ],
)
def test_what_is_wrong_with_all_counties_stops_the_run(orders, changes, error, text):
    order = replace(orders("refused"), **changes)
    with pytest.raises(error, match=text):
        run(order)
    assert not Path(order.folder).exists()


def test_counties_that_only_parcels_name(orders, tmp_path):
    shapes = [("North", f"MULTIPOLYGON(({box(3, 3, 10, 9)}))"), ("South", f"MULTIPOLYGON(({box(43, 5, 8, 8)}))")]
    shapes += [("North", f"MULTIPOLYGON(({box(15, 3, 10, 9)}))"), ("North", None), (None, shapes[0][1])]
    parcels = write_layer(tmp_path / "named.gpkg", shapes, "district")
    order = replace(orders("x"), counties="", name_field="", parcels=parcels, parcels_field="district")
    order = replace(order, folder=str(tmp_path / "out"))
    ear = Ear()
    result = run(order, ear)
    assert statuses(result) == {"North": "done", "South": "done"}
    # What is mapped is what lies in the parcels: 2 x 90 and 64 pixels.
    assert [sum(outcome.areas.values()) for outcome in result.outcomes] == pytest.approx([1.8, 0.64])
    assert [outcome.parcels for outcome in result.outcomes] == [3, 1]
    assert result.outcomes[0].message == "1 of 3 parcels got no label: 1 without a polygon."
    assert "1 parcels lie in no county and get no label." in ear.infos


@pytest.mark.parametrize("epsg", [32631, 3857])
def test_counties_and_parcels_in_another_crs(orders, tmp_path, epsg):
    counties = write_layer(tmp_path / "districts.geojson", county_shapes(NAMES[:2]), epsg=epsg)
    order = replace(in_folder(orders("x"), "y"), counties=counties, folder=str(tmp_path / "out"))
    result = run(order)
    assert statuses(result) == dict.fromkeys(NAMES[:2], "done")
    assert [sum(outcome.areas.values()) for outcome in result.outcomes] == pytest.approx([16, 14], abs=0.01)
    assert [outcome.parcels for outcome in result.outcomes] == [3, 2]
