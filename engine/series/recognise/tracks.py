"""Which pass and orbit a Sentinel-1 acquisition belongs to."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date
from functools import lru_cache
from statistics import median

from ....models.language import tr
from ..acquisition import Acquisition
from ..files.describe import RasterFacts
from ..files.geometry import Geometry, transform_bounds
from ..messages import count
from .date_stamps import Stamp
from .distributors.known import Recognised
from .images import Findings
from .names import ASCENDING, DESCENDING, pass_of, relative_orbit_of

UNKNOWN = "?"
REPEAT = 6
"""Days after which a Sentinel-1 track comes back with two satellites; 12 with one."""

MOST_STRAY = 0.1
"""Share of the dates of an orbit that may lie between its returns, as of passes around midnight."""

LONGEST_REPEAT = 24
"""Dates of one track that lie further apart on average are composites, not passes."""


def track_of(facts: RasterFacts, description: str, stamp: Stamp, recognised: Recognised | None = None) -> str:
    """Return "ASC-88" where the relative orbit is known, else "ASC+4" (day number modulo 6); "?+4" without a pass.

    A composite of several days is of no orbit: "ASC", or "?".
    """
    fields = recognised.fields if recognised else {}
    direction = {"A": ASCENDING, "D": DESCENDING}.get(fields.get("pass", "")[:1].upper(), "")
    direction = direction or pass_of(facts.path, facts.tags, description) or _pass_by_hour(stamp.time, facts.geometry)
    direction = direction or UNKNOWN
    orbit = int(fields["orbit"]) if "orbit" in fields else relative_orbit_of(facts.path, facts.tags)
    if stamp.days > 1:
        return direction
    return f"{direction}-{orbit}" if orbit else f"{direction}+{stamp.day.toordinal() % REPEAT}"


def without_false_tracks(found: list[Acquisition], findings: Findings) -> list[Acquisition]:
    """Give composites, which come too seldom for a track to repeat, one track a pass."""
    found = _without_false_orbits(found, findings)
    dates: dict[str, list[date]] = defaultdict(list)
    for acquisition in found:
        if "+" in acquisition.track:
            dates[acquisition.track].append(acquisition.date)
    gaps = [(later - earlier).days for days in dates.values() for earlier, later in zip(days, days[1:])]
    if len(gaps) > 1 and median(gaps) > LONGEST_REPEAT:
        findings.notes.append(
            tr("Sentinel-1 dates are too far apart for single orbits: taken as composites of one track.")
        )
        joined = [replace(each, track=each.track.split("+")[0]) for each in found]
        return sorted(joined, key=lambda each: (each.date, each.track))
    unknown = sum(each.track.startswith(UNKNOWN) and each.track != UNKNOWN for each in found)
    if unknown:
        findings.warnings.append(
            tr(
                "The pass of {unknown} is unknown; put ASC or DESC, or the time of day (20180704T173211), into "
                "the file names to keep passes apart."
            ).format(unknown=count(unknown, "Sentinel-1 acquisition"))
        )
    return found


def _without_false_orbits(found: list[Acquisition], findings: Findings) -> list[Acquisition]:
    """Tell tracks by their days where names or tags give one orbit to dates that it cannot have.

    A relative orbit comes back every 12 days, after 6 with two satellites.
    """
    dates: dict[str, list[date]] = defaultdict(list)
    for acquisition in found:
        if "-" in acquisition.track:
            dates[acquisition.track].append(acquisition.date)
    false = set()
    for track, days in dates.items():
        counts = Counter(day.toordinal() % REPEAT for day in days)
        if len(days) - max(counts.values()) > max(2, MOST_STRAY * len(days)):
            false.add(track)
    if not false:
        return found
    findings.notes.append(
        tr(
            "Sentinel-1 names give the orbit {false} to dates that one orbit cannot have; tracks are "
            "distinguished by their days instead."
        ).format(false=", ".join(sorted(false)))
    )
    told = [
        replace(each, track=f"{each.track.split('-')[0]}+{each.date.toordinal() % REPEAT}")
        if each.track in false
        else each
        for each in found
    ]
    return sorted(told, key=lambda each: (each.date, each.track))


def _pass_by_hour(time: str, geometry: Geometry) -> str:
    """Sentinel-1 crosses any place near 18 h local solar time ascending and near 6 h descending."""
    if not time:
        return ""
    hour = int(time[:2]) + int(time[2:4]) / 60 + _longitude(geometry) / 15
    return ASCENDING if 12 <= hour % 24 else DESCENDING


@lru_cache(maxsize=4096)
def _longitude(geometry: Geometry) -> float:
    west, _, east, _ = transform_bounds(geometry.bounds, geometry.crs, "EPSG:4326")
    return (west + east) / 2
