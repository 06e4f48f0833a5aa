"""checkpoints: which checkpoints are bundled, and what the card of any says."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any

from ...models.card import Card
from ...models.checkpoint import BUNDLED, bundled, find_checkpoint, read_card, sha256_of
from ...models.language import span, tr
from ..answer import Answer
from ..console import Console

NAME = "checkpoints"
SUMMARY = "list the bundled checkpoints, or show the card of one"
USAGE = "[NAME] [OPTION ...]"
DESCRIPTION = """Without a name lists the checkpoints that come with the plugin, the default first. With the name of
one, or a .safetensors file, shows its card: classes, bands, season, training data, accuracy, limits."""
EXAMPLES = """examples:
  %(prog)s
  %(prog)s temperate_europe
  %(prog)s county.safetensors --json"""


def declare(parser: ArgumentParser) -> None:
    which = parser.add_argument_group(tr("which"))
    which.add_argument("checkpoint", nargs="?", metavar="NAME", help=tr("a bundled checkpoint or a .safetensors file"))


def run(values: Namespace, console: Console) -> Answer:
    """List, or show."""
    if not values.checkpoint:
        return Answer({path.stem: tr(BUNDLED[path.name]) for path in bundled()})
    path = find_checkpoint(values.checkpoint)
    return Answer({"FILE": str(path), "SHA256": sha256_of(path), **_told(read_card(path))})


def _told(card: Card) -> dict[str, Any]:
    return {
        "NAME": card.name,
        "TITLE": tr(card.title),
        "VERSION": card.version,
        "ARCHITECTURE": card.architecture,
        "CLASS": {str(entry.code): tr(entry.name) for entry in card.classes},
        "S2_BANDS": " ".join(card.s2_bands),
        "S1_BANDS": " ".join(card.s1_bands),
        "SEASON": card.season.in_words(),
        "TRAINING": card.training,
        "REGION": tr(card.region.name) if card.region else tr("not known"),
        "YEARS": span(*card.years) if card.years else tr("not known"),
        "LICENCE": card.licence,
        "LIMITS": tr(card.limits),
        "ACCURACY": dict(card.accuracy),
        "COMMAND": card.command,
        "CREATED": card.created,
    }
