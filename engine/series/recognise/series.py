"""From the files of one sensor to its dated acquisitions, or one error that names every culprit."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from typing import Mapping, Sequence

from ....models.language import span, tr
from ...errors import SeriesError
from ...feedback import Feedback
from ...options import SeriesOptions
from ...safety.sources import folders_of
from ..acquisition import S1, S2, SENSOR_NAMES, Series
from ..files.catalogue import Sidecars, is_catalogue
from ..files.describe import RasterFacts, Unreadable, describe
from ..files.discover import find_rasters
from ..files.listing import Listed
from ..files.product import Products
from ..messages import count, labels, several, short_name
from . import optical_parts, refusals, sentinel1, sentinel2
from .bands import described, masks_beside, polarisations_in, s1_bands_in, s2_bands_in
from .date_stamps import DateProblem, DayFirst
from .dates import style_of
from .dating import date_of_path
from .distributors.known import Distributors, own_records
from .distributors.record import OTHER
from .file_list import applied, rows_of
from .images import BandImage, Broken, Findings
from .masking import DATA_MASK
from .names import components, sensor_of, tile_of
from .scenes import Scene, duplicates_text, group
from .stac_facts import absent_text, believed, catalogues_in

_OTHER = {S1: S2, S2: S1}


def read_series(
    paths: Sequence[str],
    sensor: str,
    bands: Sequence[str],
    substitutes: Mapping[str, str],
    options: SeriesOptions,
    feedback: Feedback,
    beside: Sequence[str] = (),
) -> Series:
    """Read names and headers of one sensor's files; each file is opened once and no pixel is interpreted.

    Args:
        paths: files, folders, .SAFE products and zips in any order; files of the other sensor are passed over.
        sensor: "S1" or "S2".
        bands: what every acquisition must give, in the order of the checkpoint.
        substitutes: missing band -> the band that may stand in for it.
        beside: folders and STAC items that tell of the files; nothing more is read from them.

    Raises:
        SeriesError: nothing of the sensor is there, or files are broken, undated, contradictory, double or incomplete;
            the text names every culprit.
    """
    findings = Findings()
    aside: list[str] = []
    rows = []
    if is_catalogue(options.file_list):
        paths = [*paths, options.file_list]
    else:
        rows = rows_of(options.file_list, sensor)
    catalogues = catalogues_in(paths)
    listed = {row.path for row in rows}
    rasters = [
        path for path in (find_rasters(paths, aside, feedback) if paths or not rows else []) if path not in listed
    ]
    reading = _Reading(
        sensor,
        options,
        findings,
        Distributors(own_records((options.records,) if options.records else ())),
        [*rasters, *listed],
        folders_of([*paths, *listed], filter(None, options.allow_folder.split(";"))),
        Sidecars([*catalogues.values(), *catalogues_in(beside).values()], [*paths, *beside]),
    )
    lost = [absent_text(catalogue, short_name(path), sensor, bands) for path, catalogue in catalogues.items()]
    findings.warnings.extend(filter(None, lost))
    for path in rasters:
        feedback.check()
        reading.file(path, None)
    for row in rows:
        feedback.check()
        reading.file(row.path, row)
    images, broken = reading.images, reading.broken
    findings.sorted_out.setdefault("aside", []).extend(aside)
    days = {image.day for image in images if image.meaning is None}
    refusals.report_files(sensor, options, findings, days)
    refusals.report_broken(broken, options, findings)
    _refuse(findings)
    scenes = group(images, findings)
    skipped = [refusals.skipped_text(entry) for entry in broken]
    scenes = _without_broken(scenes, broken)
    double = duplicates_text(scenes)
    if double:
        findings.problems.append(double)
    if sensor == S2:
        found = optical_parts.acquisitions(scenes, bands, substitutes, options, findings)
    else:
        found = sentinel1.acquisitions(scenes, bands, findings)
    refusals.report_scales(findings)
    whole = [each.date.isoformat() for each in found]
    refusals.report_unnamed(findings, bool(found) and not findings.problems, whole)
    _refuse(findings)
    if not found:
        raise SeriesError(_nothing(paths, rasters, sensor, skipped))
    summary = tr("{acquisitions} from {days} in {files}.").format(
        acquisitions=count(len(found), f"{SENSOR_NAMES[sensor]} acquisition"),
        days=span(found[0].date, found[-1].date),
        files=count(len({image.facts.path for image in images}), "file"),
    )
    return Series(
        sensor=sensor,
        acquisitions=tuple(found),
        bands=tuple(bands),
        notes=(summary, *findings.notes),
        warnings=tuple(findings.warnings),
        skipped=tuple(skipped),
    )


def holds(facts: RasterFacts, sensor: str, recognised: bool = False) -> bool:
    """Return whether a file may hold a sensor's bands: by descriptions, names, folders or the number of bands."""
    # Both sensors may bring the mask of Sentinel Hub.
    texts = [band.description for band in facts.bands if s2_bands_in(band.description) != [DATA_MASK]]
    named = {S1: any(described(texts, s1_bands_in)), S2: any(described(texts, s2_bands_in))}
    if any(named.values()):
        return named[sensor]
    if recognised:
        return True
    own = sensor_of(components(facts.path)[0])
    if own:
        return own == sensor
    stem = components(facts.path)[0]
    found = {S1: len(polarisations_in(stem)), S2: len(s2_bands_in(stem))}
    fitting = [name for name, number in found.items() if number == len(facts.bands)]
    if not fitting and found[S1] and not found[S2]:
        fitting = [S1]
    if len(fitting) == 1:
        return fitting[0] == sensor
    above = sensor_of(facts.path)
    if above:
        return above == sensor
    if len(facts.bands) >= 4:
        return sensor == S2
    return not (len(facts.bands) == 2 and not facts.bands[0].integer) or sensor == S1


class _Reading:
    """Reads one file after the other into images, broken files and findings."""

    def __init__(
        self,
        sensor: str,
        options: SeriesOptions,
        findings: Findings,
        records: Distributors,
        paths: Sequence[str],
        allowed: Sequence[str] = (),
        sidecars: Sidecars | None = None,
    ) -> None:
        self._sensor, self._options, self._findings, self._records = sensor, options, findings, records
        self._sidecars = sidecars or Sidecars()
        self._products, self._labels, self._allowed = Products(), labels(paths), tuple(allowed)
        self._style = style_of(name for path in paths for name in components(path)[:2])
        self._masks = masks_beside([os.path.splitext(path)[0] for path in paths])
        self.images: list[BandImage] = []
        self.broken: list[Broken] = []

    def file(self, path: str, row: Listed | None) -> None:
        """Read one file, or what a row of the analyst's list says of it."""
        sensor, label = self._sensor, self._labels[path]
        if row is None and os.path.splitext(path)[0] in self._masks:
            self._findings.sort_out("unnamed", label)
            return
        known = self._records.of(path, sensor)
        if row is None and known is not None and (known.skipped or known.record.sensor != sensor):
            if known.record.sensor == OTHER:
                self._findings.sort_out(f"other:{known.record.title}", label)
            elif known.skipped and known.record.sensor == sensor:
                self._findings.sort_out("aside", label)
            return
        told = self._sidecars.of(path) if row is None else None
        if told is not None and (told.aside or told.sensor not in ("", sensor)):
            if told.aside:
                self._findings.sort_out("aside", label)
            return
        ours = known is not None or (told is not None and bool(told.sensor))
        if row is None and not ours and sensor_of(components(path)[0]) not in ("", sensor):
            return
        try:
            facts = replace(describe(path, self._products, self._allowed), label=label)
        except Unreadable as error:
            if ours or row is not None or sensor_of(path) in ("", sensor):
                if error.broken:
                    self.broken.append(self._broken(path, str(error), label))
                else:
                    self._findings.sort_out("elsewhere" if error.elsewhere else "unplaced", f"{label} ({error})")
            return
        if facts.own_output:
            self._findings.sort_out("own", label)
            return
        if row is not None:
            facts = applied(facts, row)
        else:
            if told is not None:
                facts = believed(facts, told, sensor, known is not None)
            if not holds(facts, sensor, ours):
                return
        try:
            if sensor == S2:
                self.images += sentinel2.images_of(facts, self._options, self._findings, known, self._style)
            else:
                self.images += sentinel1.images_of(facts, self._findings, known, self._style)
        except DayFirst as error:
            self._findings.sort_out("day first", f"{facts.name} {error}")
        except DateProblem as error:
            self._findings.sort_out("dates", f"{facts.name} {error}")

    def _broken(self, path: str, reason: str, label: str) -> Broken:
        try:
            dated = date_of_path(path, self._style, self._records.of(path, self._sensor))
        except DateProblem:
            dated = None
        day: date | None = dated.stamp.day if dated else None
        return Broken(path, reason, day, dated.stamp.time if dated else "", tile_of(path), label)


def _without_broken(scenes: list[Scene], broken: Sequence[Broken]) -> list[Scene]:
    """Leave out the scenes that a broken file belongs to, complete or not: it may have been their mask."""
    return [scene for scene in scenes if not any(entry.matches(scene.day, scene.time, scene.tile) for entry in broken)]


def _refuse(findings: Findings) -> None:
    if findings.problems:
        raise SeriesError(" ".join(findings.problems))


def _nothing(paths: Sequence[str], rasters: Sequence[str], sensor: str, skipped: Sequence[str]) -> str:
    where = several(paths) if len(paths) < 4 else os.path.commonprefix([os.path.dirname(path) for path in paths])
    if skipped:
        return tr("Every {sensor_names} acquisition in {where} is broken: {skipped}; replace the files.").format(
            sensor_names=SENSOR_NAMES[sensor], where=where, skipped=several(skipped)
        )
    name, other = SENSOR_NAMES[sensor], SENSOR_NAMES[_OTHER[sensor]]
    return tr(
        "No {name} raster lies in {where}: of {count}, such as {several}, none has its bands or name; "
        "choose the folder of the {name} files (not {other}), named like {examples}."
    ).format(
        name=name,
        where=where,
        count=count(len(rasters), "raster"),
        several=several(map(short_name, rasters), 2),
        other=other,
        examples=refusals.EXAMPLES[sensor],
    )
