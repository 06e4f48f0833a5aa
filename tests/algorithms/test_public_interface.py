"""What analysts have written down stays valid: ids, keys, options and defaults of the first release are still there."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest
from qgis.core import QgsProcessingModelAlgorithm

from crop_attention.cli.main import make_parser

KEPT = json.loads((Path(__file__).parent.parent / "public_interface.json").read_text("utf-8"))


@pytest.mark.parametrize("identifier", sorted(KEPT["dialogs"]))
def test_keys_and_defaults_of_dialogs_are_kept(provider, identifier):
    found = {algorithm.id(): algorithm for algorithm in provider.algorithms()}[identifier]
    defaults = {each.name(): repr(each.defaultValue()) for each in found.parameterDefinitions()}
    kept = KEPT["dialogs"][identifier]
    if isinstance(found, QgsProcessingModelAlgorithm):  # QGIS 3.40 reads an empty text of a model as none
        kept, defaults = ({key: {"''": "None"}.get(x, x) for key, x in each.items()} for each in (kept, defaults))
    assert {key: defaults.get(key, "gone") for key in kept} == kept
    assert set(KEPT["outputs"][identifier]) <= {each.name() for each in found.outputDefinitions()}


@pytest.mark.parametrize("command", sorted(KEPT["terminal"]))
def test_options_and_defaults_of_the_terminal_are_kept(command):
    [commands] = [each for each in make_parser()._actions if isinstance(each, argparse._SubParsersAction)]
    defaults = {
        "/".join(each.option_strings): repr(each.default if each.default not in ("", [], False) else None)
        for each in commands.choices[command]._actions
    }
    assert {name: defaults.get(name, "gone") for name in KEPT["terminal"][command]} == KEPT["terminal"][command]
