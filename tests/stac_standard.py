"""What the STAC standard demands of items and collections, as far as it can be held against files without a network."""

from __future__ import annotations

import json
import os
import re
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

SCHEMAS = "CROP_ATTENTION_STAC_SCHEMAS"
"""Folder of JSON schemas, as the standard and its extensions publish them, by which files are checked too."""

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_DATA_TYPES = {"uint8", "uint16", "uint32", "int16", "int32", "float32", "float64"}


def broken(place: Path) -> list[str]:
    """Return a sentence for every rule that an item or a collection breaks, with what it links to on this disk."""
    content = json.loads(place.read_text(encoding="utf-8"))
    found = [f"no {name}" for name in ("type", "stac_version", "id", "links") if not content.get(name)]
    found += [f"link without {name}" for link in content["links"] for name in ("rel", "href") if not link.get(name)]
    relations = [link["rel"] for link in content["links"]]
    found += [f"two links are {name}" for name in ("root", "parent", "collection") if relations.count(name) > 1]
    found += [f"{href} is not there" for href in _hrefs(content) if not _there(place, href)]
    found += _of_item(content) if content["type"] == "Feature" else _of_collection(content, place)
    return found + _by_schemas(content)


def _hrefs(content: dict) -> list[str]:
    assets = [asset["href"] for asset in content.get("assets", {}).values()]
    return assets + [link["href"] for link in content["links"] if link["rel"] != "derived_from"]


def _there(place: Path, href: str) -> bool:
    return bool(urlsplit(href).scheme) or (place.parent / href).is_file()


def _of_item(item: dict) -> list[str]:
    told, assets, found = item["properties"], item["assets"], []
    times = [told[name] for name in ("datetime", "start_datetime", "end_datetime", "created") if told.get(name)]
    found += [f"{text} is no time" for text in times if not _TIME.fullmatch(text)]
    if "datetime" not in told or (told["datetime"] is None and not {"start_datetime", "end_datetime"} <= set(told)):
        found.append("neither a time nor a period")
    if (item["geometry"] is None) == ("bbox" in item):
        found.append("a box and a geometry belong together")
    if ("collection" in item) != ("collection" in [link["rel"] for link in item["links"]]):
        found.append("a collection is named and linked, or neither")
    for name, asset in assets.items():
        found += [f"{name} has no {key}" for key in ("href", "type", "roles") if not asset.get(key)]
        if asset.get("data_type", "uint8") not in _DATA_TYPES:
            found.append(f"{name} has no known type of data")
        for entry in asset.get("classification:classes", ()):
            fine = isinstance(entry["value"], int) and re.fullmatch(r"[0-9A-Za-z_-]+", entry["name"])
            if not fine or not re.fullmatch(r"[0-9A-F]{6}", entry["color_hint"]):
                found.append(f"{name} has a class {entry}")
        if not re.fullmatch(r"1220[0-9a-f]{64}", asset.get("file:checksum", f"1220{'0' * 64}")):
            found.append(f"{name} has no SHA-256 as a multihash")
    keys = [key for part in (told, *assets.values()) for key in part if ":" in key]
    used = {key.partition(":")[0] for key in keys} - {"crop_attention"}
    named = {url.split("/")[3].replace("projection", "proj") for url in item["stac_extensions"]}
    return found + [f"extensions {used} are used, {named} are named"] * (used != named)


def _of_collection(collection: dict, place: Path) -> list[str]:
    found = [f"no {name}" for name in ("license", "description", "extent", "item_assets") if not collection.get(name)]
    boxes, (period,) = collection["extent"]["spatial"]["bbox"], collection["extent"]["temporal"]["interval"]
    found += [f"{text} is no time" for text in period if not _TIME.fullmatch(text)]
    start, end = (datetime.fromisoformat(text.replace("Z", "+00:00")) for text in period)
    links = [place.parent / link["href"] for link in collection["links"] if link["rel"] == "item"]
    items = [json.loads(link.read_text(encoding="utf-8")) for link in links]
    if len({item["id"] for item in items}) < len(items):
        found.append("two items have one id")
    found += [f"{item['id']} is of another collection" for item in items if item["collection"] != collection["id"]]
    if start > end or (len(items) > 1 and len(boxes) != len(items) + 1):
        found.append("the extent is not that of the items")
    if {key for item in items for key in item["assets"]} != set(collection["item_assets"]):
        found.append("the assets are not those of the items")
    return found


def _by_schemas(content: dict) -> list[str]:
    """Return what the published schemas refuse, where somebody has put them and the library for them is there."""
    folder = os.environ.get(SCHEMAS)
    if not folder:
        return []
    import jsonschema

    known = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(Path(folder).rglob("*.json"))]
    store = {each["$id"].rstrip("#"): each for each in known}
    kind = "item" if content["type"] == "Feature" else "collection"
    core = f"https://schemas.stacspec.org/v{content['stac_version']}/{kind}-spec/json-schema/{kind}.json"
    found = []
    for name in (core, *content.get("stac_extensions", ())):
        schema = store[name]
        resolver = jsonschema.RefResolver(schema["$id"], schema, store=store)
        errors = jsonschema.Draft7Validator(schema, resolver=resolver).iter_errors(content)
        found += [f"{name}: {error.message[:200]}" for error in errors]
    return found
