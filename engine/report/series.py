"""The report before a run: what was found, what is missing, and what a run will cost."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ...models.card import Card
from ...models.language import tr
from ..accuracy.population import grid_pixel_area
from ..series.acquisition import SENSOR_NAMES, Acquisition, Series
from ..series.messages import several
from .file_reading import understood_section
from .html import Markup, facts, folded, join, page, paragraph, section, table, tag, tiles, write
from .numbers import counted, duration, hectares, megabytes, part, percent, span
from .sections import (
    absent_sensors,
    all_warnings,
    card_section,
    input_facts,
    notes_section,
    season_section,
    steps_of,
    warnings_section,
)

if TYPE_CHECKING:
    from ..mapping.estimate import Estimate
    from ..series.files.grid import Grid
    from ..series.preprocessing.prepared import PreparedSeries
    from ..series.preprocessing.summary import SeasonSummary


def write_series_report(
    path: str, prepared: PreparedSeries, summary: SeasonSummary, estimate: Estimate, card: Card
) -> None:
    """Write one self-contained HTML file about a series and a checkpoint; no network has run.

    Args:
        path: the file to write.
        prepared: the series as they were read.
        summary: the season with its observations.
        estimate: what a run will cost.
        card: of the checkpoint that the series was checked against.

    Raises:
        OutputError: the file cannot be written.
    """
    present = [series for series in (prepared.s2, prepared.s1) if series is not None]
    content = [_opening(prepared, summary, estimate), warnings_section(prepared), season_section(prepared, summary)]
    content.append(section(tr("What was found"), *(_found(series) for series in present), facts(_grid(prepared))))
    content.append(_needs(prepared, card))
    content.append(folded(tr("How the files were read"), notes_section(prepared), understood_section(prepared)))
    content += [_acquisitions(series, prepared, summary) for series in present]
    content.append(folded(tr("Checkpoint and limits"), card_section(card)))
    placed = prepared.placed
    subtitle = tr("Season {season}, for {card}").format(
        season=span(placed.start, steps_of(prepared)[-1][1]), card=tr(card.title)
    )
    foot = tr("Written by Crop Attention before any network ran. Cover is estimated from a sample of the pixels.")
    write(path, page(tr("Series check"), subtitle, content, foot))


def write_refusal(path: str, card: Card, message: str) -> None:
    """Write a page that says why a series cannot be classified.

    Raises:
        OutputError: the file cannot be written.
    """
    content = [paragraph(tr("The series cannot be classified as it is.")), paragraph(message)]
    write(path, page(tr("Series check"), tr("For {card}").format(card=tr(card.title)), content, "Crop Attention"))


def cost_of(grid: Grid, estimate: Estimate) -> str:
    """Return what a run over a grid will cost, as a sentence."""
    return tr(
        "A run over {hectares} will take about {seconds} on the CPU, {megabytes_memory} of memory and "
        "{megabytes_disk} of disk."
    ).format(
        hectares=hectares(grid.width * grid.height * grid_pixel_area(grid)),
        seconds=duration(estimate.seconds),
        megabytes_memory=megabytes(estimate.megabytes_memory),
        megabytes_disk=megabytes(estimate.megabytes_disk),
    )


def _opening(prepared: PreparedSeries, summary: SeasonSummary, estimate: Estimate) -> Markup:
    steps, grid = prepared.placed.season.steps, prepared.grid
    warnings = all_warnings(prepared)
    reasons = [tr("{name} is missing").format(name=name) for name in absent_sensors(prepared)]
    if prepared.s2 is not None and summary.usable_s2 < prepared.options.min_clear_steps:
        reasons.append(
            tr("only {usable_s2} with a clear Sentinel-2 observation, {min_clear_steps} are recommended").format(
                usable_s2=counted(summary.usable_s2, "step"), min_clear_steps=prepared.options.min_clear_steps
            )
        )
    if warnings:
        reasons.append(tr("{warnings} below").format(warnings=counted(len(warnings), "warning")))
    verdict = (
        tr("The series can be classified, with caution: {reasons}.").format(reasons=tr("; ").join(reasons))
        if reasons
        else tr("The series is ready to be classified.")
    )
    figures: list[tuple[str, object]] = []
    if prepared.s2 is not None:
        gap = counted(summary.longest_gap_days, "day")
        figures += [
            (tr("steps with a clear Sentinel-2 observation"), part(summary.usable_s2, steps)),
            (tr("longest time without one"), gap),
        ]
    if prepared.s1 is not None:
        figures.append((tr("steps with a Sentinel-1 observation"), part(summary.usable_s1, steps)))
    figures += [
        (tr("expected time"), duration(estimate.seconds)),
        (tr("memory"), megabytes(estimate.megabytes_memory)),
        (tr("disk"), megabytes(estimate.megabytes_disk)),
    ]
    words = join([paragraph(tag("b", verdict)), paragraph(cost_of(grid, estimate))], "\n")
    return join([tag("div", words, class_="summary"), tiles(figures)], "\n")


def _found(series: Series) -> Markup:
    return join([tag("h3", SENSOR_NAMES[series.sensor]), facts(input_facts(series))], "\n")


def _grid(prepared: PreparedSeries) -> dict[str, object]:
    grid = prepared.grid
    west, south, east, north = grid.bounds
    return {
        tr("Output grid"): tr("{width:,} x {height:,} pixels of {pixel:g} m, {hectares}").format(
            width=grid.width,
            height=grid.height,
            pixel=grid.pixel,
            hectares=hectares(grid.width * grid.height * grid_pixel_area(grid)),
        ),
        tr("Bounds"): tr("west {west:,.0f}, south {south:,.0f}, east {east:,.0f}, north {north:,.0f}").format(
            west=west, south=south, east=east, north=north
        ),
        tr("CRS"): _crs_name(grid.crs),
    }


def _crs_name(wkt: str) -> str:
    return wkt.split('"')[1] if wkt.count('"') > 1 else wkt


def _needs(prepared: PreparedSeries, card: Card) -> Markup:
    rows = [
        [name, SENSOR_NAMES[sensor], _answer(name, series)]
        for sensor, names, series in (("S2", card.s2_bands, prepared.s2), ("S1", card.s1_bands, prepared.s1))
        for name in names
    ]
    lead = tr("{card} needs these bands on {steps} steps of {days} days.").format(
        card=tr(card.title), steps=card.season.steps, days=card.season.days
    )
    return section(tr("What the checkpoint needs"), table([tr("Band"), tr("Sensor"), tr("Found")], rows), lead=lead)


def _answer(name: str, series: Series | None) -> Markup | str:
    if series is None:
        return tag("b", tr("the sensor is missing"))
    parts = [part for acquisition in series.acquisitions for part in acquisition.parts]
    having = [part for part in parts if name in part.bands]
    if not having:
        return tag("b", tr("missing"))
    stand_in = next((part.stand_ins[name] for part in having if name in part.stand_ins), "")
    if stand_in:
        return tr("{stand_in} is used instead").format(stand_in=stand_in)
    return (
        tr("yes")
        if len(having) == len(parts)
        else tr("in {count_having} of {count_parts} files or tiles").format(
            count_having=len(having), count_parts=len(parts)
        )
    )


def _acquisitions(series: Series, prepared: PreparedSeries, summary: SeasonSummary) -> Markup:
    clear = dict(summary.s2_clear_shares) if series.sensor == "S2" else {}
    rows = [_row(acquisition, prepared, clear) for acquisition in series.acquisitions]
    head = [tr("Date"), tr("Step"), tr("Track") if series.sensor == "S1" else tr("Clear"), tr("Files or tiles")]
    kept = sum(prepared.placed.step_of(acquisition.date) is not None for acquisition in series.acquisitions)
    title = tr("{sensor} acquisitions").format(sensor=SENSOR_NAMES[series.sensor])
    lead = tr("{counted}, {kept:,} of them within the season.").format(
        counted=counted(len(rows), "acquisition"), kept=kept
    )
    return folded(title, paragraph(lead, "lead"), table(head, rows, numbers=(1,)))


def _row(acquisition: Acquisition, prepared: PreparedSeries, clear: dict[date, float]) -> list[object]:
    step = prepared.placed.step_of(acquisition.date)
    seen = acquisition.track or ""
    if acquisition.sensor == "S2":
        seen = percent(clear[acquisition.date]) if acquisition.date in clear else ""
    names = [part.name for part in acquisition.parts]
    shown = several(names, 3)
    return [acquisition.date.isoformat(), tr("outside") if step is None else step + 1, seen, shown]
