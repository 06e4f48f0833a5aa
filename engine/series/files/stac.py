"""What STAC items say of their files, of STAC 0.8 to 1.1: sensor, day, bands, scales, baseline, orbit, tile."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ...provenance import OWN_SOFTWARE
from ..acquisition import S1, S2

RASTERS = (".tif", ".tiff", ".jp2", ".img", ".vrt")
LARGEST = 200_000_000
MOST_ITEMS, DEEPEST = 100_000, 8
METRES = re.compile(r"[-_](\d0)m$", re.IGNORECASE)
"""Pixels at the end of a name."""

_ASIDE = {"thumbnail", "overview", "visual", "metadata", "preview", "rendered_preview", "tilejson"}
_SATELLITES = (
    (S2, re.compile(r"sentinel-?_?2|\bs2[a-d]?\b|s30", re.I)),
    (S1, re.compile(r"sentinel-?_?1|\bs1[a-d]?\b", re.I)),
)
_TAGS = {
    "processing:version": "PROCESSING_BASELINE",
    "s2:processing_baseline": "PROCESSING_BASELINE",
    "processing:level": "PROCESSING_LEVEL",
    "s2:product_type": "PRODUCT_TYPE",
    "sat:orbit_state": "SAT:ORBIT_STATE",
    "sat:relative_orbit": "SAT:RELATIVE_ORBIT",
}
_DOUBTED = ("earthsearch:boa_offset_applied", "sentinel:boa_offset_applied")
"""Where an item has this, neither it nor its offsets can be relied on (Element84/earth-search, issues 9, 66 and 71)."""


@dataclass(frozen=True)
class Told:
    """What a STAC item says of one file.

    Attributes:
        item, key: names of the item and of the asset.
        sensor: "S1", "S2", "other" or "" where it does not say.
        day: of acquisition; None for a period, or where it does not say.
        bands: the texts that may name each band of the file, the best first.
        scales: scale and offset of each band; None for one that it does not say.
        tags: under the names that files use.
        tile: MGRS tile.
        aside: a picture, metadata, or a coarser copy of a band.
    """

    item: str
    key: str
    sensor: str = ""
    day: date | None = None
    bands: tuple[tuple[str, ...], ...] = ()
    scales: tuple[tuple[float | None, float | None], ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    tile: str = ""
    aside: bool = False


@dataclass(frozen=True)
class Asset:
    """An asset of an item: what it tells, where it points to."""

    told: Told
    folder: str
    href: str

    @property
    def parts(self) -> list[str]:
        """Folders and name at the end of its address."""
        text = urlsplit(self.href).path if "://" in self.href else self.href
        return [part for part in unquote(text).replace("\\", "/").split("/") if part not in ("", ".", "..")]


def items_of_file(path: str, seen: set[str], depth: int) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yield the items of a file and of those that it leads to, with the folder that their links count from."""
    real = os.path.realpath(path)
    if real in seen or len(seen) > MOST_ITEMS:
        return
    seen.add(real)
    try:
        if not os.path.isfile(path) or os.path.getsize(path) > LARGEST:
            return
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        try:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            return
    folder = os.path.dirname(os.path.abspath(path))
    for entry in _entries(found):
        if isinstance(entry.get("assets"), dict) and isinstance(entry.get("properties"), dict):
            if OWN_SOFTWARE not in (entry["properties"].get("processing:software") or {}):
                yield entry, folder
        elif depth < DEEPEST and isinstance(entry.get("links"), list):
            for link in entry["links"]:
                href = link.get("href") if isinstance(link, dict) and link.get("rel") in ("item", "child") else None
                if isinstance(href, str) and (place := local_file(href, folder)):
                    yield from items_of_file(place, seen, depth + 1)


def local_file(href: str, folder: str) -> str:
    """Return the file of this computer that a link points to, "" for none; its name may be quoted or stand as it is."""
    href = href[7:] if href.startswith("file://") else href
    if "://" in href or href.startswith("/vsi"):
        return ""
    places = (os.path.normpath(os.path.join(folder, text)) for text in (href, unquote(href)))
    return next((place for place in places if os.path.isfile(place)), "")


def _entries(found: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(found, dict):
        inner = found.get("features") or found.get("items")
        found = inner if isinstance(inner, list) else [found]
    yield from (entry for entry in found if isinstance(entry, dict)) if isinstance(found, list) else ()


def assets_of(item: Mapping[str, Any], folder: str) -> Iterator[Asset]:
    told = item["properties"]
    name = str(item.get("id", ""))
    texts = [item.get("collection"), told.get("constellation"), told.get("platform"), name]
    sensor = _sensor(" ".join(str(text).lower() for text in texts if text))
    doubted = any(flag in told for flag in _DOUBTED)
    tags = {tag: str(told[key]) for key, tag in _TAGS.items() if isinstance(told.get(key), (str, int))}
    if doubted:
        tags.pop("PROCESSING_BASELINE", None)
    for key, asset in item["assets"].items():
        if not isinstance(asset, dict) or not isinstance(asset.get("href"), str):
            continue
        local = asset.get("file:local_path")
        media, roles = str(asset.get("type", "")), set(map(str, asset.get("roles") or ()))
        for href in [asset["href"]] + ([local] if isinstance(local, str) else []):
            if urlsplit(href).path.lower().endswith(RASTERS) or (
                media.startswith(("image/tiff", "image/jp2")) and href != local
            ):
                bands = _bands(asset, key)
                found = Told(
                    name,
                    key,
                    sensor,
                    _day(told),
                    tuple(texts for texts, _ in bands),
                    tuple((scale, None if doubted else offset) for _, (scale, offset) in bands),
                    tags,
                    _tile(told),
                    bool(roles & _ASIDE) or METRES.sub("", key.lower()) in _ASIDE,
                )
                yield Asset(found, folder, href)
                break


def _sensor(text: str) -> str:
    found = [sensor for sensor, pattern in _SATELLITES if pattern.search(text.replace("_", " "))]
    if len(found) == 1:
        return found[0]
    return "other" if re.search(r"landsat|l30|modis|cop-dem", text) else ""


def _bands(asset: Mapping[str, Any], key: str) -> list[tuple[tuple[str, ...], tuple[float | None, float | None]]]:
    """Return the names, and scale and offset, of each band of an asset."""
    named = _dicts(asset.get("bands")) or _dicts(asset.get("eo:bands"))
    scaled = _dicts(asset.get("raster:bands")) or _dicts(asset.get("bands"))
    found = []
    for number in range(max(len(named), len(scaled), 1)):
        one = named[number] if number < len(named) else {}
        other = {**asset, **(scaled[number] if number < len(scaled) else {})}
        texts = [one.get("name"), one.get("eo:common_name", one.get("common_name"))]
        texts += [METRES.sub("", key)] if max(len(named), len(scaled)) <= 1 else []
        scale, offset = (_number(other.get(f"raster:{what}", other.get(what))) for what in ("scale", "offset"))
        found.append((tuple(text for text in texts if isinstance(text, str) and text), (scale or None, offset)))
    return found


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _number(value: Any) -> float | None:
    return (
        float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e9 else None
    )


def _day(told: Mapping[str, Any]) -> date | None:
    days = []
    for key in ("datetime", "start_datetime", "end_datetime"):
        try:
            days.append(date.fromisoformat(str(told.get(key))[:10]))
        except ValueError:
            continue
    return days[0] if days and (max(days) - min(days)).days <= 1 else None


def _tile(told: Mapping[str, Any]) -> str:
    texts = [told.get("s2:mgrs_tile"), told.get("grid:code")]
    texts.append("".join(str(told.get(f"mgrs:{part}", "")) for part in ("utm_zone", "latitude_band", "grid_square")))
    for text in texts:
        match = re.fullmatch(r"(?:MGRS-|T)?(\d{1,2}[C-X][A-Z]{2})", str(text or "").upper())
        if match:
            return match.group(1).zfill(5)
    return ""
