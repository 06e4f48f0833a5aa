"""One date for each file or band, from authorities that must agree."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Mapping, Sequence

from ....models.language import N_, tr
from ..acquisition import ANALYST, METADATA, NAME
from ..files.describe import RasterFacts
from .date_stamps import DateProblem, DayFirst, Stamp, middle
from .dates import (
    UNKNOWN_STYLE,
    WRITTEN_TAG,
    Style,
    official_stamp,
    stamp_in,
    stamp_in_tags,
    style_of,
    written_stamp,
)
from .distributors.known import Recognised
from .names import components

FROM_NAME, FROM_FOLDER, FROM_BANDS = N_("file names"), N_("folder names"), N_("band descriptions")
FROM_LIST, FROM_ITEMS = N_("the list of files"), N_("STAC items")

_INNER_FOLDER = re.compile(
    r"R?\d0M|IMG_DATA|MEASUREMENT|BANDS?|BOA|REFLECTANCE|L[12][AC]|\d{1,2}|"
    r"B(?:\d{1,2}|8A)|V[VH]|T?\d\d[C-X][A-Z]{2}|(?:S|SEN|SENTINEL[-_ ]?)[12][A-D]",
    re.IGNORECASE,
)
"""Folders between a file and the folder that names its date."""


@dataclass(frozen=True)
class Dated:
    """A stamp, what it was taken from, for the report ("file names", "tag PRODUCT_START_TIME"), and its origin."""

    stamp: Stamp
    source: str
    origin: str = NAME


def date_of_path(path: str, style: Style = UNKNOWN_STYLE, recognised: Recognised | None = None) -> Dated | None:
    """Return the date that names give: a record's field, the file's own, its folder's, or an official product's above.

    Raises:
        DateProblem: the name holds two dates or an impossible one.
    """
    if recognised is not None:
        stamp = stamp_of_fields(recognised.fields, recognised.record.period)
        if stamp:
            return Dated(stamp, FROM_NAME)
    pieces = components(path)
    for number, piece in enumerate(pieces):
        stamp = stamp_in(piece, style)
        if stamp and stamp.day_first:
            raise DayFirst(f"({stamp.day}?)")
        if stamp:
            return Dated(stamp, FROM_NAME if number == 0 else FROM_FOLDER)
        if number and not _INNER_FOLDER.fullmatch(piece):
            break
    for piece in pieces[2:]:
        stamp = official_stamp(piece)
        if stamp:
            return Dated(stamp, FROM_FOLDER)
    return _date_of_folders(pieces)


def stamp_of_fields(fields: Mapping[str, str], period: int = 0) -> Stamp | None:
    """Return the date that the named fields of a pattern hold, the middle of a period.

    Raises:
        DateProblem: a field holds no calendar date.
    """
    if "start" in fields and "end" in fields:
        first, last = (stamp_in(fields[name]) for name in ("start", "end"))
        return middle(first.day, last.day) if first and last else None
    time = fields.get("time", "")
    found: Stamp | None = None
    if "date" in fields:
        found = stamp_in(fields["date"])
    elif "dmy" in fields or "mdy" in fields:
        found = stamp_in(fields.get("dmy") or fields["mdy"], Style(day_first="dmy" in fields))
    elif "yymmdd" in fields:
        found = stamp_in(f"20{fields['yymmdd']}")
    elif "year" in fields and "doy" in fields:
        found = stamp_in(fields["year"] + fields["doy"])
    elif {"year", "month", "day"} <= set(fields):
        found = stamp_in(f"{fields['year']}{fields['month'].zfill(2)}{fields['day'].zfill(2)}")
    if found is None:
        return None
    if period > 1:
        return middle(found.day, found.day + timedelta(days=period - 1))
    return Stamp(found.day, time or found.time)


def date_of_file(
    facts: RasterFacts, style: Style = UNKNOWN_STYLE, recognised: Recognised | None = None
) -> Dated | None:
    """Return the date of a file whose bands name none: from its names, then its tags, then the time it was written.

    Raises:
        DateProblem: names and tags disagree, or one of them is impossible; the text names both dates.
    """
    if facts.listed and facts.listed.day:
        return Dated(Stamp(facts.listed.day), FROM_LIST, ANALYST)
    named = date_of_path(facts.path, style, recognised)
    tagged = stamp_in_tags(_own_tags(facts) if named else facts.tags)
    written = written_stamp(facts.tags)
    single = named is None or named.stamp.days == 1
    if named and tagged and single and named.stamp.day != tagged[0].day:
        raise DateProblem(
            tr("is {day} by its name and {day_2} by its tag {tagged}").format(
                day=named.stamp.day, day_2=tagged[0].day, tagged=tagged[1]
            )
        )
    chosen = named or (Dated(tagged[0], tr("tag {name}").format(name=tagged[1]), METADATA) if tagged else None)
    told = facts.told.day if facts.told else None
    if chosen is None and told:
        return Dated(Stamp(told), FROM_ITEMS, METADATA)
    # A pass around midnight has the day of its start or of its middle.
    if chosen and told and single and abs((chosen.stamp.day - told).days) > 1:
        raise DateProblem(
            tr("is {day} by its {source} and {told} by its STAC item").format(
                day=chosen.stamp.day, source=tr(chosen.source), told=told
            )
        )
    if chosen and written and single and written.day < chosen.stamp.day:
        raise DateProblem(
            tr("is {day} by its {source} and older ({day_2}) by {written_tag}").format(
                day=chosen.stamp.day, source=tr(chosen.source), day_2=written.day, written_tag=WRITTEN_TAG
            )
        )
    return chosen or (Dated(written, tr("tag {name}").format(name=WRITTEN_TAG), METADATA) if written else None)


def dates_of_bands(facts: RasterFacts, style: Style = UNKNOWN_STYLE) -> list[Stamp | None]:
    """Return the date of each band: of its time dimension, else of its description.

    Raises:
        DateProblem: a description names two dates or an impossible one, or all name one date and the file another.
    """
    stamps: list[Stamp | None] = []
    own = style_of(band.description for band in facts.bands)
    style = replace(style, months=own.months, day_first=style.day_first if own.day_first is None else own.day_first)
    for band in facts.bands:
        try:
            stamps.append(
                Stamp(band.day) if band.day else (stamp_in(band.description, style) if band.description else None)
            )
        except DateProblem as error:
            raise DateProblem(
                tr("has a band {number} ({description!r}) that {error}").format(
                    number=band.number, description=band.description, error=error
                )
            ) from error
    days = {stamp.day for stamp in stamps if stamp}
    if len(days) == 1 and not any(band.day for band in facts.bands):
        named, day = date_of_path(facts.path, style), days.pop()
        if named and named.stamp.day != day:
            raise DateProblem(
                tr("is {day} by its {source} and {day_2} by its band descriptions").format(
                    day=named.stamp.day, source=named.source, day_2=day
                )
            )
    return stamps


def _date_of_folders(pieces: Sequence[str]) -> Dated | None:
    """Return the date of three folders one inside the other: year, month and day."""
    for day, month, year in zip(pieces[1:], pieces[2:], pieces[3:]):
        if re.fullmatch(r"20\d{2}", year) and re.fullmatch(r"\d{1,2}", month) and re.fullmatch(r"\d{1,2}", day):
            try:
                return Dated(Stamp(date(int(year), int(month), int(day))), FROM_FOLDER)
            except ValueError:
                continue
    return None


def _own_tags(facts: RasterFacts) -> dict[str, str]:
    """Return tags without those of the product: its start may lie on the day before a granule's sensing."""
    product = facts.product.tags if facts.product else {}
    return {key: value for key, value in facts.tags.items() if product.get(key) != value}
