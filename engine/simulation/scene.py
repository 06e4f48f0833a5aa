"""A county on its dates: what each Sentinel-2 and Sentinel-1 acquisition would hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from scipy.ndimage import convolve1d

from .chance import stream
from .landscape import Landscape, build_landscape
from .mixing import views
from .optical import reflectance
from .options import CountyOptions
from .passes import S1_REPEAT, passes
from .perennial import cover
from .phenology import Canopy, Layer, grow
from .radar import backscatter
from .region import Region, draw_region
from .spectra import BANDS, NIR, RED, SPECTRA, spectrum
from .weather import SNOW, Sky, Weather, cloud_cover, draw_sky, draw_weather

TEN = [row for row, band in enumerate(BANDS) if band in ("B02", "B03", "B04", "B08")]
TWENTY = [row for row in range(len(BANDS)) if row not in TEN]
KERNEL = np.array([0.22, 0.56, 0.22], dtype=np.float32)
FLOOR = np.array([10**-2.9, 10**-2.75], dtype=np.float32)
"""Thermal noise in linear power."""
SCL_VEGETATION, SCL_BARE, SCL_WATER = 4, 5, 6


@dataclass(frozen=True)
class Optical:
    """One Sentinel-2 date: reflectance (H, W, 10) float32 and scene classes (H, W) uint8."""

    reflectance: np.ndarray
    scl: np.ndarray


class Scene:
    """A simulated county; renders its acquisitions one by one.

    Args:
        year: harvest year.
        first, last: days that may hold an acquisition.
        s2_dates, s1_dates: number of acquisitions.
    """

    def __init__(
        self, options: CountyOptions, year: int, first: date, last: date, s2_dates: int, s1_dates: int
    ) -> None:
        seed = options.seed
        self.options, self.origin = options, date(year, 1, 1)
        s2_days, _ = passes(seed, "S2", first, last, s2_dates, 1)
        s1_days, self.track_of = passes(seed, "S1", first, last, s1_dates, options.tracks)
        self.s2_days, self.s1_days = s2_days, s1_days
        self.region: Region = draw_region(seed, options.scenario, options.balance, options.shift_days, options.winters)
        self.land: Landscape = build_landscape(
            seed, options.size, options.parcel_size, self.region, options.mislabelled, options.mixed
        )
        self.weather: Weather = draw_weather(seed, self.region.monsoon)
        self.optical_days, self.radar_days = self._days(s2_days), self._days(s1_days)
        self.cover = cloud_cover(seed, self.optical_days, options.cloudiness, self.region.monsoon)
        rng = stream(seed, "tracks")
        self.radar_shift = rng.normal(0.0, 0.4, (S1_REPEAT, 2))
        self.track_bias = rng.normal(0.0, (0.7, 0.8), (S1_REPEAT, 2)).astype(np.float32)
        all_days, inverse = np.unique(np.concatenate([self.optical_days, self.radar_days]), return_inverse=True)
        canopy = grow(seed, self.land, self.region, all_days)
        standing = cover(seed, self.land, self.region, all_days)
        pick = inverse[: len(s2_days)], inverse[len(s2_days) :]
        self.near, self.wide, self.radar = views(self.land)
        self.ground = reflectance(
            seed,
            self.land,
            self.region,
            self.weather,
            _on(canopy, pick[0]),
            (standing[0], standing[1][:, pick[0]]),
            self.optical_days,
        )
        self.power = backscatter(
            seed,
            self.land,
            self.region,
            self.weather,
            _on(canopy, pick[1]),
            (standing[0], standing[1][:, pick[1]]),
            self.radar_days,
            self.track_of,
        )
        texture = stream(seed, "texture").standard_normal((options.size**2, 3), dtype=np.float32)
        mix = np.array([[1.0, 0.5, 0.0], [1.0, -0.5, 0.0], [1.0, 0.0, 0.6]], dtype=np.float32)
        group = np.array([0, 0, 0, 0, 1, 1, 1, 1, 2, 2])
        self.texture = 1.0 + 0.028 * (texture @ mix.T)[:, group]
        self.noise = 0.0025 * stream(seed, "noise").standard_normal(options.size**2 * len(BANDS) * 2, dtype=np.float32)

    def _days(self, dates: list[date]) -> np.ndarray:
        return np.array([(day - self.origin).days for day in dates], dtype=float)

    def sky(self, index: int) -> Sky:
        """Return the sky of the index-th Sentinel-2 date."""
        return draw_sky(self.options.seed, index, self.optical_days[index], self.cover[index], self.options.size)

    def optical(self, index: int, sky: Sky) -> Optical:
        """Return the index-th Sentinel-2 date under its sky."""
        size = self.options.size
        rng = stream(self.options.seed, f"optical {index}")
        values = np.empty((size * size, len(BANDS)), dtype=np.float32)
        values[:, TEN] = self.near @ self.ground[index][:, TEN]
        values[:, TWENTY] = self.wide @ self.ground[index][:, TWENTY]
        values = _shifted(values.reshape(size, size, -1), rng.normal(0.0, 0.22, 2)).reshape(values.shape)
        values *= self.texture
        values *= (1.0 + 0.02 * rng.standard_normal(len(BANDS)) + 0.02 * rng.standard_normal()).astype(np.float32)
        scl = self._snow(rng, index, values)
        opacity, shade = sky.opacity.reshape(-1, 1), sky.shade.reshape(-1, 1)
        if shade.any():
            values *= 1.0 - shade * np.linspace(0.85, 1.1, len(BANDS), dtype=np.float32)
        if opacity.any():
            cloud = SPECTRA[spectrum("cloud")] * np.float32(rng.uniform(0.7, 1.15))
            values += opacity * (cloud - values)
        values += sky.haze + self._noise(rng, values.shape)
        np.maximum(values, 0.0005, out=values)
        index_ = (values[:, NIR] - values[:, RED]) / (values[:, NIR] + values[:, RED])
        plain = np.where(values[:, NIR] < 0.05, SCL_WATER, np.where(index_ > 0.33, SCL_VEGETATION, SCL_BARE))
        mask = sky.mask.ravel()
        scl = np.where(mask > 0, mask, np.where(scl > 0, scl, plain)).astype(np.uint8)
        return Optical(values.reshape(size, size, -1), scl.reshape(size, size))

    def _noise(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Return the noise of one date: a stretch of one long draw, as drawing anew costs more than all the rest."""
        start = int(rng.integers(0, len(self.noise) - shape[0] * shape[1]))
        return self.noise[start : start + shape[0] * shape[1]].reshape(shape)

    def _snow(self, rng: np.random.Generator, index: int, values: np.ndarray) -> np.ndarray:
        """Lay snow where it lies; return the scene class where the processor sees it, 0 elsewhere."""
        _, _, snow = self.weather.on(self.optical_days[index : index + 1])
        if not snow[0]:
            return np.zeros(len(values), dtype=np.uint8)
        depth = np.clip(
            rng.uniform(0.4, 1.2) + 0.15 * rng.standard_normal((len(values), 1), dtype=np.float32), 0.0, 0.95
        )
        values += depth * (SPECTRA[spectrum("snow")] * np.float32(rng.uniform(0.6, 1.0)) - values)
        return np.where(depth[:, 0] > 0.45, SNOW, 0).astype(np.uint8)

    def radar_power(self, index: int) -> np.ndarray:
        """Return the index-th Sentinel-1 date, linear power (H, W, 2) with speckle, without the bias of its track."""
        size = self.options.size
        rng = stream(self.options.seed, f"radar {index}")
        power = (self.radar @ self.power[index]).reshape(size, size, 2)
        shape = np.float32(self.options.looks * float((KERNEL**2).sum()) ** 2)
        speckle = rng.standard_gamma(shape, (size, size, 2), dtype=np.float32) / shape
        speckle = convolve1d(convolve1d(speckle, KERNEL, axis=0, mode="reflect"), KERNEL, axis=1, mode="reflect")
        power = (_shifted(power, self.radar_shift[self.track_of[index]]) + FLOOR) * speckle
        return _pooled(power) if self.options.radar_cell == 2 else power

    def season_bias(self) -> np.ndarray:
        """Return the mean bias of the tracks that were used, (2,) dB."""
        return self.track_bias[np.unique(self.track_of)].mean(axis=0)


def _shifted(image: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Return an (H, W, B) image moved by less than a pixel down and across, as imperfect registration does."""
    for axis, amount in enumerate(np.clip(shift, -0.9, 0.9)):
        share = np.float32(abs(amount))
        padded = np.take(
            image, np.clip(np.arange(image.shape[axis]) - int(np.sign(amount)), 0, image.shape[axis] - 1), axis
        )
        image = image + share * (padded - image)
    return image


def _pooled(image: np.ndarray) -> np.ndarray:
    """Return an (H, W, B) image of 2 x 2 means at its old size."""
    rows, cols = (size + size % 2 for size in image.shape[:2])
    full = np.pad(image, ((0, rows - image.shape[0]), (0, cols - image.shape[1]), (0, 0)), mode="edge")
    means = full.reshape(rows // 2, 2, cols // 2, 2, -1).mean(axis=(1, 3))
    return np.repeat(np.repeat(means, 2, axis=0), 2, axis=1)[: image.shape[0], : image.shape[1]]


def _on(canopy: Canopy, pick: np.ndarray) -> Canopy:
    """Return the canopy on some of its days."""
    layers = [
        Layer(layer.kinds, layer.green[:, pick], layer.dry[:, pick], layer.stage[:, pick]) for layer in canopy.layers
    ]
    return Canopy(canopy.rows, layers, canopy.residue[:, pick], canopy.rough[:, pick])
