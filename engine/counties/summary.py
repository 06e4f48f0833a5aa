"""The files that sum up a run over counties, written again as counties end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ...models.card import Card
from ..errors import OutputError
from ..writing.outputs import PendingOutputs
from .index import index_page
from .order import CountiesOrder
from .outcome import DONE, KEPT, WAITING, CountyOutcome
from .plan import Plan
from .table import write_tables

GPKG, CSV, INDEX = "counties.gpkg", "counties.csv", "index.html"
PATIENCE = 20
"""Writing may take one part in so many of the time of a run over very many counties."""


class Summary:
    """Tables and index of one run.

    Attributes:
        gpkg, csv, index: final files.
    """

    def __init__(self, order: CountiesOrder, plan: Plan, card: Card, created: str) -> None:
        """Name the files; nothing is written yet."""
        folder = Path(order.folder)
        self.gpkg, self.csv, self.index = (str(folder / name) for name in (GPKG, CSV, INDEX))
        self._plan, self._card, self._created = plan, card, created
        start = order.season_start
        self._season = f"season from {start.isoformat()}" if start else "season from the dates of each county"
        self._due = 0.0

    def write_when_due(self, outcomes: Mapping[str, CountyOutcome]) -> None:
        """Write unless that was done a moment ago; what goes wrong is left to the last writing."""
        if time.monotonic() < self._due:
            return
        try:
            self.write(outcomes)
        except OutputError:
            self._due = time.monotonic() + 1.0

    def write(self, outcomes: Mapping[str, CountyOutcome]) -> None:
        """Write all three files, whole or not at all.

        Args:
            outcomes: key -> how the county ended; those that are missing are waiting. What was kept is shown as done,
                so that a run that was resumed tells the same as one that was not.

        Raises:
            OutputError: the folder cannot be written or the disk is full.
        """
        began = time.monotonic()
        shown = [self._shown(outcomes.get(task.key), task.name, task.key) for task in self._plan.tasks]
        shapes = [task.shape_wkb for task in self._plan.tasks]
        with PendingOutputs() as pending:
            write_tables(pending, self.gpkg, self.csv, shown, shapes, self._plan.crs, self._card.classes, self._created)
            page = index_page(shown, self._card, self._season, (GPKG, CSV), self._created)
            place = pending.add(self.index)
            with place.writing(), open(place.path, "w", encoding="utf-8", newline="\n") as file:
                file.write(page)
            pending.commit()
        ended = time.monotonic()
        self._due = ended + PATIENCE * (ended - began)

    @staticmethod
    def _shown(outcome: CountyOutcome | None, name: str, key: str) -> CountyOutcome:
        if outcome is None:
            return CountyOutcome(name, key, WAITING)
        return replace(outcome, status=DONE) if outcome.status == KEPT else outcome
