"""Rows of the analyst's list, laid over what the files themselves say."""

from __future__ import annotations

from dataclasses import replace

from ....models.language import tr
from ...errors import SeriesError
from ..files.describe import RasterFacts
from ..files.listing import Listed, read_list
from .masking import CLOUD_MASK, SCL


def rows_of(path: str, sensor: str) -> list[Listed]:
    """Return the rows of a list that are of a sensor; none without a list.

    Raises:
        SeriesError: the list is wrong.
    """
    if not path:
        return []
    rows = read_list(path)
    bare = [row.path for row in rows if not row.sensor]
    if bare:
        raise SeriesError(
            tr("The list of files gives no sensor for {bare}; write S1 or S2 in the column 'sensor'.").format(
                bare=bare[0]
            )
        )
    return [row for row in rows if row.sensor == sensor]


def applied(facts: RasterFacts, row: Listed) -> RasterFacts:
    """Return what is known of a file once the analyst's row has the word.

    Raises:
        SeriesError: the file has no band of that number.
    """
    if row.number:
        facts = facts.only((row.number,))
        if not facts.bands:
            raise SeriesError(
                tr("The list of files asks for band {number} of {facts}, which has fewer bands.").format(
                    number=row.number, facts=facts.name
                )
            )
    name = row.band or {"scl": SCL, "flag": CLOUD_MASK}.get(row.mask, "")
    bands = facts.bands
    if name:
        bands = tuple(replace(band, description=name) for band in bands)
    if row.scale is not None or row.offset is not None:
        scale = 1.0 if row.scale is None else row.scale
        bands = tuple(replace(band, scale=scale, offset=row.offset or 0.0) for band in bands)
    return replace(facts, bands=bands, listed=row)
