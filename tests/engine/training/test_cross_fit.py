"""Cross-fitted labels: who judges a parcel never trained on it, and every parcel is judged once."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from osgeo import gdal

from array_series import utm
from crop_attention.engine.errors import SampleError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.product import CODES
from crop_attention.engine.series.files.grid import Grid
from crop_attention.engine.training import cross_fit
from crop_attention.engine.training.options import SourceOptions
from crop_attention.engine.writing.outputs import PendingOutput
from tiny_training import CLASSES, OPTIONS, SIDE, Ear, samples

GRID = Grid(utm(), 1000.0, 9000.0, 10.0, 7 * SIDE, 6 * SIDE)
SAMPLES = SourceOptions(buffer_metres=0)


@pytest.fixture
def dataset():
    """Forty parcels in ten blocks, side by side on the grid."""
    made, _ = samples()
    windows = []
    for number, window in enumerate(made.windows):
        west, north = 1000.0 + 200 * (number % 7), 9000.0 - 200 * (number // 7)
        windows.append(replace(window, place=(west, north - 200, west + 200, north)))
    return replace(made, windows=tuple(windows))


@pytest.mark.parametrize("learner", ["linear", "network", "best"])
def test_every_parcel_is_judged_once_by_a_model_of_other_blocks(dataset, learner, tmp_path, monkeypatch):
    trained, fit = [], cross_fit.fit_and_choose

    def watched(dataset, split, *arguments):
        trained.append({block.block for part in (split.train, split.validation, split.known) for block in part})
        assert trained[-1].isdisjoint(each.block for each in split.test)
        return fit(dataset, split, *arguments)

    monkeypatch.setattr(cross_fit, "fit_and_choose", watched)
    folds = cross_fit.folds_of(dataset, SAMPLES, 1)
    options = replace(OPTIONS, learner=learner, epochs=3)
    found = cross_fit.out_of_fold(dataset, folds, GRID, options, None, tmp_path, Feedback())
    assert len(folds) == len(trained) == found.folds == 5
    assert sorted(np.unique(found.pixels.parcels)) == list(range(1, 41))
    right, total = found.right
    assert total == 40 and right >= (36 if learner != "network" else 20)
    assert found.sentence().startswith(f"Cross-fitted: {100 * right / 40:.1f} % of 40 parcels")
    assert len(set(zip(found.rows.tolist(), found.cols.tolist()))) == len(found.rows)


def test_the_rasters_hold_each_pixel_where_it_lies(dataset, tmp_path):
    rows, cols = np.array([0, 3, 119]), np.array([0, 139, 7])
    chances = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]], np.float32)
    pixels = SimpleNamespace(scores=chances)
    found = cross_fit.OutOfFold(rows, cols, pixels, 5)
    for probabilities in (False, True):
        with PendingOutput(tmp_path / f"{probabilities}.tif") as place:
            cross_fit.write_map(
                found, dataset, GRID, (place.path, str(place.final)), probabilities, {"A": "b"}, Feedback()
            )
            place.commit()
    codes, parts = (gdal.Open(str(tmp_path / f"{name}.tif")) for name in (False, True))
    assert codes.GetRasterBand(1).GetNoDataValue() == CODES.nodata and codes.GetMetadataItem("A") == "b"
    read = codes.ReadAsArray()
    assert read[rows, cols].tolist() == [CLASSES[0].code, CLASSES[1].code, CLASSES[1].code]
    assert (read > 0).sum() == 3 and np.allclose(parts.ReadAsArray()[:, rows, cols], chances.T)
    assert parts.GetRasterBand(2).GetDescription() == "Grassland"


def test_too_few_blocks_are_refused_and_a_class_of_one_block_is_named(dataset, tmp_path):
    few = replace(dataset, windows=tuple(each for each in dataset.windows if each.block < 2))
    with pytest.raises(SampleError, match="need 3 spatial blocks and the parcels lie in 2: make the blocks"):
        cross_fit.folds_of(few, SAMPLES, 1)
    lone = [
        replace(each, labels=np.where(each.labels == 7, 3 if each.block else 7, each.labels))
        for each in dataset.windows
    ]
    folds = cross_fit.folds_of(replace(dataset, windows=tuple(lone)), SAMPLES, 1)
    ear = Ear()
    options = replace(OPTIONS, learner="linear")
    cross_fit.out_of_fold(replace(dataset, windows=tuple(lone)), folds, GRID, options, None, tmp_path, ear)
    assert [text for text in ear.warnings if text.startswith("Cross-fitted labels: Grassland lies in 1 block")]
