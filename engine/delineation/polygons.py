"""Fields as polygons whose neighbours share their borders."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from osgeo import ogr

from .arcs import arcs_of, simplified

ogr.UseExceptions()


def field_polygons(
    labels: np.ndarray, geotransform: tuple[float, ...], tolerance: float
) -> Iterator[tuple[int, ogr.Geometry]]:
    """Yield the number of each field and its polygon, holes and all; a field in two pieces comes twice.

    Args:
        labels: (H, W) int, numbers of fields, 0 outside of all.
        tolerance: pixels by which borders may be moved.
    """
    arcs = arcs_of(labels)
    if not arcs:
        return
    x0, width, _, y0, _, height = geotransform
    faces = simplified(arcs, tolerance).Polygonize()
    rows, cols = labels.shape
    for place in range(faces.GetGeometryCount()):
        face = faces.GetGeometryRef(place)
        inside = face.PointOnSurface()
        col, row = int(np.floor(inside.GetX())), int(np.floor(inside.GetY()))
        number = int(labels[min(max(row, 0), rows - 1), min(max(col, 0), cols - 1)])
        if number:
            yield number, _placed(face, x0, width, y0, height)


def _placed(face: ogr.Geometry, x0: float, width: float, y0: float, height: float) -> ogr.Geometry:
    polygon = ogr.Geometry(ogr.wkbPolygon)
    for place in range(face.GetGeometryCount()):
        points = np.array(face.GetGeometryRef(place).GetPoints())[:, :2]
        ring = ogr.Geometry(ogr.wkbLinearRing)
        for x, y in zip((x0 + width * points[:, 0]).tolist(), (y0 + height * points[:, 1]).tolist()):
            ring.AddPoint_2D(x, y)
        polygon.AddGeometry(ring)
    return polygon
