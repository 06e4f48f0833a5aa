"""One date for each file or band, from authorities that must agree."""

from __future__ import annotations

from dataclasses import dataclass

from ..files.describe import RasterFacts
from .dates import WRITTEN_TAG, DateProblem, Stamp, official_stamp, stamp_in, stamp_in_tags, written_stamp
from .names import components

FROM_NAME, FROM_FOLDER, FROM_BANDS = "file names", "folder names", "band descriptions"


@dataclass(frozen=True)
class Dated:
    """A stamp, and what it was taken from, for the report ("file names", "tag PRODUCT_START_TIME")."""

    stamp: Stamp
    source: str


def date_of_path(path: str) -> Dated | None:
    """Return the date that names give: the file's own, its folder's, or an official product's above.

    Raises:
        DateProblem: the name holds two dates or an impossible one.
    """
    pieces = components(path)
    for number, piece in enumerate(pieces[:2]):
        stamp = stamp_in(piece)
        if stamp:
            return Dated(stamp, FROM_NAME if number == 0 else FROM_FOLDER)
    for piece in pieces[2:]:
        stamp = official_stamp(piece)
        if stamp:
            return Dated(stamp, FROM_FOLDER)
    return None


def date_of_file(facts: RasterFacts) -> Dated | None:
    """Return the date of a file whose bands name none: from its names, then its tags, then the time it was written.

    Raises:
        DateProblem: names and tags disagree, or one of them is impossible; the text names both dates.
    """
    named = date_of_path(facts.path)
    tagged = stamp_in_tags(_own_tags(facts) if named else facts.tags)
    written = written_stamp(facts.tags)
    if named and tagged and named.stamp.day != tagged[0].day:
        raise DateProblem(f"is {named.stamp.day} by its name and {tagged[0].day} by its tag {tagged[1]}")
    chosen = named or (Dated(tagged[0], f"tag {tagged[1]}") if tagged else None)
    if chosen and written and written.day < chosen.stamp.day:
        raise DateProblem(f"is {chosen.stamp.day} by its {chosen.source} and older ({written.day}) by {WRITTEN_TAG}")
    return chosen or (Dated(written, f"tag {WRITTEN_TAG}") if written else None)


def dates_of_bands(facts: RasterFacts) -> list[Stamp | None]:
    """Return the date of each band description.

    Raises:
        DateProblem: a description names two dates or an impossible one, or all name one date and the file another.
    """
    stamps: list[Stamp | None] = []
    for band in facts.bands:
        try:
            stamps.append(stamp_in(band.description) if band.description else None)
        except DateProblem as error:
            raise DateProblem(f"has a band {band.number} ({band.description!r}) that {error}") from error
    days = {stamp.day for stamp in stamps if stamp}
    if len(days) == 1:
        named, day = date_of_path(facts.path), days.pop()
        if named and named.stamp.day != day:
            raise DateProblem(f"is {named.stamp.day} by its {named.source} and {day} by its band descriptions")
    return stamps


def _own_tags(facts: RasterFacts) -> dict[str, str]:
    """Return tags without those of the product: its start may lie on the day before a granule's sensing."""
    product = facts.product.tags if facts.product else {}
    return {key: value for key, value in facts.tags.items() if product.get(key) != value}
