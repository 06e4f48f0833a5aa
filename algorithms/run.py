"""What the dialogs of mapping runs share: checks before a run, layers after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
)

from ..engine.jobs.checks import Problems, problems
from ..engine.jobs.map import MapResult
from ..engine.products import Product
from . import layers
from .base import tr
from .torch_check import check_installed

T = TypeVar("T")


def find(packages: Sequence[str], read: Callable[[Problems], T], find_problems: Callable[[T], list[str]]) -> list[str]:
    """Return what is in the way of a run: packages, values, and what the job finds in the request that they make."""
    missing = problems(lambda: check_installed(packages))
    if missing:
        # The engine's modules themselves need these packages.
        return missing
    wrong = Problems()
    request = read(wrong)
    return list(dict.fromkeys((*wrong.sentences, *find_problems(request))))


def add_run_outputs(algorithm: QgsProcessingAlgorithm) -> None:
    """Declare what a mapping run returns beside its files; see `MapResult.numbers`."""
    algorithm.addOutput(QgsProcessingOutputString("DEVICE_USED", tr("Device used")))
    algorithm.addOutput(QgsProcessingOutputNumber("SECONDS", tr("Run time (seconds)")))
    algorithm.addOutput(QgsProcessingOutputNumber("CLEAR_STEPS", tr("Time steps with a clear Sentinel-2 observation")))
    algorithm.addOutput(QgsProcessingOutputString("SEASON_USED", tr("Season used")))


def show(result: MapResult, products: Iterable[Product], context: QgsProcessingContext, named: str = "") -> dict:
    """Arrange the layers of a finished run and return the results of the algorithm.

    Args:
        products: the outputs of the algorithm.
        named: name of the crop map, for the group of the layers; "" for a temporary one.
    """
    card, placed = result.prepared.card, result.prepared.placed
    harvest = placed.step_bounds(placed.season.steps - 1)[1].year
    run = layers.Run(layers.group_name(card.title, harvest, named), card.classes)
    results: dict = dict(result.numbers)
    for product in products:
        if product.name in result.outputs:
            results[product.key] = result.outputs[product.name]
            layers.arrange(context, result.outputs[product.name], product, run)
    return results
