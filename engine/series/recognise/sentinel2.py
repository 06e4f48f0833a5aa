"""Sentinel-2 headers to acquisitions: bands, dates, masks, levels and stand-ins."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import Mapping, Sequence

from ...options import SeriesOptions
from ..acquisition import S2, Acquisition, MaskSource, Part
from ..files.describe import RasterFacts
from ..messages import SHOWN, count, dates_text, several
from .bands import CLOUD_MASK, MASKS, SCL, described, s2_bands_in, s2_by_count
from .images import BandImage, Findings
from .names import baseline_of, level_of, product_name, tile_of
from .scaling import BASELINE, FLOAT, GIVEN, METADATA, OWN, PLAIN, offset_unknown, scaling_of, source_of
from .scenes import Scene
from .stacks import Guess, dated_bands, named_bands

_ORIGINS = {
    GIVEN: "scale and offset as given",
    OWN: "scale and offset set in the files",
    METADATA: "scale and offset of the product metadata",
    BASELINE: "integers of baseline 04.00 or later: (number - 1,000) / 10,000",
    FLOAT: "decimal numbers taken as reflectance",
    PLAIN: "integers / 10,000",
}


def looks_of(facts: RasterFacts, options: SeriesOptions, findings: Findings) -> list[BandImage]:
    """Return the looks of one Sentinel-2 file; what cannot be used is sorted out by kind.

    Raises:
        DateProblem: the file's names, bands and tags do not give one date.
    """
    names = described([band.description for band in facts.bands], s2_bands_in)
    guess = Guess(s2_bands_in, lambda number: s2_by_count(number, facts.bands[0].integer, facts.pixel))
    names = named_bands(facts, names, guess, findings)
    if not any(names):
        return []
    if level_of(facts.path, facts.tags) == "1C":
        findings.sort_out("level1c", product_name(facts.path) or facts.name)
    looks = [
        BandImage(facts, band, name, stamp.day, stamp.time, tile_of(facts.path, band.description))
        for band, name, stamp in dated_bands(facts, names, findings)
    ]
    if options.optical_scale is None:
        pictures = [look for look in looks if look.band.dtype == "Byte" and look.band.scale is None]
        if any(look.name not in MASKS for look in pictures):
            findings.sort_out("picture", facts.name)
            return []
    return looks


def acquisitions(
    scenes: Sequence[Scene],
    bands: Sequence[str],
    substitutes: Mapping[str, str],
    options: SeriesOptions,
    findings: Findings,
) -> list[Acquisition]:
    """Return one acquisition a date; missing bands and what was assumed go into the findings."""
    parts: dict[date, list[Part]] = defaultdict(list)
    missing: dict[str, set[date]] = defaultdict(set)
    stood_in: dict[tuple[str, str], set[date]] = defaultdict(set)
    origins: Counter[str] = Counter()
    for scene in scenes:
        if scene.only_masks:
            findings.sort_out("lone mask", scene.looks[0].facts.name)
            continue
        chosen = {}
        for band in bands:
            stand_in = substitutes.get(band, "")
            if band in scene.bands:
                chosen[band] = scene.bands[band]
            elif stand_in in scene.bands:
                chosen[band] = scene.bands[stand_in]
                stood_in[band, stand_in].add(scene.day)
            else:
                missing[band].add(scene.day)
        if len(chosen) == len(bands):
            parts[scene.day].append(_part(scene, chosen, options))
            origins.update({scaling_of(look, options).origin for look in chosen.values()})
    found = [
        Acquisition(S2, day, tuple(sorted(own, key=lambda part: (part.name, part.tile))))
        for day, own in sorted(parts.items())
    ]
    days = {scene.day for scene in scenes if not scene.only_masks}
    _report_missing(missing, days, findings)
    for (band, stand_in), dates in stood_in.items():
        findings.warnings.append(f"{band} is missing on {count(len(dates), 'date')}; {stand_in} stands in for it.")
    _report_reading(found, origins, findings)
    return found


def _part(scene: Scene, chosen: Mapping[str, BandImage], options: SeriesOptions) -> Part:
    looks = list(chosen.values())
    first = min(looks, key=lambda look: (look.facts.pixel, look.facts.path))
    mask = None
    for kind, name in (("scl", SCL), ("binary", CLOUD_MASK)):
        if mask is None and name in scene.bands:
            look = scene.bands[name]
            mask = MaskSource(kind, look.facts.path, look.band.number)
    baselines = sorted({baseline_of(look.facts.path, look.facts.tags) for look in looks} - {""})
    return Part(
        name=product_name(first.facts.path) or first.facts.name,
        tile=scene.tile,
        bands={band: source_of(look, scaling_of(look, options)) for band, look in chosen.items()},
        mask=mask,
        baseline=baselines[0] if baselines else "",
        offset_unknown=any(offset_unknown(look, options) for look in looks),
    )


def _report_missing(missing: Mapping[str, set[date]], days: set[date], findings: Findings) -> None:
    by_dates: dict[tuple[date, ...], list[str]] = defaultdict(list)
    for band, dates in missing.items():
        by_dates[tuple(sorted(dates))].append(band)
    for dates, names in by_dates.items():
        every = set(dates) == days and len(dates) > SHOWN
        when = f"all {count(len(days), 'date')}" if every else dates_text(dates)
        noun = "band" if len(names) == 1 else "bands"
        findings.problems.append(
            f"Sentinel-2 {noun} {several(names, 13)} cannot be found on {when}; add the files that hold them, name the "
            "bands in file names or band descriptions (such as B04), or take those dates away."
        )


def _report_reading(found: Sequence[Acquisition], origins: Mapping[str, int], findings: Findings) -> None:
    parts = [part for acquisition in found for part in acquisition.parts]
    if not parts:
        return
    for origin, number in sorted(origins.items()):
        findings.notes.append(f"Sentinel-2 reflectance: {_ORIGINS[origin]} ({count(number, 'scene')}).")
    unknown = sum(part.offset_unknown for part in parts)
    if unknown:
        findings.notes.append(
            f"No processing baseline is named for {count(unknown, 'Sentinel-2 scene')} of 25 January 2022 or later: "
            "whether 1,000 was added to the numbers is told from samples."
        )
    kinds = Counter(part.mask.kind if part.mask else "" for part in parts)
    texts = {"scl": "scene classification (SCL)", "binary": "cloud mask files", "": "no cloud mask"}
    listed = ", ".join(f"{texts[kind]} in {count(kinds[kind], 'scene')}" for kind in sorted(kinds, reverse=True))
    findings.notes.append(f"Sentinel-2 masks: {listed}.")
    tiles = sorted({part.tile for part in parts} - {""})
    if tiles:
        findings.notes.append(f"Sentinel-2 tiles: {several(tiles)}.")
