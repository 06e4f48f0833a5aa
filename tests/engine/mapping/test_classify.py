"""Mapping: the same map whatever the tile, nodata kept, all outputs or none."""

import json

import numpy as np
import pytest
import torch
from osgeo import gdal

from array_series import HEIGHT, S1, S2, STEPS, WIDTH, Prepared, classify_to, read_output
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import BLOCK
from crop_attention.engine.series.cube.cube import Cube
from crop_attention.models import checkpoint as checkpoints

gdal.UseExceptions()


@pytest.mark.parametrize("options", [{"tile_size": 64}, {"tile_size": 200}, {"tile_size": 512}, {"tile_size": 4096},
                                     {"tile_size": 256, "threads": 1}])  # fmt: skip
def test_tile_size_and_threads_change_no_pixel(prepared, checkpoint, reference, tmp_path, options):
    classify_to(prepared, checkpoint, tmp_path / "out", **options)
    for name in ("crop_map", "confidence", "margin", "entropy"):
        assert np.array_equal(read_output(tmp_path / "out", name), read_output(reference[0], name)), name
    difference = np.abs(read_output(tmp_path / "out", "probabilities") - read_output(reference[0], "probabilities"))
    assert difference.max() <= 1e-5
    # A unit that is zero to the rounding may be on in one tile and off in another, with its whole part.
    parts, others = (read_output(folder, "contribution").astype(int) for folder in (tmp_path / "out", reference[0]))
    assert (np.abs(parts - others).max(axis=0) <= 1).mean() > 0.9999


def test_map_equals_the_network_run_on_the_whole_image(prepared, checkpoint, reference, cube):
    loaded = checkpoints.load(checkpoint)
    pad = [(0, 0), (loaded.network.margin,) * 2, (loaded.network.margin,) * 2]
    arrays = [np.pad(a, ([(0, 0)] if a.ndim == 4 else []) + pad)[None] for a in vars(cube).values()]
    with torch.inference_mode():
        logits = loaded.network(*map(torch.from_numpy, arrays)).logits / loaded.card.temperature
    probabilities = torch.softmax(logits, 1)[0].numpy()
    seen = cube.s2_valid.any(0) | cube.s1_valid.any(0)
    codes = np.array([1, 2, 5, 9])[probabilities.argmax(0)]
    found = read_output(reference[0], "crop_map")
    assert (found[seen] == codes[seen]).mean() > 0.9999
    assert np.abs(read_output(reference[0], "probabilities")[:, seen] - probabilities[:, seen]).max() < 1e-4
    assert len(np.unique(found[seen])) >= 3


def test_nodata_in_nodata_out(reference, cube):
    seen = cube.s2_valid.any(0) | cube.s1_valid.any(0)
    folder, result = reference
    assert np.array_equal(read_output(folder, "crop_map") != 0, seen)
    for name in ("confidence", "margin", "entropy"):
        assert np.array_equal(read_output(folder, name) != 255, seen), name
    for name in ("temporal", "channel", "spatial", "contribution"):
        values = read_output(folder, name)
        assert np.array_equal(np.atleast_3d(values.reshape(-1, HEIGHT, WIDTH))[0] != 65535, seen), name
    assert result.nodata_pixels == (~seen).sum()


def test_attention_bands_are_named_and_sum_to_one(reference, card):
    dataset = gdal.Open(str(reference[0] / "temporal.tif"))
    names = [dataset.GetRasterBand(i + 1).GetDescription() for i in range(STEPS)]
    assert names[0] == "2020-10-01 to 2020-10-30" and names[-1] == "2021-02-28 to 2021-03-29"
    values = dataset.ReadAsArray().astype(float)
    total = values.sum(0)[values[0] != 65535] * dataset.GetRasterBand(1).GetScale()
    assert np.abs(total - 1).max() < 1e-3
    parts = gdal.Open(str(reference[0] / "contribution.tif"))
    assert [parts.GetRasterBand(i + 1).GetDescription() for i in range(STEPS)] == names
    parts = parts.ReadAsArray().astype(float)
    total = parts.sum(0)[parts[0] != 65535] * 1e-4
    assert ((np.abs(total - 1) < 1e-3) | (total == 0)).all() and (total > 0.99).mean() > 0.5
    statistics = reference[1].statistics
    assert np.allclose(np.nansum(statistics.contribution, axis=1)[statistics.contribution_sum.any(axis=1)], 1)
    channel = gdal.Open(str(reference[0] / "channel.tif"))
    names = [channel.GetRasterBand(i + 1).GetDescription() for i in range(channel.RasterCount)]
    assert names == [*S2, *S1, "Share of Sentinel-1"]


def test_numbers_of_the_network_that_are_not_finite_are_nodata_counted_and_told(
    cube, card, checkpoint, reference, tmp_path
):
    wild = Cube(cube.s2.copy(), cube.s2_valid.copy(), cube.s1, cube.s1_valid)
    wild.s2[:, :, 30, 40], wild.s2_valid[:, 30, 40] = 3e38, True
    feedback, told = Feedback(), []
    feedback.warning = told.append
    result = classify_to(Prepared(wild, card), checkpoint, tmp_path / "out", feedback)
    lost = read_output(tmp_path / "out", "crop_map") == 0
    new = lost & (read_output(reference[0], "crop_map") != 0)
    assert new[30, 40] and 1 <= new.sum() <= 400
    count = int(new.sum())
    assert (
        any(f"no finite numbers and no class at {count:,} pixel" in text for text in told)
        and told[-1] in result.warnings
    )
    for name in ("confidence", "probabilities", "entropy", "margin", "contribution"):
        raster = gdal.Open(str(tmp_path / "out" / f"{name}.tif"))
        values, nodata = raster.GetRasterBand(1).ReadAsArray(), raster.GetRasterBand(1).GetNoDataValue()
        assert (values[new] == nodata).all() or np.isnan(nodata), name
        assert np.isfinite(values).all(), name
    assert np.isfinite(result.statistics.confidence_sum).all()
    assert int(result.statistics.pixels.sum()) == int((~lost).sum())


def test_crop_map_carries_its_legend_and_provenance(reference, card, checkpoint):
    dataset = gdal.Open(str(reference[0] / "crop_map.tif"))
    band = dataset.GetRasterBand(1)
    dataset.GetGeoTransform()  # GDAL 3.6 reads the names only after something else has opened the sidecar
    names = band.GetCategoryNames()
    assert names[0] == "No data" and [names[c] for c in (1, 2, 5, 9)] == [entry.name for entry in card.classes]
    assert band.GetColorTable().GetColorEntry(9) == (0x10, 0x20, 9, 255)
    assert band.GetNoDataValue() == 0 and band.DataType == gdal.GDT_Byte
    assert band.GetDefaultRAT().GetRowCount() == 4
    assert dataset.GetMetadataItem("CHECKPOINT_SHA256") == checkpoints.sha256_of(checkpoint)
    assert dataset.GetMetadataItem("SEASON").startswith("2020-10-01")
    assert band.GetBlockSize() == [256, 256] and band.GetOverviewCount() >= 1


def test_statistics_match_the_map(reference):
    folder, result = reference
    found = read_output(folder, "crop_map")
    statistics = result.statistics
    assert statistics.pixels.tolist() == [(found == code).sum() for code in (1, 2, 5, 9)]
    mapped = statistics.pixels > 0
    assert np.allclose(statistics.temporal[mapped].sum(1), 1, atol=1e-3)
    assert np.allclose(statistics.channel[mapped].sum(1), 1, atol=1e-3)
    confidence = read_output(folder, "confidence").astype(float)
    assert statistics.confidence[0] * 100 == pytest.approx(confidence[found == 1].mean(), abs=0.6)
    assert statistics.clear_steps.sum() == (found != 0).sum()


def test_unwanted_blocks_stay_nodata_and_others_do_not_change(prepared, checkpoint, reference, tmp_path):
    wanted = np.zeros((-(-HEIGHT // BLOCK), -(-WIDTH // BLOCK)), dtype=bool)
    wanted[1, 2] = True
    classify_to(prepared, checkpoint, tmp_path / "out", wanted=wanted)
    found, whole = read_output(tmp_path / "out", "crop_map"), read_output(reference[0], "crop_map")
    inside = (slice(BLOCK, 2 * BLOCK), slice(2 * BLOCK, 3 * BLOCK))
    assert np.array_equal(found[inside], whole[inside])
    found[inside] = 0
    assert not found.any()


def test_pixels_outside_of_an_area_stay_nodata_and_are_not_counted(prepared, checkpoint, reference, tmp_path):
    kept = np.zeros((HEIGHT, WIDTH), dtype=bool)
    kept[40:200, 100:333] = np.random.default_rng(1).random((160, 233)) < 0.7
    result = classify_to(
        prepared, checkpoint, tmp_path / "out", inside=lambda w: kept[w.row :, w.col :][: w.height, : w.width]
    )
    found, whole = read_output(tmp_path / "out", "crop_map"), read_output(reference[0], "crop_map")
    assert np.array_equal(found, np.where(kept, whole, 0))
    assert result.statistics.pixels.sum() == np.count_nonzero(found)


@pytest.mark.parametrize("absent", ["s2", "s1"])
def test_one_sensor_is_enough(cube, card, checkpoint, tmp_path, absent):
    parts = {**vars(cube), absent: None, f"{absent}_valid": None}
    result = classify_to(Prepared(Cube(**parts), card), checkpoint, tmp_path / "out")
    seen = parts["s1_valid" if absent == "s2" else "s2_valid"].any(0)
    assert np.array_equal(read_output(tmp_path / "out", "crop_map") > 0, seen)
    shares = result.statistics.s1_share[result.statistics.pixels > 0]
    assert np.allclose(shares, 1 if absent == "s2" else 0, atol=1e-4)


def test_provenance_is_json_text_for_any_reader(reference):
    tags = gdal.Open(str(reference[0] / "confidence.tif")).GetMetadata()
    assert json.loads(json.dumps(tags))["CROP_ATTENTION_VERSION"]
