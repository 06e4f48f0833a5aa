"""Whether a series lies where, and in the years in which, the data of its checkpoint were made."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ...models.card import Card, CheckpointError
from ...models.checkpoint import bundled, read_card
from ...models.language import tr
from ..errors import GridError

if TYPE_CHECKING:
    from ..series.files.grid import Grid
    from ..series.preprocessing.prepared import PreparedSeries
    from ..series.season import PlacedSeason

MARGIN = 2.0
"""Degrees around the region of a checkpoint within which a series still counts as inside."""


def with_region(prepared: PreparedSeries) -> PreparedSeries:
    """Return a series that also warns of a place, and notes a year, outside the data of its checkpoint."""
    warnings = (*region_warnings(prepared.card, prepared.grid), *prepared.warnings)
    return replace(prepared, warnings=warnings, notes=(*prepared.notes, *year_notes(prepared.card, prepared.placed)))


def region_warnings(card: Card, grid: Grid) -> tuple[str, ...]:
    """Return a sentence where the centre of a grid lies outside the region of a checkpoint; none if it is not known."""
    if card.region is None:
        return ()
    from ..series.files.geometry import transform_bounds

    try:
        west, south, east, north = transform_bounds(grid.bounds, grid.crs, "EPSG:4326")
    except GridError:
        return ()
    longitude, latitude = (west + east) / 2, (south + north) / 2
    if card.region.away(longitude, latitude) <= MARGIN:
        return ()
    place = (
        f"{abs(latitude):.1f}° {'N' if latitude >= 0 else 'S'}, {abs(longitude):.1f}° {'E' if longitude >= 0 else 'W'}"
    )
    better = _better(card, longitude, latitude)
    remedy = (
        tr("the bundled checkpoint '{better}' ({better_2}) fits this place better").format(
            better=better.title, better_2=better.name
        )
        if better
        else tr("check its map against parcels you know")
    )
    return (
        tr(
            "The series lies at {place}, outside the region of the data that the checkpoint '{card}' was "
            "made from ({name}); {remedy}."
        ).format(place=place, card=card.title, name=card.region.name, remedy=remedy),
    )


def year_notes(card: Card, placed: PlacedSeason) -> tuple[str, ...]:
    """Return a sentence where the harvest is in none of the years of a checkpoint; none if they are not known."""
    harvest = placed.step_bounds(placed.season.steps - 1)[1].year
    if not card.years or card.years[0] <= harvest <= card.years[1]:
        return ()
    return (
        tr(
            "The harvest of {harvest} lies outside the years of the data that the checkpoint was made from "
            "({years} to {years_2}); weather and varieties differ from year to year."
        ).format(harvest=harvest, years=card.years[0], years_2=card.years[1]),
    )


def _better(card: Card, longitude: float, latitude: float) -> Card | None:
    """Return the card of the first bundled checkpoint whose region holds a point."""
    for path in bundled():
        try:
            other = read_card(path)
        except (CheckpointError, OSError):
            continue
        if other.name != card.name and other.region is not None and other.region.away(longitude, latitude) <= MARGIN:
            return other
    return None
