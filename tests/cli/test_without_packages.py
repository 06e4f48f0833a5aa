"""Map, heatmaps and counties where Python has nothing but NumPy and GDAL: the same bytes."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import runpy, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(name + " is blocked")

sys.meta_path.insert(0, Blocked())
sys.argv = ["crop_attention", *sys.argv[1:]]
runpy.run_module("crop_attention", run_name="__main__")
"""
RASTERS = ("crop-map", "probabilities", "spatial-attention")
ALONE = ("torch", "safetensors", "scipy", "skimage", "sklearn", "threadpoolctl", "distributed", "qgis")


def without(folder, arguments, blocked=ALONE) -> subprocess.CompletedProcess:
    """Run a command where some packages cannot be imported."""
    command = [sys.executable, "-c", SCRIPT.format(blocked=blocked), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


def test_a_map_needs_no_package_and_is_the_same(country, tmp_path, plugins_folder):
    for name, blocked in (("alone", ALONE), ("all", ())):
        outputs = [f"--{what}={tmp_path / name / what}.tif" for what in RASTERS]
        (tmp_path / name).mkdir()
        done = without(
            plugins_folder, ["classify", *country.inputs, *outputs, "--report", tmp_path / name / "r.html"], blocked
        )
        assert done.returncode == 0, done.stderr
        assert "CPU (NumPy" in done.stdout + done.stderr
    for what in RASTERS:
        one, other = ((tmp_path / name / f"{what}.tif") for name in ("alone", "all"))
        assert pixels(one) == pixels(other), what
    assert "NumPy" in (tmp_path / "alone" / "r.html").read_text("utf-8")


def test_heatmaps_check_and_checkpoints_need_no_package(country, tmp_path, plugins_folder):
    done = without(plugins_folder, ["heatmaps", *country.inputs, "--temporal-attention", tmp_path / "t.tif"])
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "t.tif").stat().st_size > 0
    assert without(plugins_folder, ["check", *country.look]).returncode == 0
    assert "temperate_europe" in without(plugins_folder, ["checkpoints"]).stdout


def pixels(path) -> tuple[bytes, str]:
    """Return the numbers and where the network ran."""
    from osgeo import gdal

    dataset = gdal.Open(str(path))
    return dataset.ReadAsArray().tobytes(), dataset.GetMetadataItem("DEVICE")
