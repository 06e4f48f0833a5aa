"""train: labelled parcels, points or PASTIS in, a checkpoint for them out."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser, Namespace

from ...engine.training import arguments as training
from .. import arguments as a
from ..answer import Answer, WrongArguments
from ..console import Console
from ..packages import TRAINING, check_packages
from ..request import existing, series_options

NAME = "train"
SUMMARY = "train a checkpoint on labelled parcels or points"
USAGE = "--parcels FILE --crop-field NAME --s2 PATH ... --checkpoint FILE [OPTION ...]"
DESCRIPTION = """Trains a checkpoint, judges it on blocks it never saw and reports, as 'Train checkpoint' in QGIS
does."""
EXAMPLES = training.EXAMPLES


def declare(parser: ArgumentParser) -> None:
    """Add the arguments."""
    training.add_arguments(parser)
    a.add_reading(parser)


def run(values: Namespace, console: Console) -> Answer:
    """Cut samples, train, report."""
    training.check(values, _Refusing())
    check_packages(TRAINING)
    if values.parcels:
        values.s2, values.s1 = existing(values.s2, values.s1)
    from ...engine.training.order import train_as_asked

    command = f"python -m crop_attention {NAME} {shlex.join(values.given)}"
    result = train_as_asked(values, command, console, series_options(values))
    places = {"CHECKPOINT": result.outputs["checkpoint"], "REPORT": result.outputs.get("report")}
    return Answer({**places, **result.numbers})


class _Refusing(ArgumentParser):
    """Takes the parser's part once the arguments are read."""

    def error(self, message: str) -> None:
        raise WrongArguments(message)
