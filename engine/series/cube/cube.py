"""A window of the season: what the network sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....models.known import known


@dataclass
class Cube:
    """Both sensors on the season's calendar for one window; missing is NaN-free zero *and* False in the mask.

    Attributes:
        s2: (T, bands, H, W) float32 reflectance, or None without Sentinel-2.
        s2_valid: (T, H, W) bool.
        s1: (T, polarisations, H, W) float32 backscatter in dB, or None without Sentinel-1.
        s1_valid: (T, H, W) bool.
    """

    s2: np.ndarray | None
    s2_valid: np.ndarray | None
    s1: np.ndarray | None
    s1_valid: np.ndarray | None

    def cut(self, rows: slice, cols: slice) -> Cube:
        """Return a view of some rows and columns."""
        parts = (self.s2, self.s2_valid, self.s1, self.s1_valid)
        return Cube(*(None if part is None else part[..., rows, cols] for part in parts))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return next((part.shape[-2], part.shape[-1]) for part in (self.s2, self.s1) if part is not None)

    @property
    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """s2, s2_valid, s1, s1_valid of a cube that holds both sensors, as labelled windows do."""
        return known(self.s2), known(self.s2_valid), known(self.s1), known(self.s1_valid)

    def empty(self) -> bool:
        """Return whether no sensor saw any pixel at any step."""
        return not any(valid is not None and valid.any() for valid in (self.s2_valid, self.s1_valid))
