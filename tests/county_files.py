"""A small country for tests of runs over counties: rasters, counties, parcels and a network of random weights."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from osgeo import ogr, osr

from crop_attention.engine.counties.executors.base import SerialExecutor
from crop_attention.engine.counties.job import classify_counties
from crop_attention.engine.counties.request import CountiesRequest
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import MappingOptions, SeriesOptions
from rasters import ORIGIN, write_raster
from tiny_training import write_base

SIDE = 40
"""Pixels a side of a county."""

DAYS = ("20181015", "20190120", "20190410", "20190720")
NAMES = ("Alba", "Böhm/en", "Cote d'Or", "Delta")


def box(col: float, row: float, width: float, height: float) -> str:
    """Return a ring in pixels of the country as WKT coordinates in metres."""
    west, north = ORIGIN[0] + 10 * col, ORIGIN[1] - 10 * row
    east, south = west + 10 * width, north - 10 * height
    return f"({west} {north},{east} {north},{east} {south},{west} {south},{west} {north})"


def county_shapes(names: Sequence[str] = NAMES) -> list[tuple[str, str | None]]:
    """Return counties side by side, the second one of two parts."""
    shapes = [(name, f"MULTIPOLYGON(({box(SIDE * place, 0, SIDE, SIDE)}))") for place, name in enumerate(names)]
    if len(names) > 1:
        parts = f"({box(SIDE, 0, SIDE, 25)}),({box(SIDE, 30, SIDE, 10)})"
        shapes[1] = (names[1], f"MULTIPOLYGON({parts})")
    return shapes


def write_layer(
    path: Path, shapes: Sequence[tuple[str | None, str | None]], field: str = "name", epsg: int = 32631, extra: str = ""
) -> str:
    """Write polygons of UTM zone 31 with a name; return the path."""
    driver = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".shp": "ESRI Shapefile", ".fgb": "FlatGeobuf"}[path.suffix]
    path.unlink(missing_ok=True)
    source = ogr.GetDriverByName(driver).CreateDataSource(str(path))
    layer = source.CreateLayer(path.stem, reference(epsg), ogr.wkbMultiPolygon)
    layer.CreateField(ogr.FieldDefn(field, ogr.OFTString))
    if extra:
        layer.CreateField(ogr.FieldDefn(extra, ogr.OFTString))
    for name, wkt in shapes:
        feature = ogr.Feature(layer.GetLayerDefn())
        if name is not None:
            feature.SetField(field, name)
        if extra:
            feature.SetField(extra, "kept")
        if wkt:
            shape = ogr.CreateGeometryFromWkt(wkt)
            if epsg != 32631:
                shape.Transform(osr.CoordinateTransformation(reference(32631), reference(epsg)))
            feature.SetGeometry(shape)
        layer.CreateFeature(feature)
    layer = source = None
    return str(path)


def reference(epsg: int) -> osr.SpatialReference:
    """Return a CRS with x before y."""
    found = osr.SpatialReference()
    found.ImportFromEPSG(epsg)
    found.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return found


def write_series(folder: Path, col: int, width: int, height: int = SIDE, days: Sequence[str] = DAYS) -> None:
    """Write both sensors of some columns of the country, each pixel its own number."""
    for day in days:
        random = np.random.default_rng(int(day) + col)
        origin = (ORIGIN[0] + 10 * col, ORIGIN[1])
        s2 = random.integers(300, 4000, (3, height, width)).astype(float)
        s2[2] = 4
        write_raster(folder / f"S2_{day}_{col}.tif", s2, ("B04", "B08", "SCL"), origin=origin, dtype="uint16", nodata=0)
        s1 = random.normal(-14, 3, (2, height, width)).astype(np.float32)
        s1[1] -= 6
        write_raster(folder / f"S1_ASC_{day}_{col}.tif", s1, ("VV", "VH"), origin=origin)


def parcel_shapes(count: int = len(NAMES)) -> list[tuple[str, str]]:
    """Return two parcels a county, and one across the border of the first two that lies mostly in the first."""
    found = [
        (f"{place}{part}", f"MULTIPOLYGON(({box(SIDE * place + 3, 3 + 12 * part, 10, 9)}))")
        for place in range(count)
        for part in range(2)
    ]
    return [*found, ("border", f"MULTIPOLYGON(({box(SIDE - 9, 31, 12, 8)}))")]


def country(folder: Path, names: Sequence[str] = NAMES) -> CountiesRequest:
    """Write everything; all counties share one folder of rasters."""
    for place, _ in enumerate(names):
        write_series(folder / "data", SIDE * place, SIDE)
    write_layer(folder / "districts.gpkg", county_shapes(names))
    write_layer(folder / "fields.gpkg", parcel_shapes(len(names)), "label")
    write_base(folder)
    return order_of(folder)


def order_of(folder: Path) -> CountiesRequest:
    """Return the order that maps what `country` wrote."""
    return CountiesRequest(
        folder=str(folder / "out"),
        checkpoint=str(folder / "base.safetensors"),
        s2=(str(folder / "data"),),
        s1=(str(folder / "data"),),
        counties=str(folder / "districts.gpkg"),
        name_field="name",
        parcels=str(folder / "fields.gpkg"),
        series_options=SeriesOptions(cloud_margin=0.0, normalise_tracks=False),
        mapping_options=MappingOptions(device="cpu", threads=1),
    )


def in_folder(order: CountiesRequest, name: str) -> CountiesRequest:
    """Return the same order with another output folder."""
    return replace(order, folder=str(Path(order.folder).with_name(name)))


def tree(folder: str | Path) -> dict[str, str]:
    """Return name -> SHA-256 of every file under a folder."""
    root = Path(folder)
    files = sorted(place for place in root.rglob("*") if place.is_file())
    return {place.relative_to(root).as_posix(): hashlib.sha256(place.read_bytes()).hexdigest() for place in files}


def without_seconds(folder: str | Path) -> dict[str, object]:
    """Return name -> content of every file under a folder, but for the seconds that counties took."""
    found: dict[str, object] = dict(tree(folder))
    for name in found:
        place = Path(folder) / name
        if place.name == "county.json":
            found[name] = re.sub(r'"seconds": [0-9.]+', "", place.read_text("utf-8"))
        elif name == "counties.csv":
            rows = list(csv.reader(place.open(encoding="utf-8")))
            found[name] = [row[: rows[0].index("seconds")] + row[rows[0].index("seconds") + 1 :] for row in rows]
        elif name == "counties.gpkg":
            layer = ogr.Open(str(place))
            features = [json.loads(feature.ExportToJson()) for feature in layer.GetLayer(0)]
            found[name] = [{**each, "properties": {**each["properties"], "seconds": 0}} for each in features]
    return found


class Ear(Feedback):
    """Keeps what is said; cancels when a title is said for the n-th time."""

    def __init__(self, cancel_at: str = "", times: int = 1) -> None:
        self.infos: list[str] = []
        self.warnings: list[str] = []
        self.titles: list[str] = []
        self.shares: list[float] = []
        self._cancel_at, self._times = cancel_at, times

    def info(self, message: str) -> None:
        self.infos.append(message)

    def warning(self, message: str) -> None:
        self.warnings.append(message)

    def title(self, text: str) -> None:
        self.titles.append(text)

    def progress(self, fraction: float) -> None:
        self.shares.append(fraction)

    def cancelled(self) -> bool:
        return bool(self._cancel_at) and sum(self._cancel_at in title for title in self.titles) >= self._times


if __name__ == "__main__":
    from crop_attention.engine.counties.executors.base import SerialExecutor
    from crop_attention.engine.counties.job import classify_counties

    classify_counties(in_folder(order_of(Path(sys.argv[1])), sys.argv[2]), Feedback(), SerialExecutor())


def run(order, feedback=None):
    """Run the counties of an order one after the other in this process."""
    return classify_counties(order, feedback or Feedback(), SerialExecutor())


def messages(result) -> dict[str, str]:
    """County -> what is said of it."""
    return {outcome.name: outcome.message for outcome in result.outcomes}
