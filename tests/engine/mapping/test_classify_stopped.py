"""A mapping run that is cancelled, cannot read, cannot write or has no such device."""

import numpy as np
import pytest
import torch

from array_series import ArrayReader, Prepared, classify_to, read_output, utm
from crop_attention.engine.errors import Cancelled, DeviceError, OutputError, SeriesError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.mapping import device as devices
from crop_attention.engine.series.files.grid import Grid


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
        classify_to(prepared, checkpoint, tmp_path / "out", feedback=Stop(at))
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
    classify_to(prepared, checkpoint, tmp_path / "out", feedback=watch)
    assert watch.steps == sorted(watch.steps) and watch.steps[-1] == 1


def test_a_read_error_leaves_the_old_map(prepared, checkpoint, tmp_path, cube, card):
    classify_to(prepared, checkpoint, tmp_path / "out")
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
        classify_to(Broken(cube, card), checkpoint, tmp_path / "out", tile_size=128)
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
        classify_to(prepared, checkpoint, tmp_path / "out")
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
    result = classify_to(prepared, checkpoint, tmp_path / "out", feedback=Hear(), device="cuda")
    assert result.device.startswith("CPU") and "cannot run the network" in heard[0]
    assert result.warnings == (heard[0],)
    assert np.array_equal(read_output(tmp_path / "out", "crop_map"), read_output(reference[0], "crop_map"))


def test_unknown_device_is_refused():
    with pytest.raises(DeviceError, match="'tpu' is not known"):
        devices.choose_device("tpu", None, Feedback())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_gives_the_same_map(prepared, checkpoint, reference, tmp_path):
    classify_to(prepared, checkpoint, tmp_path / "out", device="cuda")
    same = read_output(tmp_path / "out", "crop_map") == read_output(reference[0], "crop_map")
    assert same.mean() > 0.9999
    assert (
        np.abs(read_output(tmp_path / "out", "probabilities") - read_output(reference[0], "probabilities")).max() < 1e-3
    )
