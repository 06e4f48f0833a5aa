"""What a mapping run tells its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass
class ClassStatistics:
    """Sums over the mapped pixels of each class, read through properties as means.

    K classes in the order of the card, T steps, B bands (optical, then polarisations). All sums are float64.

    Attributes:
        pixels: (K,) mapped pixels (all of them: areas come from here).
        confidence_sum: (K,) of the winning probability, 0..1 a pixel.
        sampled: (K,) pixels that entered the sums below; a regular sample on large maps.
        temporal_sum: (K, T) of temporal attention.
        contribution_sum: (K, T) of temporal contribution; all zero where it was not asked for.
        channel_sum: (K, B) of channel attention.
        s1_share_sum: (K,) of the share of Sentinel-1.
        ndvi_sum, ndvi_count: (K, T) of NDVI over clear observations.
        vh_sum, vh_count: (K, T) of VH linear power over valid observations (0 count without Sentinel-1).
        s2_clear, s1_clear: (T,) pixels with a valid observation at a step.
        clear_steps: (T + 1,) pixels by their number of clear optical steps.
    """

    pixels: np.ndarray
    confidence_sum: np.ndarray
    sampled: np.ndarray
    temporal_sum: np.ndarray
    contribution_sum: np.ndarray
    channel_sum: np.ndarray
    s1_share_sum: np.ndarray
    ndvi_sum: np.ndarray
    ndvi_count: np.ndarray
    vh_sum: np.ndarray
    vh_count: np.ndarray
    s2_clear: np.ndarray
    s1_clear: np.ndarray
    clear_steps: np.ndarray

    @classmethod
    def zeros(cls, classes: int, steps: int, bands: int) -> ClassStatistics:
        """Return empty sums."""
        k, kt = (classes,), (classes, steps)
        shapes = (k, k, k, kt, kt, (classes, bands), k, kt, kt, kt, kt, (steps,), (steps,), (steps + 1,))
        return cls(*(np.zeros(shape) for shape in shapes))

    @property
    def confidence(self) -> np.ndarray:
        """(K,) mean confidence, 0..1; NaN for classes not mapped."""
        return _ratio(self.confidence_sum, self.pixels)

    @property
    def temporal(self) -> np.ndarray:
        """(K, T) mean temporal attention; each row of a mapped class sums to 1."""
        return _ratio(self.temporal_sum, self.sampled[:, None])

    @property
    def contribution(self) -> np.ndarray:
        """(K, T) mean temporal contribution, each row scaled to sum to 1; NaN where it is not known."""
        return _ratio(self.contribution_sum, self.contribution_sum.sum(axis=1, keepdims=True))

    @property
    def channel(self) -> np.ndarray:
        """(K, B) mean channel attention; each row of a mapped class sums to 1."""
        return _ratio(self.channel_sum, self.sampled[:, None])

    @property
    def s1_share(self) -> np.ndarray:
        """(K,) mean share of Sentinel-1, 0..1."""
        return _ratio(self.s1_share_sum, self.sampled)

    @property
    def ndvi(self) -> np.ndarray:
        """(K, T) mean NDVI; NaN where no look was clear."""
        return _ratio(self.ndvi_sum, self.ndvi_count)

    @property
    def vh(self) -> np.ndarray:
        """(K, T) mean VH in dB; NaN where there was no look."""
        with np.errstate(divide="ignore"):
            return 10 * np.log10(_ratio(self.vh_sum, self.vh_count))


@dataclass
class MappingResult:
    """One finished run.

    Attributes:
        device: where the network ran, for people ("CPU, 2 threads").
        seconds: wall time.
        pixel_area: square metres a pixel.
        nodata_pixels: pixels of the grid without any observation (or left out by PARCELS_ONLY).
        statistics: sums by class; None when not asked for.
        sha256: of the checkpoint file.
        warnings: what happened on the way (a device that failed, and so on).
        notes: what an unfinished season or expected shares mean for the map.
        tags: provenance of this run alone, name -> text.
    """

    device: str
    seconds: float
    pixel_area: float
    nodata_pixels: int
    statistics: ClassStatistics | None
    sha256: str
    warnings: tuple[str, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())
    tags: Mapping[str, str] = field(default_factory=dict)


def _ratio(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, total / count, np.nan)
