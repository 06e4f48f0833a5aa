"""Cloud Optimized GeoTIFF: the order of its parts, read from the bytes, and nothing of the plain file lost."""

from __future__ import annotations

import os
import struct

import numpy as np
import pytest
from osgeo import gdal

from array_series import utm
from crop_attention.engine.errors import Cancelled
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.mapping.writer import RasterWriter
from crop_attention.engine.product import CODES, SHARE
from crop_attention.engine.series.files.grid import Grid, Window
from crop_attention.models.card import CropClass

HEIGHT, WIDTH = 900, 1100
CLASSES = [CropClass(1, "Wheat", "#ff0000"), CropClass(5, "Maize", "#00ff00")]
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 12: 8, 16: 8}
_FORMATS = {1: "B", 3: "H", 4: "I", 16: "Q"}


def directories(path):
    """Return (offset, {tag: numbers}) of each directory of a little-endian classic TIFF, in their order."""
    data = path.read_bytes()
    assert data[:4] == b"II*\0"
    (place,) = struct.unpack_from("<I", data, 4)
    found = []
    while place:
        (count,) = struct.unpack_from("<H", data, place)
        tags = {}
        for entry in range(place + 2, place + 2 + 12 * count, 12):
            tag, kind, number = struct.unpack_from("<HHI", data, entry)
            size = _SIZES[kind] * number
            start = entry + 8 if size <= 4 else struct.unpack_from("<I", data, entry + 8)[0]
            if kind in _FORMATS:
                tags[tag] = struct.unpack_from(f"<{number}{_FORMATS[kind]}", data, start)
        found.append((place, tags))
        (place,) = struct.unpack_from("<I", data, place + 2 + 12 * count)
    return found


def assert_cloud_optimized(path):
    """The rules of GDAL's own validation: tiles, halved overviews, directories first, the coarsest overview first."""
    every = directories(path)
    widths = [tags[256][0] for _, tags in every]
    assert len(every) > 2 and all(322 in tags and 324 in tags for _, tags in every)
    assert all(first > second for first, second in zip(widths, widths[1:])) and widths[-1] <= 512
    places = [offset for offset, _ in every]
    assert places == sorted(places)
    starts = [min(offset for offset in tags[324] if offset) for _, tags in every]
    assert starts == sorted(starts, reverse=True) and min(starts) > max(places)
    assert b"LAYOUT=IFDS_BEFORE_DATA" in path.read_bytes()[:200]


def written(path, kind, values, cog, names):
    grid = Grid(utm(), 500_000, 5_600_000, 10, WIDTH, HEIGHT)
    writer = RasterWriter(str(path), str(path), grid, kind, names, {"CHECKPOINT": "one"}, cog)
    if kind is CODES:
        writer.colour(CLASSES)
    writer.write(Window(0, 0, HEIGHT, WIDTH), values, values[0] > 0)
    writer.tag("DEVICE", "CPU")
    return writer


@pytest.mark.parametrize("kind, bands", [(CODES, 1), (SHARE, 3)], ids=["codes", "shares"])
def test_a_cog_holds_what_the_plain_file_holds_in_the_order_of_a_cog(tmp_path, kind, bands):
    random = np.random.default_rng(2)
    values = random.random((bands, HEIGHT, WIDTH)) if kind is SHARE else random.choice([0, 1, 5], (1, HEIGHT, WIDTH))
    places = [tmp_path / f"{cog}.tif" for cog in (False, True)]
    for place in places:
        written(place, kind, values, place.stem == "True", [f"one {n}" for n in range(bands)]).close(Feedback())
    assert_cloud_optimized(places[1])
    with pytest.raises(AssertionError):
        assert_cloud_optimized(places[0])
    plain, cog = map(gdal.Open, map(str, places))
    assert cog.GetMetadata("IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    assert cog.GetMetadata() == plain.GetMetadata() and cog.GetMetadata()["DEVICE"] == "CPU"
    assert cog.GetGeoTransform() == plain.GetGeoTransform() and cog.GetProjection() == plain.GetProjection()
    for number in range(1, bands + 1):
        one, other = plain.GetRasterBand(number), cog.GetRasterBand(number)
        assert np.array_equal(one.ReadAsArray(), other.ReadAsArray())
        assert other.GetDescription() == one.GetDescription() == f"one {number - 1}"
        assert other.GetNoDataValue() == one.GetNoDataValue() and other.GetScale() == one.GetScale()
        assert other.GetOverviewCount() == one.GetOverviewCount() > 0
        for level in range(one.GetOverviewCount()):
            pair = [band.GetOverview(level) for band in (one, other)]
            assert np.array_equal(pair[0].ReadAsArray(), pair[1].ReadAsArray())
    if kind is CODES:
        band = cog.GetRasterBand(1)
        assert band.GetRasterCategoryNames() == ["No data", "Wheat", "", "", "", "Maize"]
        assert band.GetRasterColorTable().GetColorEntry(5)[:3] == (0, 255, 0)
        assert band.GetDefaultRAT().GetValueAsString(1, 1) == "Maize"
        coarse = band.GetOverview(0)
        assert set(np.unique(coarse.ReadAsArray())) <= {0, 1, 5}
    assert sorted(name for name in os.listdir(tmp_path) if "work" in name) == []


def test_a_cancelled_or_abandoned_copy_leaves_no_work_file(tmp_path):
    values = np.ones((1, HEIGHT, WIDTH))

    class Stopped(Feedback):
        def cancelled(self):
            return True

    writer = written(tmp_path / "map.tif", CODES, values, True, ["Crop"])
    with pytest.raises(Cancelled):
        writer.close(Stopped())
    writer.abandon()
    assert not [name for name in os.listdir(tmp_path) if "work" in name]
