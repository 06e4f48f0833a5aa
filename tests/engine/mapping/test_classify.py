"""Mapping: the same map whatever the tile, nodata kept, all outputs or none."""

import json

import numpy as np
import pytest
import torch
from osgeo import gdal

from array_series import HEIGHT, WIDTH, ArrayReader, Prepared, utm
from crop_attention.engine.errors import Cancelled, DeviceError, OutputError, SeriesError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.mapping import device as devices
from crop_attention.engine.mapping.classify import classify
from crop_attention.engine.options import BLOCK, MappingOptions
from crop_attention.engine.series.cube.cube import Cube
from crop_attention.engine.series.files.grid import Grid
from crop_attention.models import checkpoint as checkpoints
from crop_attention.models.card import Card, CropClass, Season
from crop_attention.models.registry import build

gdal.UseExceptions()

S2, S1, STEPS = ("B02", "B04", "B08"), ("VV", "VH"), 6


@pytest.fixture(scope="module")
def card():
    return Card(
        name="test",
        title="Test",
        version="0",
        architecture="attention_3dcnn",
        config={"width": 8, "depth": 16, "heads": 2},
        classes=tuple(CropClass(code, f"Crop {code}", f"#1020{code:02x}") for code in (1, 2, 5, 9)),
        s2_bands=S2,
        s1_bands=S1,
        season=Season(10, 1, STEPS, 30),
        normalisation={**dict.fromkeys(S2, (0.3, 0.2)), **dict.fromkeys(S1, (-15.0, 4.0))},
        temperature=1.3,
    )


@pytest.fixture(scope="module")
def checkpoint(card, tmp_path_factory):
    torch.manual_seed(3)
    path = tmp_path_factory.mktemp("checkpoint") / "test.safetensors"
    network = build(card)
    # An untrained head prefers one class; spread its answers so that the map has several.
    torch.nn.init.normal_(network.head.weight, std=2.0)
    checkpoints.save(path, network, card)
    return path


@pytest.fixture(scope="module")
def cube():
    random = np.random.default_rng(5)
    shape = (HEIGHT, WIDTH)
    fields = np.kron(random.normal(0, 1, (STEPS, 5, 15, 21)), np.ones((20, 20)))[..., :HEIGHT, :WIDTH]
    s2 = (0.3 + 0.15 * fields[:, :3] + random.normal(0, 0.02, (STEPS, 3, *shape))).astype(np.float32)
    s1 = (-15 + 3 * fields[:, 3:] + random.normal(0, 0.5, (STEPS, 2, *shape))).astype(np.float32)
    s2_valid = random.random((STEPS, *shape)) > 0.4
    s1_valid = random.random((STEPS, *shape)) > 0.1
    # A corner that without any observation, wider than a block.
    s2_valid[:, 140:, 270:] = s1_valid[:, 140:, 270:] = False
    return Cube(s2, s2_valid, s1, s1_valid)


@pytest.fixture(scope="module")
def prepared(cube, card):
    return Prepared(cube, card)


def all_outputs(folder):
    names = (
        "crop_map",
        "confidence",
        "probabilities",
        "temporal",
        "channel",
        "spatial",
        "contribution",
        "margin",
        "entropy",
    )
    return {name: str(folder / f"{name}.tif") for name in names}


def run(prepared, checkpoint, folder, feedback=None, outputs=None, wanted=None, inside=None, **options):
    folder.mkdir(exist_ok=True)
    outputs = outputs or all_outputs(folder)
    options = MappingOptions(**options)
    return classify(prepared, str(checkpoint), outputs, options, feedback or Feedback(), wanted, inside=inside)


def read(folder, name):
    return gdal.Open(str(folder / f"{name}.tif")).ReadAsArray()


@pytest.fixture(scope="module")
def reference(prepared, checkpoint, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    return folder, run(prepared, checkpoint, folder, tile_size=256)


@pytest.mark.parametrize("options", [{"tile_size": 64}, {"tile_size": 200}, {"tile_size": 512}, {"tile_size": 4096},
                                     {"tile_size": 256, "threads": 1}])  # fmt: skip
def test_tile_size_and_threads_change_no_pixel(prepared, checkpoint, reference, tmp_path, options):
    run(prepared, checkpoint, tmp_path / "out", **options)
    for name in ("crop_map", "confidence", "margin", "entropy"):
        assert np.array_equal(read(tmp_path / "out", name), read(reference[0], name)), name
    difference = np.abs(read(tmp_path / "out", "probabilities") - read(reference[0], "probabilities"))
    assert difference.max() <= 1e-5
    # A unit that is zero to the rounding may be on in one tile and off in another, with its whole part.
    parts, others = (read(folder, "contribution").astype(int) for folder in (tmp_path / "out", reference[0]))
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
    found = read(reference[0], "crop_map")
    assert (found[seen] == codes[seen]).mean() > 0.9999
    assert np.abs(read(reference[0], "probabilities")[:, seen] - probabilities[:, seen]).max() < 1e-4
    assert len(np.unique(found[seen])) >= 3


def test_nodata_in_nodata_out(reference, cube):
    seen = cube.s2_valid.any(0) | cube.s1_valid.any(0)
    folder, result = reference
    assert np.array_equal(read(folder, "crop_map") != 0, seen)
    for name in ("confidence", "margin", "entropy"):
        assert np.array_equal(read(folder, name) != 255, seen), name
    for name in ("temporal", "channel", "spatial", "contribution"):
        values = read(folder, name)
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
    result = run(Prepared(wild, card), checkpoint, tmp_path / "out", feedback)
    lost = read(tmp_path / "out", "crop_map") == 0
    new = lost & (read(reference[0], "crop_map") != 0)
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
    found = read(folder, "crop_map")
    statistics = result.statistics
    assert statistics.pixels.tolist() == [(found == code).sum() for code in (1, 2, 5, 9)]
    mapped = statistics.pixels > 0
    assert np.allclose(statistics.temporal[mapped].sum(1), 1, atol=1e-3)
    assert np.allclose(statistics.channel[mapped].sum(1), 1, atol=1e-3)
    confidence = read(folder, "confidence").astype(float)
    assert statistics.confidence[0] * 100 == pytest.approx(confidence[found == 1].mean(), abs=0.6)
    assert statistics.clear_steps.sum() == (found != 0).sum()


def test_unwanted_blocks_stay_nodata_and_others_do_not_change(prepared, checkpoint, reference, tmp_path):
    wanted = np.zeros((-(-HEIGHT // BLOCK), -(-WIDTH // BLOCK)), dtype=bool)
    wanted[1, 2] = True
    run(prepared, checkpoint, tmp_path / "out", wanted=wanted)
    found, whole = read(tmp_path / "out", "crop_map"), read(reference[0], "crop_map")
    inside = (slice(BLOCK, 2 * BLOCK), slice(2 * BLOCK, 3 * BLOCK))
    assert np.array_equal(found[inside], whole[inside])
    found[inside] = 0
    assert not found.any()


def test_pixels_outside_of_an_area_stay_nodata_and_are_not_counted(prepared, checkpoint, reference, tmp_path):
    kept = np.zeros((HEIGHT, WIDTH), dtype=bool)
    kept[40:200, 100:333] = np.random.default_rng(1).random((160, 233)) < 0.7
    result = run(prepared, checkpoint, tmp_path / "out", inside=lambda w: kept[w.row :, w.col :][: w.height, : w.width])
    found, whole = read(tmp_path / "out", "crop_map"), read(reference[0], "crop_map")
    assert np.array_equal(found, np.where(kept, whole, 0))
    assert result.statistics.pixels.sum() == np.count_nonzero(found)


@pytest.mark.parametrize("absent", ["s2", "s1"])
def test_one_sensor_is_enough(cube, card, checkpoint, tmp_path, absent):
    parts = {**vars(cube), absent: None, f"{absent}_valid": None}
    result = run(Prepared(Cube(**parts), card), checkpoint, tmp_path / "out")
    seen = parts["s1_valid" if absent == "s2" else "s2_valid"].any(0)
    assert np.array_equal(read(tmp_path / "out", "crop_map") > 0, seen)
    shares = result.statistics.s1_share[result.statistics.pixels > 0]
    assert np.allclose(shares, 1 if absent == "s2" else 0, atol=1e-4)


class Stop(Feedback):
    """Cancels at a share of the progress."""

    def __init__(self, at):
        self.at, self.now, self.steps = at, 0.0, []

    def progress(self, fraction):
        self.now = fraction
        self.steps.append(fraction)

    def cancelled(self):
        return self.now >= self.at


@pytest.mark.parametrize("at", [0.0, 0.3, 0.95])
def test_cancel_leaves_nothing(prepared, checkpoint, tmp_path, at):
    with pytest.raises(Cancelled):
        run(prepared, checkpoint, tmp_path / "out", feedback=Stop(at))
    assert list((tmp_path / "out").iterdir()) == []


def test_cancel_stops_the_overviews_of_a_large_map(tmp_path):
    from crop_attention.engine.mapping.writer import RasterWriter
    from crop_attention.engine.products import CODES

    place = str(tmp_path / "map.tif")
    writer = RasterWriter(place, place, Grid(utm(), 0, 0, 10, 3000, 3000), CODES, ["x"], {})
    calls = iter(range(1000))

    class Later(Feedback):
        def cancelled(self):
            return next(calls) > 0

    with pytest.raises(Cancelled):
        writer.close(Later())


def test_progress_never_goes_back(prepared, checkpoint, tmp_path):
    watch = Stop(2)
    run(prepared, checkpoint, tmp_path / "out", feedback=watch)
    assert watch.steps == sorted(watch.steps) and watch.steps[-1] == 1


def test_a_read_error_leaves_the_old_map(prepared, checkpoint, tmp_path, cube, card):
    run(prepared, checkpoint, tmp_path / "out")
    before = (tmp_path / "out" / "crop_map.tif").read_bytes()

    class Broken(Prepared):
        def reader(self):
            reader = ArrayReader(self.cube)
            calls = iter(range(100))
            whole = reader.read

            def read(window, feedback):
                if next(calls):
                    raise SeriesError("S2_20210101.tif cannot be read; replace the file.")
                return whole(window, feedback)

            reader.read = read
            return reader

    with pytest.raises(SeriesError, match="S2_20210101"):
        run(Broken(cube, card), checkpoint, tmp_path / "out", tile_size=128)
    assert (tmp_path / "out" / "crop_map.tif").read_bytes() == before
    assert not [entry for entry in (tmp_path / "out").iterdir() if "partial" in entry.name]


def test_a_full_disk_is_one_sentence_and_leaves_nothing(prepared, checkpoint, tmp_path, monkeypatch):
    from crop_attention.engine.mapping import writer

    real = writer.gdal.Band.WriteArray

    def full(self, *arguments, **settings):
        writer.gdal.Error(writer.gdal.CE_Failure, writer.gdal.CPLE_FileIO, "No space left on device")
        return real(self, *arguments, **settings)

    monkeypatch.setattr(writer.gdal.Band, "WriteArray", full)
    with pytest.raises(OutputError, match="No space left.*free space on the disk of"):
        run(prepared, checkpoint, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_gpu_that_fails_its_trial_is_left_for_the_cpu(prepared, checkpoint, reference, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    heard = []

    class Hear(Feedback):
        def warning(self, message):
            heard.append(message)

    # A torch without CUDA answers the trial kernel with an error, as a broken driver does.
    if torch.version.cuda:
        pytest.skip("this torch has CUDA")
    result = run(prepared, checkpoint, tmp_path / "out", feedback=Hear(), device="cuda")
    assert result.device.startswith("CPU") and "cannot run the network" in heard[0]
    assert result.warnings == (heard[0],)
    assert np.array_equal(read(tmp_path / "out", "crop_map"), read(reference[0], "crop_map"))


def test_unknown_device_is_refused():
    with pytest.raises(DeviceError, match="'tpu' is not known"):
        devices.choose_device("tpu", None, Feedback())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_gives_the_same_map(prepared, checkpoint, reference, tmp_path):
    run(prepared, checkpoint, tmp_path / "out", device="cuda")
    same = read(tmp_path / "out", "crop_map") == read(reference[0], "crop_map")
    assert same.mean() > 0.9999
    assert np.abs(read(tmp_path / "out", "probabilities") - read(reference[0], "probabilities")).max() < 1e-3


def test_provenance_is_json_text_for_any_reader(reference):
    tags = gdal.Open(str(reference[0] / "confidence.tif")).GetMetadata()
    assert json.loads(json.dumps(tags))["CROP_ATTENTION_VERSION"]
