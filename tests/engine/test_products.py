"""An output is one record: whatever reads the records finds a new one."""

from __future__ import annotations

from argparse import ArgumentParser
from types import SimpleNamespace

import numpy as np
import pytest
from osgeo import gdal

from array_series import Prepared, utm
from crop_attention.cli.commands import classify as command
from crop_attention.engine import products
from crop_attention.engine.counties import summary
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.mapping.classify import classify
from crop_attention.engine.mapping.estimate import estimate
from crop_attention.engine.options import MappingOptions
from crop_attention.engine.product import PERCENT, Product, Style
from crop_attention.engine.products import PRODUCTS
from crop_attention.engine.series.cube.cube import Cube
from crop_attention.engine.series.files.grid import Grid
from crop_attention.models import checkpoint as checkpoints
from crop_attention.models.registry import build
from small_networks import STEPS, small_card

MARGIN = Product(
    "made_up",
    "MADE_UP",
    "Made up",
    "Difference between the two highest probabilities, in percent.",
    layer_order=8,
    bands=lambda card, season: ["Margin (%)"],
    values=lambda result, card: np.rint(100 * np.diff(np.sort(result.probabilities, axis=0)[-2:], axis=0)),
    storage=PERCENT,
    style=Style(("#ffffff", "#000000"), (0.0, 100.0)),
    bytes_a_pixel=0.8,
)


@pytest.fixture
def added(monkeypatch):
    """A made-up output among the others."""
    monkeypatch.setattr(products, "PRODUCTS", (*PRODUCTS, MARGIN))
    return MARGIN


@pytest.fixture
def series():
    """A small series, its checkpoint not yet written."""
    random = np.random.default_rng(1)
    shape = (STEPS, 70, 66)
    s2, s1 = random.random((STEPS, 3, 70, 66)), random.normal(-14, 3, (STEPS, 2, 70, 66))
    cube = Cube(s2.astype(np.float32), random.random(shape) > 0.3, s1.astype(np.float32), np.ones(shape, bool))
    return Prepared(cube, small_card("attention_3dcnn"), Grid(utm(), 0, 0, 10, 66, 70))


def test_a_new_output_is_written_with_its_bands_and_storage_and_counted(added, series, tmp_path):
    checkpoint, place = tmp_path / "small.safetensors", tmp_path / added.file
    checkpoints.save(checkpoint, build(series.card), series.card)
    outputs = {"made_up": str(place), "probabilities": str(tmp_path / "p.tif")}
    classify(series, str(checkpoint), outputs, MappingOptions(device="cpu", threads=1), Feedback())
    margin, shares = gdal.Open(str(place)), gdal.Open(outputs["probabilities"]).ReadAsArray()
    band = margin.GetRasterBand(1)
    ordered = np.sort(shares, axis=0)
    found = band.ReadAsArray()
    seen = found != 255
    assert seen.any() and band.GetDescription() == "Margin (%)" and band.GetNoDataValue() == 255
    assert np.abs(found[seen] - 100 * (ordered[-1] - ordered[-2])[seen]).max() <= 0.51
    assert estimate(series, ["made_up"], MappingOptions()).megabytes_disk > 0


def test_a_new_output_is_an_option_of_the_terminal(added):
    parser = ArgumentParser()
    command.declare(parser)
    assert parser.parse_args(["--made-up", "m.tif"]).made_up == "m.tif"
    assert added.help in " ".join(parser.format_help().split())


def test_a_new_output_is_linked_in_the_index_of_counties(added):
    one = SimpleNamespace(outputs={"made_up": "Alba/made_up.tif"})
    assert 'href="Alba/made_up.tif"' in str(summary._links(one)) and "made up" in str(summary._links(one))


@pytest.mark.parametrize(
    "probabilities, margin, entropy",
    [
        ((0.5, 0.3, 0.2), 20, 94),  # 1.0297 nats of log 3 = 1.0986
        ((1.0, 0.0, 0.0), 100, 0),
        ((0.0, 0.5, 0.5), 0, 63),  # log 2 / log 3
        ((1 / 3, 1 / 3, 1 / 3), 0, 100),
        ((0.9, 0.1), 80, 47),  # 0.3251 nats of log 2 = 0.6931
        ((1.0,), 100, 0),
    ],
)
def test_margin_and_entropy_equal_a_calculation_by_hand(probabilities, margin, entropy):
    result = SimpleNamespace(probabilities=np.array(probabilities, np.float32)[:, None, None])
    assert products.MARGIN.values(result, None).tolist() == [[[margin]]]
    assert products.ENTROPY.values(result, None).tolist() == [[[entropy]]]
    assert not products.MARGIN.by_default and not products.ENTROPY.by_default


def test_keys_options_and_files_of_the_outputs_are_the_public_ones():
    assert [each.key for each in PRODUCTS][:8] == [
        *["CROP_MAP", "CONFIDENCE", "PROBABILITIES", "PARCEL_LABELS", "TEMPORAL_ATTENTION", "CHANNEL_ATTENTION"],
        *["SPATIAL_ATTENTION", "REPORT"],
    ]
    assert products.CHANNEL.option == "--channel-attention" and products.CHANNEL.file == "channel_attention.tif"
    assert products.PARCEL_LABELS.file == "parcel_labels.gpkg" and products.REPORT.file == "report.html"
    assert len({each.layer_order for each in (*PRODUCTS[:7], products.SENSOR_SHARE)}) == 8
    for each in PRODUCTS:
        assert each.help.endswith(".") and len(each.help) > 15
