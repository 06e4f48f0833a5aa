"""PASTIS and PASTIS-R in their official layout, folds and scores (Garnot and Landrieu 2021, arXiv 2107.07933)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Iterable, Sequence

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
from .pastis_folder import PastisFolder, Patch
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

PIXEL = 10.0
SCALE = 1e-4
NODATA = -10_000
"""Reflectance of missing ground in MAJA's products."""


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


def _optical(
    folder: PastisFolder,
    patch: Patch,
    placed: PlacedSeason,
    shape: tuple[int, ...],
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
    folder: PastisFolder, patch: Patch, placed: PlacedSeason, shape: tuple[int, ...], bands: Sequence[str]
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
