"""What GDAL cannot write at the end of a vector file, or does not tell at all, is an error and leaves nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from labelled import write_fields
from rasters import write_raster

pytest.importorskip("resource")

LIMITED = """
import resource, signal, sys
from crop_attention.cli.main import main
import crop_attention.engine.jobs.design_sample, crop_attention.engine.jobs.label
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), most))
code = main(sys.argv[2:])
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
sys.exit(code)
"""


@pytest.fixture
def crop_map(tmp_path) -> str:
    return write_raster(tmp_path / "map.tif", np.arange(1, 1601, dtype=np.uint8).reshape(1, 40, 40) % 3 + 1, nodata=0)


def limited(most: int, words: list[str], folder: Path) -> subprocess.CompletedProcess:
    """Run a command that may write no file beyond so many bytes."""
    command = [sys.executable, "-c", LIMITED, str(most), *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


def refused(plugins_folder, limit, words):
    """Return what the terminal says of a command that fails where no file may have more bytes than `limit`."""
    told = subprocess.run(
        [sys.executable, "-c", LIMITED, str(limit), *words],
        capture_output=True,
        text=True,
        cwd=plugins_folder,
        check=False,
    )
    assert told.returncode == 1 and "Traceback" not in told.stderr, told.stderr
    return told.stderr


@pytest.mark.parametrize("limit", [700, 9000])
@pytest.mark.parametrize("end", [".gpkg", ".geojson", ".fgb", ".shp"])
def test_no_half_written_points_are_taken_for_a_sample(crop_map, tmp_path, plugins_folder, end, limit):
    out = tmp_path / "out"
    out.mkdir()
    words = ["sample", "--crop-map", crop_map, "--sample", str(out / f"sample{end}"), "--sample-size", "200"]
    said = refused(plugins_folder, limit, words)
    assert f"error: The output {out}/sample{end} cannot be written" in said
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("end", [".gpkg", ".geojson"])
def test_no_half_written_labels_are_taken_for_labels(crop_map, tmp_path, plugins_folder, end):
    """The limit leaves room for the parcels as they are kept and not for the copy."""
    boxes = [(f"{number}" * 90, (number % 10 * 4, number // 10 * 4, 3, 3)) for number in range(90)]
    parcels, out = write_fields(tmp_path / "fields.gpkg", boxes), tmp_path / "out"
    out.mkdir()
    words = ["labels", "--crop-map", crop_map, "--parcels", str(parcels), "--parcel-labels", str(out / f"labels{end}")]
    said = refused(plugins_folder, 49152, words)
    assert f"error: The output {out}/labels{end} cannot be written" in said
    assert "choose a name that ends in .gpkg" not in said
    assert list(out.iterdir()) == []
