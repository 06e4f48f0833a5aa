"""The area of a pixel is that of the ground, in any CRS."""

from __future__ import annotations

import numpy as np
import pytest
from osgeo import ogr, osr

from crop_attention.engine.accuracy.population import count_population, pixel_area
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.parcels.class_map import ClassMap
from crop_attention.engine.parcels.frame import Frame


def test_pixels_in_degrees_have_the_area_of_the_ellipsoid(crop_map):
    world = crop_map(np.ones((18, 36), np.uint8), epsg=4326, origin=(-180.0, 90.0), pixel=10.0)
    found = count_population(ClassMap(world), None, Feedback())
    # The surface of the WGS 84 ellipsoid is 510,065,621.7 km2.
    assert found.area.sum() / 1e6 == pytest.approx(510_065_621.7, abs=1)
    assert found.pixels[0, 1] == 18 * 36


@pytest.mark.parametrize("code, north, expected", [(3857, 6_600_000.0, 39.91), (32631, 5_600_000.0, 100.0)])
def test_areas_are_those_of_the_ground_in_any_crs(code, north, expected):
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(code)
    found = pixel_area(Frame(300_000.0, north, 10.0, 10.0, 1000, 1000), crs)
    assert found == pytest.approx(expected, abs=0.01)


def test_web_mercator_gives_the_area_that_an_equal_area_projection_gives():
    mercator, equal = osr.SpatialReference(), osr.SpatialReference()
    mercator.ImportFromEPSG(3857)
    equal.ImportFromEPSG(3035)
    for system in (mercator, equal):
        system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    corners = ((1_000_000, 6_600_000), (1_001_000, 6_600_000), (1_001_000, 6_599_000), (1_000_000, 6_599_000))
    ring = ",".join(f"{x} {y}" for x, y in (*corners, corners[0]))
    square = ogr.CreateGeometryFromWkt(f"POLYGON(({ring}))")
    square.Transform(osr.CoordinateTransformation(mercator, equal))
    found = pixel_area(Frame(1_000_000.0, 6_600_000.0, 10.0, 10.0, 100, 100), mercator)
    assert found * 100 * 100 == pytest.approx(square.GetArea(), rel=1e-4)
