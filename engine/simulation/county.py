"""A simulated county on disk: rasters, parcels and truth in one folder."""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ...models.language import tr
from ..errors import OutputError
from ..feedback import Feedback
from ..writing.dates import fixed_dates
from ..writing.partials import mark, remove_abandoned
from ..writing.place import unwritable
from .files import place_of, write_optical, write_parcels, write_radar, write_truth
from .options import CountyOptions
from .passes import clock, pass_name
from .region import legend_of
from .scene import Scene

__all__ = ["CountyOptions", "CountySummary", "simulate_county"]

NAMES = ("sentinel2", "sentinel1", "parcels.gpkg", "truth.tif")
SIDECAR = "truth.tif.aux.xml"
"""Names of the classes: GeoTIFF keeps them beside the file."""


@dataclass(frozen=True)
class CountySummary:
    """What was written.

    Attributes:
        folder, s2_folder, s1_folder, parcels, truth: paths.
        parcel_count, s2_dates, s1_dates: numbers.
    """

    folder: Path
    s2_folder: Path
    s1_folder: Path
    parcels: Path
    truth: Path
    parcel_count: int
    s2_dates: int
    s1_dates: int


def simulate_county(
    folder: str | os.PathLike[str], options: CountyOptions, feedback: Feedback | None = None
) -> CountySummary:
    """Simulate a county and write it.

    Acquisitions run from 10 September before to 15 October of the harvest year. Nothing appears in the folder until all
    is written.

    Args:
        folder: gets "sentinel2", "sentinel1", "parcels.gpkg" and "truth.tif"; must hold none of them yet.

    Raises:
        CropAttentionError: an option is out of range.
        OutputError: the folder already holds a county or cannot be written.
    """
    options.check()
    feedback = feedback or Feedback()
    place = Path(os.path.abspath(folder))
    taken = [name for name in (*NAMES, SIDECAR) if (place / name).exists()]
    if taken:
        raise OutputError(
            tr("The folder {place} already holds {taken}: choose an empty folder.").format(
                place=place, taken=", ".join(taken)
            )
        )
    made = not place.exists()
    whole, partial = False, place / f".county{mark('partial')}"
    try:
        place.mkdir(parents=True, exist_ok=True)
        remove_abandoned(place)
        partial.mkdir()
        with fixed_dates(_created(options)):
            counts = _write(partial, options, feedback)
        for name in (SIDECAR, *NAMES):
            os.replace(partial / name, place / name)
        whole = True
    except (OSError, RuntimeError) as error:
        raise unwritable(place, error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if not whole:
            _remove(place, made)
    s2_folder, s1_folder, parcels, truth = (place / name for name in NAMES)
    return CountySummary(place, s2_folder, s1_folder, parcels, truth, *counts)


def _write(folder: Path, options: CountyOptions, feedback: Feedback) -> tuple[int, int, int]:
    """Write everything below a folder; return the numbers of parcels, Sentinel-2 and Sentinel-1 dates."""
    s2, s1 = folder / NAMES[0], folder / NAMES[1]
    s2.mkdir()
    s1.mkdir()
    feedback.info(tr("Drawing the land, its crops and its weather."))
    year = options.season_year
    scene = Scene(options, year, date(year - 1, 9, 10), date(year, 10, 15), options.s2_dates, options.s1_dates)
    total = len(scene.s2_days) + len(scene.s1_days)
    place, legend = place_of(options.scenario), legend_of(options.scenario)
    parcels = write_parcels(folder / NAMES[2], scene.land, legend, place)
    write_truth(folder / NAMES[3], scene.land.truth(), legend, place)
    done = 0.15
    for index, day in enumerate(scene.s2_days):
        feedback.check()
        time = clock("S2", 0, place.hours_east)
        image = scene.optical(index, scene.sky(index))
        path = s2 / f"S2_L2A_{place.tile}_{day:%Y%m%d}T{time}.tif"
        write_optical(path, image.reflectance, image.scl, _stamp(day, time), place)
        feedback.progress(done + 0.85 * (index + 1) / total)
    for index, day in enumerate(scene.s1_days):
        feedback.check()
        track = int(scene.track_of[index])
        time = clock("S1", track, place.hours_east)
        power = scene.radar_power(index) * 10.0 ** (scene.track_bias[track] / 10.0)
        path = s1 / f"S1_GRD_{pass_name(track)}_{day:%Y%m%d}T{time}_VV_VH.tif"
        write_radar(path, power, _stamp(day, time), place)
        feedback.progress(done + 0.85 * (len(scene.s2_days) + index + 1) / total)
    return parcels, len(scene.s2_days), len(scene.s1_days)


def _created(options: CountyOptions) -> str:
    """Return the time that the GeoPackage carries, so that the same options give the same bytes."""
    return f"{options.season_year}-10-16T00:00:00+00:00"


def _stamp(day: date, time: str) -> str:
    return f"{day:%Y:%m:%d} {time[:2]}:{time[2:4]}:{time[4:]}"


def _remove(place: Path, made: bool) -> None:
    """Remove what was put in place, and the folder where it was made for this county."""
    for path in (place / name for name in (SIDECAR, *NAMES)):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.is_file():
            path.unlink()
    if made:
        with contextlib.suppress(OSError):
            place.rmdir()
