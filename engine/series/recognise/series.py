"""From the files of one sensor to its dated acquisitions, or one error that names every culprit."""

from __future__ import annotations

import os
from datetime import date
from typing import Mapping, Sequence

from ...errors import SeriesError
from ...feedback import Feedback
from ...options import SeriesOptions
from ..acquisition import S1, S2, SENSOR_NAMES, Series
from ..files.describe import RasterFacts, Unreadable, describe
from ..files.discover import find_rasters
from ..files.product import Products
from ..messages import count, several, short_name
from . import refusals, sentinel1, sentinel2
from .bands import described, s1_bands_in, s2_bands_in
from .dates import DateProblem
from .dating import date_of_path
from .images import BandImage, Broken, Findings
from .names import components, sensor_of, tile_of
from .scenes import Scene, duplicates_text, group

_OTHER = {S1: S2, S2: S1}


def read_series(
    paths: Sequence[str],
    sensor: str,
    bands: Sequence[str],
    substitutes: Mapping[str, str],
    options: SeriesOptions,
    feedback: Feedback,
) -> Series:
    """Read names and headers of one sensor's files; each file is opened once and no pixel is interpreted.

    Args:
        paths: files, folders, .SAFE products and zips in any order; files of the other sensor are passed over.
        sensor: "S1" or "S2".
        bands: what every acquisition must give, in the order of the checkpoint.
        substitutes: missing band -> the band that may stand in for it.

    Raises:
        SeriesError: nothing of the sensor is there, or files are broken, undated, contradictory, double or incomplete;
            the text names every culprit.
        Cancelled: the analyst asked to stop.
    """
    rasters = find_rasters(paths)
    findings = Findings()
    looks, broken = _looks(rasters, sensor, options, findings, feedback)
    refusals.report_files(sensor, options, findings)
    refusals.report_broken(broken, options, findings)
    _refuse(findings)
    scenes = group(looks)
    skipped = [refusals.skipped_text(entry) for entry in broken]
    scenes = _without_broken(scenes, broken)
    double = duplicates_text(scenes)
    if double:
        findings.problems.append(double)
    if sensor == S2:
        found = sentinel2.acquisitions(scenes, bands, substitutes, options, findings)
    else:
        found = sentinel1.acquisitions(scenes, bands, findings)
    refusals.report_scales(findings)
    refusals.report_unnamed(findings, complete=bool(found) and not findings.problems)
    _refuse(findings)
    if not found:
        raise SeriesError(_nothing(paths, rasters, sensor, skipped))
    summary = (
        f"{count(len(found), f'{SENSOR_NAMES[sensor]} acquisition')} from {found[0].date} to {found[-1].date} "
        f"in {count(len({look.facts.path for look in looks}), 'file')}."
    )
    return Series(
        sensor=sensor,
        acquisitions=tuple(found),
        bands=tuple(bands),
        notes=(summary, *findings.notes),
        warnings=tuple(findings.warnings),
        skipped=tuple(skipped),
    )


def holds(facts: RasterFacts, sensor: str) -> bool:
    """Return whether a file may hold a sensor's bands: by descriptions, names, folders or the number of bands."""
    texts = [band.description for band in facts.bands]
    named = {S1: any(described(texts, s1_bands_in)), S2: any(described(texts, s2_bands_in))}
    if any(named.values()):
        return named[sensor]
    own = sensor_of(components(facts.path)[0])
    if own:
        return own == sensor
    stem = components(facts.path)[0]
    found = {S1: len(s1_bands_in(stem)), S2: len(s2_bands_in(stem))}
    fitting = [name for name, number in found.items() if number == len(facts.bands)]
    if len(fitting) == 1:
        return fitting[0] == sensor
    above = sensor_of(facts.path)
    if above:
        return above == sensor
    if len(facts.bands) >= 4:
        return sensor == S2
    return not (len(facts.bands) == 2 and not facts.bands[0].integer) or sensor == S1


def _looks(
    rasters: Sequence[str], sensor: str, options: SeriesOptions, findings: Findings, feedback: Feedback
) -> tuple[list[BandImage], list[Broken]]:
    looks: list[BandImage] = []
    broken: list[Broken] = []
    products = Products()
    for path in rasters:
        feedback.check()
        if sensor_of(components(path)[0]) not in ("", sensor):
            continue
        try:
            facts = describe(path, products)
        except Unreadable as error:
            if sensor_of(path) in ("", sensor):
                if error.broken:
                    broken.append(_broken(path, str(error)))
                else:
                    findings.sort_out("unplaced", f"{short_name(path)} ({error})")
            continue
        if not holds(facts, sensor):
            continue
        try:
            if sensor == S2:
                looks.extend(sentinel2.looks_of(facts, options, findings))
            else:
                looks.extend(sentinel1.looks_of(facts, findings))
        except DateProblem as error:
            findings.sort_out("dates", f"{facts.name} {error}")
    return looks, broken


def _broken(path: str, reason: str) -> Broken:
    try:
        dated = date_of_path(path)
    except DateProblem:
        dated = None
    day: date | None = dated.stamp.day if dated else None
    return Broken(path, reason, day, dated.stamp.time if dated else "", tile_of(path))


def _without_broken(scenes: list[Scene], broken: Sequence[Broken]) -> list[Scene]:
    """Leave out the scenes that a broken file belongs to, complete or not: it may have been their mask."""
    return [scene for scene in scenes if not any(entry.matches(scene.day, scene.time, scene.tile) for entry in broken)]


def _refuse(findings: Findings) -> None:
    if findings.problems:
        raise SeriesError(" ".join(findings.problems))


def _nothing(paths: Sequence[str], rasters: Sequence[str], sensor: str, skipped: Sequence[str]) -> str:
    where = several(paths) if len(paths) < 4 else os.path.commonprefix([os.path.dirname(path) for path in paths])
    if skipped:
        return f"Every {SENSOR_NAMES[sensor]} acquisition in {where} is broken: {several(skipped)}; replace the files."
    name, other = SENSOR_NAMES[sensor], SENSOR_NAMES[_OTHER[sensor]]
    return (
        f"No {name} raster lies in {where}: of {count(len(rasters), 'raster')}, such as "
        f"{several(map(short_name, rasters), 2)}, none has its bands or name; choose the folder of the {name} files "
        f"(not {other}), named like {refusals.EXAMPLES[sensor]}."
    )
