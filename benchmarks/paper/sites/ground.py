"""What every site gives to a cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Sequence

import numpy as np

from crop_attention.engine.training.dataset import LabelledCube
from crop_attention.models.card import CropClass, Season


@dataclass(frozen=True)
class Ground:
    """One site, or one fold of it.

    Attributes:
        classes, season, s2_bands, s1_bands: legend, calendar and bands of the cubes.
        counties: windows to draw lone pixels and patches from.
        test: windows that judge; pixels of code 0 are not judged.
        real: real points, of which each step has as many as of lone pixels of the counties.
        names: of the classes that are judged, where the legend is folded to fewer.
        fold: (K,) place in the legend -> place among `names`.
        pad: pixels of missing ground put around a test window, so that all of it is judged.
    """

    classes: tuple[CropClass, ...]
    season: Season
    s2_bands: tuple[str, ...]
    s1_bands: tuple[str, ...]
    counties: Sequence[LabelledCube]
    test: Sequence[LabelledCube]
    real: Sequence[LabelledCube] = ()
    names: tuple[str, ...] = ()
    fold: np.ndarray | None = field(default=None, compare=False)
    pad: int = 0

    @property
    def codes(self) -> tuple[int, ...]:
        """Codes of the legend in the order of the logits."""
        return tuple(entry.code for entry in self.classes)

    @property
    def judged_names(self) -> tuple[str, ...]:
        """Names of the classes that are judged."""
        return self.names or tuple(entry.name for entry in self.classes)

    @property
    def places(self) -> np.ndarray:
        """(K,) place in the legend -> place among the judged names."""
        return np.arange(len(self.classes)) if self.fold is None else self.fold
