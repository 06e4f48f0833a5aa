"""Sentinel-1 headers to acquisitions: polarisations, dates, passes and tracks."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date
from functools import lru_cache
from statistics import median
from typing import Mapping, Sequence

from ..acquisition import S1, Acquisition, Part
from ..files.describe import RasterFacts
from ..files.geometry import Geometry, transform_bounds
from ..messages import SHOWN, count, dates_text, several
from .bands import described, s1_bands_in, s1_by_count
from .dates import Stamp
from .images import BandImage, Findings
from .names import ASCENDING, DESCENDING, pass_of, product_name, relative_orbit_of, tile_of
from .scaling import source_of
from .scenes import Scene
from .stacks import Guess, dated_bands, named_bands

UNKNOWN = "?"
REPEAT = 6
"""Days after which a Sentinel-1 track comes back with two satellites; 12 with one."""

LONGEST_REPEAT = 24
"""Dates of one track that lie further apart on average are composites, not passes."""


def looks_of(facts: RasterFacts, findings: Findings) -> list[BandImage]:
    """Return the looks of one Sentinel-1 file; what cannot be used is sorted out by kind.

    Raises:
        DateProblem: the file's names, bands and tags do not give one date.
    """
    names = described([band.description for band in facts.bands], s1_bands_in)
    names = named_bands(facts, names, Guess(s1_bands_in, s1_by_count), findings)
    looks = [
        BandImage(
            facts, band, name, stamp.day, stamp.time, tile_of(facts.path), track_of(facts, band.description, stamp)
        )
        for band, name, stamp in (dated_bands(facts, names, findings) if any(names) else [])
    ]
    if any(look.band.dtype in ("Byte", "UInt16", "UInt32") and look.band.scale is None for look in looks):
        findings.sort_out("digital numbers", facts.name)
        return []
    return looks


def track_of(facts: RasterFacts, description: str, stamp: Stamp) -> str:
    """Return "ASC-88" where the relative orbit is known, else "ASC+4" (day number modulo 6); "?+4" without a pass."""
    direction = pass_of(facts.path, facts.tags, description) or _pass_by_hour(stamp.time, facts.geometry) or UNKNOWN
    orbit = relative_orbit_of(facts.path, facts.tags)
    return f"{direction}-{orbit}" if orbit else f"{direction}+{stamp.day.toordinal() % REPEAT}"


def acquisitions(scenes: Sequence[Scene], bands: Sequence[str], findings: Findings) -> list[Acquisition]:
    """Return one acquisition a date and track; missing polarisations and the tracks go into the findings."""
    parts: dict[tuple[date, str], list[Part]] = defaultdict(list)
    missing: dict[str, dict[date, str]] = defaultdict(dict)
    for scene in scenes:
        absent = [band for band in bands if band not in scene.bands]
        for band in absent:
            missing[band][scene.day] = scene.looks[0].facts.name
        if not absent:
            first = scene.bands[bands[0]].facts
            sources = {band: source_of(scene.bands[band]) for band in bands}
            parts[scene.day, scene.track].append(Part(product_name(first.path) or first.name, scene.tile, sources))
    found = [
        Acquisition(S1, day, tuple(sorted(parts[day, track], key=lambda part: part.name)), track)
        for day, track in sorted(parts)
    ]
    _report_missing(missing, {scene.day for scene in scenes}, findings)
    found = _without_false_tracks(found, findings)
    if found:
        numbers = Counter(acquisition.track for acquisition in found)
        listed = [f"{track} ({count(number, 'date')})" for track, number in numbers.items()]
        findings.notes.append(f"Sentinel-1 tracks: {several(listed, 24)}.")
    return found


def _report_missing(missing: Mapping[str, Mapping[date, str]], days: set[date], findings: Findings) -> None:
    for band, lacking in missing.items():
        if set(lacking) == days:
            findings.problems.append(
                f"Every Sentinel-1 acquisition lacks {band} (such as {several(lacking.values(), 1)}), which the "
                "checkpoint needs; add its files, or name it in file names or band descriptions."
            )
        else:
            findings.problems.append(
                f"Sentinel-1 lacks {band} on {dates_text(lacking)} (files {several(lacking.values(), SHOWN)}); add the "
                "files that hold it or take those dates away."
            )


def _without_false_tracks(found: list[Acquisition], findings: Findings) -> list[Acquisition]:
    """Give composites, which come too seldom for a track to repeat, one track a pass."""
    dates: dict[str, list[date]] = defaultdict(list)
    for acquisition in found:
        if "+" in acquisition.track:
            dates[acquisition.track].append(acquisition.date)
    gaps = [(later - earlier).days for days in dates.values() for earlier, later in zip(days, days[1:])]
    if len(gaps) > 1 and median(gaps) > LONGEST_REPEAT:
        findings.notes.append("Sentinel-1 dates are too far apart for single orbits: taken as composites of one track.")
        joined = [replace(each, track=each.track.split("+")[0]) for each in found]
        return sorted(joined, key=lambda each: (each.date, each.track))
    unknown = sum(each.track.startswith(UNKNOWN) for each in found)
    if unknown:
        findings.warnings.append(
            f"The pass of {count(unknown, 'Sentinel-1 acquisition')} is unknown; put ASC or DESC, or the time of day "
            "(20180704T173211), into the file names to keep passes apart."
        )
    return found


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
