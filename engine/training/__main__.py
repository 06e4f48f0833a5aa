"""Train a checkpoint on your own labels: python -m crop_attention.engine.training --help."""

from __future__ import annotations

import argparse
import logging
import shlex
import sys
from typing import Sequence

from ...models.card import CheckpointError
from ..errors import CropAttentionError
from ..feedback import Feedback
from .arguments import EXAMPLES, add_arguments, check
from .order import train_as_asked

log = logging.getLogger(__name__)

EARLIER_NAMES = {
    "--series-s2": "--s2",
    "--series-s1": "--s1",
    "--field": "--crop-field",
    "--output": "--checkpoint",
    "--base": "--base-checkpoint",
    "--scratch": "--from-scratch",
}
"""Names that stand in the cards of older checkpoints, which tell how to make them again."""


class _Log(Feedback):
    """Messages into the log, progress now and then."""

    def __init__(self) -> None:
        self._next = 0.0

    def progress(self, fraction: float) -> None:
        if fraction >= self._next:
            log.info("%3.0f %%", 100 * fraction)
            self._next = fraction + 0.1

    def info(self, message: str) -> None:
        log.info("%s", message)

    def warning(self, message: str) -> None:
        log.warning("%s", message)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, cut samples, train, report; return the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        prog="python -m crop_attention.engine.training",
        description="Train a checkpoint on labelled parcels, points or PASTIS, judge it on blocks it never saw.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_arguments(parser)
    values = parser.parse_args([_today(word) for word in given])
    check(values, parser)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        result = train_as_asked(values, "python -m crop_attention.engine.training " + shlex.join(given), _Log())
    except (CropAttentionError, CheckpointError) as error:
        log.error("%s", error)
        return 1
    except KeyboardInterrupt:
        log.error("Stopped; the same command goes on from the last saved state.")
        return 130
    for name, score in result.training.card.accuracy.items():
        log.info("%s: %s", name, score)
    return 0


def _today(word: str) -> str:
    """Return an option under the name that it has today."""
    name, equals, value = word.partition("=")
    return EARLIER_NAMES.get(name, name) + equals + value


if __name__ == "__main__":
    sys.exit(main())
