"""What every source of training data becomes: labelled windows on one calendar, each in a spatial block."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Sequence

import numpy as np

from ...models.card import CropClass, Season
from ..series.cube.cube import Cube


@dataclass(frozen=True)
class LabelledCube:
    """A window with its labels.

    Attributes:
        cube: (T, bands, H, W) values and masks; values may be float16 and may lie in a file mapped into memory. A
            window of 1 x 1 pixel is a point: it stands for ground that is the same all around.
        labels: (H, W) uint8 class code, 0 where the ground is not known.
        parcels: (H, W) int32 parcel number, unique in the data set, 0 between parcels.
        block: number of the spatial block; windows of one block are never parted between training and judging.
        place: west, south, east, north of the window in metres, the same CRS for all windows of a data set; None where
            it is not known, and then no buffer can be kept around it. A point is a place without an area.
    """

    cube: Cube
    labels: np.ndarray
    parcels: np.ndarray
    block: int = 0
    place: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Dataset:
    """Labelled windows and all that a card must say about them.

    Attributes:
        classes: the legend of `labels`.
        season, s2_bands, s1_bands: calendar and bands of the cubes.
        counts: class code -> number of parcels or points.
        description: one line for the card: what, where, when, how many.
        licence: of the data, or empty.
        warnings: sentences for the analyst: merged or refused classes, parcels too small, and the like.
    """

    windows: Sequence[LabelledCube]
    classes: tuple[CropClass, ...]
    season: Season
    s2_bands: tuple[str, ...]
    s1_bands: tuple[str, ...]
    counts: Mapping[int, int] = field(default_factory=dict)
    description: str = ""
    licence: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Split:
    """Windows to train on, to stop early and calibrate on, and to judge on; no block is in two of them.

    Attributes:
        train, validation, test: the windows; labels of training windows inside the buffer are blanked.
        warnings: sentences for the analyst: classes that are not in all parts, ground lost to the buffer.
        held: validation windows whose labels inside the buffer around the test ground are blanked; None where that is
            not known.
        unlearnt: those of the warnings that name a class without training ground.
    """

    train: Sequence[LabelledCube]
    validation: Sequence[LabelledCube]
    test: Sequence[LabelledCube]
    warnings: tuple[str, ...] = ()
    held: Sequence[LabelledCube] | None = None
    unlearnt: tuple[str, ...] = ()

    @property
    def known(self) -> Sequence[LabelledCube]:
        """All ground that may be learnt from by a learner that needs none to stop by."""
        return (*self.train, *(self.held or ()))
