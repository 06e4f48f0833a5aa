"""Where and when: the grid of the output, and the year that a season is placed on."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date
from typing import Mapping, Sequence

from ....models.card import Season
from ....models.known import known
from ....models.language import day_and_month, listed, span, tr
from ...errors import GridError
from ...options import SeriesOptions
from ..acquisition import S1, S2, SENSOR_NAMES, Part, Series
from ..files.geometry import (
    Bounds,
    Geometry,
    crs_name,
    describe_bounds,
    intersect,
    is_metric,
    same_crs,
    transform_bounds,
    union,
    utm_zone,
)
from ..files.grid import Grid
from ..inputs import Extent
from ..season import PlacedSeason, start_in, start_of_harvest

FINEST = 10.0
"""Metres a pixel of the output where Sentinel-2 does not say otherwise."""

ODD = 0.05
"""Share by which pixel sizes differ that only reprojection by hand makes different."""

START_SLACK = 15
"""Days by which a given season start may miss the calendar of the checkpoint."""

FIRST_YEAR, LAST_YEAR = 2000, 2100
"""Years that a season may start in."""

SNAP = 1e-6
"""Pixels by which an edge may miss the lattice and still lie on it."""


def choose_grid(
    s2: Series | None,
    s1: Series | None,
    geometries: Mapping[str, Geometry],
    options: SeriesOptions,
    extent: Extent | None = None,
) -> Grid:
    """Choose the grid of the output.

    The finest Sentinel-2 lattice in the CRS of most Sentinel-2 parts (below 10 m that of most), over all of them;
    without Sentinel-2, 10 m in the CRS of Sentinel-1. A CRS that is not in metres gives way to the UTM zone of the
    centre.

    Args:
        s2, s1: acquisitions of the season; at least one sensor.
        geometries: of every file.
        options: `resolution` overrides the pixel size.
        extent: what to keep of it, in any CRS.

    Raises:
        GridError: the extent misses the data, or the sensors miss each other.
    """
    leading = s2 or s1
    if leading is None:
        raise GridError(tr("There is no acquisition to take a grid from; give Sentinel-2 or Sentinel-1 rasters."))
    files = [geometry for part in _parts(leading) for geometry in part_geometries(part, geometries)]
    crs = _common_crs(files)
    boxes = sorted({(geometry.bounds, geometry.crs) for geometry in files})
    if is_metric(crs):
        native = [geometry for geometry in files if same_crs(geometry.crs, crs) and geometry.north_up] or files
        allowed = {id(geometry) for geometry in native}
        own = [[each for each in part_geometries(part, geometries) if id(each) in allowed] for part in _parts(leading)]
        finest = _leading_pixel([min(each.pixel for each in files) for files in own if files])
        pixel = options.resolution or (_tidy(finest) if leading is s2 else FINEST)
        origins = Counter(
            (round(geometry.geotransform[0] % pixel, 6) % pixel, round(geometry.geotransform[3] % pixel, 6) % pixel)
            for geometry in native
            if finest * 0.999 < geometry.pixel < finest * 1.001
        )
        origin = min(origins, key=lambda found: (-origins[found], found))
    else:
        crs = utm_zone(union(transform_bounds(box, own, crs) for box, own in boxes), crs)
        pixel, origin = options.resolution or FINEST, (0.0, 0.0)
    covered = {S2: _covered(s2, geometries, crs), S1: _covered(s1, geometries, crs)}
    bounds = known(covered[leading.sensor])
    _check_overlap(covered, crs)
    if extent is not None:
        bounds = _cut(bounds, extent, crs, leading.sensor)
    grid = _snapped(crs, bounds, pixel, origin)
    _check_sensors(covered, grid, extent is not None)
    return grid


def _leading_pixel(pixels: Sequence[float]) -> float:
    """Return the finest pixel size of the parts: below `FINEST`, or odd by a little, only where most have it."""
    counts = Counter(pixels)
    usual = min(counts, key=lambda pixel: (-counts[pixel], pixel))
    least = min(pixel for pixel in pixels if pixel > min(usual, FINEST) * (1 - ODD))
    alike = [pixel for pixel in counts if least <= pixel < least * (1 + ODD)]
    return min(alike, key=lambda pixel: (-counts[pixel], pixel))


def part_geometries(part: Part, geometries: Mapping[str, Geometry]) -> list[Geometry]:
    """Return the geometry of each file of a part's bands."""
    return [geometries[path] for path in dict.fromkeys(source.path for source in part.bands.values())]


def place_season(
    season: Season, dates_s2: Sequence[date], dates_s1: Sequence[date], season_start: date | int | None = None
) -> PlacedSeason:
    """Place a season on a year.

    Without a start date it is the year that gives most steps a Sentinel-2 acquisition, then most steps a Sentinel-1
    acquisition, then holds most dates, then the earliest.

    Args:
        season: the checkpoint's calendar.
        dates_s2, dates_s1: acquisition dates, in any order; one may be empty.
        season_start: first day of the first step, or the year of the harvest, if the analyst chose it.

    Raises:
        GridError: a sensor has no date in the season.
    """
    s2, s1 = sorted(set(dates_s2)), sorted(set(dates_s1))
    if not s2 and not s1:
        raise GridError(
            tr("There is no acquisition date to place the season on; give Sentinel-2 or Sentinel-1 rasters.")
        )
    if isinstance(season_start, int):
        if not FIRST_YEAR < season_start <= LAST_YEAR:
            raise GridError(
                tr(
                    "The harvest of {season_start} lies outside the years {first_year} to {last_year}; give another."
                ).format(season_start=season_start, first_year=FIRST_YEAR + 1, last_year=LAST_YEAR)
            )
        placed = PlacedSeason(season, start_of_harvest(season, season_start))
        reason = tr("is that of the harvest of {season_start}; it").format(season_start=season_start)
    elif season_start is not None:
        check_start(season, season_start)
        placed, reason = PlacedSeason(season, season_start), tr("starts on the given day; it")
    else:
        years = range(min(s2 + s1).year - 2, max(s2 + s1).year + 2)
        candidates = [PlacedSeason(season, start_in(season, year)) for year in years]
        placed = max(candidates, key=lambda found: (*_score(found, s2, s1), -found.start.toordinal()))
        reason = tr("was chosen because it")
    last = placed.step_bounds(season.steps - 1)[1]
    days, counts, missing = span(placed.start, last), [], []
    for sensor, dates in ((S2, s2), (S1, s1)):
        inside = sum(placed.step_of(day) is not None for day in dates)
        if dates:
            name = SENSOR_NAMES[sensor]
            counts.append(tr("{some} of {whole} {sensor}").format(some=inside, whole=len(dates), sensor=name))
        if dates and not inside:
            missing.append(f"{SENSOR_NAMES[sensor]} ({span(dates[0], dates[-1])})")
    if missing:
        sentence = tr("The season {span} contains no date of {missing}; choose another season start or other rasters.")
        raise GridError(sentence.format(span=days, missing=listed(missing)))
    chosen = tr("The season {span} {reason} holds {counts} dates.")
    return PlacedSeason(season, placed.start, chosen.format(span=days, reason=reason, counts=listed(counts)))


def check_start(season: Season, start: date) -> None:
    """Refuse a first day that is not where the calendar of the checkpoint begins.

    Raises:
        GridError: names the right day.
    """
    years = [year for year in (start.year - 1, start.year, start.year + 1) if FIRST_YEAR <= year <= LAST_YEAR]
    right = min((start_in(season, year) for year in years), key=lambda day: abs(day - start), default=None)
    if right is None:
        raise GridError(
            tr("The season start {start} lies outside the years {first_year} to {last_year}; give another.").format(
                start=start.isoformat(), first_year=FIRST_YEAR, last_year=LAST_YEAR
            )
        )
    away = abs((right - start).days)
    if away > START_SLACK:
        harvests = []
        for day in (start_in(season, year) for year in years):
            last = PlacedSeason(season, day).step_bounds(season.steps - 1)[1]
            if day <= start <= last or day == right:
                harvests.append(tr("{day} for the harvest of {year}").format(day=day.isoformat(), year=last.year))
        raise GridError(
            tr(
                "The season start {start} is {away} days from where the calendar of the checkpoint begins "
                "({right}); give {harvests}, or leave it empty."
            ).format(
                start=start.isoformat(),
                away=away,
                right=day_and_month(right.day, right.month),
                harvests=listed([*dict.fromkeys(harvests)], " or "),
            )
        )


def _score(placed: PlacedSeason, s2: Sequence[date], s1: Sequence[date]) -> tuple[int, int, int]:
    steps = [[placed.step_of(day) for day in dates] for dates in (s2, s1)]
    inside = [[step for step in found if step is not None] for found in steps]
    return len(set(inside[0])), len(set(inside[1])), len(inside[0]) + len(inside[1])


def _parts(series: Series) -> list[Part]:
    return [part for acquisition in series.acquisitions for part in acquisition.parts]


def _common_crs(files: Sequence[Geometry]) -> str:
    """Return the CRS of most files; of equals, the one whose name sorts first."""
    counts = Counter(geometry.crs for geometry in files)
    groups: list[tuple[str, int]] = []
    for crs in sorted(counts, key=lambda found: (crs_name(found), found)):
        for index, (other, count) in enumerate(groups):
            if same_crs(other, crs):
                groups[index] = (other, count + counts[crs])
                break
        else:
            groups.append((crs, counts[crs]))
    return max(groups, key=lambda group: group[1])[0]


def _covered(series: Series | None, geometries: Mapping[str, Geometry], crs: str) -> Bounds | None:
    if series is None:
        return None
    boxes = {
        (geometry.bounds, geometry.crs) for part in _parts(series) for geometry in part_geometries(part, geometries)
    }
    return union(transform_bounds(box, own, crs) for box, own in sorted(boxes))


def _cut(bounds: Bounds, extent: Extent, crs: str, sensor: str) -> Bounds:
    west, south, east, north = transform_bounds(bounds, crs, extent.crs_wkt)
    left, bottom, right, top = extent.bounds
    if left <= west and bottom <= south and east <= right and north <= top:
        # A continent cannot be expressed in the CRS of a county, nor need it be.
        return bounds
    wanted = transform_bounds(extent.bounds, extent.crs_wkt, crs)
    shared = intersect(bounds, wanted)
    if shared is None:
        raise GridError(
            tr(
                "The extent ({wanted}) does not overlap {sensor_names} ({bounds}, {crs}); choose an extent "
                "inside the rasters."
            ).format(
                wanted=describe_bounds(wanted),
                sensor_names=SENSOR_NAMES[sensor],
                bounds=describe_bounds(bounds),
                crs=crs_name(crs),
            )
        )
    return shared


def _check_overlap(covered: Mapping[str, Bounds | None], crs: str) -> None:
    optical, radar = covered[S2], covered[S1]
    if optical is not None and radar is not None and intersect(optical, radar) is None:
        raise GridError(
            tr(
                "Sentinel-2 ({optical}) and Sentinel-1 ({radar}) do not overlap ({crs}); choose rasters of one area."
            ).format(optical=describe_bounds(optical), radar=describe_bounds(radar), crs=crs_name(crs))
        )


def _check_sensors(covered: Mapping[str, Bounds | None], grid: Grid, cut: bool) -> None:
    for sensor, bounds in covered.items():
        if bounds is not None and intersect(bounds, grid.bounds) is None:
            raise GridError(
                tr(
                    "{sensor_names} ({bounds}) does not overlap {whole} ({bounds_2}, {crs}); choose an extent "
                    "inside the rasters or leave that sensor out."
                ).format(
                    sensor_names=SENSOR_NAMES[sensor],
                    bounds=describe_bounds(bounds),
                    whole=tr("the extent") if cut else tr("the grid"),
                    bounds_2=describe_bounds(grid.bounds),
                    crs=crs_name(grid.crs),
                )
            )


def _snapped(crs: str, bounds: Bounds, pixel: float, origin: tuple[float, float]) -> Grid:
    west, south, east, north = bounds
    left = math.floor((west - origin[0]) / pixel + SNAP)
    right = math.ceil((east - origin[0]) / pixel - SNAP)
    bottom = math.floor((south - origin[1]) / pixel + SNAP)
    top = math.ceil((north - origin[1]) / pixel - SNAP)
    width, height = max(right - left, 1), max(top - bottom, 1)
    return Grid(crs, origin[0] + left * pixel, origin[1] + top * pixel, pixel, width, height)


def _tidy(pixel: float) -> float:
    """Return a pixel size without the dust of its file: 10.000000001 is 10."""
    return float(round(pixel)) if abs(pixel - round(pixel)) < 1e-6 * pixel else pixel
