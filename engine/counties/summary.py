"""The files that sum up a run over counties, written again as counties end; the page that it opens with."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from ...models.card import Card
from ...models.language import tr
from .. import products
from ..errors import OutputError
from ..report.charts.bars import stacked_bar
from ..report.html import Markup, join, notices, page, paragraph, section, table, tag, tiles
from ..report.numbers import counted, hectares, part, percent
from ..report.sections import class_name
from ..writing.outputs import PendingOutputs
from .collection import write_collection
from .outcome import CANCELLED, DONE, FAILED, KEPT, WAITING, CountyOutcome
from .plan import Plan
from .request import REPORT, CountiesRequest
from .table import write_tables

HECTARE = 10_000.0
BAR = 270
"""Pixels across the bar of a county."""


def index_page(outcomes: Sequence[CountyOutcome], card: Card, season: str, files: Sequence[str], created: str) -> str:
    """Return the page.

    Args:
        outcomes: one a county, in the order of the layer; their links start from the folder of the page.
        card: of the checkpoint.
        season: what is said of the season.
        files: tables beside the page, relative to it.
    """
    content = [_opening(outcomes), tiles(_figures(outcomes)), _failures(outcomes), _counties(outcomes, card)]
    beside = join((tag("a", name, href=quote(name)) for name in files), tr(" and "))
    said = join([tr("The same numbers, with the polygons of the counties: "), beside])
    content.append(section(tr("Tables"), paragraph(said)))
    foot = tr("Written by Crop Attention; ordered {created}. Nothing is loaded from the network.").format(
        created=created
    )
    return page(tr("Counties"), tr("{title}, {season}").format(title=tr(card.title), season=season), content, foot)


def _opening(outcomes: Sequence[CountyOutcome]) -> Markup:
    counts = {status: sum(one.status == status for one in outcomes) for status in (DONE, FAILED, CANCELLED, WAITING)}
    said = [
        tr("{done} of {counties} done").format(done=counts[DONE], counties=counted(len(outcomes), "county", "counties"))
    ]
    words = {
        FAILED: tr("{number} failed"),
        CANCELLED: tr("{number} cancelled or not reached"),
        WAITING: tr("{number} waiting"),
    }
    said += [word.format(number=counts[status]) for status, word in words.items() if counts[status]]
    lines = [paragraph(tr("{sentence}.").format(sentence=tr(", ").join(said)))]
    if len(outcomes) > counts[DONE]:
        lines.append(paragraph(tr("Run again with the same folder to make what is missing; what is done is kept.")))
    return tag("div", join(lines, "\n"), class_="summary")


def _figures(outcomes: Sequence[CountyOutcome]) -> list[tuple[str, object]]:
    mapped = {one.key: sum(one.areas.values()) for one in outcomes if one.areas}
    total = sum(mapped.values())
    figures: list[tuple[str, object]] = [
        (tr("counties done"), part(sum(one.status == DONE for one in outcomes), len(outcomes))),
        (tr("mapped"), hectares(total * HECTARE)),
    ]
    weighted = [mapped[one.key] * one.mean_confidence for one in outcomes if one.areas and one.mean_confidence]
    if total and weighted:
        figures.append((tr("mean confidence"), percent(sum(weighted) / total)))
    labelled = [one.parcels for one in outcomes if one.parcels is not None]
    if labelled:
        figures.append((tr("parcels"), f"{sum(labelled):,}"))
    return figures


def _failures(outcomes: Sequence[CountyOutcome]) -> Markup:
    failures = [f"{one.name}: {one.message}" for one in outcomes if one.status == FAILED]
    return section(tr("Failed"), notices(failures, "warning")) if failures else Markup()


def _counties(outcomes: Sequence[CountyOutcome], card: Card) -> Markup:
    colours = {entry.name: entry.colour for entry in card.classes}
    mapped = {name for one in outcomes for name, area in one.areas.items() if area > 0}
    entries = {entry.name: entry for entry in card.classes if entry.name in mapped}
    legend = paragraph(join((class_name(entry) for entry in entries.values()), " "))
    parcels = any(one.parcels is not None for one in outcomes)
    looks = any(one.clear_steps is not None for one in outcomes)
    head = [tr("County"), tr("Status"), tr("Mapped"), tr("Crops"), tr("Confidence")]
    head += [tr("Clear steps")] * looks + [tr("Parcels")] * parcels + [tr("Files")]
    rows = []
    for one in outcomes:
        area = sum(one.areas.values())
        row: list[object] = [
            _name(one),
            tr(one.status),
            hectares(area * HECTARE) if one.areas else "",
            _bar(one, colours) if area else "",
            percent(one.mean_confidence) if one.mean_confidence is not None else "",
        ]
        row += ["" if one.clear_steps is None else one.clear_steps] * looks
        row += ["" if one.parcels is None else f"{one.parcels:,}"] * parcels
        rows.append([*row, _links(one)])
    numbers = [2, *range(4, len(head) - 1)]
    lead = tr("Areas are pixels of the map inside the county, not corrected for errors of the map.")
    return section(tr("Counties"), legend, table(head, rows, numbers), lead=lead)


def _bar(outcome: CountyOutcome, colours: dict[str, str]) -> Markup:
    total = sum(outcome.areas.values())
    shares = [(name, area / total) for name, area in outcome.areas.items() if area > 0]
    parts = [
        (tr(name), colours.get(name, "#808080"), share) for name, share in sorted(shares, key=lambda each: -each[1])
    ]
    # A table would squeeze a drawing that may shrink.
    return tag(
        "div",
        stacked_bar(parts, tr("Crops of {outcome}").format(outcome=outcome.name), BAR, 18),
        style=f"width:{BAR}px",
    )


def _name(outcome: CountyOutcome) -> Markup | str:
    report = outcome.outputs.get(REPORT)
    return tag("a", outcome.name, href=quote(report)) if report else outcome.name


def _links(outcome: CountyOutcome) -> Markup:
    files = outcome.outputs
    shown = [each for each in products.PRODUCTS if each.name in files and each.name != REPORT]
    return join((tag("a", tr(each.title).lower(), href=quote(files[each.name])) for each in shown), ", ")


GPKG, CSV, INDEX = "counties.gpkg", "counties.csv", "index.html"
PATIENCE = 20
"""Writing may take one part in so many of the time of a run over very many counties."""


class Summary:
    """Tables and index of one run.

    Attributes:
        gpkg, csv, index: final files.
    """

    def __init__(self, request: CountiesRequest, plan: Plan, card: Card, created: str) -> None:
        """Name the files; nothing is written yet."""
        folder = Path(request.folder)
        self.gpkg, self.csv, self.index = (str(folder / name) for name in (GPKG, CSV, INDEX))
        self._plan, self._card, self._created = plan, card, created
        start = request.season_start
        given = (
            tr("season of the harvest of {start}").format(start=start)
            if isinstance(start, int)
            else tr("season from {start}").format(start=start)
        )
        self._season = given if start else tr("season from the dates of each county")
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
        """Write all files, whole or not at all.

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
            write_collection(pending, Path(self.index).parent, shown, self._card)
            pending.commit()
        ended = time.monotonic()
        self._due = ended + PATIENCE * (ended - began)

    @staticmethod
    def _shown(outcome: CountyOutcome | None, name: str, key: str) -> CountyOutcome:
        if outcome is None:
            return CountyOutcome(name, key, WAITING)
        return replace(outcome, status=DONE) if outcome.status == KEPT else outcome
