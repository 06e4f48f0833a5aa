"""Sentinel-2 files: which are broken, of another sensor or without a place, and that reading leaves no trace."""

from __future__ import annotations

import numpy as np
import pytest

from crop_attention.engine.errors import Cancelled
from crop_attention.engine.feedback import Feedback
from rasters import (
    BANDS_10M,
    BANDS_20M,
    ORIGIN,
    TEN_BANDS,
    truncate,
    write_raster,
    write_safe,
)
from sentinel2_scenes import DAY, only_part, read, refused, scene


def test_broken_files_are_all_named_with_the_way_out(tmp_path):
    noise = np.random.default_rng(1).integers(0, 9999, (10, 200, 200)).astype("uint16")
    for day in ("20180704", "20180714"):
        write_raster(tmp_path / f"S2_{day}.tif", noise, TEN_BANDS)
    truncate(tmp_path / "S2_20180714.tif", 0.7)
    (tmp_path / "S2_20180724.tif").write_bytes(b"II*\0")
    text = refused(tmp_path)
    assert "2 files cannot be read: S2_20180714.tif (cut short), S2_20180724.tif (cannot be opened:" in text
    assert "or switch on --skip-broken." in text
    series = read(tmp_path, skip_broken=True)
    assert [found.date for found in series.acquisitions] == [DAY]
    assert series.skipped[0] == "S2_20180714.tif (cut short)"
    assert series.skipped[1].startswith("S2_20180724.tif (cannot be opened:")
    assert "2 broken files left out" in series.warnings[0]


def test_a_broken_20_m_file_takes_its_date_and_tile_along(tmp_path):
    for tile, shift in (("31UDS", 0), ("31UES", 80)):
        where = {"origin": (ORIGIN[0] + shift, ORIGIN[1])}
        scene(tmp_path, name=f"S2_T{tile}_{{}}_10m.tif", descriptions=BANDS_10M, **where)
        scene(tmp_path, name=f"S2_T{tile}_{{}}_20m.tif", descriptions=BANDS_20M, pixel=20, size=(4, 4), **where)
    (tmp_path / "S2_T31UES_20180704_20m.tif").write_bytes(b"")
    assert only_part(read(tmp_path, skip_broken=True)).tile == "31UDS"


def test_nothing_left_after_skipping_is_refused(tmp_path):
    (tmp_path / "S2_20180704.tif").write_bytes(b"")
    assert "Every Sentinel-2 acquisition" in refused(tmp_path, skip_broken=True)


def test_files_of_other_sensors_are_passed_over(tmp_path):
    scene(tmp_path)
    write_raster(tmp_path / "S1_ASC_20180704.tif", [-10.5, -17.5], ("VV", "VH"))
    write_raster(tmp_path / "LC08_20180704.tif", 1, ("B4",))
    (tmp_path / "S1_ASC_20180710.tif").write_bytes(b"")
    series = read(tmp_path)
    assert len(series.acquisitions) == 1
    assert series.warnings == ()


def test_a_folder_without_the_sensor_is_refused(tmp_path):
    write_raster(tmp_path / "S1_ASC_20180704.tif", [-10.5, -17.5], ("VV", "VH"))
    text = refused(tmp_path)
    assert f"No Sentinel-2 raster lies in {tmp_path}" in text
    assert "S1_ASC_20180704.tif" in text


def test_files_without_a_place_are_refused(tmp_path):
    scene(tmp_path, epsg=None)
    assert "no place on the map: S2_20180704.tif" in refused(tmp_path, skip_broken=True)


def test_the_order_of_files_changes_nothing(tmp_path):
    for day in ("20180704", "20180714", "20180724"):
        scene(tmp_path, day, name="S2_{}_10m.tif", descriptions=BANDS_10M)
        scene(tmp_path, day, name="S2_{}_20m.tif", descriptions=BANDS_20M, pixel=20, size=(4, 4))
    paths = sorted(tmp_path.iterdir())
    shuffled = [paths[index] for index in (3, 0, 5, 1, 4, 2)]
    assert read(*paths) == read(*shuffled) == read(tmp_path)


def test_reading_leaves_the_folder_as_it_was(tmp_path):
    root = write_safe(tmp_path)
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    read(root)
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before


def test_cancelling_stops_between_files(tmp_path):
    class Impatient(Feedback):
        def cancelled(self):
            return True

    scene(tmp_path)
    with pytest.raises(Cancelled):
        read(tmp_path, feedback=Impatient())
