"""Some features of a parcel layer, and many parcels as the area of a run."""

from __future__ import annotations

import numpy as np
import pytest
from osgeo import ogr

from counties import box
from county_files import write_layer
from crop_attention.engine.errors import ParcelError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.parcels.area import Area, ParcelsArea
from crop_attention.engine.parcels.source import ParcelSource
from crop_attention.engine.series.files.grid import Grid, Window
from rasters import ORIGIN, crs_wkt

SHAPES = [(str(number), f"MULTIPOLYGON(({box(10 * number, 2, 8, 8)}))") for number in range(5)]


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".shp", ".fgb"])
def test_features_are_kept_to_in_their_order(tmp_path, suffix):
    path = write_layer(tmp_path / f"parcels{suffix}", SHAPES)
    fids = [feature.GetFID() for feature in ParcelSource(path).features()]
    names = {feature.GetFID(): feature.GetField(0) for feature in ParcelSource(path).features()}
    source = ParcelSource(path, fids=fids[1:4])
    assert source.count() == 3
    for _ in range(2):
        assert [feature.GetField(0) for feature in source.features()] == [names[fid] for fid in fids[1:4]]
    assert len(source.shapes(source.crs, Feedback())) == 3


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".shp", ".fgb"])
def test_a_feature_that_went_is_said(tmp_path, suffix):
    path = write_layer(tmp_path / f"parcels{suffix}", SHAPES)
    with pytest.raises(ParcelError, match="1 feature of the parcel layer .* disappeared during the run"):
        list(ParcelSource(path, fids=[2, 77]).features())


def test_parcels_as_an_area_hold_the_pixels_that_each_of_them_holds():
    shapes = [bytes(ogr.CreateGeometryFromWkt(wkt).ExportToWkb(ogr.wkbNDR)) for _, wkt in SHAPES]
    grid = Grid(crs_wkt(32631), *ORIGIN, 10.0, 200, 150)
    area = ParcelsArea([*shapes, None], grid)
    window = Window(0, 0, 64, 64)
    alone = np.logical_or.reduce([Area(shape, grid).inside(window) for shape in shapes])
    assert np.array_equal(area.inside(window), alone)
    assert alone.sum() == 5 * 64
    assert area.blocks(64).tolist() == [[True, False, False, False]] + [[False] * 4] * 2
    assert not area.inside(Window(64, 64, 64, 64)).any()
