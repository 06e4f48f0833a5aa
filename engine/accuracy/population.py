"""How much of the ground each class of a map and each stratum covers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from osgeo import gdal, osr

from ...models.language import tr
from ..errors import AccuracyError
from ..feedback import Feedback
from ..parcels.class_map import ClassMap
from ..parcels.frame import Frame
from ..parcels.warped import warped
from ..safety.opening import open_raster
from ..series.files.geometry import on_earth
from ..series.files.grid import Grid

gdal.UseExceptions()
osr.UseExceptions()

CODES = 256
_EQUAL_AREA = 0.01
"""Share by which areas of a projection may be wrong before they are corrected."""
_LATTICE = 64


@dataclass(frozen=True)
class Population:
    """Pixels with a class in the map, by stratum (0 where there is none) and class.

    Attributes:
        pixels: (256, 256) int64, rows strata, columns classes; class 0 is empty.
        area: (256, 256) float64 square metres.
    """

    pixels: np.ndarray
    area: np.ndarray

    @property
    def mapped(self) -> frozenset[int]:
        """Codes of the classes that the map shows anywhere."""
        return frozenset(np.flatnonzero(self.pixels.sum(0)).tolist())


def count_population(class_map: ClassMap, strata: ClassMap | None, feedback: Feedback) -> Population:
    """Count the pixels of a map strip by strip.

    Areas are pixels times their size in a projected CRS; in a geographic one each row has its own size on the
    ellipsoid.

    Args:
        class_map: the map, with a CRS.
        strata: raster on the same grid, or None.
    """
    frame = class_map.frame
    pixels = np.zeros(CODES * CODES, np.int64)
    area = np.zeros(CODES * CODES)
    row_area = _row_area(frame, class_map.crs)
    for strip in frame.strips(class_map.block_rows):
        feedback.check()
        key = class_map.codes(strip).astype(np.int32)
        valid = key > 0
        if strata is not None:
            key += CODES * strata.codes(strip).astype(np.int32)
        found = np.bincount(key[valid], minlength=CODES * CODES)
        pixels += found
        rows = row_area[strip.row : strip.row + strip.height]
        if rows.min() == rows.max():
            area += found * rows[0]
        else:
            weights = np.broadcast_to(rows[:, None], key.shape)[valid]
            area += np.bincount(key[valid], weights=weights, minlength=CODES * CODES)
        feedback.progress((strip.row + strip.height) / frame.height)
    return Population(pixels.reshape(CODES, CODES), area.reshape(CODES, CODES))


def strata_on(class_map: ClassMap, strata: str, any_codes: bool = False) -> tuple[ClassMap, str]:
    """Return a class raster on the grid of the map, nearest neighbour, and the virtual file that it is read from.

    Remove the virtual file with `gdal.Unlink` when done.

    Raises:
        AccuracyError: the raster cannot be opened or has no CRS.
    """
    try:
        source = open_raster(strata)
    except RuntimeError as error:
        reason = str(error).strip().rstrip(".")
        raise AccuracyError(
            tr("The strata {strata} cannot be opened ({reason}): check the file.").format(strata=strata, reason=reason)
        ) from error
    if not on_earth(source.GetSpatialRef()):
        raise AccuracyError(
            tr("The strata {strata} have no coordinate reference system: assign the right one first.").format(
                strata=strata
            )
        )
    place = f"/vsimem/strata_{id(class_map)}.vrt"
    on_grid = warped(
        class_map,
        source,
        place,
        # What lies outside is as good as no data, whatever number that is: 0 may be a class.
        dstNodata=None if any_codes and source.GetRasterBand(1).GetNoDataValue() is not None else 0,
    )
    on_grid.FlushCache()
    del on_grid, source
    return ClassMap(place, any_codes=any_codes, name=strata), place


def metres_a_unit(crs: osr.SpatialReference) -> float:
    """Return metres in one unit of a CRS, NaN where its units are degrees."""
    return math.nan if crs.IsGeographic() else crs.GetLinearUnits()


def pixel_area(frame: Frame, crs: osr.SpatialReference) -> float:
    """Return square metres of a pixel, the mean over the rows where they differ."""
    return float(_row_area(frame, crs).mean())


def grid_pixel_area(grid: Grid) -> float:
    """Return square metres on the ground of a pixel of a grid, in a CRS that distorts areas too."""
    crs = osr.SpatialReference()
    try:
        crs.ImportFromWkt(grid.crs)
        return pixel_area(Frame.of_grid(grid), crs)
    except RuntimeError:  # a CRS that PROJ cannot follow
        return grid.pixel**2


def _row_area(frame: Frame, crs: osr.SpatialReference) -> np.ndarray:
    """Return (height,) square metres of one pixel in each row, on the ground.

    A projected CRS that keeps areas within a hundredth (UTM, national grids) is taken at its word. Where it does not
    (Web Mercator), the area is that of the ellipsoid under the pixel, the mean along the row.
    """
    metres = metres_a_unit(crs)
    if not math.isnan(metres):
        nominal = np.full(frame.height, frame.pixel_width * frame.pixel_height * metres**2)
        true = _true_scale(frame, crs)
        return nominal if true is None or np.abs(true - 1).max() < _EQUAL_AREA else nominal * true
    edges = np.radians(frame.y0 - np.arange(frame.height + 1) * frame.pixel_height)
    north_of_equator = _zone(np.clip(edges, -np.pi / 2, np.pi / 2), crs.GetSemiMajor(), crs.GetInvFlattening())
    return np.radians(frame.pixel_width) * -np.diff(north_of_equator)


def _true_scale(frame: Frame, crs: osr.SpatialReference) -> np.ndarray | None:
    """Return (height,) square metres on the ellipsoid for one of the projection; None where they cannot be found.

    By finite differences of the inverse projection at places over the frame: the area on the authalic cylinder.
    """
    source, target = crs.Clone(), crs.CloneGeogCS()
    for system in (source, target):
        system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    rows = np.linspace(0, frame.height, min(frame.height, _LATTICE) + 1)
    cols = np.linspace(0, frame.width, 5)[1:-1]
    x = frame.x0 + cols * frame.pixel_width
    y = frame.y0 - rows * frame.pixel_height
    step = max(frame.pixel_width, frame.pixel_height)
    places = [(px + dx, py + dy) for py in y for px in x for dx, dy in ((-step, 0), (step, 0), (0, -step), (0, step))]
    try:
        found = np.array(osr.CoordinateTransformation(source, target).TransformPoints(places), np.float64)[:, :2]
    except RuntimeError:
        return None
    if not np.isfinite(found).all():
        return None
    zone = _zone(np.radians(found[:, 1]), crs.GetSemiMajor(), crs.GetInvFlattening()).reshape(len(y), len(x), 4)
    east = np.unwrap(np.radians(found[:, 0]).reshape(len(y), len(x), 4), axis=2)
    turn = (east[..., 1] - east[..., 0]) * (zone[..., 3] - zone[..., 2])
    turn -= (zone[..., 1] - zone[..., 0]) * (east[..., 3] - east[..., 2])
    scale = np.abs(turn).mean(1) / (2 * step * crs.GetLinearUnits()) ** 2
    return np.interp(np.arange(frame.height) + 0.5, rows, scale)


def _zone(latitude: np.ndarray, semi_major: float, inverse_flattening: float) -> np.ndarray:
    """Return square metres between the equator and a latitude, for one radian of longitude.

    Snyder (1987, Map Projections: A Working Manual, USGS Professional Paper 1395), the authalic q of equation 3-12.
    """
    flattening = 1 / inverse_flattening if inverse_flattening else 0.0
    squared = flattening * (2 - flattening)
    sine = np.sin(latitude)
    if squared == 0:
        return semi_major**2 * sine
    e = math.sqrt(squared)
    part = sine / (1 - squared * sine**2) - np.log((1 - e * sine) / (1 + e * sine)) / (2 * e)
    return semi_major**2 * (1 - squared) / 2 * part
