"""What GDAL before 3.5 is given instead of its own call for boxes."""

import pytest
from osgeo import osr

from crop_attention.engine.series.files import geometry
from crop_attention.engine.series.files.geometry import edges_bounds, spatial_reference, transform_bounds


@pytest.mark.parametrize("target", ["EPSG:4326", "EPSG:32632", "EPSG:3035", "EPSG:3857"])
def test_a_box_is_carried_over_as_gdal_does(target, monkeypatch):
    box = (450000.0, 5500000.0, 560000.0, 5612000.0)
    expected = transform_bounds(box, "EPSG:32631", target)
    pair = spatial_reference("EPSG:32631"), spatial_reference(target)
    found = edges_bounds(box, osr.CoordinateTransformation(*pair))
    size = max(expected[2] - expected[0], expected[3] - expected[1])
    assert found == pytest.approx(expected, abs=1e-5 * size)
    monkeypatch.setattr(geometry.gdal, "VersionInfo", lambda: "3040100")
    assert transform_bounds(box, "EPSG:32631", target) == found
