"""How the files of a series were understood, and where each belief is known from, as a table."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

from ...models.language import N_, span, tr
from ..series.acquisition import S1, SENSOR_NAMES, UNIT_NAMES, Part, Series
from .html import Markup, join, paragraph, section, table, tag
from .numbers import counted

if TYPE_CHECKING:
    from ..series.preprocessing.prepared import PreparedSeries

FROM = {
    "metadata": N_("metadata"), "name": N_("name"), "numbers": N_("numbers"), "analyst": N_("analyst"),
    "type": N_("type of the file"),
}  # fmt: skip
MOST = 8
"""Ways of reading of one sensor that are shown; more are counted."""


def understood_section(prepared: PreparedSeries) -> Markup:
    """Return one table for each way in which files were read: pattern, dates, bands, unit, scale, offset and mask.

    Three narrow columns, so that a table fits a phone.
    """
    content: list[Markup] = []
    for series in (prepared.s2, prepared.s1):
        if series is not None:
            content += _tables(series)
    lead = tr(
        "Physical value = number x scale + offset. Each assumption comes from the metadata of a "
        "file, its name, the numbers of the date itself, or the analyst."
    )
    return section(tr("What was understood"), *content, lead=lead)


def _tables(series: Series) -> list[Markup]:
    kinds: dict[tuple, list[tuple[date, Part]]] = defaultdict(list)
    for acquisition in series.acquisitions:
        for part in acquisition.parts:
            kinds[_key(part)].append((acquisition.date, part))
    found = [
        join(
            [
                tag("h3", _title(series, entries[0][1])),
                table(["", tr("Read as"), tr("Known from")], _rows(series, entries)),
            ],
            "\n",
        )
        for entries in list(kinds.values())[:MOST]
    ]
    if len(kinds) > MOST:
        found.append(
            paragraph(
                tr("And {count_kinds:,} more ways of reading {sensor_names}.").format(
                    count_kinds=len(kinds) - MOST, sensor_names=SENSOR_NAMES[series.sensor]
                ),
                "caption",
            )
        )
    return found


def _title(series: Series, part: Part) -> str:
    return f"{SENSOR_NAMES[series.sensor]}{f': {part.distributor}' if part.distributor else ''}"


def _rows(series: Series, entries: list[tuple[date, Part]]) -> list[list[str]]:
    days, part = sorted({day for day, _ in entries}), entries[0][1]
    radar, origins = series.sensor == S1, part.origins
    source = next(iter(part.bands.values()))
    masks = ", ".join(dict.fromkeys(tr(mask.title or "cloud mask") for mask in part.cloud_masks))
    dates = days[0].isoformat() if len(days) == 1 else span(days[0], days[-1])
    rows: list[list[str]] = [
        [tr("Files"), part.pattern or part.name, "name"],
        [tr("Dates"), tr("{count}, {span}").format(count=counted(len(days), "date"), span=dates), origins.date],
        [tr("Bands"), ", ".join(series.bands), origins.bands],
        [
            tr("Unit of the numbers"),
            tr(UNIT_NAMES.get(part.unit, N_("as stored"))) if radar else tr("reflectance"),
            origins.unit if radar else "",
        ],
        [tr("Scale"), _per_band(part, "scale", source.scale), origins.scale],
        [tr("Offset"), _per_band(part, "offset", source.offset), origins.offset],
    ]
    if masks or not radar:
        rows.append(
            [tr("Mask"), masks or tr("none; clouds are masked by their brightness"), origins.mask if masks else ""]
        )
    return [[name, value, tr(FROM.get(origin, origin))] for name, value, origin in rows]


def _per_band(part: Part, name: str, first: float) -> str:
    """Return one number, or each band's where they differ."""
    numbers = {band: getattr(source, name) for band, source in part.bands.items()}
    if len(set(numbers.values())) == 1:
        return f"{first:.6g}"
    return ", ".join(f"{band} {number:.6g}" for band, number in numbers.items())


def _key(part: Part) -> tuple:
    scales = tuple(sorted((band, source.scale, source.offset) for band, source in part.bands.items()))
    masks = tuple(mask.title or mask.kind for mask in part.masks)
    return part.distributor, part.pattern, part.unit, scales, masks, part.origins
