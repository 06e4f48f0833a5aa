"""Mapping with the compared networks: the same code, and heatmaps only where the network has them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from osgeo import gdal

from array_series import Prepared, utm
from crop_attention.engine.errors import OutputError
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.mapping.classify import classify
from crop_attention.engine.options import MappingOptions
from crop_attention.engine.products import CONTRIBUTION, check_heatmaps, heatmaps
from crop_attention.engine.series.cube.cube import Cube
from crop_attention.engine.series.files.grid import Grid
from crop_attention.models import checkpoint as checkpoints
from crop_attention.models.architectures import attentions_of, title_of
from crop_attention.models.registry import build
from small_networks import S1, S2, SMALL, STEPS, small_card

HEATMAPS = [product.name for product in heatmaps() if product is not CONTRIBUTION]

HEIGHT, WIDTH = 50, 130
GRID = Grid(utm(), 500_000, 5_600_000, 10, WIDTH, HEIGHT)


@pytest.fixture(scope="module")
def cube():
    random = np.random.default_rng(5)
    fields = np.kron(random.normal(0, 1, (STEPS, 5, 5, 13)), np.ones((10, 10)))
    s2 = (0.3 + 0.2 * fields[:, :3]).astype(np.float32)
    s1 = (-15 + 4 * fields[:, 3:]).astype(np.float32)
    s2_valid, s1_valid = random.random((STEPS, HEIGHT, WIDTH)) > 0.4, random.random((STEPS, HEIGHT, WIDTH)) > 0.1
    s2_valid[:, :20, :20] = s1_valid[:, :20, :20] = False
    return Cube(s2, s2_valid, s1, s1_valid)


def checkpoint(folder, name):
    torch.manual_seed(3)
    path = folder / f"{name}.safetensors"
    checkpoints.save(path, build(small_card(name)), small_card(name))
    return str(path)


def mapped(name, cube, folder, heatmaps=(), **options):
    folder.mkdir(exist_ok=True)
    outputs = {key: str(folder / f"{key}.tif") for key in ("crop_map", *heatmaps)}
    prepared = Prepared(cube, small_card(name), GRID)
    return classify(prepared, checkpoint(folder, name), outputs, MappingOptions(device="cpu", **options), Feedback())


def read(folder, name):
    return gdal.Open(str(folder / f"{name}.tif")).ReadAsArray()


@pytest.mark.parametrize("name", sorted(set(SMALL) - {"attention_3dcnn"}))
def test_every_network_maps_whatever_the_tile(name, cube, tmp_path):
    given = [each.name for each in heatmaps() if set(each.attentions) <= set(attentions_of(name))]
    small = mapped(name, cube, tmp_path / "small", given, tile_size=64, threads=1)
    mapped(name, cube, tmp_path / "large", given, tile_size=256, threads=2)
    crops = read(tmp_path / "small", "crop_map")
    assert (crops[:20, :20] == 0).all() and (crops > 0).sum() == HEIGHT * WIDTH - 400
    for output in ("crop_map", *given):
        assert np.array_equal(read(tmp_path / "small", output), read(tmp_path / "large", output)), output
    statistics = small.statistics
    assert statistics.pixels.sum() == HEIGHT * WIDTH - 400
    found = statistics.sampled > 0
    sums = {"temporal": statistics.temporal[found].sum(axis=1), "channel": statistics.channel[found].sum(axis=1)}
    for attention, total in sums.items():
        assert np.allclose(total, float(attention in attentions_of(name)), atol=1e-3)


@pytest.mark.parametrize(
    "name, absent",
    [
        ("unet3d", "temporal attention, channel attention or spatial attention"),
        ("utae", "channel attention or spatial attention"),
    ],
)
def test_heatmaps_that_a_network_cannot_give_are_refused_before_any_computing(name, absent, cube, tmp_path):
    with pytest.raises(OutputError, match=f"{title_of(name)}, which has no {absent}; leave that") as caught:
        mapped(name, cube, tmp_path / "out", HEATMAPS)
    assert "\n" not in str(caught.value)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [f"{name}.safetensors"]


def test_what_a_network_can_give_is_not_refused():
    check_heatmaps(small_card("attention_3dcnn"), [*HEATMAPS, "contribution"])
    check_heatmaps(small_card("selfattention3d"), HEATMAPS)
    check_heatmaps(small_card("utae"), ["crop_map", "confidence", "temporal"])
    with pytest.raises(OutputError, match="no spatial attention; leave that out"):
        check_heatmaps(small_card("utae"), ["crop_map", "spatial"])
    with pytest.raises(OutputError, match="Self-Attention 3D-style, which has no temporal contribution; leave that"):
        check_heatmaps(small_card("selfattention3d"), ["contribution"])


@pytest.mark.parametrize("sensors", [(S2, ()), ((), S1)])
def test_a_run_without_one_sensor(sensors, cube, tmp_path):
    alone = Cube(cube.s2, cube.s2_valid, None, None) if sensors[0] else Cube(None, None, cube.s1, cube.s1_valid)
    seen = (cube.s2_valid if sensors[0] else cube.s1_valid).any(axis=0)
    result = mapped("tgfnet", alone, tmp_path / "out")
    assert result.statistics.pixels.sum() == seen.sum() > 5000
    assert np.array_equal(read(tmp_path / "out", "crop_map") > 0, seen)
