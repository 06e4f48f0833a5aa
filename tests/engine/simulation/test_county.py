"""A simulated county on disk."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from osgeo import gdal, ogr

from crop_attention.engine.errors import Cancelled, CropAttentionError, OutputError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.legend import read_legend
from crop_attention.engine.simulation.county import CountyOptions, CountySummary, simulate_county
from crop_attention.engine.simulation.spectra import BANDS
from crop_attention.engine.writing.partials import mark
from crop_attention.models.legend import TEMPERATE_EUROPE

gdal.UseExceptions()
OPTIONS = CountyOptions(seed=21, size=96, parcel_size=1.0, s2_dates=24, s1_dates=20, cloudiness=0.5)


class Voice(Feedback):
    """Remembers progress and stops after some of it."""

    def __init__(self, stop_at: float = 2.0) -> None:
        self.heard: list[float] = []
        self.stop_at = stop_at

    def progress(self, fraction: float) -> None:
        self.heard.append(fraction)

    def cancelled(self) -> bool:
        return bool(self.heard) and self.heard[-1] >= self.stop_at


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> CountySummary:
    return simulate_county(tmp_path_factory.mktemp("county") / "made", OPTIONS)


def rasters(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.tif"))


def read(path: Path, band: int) -> np.ndarray:
    # GDAL frees a band with its dataset, which must therefore have a name.
    data = gdal.Open(str(path))
    return data.GetRasterBand(band).ReadAsArray()


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_folder_holds_what_was_asked_and_nothing_else(county: CountySummary) -> None:
    assert sorted(path.name for path in county.folder.iterdir()) == [
        "parcels.gpkg",
        "sentinel1",
        "sentinel2",
        "truth.tif",
        "truth.tif.aux.xml",
    ]
    assert len(rasters(county.s2_folder)) == county.s2_dates == 24
    assert len(rasters(county.s1_folder)) == county.s1_dates == 20


def test_names_tell_sensor_pass_and_date_within_the_season(county: CountySummary) -> None:
    for path in rasters(county.s2_folder):
        assert re.fullmatch(r"S2_L2A_T31UDQ_\d{8}T\d{6}\.tif", path.name)
    for path in rasters(county.s1_folder):
        match = re.fullmatch(r"S1_GRD_(ASC|DESC)_(\d{8})T(\d{2})\d{4}_VV_VH\.tif", path.name)
        assert match and (match[1] == "ASC") == (int(match[3]) > 12)
        day = date(int(match[2][:4]), int(match[2][4:6]), int(match[2][6:]))
        assert date(2022, 9, 10) <= day <= date(2023, 10, 15)


def test_optical_files_have_described_bands_and_the_scene_classification(county: CountySummary) -> None:
    for path in rasters(county.s2_folder):
        data = gdal.Open(str(path))
        assert [data.GetRasterBand(1 + row).GetDescription() for row in range(11)] == [*BANDS, "SCL"]
        assert data.GetRasterBand(1).DataType == gdal.GDT_UInt16
        assert data.GetRasterBand(1).GetNoDataValue() == 0
        assert data.GetGeoTransform()[1] == 10.0 and "32631" in data.GetProjection()
        scl = data.GetRasterBand(11).ReadAsArray()
        assert set(np.unique(scl)) <= {3, 4, 5, 6, 8, 9, 10, 11}
        values = data.GetRasterBand(7).ReadAsArray()
        assert values.min() >= 1 and values.max() < 16_000


def test_radar_files_hold_decibels(county: CountySummary) -> None:
    for path in rasters(county.s1_folder):
        data = gdal.Open(str(path))
        vv, vh = (data.GetRasterBand(number).ReadAsArray() for number in (1, 2))
        assert (data.GetRasterBand(1).GetDescription(), data.GetRasterBand(2).GetDescription()) == ("VV", "VH")
        assert vv.dtype == np.float32 and np.isfinite(vv).all()
        assert -16 < np.median(vv) < -6 and 4 < np.median(vv) - np.median(vh) < 11


def test_share_of_cloud_is_near_the_asked_one(county: CountySummary) -> None:
    shares = [np.isin(read(path, 11), (8, 9, 10)).mean() for path in rasters(county.s2_folder)]
    assert np.mean(shares) == pytest.approx(OPTIONS.cloudiness, abs=0.12)
    assert max(shares) > 0.9 and min(shares) < 0.1


def test_crop_of_each_parcel_is_the_class_of_its_pixels(county: CountySummary) -> None:
    codes = {entry.name: entry.code for entry in TEMPERATE_EUROPE}
    data = gdal.Open(str(county.truth))
    truth = data.ReadAsArray()
    assert data.GetRasterBand(1).GetColorTable() is not None
    assert data.GetRasterBand(1).GetCategoryNames()[4] == "Maize"
    source = ogr.Open(str(county.parcels))
    layer = source.GetLayer(0)
    assert layer.GetFeatureCount() == county.parcel_count > 20
    west, pixel, _, north, _, _ = data.GetGeoTransform()
    checked = 0
    for feature in layer:
        shape = feature.GetGeometryRef()
        assert shape.IsValid() and shape.GetArea() / 1e4 == pytest.approx(feature.GetField("area_ha"), abs=1e-3)
        inner = shape.Buffer(-12.0)
        if inner is None or inner.IsEmpty():
            continue
        place = inner.PointOnSurface()
        row, col = int((north - place.GetY()) / pixel), int((place.GetX() - west) / pixel)
        assert truth[row, col] == codes[feature.GetField("crop")]
        checked += 1
    assert checked > 10


def test_same_options_give_the_same_bytes(county: CountySummary, tmp_path: Path) -> None:
    again = simulate_county(tmp_path / "again", OPTIONS)
    assert hashes(again.folder) == hashes(county.folder)


def test_tracks_differ_by_a_constant(county: CountySummary) -> None:
    level: dict[str, list[float]] = {}
    for path in rasters(county.s1_folder):
        level.setdefault(path.name.split("_")[2], []).append(np.median(read(path, 1)))
    assert set(level) == {"ASC", "DESC"}
    assert len({round(float(np.mean(values)), 3) for values in level.values()}) == 2


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    voice = Voice()
    simulate_county(tmp_path / "small", CountyOptions(seed=1, size=32, s2_dates=3, s1_dates=3), voice)
    assert voice.heard == sorted(voice.heard)
    assert voice.heard[-1] == pytest.approx(1.0)


def test_cancelling_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        simulate_county(tmp_path / "stopped", CountyOptions(seed=1, size=32, s2_dates=6, s1_dates=3), Voice(0.4))
    assert not (tmp_path / "stopped").exists()


def test_a_folder_that_holds_a_county_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "sentinel2").mkdir()
    (tmp_path / "sentinel2" / "mine.tif").write_text("mine")
    with pytest.raises(OutputError, match="sentinel2"):
        simulate_county(tmp_path, CountyOptions(size=32, s2_dates=1, s1_dates=1))
    assert (tmp_path / "sentinel2" / "mine.tif").read_text() == "mine"


def test_other_files_in_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("notes")
    simulate_county(tmp_path, CountyOptions(size=32, s2_dates=1, s1_dates=1))
    assert (tmp_path / "notes.txt").read_text() == "notes"
    assert (tmp_path / "truth.tif").is_file()


def test_wrong_options_write_nothing(tmp_path: Path) -> None:
    with pytest.raises(CropAttentionError, match="Parcel size"):
        simulate_county(tmp_path / "wrong", CountyOptions(parcel_size=0.0))
    assert not (tmp_path / "wrong").exists()


def test_a_place_that_cannot_be_a_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match=r"below cannot be written \(Not a directory\): .*choose another\.$"):
        simulate_county(tmp_path / "file" / "below", CountyOptions(size=32, s2_dates=1, s1_dates=1))


def test_what_a_killed_simulation_left_goes_with_the_next_and_that_of_one_that_runs_stays(tmp_path: Path) -> None:
    mine = f".county{mark('partial')}"
    left, held = tmp_path / mine.replace(f"-{os.getpid()}-", "-999999999-"), tmp_path / mine
    for folder in (left, held):
        (folder / "sentinel2").mkdir(parents=True)
    simulate_county(tmp_path, CountyOptions(size=32, s2_dates=1, s1_dates=1))
    assert held.is_dir() and not left.exists()
    assert sorted(entry.name for entry in tmp_path.glob(".*")) == [mine]


def test_truth_carries_names_colours_and_an_attribute_table_as_a_crop_map_does(county: CountySummary) -> None:
    found = [(entry.code, entry.name, entry.colour) for entry in read_legend(str(county.truth))]
    assert found == [(entry.code, entry.name, entry.colour) for entry in TEMPERATE_EUROPE]
    data = gdal.Open(str(county.truth))
    table = data.GetRasterBand(1).GetDefaultRAT()
    rows = [(table.GetValueAsInt(row, 0), table.GetValueAsString(row, 1)) for row in range(table.GetRowCount())]
    assert rows == [(entry.code, entry.name) for entry in TEMPERATE_EUROPE]
    assert "CLASS_NAMES" in data.GetMetadata()


def test_the_date_of_the_parcels_is_set_for_one_thread_alone(tmp_path: Path) -> None:
    seen = []

    class Watching(Feedback):
        def progress(self, fraction: float) -> None:
            other = Thread(target=lambda: seen.append(gdal.GetConfigOption("OGR_CURRENT_DATE")))
            other.start()
            other.join()

    simulate_county(tmp_path / "made", replace(OPTIONS, size=32, s2_dates=1, s1_dates=1), Watching())
    if hasattr(gdal, "SetThreadLocalConfigOption"):
        assert seen and set(seen) == {None}
    assert gdal.GetConfigOption("OGR_CURRENT_DATE") is None
