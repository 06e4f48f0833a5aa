"""Parcels over a series: right pixels with right labels, no leak between blocks, nothing lost without a word."""

import random

import numpy as np
import pytest

from crop_attention.engine.errors import Cancelled, OutputError, ParcelError, SampleError
from crop_attention.engine.series.files.grid import Window
from crop_attention.engine.training.options import SourceOptions
from crop_attention.engine.training.sources import parcels as parcel_source
from crop_attention.engine.training.sources.parcels import read_parcels
from crop_attention.engine.training.split import split_blocks
from crop_attention.models.card import CropClass
from labelled import Heard, small_season, write_fields
from rasters import ORIGIN

OPTIONS = SourceOptions(window=20, inset=10, minimum_pixels=4, minimum_parcels=1, block_metres=200, buffer_metres=30)


FIELDS = (
    ("Maize", (2, 2, 10, 10)),
    ("Wheat", (14, 2, 8, 10)),
    ("maïze", (30, 2, 6, 6)),
    ("Wheat", (45, 30, 30, 25)),
    ("Rape seed", (3, 40, 12, 12)),
    ("Rape seed", (22, 40, 9, 9)),
)


@pytest.fixture(scope="module")
def season(tmp_path_factory):
    return small_season(tmp_path_factory.mktemp("season"))


@pytest.fixture(scope="module")
def fields(tmp_path_factory):
    return write_fields(tmp_path_factory.mktemp("fields") / "fields.gpkg", FIELDS)


@pytest.fixture(scope="module")
def found(season, fields):
    return read_parcels(season, fields, "crop", OPTIONS, Heard())


def origin_of(window):
    """Row and column of a window on the grid."""
    west, _, _, north = window.place
    return round((ORIGIN[1] - north) / 10), round((west - ORIGIN[0]) / 10)


def pixels_of(dataset):
    """Row, column -> (class name, parcel, block) for every labelled pixel."""
    names = {entry.code: entry.name for entry in dataset.classes}
    pixels = {}
    for window in dataset.windows:
        top, left = origin_of(window)
        for row, col in zip(*np.nonzero(window.labels)):
            value = (names[window.labels[row, col]], int(window.parcels[row, col]), window.block)
            assert pixels.setdefault((top + row, left + col), value) == value
    return pixels


def picture(dataset):
    """Everything of a data set that can be compared."""
    return [
        (w.place, w.block, w.labels.tolist(), w.parcels.tolist(), w.cube.s2.tolist(), w.cube.s1_valid.tolist())
        for w in dataset.windows
    ]


def test_pixels_of_a_window_are_those_of_the_composites(season, found):
    with season.reader() as reader:
        for window in found.windows:
            assert window.cube.s2.shape == (4, 3, 20, 20) and window.cube.s2.dtype == np.float16
            whole = reader.read(Window(*origin_of(window), 20, 20))
            assert np.allclose(window.cube.s2, whole.s2, rtol=1e-3)
            assert np.allclose(window.cube.s1, whole.s1, rtol=1e-3)
            assert np.array_equal(window.cube.s2_valid, whole.s2_valid)
            assert np.array_equal(window.cube.s1_valid, whole.s1_valid)
    first = found.windows[0]
    top, left = origin_of(first)
    assert first.cube.s2[0, 1, 3, 4] == pytest.approx((top + 3 + 1) * 1e-3, rel=2e-3)
    assert first.cube.s2[0, 2, 3, 4] == pytest.approx((left + 4 + 1) * 1e-3, rel=2e-3)
    assert first.cube.s1[0, 0, 0, 0] == -10 and not first.cube.s1_valid[3].any()


def test_labels_are_the_parcels_without_their_edge(found):
    pixels = pixels_of(found)
    assert {pixel for pixel, value in pixels.items() if pixel[0] < 13 and pixel[1] < 13} == {
        (row, col) for row in range(3, 11) for col in range(3, 11)
    }
    assert pixels[(3, 15)][0] == "Wheat" and (3, 14) not in pixels
    assert {value[0] for value in pixels.values()} == {"Maize", "Wheat", "Rape seed", "maïze"} - {"maïze"}
    numbers = {value[1] for value in pixels.values()}
    assert numbers == set(range(1, len(FIELDS) + 1))


def test_classes_are_the_names_whatever_their_case_and_accents(found):
    assert [entry.name for entry in found.classes] == ["Maize", "Rape seed", "Wheat"]
    assert found.counts == {1: 2, 2: 2, 3: 2}
    assert found.s2_bands == ("B02", "B04", "B08") and found.season.steps == 4
    assert "6 parcels" in found.description and "2018-01-01" in found.description


def test_a_large_parcel_gets_a_few_windows_on_its_ground(found):
    wheat = [w for w in found.windows if origin_of(w)[0] >= 25 and origin_of(w)[1] >= 35]
    assert len(wheat) == OPTIONS.windows
    assert len({origin_of(w) for w in wheat}) == 4
    assert all((w.labels > 0).mean() > 0.4 for w in wheat)


def test_the_order_of_features_changes_nothing(season, tmp_path, found):
    shuffled = list(FIELDS)
    random.Random(3).shuffle(shuffled)
    other = read_parcels(season, write_fields(tmp_path / "fields.gpkg", shuffled), "crop", OPTIONS, Heard())
    assert shuffled != list(FIELDS)
    assert picture(other) == picture(found)
    assert other.classes == found.classes and other.counts == found.counts


def test_parcels_in_degrees_fall_on_the_same_pixels(season, tmp_path, found):
    other = read_parcels(season, write_fields(tmp_path / "fields.gpkg", FIELDS, 4326), "crop", OPTIONS, Heard())
    assert pixels_of(other).keys() == pixels_of(found).keys()


def test_a_window_holds_labels_of_its_block_alone(found):
    blocks = {}
    for window in found.windows:
        for number in set(np.unique(window.parcels).tolist()) - {0}:
            blocks.setdefault(number, set()).add(window.block)
    assert all(len(held) == 1 for held in blocks.values())
    assert len({next(iter(held)) for held in blocks.values()}) > 2


def test_ground_of_two_parcels_belongs_to_none(season, tmp_path):
    path = write_fields(
        tmp_path / "f.gpkg", [("Maize", (2, 2, 12, 12)), ("Wheat", (10, 2, 12, 12)), ("Wheat", (40, 2, 9, 9))]
    )
    pixels = pixels_of(read_parcels(season, path, "crop", OPTIONS, Heard()))
    assert {col for row, col in pixels if row == 5} == {*range(3, 10), *range(14, 21), *range(41, 48)}


def test_a_small_parcel_keeps_its_edge_and_a_smaller_one_is_left_out(season, tmp_path):
    path = write_fields(
        tmp_path / "f.gpkg",
        [("Maize", (2, 2, 2, 2)), ("Wheat", (20, 2, 1, 3)), ("Wheat", (40, 2, 9, 9)), (None, (60, 2, 9, 9))],
    )
    heard = Heard()
    pixels = pixels_of(read_parcels(season, path, "crop", OPTIONS, heard))
    assert {pixel for pixel in pixels if pixel[1] < 10} == {(2, 2), (2, 3), (3, 2), (3, 3)}
    assert not any(15 < col < 25 or col > 55 for _, col in pixels)
    assert "1 parcel of 4 without a value in crop: ignored." in heard.warnings
    assert "1 parcel of 3 with a label under 4 pixels that no other parcel covers: left out." in heard.warnings


def test_classes_of_a_base_keep_code_and_colour_and_new_ones_are_new(season, fields):
    base = (CropClass(4, "Maize", "#e8601c"), CropClass(9, "WHEAT", "#e6b422"), CropClass(14, "Pulses", "#7bafde"))
    classes = read_parcels(season, fields, "crop", OPTIONS, Heard(), classes=base).classes
    assert classes[:2] == base[:2]
    assert [(entry.code, entry.name) for entry in classes[2:]] == [(15, "Rape seed")]
    assert classes[2].colour not in {entry.colour for entry in base}


def test_numbers_make_classes_too(season, fields):
    classes = read_parcels(season, fields, "code", OPTIONS, Heard()).classes
    assert [entry.name for entry in classes] == ["0", "1", "2"]


def test_rare_classes_are_left_out_and_said(season, tmp_path):
    path = write_fields(tmp_path / "f.gpkg", [*FIELDS, ("Hemp", (40, 2, 9, 9))])
    heard = Heard()
    options = SourceOptions(**{**vars(OPTIONS), "minimum_parcels": 2})
    found = read_parcels(season, path, "crop", options, heard)
    assert "Hemp" not in {value[0] for value in pixels_of(found).values()} and len(found.classes) == 3
    assert heard.warnings == ["Left out, having fewer than 2 parcels: Hemp (1)."]
    assert found.warnings == tuple(heard.warnings)


def test_one_sensor_alone_leaves_the_other_missing(tmp_path, fields):
    season = small_season(tmp_path, s1=False)
    found = read_parcels(season, fields, "crop", OPTIONS, Heard())
    assert found.windows[0].cube.s1.shape == (4, 2, 20, 20)
    assert not any(window.cube.s1_valid.any() for window in found.windows)


def test_many_windows_go_to_files_and_are_the_same(season, fields, found, tmp_path, monkeypatch):
    monkeypatch.setattr(parcel_source, "WindowStore", lambda *args: STORE(*args, limit=1000))
    mapped = read_parcels(season, fields, "crop", OPTIONS, Heard(), cache=tmp_path / "cache")
    files = sorted(path.name for path in (tmp_path / "cache").iterdir())
    assert files == ["windows_s1.npy", "windows_s1_valid.npy", "windows_s2.npy", "windows_s2_valid.npy"]
    assert isinstance(mapped.windows[0].cube.s2, np.memmap)
    assert picture(mapped) == picture(found)
    with pytest.raises(SampleError, match="MB: give a folder"):
        read_parcels(season, fields, "crop", OPTIONS, Heard())


def test_small_tiles_give_the_same_windows(season, fields, found, monkeypatch):
    monkeypatch.setattr("crop_attention.engine.training.sources.windows.TILE_BYTES", 1)
    tiled = read_parcels(season, fields, "crop", OPTIONS, Heard())
    key = sorted(picture(tiled), key=lambda entry: (entry[1], entry[0]))
    assert key == sorted(picture(found), key=lambda entry: (entry[1], entry[0]))


def test_crowded_windows_read_no_pixel_twice(season, tmp_path, monkeypatch):
    from crop_attention.engine.series.cube.reader import CubeReader

    areas = []
    plain = CubeReader.read
    monkeypatch.setattr(
        CubeReader, "read", lambda self, window, feedback=None: (areas.append(window), plain(self, window, feedback))[1]
    )
    crops = [
        ("Maize" if (row + col) % 2 else "Wheat", (5 * col, 5 * row, 5, 5)) for row in range(12) for col in range(16)
    ]
    found = read_parcels(season, write_fields(tmp_path / "f.gpkg", crops), "crop", OPTIONS, Heard())
    assert len(found.windows) > 100 and found.counts == {1: 96, 2: 96}
    assert sum(area.height * area.width for area in areas) <= 60 * 80


def test_cancelling_leaves_no_files(season, fields, tmp_path, monkeypatch):
    monkeypatch.setattr(parcel_source, "WindowStore", lambda *args: STORE(*args, limit=1000))

    class Late(Heard):
        def cancelled(self):
            return (tmp_path / "windows_s2.npy").exists()

    with pytest.raises(Cancelled):
        read_parcels(season, fields, "crop", OPTIONS, Late(), cache=tmp_path)
    assert list(tmp_path.iterdir()) == []


STORE = parcel_source.WindowStore


@pytest.mark.parametrize(
    ("crops", "field", "error", "words"),
    [
        (FIELDS, "culture", ParcelError, "no field culture: choose one of its fields \\(crop, code\\)"),
        ([(None, (2, 2, 9, 9))], "crop", ParcelError, "field crop of f.gpkg is empty in all 1 parcel"),
        ([("Maize", (900, 2, 9, 9))], "crop", ParcelError, "No labelled parcel of f.gpkg lies inside"),
        ([("Maize", None)], "crop", ParcelError, "No labelled parcel of f.gpkg lies inside"),
        ([("Maize", (2, 2, 9, 9))], "crop", SampleError, "leaves only Maize with at least 1 parcels"),
        ([(n, (n % 79, n // 79, 0.5, 0.5)) for n in range(300)], "crop", SampleError, "300 different values"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(season, tmp_path, crops, field, error, words):
    with pytest.raises(error, match=words) as caught:
        read_parcels(season, write_fields(tmp_path / "f.gpkg", crops), field, OPTIONS, Heard())
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_a_full_disk_is_said_before_reading(season, fields, tmp_path, monkeypatch):
    monkeypatch.setattr(parcel_source, "WindowStore", lambda *args: STORE(*args, limit=1000))

    def full(needs):
        raise OutputError("The disk is full.")

    monkeypatch.setattr("crop_attention.engine.training.sources.store.check_space", full)
    with pytest.raises(OutputError):
        read_parcels(season, fields, "crop", OPTIONS, Heard(), cache=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_no_label_to_train_on_lies_on_ground_of_another_part(season, tmp_path):
    """Parcels side by side over many blocks, in the layer's own geometry."""
    crops = []
    for row in range(6):
        for col in range(8):
            crops.append((("Maize", "Wheat", "Rape")[(row + col) % 3], (10 * col, 10 * row, 10, 10)))
    found = read_parcels(season, write_fields(tmp_path / "f.gpkg", crops), "crop", OPTIONS, Heard())
    split = split_blocks(found, OPTIONS, 1)
    ground = [
        {(r + row, c + col) for w in part for (r, c) in [origin_of(w)] for row, col in zip(*np.nonzero(w.labels))}
        for part in (split.train, split.validation, split.test)
    ]
    blocks = [{w.block for w in part} for part in (split.train, split.validation, split.test)]
    assert all(ground) and sum(map(len, blocks)) == len(set().union(*blocks))
    fields = [{(row // 10, col // 10) for row, col in pixels} for pixels in ground]
    assert not fields[0] & (fields[1] | fields[2]) and not fields[1] & fields[2]
    mine = np.array(sorted(ground[0]))
    for row, col in ground[1] | ground[2]:
        gap = np.maximum(np.abs(mine - (row, col)) - 1, 0) * 10
        assert np.hypot(*gap.T).min() >= OPTIONS.buffer_metres
