"""What the commands that run the network share: outputs, what makes a request, results."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from typing import TypeVar

from ...engine.jobs.map import MapResult
from ...engine.products import Product
from ...models.language import tr
from ..answer import Answer

T = TypeVar("T")


def add_outputs(parser: ArgumentParser, products: Iterable[Product]) -> None:
    """Add outputs that are written when they are named."""
    group = parser.add_argument_group(tr("what to write (at least one)"))
    for product in products:
        group.add_argument(product.option, metavar="FILE", help=tr(product.help))


def outputs_of(values: Namespace, products: Iterable[Product]) -> dict[str, str]:
    """Return name -> file of the outputs that are asked for."""
    return {each.name: place for each in products if (place := getattr(values, each.argument))}


def answer_of(result: MapResult, products: Iterable[Product]) -> Answer:
    """Return what a program wants to know of a finished run."""
    written = {each.key: result.outputs[each.name] for each in products if each.name in result.outputs}
    return Answer({**written, **result.numbers})
