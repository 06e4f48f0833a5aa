"""Polygons burnt into windows of a raster, each parcel with all of its pixels."""

from __future__ import annotations

import numpy as np
from osgeo import gdal, ogr

from ..feedback import Feedback
from ..series.files.grid import Window
from .frame import Frame
from .geometry import CHECK_EVERY, ParcelShapes, quiet, vertices

gdal.UseExceptions()
ogr.UseExceptions()

_FIELD = "value"
_PEELS = 8
_VECTOR_IN_MEMORY = "MEM" if int(gdal.VersionInfo()) >= 3110000 else "Memory"


def burn_parcels(
    shapes: ParcelShapes, members: np.ndarray, window: Window, frame: Frame, feedback: Feedback
) -> tuple[np.ndarray, list[int]]:
    """Burn the parcels that share no pixel with another, and tell which do.

    A pixel belongs to a parcel when its centre lies inside. Where parcels overlap, one raster cannot hold them all:
    the uppermost of each overlap is taken off and returned until the rest lie side by side; burn those alone. An
    overlap shows by itself: the sum of all numbers burnt into a pixel then differs from the last of them.

    Args:
        shapes: all parcels.
        members: (M,) int64 numbers of the parcels to burn; all must have a polygon.
        window: may reach beyond the frame.
        frame: of the raster.

    Returns:
        (height, width) int32 of position in `members` + 1, 0 outside of all; and the positions taken off.
    """
    source, layer = _layer_of(shapes, members, feedback)
    apart: set[int] = set()
    for peel in range(_PEELS + 1):
        last = _burn(layer, window, frame)
        shared = last != _burn(layer, window, frame, add=True)
        if not shared.any():
            break
        feedback.check()
        deep = peel == _PEELS
        upper = _meeting(shapes.envelopes[members], shared, window, frame) if deep else np.unique(last[shared]) - 1
        for position in set(upper.tolist()) - apart:
            layer.DeleteFeature(position)
            apart.add(position)
        if deep:
            last = _burn(layer, window, frame)
    del layer, source
    return last, sorted(apart)


def burn_alone(shapes: ParcelShapes, number: int, window: Window, frame: Frame, touched: bool = False) -> np.ndarray:
    """Return (height, width) bool of the pixels of one parcel.

    Args:
        shapes: all parcels.
        number: of the parcel, which must have a polygon.
        window: may reach beyond the frame.
        frame: of the raster.
        touched: take every pixel that the polygon touches, not only those whose centre lies inside.
    """
    geometry = shapes.geometry(number)
    corners = vertices(geometry) if touched else None
    source, layer = _empty_layer()
    _append(layer, geometry, 0, 1)
    mask = _burn(layer, window, frame, touched=touched) > 0
    if corners is not None:  # a polygon of no width burns nothing, but its corners lie somewhere
        rows, cols = frame.pixels_of(corners)
        rows, cols = rows - window.row, cols - window.col
        here = (rows >= 0) & (rows < window.height) & (cols >= 0) & (cols < window.width)
        mask[rows[here], cols[here]] = True
    del layer, source
    return mask


def burn_touched(
    shapes: ParcelShapes, members: np.ndarray, window: Window, frame: Frame, feedback: Feedback, touched: bool = True
) -> np.ndarray:
    """Return (height, width) bool of all pixels that any of the parcels touches, or holds the centre of."""
    source, layer = _layer_of(shapes, members, feedback)
    mask = _burn(layer, window, frame, touched=touched) > 0
    del layer, source
    return mask


def _meeting(envelopes: np.ndarray, shared: np.ndarray, window: Window, frame: Frame) -> np.ndarray:
    """Positions of all parcels whose envelope holds a shared pixel: the way out of deep piles."""
    north, west = frame.geotransform(window)[3], frame.geotransform(window)[0]
    local = Frame(west, north, frame.pixel_width, frame.pixel_height, window.width, window.height)
    top, bottom, left, right = local.ranges(envelopes).T
    sums = np.zeros((window.height + 1, window.width + 1), np.int64)
    sums[1:, 1:] = shared.cumsum(0).cumsum(1)
    found = sums[bottom + 1, right + 1] - sums[top, right + 1] - sums[bottom + 1, left] + sums[top, left]
    return np.flatnonzero((found > 0) & (top <= bottom))


def _layer_of(shapes: ParcelShapes, members: np.ndarray, feedback: Feedback) -> tuple[object, ogr.Layer]:
    source, layer = _empty_layer()
    for position, number in enumerate(members):
        if position % CHECK_EVERY == 0:
            feedback.check()
        _append(layer, shapes.geometry(int(number)), position, position + 1)
    return source, layer


def _empty_layer() -> tuple[object, ogr.Layer]:
    source = ogr.GetDriverByName(_VECTOR_IN_MEMORY).CreateDataSource("parcels")
    layer = source.CreateLayer("parcels", None, ogr.wkbUnknown)
    layer.CreateField(ogr.FieldDefn(_FIELD, ogr.OFTInteger))
    return source, layer


def _append(layer: ogr.Layer, geometry: ogr.Geometry, position: int, value: int) -> None:
    """Add a feature, which takes the geometry over: it must not be used afterwards."""
    feature = ogr.Feature(layer.GetLayerDefn())
    feature.SetFID(position)
    feature.SetField(0, value)
    feature.SetGeometryDirectly(geometry)
    layer.CreateFeature(feature)


def _burn(layer: ogr.Layer, window: Window, frame: Frame, add: bool = False, touched: bool = False) -> np.ndarray:
    target = gdal.GetDriverByName("MEM").Create("", window.width, window.height, 1, gdal.GDT_Int32)
    target.SetGeoTransform(frame.geotransform(window))
    options = [f"ATTRIBUTE={_FIELD}"] + ["MERGE_ALG=ADD"] * add + ["ALL_TOUCHED=TRUE"] * touched
    layer.ResetReading()
    with quiet():
        gdal.RasterizeLayer(target, [1], layer, options=options)
    return target.ReadAsArray()


def burn_numbers(shapes: ParcelShapes, members: np.ndarray, window: Window, frame: Frame) -> np.ndarray:
    """Return (height, width) int32: number of the parcel + 1 that holds the centre of a pixel, 0 outside of all.

    Where parcels overlap the one with the greatest number wins, whatever the window.
    """
    source, layer = _empty_layer()
    for position, number in enumerate(np.sort(members).tolist()):
        _append(layer, shapes.geometry(number), position, number + 1)
    owner = _burn(layer, window, frame)
    del layer, source
    return owner
