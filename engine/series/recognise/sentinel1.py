"""Sentinel-1 headers to acquisitions: polarisations, dates, passes and tracks."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date
from typing import Mapping, Sequence

from ....models.language import tr
from ..acquisition import (
    AMPLITUDE,
    ANALYST,
    DECIBEL,
    METADATA,
    NAME,
    POWER,
    S1,
    Acquisition,
    Arrangement,
    BandSource,
    Origins,
    Part,
)
from ..files.describe import BandFacts, RasterFacts
from ..messages import SHOWN, count, dates_text, in_scenes, several
from .bands import described, is_derived, polarisations_in, s1_bands_in, s1_orders
from .dates import UNKNOWN_STYLE, Style
from .distributors.known import Recognised
from .images import BandImage, Findings
from .layers import Guess, dated_bands, named_layers
from .masking import placed
from .names import components, product_name, tile_of
from .scaling import backscatter_scalings, is_gfmap, shared_scalings, source_of
from .scenes import Scene, orders_of
from .tracks import track_of, without_false_tracks

_SNAP = re.compile(r"(?:Sigma|Gamma|Beta)0_(?:VV|VH|HH|HV)(?![A-Z0-9])")
_DECIBEL = re.compile(r"(?<![A-Z0-9])dB(?![A-Z0-9])|decibel", re.IGNORECASE)
_RAW = re.compile(r"(?<![A-Z0-9])(?:Amplitude|Intensity|Beta0)_(?:VV|VH|HH|HV)", re.IGNORECASE)
_BETA = re.compile(r"(?<![A-Z])Beta_?(?:0|nought)(?![A-Z0-9])", re.IGNORECASE)
_MASK_OF = re.compile(r"(?<![A-Z])MASK(?![A-Z])", re.IGNORECASE)
_PLACED = re.compile(
    r"\d+M?|CLIP(?:PED)?|CUT|CROP(?:PED)?|SUB(?:SET)?|AOI|ROI|MASK(?:ED)?|MOSAIC|MERGED?|WARP(?:ED)?|RESAMPLED?|"
    r"REPROJ(?:ECTED)?|UTM\w*|WGS\d*|EPSG\w*",
)
"""Words that tools add to the name of a file whose numbers they leave."""

_NO_BACKSCATTER = re.compile(r"COHE?|COHERENCES?|RATIOS?", re.IGNORECASE)
_UNIT_WORDS = {
    "db": DECIBEL,
    "decibel": DECIBEL,
    "decibels": DECIBEL,
    "power": POWER,
    "linear": POWER,
    "linear power": POWER,
    "amplitude": AMPLITUDE,
}


def images_of(
    facts: RasterFacts,
    findings: Findings,
    recognised: Recognised | None = None,
    style: Style = UNKNOWN_STYLE,
) -> list[BandImage]:
    """Return the images of one Sentinel-1 file; what cannot be used is sorted out by kind.

    Raises:
        DateProblem: the file's names, bands and tags do not give one date.
    """
    facts = _calibrated(facts)
    for kind, wrong in (("derived", recognised is None and _is_derived(facts)), ("uncalibrated", _is_raw(facts))):
        if wrong:
            findings.sort_out(kind, facts.name)
            return []
    if facts.bands[0].dtype == "Byte" and recognised is None and _MASK_OF.search(components(facts.path)[0]):
        findings.sort_out("unnamed", facts.name)
        return []
    layers = named_layers(facts, Guess(s1_bands_in, s1_orders), findings, recognised, style)
    images = []
    for band, place, stamp, origin in dated_bands(facts, layers, findings, recognised, style):
        unit, unit_origin = unit_of(facts, band, recognised)
        images.append(
            BandImage(
                facts,
                band,
                layers.orders[0][place],
                stamp.day,
                stamp.time,
                tile_of(facts.path),
                track_of(facts, band.description, stamp, recognised),
                recognised=recognised,
                others=tuple(order[place] for order in layers.orders[1:]),
                order=layers.titles,
                date_origin=origin,
                band_origin=layers.origin,
                unit=unit,
                unit_origin=unit_origin,
            )
        )
    raw = ("Byte", "UInt16", "UInt32")
    packed = recognised is not None and bool(recognised.record.scalings_for(facts.bands[0].dtype))
    ground = [image.band for image in images if image.meaning is None]
    unscaled = [band for band in ground if band.scale is None and not is_gfmap(band)]
    if not packed and any(band.dtype in raw for band in unscaled):
        findings.sort_out("digital numbers", facts.name)
        return []
    return images


def _calibrated(facts: RasterFacts) -> RasterFacts:
    """Return a file without SNAP's bands of amplitude, intensity and beta nought, where it has others."""
    raw = [bool(_RAW.search(band.description)) for band in facts.bands]
    others = [band.number for band, is_raw in zip(facts.bands, raw) if not is_raw]
    named = any(described([band.description for band in facts.only(others).bands], s1_bands_in))
    return facts.only(others) if any(raw) and named else facts


def _is_raw(facts: RasterFacts) -> bool:
    stem = components(facts.path)[0]
    texts = [band.description for band in facts.bands]
    return _BETA.search(stem) is not None or any(
        map(_RAW.search, [*texts, stem] if facts.path.endswith(".img") else texts)
    )


def _is_derived(facts: RasterFacts) -> bool:
    """Return whether neither name nor bands of a file speak of backscatter, but of what is made of polarisations."""
    if any(described([band.description for band in facts.bands], s1_bands_in)):
        return False
    stem, folder = (components(facts.path) + [""])[:2]
    whole = len(facts.bands) > len(polarisations_in(stem)) > 1
    return (is_derived(stem) and not whole) or _NO_BACKSCATTER.fullmatch(folder) is not None


def _is_converted(name: str, recognised: Recognised) -> bool:
    """Return whether words that may tell of other numbers follow the band in the name of a distributor's file."""
    if not recognised.pattern.endswith("{band}[_*]"):
        return False
    added = re.split(r"[-_. ]+", name.upper().rpartition(recognised.fields["band"].upper())[2])
    return not all(map(_PLACED.fullmatch, filter(None, added)))


def unit_of(facts: RasterFacts, band: BandFacts, recognised: Recognised | None) -> tuple[str, str]:
    """Return the unit of a band's numbers and where it is known from; "" twice where only numbers can tell.

    Units that tags name come first, then the record's, then SNAP's names: Sigma0_VV is linear, Sigma0_VV_db decibel. A
    record's is not that of files to whose name somebody added what may mean decibels, amplitude or packed numbers.
    """
    tagged = _UNIT_WORDS.get(facts.tags.get("UNITS", facts.tags.get("units", "")).strip().lower(), "")
    if tagged:
        return tagged, METADATA
    name, description = components(facts.path)[0], band.description
    decibel = bool(_DECIBEL.search(description) or _DECIBEL.search(name))
    if recognised is not None and (recognised.record.analyst or not (decibel or _is_converted(name, recognised))):
        record = recognised.record
        unit = record.units.get(recognised.fields.get("unit", "").upper(), "") or record.unit
        if unit:
            return unit, ANALYST if record.analyst else NAME
    if is_gfmap(band):
        return AMPLITUDE, NAME
    if decibel:
        return DECIBEL, NAME
    if _SNAP.match(description) or (_SNAP.match(name) and facts.path.endswith(".img")):
        return POWER, NAME
    return "", ""


def acquisitions(scenes: Sequence[Scene], bands: Sequence[str], findings: Findings) -> list[Acquisition]:
    """Return one acquisition a date and track; missing polarisations and the tracks go into the findings."""
    parts: dict[tuple[date, str], list[Part]] = defaultdict(list)
    missing: dict[str, dict[date, str]] = defaultdict(dict)
    for scene in scenes:
        if scene.only_masks:
            findings.sort_out("lone mask", scene.images[0].facts.name)
            continue
        arranged = [
            (title, {band: named[band] for band in bands if band in named}) for title, named in orders_of(scene)
        ]
        complete = [each for each in arranged if len(each[1]) == len(bands)]
        if not complete:
            for band in bands:
                if band not in arranged[0][1]:
                    missing[band][scene.day] = scene.images[0].facts.name
            continue
        parts[scene.day, scene.track].append(_part(scene, complete, findings))
    found = [
        Acquisition(S1, day, tuple(sorted(parts[day, track], key=lambda part: part.name)), track)
        for day, track in sorted(parts)
    ]
    _report_missing(missing, {scene.day for scene in scenes if not scene.only_masks}, findings)
    found = without_false_tracks(found, findings)
    if found:
        known = Counter(part.distributor for each in found for part in each.parts if part.distributor)
        if known:
            named = in_scenes(dict(sorted(known.items())))
            findings.notes.append(tr("Sentinel-1 files are read as those of {named}.").format(named=named))
        masks = Counter(mask.title for each in found for part in each.parts for mask in part.masks)
        if masks:
            findings.notes.append(tr("Sentinel-1 masks: {listed}.").format(listed=in_scenes(dict(masks))))
        numbers = Counter(acquisition.track for acquisition in found).items()
        listed = [tr("{track} ({dates})").format(track=track, dates=count(number, "date")) for track, number in numbers]
        findings.notes.append(tr("Sentinel-1 tracks: {listed}.").format(listed=several(listed, 24)))
    return found


def _part(scene: Scene, complete: Sequence[tuple[str, Mapping[str, BandImage]]], findings: Findings) -> Part:
    chosen = complete[0][1]
    images = list(chosen.values())
    first = images[0]
    name = product_name(first.facts.path) or first.facts.name
    shared = shared_scalings(map(backscatter_scalings, images))
    if shared is None:
        findings.sort_out("scales", f"{name} ({scene.day})")
    settled = shared[0] if shared else None

    def sources(each: Mapping[str, BandImage]) -> dict[str, BandSource]:
        own = {band: backscatter_scalings(image) for band, image in each.items()}
        return {
            band: source_of(image, settled if settled and len(own[band]) > 1 else own[band][0])
            for band, image in each.items()
        }

    arrangements = tuple(Arrangement(title, sources(each)) for title, each in complete) if len(complete) > 1 else ()
    units = {image.unit for image in images}
    if len(units) > 1:
        findings.sort_out("units", f"{name} ({scene.day})")
    known = settled or backscatter_scalings(first)[0]
    scales = {each.scale for each in shared or (known,)}
    offsets = {each.offset for each in shared or (known,)}
    masks = tuple(
        placed(image.meaning, image.facts.path, image.band.number)
        for _, image in sorted(scene.bands.items())
        if image.meaning is not None
    )
    return Part(
        name,
        scene.tile,
        sources(chosen),
        masks,
        distributor=first.recognised.record.title if first.recognised else "",
        pattern=first.recognised.pattern if first.recognised else "",
        candidates=shared if shared and len(shared) > 1 else (),
        arrangements=arrangements,
        unit=first.unit if len(units) == 1 else "",
        origins=Origins(
            date=first.date_origin,
            bands="" if arrangements else first.band_origin,
            unit=first.unit_origin if len(units) == 1 else "",
            scale=known.origin if len(scales) == 1 else "",
            offset=known.origin if len(offsets) == 1 else "",
            mask=NAME if masks else "",
        ),
    )


def _report_missing(missing: Mapping[str, Mapping[date, str]], days: set[date], findings: Findings) -> None:
    for band, lacking in missing.items():
        if set(lacking) == days:
            findings.problems.append(
                tr(
                    "Every Sentinel-1 acquisition lacks {band} (such as {several}), which the checkpoint needs; add "
                    "its files, or name it in file names or band descriptions."
                ).format(band=band, several=several(lacking.values(), 1))
            )
        else:
            findings.problems.append(
                tr(
                    "Sentinel-1 lacks {band} on {lacking} (files {several}); add the files that hold it "
                    "or remove those dates."
                ).format(band=band, lacking=dates_text(lacking), several=several(lacking.values(), SHOWN))
            )
