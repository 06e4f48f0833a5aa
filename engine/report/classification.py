"""The report of a classification: season, areas, attention beside phenology, confidence, provenance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Mapping

import numpy as np

from ...models.language import N_, tr
from ..mapping.result import ClassStatistics, MappingResult
from ..provenance import device_in_words
from . import attention, wording
from .charts.bars import histogram, stacked_bar
from .charts.thumbnail import map_picture
from .file_reading import understood_section
from .html import Markup, figure, folded, join, page, paragraph, section, table, tag, tiles, write
from .numbers import NBSP, duration, hectares, in_percent, listed, part, percent, span
from .parcels import parcels_section
from .sections import (
    card_section,
    class_name,
    notes_section,
    provenance_section,
    season_section,
    steps_of,
    warnings_section,
)
from .theme import OPTICAL, RADAR

if TYPE_CHECKING:
    from ..parcels.label import ParcelLabels
    from ..series.preprocessing.prepared import PreparedSeries
    from ..series.preprocessing.summary import SeasonSummary
    from ..writing.outputs import PendingOutput


def write_classification_report(
    path: str | PendingOutput,
    prepared: PreparedSeries,
    summary: SeasonSummary,
    result: MappingResult,
    provenance: Mapping[str, str],
    title: str = N_("Crop map"),
    timed: bool = True,
    labels: ParcelLabels | None = None,
    crop_map: str = "",
    attention_first: bool = False,
) -> None:
    """Write one self-contained HTML file about a finished run.

    Args:
        path: the file to write, or an output that is put in place with others.
        prepared: the series as they were read.
        summary: the season with its looks.
        result: what the run found; without statistics only the series and the checkpoint are told.
        provenance: name -> text, shown as it is.
        timed: tell how long the run took, which no other run repeats.
        labels: of the parcels, if any.
        crop_map: the raster, for a picture; "" shows none.
        attention_first: it is what the run was for, not the map.

    Raises:
        OutputError: the file cannot be written.
    """
    placed = prepared.placed
    classes, content = prepared.card.classes, [_opening(prepared, summary, result, timed)]
    statistics = result.statistics if result.statistics is not None and result.statistics.pixels.sum() > 0 else None
    if crop_map:
        lines = _legend(prepared, statistics) if statistics is not None else []
        content.append(map_picture(crop_map, classes, lines))
    content.append(warnings_section(prepared, result.warnings))
    if labels is not None:
        content.append(parcels_section(labels, classes))
    mapped, looked = [season_section(prepared, summary)], []
    if statistics is not None:
        mapped.insert(0, _classes(prepared, result, statistics))
        looked = [
            attention.calendar_section(prepared, statistics),
            attention.phenology_section(prepared, summary, statistics, result.pixel_area),
            attention.bands_section(prepared, statistics),
        ]
    content += [*looked, *mapped] if attention_first else [*mapped, *looked]
    if statistics is not None:
        content.append(_clear_steps(prepared, statistics))
    content += [
        folded(tr("How the files were read"), notes_section(prepared, result.notes), understood_section(prepared)),
        folded(tr("Checkpoint and limits"), card_section(prepared.card)),
        provenance_section(provenance),
    ]
    last = steps_of(prepared)[-1][1]
    subtitle = tr("{title}, season {season}").format(title=tr(prepared.card.title), season=span(placed.start, last))
    write(path, page(tr(title), subtitle, content))


def _opening(prepared: PreparedSeries, summary: SeasonSummary, result: MappingResult, timed: bool) -> Markup:
    statistics = result.statistics
    sentences = [wording.what_it_rests_on(prepared, summary)]
    figures: list[tuple[str, object]] = []
    if statistics is not None:
        sentences.insert(0, wording.what_was_mapped(prepared, result))
        if statistics.pixels.sum() > 0:
            sentences.append(wording.what_decided(prepared, statistics))
            sentences.append(wording.how_far_to_trust(prepared, summary, result))
            confidence = wording.mean_share(statistics.confidence_sum, statistics.pixels)
            figures += [
                (tr("mapped"), hectares(statistics.pixels.sum() * result.pixel_area)),
                (tr("mean confidence"), percent(confidence)),
            ]
            if wording.shares_known(prepared):
                share = wording.mean_share(statistics.s1_share_sum, statistics.sampled)
                figures.append((tr("share of Sentinel-1"), percent(share) or tr("unknown")))
    steps = prepared.placed.season.steps
    if prepared.s2 is not None:
        figures.append((tr("steps with a clear Sentinel-2 observation"), part(summary.usable_s2, steps)))
    if prepared.s1 is not None:
        figures.append((tr("steps with a Sentinel-1 observation"), part(summary.usable_s1, steps)))
    if timed:
        figures.append((tr("on {device}").format(device=device_in_words(result.device)), duration(result.seconds)))
    said = [paragraph(sentence) for sentence in sentences if sentence]
    if prepared.card.limits:
        said.append(folded(tr("Limits of the checkpoint"), paragraph(tr(prepared.card.limits))))
    lines = join(said, "\n")
    return join([tag("div", lines, class_="summary"), tiles(figures)], "\n")


def _legend(prepared: PreparedSeries, statistics: ClassStatistics) -> list[Markup]:
    shares, classes = statistics.pixels / statistics.pixels.sum(), prepared.card.classes
    return [
        class_name(classes[k], join([tr(classes[k].name), tag("span", percent(shares[k]), class_="caption")], NBSP))
        for k in wording.by_area(statistics)
    ]


def _classes(prepared: PreparedSeries, result: MappingResult, statistics: ClassStatistics) -> Markup:
    classes = prepared.card.classes
    total, order = statistics.pixels.sum(), wording.by_area(statistics)
    both = wording.shares_known(prepared)
    top_share = statistics.pixels.max() / total
    rows = []
    for k in order:
        share = statistics.pixels[k] / total
        row: list[object] = [
            class_name(classes[k]),
            hectares(statistics.pixels[k] * result.pixel_area),
            in_percent(share),
            _bar(share / top_share, classes[k].colour),
            percent(statistics.confidence[k]),
            _bar(statistics.confidence[k], "#7a8b82"),
        ]
        if both:
            row += [percent(statistics.s1_share[k]), _bar(statistics.s1_share[k], RADAR, OPTICAL)]
        rows.append(row)
    head = [tr("Class"), tr("Area"), tr("Share"), "", tr("Mean confidence"), ""]
    if both:
        head += [tag("span", "Sentinel-1", class_="whole"), tr("Radar | optical")]
    overview = stacked_bar(
        [(tr(classes[k].name), classes[k].colour, statistics.pixels[k] / total) for k in order], tr("Area by class")
    )
    unmapped = [tr(entry.name) for k, entry in enumerate(classes) if statistics.pixels[k] == 0]
    lead = tr(
        "Area is the number of pixels times their size; it is not corrected for errors of the map. "
        "Confidence is the probability that the network gave to the class it chose, which is not the "
        "same as accuracy."
    )
    note = (
        paragraph(tr("Not found: {unmapped}.").format(unmapped=listed(unmapped)), "caption") if unmapped else Markup()
    )
    return section(tr("Area, confidence and sensors by class"), figure(overview),
                   table(head, rows, numbers=(1, 2, 4, 6)), note, lead=lead)  # fmt: skip


def _bar(share: float, colour: str, rest: str | None = None) -> Markup:
    share = 0.0 if math.isnan(share) else min(max(share, 0.0), 1.0)
    parts = [(share, colour)] if rest is None else [(share, colour), (1 - share, rest)]
    bars = (tag("span", "", class_="bar", style=f"width:{100 * part:.1f}%;background:{fill}") for part, fill in parts)
    return tag("span", join(bars), class_="bars")


def _clear_steps(prepared: PreparedSeries, statistics: ClassStatistics) -> Markup:
    if prepared.s2 is None or statistics.clear_steps.sum() == 0:
        return Markup()
    shares = statistics.clear_steps / statistics.clear_steps.sum()
    middle = int(np.searchsorted(np.cumsum(shares), 0.5))
    below = tr("steps with a clear Sentinel-2 observation")
    chart = histogram(shares.tolist(), tr("Clear optical steps of a pixel"), below)
    caption = tr("Half of the pixels have {middle} clear steps or fewer, of {steps}.").format(
        middle=middle, steps=prepared.placed.season.steps
    )
    return section(tr("How often a pixel was seen"), figure(chart, caption))
