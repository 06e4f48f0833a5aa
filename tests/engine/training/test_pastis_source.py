"""PASTIS: the official layout, folds and scores; clouds, void and orbits as they should be."""

from datetime import date

import numpy as np
import pytest

from crop_attention.engine.errors import SampleError
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.training.sources.pastis import FOLDS, official_split, read_pastis, split_official
from crop_attention.engine.training.sources.pastis_folder import PastisFolder
from crop_attention.engine.training.sources.pastis_legend import CODES, PASTIS, to_codes
from crop_attention.models.card import Season
from labelled import Heard
from pastis_files import SIZE, write_metadata, write_pastis, write_patch

SEASON = Season(10, 1, 8, 15)
PATCHES = ((10, 1), (3, 2), (7, 3), (20, 4), (21, 5), (22, 5))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return PastisFolder(write_pastis(tmp_path_factory.mktemp("pastis"), PATCHES))


@pytest.fixture(scope="module")
def found(folder):
    return read_pastis(folder, SEASON)


def test_steps_are_the_mean_of_their_dates(found):
    cube = found.windows[0].cube
    assert cube.s2.shape == (8, 10, SIZE, SIZE) and cube.s1.shape == (8, 2, SIZE, SIZE)
    assert cube.s2_valid.all(axis=(1, 2)).tolist() == [True, True, False, False, False, False, False, True]
    assert cube.s2_valid.any(axis=(1, 2)).sum() == 3
    assert cube.s2[0, 3, 0, 0] == pytest.approx(0.13005, abs=1e-4) and cube.s2[0, 0, 0, 0] == pytest.approx(
        0.04, abs=1e-4
    )
    assert cube.s2[7, 9, 5, 5] == pytest.approx(0.1903, abs=1e-4) and (cube.s2[2] == 0).all()


def test_radar_is_the_mean_power_of_both_orbits(found):
    cube = found.windows[0].cube
    power = (10**-1.0 + 10**-1.6) / 2
    assert cube.s1[0, 0, 0, 0] == pytest.approx(10 * np.log10(power), abs=0.01)
    assert cube.s1[0, 1, 0, 0] == pytest.approx(10 * np.log10(power) - 6, abs=0.01)
    assert cube.s1[1, 0, 0, 0] == pytest.approx(-14, abs=0.01)
    assert cube.s1_valid[:, 0, 0].tolist() == [True, True] + 6 * [False]


def test_void_is_ignored_and_the_background_is_a_class(found):
    first = found.windows[0]  # patch 3 of fold 2
    assert first.block == 3 and [w.block for w in found.windows] == [3, 7, 10, 20, 21, 22]
    assert first.labels[0, 0] == 3 and first.labels[0, 15] == 4 and first.labels[0, 25] == 1
    assert (first.labels[20:, 20:] == 0).all() and (first.parcels[20:, 20:] == 0).all()
    assert found.classes == PASTIS and len(PASTIS) == 19 and {entry.code for entry in PASTIS} == set(CODES.values())
    assert to_codes(np.array([0, 18, 19, 200], np.uint8)).tolist() == [1, 19, 0, 0]


def test_parcels_are_numbered_through_all_patches(found):
    numbers = [set(np.unique(w.parcels).tolist()) - {0} for w in found.windows]
    assert sum(map(len, numbers)) == len(set().union(*numbers))
    first = found.windows[0]
    assert len(np.unique(first.parcels[:, :10])) == 1 and first.parcels[0, 0] != first.parcels[0, 15]
    assert (first.parcels[:20, 20:] == 0).all()
    # One maize parcel a patch, and in fold 3 the other field is maize too: one number, one parcel.
    assert found.counts[4] == 6 and found.counts[6] == 2


def test_the_season_is_placed_where_the_dates_are(folder, found):
    assert folder.season_start(SEASON) == date(2018, 10, 1) and "2018-10-01" in found.description
    assert folder.season_start(Season(1, 1, 2, 15)) == date(2019, 1, 1)
    assert found.windows[0].place == (706_000, 6_499_680, 706_320, 6_500_000)


def test_cloud_and_nodata_are_left_out(tmp_path):
    folder = write_pastis(tmp_path, PATCHES[:1])
    path = folder / "DATA_S2/S2_10.npy"
    values = np.load(path)
    values[0, :, :8, :8] = 6000
    values[1, :, 20:, :] = -10_000
    values[0, :, 20:, 20:] = 0
    np.save(path, values)
    cube = read_pastis(PastisFolder(folder), SEASON, options=SeriesOptions(cloud_margin=20)).windows[0].cube
    assert cube.s2[0, 3, 0, 0] == pytest.approx(0.1301, abs=1e-4)  # the second date alone
    assert cube.s2[0, 3, 25, 0] == pytest.approx(0.13, abs=1e-4)  # the first date alone
    assert not cube.s2_valid[0, 20:, 20:].any() and cube.s2_valid[0, :20].all()


def test_folds_choose_patches(folder):
    assert [w.block for w in read_pastis(folder, SEASON, folds=(5, 1)).windows] == [10, 21, 22]
    with pytest.raises(SampleError, match="no patch of fold 9"):
        read_pastis(folder, SEASON, folds=(9,))


def test_runs_are_the_official_ones(folder, found):
    assert FOLDS[0] == ((1, 2, 3), (4,), (5,)) and FOLDS[3] == ((4, 5, 1), (2,), (3,))
    assert sorted(fold for _, _, test in FOLDS for fold in test) == [1, 2, 3, 4, 5]
    assert all(sorted(sum(parts, ())) == [1, 2, 3, 4, 5] for parts in FOLDS)
    assert official_split(folder, 1) == ((3, 7, 10), (20,), (21, 22))
    assert official_split(folder, 5) == ((3, 10, 21, 22), (7,), (20,))
    split = split_official(found, folder, 1)
    assert [[w.block for w in part] for part in (split.train, split.validation, split.test)] == [
        [3, 7, 10], [20], [21, 22]
    ]  # fmt: skip
    with pytest.raises(SampleError, match="no run 6"):
        official_split(folder, 6)


def test_pastis_without_radar_misses_it(tmp_path):
    folder = PastisFolder(write_pastis(tmp_path, PATCHES[:2], radar=False))
    found = read_pastis(folder, SEASON, s2_bands=("B08", "B04"))
    cube = found.windows[0].cube
    assert not folder.radar and "PASTIS," in found.description
    assert cube.s1.shape == (8, 2, SIZE, SIZE) and not cube.s1_valid.any()
    assert cube.s2[0, :, 0, 0] == pytest.approx([0.16005, 0.04], abs=1e-4)


def test_files_hold_what_is_too_much_for_memory(folder, found, tmp_path, monkeypatch):
    from crop_attention.engine.training.sources import pastis as pastis_source

    store = pastis_source.WindowStore
    monkeypatch.setattr(pastis_source, "WindowStore", lambda *args: store(*args, limit=1))
    mapped = read_pastis(folder, SEASON, cache=tmp_path)
    assert isinstance(mapped.windows[0].cube.s1, np.memmap)
    assert all(np.array_equal(a.cube.s2, b.cube.s2) for a, b in zip(found.windows, mapped.windows))


def spoil(path, how):
    folder = write_pastis(path, PATCHES[:2])
    if how == "no metadata":
        (folder / "metadata.geojson").unlink()
    elif how == "no json":
        (folder / "metadata.geojson").write_text("{")
    elif how == "another CRS":
        write_pastis(path, PATCHES[:2], epsg=4326)
    elif how == "no target":
        (folder / "ANNOTATIONS/TARGET_3.npy").unlink()
    elif how == "fewer dates":
        np.save(folder / "DATA_S2/S2_3.npy", np.zeros((2, 10, SIZE, SIZE), np.int16))
    elif how == "an object":
        np.save(folder / "DATA_S2/S2_3.npy", np.array([{}], object))
    elif how == "no fold":
        feature = write_patch(folder, 3, 2)
        del feature["properties"]["Fold"]
        write_metadata(folder, [feature])
    return folder


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("no metadata", "metadata.geojson cannot be read"),
        ("no json", "is not the metadata of PASTIS"),
        ("another CRS", "is in urn:ogc:def:crs:EPSG::4326 and not in EPSG:2154"),
        ("no target", "ANNOTATIONS/TARGET_3.npy missing"),
        ("fewer dates", "S2_3.npy holds 2 dates and the metadata 4"),
        ("an object", "S2_3.npy cannot be read"),
        ("no fold", "is not the metadata of PASTIS"),
    ],
)
def test_a_spoilt_folder_is_refused(tmp_path, how, words):
    with pytest.raises(SampleError, match=words) as caught:
        read_pastis(PastisFolder(spoil(tmp_path, how)), SEASON, feedback=Heard())
    assert "\n" not in str(caught.value)
