"""A map without one pixel that has a class is a failure, and leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from osgeo import gdal, ogr

from crop_attention.engine.errors import SeriesError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.jobs.map import MapRequest, map_crops
from crop_attention.engine.jobs.series import SeriesRequest
from crop_attention.engine.options import MappingOptions, SeriesOptions
from crop_attention.engine.parcels.area import Area
from crop_attention.engine.products import CONFIDENCE, CROP_MAP
from crop_attention.engine.series.inputs import SeriesInputs
from crop_attention.models.checkpoint import save
from crop_attention.models.registry import build
from rasters import ORIGIN, write_raster
from season_files import BANDS, SEASON
from small_networks import small_card

SIDE, SEEN = 32, 16


@pytest.fixture
def request_of(tmp_path):
    """A series that shows its eastern half alone, and a request for the columns of a map."""
    numbers = np.stack([np.full((SIDE, SIDE), number) for number in (300, 400, 3000)])
    numbers[:, :, :SEEN] = 0
    for day in (date(2018, 1, 4), date(2018, 1, 14)):
        write_raster(tmp_path / "s2" / f"S2_{day:%Y%m%d}.tif", numbers, BANDS, nodata=0, dtype="uint16")
    card = replace(small_card("attention_3dcnn", s2=BANDS, s1=(), steps=4), season=SEASON)
    checkpoint = str(tmp_path / "own.safetensors")
    save(checkpoint, build(card), card)
    options = SeriesOptions(min_clear_steps=1, cloud_margin=0)
    series = SeriesRequest(SeriesInputs((str(tmp_path / "s2"),)), checkpoint, options=options)
    outputs = {each.name: str(tmp_path / "out" / f"{each.name}.tif") for each in (CROP_MAP, CONFIDENCE)}
    (tmp_path / "out").mkdir()

    def of(first, last):
        west, east = (ORIGIN[0] + 10 * column for column in (first, last))
        north, south = ORIGIN[1], ORIGIN[1] - 10 * SIDE
        ring = f"{west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}"
        shape = bytes(ogr.CreateGeometryFromWkt(f"POLYGON (({ring}))").ExportToWkb(ogr.wkbNDR))
        mapping = MappingOptions(device="cpu", threads=1)
        return MapRequest(series, outputs, mapping, area=lambda prepared: Area(shape, prepared.grid))

    return of


def test_an_area_without_a_class_pixel_is_refused_and_nothing_is_written(request_of, tmp_path):
    with pytest.raises(SeriesError, match="^No pixel inside the area or the parcels got a class: every date is cloud"):
        map_crops(request_of(0, SEEN - 4), Feedback())
    assert list((tmp_path / "out").iterdir()) == []


def test_an_area_with_one_column_that_is_seen_is_mapped(request_of):
    found = map_crops(request_of(0, SEEN + 1), Feedback())
    classes = gdal.Open(found.outputs[CROP_MAP.name]).ReadAsArray()
    assert (classes[:, SEEN] > 0).all() and np.count_nonzero(classes) == SIDE
