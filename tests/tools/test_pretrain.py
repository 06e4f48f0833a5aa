"""The command that makes checkpoints from simulation."""

import sys

import pytest

from crop_attention.models.architectures import settings_of
from crop_attention.models.checkpoint import load
from crop_attention.tools.checkpoints import pretrain

TINY = "--counties 1 --unseen 1 --size 48 --point-steps 1 --points 8 --steps 1 --batch 2 --patch 4 --workers 1"


@pytest.mark.parametrize(
    ("given", "config", "margin"),
    [
        ([], settings_of("attention_3dcnn"), 3),
        (["--without", "spatial_attention"], settings_of("attention_3dcnn", spatial_attention=False), 1),
    ],
    ids=["whole", "without a part"],
)
def test_a_checkpoint_names_its_settings_and_the_command_that_made_it(tmp_path, monkeypatch, given, config, margin):
    output = tmp_path / "tiny.safetensors"
    monkeypatch.setattr(sys, "argv", ["pretrain", "--output", str(output), *TINY.split(), *given])
    pretrain.main()
    found = load(output)
    assert found.card.config == config and found.network.margin == margin
    assert " ".join(given) in found.card.command
