"""Series of lone pixels in one array each, and what a checkpoint says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import torch

from crop_attention.engine.series.files.grid import Window
from crop_attention.engine.training.calibration import softmax
from crop_attention.engine.training.dataset import LabelledCube
from crop_attention.models.card import Card
from crop_attention.models.checkpoint import Checkpoint
from crop_attention.models.networks.points import on_points
from crop_attention.tools.checkpoints.adapt import real_points

from . import flanders
from .crossval import shipped

FRENCH_SEASON = date(2022, 10, 1)
AT_ONCE = 512
"""Pixels that go through the network together."""


@dataclass(frozen=True)
class Sample:
    """P labelled pixels.

    Attributes:
        name: for the tables.
        s2, s2_valid: (P, T, bands) float32 reflectance and (P, T) bool.
        s1, s1_valid: (P, T, polarisations) float32 dB and (P, T) bool.
        labels: (P,) class code.
        parcels: (P,) parcel; pixels of one are alike and are resampled together.
        first: first day of the season.
    """

    name: str
    s2: np.ndarray
    s2_valid: np.ndarray
    s1: np.ndarray
    s1_valid: np.ndarray
    labels: np.ndarray
    parcels: np.ndarray
    first: date

    def __len__(self) -> int:
        return len(self.labels)

    def pick(self, rows: np.ndarray) -> Sample:
        """Return some of the pixels."""
        names = ("s2", "s2_valid", "s1", "s1_valid", "labels", "parcels")
        return replace(self, **{name: getattr(self, name)[rows] for name in names})

    def hidden(self, steps: np.ndarray, radar: bool) -> Sample:
        """Return the pixels without what was seen at some steps.

        Args:
            steps: (P, T) bool, those to hide.
            radar: hide Sentinel-1 there too.
        """
        optical = replace(self, s2=np.where(steps[..., None], 0, self.s2), s2_valid=self.s2_valid & ~steps)
        if not radar:
            return optical
        return replace(optical, s1=np.where(steps[..., None], 0, self.s1), s1_valid=self.s1_valid & ~steps)

    def ndvi(self, bands: Sequence[str]) -> np.ndarray:
        """Return (P, T), NaN where there is no clear observation."""
        near, red = (self.s2[..., list(bands).index(band)] for band in ("B08", "B04"))
        return np.where(self.s2_valid, (near - red) / np.maximum(near + red, 1e-3), np.nan)


def of_windows(name: str, windows: Sequence[LabelledCube], first: date) -> Sample:
    """Join points, which are windows of 1 x 1 pixel."""
    cubes = [window.cube for window in windows]
    s2, s2_valid, s1, s1_valid = (
        np.stack([getattr(cube, part)[..., 0, 0] for cube in cubes]) for part in ("s2", "s2_valid", "s1", "s1_valid")
    )
    # Counties number their parcels each from 1.
    keys = [(window.block, int(window.parcels[0, 0])) for window in windows]
    _, parcels = np.unique(np.array(keys), axis=0, return_inverse=True)
    labels = np.array([window.labels[0, 0] for window in windows])
    return Sample(name, s2.astype(np.float32), s2_valid, s1.astype(np.float32), s1_valid, labels, parcels, first)


def french(card: Card, path: Path, start: date = FRENCH_SEASON) -> Sample:
    """Read the French parcel points onto the calendar of a card."""
    return of_windows(f"France {start.year + 1}", real_points(path, start, card).windows, start)


def flemish(card: Card, folder: Path, most: int = 600, seed: int = 1) -> Sample:
    """Read inner pixels of the Flemish parcels, at most `most`, drawn by `seed`."""
    prepared = flanders.opened(card, folder)
    declared, _ = flanders.declared_classes(card, folder)
    reader = prepared.reader()
    try:
        cube = reader.read(Window(0, 0, prepared.grid.height, prepared.grid.width))
    finally:
        reader.close()
    rows, cols = np.nonzero(flanders.inner(declared))
    kept = np.sort(np.random.default_rng(seed).permutation(len(rows))[:most])
    rows, cols = rows[kept], cols[kept]
    values = (np.moveaxis(part[..., rows, cols], -1, 0) for part in (cube.s2, cube.s2_valid, cube.s1, cube.s1_valid))
    pieces = _pieces(declared)[rows, cols]
    start = prepared.placed.start
    return Sample(f"Flanders {start.year + 1}", *values, declared[rows, cols], pieces, start)


def _pieces(declared: np.ndarray) -> np.ndarray:
    """Number the connected pieces of each class, (H, W): the declared parcels, those that touch of one crop as one."""
    from scipy.ndimage import label

    numbers = np.zeros(declared.shape, np.int64)
    for code in np.unique(declared[declared > 0]):
        pieces, _ = label(declared == code)
        numbers = np.where(pieces > 0, pieces + numbers.max(), numbers)
    return numbers


def look(checkpoint: Checkpoint, sample: Sample, shown: str = "") -> tuple[np.ndarray, np.ndarray | None]:
    """Run a network on lone pixels.

    Args:
        checkpoint, sample: the network and the pixels.
        shown: "temporal" for its attention over the steps, "contribution" for what each step contributes.

    Returns:
        (P, K) probabilities, of network and Gaussian together where the card has one, and (P, T) what is shown, if
        anything is asked for.
    """
    logits, steps = [], []
    for first in range(0, len(sample), AT_ONCE):
        part = sample.pick(np.s_[first : first + AT_ONCE])
        arrays = (part.s2, part.s2_valid, part.s1, part.s1_valid)
        tensors = [torch.from_numpy(np.ascontiguousarray(array))[..., None, None] for array in arrays]
        with torch.inference_mode():
            found = on_points(checkpoint.network, *tensors, attention=bool(shown))
        logits.append(found.logits[..., 0, 0].numpy())
        if shown:
            steps.append(getattr(found, shown)[..., 0, 0].numpy())
    chances = softmax(np.concatenate(logits), checkpoint.card.temperature)
    chances = shipped(chances, checkpoint, sample.s2, sample.s2_valid, sample.s1, sample.s1_valid)
    return chances, np.concatenate(steps) if shown else None
