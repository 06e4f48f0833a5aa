"""A date that lies far away from all others: a file with a wrong position or CRS, or of another place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ....models.language import tr
from ....models.naming import called
from ...errors import GridError, SeriesError
from ...options import SeriesOptions
from ..acquisition import SENSOR_NAMES, Acquisition, Series
from ..files.geometry import Geometry, transform_bounds
from ..messages import several
from .sampling import leave_out

FAR = 100.0
"""Kilometres between footprints from which on they are of different places."""

DEGREE = 111.2
"""Kilometres of a degree of latitude."""


@dataclass(frozen=True)
class _Displaced:
    """An acquisition with a footprint that no other one comes near; `wholly` if it has none near the others."""

    sensor: str
    acquisition: Acquisition
    reason: str
    wholly: bool


def leave_out_displaced(
    given: Mapping[str, Series | None], geometries: Mapping[str, Geometry], options: SeriesOptions, cut: bool
) -> dict[str, Series | None]:
    """Refuse a date that lies far away from all others, or leave it out.

    It would stretch the grid over the ground in between, or be dropped as one beside the extent. Where an extent says
    what is wanted, the date is left out, and named.

    Args:
        given: acquisitions of the season, by sensor.
        geometries: of every file.
        options: `skip_broken` leaves such dates out.

    Raises:
        SeriesError: names file, date and distance.
    """
    found = [each for each in _displaced(given, geometries) if each.wholly or not cut]
    if not found:
        return dict(given)
    if not (options.skip_broken or cut):
        raise SeriesError(
            tr(
                "{several}; correct its position or reference system, leave it out ({option}), or give an extent."
            ).format(several=several(each.reason for each in found), option=called("skip_broken"))
        )
    left = dict(given)
    for sensor, series in given.items():
        own = [each for each in found if each.sensor == sensor]
        if series is not None and own:
            away = {id(each.acquisition) for each in own}
            kept = [acquisition for acquisition in series.acquisitions if id(acquisition) not in away]
            left[sensor] = leave_out(series, kept, [tr("{sentence}.").format(sentence=each.reason) for each in own])
    return left


def _displaced(given: Mapping[str, Series | None], geometries: Mapping[str, Geometry]) -> list[_Displaced]:
    """Return acquisitions that are alone at their place, while two or more share another place."""
    acquisitions = [(sensor, one) for sensor, series in given.items() if series for one in series.acquisitions]
    known: dict[tuple, tuple[float, ...] | None] = {}
    owners: dict[tuple[float, ...], set[int]] = {}
    nowhere: set[int] = set()
    for index, (_, one) in enumerate(acquisitions):
        for path in dict.fromkeys(source.path for part in one.parts for source in part.bands.values()):
            box = _degrees(geometries[path], known)
            if box is None:
                nowhere.add(index)
            else:
                owners.setdefault(box, set()).add(index)
    boxes = np.array(sorted(owners)).reshape(-1, 4)
    places = _places(boxes)
    members = [set().union(*(owners[tuple(boxes[row])] for row in place)) for place in places]
    main = max(range(len(places)), key=lambda place: len(members[place]), default=0)
    if not places or len(members[main]) < 2:
        return []
    found = []
    counts = {sensor: sum(name == sensor for name, _ in acquisitions) for sensor in given}
    for place, rows in enumerate(places):
        if place == main or len(members[place]) > 1:
            continue
        (index,) = members[place]
        away = min(float(_gaps(boxes[row], boxes[places[main]]).min()) for row in rows)
        found.append(
            (index, tr("lies about {away:,.0f} km away from the other dates").format(away=max(round(away, -1), FAR)))
        )
    found += [(index, tr("lies where no latitude and longitude can be given")) for index in sorted(nowhere)]
    told = dict(found)
    result = []
    for index, what in sorted(told.items()):
        sensor, one = acquisitions[index]
        counts[sensor] -= 1
        names = several(part.name for part in one.parts)
        reason = tr("The {sensor} date {day} ({names}) {what}").format(
            sensor=SENSOR_NAMES[sensor], day=one.date, names=names, what=what
        )
        result.append(_Displaced(sensor, one, reason, index not in members[main]))
    # A sensor that is elsewhere as a whole is told by the grid.
    return [each for each in result if counts[each.sensor] > 0]


def _degrees(geometry: Geometry, known: dict[tuple, tuple[float, ...] | None]) -> tuple[float, ...] | None:
    """Return west, south, east, north in degrees, rounded to some ten metres; None where there are none."""
    key = (geometry.bounds, geometry.crs)
    if key not in known:
        try:
            found = transform_bounds(geometry.bounds, geometry.crs, "EPSG:4326")
            west, south, east, north = (round(value, 4) for value in found)
            known[key] = (west, south, east + 360.0 if east < west else east, north)
        except GridError:
            known[key] = None
    return known[key]


def _gaps(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return (N,) kilometres between a box and others along the longer of both axes, 0 where they overlap."""
    east = np.maximum(np.maximum(others[:, 0] - box[2], box[0] - others[:, 2]), 0.0)
    # Around the date line the short way counts.
    around = np.maximum(others[:, 2], box[2]) - np.minimum(others[:, 0], box[0])
    east = np.minimum(east, np.maximum(360.0 - around, 0.0))
    north = np.maximum(np.maximum(others[:, 1] - box[3], box[1] - others[:, 3]), 0.0)
    nearest = np.minimum(np.abs(others[:, [1, 3]]).min(axis=1), np.abs(box[[1, 3]]).min())
    return DEGREE * np.maximum(east * np.cos(np.radians(nearest)), north)


def _places(boxes: np.ndarray) -> list[list[int]]:
    """Return the rows of boxes that are joined by gaps of less than `FAR`."""
    left, places = set(range(len(boxes))), []
    while left:
        place, open_ = [], [min(left)]
        left.discard(open_[0])
        while open_:
            row = open_.pop()
            place.append(row)
            rest = np.array(sorted(left), int)
            near = rest[_gaps(boxes[row], boxes[rest]) < FAR].tolist() if len(rest) else []
            left.difference_update(near)
            open_ += near
        places.append(place)
    return places
