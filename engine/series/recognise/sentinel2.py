"""Sentinel-2 headers to acquisitions: bands, dates, masks, levels and stand-ins."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import Mapping, Sequence

from ...options import SeriesOptions
from ..acquisition import ANALYST, FLAG, METADATA, NAME, S2, TYPE, Acquisition, MaskSource, Origins, Part, Scaling
from ..files.describe import RasterFacts
from ..messages import SHOWN, count, dates_text, several
from .bands import CLOUD_MASK, MASKS, SCL, described, s2_bands_in, s2_by_count
from .images import BandImage, Findings
from .masking import scene_classification
from .names import baseline_of, level_of, product_name, tile_of
from .scaling import scalings_of, shared_scalings, source_of
from .scenes import Scene
from .stacks import Guess, dated_bands, named_bands

_ORIGINS = {
    ANALYST: "scale and offset as given",
    METADATA: "scale and offset of the file or product metadata",
    NAME: "scale and offset of the processing baseline or distributor that the names tell",
    TYPE: "scale and offset left open by metadata and names, so that the numbers must tell",
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
            parts[scene.day].append(_part(scene, chosen, options, findings))
    found = [
        Acquisition(S2, day, tuple(sorted(own, key=lambda part: (part.name, part.tile))))
        for day, own in sorted(parts.items())
    ]
    days = {scene.day for scene in scenes if not scene.only_masks}
    _report_missing(missing, days, findings)
    for (band, stand_in), dates in stood_in.items():
        findings.warnings.append(f"{band} is missing on {count(len(dates), 'date')}; {stand_in} stands in for it.")
    _report_reading(found, findings)
    return found


def _part(scene: Scene, chosen: Mapping[str, BandImage], options: SeriesOptions, findings: Findings) -> Part:
    looks = list(chosen.values())
    first = min(looks, key=lambda look: (look.facts.pixel, look.facts.path))
    name = product_name(first.facts.path) or first.facts.name
    scalings = {band: scalings_of(look, options) for band, look in chosen.items()}
    shared = shared_scalings(scalings.values())
    if shared is None:
        findings.sort_out("scales", f"{name} ({scene.day})")
    settled = shared[0] if shared else None
    bands = {
        band: source_of(look, settled if settled and len(scalings[band]) > 1 else scalings[band][0])
        for band, look in chosen.items()
    }
    known = settled or next(iter(scalings.values()))[0]
    baselines = sorted({baseline_of(look.facts.path, look.facts.tags)[0] for look in looks} - {""})
    masks = _masks(scene, options)
    return Part(
        name=name,
        tile=scene.tile,
        bands=bands,
        masks=masks,
        baseline=baselines[0] if baselines else "",
        candidates=shared if shared and len(shared) > 1 else (),
        origins=_origins(known, shared or (), masks),
    )


def _masks(scene: Scene, options: SeriesOptions) -> tuple[MaskSource, ...]:
    if SCL in scene.bands:
        look = scene.bands[SCL]
        return (scene_classification(look.facts.path, look.band.number, options),)
    if CLOUD_MASK in scene.bands:
        look = scene.bands[CLOUD_MASK]
        return (MaskSource(FLAG, look.facts.path, look.band.number, title="cloud mask"),)
    return ()


def _origins(known: Scaling, shared: Sequence[Scaling], masks: Sequence[MaskSource]) -> Origins:
    scales = {each.scale for each in shared} or {known.scale}
    offsets = {each.offset for each in shared} or {known.offset}
    return Origins(
        date=NAME,
        bands=NAME,
        scale=known.origin if len(scales) == 1 else "",
        offset=known.origin if len(offsets) == 1 else "",
        mask=NAME if masks else "",
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


def _report_reading(found: Sequence[Acquisition], findings: Findings) -> None:
    parts = [part for acquisition in found for part in acquisition.parts]
    if not parts:
        return
    origins = Counter(part.origins.offset or TYPE for part in parts)
    for origin, number in sorted(origins.items()):
        findings.notes.append(f"Sentinel-2 reflectance: {_ORIGINS[origin]} ({count(number, 'scene')}).")
    masks = Counter(mask.title for part in parts for mask in part.masks)
    listed = [f"{title} in {count(number, 'scene')}" for title, number in sorted(masks.items(), reverse=True)]
    bare = sum(not part.masks for part in parts)
    listed += [f"no cloud mask in {count(bare, 'scene')}"] if bare else []
    findings.notes.append(f"Sentinel-2 masks: {', '.join(listed)}.")
    tiles = sorted({part.tile for part in parts} - {""})
    if tiles:
        findings.notes.append(f"Sentinel-2 tiles: {several(tiles)}.")
