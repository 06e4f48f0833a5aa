"""PASTIS and PASTIS-R in their official layout, folds and scores (Garnot and Landrieu 2021, arXiv 2107.07933)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Iterable, Mapping, Sequence

import numpy as np

from ....models.card import Season
from ....models.language import span, tr
from ...errors import SampleError
from ...feedback import Feedback
from ...options import SeriesOptions
from ...series.cube.cube import Cube
from ...series.cube.masks import LOWEST_DECIBEL, hidden_by_brightness, margin_pixels, optical_present
from ...series.messages import count, several
from ...series.season import PlacedSeason
from ..dataset import Dataset, LabelledCube, Split
from .pastis_legend import PASTIS, to_codes
from .store import WindowStore, bounded

S2_BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
S1_BANDS = ("VV", "VH")
FOLDS = (
    ((1, 2, 3), (4,), (5,)),
    ((2, 3, 4), (5,), (1,)),
    ((3, 4, 5), (1,), (2,)),
    ((4, 5, 1), (2,), (3,)),
    ((5, 1, 2), (3,), (4,)),
)
"""Folds to train on, to validate on and to test on, for each of the five runs of the official protocol."""

YEARS = (2018, 2019)
EPSG = 2154
PIXEL = 10.0
SCALE = 1e-4
NODATA = -10_000
"""Reflectance of missing ground in MAJA's products."""


@dataclass(frozen=True)
class Patch:
    """One entry of the metadata.

    Attributes:
        fold: 1 to 5.
        days: "S2", "S1A", "S1D" -> dates in the order of the arrays; a missing sensor is empty.
        place: west, south, east, north in metres (EPSG:2154), None where the metadata has no geometry.
    """

    number: int
    fold: int
    days: Mapping[str, tuple[date, ...]]
    place: tuple[float, float, float, float] | None


class PastisFolder:
    """A folder in the layout of PASTIS or PASTIS-R.

    Attributes:
        path: of the folder.
        patches: by number.
        radar: whether it holds Sentinel-1, as PASTIS-R does.
    """

    def __init__(self, path: str | Path) -> None:
        """Read the metadata and check that all files are there.

        Raises:
            SampleError: the metadata cannot be read or files are missing; the text names them.
        """
        self.path = Path(path)
        self.patches = _patches(self.path / "metadata.geojson")
        self.radar = all((self.path / f"DATA_{name}").is_dir() for name in ("S1A", "S1D"))
        sensors = ("S2", "S1A", "S1D") if self.radar else ("S2",)
        missing = [
            file.relative_to(self.path).as_posix()
            for number in self.patches
            for file in (
                *(self._series(name, number) for name in sensors),
                self._annotation("TARGET", number),
                self._annotation("ParcelIDs", number),
            )
            if not file.is_file()
        ]
        if missing:
            raise SampleError(
                tr("{path} is not a whole PASTIS folder: {missing} missing; unpack it again.").format(
                    path=self.path, missing=several(missing)
                )
            )

    def series(self, sensor: str, number: int) -> np.ndarray:
        """Return (T, bands, H, W) of "S2", "S1A" or "S1D", mapped into memory.

        Raises:
            SampleError: the file cannot be read or does not have the dates of the metadata.
        """
        path = self._series(sensor, number)
        array = _load(path, 4)
        days = self.patches[number].days[sensor]
        if len(array) != len(days):
            raise SampleError(
                tr("{path} holds {count_array} dates and the metadata {count_days}: get the file again.").format(
                    path=path, count_array=len(array), count_days=len(days)
                )
            )
        return array

    def target(self, number: int) -> np.ndarray:
        """Return (H, W) uint8 codes of PASTIS."""
        array = _load(self._annotation("TARGET", number), 3)[0]
        return np.asarray(array, np.uint8)

    def parcels(self, number: int) -> np.ndarray:
        """Return (H, W) int64 parcel numbers of one patch, 0 between parcels."""
        array = _load(self._annotation("ParcelIDs", number), None)
        return np.asarray(array[0] if array.ndim == 3 else array, np.int64)

    def season_start(self, season: Season) -> date:
        """Return the first day of the season of the year that holds most optical dates."""
        starts = [date(year, season.start_month, season.start_day) for year in YEARS]
        days = [day for patch in self.patches.values() for day in patch.days["S2"]]
        return max(starts, key=lambda start: sum(PlacedSeason(season, start).step_of(day) is not None for day in days))

    def _series(self, sensor: str, number: int) -> Path:
        return self.path / f"DATA_{sensor}" / f"{sensor}_{number}.npy"

    def _annotation(self, kind: str, number: int) -> Path:
        return self.path / "ANNOTATIONS" / f"{kind}_{number}.npy"


def read_pastis(
    folder: PastisFolder,
    season: Season,
    folds: Iterable[int] = (1, 2, 3, 4, 5),
    start: date | None = None,
    s2_bands: Sequence[str] = S2_BANDS,
    s1_bands: Sequence[str] = S1_BANDS,
    options: SeriesOptions | None = None,
    feedback: Feedback | None = None,
    cache: Path | None = None,
    licence: str = "",
) -> Dataset:
    """Read whole patches onto a season's calendar.

    Optical steps are the mean of the clear observations; PASTIS has no cloud masks, so clouds are found by brightness.
    Radar steps are the mean power over both orbits.

    Args:
        season, start: the calendar and its first day; None takes the year that the dates cover best.
        folds: of the patches to read.
        cache: folder for the patches where they are too many for memory.

    Returns:
        One window for each patch, `block` being its ID_PATCH, in the order of these numbers.

    Raises:
        SampleError: a file cannot be read, or there is no room for the patches.
    """
    options, feedback = options or SeriesOptions(), feedback or Feedback()
    wanted = set(folds)
    numbers = [number for number, patch in sorted(folder.patches.items()) if patch.fold in wanted]
    if not numbers:
        raise SampleError(
            tr("{path} has no patch of fold {wanted}: choose folds from 1 to 5.").format(
                path=folder.path, wanted=several(wanted)
            )
        )
    unknown = [band for band in (*s2_bands, *s1_bands) if band not in (*S2_BANDS, *S1_BANDS)]
    if unknown:
        raise SampleError(
            tr("PASTIS has no band {unknown}: choose from {value}.").format(
                unknown=several(unknown), value=", ".join((*S2_BANDS, *S1_BANDS))
            )
        )
    placed = PlacedSeason(season, start or folder.season_start(season))
    targets = [folder.target(number) for number in numbers]
    store = WindowStore([target.shape for target in targets], season.steps, len(s2_bands), len(s1_bands), cache)
    windows: list[LabelledCube] = []
    parcels_of: dict[int, int] = {}
    used = 0
    try:
        for done, (number, target) in enumerate(zip(numbers, targets)):
            feedback.check()
            patch = folder.patches[number]
            s2, s2_valid = _optical(folder, patch, placed, target.shape, s2_bands, options)
            s1, s1_valid = _radar(folder, patch, placed, target.shape, s1_bands)
            cube = store.keep(bounded(Cube(s2, s2_valid, s1, s1_valid)), target.shape)
            labels = to_codes(target)
            parcels = np.where(labels > 0, folder.parcels(number), 0)
            held, place = np.unique(parcels, return_inverse=True)
            parcels = (place.reshape(parcels.shape) + (used + (held[0] > 0))) * (parcels > 0)
            for position, parcel in enumerate(held[held > 0], start=used + 1):
                code = int(labels[parcels == position][0])
                parcels_of[code] = parcels_of.get(code, 0) + (parcel > 0)
            used += int((held > 0).sum())
            windows.append(LabelledCube(cube, labels, parcels.astype(np.int32), number, patch.place))
            feedback.progress((done + 1) / len(numbers))
        store.flush()
    except BaseException:
        store.discard()
        raise
    seen = {code for window in windows for code in np.unique(window.labels).tolist()}
    return Dataset(
        windows=tuple(windows),
        classes=PASTIS,
        season=season,
        s2_bands=tuple(s2_bands),
        s1_bands=tuple(s1_bands),
        counts={code: int(parcels_of.get(code, 0)) for code in sorted(seen - {0})},
        description=tr("{patches} of {name}, folds {folds}, {days}.").format(
            patches=count(len(windows), "patch", "patches"),
            name="PASTIS-R" if folder.radar else "PASTIS",
            folds=", ".join(map(str, sorted(wanted))),
            days=span(placed.start, placed.step_bounds(season.steps - 1)[1]),
        ),
        licence=licence,
    )


def official_split(folder: PastisFolder, run: int) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Return the patches to train on, to validate on and to test on in one run (1 to 5) of the official protocol."""
    if not 1 <= run <= len(FOLDS):
        raise SampleError(
            tr("PASTIS has no run {run}: choose from 1 to {count_folds}.").format(run=run, count_folds=len(FOLDS))
        )
    train, validation, test = (
        tuple(number for number, patch in sorted(folder.patches.items()) if patch.fold in folds)
        for folds in FOLDS[run - 1]
    )
    return train, validation, test


def split_official(dataset: Dataset, folder: PastisFolder, run: int) -> Split:
    """Part what `read_pastis` returned as one run of the official protocol does."""
    parts = (set(numbers) for numbers in official_split(folder, run))
    train, validation, test = (tuple(w for w in dataset.windows if w.block in part) for part in parts)
    return Split(train, validation, test)


def _patches(path: Path) -> dict[int, Patch]:
    try:
        metadata = json.loads(path.read_text(encoding="utf-8"))
        patches = [_patch(feature) for feature in metadata["features"]]
    except OSError as error:
        raise SampleError(
            tr("{path} cannot be read ({error}): choose a PASTIS folder.").format(path=path, error=error)
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise SampleError(
            tr("{path} is not the metadata of PASTIS ({error}): get the file again.").format(path=path, error=error)
        ) from error
    crs = str(((metadata.get("crs") or {}).get("properties") or {}).get("name", EPSG))
    if not crs.endswith(str(EPSG)):
        raise SampleError(
            tr("{path} is in {crs} and not in EPSG:{epsg}: use the official file.").format(
                path=path, crs=crs, epsg=EPSG
            )
        )
    if not patches:
        raise SampleError(tr("{path} names no patch: get the file again.").format(path=path))
    return {patch.number: patch for patch in sorted(patches, key=lambda patch: patch.number)}


def _patch(feature: Mapping[str, Any]) -> Patch:
    values = feature["properties"]
    days = {name: _days(values.get(f"dates-{name}") or {}) for name in ("S2", "S1A", "S1D")}
    corners = np.array(list(_corners((feature.get("geometry") or {}).get("coordinates") or ())), float).reshape(-1, 2)
    place = None
    if len(corners):
        (west, south), (east, north) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        place = (west, south, east, north)
    return Patch(int(values["ID_PATCH"]), int(values["Fold"]), days, place)


def _days(dates: Mapping[str, Any]) -> tuple[date, ...]:
    """Dates as yyyymmdd by their position, which is a text."""
    ordered = sorted(dates.items(), key=lambda entry: int(entry[0]))
    return tuple(datetime.strptime(str(int(day)), "%Y%m%d").date() for _, day in ordered)


def _corners(coordinates: Sequence[Any]) -> Iterable[tuple[float, float]]:
    if len(coordinates) and not isinstance(coordinates[0], (list, tuple)):
        yield coordinates[0], coordinates[1]
        return
    for part in coordinates:
        yield from _corners(part)


def _load(path: Path, dimensions: int | None) -> np.ndarray:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise SampleError(
            tr("{path} cannot be read ({error}): get the file again.").format(path=path, error=error)
        ) from error
    if dimensions is not None and array.ndim != dimensions:
        raise SampleError(
            tr("{path} has {ndim} dimensions and not {dimensions}: get the file again.").format(
                path=path, ndim=array.ndim, dimensions=dimensions
            )
        )
    return array


def _optical(
    folder: PastisFolder,
    patch: Patch,
    placed: PlacedSeason,
    shape: tuple[int, int],
    bands: Sequence[str],
    options: SeriesOptions,
) -> tuple[np.ndarray, np.ndarray]:
    """Mean reflectance of the clear observations of each step."""
    steps, margin = placed.season.steps, margin_pixels(options.cloud_margin, PIXEL)
    total, looks = np.zeros((steps, len(bands), *shape), np.float32), np.zeros((steps, *shape), np.float32)
    picked = [S2_BANDS.index(band) for band in bands]
    if bands:
        values = folder.series("S2", patch.number)
        for index, day in enumerate(patch.days["S2"]):
            step = placed.step_of(day)
            if step is None:
                continue
            stored = np.asarray(values[index])
            clear = optical_present(stored, [NODATA] * len(stored))
            blue, red = (np.where(clear, stored[position], 0) * np.float32(SCALE) for position in (0, 2))
            clear &= ~hidden_by_brightness(blue, red, margin)
            total[step] += np.where(clear, stored[picked], 0) * np.float32(SCALE)
            looks[step] += clear
    total /= np.maximum(looks, 1)[:, None]
    return total, looks > 0


def _radar(
    folder: PastisFolder, patch: Patch, placed: PlacedSeason, shape: tuple[int, int], bands: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Mean power of each step over the observations of both orbits, in dB."""
    steps = placed.season.steps
    total, looks = np.zeros((steps, len(bands), *shape), np.float32), np.zeros((steps, *shape), np.float32)
    picked = [S1_BANDS.index(band) for band in bands]
    for orbit in ("S1A", "S1D") if bands and folder.radar else ():
        values = folder.series(orbit, patch.number)
        for index, day in enumerate(patch.days[orbit]):
            step = placed.step_of(day)
            if step is None:
                continue
            decibel = np.asarray(values[index], np.float32)[picked]
            present = (np.isfinite(decibel) & (decibel > LOWEST_DECIBEL)).all(axis=0)
            total[step] += np.power(np.float32(10), np.where(present, decibel, 0) / 10) * present
            looks[step] += present
    seen = looks > 0
    total /= np.maximum(looks, 1)[:, None]
    decibels = 10 * np.log10(np.where(seen[:, None], np.maximum(total, 1e-6), 1))
    return decibels, seen
