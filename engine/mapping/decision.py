"""What follows the network: a Gaussian beside it, and expected shares of the area."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ...models.card import Card
from ...models.language import tr
from ...models.probabilities import SHARES_POWER, Beside, weighted, with_gaussian
from ..options import MappingOptions
from ..series.cube.cube import Cube
from .expected_shares import factors_of
from .season_note import last_seen, season_note, steps_seen

if TYPE_CHECKING:
    from ...models.checkpoint import Checkpoint
    from ...models.gaussian import Gaussian
    from ..series.preprocessing.prepared import PreparedSeries
    from .forward import BlockResult


class Decision:
    """Changes the chances of a block, pixel by pixel, before the class is taken.

    Attributes:
        notes: sentences for the analyst.
        tags: provenance of the run, name -> text.
    """

    def __init__(self, checkpoint: Checkpoint, prepared: PreparedSeries, options: MappingOptions) -> None:
        """Settle what is to be done in this run.

        Raises:
            SharesError: the expected shares do not fit the legend, or the card does not tell those of the training.
        """
        card = checkpoint.card
        seen = steps_seen(prepared)
        self._gaussian, self._beside = _asked(card, checkpoint.gaussian, seen)
        self._factors: np.ndarray | None = None
        self.notes: list[str] = season_note(card, prepared.placed, last_seen(prepared))
        self.tags: dict[str, str] = {}
        if self._beside is not None and self._beside.until < card.season.steps:
            self.notes.append(
                tr(
                    "The season is not over: the mean of the network and of a Gaussian that marginalises the steps "
                    "to come decides."
                )
            )
        if options.expected_shares:
            self._factors, told = factors_of(card, options.expected_shares)
            self.notes.append(told)
            self.tags["EXPECTED_SHARES"] = f"{told} Power {SHARES_POWER:g}."

    def __call__(self, result: BlockResult, inner: Cube) -> BlockResult:
        """Return the answer for a block after all of it; the attentions stay the network's."""
        if self._beside is None and self._factors is None:
            return result
        series = (inner.s2, inner.s2_valid, inner.s1, inner.s1_valid)
        chances = with_gaussian(result.probabilities, self._gaussian, self._beside, *series)
        if self._factors is not None:
            chances = weighted(chances, self._factors)
        return replace(result, classes=chances.argmax(axis=0), probabilities=chances)


def _asked(card: Card, gaussian: Gaussian | None, seen: int) -> tuple[Gaussian | None, Beside | None]:
    """Return the Gaussian and how it stands beside the network, None where the network decides alone."""
    beside = Beside.of(card)
    if gaussian is None or beside is None or seen > beside.until:
        return None, None
    return gaussian, beside
