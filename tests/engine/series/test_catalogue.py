"""Saved STAC items become a series: files found, days, bands and scales told, what is not there named."""

from __future__ import annotations

import json
import zipfile
from datetime import date

import pytest

from crop_attention.engine.errors import SeriesError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.acquisition import METADATA, S1, S2
from crop_attention.engine.series.files.catalogue import read_catalogue
from crop_attention.engine.series.files.discover import find_rasters
from crop_attention.engine.series.recognise.series import read_series
from crop_attention.engine.series.recognise.stac_facts import gives
from rasters import write_raster

BANDS = ("B02", "B04", "B08")
WORDS = {"B02": "blue", "B04": "red", "B08": "nir", "SCL": "scl"}
DAYS = (date(2023, 6, 1), date(2023, 6, 11))
SERVER = "https://sentinel-cogs.example/sentinel-s2-l2a-cogs/31/U/DQ/2023/6"


def s2_item(
    day, bands=(*BANDS, "SCL"), offset=-0.1, href="{server}/{id}/{band}.tif", properties=(), key="word", **more
):
    """An item in the shape of Earth Search."""
    name = f"S2B_31UDQ_{day:%Y%m%d}_0_L2A"
    assets = {}
    for band in bands:
        asset = {"href": href.format(server=SERVER, id=name, band=band, word=WORDS[band], day=day)}
        asset["type"] = "image/tiff; application=geotiff; profile=cloud-optimized"
        asset["roles"] = ["data", "reflectance"]
        if band != "SCL":
            asset["eo:bands"] = [{"name": band if key == "band" else WORDS[band], "common_name": WORDS[band]}]
            asset["raster:bands"] = [{"data_type": "uint16", "nodata": 0, "scale": 0.0001, "offset": offset}]
        assets[band if key == "band" else WORDS[band]] = asset
    assets["visual"] = {**assets[next(iter(assets))], "href": f"{SERVER}/{name}/TCI.tif", "roles": ["visual"]}
    assets["thumbnail"] = {"href": f"{SERVER}/{name}/preview.jpg", "type": "image/jpeg", "roles": ["thumbnail"]}
    told = {"datetime": f"{day}T10:56:29.024000Z", "platform": "sentinel-2b", "constellation": "sentinel-2"}
    told |= {"grid:code": "MGRS-31UDQ", **dict(properties)}
    return {"type": "Feature", "stac_version": "1.0.0", "id": name, "geometry": None, "properties": told, "links": [],
            "collection": "sentinel-2-c1-l2a", "assets": assets, **more}  # fmt: skip


def put(folder, name, number, scl=False):
    write_raster(folder / name, 4 if scl else number, dtype="uint8" if scl else "uint16", nodata=0)


def download(folder, items, template):
    """Put small rasters where a tool would have downloaded the assets of items to."""
    for item in items:
        for key, asset in item["assets"].items():
            if key != "thumbnail":
                base = asset["href"].rsplit("/", 1)[1]
                put(folder, template.format(id=item["id"], base=base, key=key), 1600, "SCL" in base)


def saved(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def read(paths, sensor=S2, bands=BANDS, **options):
    return read_series([str(path) for path in paths], sensor, bands, {}, SeriesOptions(**options), Feedback())


def as_collection(items):
    return {"type": "FeatureCollection", "features": items}


@pytest.mark.parametrize(
    "shape", [as_collection, list, lambda items: {"items": items}], ids=["collection", "list", "items"]
)
@pytest.mark.parametrize("template", ["{id}/{base}", "{id}_{base}", "data/{id}/{key}.tif", "{id}_{key}.tif"])
def test_items_become_a_series_by_the_names_that_tools_save_under(tmp_path, template, shape):
    items = [s2_item(day) for day in DAYS]
    download(tmp_path, items, template)
    series = read([saved(tmp_path / "items.json", shape(items))])
    assert [each.date for each in series.acquisitions] == list(DAYS)
    for found in series.acquisitions:
        (part,) = found.parts
        assert set(part.bands) == set(BANDS) and part.tile == "31UDQ"
        assert {(source.scale, source.offset) for source in part.bands.values()} == {(1e-4, -0.1)}
        assert part.origins.scale == METADATA and [mask.title for mask in part.masks] == ["scene classification (SCL)"]
        assert all(f"{found.date:%Y%m%d}" in source.path for source in part.bands.values())
    assert not series.warnings


def test_names_that_say_nothing_get_day_band_and_tile_of_the_item(tmp_path):
    names = iter(range(100))
    items = []
    for day in DAYS:
        item = s2_item(day, key="band")
        del item["assets"]["visual"]
        for band in (*BANDS, "SCL"):
            item["assets"][band]["href"] = f"./tiles/{next(names):03}.tif"
            put(tmp_path / "tiles", item["assets"][band]["href"][8:], 1600, band == "SCL")
        items.append(item)
    series = read([], file_list=saved(tmp_path / "items.json", as_collection(items)))
    assert [each.date for each in series.acquisitions] == list(DAYS)
    part = series.acquisitions[1].parts[0]
    assert (
        part.bands["B04"].path.endswith("005.tif") and part.tile == "31UDQ" and part.masks[0].path.endswith("007.tif")
    )


def test_an_item_alone_in_a_folder_tells_of_the_files_beside_it_by_their_bands(tmp_path):
    for number, day in enumerate(DAYS):
        item = s2_item(day, key="band", href="https://blobs.example/T31UDQ_{day:%Y%m%d}_{band}_10m.tif?sig=x")
        saved(tmp_path / f"scene{number}" / "item.json", item)
        for band in (*BANDS, "SCL"):
            put(tmp_path / f"scene{number}", f"{band}.tif", 1600, band == "SCL")
    series = read([tmp_path])
    assert [found.date for found in series.acquisitions] == list(DAYS)
    assert {part.tile for found in series.acquisitions for part in found.parts} == {"31UDQ"}


def test_a_catalogue_folder_and_items_beside_the_files_of_a_folder_are_read_alike(tmp_path):
    for day in DAYS:
        item = s2_item(day, href="./{band}.tif")
        item["assets"].pop("visual")
        folder = tmp_path / "s2" / f"{day:%j}"
        saved(folder / "item.json", item)
        for band in (*BANDS, "SCL"):
            put(folder, f"{band}.tif", 1600, band == "SCL")
    links = [{"rel": "item", "href": f"./{day:%j}/item.json"} for day in DAYS]
    links.append({"rel": "child", "href": "https://elsewhere.example/catalog.json"})
    root = saved(tmp_path / "s2" / "catalog.json", {"type": "Catalog", "id": "all", "links": links})
    catalogue, folder = read([root]), read([tmp_path / "s2"])
    assert catalogue.acquisitions == folder.acquisitions and [each.date for each in folder.acquisitions] == list(DAYS)
    assert folder.acquisitions[0].parts[0].bands["B02"].offset == -0.1


def test_links_to_items_are_files_by_their_names_as_they_stand_and_quoted(tmp_path):
    """A reader must find both: STAC's tools write either."""
    hrefs = {"50%25 a b.json": "./50%25 a b.json", "50% a c.json": "50%25%20a%20c.json"}
    for day, name in zip(DAYS, hrefs):
        item = s2_item(day, href="./{band}_{day:%j}.tif")
        item["assets"].pop("visual")
        saved(tmp_path / name, item)
        for band in (*BANDS, "SCL"):
            put(tmp_path, f"{band}_{day:%j}.tif", 1600, band == "SCL")
    links = [{"rel": "item", "href": href} for href in (*hrefs.values(), "\0", "../none.json")]
    root = saved(tmp_path / "catalog.json", {"type": "Catalog", "id": "all", "links": links})
    assert [each.date for each in read([root]).acquisitions] == list(DAYS[:2])


def test_what_is_not_on_disk_is_named_and_the_rest_is_read(tmp_path):
    items = [s2_item(day) for day in (*DAYS, date(2023, 6, 21))]
    download(tmp_path, items[:2], "{id}/{base}")
    series = read([saved(tmp_path / "items.json", as_collection(items))])
    (warning,) = [text for text in series.warnings if "STAC" in text]
    assert warning == (
        "Of the files that the STAC items in items.json name, 4 of 1 items are not on this computer: "
        + ", ".join(f"S2B_31UDQ_20230621_0_L2A {word}" for word in sorted(WORDS.values()))
        + "; download them to have these dates."
    )
    assert len(series.acquisitions) == 2
    with pytest.raises(SeriesError, match="^No file of the STAC items in other.json is on this computer"):
        read([saved(tmp_path / "empty" / "other.json", as_collection(items))])
    with pytest.raises(SeriesError, match="^plain.json contains no STAC item; choose an item"):
        read([saved(tmp_path / "plain.json", {"type": "FeatureCollection", "features": []})])


def test_a_zip_that_is_named_as_the_item_stands_for_its_files(tmp_path):
    item = s2_item(DAYS[0])
    download(tmp_path / "unpacked", [item], "{id}/{base}")
    place = saved(tmp_path / "s2" / "item.json", item)
    with zipfile.ZipFile(tmp_path / "s2" / f"{item['id']}.SAFE.zip", "w") as archive:
        for path in sorted((tmp_path / "unpacked").rglob("*.tif")):
            archive.write(path, f"{item['id']}/{path.name}")
    series = read([place])
    assert [each.date for each in series.acquisitions] == [DAYS[0]] and not series.warnings
    assert all("/vsizip/" in source.path for source in series.acquisitions[0].parts[0].bands.values())


def test_an_item_at_the_top_of_a_product_tells_the_files_deep_below_and_none_outside(tmp_path):
    item = s2_item(DAYS[0], href="./GRANULE/L2A/IMG_DATA/R10m/{band}.tif")
    item["properties"]["processing:level"] = "L1C"
    item["assets"].pop("visual")
    for band in (*BANDS, "SCL"):
        put(tmp_path / "a" / "GRANULE" / "L2A" / "IMG_DATA" / "R10m", f"{band}.tif", 1600, band == "SCL")
    saved(tmp_path / "a" / "item.json", item)
    with pytest.raises(SeriesError, match="These are Level-1C products"):
        read([tmp_path / "a"])
    with pytest.raises(SeriesError, match="date"):
        read([tmp_path / "a" / "GRANULE"])


def test_coarser_copies_of_a_band_are_left_aside_unless_they_are_all_there_is(tmp_path):
    item = s2_item(DAYS[0], key="band")
    del item["assets"]["visual"]
    for band in BANDS:
        asset = item["assets"].pop(band)
        for metres in (10, 20, 60):
            name = f"T31UDQ_{DAYS[0]:%Y%m%d}T105629_{band}_{metres}m.jp2"
            item["assets"][f"{band}_{metres}m"] = {**asset, "href": f"s3://eodata/x.SAFE/IMG/R{metres}m/{name}"}
            if band != "B08" or metres == 20:
                put(tmp_path, name.replace(".jp2", ".tif"), 1600)
                (tmp_path / name.replace(".jp2", ".tif")).rename(tmp_path / name)
    place = saved(tmp_path / "item.json", item)
    names = sorted(path.rsplit("_", 2)[1] + path[-8:-4] for path in find_rasters([place]))
    assert names == ["B02_10m", "B04_10m", "B08_20m"]
    assert {told.key for told in read_catalogue(place).absent} == {"SCL"}


def test_an_offset_that_its_catalogue_is_known_to_get_wrong_is_left_to_the_numbers(tmp_path):
    for flag in (True, False):
        folder = tmp_path / str(flag)
        items = [s2_item(day, properties={"earthsearch:boa_offset_applied": flag}.items()) for day in DAYS]
        download(folder, items, "{id}/{base}")
        series = read([saved(folder / "items.json", items)])
        kinds = {tuple((each.scale, each.offset) for each in a.parts[0].candidates) for a in series.acquisitions}
        assert kinds == {((1e-4, 0.0), (1e-4, -0.1))}


def test_the_file_itself_and_its_name_come_before_the_item(tmp_path):
    item = s2_item(DAYS[0], href="./{band}.tif")
    item["assets"].pop("visual")
    saved(tmp_path / "S2_a" / "item.json", item)
    for band in BANDS:
        write_raster(tmp_path / "S2_a" / f"{band}.tif", 1600, [band], dtype="uint16", scale=0.0002, offset=-0.05)
    put(tmp_path / "S2_a", "SCL.tif", 4, True)
    part = read([tmp_path / "S2_a"]).acquisitions[0].parts[0]
    assert {(source.scale, source.offset) for source in part.bands.values()} == {(0.0002, -0.05)}
    (tmp_path / "S2_a").rename(tmp_path / "S2_20230801")
    with pytest.raises(SeriesError, match="2023-08-01 by its .* and 2023-06-01 by its STAC item"):
        read([tmp_path / "S2_20230801"])


def test_backscatter_of_a_newer_item_is_read_and_the_other_sensor_passed_over(tmp_path):
    assets = {
        f"gamma0_{name}": {
            "href": f"./{name}.tif",
            "type": "image/tiff; application=geotiff",
            "roles": ["data"],
            "bands": [{"name": name.upper()}],
        }
        for name in ("vv", "vh")
    }
    told = {"datetime": "2023-06-03T17:30:00Z", "platform": "sentinel-1a", "sat:orbit_state": "descending"}
    told |= {"sat:relative_orbit": 37}
    item = {"type": "Feature", "stac_version": "1.1.0", "id": "one", "properties": told, "links": [], "assets": assets}
    for name in ("vv", "vh"):
        write_raster(tmp_path / f"{name}.tif", 0.05, dtype="float32")
    optical = s2_item(DAYS[0])
    download(tmp_path, [optical], "{id}/{base}")
    place = saved(tmp_path / "items.json", [item, optical])
    (found,) = read([place], S1, ("VV", "VH")).acquisitions
    assert found.date == date(2023, 6, 3) and found.track == "DESC-37"
    assert [each.date for each in read([place]).acquisitions] == [DAYS[0]]
    assert gives(place, S1) and gives(place, S2)


def test_a_divisor_of_packed_backscatter_is_no_factor(tmp_path):
    assets = {
        band: {"href": f"./{band}.tif", "type": "image/tiff", "raster:bands": [{"scale": 10, "offset": 0}]}
        for band in ("VV", "VH")
    }
    told = {"datetime": "2023-06-01T05:58:08Z", "platform": "sentinel-1a", "sat:orbit_state": "descending"}
    item = {"type": "Feature", "stac_version": "1.0.0", "id": "SIG0_20230601T055808", "geometry": None}
    item |= {"properties": told, "links": [], "collection": "SENTINEL1_SIG0_20M", "assets": assets}
    for band, number in (("VV", -105), ("VH", -170)):
        write_raster(tmp_path / f"{band}.tif", number, dtype="int16", nodata=-9999)
    (tmp_path / "item.json").write_text(json.dumps(item), encoding="utf-8")
    series = read_series([str(tmp_path / "item.json")], S1, ("VV", "VH"), {}, SeriesOptions(), Feedback())
    assert series.acquisitions[0].parts[0].bands["VV"].scale == 0.1


def test_files_that_several_items_may_mean_are_given_to_none(tmp_path):
    items = [s2_item(day) for day in DAYS]
    put(tmp_path, "B02.tif", 1600)
    found = read_catalogue(saved(tmp_path / "items.json", items))
    assert not found.files and len(found.absent) == 8
