"""Many polygons filled at once, against GDAL's own burning of each alone."""

from __future__ import annotations

import re

import numpy as np
import pytest
from osgeo import ogr

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.parcels import fill as fill_module
from crop_attention.engine.parcels.fill import fill
from crop_attention.engine.parcels.frame import Frame
from crop_attention.engine.parcels.geometry import ParcelShapes
from crop_attention.engine.parcels.rasterise import burn_alone
from crop_attention.engine.series.files.grid import Window

FRAME = Frame(499_980.0, 5_600_040.0, 10.0, 10.0, 60, 50)


def triangles(count: int, step: float, seed: int) -> list[bytes]:
    """Return triangles, every third with a hole, whose corners lie on multiples of a step, some beyond the frame."""
    draw = np.random.default_rng(seed)
    shapes = []
    while len(shapes) < count:
        outer = draw.uniform(-150, 700, 2) + draw.uniform(-160, 160, (3, 2))
        outer = np.round((outer + [FRAME.x0, FRAME.y0 - 550]) / step) * step
        rings = [outer] + [outer.mean(0) + (outer - outer.mean(0)) / 4] * (len(shapes) % 3 == 0)
        text = ",".join(
            "(" + ",".join(f"{x!r} {y!r}" for x, y in [*ring.tolist(), ring[0].tolist()]) + ")" for ring in rings
        )
        shape = ogr.CreateGeometryFromWkt(f"POLYGON({text})")
        if shape.IsValid():
            shapes.append(bytes((ogr.ForceToMultiPolygon(shape) if len(shapes) % 2 else shape).ExportToWkb(ogr.wkbNDR)))
    return shapes


@pytest.mark.parametrize("cells", [1, 1 << 22])
@pytest.mark.parametrize("step", [1e-3, 1.0, 5.0, 10.0])
def test_filled_pixels_are_those_that_gdal_burns(monkeypatch, step, cells):
    monkeypatch.setattr(fill_module, "_CELLS", cells)
    shapes = triangles(150, step, 4)
    polygons = ParcelShapes(shapes, Feedback())
    ranges = FRAME.ranges(polygons.envelopes)
    members = np.flatnonzero(ranges[:, 0] <= ranges[:, 1])
    window = Window(10, 0, 25, 60)
    compared, left = 0, 0
    for filled in fill(shapes, members, ranges, window, FRAME):
        left += len(filled.left)
        for place, number in enumerate(filled.members.tolist()):
            if number in filled.left:
                continue
            mine = filled.position == place
            found, inner = np.zeros((2, window.height * window.width), bool)
            found[filled.pixel[mine]] = True
            inner[filled.pixel[mine]] = filled.inner[mine]
            burnt = burn_alone(polygons, number, window.grown(1), FRAME)
            own = burnt[1:-1, 1:-1]
            assert np.array_equal(found.reshape(25, 60), own)
            core = own & burnt[:-2, 1:-1] & burnt[2:, 1:-1] & burnt[1:-1, :-2] & burnt[1:-1, 2:]
            assert np.array_equal(inner.reshape(25, 60), core)
            compared += bool(own.any())
    assert compared > 40
    assert left > 0 if step == 5.0 else left < 5  # edges along the centres of pixels


def test_shapes_that_are_not_plain_are_left(polygon):
    shapes = [polygon("POLYGON Z((0 0 1,4 0 1,4 4 1,0 0 1))"), polygon("POLYGON((0 0,4 0,4 4,0 0))")]
    ranges = np.array([[0, 4, 0, 4]] * 2)
    (filled,) = fill(shapes, np.arange(2), ranges, Window(0, 0, 50, 60), FRAME)
    assert filled.left.tolist() == [0]
    assert set(filled.position.tolist()) == {1}


def test_shapes_are_written_in_the_order_of_bytes_that_is_filled_at_once(root):
    # GDAL before 3.5 writes the other order unless told: every parcel would be burnt by itself.
    places = [path for room in ("engine", "cli", "algorithms", "tools") for path in (root / room).rglob("*.py")]
    silent = [path.name for path in places if re.search(r"\.ExportTo(Iso)?Wkb\(\)", path.read_text(encoding="utf-8"))]
    assert places and not silent
    shape = ogr.CreateGeometryFromWkt("POLYGON((0 0,4 0,4 4,0 0))")
    ranges = np.array([[0, 4, 0, 4]])
    for order, left in ((ogr.wkbNDR, []), (ogr.wkbXDR, [0])):
        (filled,) = fill([bytes(shape.ExportToIsoWkb(order))], np.arange(1), ranges, Window(0, 0, 50, 60), FRAME)
        assert filled.left.tolist() == left
