"""Labelled windows of two or three crops that differ in one band and in VH, small enough to train on in a second."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.series.cube.cube import Cube
from crop_attention.engine.training.dataset import Dataset, LabelledCube, Split
from crop_attention.engine.training.options import TrainingOptions
from crop_attention.models.card import Card, CropClass, Season
from crop_attention.models.checkpoint import save
from crop_attention.models.registry import build

STEPS, SIDE = 4, 20
SEASON = Season(10, 1, STEPS, 90)
S2_BANDS, S1_BANDS = ("B04", "B08"), ("VV", "VH")
CLASSES = (CropClass(3, "Maize", "#e8601c"), CropClass(7, "Grassland", "#a6d96a"), CropClass(9, "Hemp", "#4eb265"))
CONFIG = {"width": 4, "depth": 8, "heads": 2, "blocks": 1, "spatial_attention": False}
OPTIONS = TrainingOptions(
    batch=6,
    patch=4,
    epochs=6,
    learning_rate=2e-2,
    body_rate=1.0,
    patience=99,
    minutes=60,
    device="cpu",
    threads=1,
    seed=5,
    learner="network",
)


def window(number: int, code: int, block: int, random: np.random.Generator, side: int = SIDE) -> LabelledCube:
    """One parcel: its class shows in the second step of B04 and in VH."""
    s2 = random.normal(0.3, 0.05, (STEPS, 2, side, side))
    s2[1, 0] += 0.3 * (code == 9)
    s1 = random.normal(-15, 1, (STEPS, 2, side, side))
    s1[:, 1] -= 6 * (code == 7)
    valid = random.random((2, STEPS, side, side)) > 0.2
    labels = np.zeros((side, side), np.uint8)
    inner = slice(None) if side == 1 else slice(5, side - 5)
    labels[inner, inner] = code
    cube = Cube(s2.astype(np.float16), valid[0], s1.astype(np.float16), valid[1])
    return LabelledCube(cube, labels, np.where(labels > 0, number, 0).astype(np.int32), block)


def samples(classes: int = 2, parcels: int = 40, seed: int = 1, side: int = SIDE) -> tuple[Dataset, Split]:
    """Parcels in turn of each class, four to a block; the last blocks judge, those before them validate."""
    random = np.random.default_rng(seed)
    legend = CLASSES[:classes]
    windows = [
        window(number, legend[number % classes].code, (number - 1) // 4, random, side)
        for number in range(1, parcels + 1)
    ]
    counts = {entry.code: sum((w.labels == entry.code).any() for w in windows) for entry in legend}
    cuts = int(0.6 * parcels), int(0.8 * parcels)
    split = Split(windows[: cuts[0]], windows[cuts[0] : cuts[1]], windows[cuts[1] :])
    dataset = Dataset(
        windows, legend, SEASON, S2_BANDS, S1_BANDS, counts, "Forty parcels made by hand.", "CC0", ("One warning.",)
    )
    return dataset, split


def card(**changes) -> Card:
    """The card of a small network of the first two classes."""
    bands = (*S2_BANDS, *S1_BANDS)
    found = Card(
        name="base",
        title="Base",
        version="0",
        architecture="attention_3dcnn",
        config=CONFIG,
        classes=CLASSES[:2],
        s2_bands=S2_BANDS,
        s1_bands=S1_BANDS,
        season=SEASON,
        normalisation={band: (0.3, 0.1) if band in S2_BANDS else (-15.0, 3.0) for band in bands},
        licence="GPL-2.0-or-later",
    )
    return replace(found, **changes)


def write_base(folder: Path, **changes) -> Path:
    """Write a small network with random weights."""
    import torch

    torch.manual_seed(3)
    own = card(**changes)
    path = folder / "base.safetensors"
    save(path, build(own), own)
    return path


class Ear(Feedback):
    """Keeps what is said; stops after so many looks at whether to stop."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.infos: list[str] = []
        self.warnings: list[str] = []
        self.shares: list[float] = []
        self.looks, self._stop_after = 0, stop_after

    def info(self, message: str) -> None:
        self.infos.append(message)

    def warning(self, message: str) -> None:
        self.warnings.append(message)

    def progress(self, fraction: float) -> None:
        self.shares.append(fraction)

    def cancelled(self) -> bool:
        self.looks += 1
        return self._stop_after is not None and self.looks > self._stop_after
