"""A simulated county straight onto a season's calendar, for training."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from scipy.ndimage import maximum_filter

from ...engine.options import SeriesOptions
from ...engine.series.cube.cube import Cube
from ...engine.series.season import PlacedSeason
from ...engine.simulation.chance import stream
from ...engine.simulation.options import CountyOptions
from ...engine.simulation.scene import Scene
from ...engine.simulation.spectra import BANDS
from ...models.card import Season

SPAN = 400
"""Days over which CountyOptions counts its dates."""


def simulate_cube(options: CountyOptions, season: Season, start: date) -> tuple[Cube, np.ndarray, np.ndarray]:
    """Simulate a county and composite its acquisitions onto a season, as reading its files would.

    The harvest year is the one that holds day 300 of the season; `options.season_year` is not used. The number of dates
    is that of the options in proportion to the season's length.

    Args:
        start: first day of its first step.

    Returns:
        The cube (bands B02 .. B12 and VV, VH), the declared class of each pixel (H, W) uint8 (the last of the legend
        outside cropland) and
        the parcel of each pixel (H, W) int32 (0 outside parcels).
    """
    placed = PlacedSeason(season, start)
    last = placed.end - timedelta(days=1)
    length = (last - start).days + 1
    s2_dates, s1_dates = (max(1, round(count * length / SPAN)) for count in (options.s2_dates, options.s1_dates))
    scene = Scene(options, (start + timedelta(days=300)).year, start, last, s2_dates, s1_dates)
    s2, s2_valid = _optical(scene, placed)
    s1, s1_valid = _radar(scene, placed)
    return Cube(s2, s2_valid, s1, s1_valid), scene.land.truth(), scene.land.parcel_ids()


def _optical(scene: Scene, placed: PlacedSeason) -> tuple[np.ndarray, np.ndarray]:
    rules = SeriesOptions()
    steps, size = placed.season.steps, scene.options.size
    total = np.zeros((steps, size * size, len(BANDS)), dtype=np.float32)
    looks = np.zeros((steps, size * size), dtype=np.float32)
    for index, day in enumerate(scene.s2_days):
        sky = scene.sky(index)
        hidden = np.isin(sky.mask, rules.masked_scl[1:]) | widened(
            sky.mask, rules.margin_scl, int(rules.cloud_margin // 10)
        )
        if hidden.all():
            continue
        image = scene.optical(index, sky)
        clear = (~hidden & ~np.isin(image.scl, rules.masked_scl)).ravel()
        step = placed.step_of(day)
        total[step] += image.reflectance.reshape(size * size, -1) * clear[:, None]
        looks[step] += clear
    valid = looks > 0
    total /= np.maximum(looks, 1.0)[..., None]
    cube = np.ascontiguousarray(total.transpose(0, 2, 1)).reshape(steps, len(BANDS), size, size)
    return cube, valid.reshape(steps, size, size)


def _radar(scene: Scene, placed: PlacedSeason) -> tuple[np.ndarray, np.ndarray]:
    steps, size = placed.season.steps, scene.options.size
    rng = stream(scene.options.seed, "track residue")
    left = rng.normal(0.0, 0.1, scene.track_bias.shape).astype(np.float32)
    total = np.zeros((steps, size, size, 2), dtype=np.float32)
    looks = np.zeros(steps, dtype=np.float32)
    for index, day in enumerate(scene.s1_days):
        step = placed.step_of(day)
        factor = np.power(10.0, (left[scene.track_of[index]] + scene.season_bias()) / 10.0)
        total[step] += scene.radar_power(index) * factor.astype(np.float32)
        looks[step] += 1.0
    seen = looks > 0
    total /= np.maximum(looks, 1.0)[:, None, None, None]
    decibel = np.where(seen[:, None, None, None], 10.0 * np.log10(np.maximum(total, 1e-6)), 0.0).astype(np.float32)
    valid = np.broadcast_to(seen[:, None, None], (steps, size, size)).copy()
    return np.ascontiguousarray(decibel.transpose(0, 3, 1, 2)), valid


def widened(mask: np.ndarray, classes: tuple[int, ...], pixels: int) -> np.ndarray:
    """Return True in and around the given scene classes."""
    hit = np.isin(mask, classes)
    return maximum_filter(hit, size=2 * pixels + 1) if pixels > 0 and hit.any() else hit
