"""A STAC item beside the outputs of a run: where and when, its files, its classes, and what they were made from.

By STAC 1.1.0 with the extensions projection 2.0.0, raster 2.0.0, classification 1.1.0, file 2.1.0 and processing 1.2.0.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from osgeo import gdal, ogr, osr

from ..paths import file_of
from ..product import CODES, Product
from ..products import PRODUCTS
from ..provenance import OWN_SOFTWARE, OWN_TAG
from ..series.files.geometry import spatial_reference
from ..series.files.grid import Grid
from ..writing.outputs import PendingOutput

if TYPE_CHECKING:
    from ...models.card import Card
    from ..series.preprocessing.prepared import PreparedSeries

VERSION = "1.1.0"
_EXTENSIONS = tuple(
    f"https://stac-extensions.github.io/{name}/schema.json"
    for name in ("projection/v2.0.0", "raster/v2.0.0", "classification/v1.1.0", "file/v2.1.0", "processing/v1.2.0")
)
COLLECTION_ID, COLLECTION_NAME = "crop_attention_counties", "collection.json"
"""Of the collection that lies in the folder above those of counties."""

_GEOTIFF = "image/tiff; application=geotiff"
_MEDIA = {
    ".tif": _GEOTIFF,
    ".tiff": _GEOTIFF,
    ".jp2": "image/jp2",
    ".zip": "application/zip",
    ".nc": "application/netcdf",
    ".gpkg": "application/geopackage+sqlite3",
    ".geojson": "application/geo+json",
    ".parquet": "application/vnd.apache.parquet",
    ".fgb": "application/vnd.flatgeobuf",
    ".shp": "application/vnd.shp",
    ".html": "text/html",
    ".htm": "text/html",
}
_DATA_TYPES = {gdal.GDT_Byte: "uint8", gdal.GDT_UInt16: "uint16", gdal.GDT_Float32: "float32"}
_EDGE = 4
"""Points on each side of the footprint, whose sides are bent in degrees."""


def write_item(
    pending: PendingOutput,
    prepared: PreparedSeries,
    members: Mapping[str, PendingOutput],
    written: Mapping[str, str],
    tags: Mapping[str, str],
    title: str,
    cog: bool,
    home: str,
) -> None:
    """Write the item of a run whose other outputs are whole, not yet in place.

    Args:
        members: name of a product -> its file until then.
        written: name of a product -> where it will stand.
        tags: where the outputs come from.
        cog: rasters are Cloud Optimized GeoTIFFs.
        home: folder of the county that the outputs come to lie in at last, below its collection; "" for that of the
            item, which is of no collection.

    Raises:
        OutputError: the disk refuses it.
    """
    folder, card = str(pending.final.parent), prepared.card
    assets = {}
    for product in PRODUCTS:
        place = written.get(product.name, "").partition("|")[0]
        if place and Path(place).suffix.lower() in _MEDIA:
            asset = _asset(product, place, folder, prepared, cog)
            if product.name in members:
                asset.update(_file_facts(members[product.name].path))
            assets[product.name] = asset
    item: dict[str, Any] = {
        "type": "Feature",
        "stac_version": VERSION,
        "stac_extensions": list(_EXTENSIONS),
        "id": _identifier(title, prepared),
        **_footprint(prepared.grid),
        "properties": _properties(prepared, card, tags, title),
        "links": [_derived_from(path, home or folder) for path in dict.fromkeys(map(file_of, prepared.files()))],
        "assets": assets,
    }
    if home:
        above = {"href": f"../{COLLECTION_NAME}", "type": "application/json"}
        item["collection"] = COLLECTION_ID
        item["links"] = [{"rel": rel, **above} for rel in ("collection", "parent", "root")] + item["links"]
    used = json.dumps([item["properties"], assets])
    item["stac_extensions"] = [each for each in _EXTENSIONS if f'"{_prefix(each)}:' in used]
    with pending.writing():
        Path(pending.path).write_text(json.dumps(item, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _asset(product: Product, place: str, folder: str, prepared: PreparedSeries, cog: bool) -> dict[str, Any]:
    suffix = Path(place).suffix.lower()
    asset: dict[str, Any] = {"href": _relative(place, folder), "type": _MEDIA[suffix], "title": product.title}
    asset["description"] = product.help
    asset["roles"] = ["metadata"] if suffix in (".html", ".htm") else ["data"]
    if not product.is_raster:
        return asset
    if cog:
        asset["type"] += "; profile=cloud-optimized"
    kind = product.storage
    asset |= {"data_type": _DATA_TYPES[kind.gdal_type], "nodata": kind.nodata, "raster:sampling": "area"}
    if kind.scale is not None:
        asset |= {"raster:scale": kind.scale, "raster:offset": 0.0}
    asset["bands"] = [{"name": name} for name in product.bands(prepared.card, prepared.placed)]
    if kind is CODES:
        asset["classification:classes"] = [
            {
                "value": entry.code,
                "name": _slug(entry.name) or f"class_{entry.code}",
                "description": entry.name,
                "color_hint": entry.colour.lstrip("#").upper(),
            }
            for entry in prepared.card.classes
        ]
    return asset


def _properties(prepared: PreparedSeries, card: Card, tags: Mapping[str, str], title: str) -> dict[str, Any]:
    grid, placed = prepared.grid, prepared.placed
    first, last = placed.start, placed.step_bounds(placed.season.steps - 1)[1]
    reference = spatial_reference(grid.crs)
    code = _code_of(reference)
    created = tags["CREATED"].replace("+00:00", "Z")
    west, south, east, north = grid.bounds
    found: dict[str, Any] = {
        "title": title,
        "datetime": None,
        "start_datetime": f"{first.isoformat()}T00:00:00Z",
        "end_datetime": f"{last.isoformat()}T23:59:59Z",
        "created": created,
        "proj:code": code,
        "proj:shape": [grid.height, grid.width],
        "proj:transform": [grid.pixel, 0.0, grid.x0, 0.0, -grid.pixel, grid.y0],
        "proj:bbox": [west, south, east, north],
        "processing:software": {OWN_SOFTWARE: tags[OWN_TAG]},
        "processing:lineage": f"Classified by the checkpoint {card.name} from a season of Sentinel-1 and Sentinel-2.",
    }
    if re.search(r"(\+00:00|Z)$", created):
        found["processing:datetime"] = created
    if reference.IsProjected():
        found["gsd"] = grid.pixel * reference.GetLinearUnits()
    if code is None:
        found["proj:wkt2"] = reference.ExportToWkt(["FORMAT=WKT2_2019"])
    known = {name.lower(): text for name, text in tags.items() if name not in (OWN_TAG, "CREATED")}
    return found | {f"crop_attention:{name}": text for name, text in known.items()}


def _code_of(reference: osr.SpatialReference) -> str | None:
    authority, code = reference.GetAuthorityName(None), reference.GetAuthorityCode(None)
    return f"{authority}:{code}" if authority and code else None


def _footprint(grid: Grid) -> dict[str, Any]:
    """Return geometry and bounding box in degrees; no geometry where the CRS has no place on Earth."""
    west, south, east, north = grid.bounds
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    ring = [
        (x0 + (x1 - x0) * step / _EDGE, y0 + (y1 - y0) * step / _EDGE)
        for (x0, y0), (x1, y1) in zip(corners, corners[1:])
        for step in range(_EDGE)
    ]
    try:
        there = osr.CoordinateTransformation(spatial_reference(grid.crs), spatial_reference("EPSG:4326"))
        points = [there.TransformPoint(*point)[:2] for point in [*ring, ring[0]]]
    except RuntimeError:
        return {"geometry": None}
    if max(x for x, _ in points) - min(x for x, _ in points) <= 180:
        shape = _polygon(points)
        low, high, bottom, top = shape.GetEnvelope()
    else:
        # Around the antimeridian GeoJSON wants two polygons, and a box whose west is greater than its east.
        whole = _polygon([(x + 360 if x < 0 else x, y) for x, y in points])
        low, high, bottom, top = whole.GetEnvelope()
        high -= 360
        shape = ogr.Geometry(ogr.wkbMultiPolygon)
        for shift in (0, 360):
            edges = (shift - 180 * bool(shift), shift + 180 * (not shift))
            half = _polygon([(edges[x], y) for x, y in ((0, -90), (1, -90), (1, 90), (0, 90), (0, -90))])
            part = whole.Intersection(half)
            line = part.GetGeometryRef(0).GetPoints()
            shape.AddGeometry(_polygon([(point[0] - shift, point[1]) for point in line]))
    box = [round(number, 7) for number in (low, bottom, high, top)]
    return {"geometry": json.loads(shape.ExportToJson(["COORDINATE_PRECISION=7"])), "bbox": box}


def _polygon(points: list[tuple[float, float]]) -> ogr.Geometry:
    ring, polygon = ogr.Geometry(ogr.wkbLinearRing), ogr.Geometry(ogr.wkbPolygon)
    for x, y in points:
        ring.AddPoint_2D(x, y)
    polygon.AddGeometry(ring)
    return polygon


def _derived_from(path: str, folder: str) -> dict[str, str]:
    link = {"rel": "derived_from", "href": _relative(path, folder)}
    media = _MEDIA.get(Path(path).suffix.lower())
    return {**link, "type": media} if media else link


def _relative(path: str, folder: str) -> str:
    # Names as they are, blanks too: readers open a relative href as a file (pystac finds none named by %20).
    try:
        found = os.path.relpath(path, folder).replace(os.sep, "/")
    except ValueError:  # Another drive of Windows.
        return Path(path).as_uri()
    return found if found.startswith(".") else f"./{found}"


def _file_facts(path: str) -> dict[str, Any]:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for piece in iter(lambda: file.read(1 << 20), b""):
            digest.update(piece)
    # 12 20: the multihash prefix of 32 bytes of SHA-256.
    return {"file:size": os.path.getsize(path), "file:checksum": f"1220{digest.hexdigest()}"}


def _identifier(title: str, prepared: PreparedSeries) -> str:
    """Return an id of plain letters; eight digits of a digest stand for those that it lost, so that all differ."""
    plain = _slug(title)
    lost = "" if plain == title.lower().replace(" ", "_") else hashlib.sha256(title.encode()).hexdigest()[:8]
    return "_".join(filter(None, (plain or "crop_map", lost, prepared.placed.start.isoformat())))


def _slug(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z]+", "_", text).strip("_").lower()


def _prefix(extension: str) -> str:
    name = extension.split("/")[3]
    return "proj" if name == "projection" else name
