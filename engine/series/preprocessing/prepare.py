"""Everything that can be decided about a season before computing: files, calendar, grid, units, warnings."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import Mapping, Sequence

from ....models.card import Card
from ....models.language import tr
from ...errors import GridError, SeriesError
from ...feedback import Feedback
from ...gdal_cache import bounded_cache
from ...memory_limits import check_memory
from ...options import SeriesOptions
from ..acquisition import S1, S2, SENSOR_NAMES, Series
from ..cube.acquisition_reader import halo
from ..cube.alignment import Placements
from ..files.describe import pixel_metres
from ..files.geometry import Geometry, read_geometries
from ..files.grid import Grid, Window
from ..files.kept_boxes import KeptBoxes
from ..inputs import Extent, SeriesInputs
from ..messages import count, several
from ..recognise.series import read_series
from ..recognise.stac_facts import gives
from .band_order import check_band_order, resolve_band_order
from .displaced import leave_out_displaced
from .fill_values import declare_fill_values
from .grid_and_season import FINEST, choose_grid, part_geometries, place_season
from .masking import resolve_masks
from .optical import check_physics, resolve_scaling
from .plausible import check_land
from .prepared import PreparedSeries, stamps_of
from .sampling import AcquisitionSample, Sampler, SeasonSample, leave_out, sample_series
from .sensor_findings import check_usable, quality_warnings, resolve_radar, warn_optical

__all__ = ["PreparedSeries", "prepare", "prepare_series"]


SAMPLING_CACHE = 64
"""Megabytes of GDAL's cache while samples are read: each block is used once."""


def prepare(
    inputs: SeriesInputs,
    card: Card,
    options: SeriesOptions,
    season_start: date | int | None = None,
    extent: Extent | None = None,
    feedback: Feedback | None = None,
) -> PreparedSeries:
    """Find and check the rasters of a season.

    Args:
        inputs: files and folders of both sensors.
        card: names the bands and the calendar.
        options: how files become a cube.
        season_start: first day of the season, or the year of its harvest; None chooses the year from the dates.
        extent: what to keep of the area.

    Raises:
        SeriesError: files cannot be read as acquisitions.
        GridError: sensors, extent and season do not meet.
        DeviceError: a limit of the system leaves too little memory to read.
    """
    feedback = feedback or Feedback()
    check_memory()
    found: dict[str, Series | None] = {S2: None, S1: None}
    notes: list[str] = []
    for sensor, given, bands in ((S2, inputs.s2, card.s2_bands), (S1, inputs.s1, card.s1_bands)):
        given_too = given or gives(options.file_list, sensor)
        if given_too and not card.takes(sensor):
            notes.append(
                tr("The checkpoint was made without {sensor_names}; its rasters are ignored.").format(
                    sensor_names=SENSOR_NAMES[sensor]
                )
            )
        elif given_too:
            found[sensor] = read_series(given, sensor, bands, card.substitutes, options, feedback, inputs.beside)
    if notes and found[S2] is None and found[S1] is None:
        wanted, there = (S2, S1) if card.takes(S2) else (S1, S2)
        raise SeriesError(
            tr(
                "The checkpoint '{card}' takes {sensor_names} alone, and only {sensor_names_2} rasters are "
                "given; choose {sensor_names} rasters or another checkpoint."
            ).format(card=card.title, sensor_names=SENSOR_NAMES[wanted], sensor_names_2=SENSOR_NAMES[there])
        )
    return prepare_series(found[S2], found[S1], card, options, season_start, extent, feedback, tuple(notes))


@bounded_cache(SAMPLING_CACHE)
def prepare_series(
    s2: Series | None,
    s1: Series | None,
    card: Card,
    options: SeriesOptions,
    season_start: date | int | None = None,
    extent: Extent | None = None,
    feedback: Feedback | None = None,
    notes: tuple[str, ...] = (),
) -> PreparedSeries:
    """Do the work of `prepare` on acquisitions that are already known; same arguments and errors."""
    feedback = feedback or Feedback()
    if s2 is None and s1 is None:
        raise SeriesError(tr("No raster series is given; choose Sentinel-2 or Sentinel-1 layers or folders."))
    given = {S2: s2, S1: s1}
    stamps = stamps_of(path for series in given.values() if series is not None for path in series.files())
    dates = {
        sensor: [found.date for found in series.acquisitions] if series else [] for sensor, series in given.items()
    }
    placed = place_season(card.season, dates[S2], dates[S1], season_start)
    notes = (*notes, placed.chosen)
    kept: dict[str, Series | None] = {}
    geometries: dict[str, Geometry] = {}
    for sensor, series in given.items():
        kept[sensor] = None
        if series is not None:
            inside = tuple(found for found in series.acquisitions if placed.step_of(found.date) is not None)
            outside = len(series.acquisitions) - len(inside)
            if outside:
                text = count(outside, f"{SENSOR_NAMES[sensor]} acquisition")
                notes = (
                    *notes,
                    tr("Not read, because outside the season: {text}.").format(text=text),
                )
            kept[sensor] = _with_geometry(replace(series, acquisitions=inside), geometries, options, feedback)
    kept = leave_out_displaced(kept, geometries, options, extent is not None)
    grid = choose_grid(kept[S2], kept[S1], geometries, options, extent)
    sample = SeasonSample()
    optical, radar = kept[S2], kept[S1]
    if optical is not None:
        # The same windows are read four times and decoded once.
        with closing(KeptBoxes(halo(options.cloud_margin, grid.pixel))) as pool:
            sampler = Sampler(grid, geometries, options, feedback, pool)
            optical = resolve_band_order(_on_grid(optical, grid, geometries), sampler)
            optical, samples = sample_series(resolve_masks(optical, sampler), sampler)
            if _open_and_hidden(optical, samples):
                check_usable(optical, None, SeasonSample(s2=samples), placed)
            settled = resolve_scaling(optical, samples, options)
            if settled.acquisitions != optical.acquisitions:
                settled, samples = sample_series(settled, sampler)
            settled, samples = check_physics(settled, samples, options)
            settled, samples = check_land(settled, samples, options)
            check_band_order(settled, samples, sampler)
        kept[S2], sample = warn_optical(settled), SeasonSample(s2=samples)
        notes = (*notes, *_pixels(settled, geometries, grid))
    if radar is not None:
        radar = _on_grid(radar, grid, geometries)
        with closing(KeptBoxes(0)) as pool:
            sampler = Sampler(grid, geometries, options, feedback, pool)
            radar, samples = sample_series(radar, sampler)
            filled = declare_fill_values(radar, samples)
            if filled is not radar:
                radar, samples = sample_series(filled, sampler)
        kept[S1], samples = resolve_radar(radar, samples, placed, options)
        sample = SeasonSample(sample.s2, samples)
    check_usable(kept[S2], kept[S1], sample, placed)
    warnings = quality_warnings(card, kept[S2], kept[S1], sample, placed, options)
    for series in (kept[S2], kept[S1]):
        if series is not None:
            notes, warnings = (*notes, *series.notes), (*series.warnings, *warnings)
    # Two series from one folder say the same of it.
    warnings = tuple(dict.fromkeys(warnings))
    for warning in warnings:
        feedback.warning(warning)
    return PreparedSeries(kept[S2], kept[S1], grid, placed, options, card, notes, warnings, geometries, sample, stamps)


def _pixels(series: Series, geometries: Mapping[str, Geometry], grid: Grid) -> list[str]:
    """Return a note on the pixel sizes of the dates where they are not those of Sentinel-2."""
    sizes = Counter(
        f"{min(pixel_metres(each) for part in found.parts for each in part_geometries(part, geometries)):.3g}"
        for found in series.acquisitions
    )
    if not set(sizes) - {f"{FINEST:g}"}:
        return []
    dates = [
        tr("{pixel} m ({dates})").format(pixel=pixel, dates=count(sizes[pixel], "date"))
        for pixel in sorted(sizes, key=float)
    ]
    text = tr("Pixels of Sentinel-2: {listed}; pixels of the output: {pixel:g} m.")
    return [text.format(listed=several(dates), pixel=round(grid.pixel, 3))]


def _open_and_hidden(series: Series, samples: Sequence[AcquisitionSample]) -> bool:
    """Return whether numbers must tell the scale of a series of which masks, or missing pixels, leave none."""
    is_open = any(part.scale_open for found in series.acquisitions for part in found.parts)
    return is_open and not any(each.valid.any() for each in samples)


def _with_geometry(
    series: Series, geometries: dict[str, Geometry], options: SeriesOptions, feedback: Feedback
) -> Series:
    """Read the headers of all files; leave out broken acquisitions where the options allow it."""
    paths = {id(found): _paths(found) for found in series.acquisitions}
    found, failed = read_geometries((path for group in paths.values() for path in group), feedback)
    geometries.update(found)
    if not failed:
        return series
    if not options.skip_broken:
        raise SeriesError(
            tr("{several}; replace these files or leave them out.").format(several=several(failed.values()))
        )
    kept = [one for one in series.acquisitions if not any(path in failed for path in paths[id(one)])]
    reasons = [f"{reason}." for reason in failed.values()]
    return leave_out(series, kept, reasons)


def _paths(acquisition) -> list[str]:
    parts = acquisition.parts
    masks = [mask.path for part in parts for mask in part.masks]
    return [source.path for part in parts for source in part.bands.values()] + masks


def _on_grid(series: Series, grid: Grid, geometries: Mapping[str, Geometry]) -> Series:
    """Leave out parts and acquisitions that do not touch the grid.

    Raises:
        GridError: none does.
    """
    placements, whole = Placements(grid), Window(0, 0, grid.height, grid.width)
    kept = []
    for acquisition in series.acquisitions:
        parts = tuple(
            part
            for part in acquisition.parts
            if all(placements.of(geometries[source.path]).touches(whole) for source in part.bands.values())
        )
        if parts:
            kept.append(replace(acquisition, parts=parts))
    dropped = len(series.acquisitions) - len(kept)
    name = SENSOR_NAMES[series.sensor]
    if not kept:
        raise GridError(
            tr("No {name} raster touches the extent; choose an extent inside the rasters.").format(name=name)
        )
    if dropped:
        text = count(dropped, f"{name} acquisition")
        note = tr("Not read, because outside the extent: {text}.").format(text=text)
        series = replace(series, notes=(*series.notes, note))
    return replace(series, acquisitions=tuple(kept))
