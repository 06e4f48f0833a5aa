"""Where a raster file lies: its CRS, geotransform and size, and boxes reprojected between CRSs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Iterable

from osgeo import gdal, osr

from ....models.language import span, tr
from ...errors import GridError
from ...feedback import Feedback
from ...safety.opening import RASTERS, closed_to_the_world
from ...safety.text import one_line
from .netcdf import position

gdal.UseExceptions()
osr.UseExceptions()

Bounds = tuple  # west, south, east, north

WITH_BOUNDS = 3050000
"""GDAL from which boxes are carried over by its own call, which is missing or wrong before."""

DENSIFY = 21
"""Points an edge when a box is reprojected to another CRS."""


@dataclass(frozen=True)
class Geometry:
    """The map position of one file.

    Attributes:
        crs: WKT.
        geotransform: GDAL's six numbers.
        width, height: size in pixels.
        block: pixels of one block, what the smallest read costs.
    """

    crs: str
    geotransform: tuple[float, float, float, float, float, float]
    width: int
    height: int
    block: int = 0

    @property
    def north_up(self) -> bool:
        """Return whether rows run south and columns run east, without rotation."""
        _, dx, rx, _, ry, dy = self.geotransform
        return rx == 0 and ry == 0 and dx > 0 and dy < 0

    @property
    def upright(self) -> Geometry:
        """The same with rows from north to south, where they run from south to north and nothing is rotated."""
        x0, dx, rx, y0, ry, dy = self.geotransform
        mirrored = rx == 0 and ry == 0 and dx > 0 and dy > 0
        return replace(self, geotransform=(x0, dx, 0.0, y0 + self.height * dy, 0.0, -dy)) if mirrored else self

    @property
    def pixel(self) -> float:
        """Side of a pixel in units of the CRS, the mean of both sides where they differ."""
        _, dx, rx, _, ry, dy = self.geotransform
        return math.sqrt(abs(dx * dy - rx * ry))

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north in the file's own CRS."""
        x0, dx, rx, y0, ry, dy = self.geotransform
        corners = [(column, row) for column in (0, self.width) for row in (0, self.height)]
        xs = [x0 + column * dx + row * rx for column, row in corners]
        ys = [y0 + column * ry + row * dy for column, row in corners]
        return (min(xs), min(ys), max(xs), max(ys))


def read_geometry(path: str) -> Geometry:
    """Open a file's header.

    Raises:
        ValueError: the file cannot be opened or has no map position; the text says which.
    """
    try:
        with closed_to_the_world():
            dataset = gdal.OpenEx(path, gdal.OF_RASTER | gdal.OF_READONLY, allowed_drivers=RASTERS)
    except RuntimeError as error:
        raise ValueError(tr("{path} cannot be opened ({error})").format(path=path, error=one_line(error))) from error
    crs, transform = position(dataset, path)
    if not crs:
        raise ValueError(tr("{path} has no coordinate reference system").format(path=path))
    if transform is None:
        raise ValueError(tr("{path} has no map position (geotransform)").format(path=path))
    width, height = dataset.GetRasterBand(1).GetBlockSize()
    return Geometry(crs, transform, dataset.RasterXSize, dataset.RasterYSize, width * height)


def read_geometries(paths: Iterable[str], feedback: Feedback) -> tuple[dict[str, Geometry], dict[str, str]]:
    """Open every header once; returns geometries and, for files that fail, the reasons."""
    found: dict[str, Geometry] = {}
    failed: dict[str, str] = {}
    for path in dict.fromkeys(paths):
        feedback.check()
        try:
            found[path] = read_geometry(path)
        except ValueError as error:
            failed[path] = str(error)
    return found, failed


@lru_cache(maxsize=256)
def spatial_reference(crs: str) -> osr.SpatialReference:
    """Return the CRS of a WKT or code with x before y."""
    reference = osr.SpatialReference()
    reference.SetFromUserInput(crs)
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return reference


def on_earth(crs: osr.SpatialReference | None) -> bool:
    """Return whether a CRS tells places on Earth: that of a drawing, or GeoPackage's "Undefined ...", does not."""
    return crs is not None and not crs.IsLocal() and not (crs.GetName() or "").startswith("Undefined ")


@lru_cache(maxsize=1024)
def same_crs(first: str, second: str) -> bool:
    """Return whether two CRSs put the same numbers at the same place."""
    if first == second:
        return True
    options = ["IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES"]
    return bool(spatial_reference(first).IsSame(spatial_reference(second), options))


def is_metric(crs: str) -> bool:
    """Return whether a CRS is projected in metres."""
    reference = spatial_reference(crs)
    return bool(reference.IsProjected()) and abs(reference.GetLinearUnits() - 1) < 1e-9


def crs_name(crs: str) -> str:
    """Return "EPSG:32631" where the CRS has a code, else its name."""
    reference = spatial_reference(crs)
    code = reference.GetAuthorityCode(None)
    return f"{reference.GetAuthorityName(None)}:{code}" if code else reference.GetName()


def transform_bounds(bounds: Bounds, source: str, target: str) -> Bounds:
    """Reproject a box to another CRS, its edges densified.

    Raises:
        GridError: the box cannot be expressed in the target CRS.
    """
    if same_crs(source, target):
        return tuple(bounds)
    try:
        transformation = osr.CoordinateTransformation(spatial_reference(source), spatial_reference(target))
        if int(gdal.VersionInfo()) >= WITH_BOUNDS:
            result = tuple(transformation.TransformBounds(*bounds, DENSIFY))
        else:
            result = edges_bounds(bounds, transformation)
    except RuntimeError as error:
        raise _not_expressible(bounds, source, target) from error
    if not all(math.isfinite(value) for value in result):
        raise _not_expressible(bounds, source, target)
    return result


def edges_bounds(bounds: Bounds, transformation: osr.CoordinateTransformation) -> Bounds:
    """Carry the edges of a box into another CRS, point by point, for GDAL before 3.5; infinite if no point can be."""
    west, south, east, north = bounds
    steps = [number / (DENSIFY + 1) for number in range(DENSIFY + 2)]
    columns, rows = [west + (east - west) * step for step in steps], [south + (north - south) * step for step in steps]
    edge = [(x, y) for x in columns for y in (south, north)] + [(x, y) for y in rows for x in (west, east)]
    found = [point for point in transformation.TransformPoints(edge) if all(map(math.isfinite, point[:2]))]
    if not found:
        return (math.inf,) * 4
    eastings, northings = [point[0] for point in found], [point[1] for point in found]
    return min(eastings), min(northings), max(eastings), max(northings)


def utm_zone(bounds: Bounds, crs: str) -> str:
    """Return the WKT of the UTM zone at the centre of a box."""
    west, south, east, north = transform_bounds(bounds, crs, "EPSG:4326")
    longitude, latitude = (west + east) / 2, (south + north) / 2
    zone = min(int((longitude + 180) // 6) + 1, 60)
    return spatial_reference(f"EPSG:{(32600 if latitude >= 0 else 32700) + zone}").ExportToWkt()


def union(boxes: Iterable[Bounds]) -> Bounds:
    """Return the box around boxes."""
    west, south, east, north = zip(*boxes)
    return (min(west), min(south), max(east), max(north))


def intersect(first: Bounds, second: Bounds) -> Bounds | None:
    """Return the box that two boxes share, None when they share no area."""
    west, south = max(first[0], second[0]), max(first[1], second[1])
    east, north = min(first[2], second[2]), min(first[3], second[3])
    return (west, south, east, north) if west < east and south < north else None


def describe_bounds(bounds: Bounds) -> str:
    """Return "x 501360 to 502000, y 5629040 to 5629680" for messages."""
    digits = 4 if max(map(abs, bounds)) <= 400 else 0
    west, south, east, north = (f"{value:.{digits}f}" for value in bounds)
    return tr("x {x}, y {y}").format(x=span(west, east), y=span(south, north))


def _not_expressible(bounds: Bounds, source: str, target: str) -> GridError:
    return GridError(
        tr(
            "The range {bounds} in {source} cannot be expressed in {target}; check the coordinate reference "
            "system of the layer or extent."
        ).format(bounds=describe_bounds(bounds), source=crs_name(source), target=crs_name(target))
    )
