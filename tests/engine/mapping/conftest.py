"""A small mapping run: card, checkpoint, series in memory, and the outputs that others are compared with."""

import numpy as np
import pytest
import torch
from osgeo import gdal

from array_series import HEIGHT, S1, S2, STEPS, WIDTH, Prepared, classify_to
from crop_attention.engine.series.cube.cube import Cube
from crop_attention.models import checkpoint as checkpoints
from crop_attention.models.card import Card, CropClass, Season
from crop_attention.models.registry import build

gdal.UseExceptions()


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def checkpoint(card, tmp_path_factory):
    torch.manual_seed(3)
    path = tmp_path_factory.mktemp("checkpoint") / "test.safetensors"
    network = build(card)
    # An untrained head prefers one class; spread its answers so that the map has several.
    torch.nn.init.normal_(network.head.weight, std=2.0)
    checkpoints.save(path, network, card)
    return path


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def prepared(cube, card):
    return Prepared(cube, card)


@pytest.fixture(scope="session")
def reference(prepared, checkpoint, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    return folder, classify_to(prepared, checkpoint, folder, tile_size=256)
