"""Sentinel-2 images joined to acquisitions: stand-ins, scalings, masks and the orders of nameless bands."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date
from typing import Mapping, Sequence

from ....models.language import N_, tr
from ....models.naming import called
from ...options import SeriesOptions
from ..acquisition import (
    ANALYST,
    DATA,
    METADATA,
    NAME,
    S2,
    TYPE,
    Acquisition,
    Arrangement,
    BandSource,
    MaskSource,
    Origins,
    Part,
    Scaling,
)
from ..messages import SHOWN, count, dates_text, in_scenes, several
from .images import BandImage, Findings, meaning_of
from .masking import BEST_FIRST, MASK_LIKE, placed
from .names import baseline_of, product_name
from .scaling import scalings_of, shared_scalings, source_of
from .scenes import Scene, orders_of

_ORIGINS = {
    ANALYST: N_("scale and offset as given"),
    METADATA: N_("scale and offset of the file or product metadata"),
    NAME: N_("scale and offset of the processing baseline or distributor that the names indicate"),
    TYPE: N_("scale and offset left open by metadata and names, so that the values must decide"),
}


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
    apart: dict[date, set[str]] = defaultdict(set)
    stood_in: dict[tuple[str, str], set[date]] = defaultdict(set)
    unused: dict[str, set[date]] = defaultdict(set)
    beside: dict[tuple[date, str], list[Scene]] = defaultdict(list)
    for scene in scenes:
        beside[scene.day, scene.tile].append(scene)
    for scene in scenes:
        if scene.only_masks:
            findings.sort_out("lone mask", scene.images[0].facts.name)
            continue
        arranged = [(title, named, _chosen(named, bands, substitutes)) for title, named in orders_of(scene)]
        complete = [each for each in arranged if len(each[2]) == len(bands)]
        if not complete:
            others = beside[scene.day, scene.tile]
            together = {name for other in others for name in _chosen(orders_of(other)[0][1], bands, substitutes)}
            if together == set(bands):
                apart[scene.day].update(other.images[0].facts.name for other in others)
                continue
            for band in bands:
                if band not in arranged[0][2]:
                    missing[band].add(scene.day)
            continue
        _, named, chosen = complete[0]
        stand_ins = {band: substitutes[band] for band, image in chosen.items() if image is not named.get(band)}
        for pair in stand_ins.items():
            stood_in[pair].add(scene.day)
        part = replace(_part(scene, complete, options, findings), stand_ins=stand_ins)
        parts[scene.day].append(part)
        for name in () if part.cloud_masks else _mask_like(complete[0][2]):
            unused[name].add(scene.day)
    found = [
        Acquisition(S2, day, tuple(sorted(own, key=lambda part: (part.name, part.tile))))
        for day, own in sorted(parts.items())
    ]
    days = {scene.day for scene in scenes if not scene.only_masks}
    _report_missing(missing, days, findings)
    for day, names in sorted(apart.items()):
        findings.problems.append(
            tr(
                "The Sentinel-2 files of {day} that together hold the bands do not lie at one place "
                "({names}); correct their position or reference system, or remove that date."
            ).format(day=day.isoformat(), names=several(names))
        )
    for (band, stand_in), dates in stood_in.items():
        findings.warnings.append(
            tr("{band} is missing on {count}; {stand_in} is used instead.").format(
                band=band, count=count(len(dates), "date"), stand_in=stand_in
            )
        )
    _report_reading(found, findings)
    for name, when in sorted(unused.items()):
        findings.notes.append(
            tr(
                "The band '{name}' of {count} may be a cloud mask and is not used: nothing says which of its "
                "numbers hide the ground; a record ({records}) can say it."
            ).format(records=called("records"), name=name, count=count(len(when), "Sentinel-2 date"))
        )
    return found


def _chosen(
    named: Mapping[str, BandImage], bands: Sequence[str], substitutes: Mapping[str, str]
) -> dict[str, BandImage]:
    chosen = {}
    for band in bands:
        image = named.get(band) or named.get(substitutes.get(band, ""))
        if image is not None:
            chosen[band] = image
    return chosen


def _mask_like(chosen: Mapping[str, BandImage]) -> list[str]:
    """Return the descriptions of bands, in the files of a scene, that seem to be masks."""
    named = {band.description for image in chosen.values() for band in image.facts.bands}
    return sorted(name for name in named if MASK_LIKE.fullmatch(name.strip()))


_Complete = Sequence["tuple[str, Mapping[str, BandImage], Mapping[str, BandImage]]"]


def _part(scene: Scene, complete: _Complete, options: SeriesOptions, findings: Findings) -> Part:
    title, named, chosen = complete[0]
    images = list(chosen.values())
    first = min(images, key=lambda image: (image.facts.pixel, image.facts.path))
    name = product_name(first.facts.path) or first.facts.name
    scalings = {id(image): scalings_of(image, options) for _, _, each in complete for image in each.values()}
    shared = shared_scalings(scalings[id(image)] for image in images)
    if shared is None:
        findings.sort_out("scales", f"{name} ({scene.day})")
    settled = shared[0] if shared else None

    def sources(each: Mapping[str, BandImage]) -> dict[str, BandSource]:
        found = {}
        for band, image in each.items():
            own = scalings[id(image)]
            found[band] = source_of(image, settled if settled and len(own) > 1 else own[0])
        return found

    bands, masks = sources(chosen), _masks(named, options)
    arrangements: tuple[Arrangement, ...] = ()
    if len(complete) > 1:
        arrangements = tuple(Arrangement(each, sources(use), _masks(whole, options)) for each, whole, use in complete)
        unique = {(tuple(sorted(a.bands.items())), a.masks): a for a in reversed(arrangements)}
        arrangements = tuple(a for a in arrangements if any(a is kept for kept in unique.values()))
    known = settled or scalings[id(images[0])][0]
    baselines = sorted({baseline_of(image.facts.path, image.facts.tags)[0] for image in images} - {""})
    record = first.recognised.record if first.recognised else None
    return Part(
        name=name,
        tile=scene.tile,
        bands=bands,
        masks=masks,
        baseline=baselines[0] if baselines else "",
        distributor=record.title if record else "",
        pattern=first.recognised.pattern if first.recognised else "",
        candidates=shared if shared and len(shared) > 1 else (),
        arrangements=arrangements if len(arrangements) > 1 else (),
        origins=_origins(first, known, shared or (), masks, len(arrangements) > 1),
    )


def _masks(named: Mapping[str, BandImage], options: SeriesOptions) -> tuple[MaskSource, ...]:
    """Return the masks of a scene: those of its record together, else the best one of those that are known anywhere."""
    found = {}
    for name, image in named.items():
        meaning = meaning_of(name, image.recognised)
        if meaning is not None:
            found[name] = placed(meaning, image.facts.path, image.band.number, options)
    data = tuple(mask for _, mask in sorted(found.items()) if mask.kind == DATA)
    found = {name: mask for name, mask in found.items() if mask.kind != DATA}
    recorded = set()
    for name in found:
        known = named[name].recognised
        if known is not None and name in known.record.masks:
            recorded.add(name)
    for name in BEST_FIRST:
        if name in found and name not in recorded:
            return (found[name], *data)
    return (*(found[name] for name in sorted(recorded or found)), *data)


def _origins(
    first: BandImage, known: Scaling, shared: Sequence[Scaling], masks: Sequence[MaskSource], ordered: bool
) -> Origins:
    scales = {each.scale for each in shared} or {known.scale}
    offsets = {each.offset for each in shared} or {known.offset}
    return Origins(
        date=first.date_origin,
        bands="" if ordered else first.band_origin,
        scale=known.origin if len(scales) == 1 else "",
        offset=known.origin if len(offsets) == 1 else "",
        mask=NAME if masks else "",
    )


def _report_missing(missing: Mapping[str, set[date]], days: set[date], findings: Findings) -> None:
    by_dates: dict[tuple[date, ...], list[str]] = defaultdict(list)
    for band, dates in missing.items():
        by_dates[tuple(sorted(dates))].append(band)
    for lacking, names in by_dates.items():
        every = set(lacking) == days and len(lacking) > SHOWN
        when = tr("all {dates}").format(dates=count(len(days), "date")) if every else dates_text(lacking)
        findings.problems.append(
            tr(
                "Of Sentinel-2 {names} cannot be found on {when}; add the files that hold them, name "
                "the bands in file names or band descriptions (such as B04), or remove those dates."
            ).format(names=several(names, 13), when=when)
        )


def _report_reading(found: Sequence[Acquisition], findings: Findings) -> None:
    parts = [part for acquisition in found for part in acquisition.parts]
    if not parts:
        return
    known = Counter(part.distributor for part in parts if part.distributor)
    if known:
        named = in_scenes(dict(sorted(known.items())))
        findings.notes.append(tr("Sentinel-2 files are read as those of {listed}.").format(listed=named))
    origins = Counter(part.origins.offset or TYPE for part in parts)
    for origin, number in sorted(origins.items()):
        findings.notes.append(
            tr("Sentinel-2 reflectance: {origin} ({scenes}).").format(
                origin=tr(_ORIGINS[origin]), scenes=count(number, "scene")
            )
        )
    masks = Counter(mask.title for part in parts for mask in part.masks)
    listed = [in_scenes(dict(sorted(masks.items(), reverse=True)))] if masks else []
    bare = sum(not part.cloud_masks for part in parts)
    listed += [tr("no cloud mask in {bare}").format(bare=count(bare, "scene"))] if bare else []
    findings.notes.append(tr("Sentinel-2 masks: {listed}.").format(listed=tr(", ").join(listed)))
    tiles = sorted({part.tile for part in parts} - {""})
    if tiles:
        findings.notes.append(tr("Sentinel-2 tiles: {tiles}.").format(tiles=several(tiles)))
