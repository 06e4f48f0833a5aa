"""Small strips against large fields, and half of the clear observations hidden, on otherwise equal counties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.simulation.options import CountyOptions
from crop_attention.engine.training.dataset import LabelledCube
from crop_attention.engine.training.pixels import Pixels, labelled_series
from crop_attention.engine.training.predict import labelled_pixels
from crop_attention.engine.training.scoring import decide, parcels_right
from crop_attention.models.card import Card
from crop_attention.models.checkpoint import Checkpoint
from crop_attention.models.probabilities import Beside, softmax, with_gaussian
from crop_attention.tools.checkpoints.simulated_cube import simulate_cube

from .hits import Hits, together

SEEDS = (95_000, 95_001)
SMALL, LARGE = 0.4, 5.0
"""Mean parcel in hectares."""

SIZES = ((0.0, 0.5), (0.5, 2.0), (2.0, np.inf))
"""Hectares of a small, a middling and a large parcel."""

PIXEL_HECTARES = 0.01
HIDDEN = 0.5
"""Share of the steps with a clear observation that is hidden."""

HIDING_SEED = 12


@dataclass(frozen=True)
class Group:
    """Parcels of one size in counties of one landscape.

    Attributes:
        landscape: mean parcel of the counties in hectares.
        hidden: whether half of the clear steps were hidden.
        size: smallest and largest area of the parcels in hectares.
        pixels, parcels: hits.
    """

    landscape: float
    hidden: bool
    size: tuple[float, float]
    pixels: Hits
    parcels: Hits


Counties = Mapping[tuple[float, bool], Sequence[LabelledCube]]
"""(mean parcel in hectares, whether half of the clear steps are hidden) -> counties."""


def counties_of(card: Card, seeds: Sequence[int] = SEEDS, side: int = 256) -> Counties:
    """Return counties of small and of large parcels, `side` pixels a side, whole and with observations hidden."""
    found = {}
    for landscape in (SMALL, LARGE):
        found[landscape, False] = [county(card, seed, side, landscape) for seed in seeds]
        found[landscape, True] = [_hidden(one) for one in found[landscape, False]]
    return found


def fields(checkpoint: Checkpoint, counties: Counties) -> list[Group]:
    """Score a checkpoint by size of parcel.

    Returns:
        For each landscape, whole and with observations hidden, one group a size; sizes without parcels are left out.
    """
    found = []
    for (landscape, hidden), some in counties.items():
        scored = [_by_size(checkpoint, one) for one in some]
        for number, size in enumerate(SIZES):
            pixels, parcels = (together(_named(size), parts) for parts in zip(*(one[number] for one in scored)))
            if parcels.total:
                found.append(Group(landscape, hidden, size, pixels, parcels))
    return found


def parcels_of(checkpoint: Checkpoint, counties: Counties, margin: int) -> dict[tuple[float, bool], np.ndarray]:
    """Return (P,) bool a landscape: which parcels of its counties are right, by pixels `margin` from the border."""
    return {
        key: np.concatenate([parcels_right(*said(checkpoint, _inside(one, margin))) for one in some])
        for key, some in counties.items()
    }


def _inside(whole: LabelledCube, margin: int) -> LabelledCube:
    rows, cols = (slice(margin, side - margin) for side in whole.labels.shape)
    labels = np.zeros_like(whole.labels)
    labels[rows, cols] = whole.labels[rows, cols]
    return replace(whole, labels=labels)


def totals(groups: Sequence[Group]) -> list[Group]:
    """Return each landscape, whole and with looks hidden, over all sizes of parcels."""
    found = []
    for landscape, hidden in dict.fromkeys((group.landscape, group.hidden) for group in groups):
        part = [group for group in groups if (group.landscape, group.hidden) == (landscape, hidden)]
        hits = (together("all parcels", (getattr(group, name) for group in part)) for name in ("pixels", "parcels"))
        found.append(Group(landscape, hidden, (0.0, np.inf), *hits))
    return found


HEAD = (
    "Mean parcel",
    "Parcels of",
    "Parcels",
    "Right, by pixel",
    "by parcel",
    "Half of the clear steps hidden: by pixel",
    "by parcel",
)


def rows(groups: Sequence[Group]) -> list[tuple[object, ...]]:
    """Return the cells of a table, as `HEAD` names them; each landscape ends with all its parcels."""
    found = []
    for landscape in dict.fromkeys(group.landscape for group in groups):
        part = [group for group in (*groups, *totals(groups)) if group.landscape == landscape]
        for size in dict.fromkeys(group.size for group in part):
            whole, less = (next(one for one in part if (one.size, one.hidden) == (size, how)) for how in (False, True))
            shares = (f"{hit.share:.1%}" for one in (whole, less) for hit in (one.pixels, one.parcels))
            found.append((f"{landscape:g} ha", whole.parcels.name, f"{whole.parcels.total:,}", *shares))
    return found


def county(card: Card, seed: int, side: int, parcel_size: float) -> LabelledCube:
    """Return a simulated county on the calendar of a card."""
    start = date(2021, card.season.start_month, card.season.start_day)
    options = CountyOptions(seed=seed, size=side, parcel_size=parcel_size, balance=0.6, s2_dates=75, s1_dates=60)
    return LabelledCube(*simulate_cube(options, card.season, start), block=seed)


def _hidden(whole: LabelledCube) -> LabelledCube:
    """Return a county without half of the steps that have a clear observation anywhere."""
    cube = whole.cube
    seen = np.flatnonzero(cube.s2_valid.any(axis=(1, 2)))
    lost = np.random.default_rng((HIDING_SEED, whole.block)).permutation(seen)[: round(HIDDEN * len(seen))]
    s2, valid = cube.s2.copy(), cube.s2_valid.copy()
    s2[lost], valid[lost] = 0.0, False
    return replace(whole, cube=replace(cube, s2=s2, s2_valid=valid))


def _by_size(checkpoint: Checkpoint, whole: LabelledCube) -> list[tuple[Hits, Hits]]:
    """Return hits by pixel and by parcel of each size in one county; areas are those inside the county."""
    pixels, chances = said(checkpoint, whole)
    right = chances.argmax(axis=1) == pixels.labels
    hectares = PIXEL_HECTARES * np.bincount(whole.parcels.ravel())
    decisions = decide(pixels, chances)
    hit = decisions.truth == decisions.label
    areas = hectares[pixels.parcels], hectares[np.unique(pixels.parcels)]
    scored = []
    for size in SIZES:
        kept = [(size[0] <= area) & (area < size[1]) for area in areas]
        scored.append(
            tuple(Hits(_named(size), int(one[of].sum()), int(of.sum())) for one, of in zip((right, hit), kept))
        )
    return scored


def said(checkpoint: Checkpoint, whole: LabelledCube) -> tuple[Pixels, np.ndarray]:
    """Return the pixels inside parcels, and probabilities (N, K) as the checkpoint ships them."""
    codes = tuple(entry.code for entry in checkpoint.card.classes)
    found = labelled_pixels(checkpoint.network, [whole], codes, Feedback())
    seen = labelled_series([whole], codes, checkpoint.network.margin, Feedback())
    chances = softmax(found.scores.T, checkpoint.card.temperature)
    series = (seen.s2, seen.s2_valid, seen.s1, seen.s1_valid)
    chances = with_gaussian(chances, checkpoint.gaussian, Beside.of(checkpoint.card), *series).T
    inside = found.parcels > 0
    return Pixels(*(part[inside] for part in vars(found).values())), chances[inside]


def _named(size: tuple[float, float]) -> str:
    low, high = size
    if low == 0:
        return f"under {high:g} ha"
    return f"over {low:g} ha" if np.isinf(high) else f"{low:g} to {high:g} ha"
