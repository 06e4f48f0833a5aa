"""Data sets parted by spatial block with a buffer, never by pixel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Iterable, Sequence

import numpy as np

from ...models.language import N_, counted, listed, tr
from ..errors import SampleError
from .dataset import Dataset, LabelledCube, Split
from .options import SourceOptions

TRAIN, VALIDATION, TEST = 0, 1, 2
NAMES = (N_("training"), N_("validation"), N_("test"))
_FIRST = (TRAIN, TEST, VALIDATION)
"""The order in which parts get a class that few blocks have."""

_NONE = -1
_CHUNK = 256
"""Parcels whose distances are taken at once."""


def split_blocks(dataset: Dataset, options: SourceOptions, seed: int) -> Split:
    """Part a data set into training, validation and test ground.

    Whole blocks are dealt out, the rarest class first, so that each part comes near its share of the parcels of every
    class (iterative stratification, Sechidis et al. 2011, ECML PKDD) and has each class where its blocks are enough.
    Training parcels within `options.buffer_metres` of a parcel of another part lose their labels.

    Args:
        options: shares of validation and test, either may be zero; the buffer.

    Raises:
        SampleError: there are fewer blocks than parts, or the buffer leaves nothing to train on.
    """
    shares = np.array([1 - options.validation - options.test, options.validation, options.test])
    if shares[TRAIN] <= 0 or (shares < 0).any():
        raise SampleError(
            tr("Validation and test take all parcels: lower their shares so that some are left for training.")
        )
    table = _Table.of(dataset)
    parts = np.flatnonzero(shares > 0)
    if len(table.blocks) < len(parts):
        raise SampleError(
            tr(
                "All labels lie in {blocks} of {block_metres:,.0f} m and {count_parts} are needed: make the blocks "
                "smaller or label more ground."
            ).format(
                blocks=counted(len(table.blocks), "block"),
                block_metres=options.block_metres,
                count_parts=len(parts),
            )
        )
    dealt = _deal(table.counts, shares, np.random.default_rng(seed))
    return _parted(dataset, table, dealt, options, shares > 0)


def fold_blocks(dataset: Dataset, folds: int, seed: int, options: SourceOptions | None = None) -> tuple[Split, ...]:
    """Part a data set for cross-validation by block: each fold is the test ground once, the next one validates.

    Raises:
        SampleError: there are fewer blocks than folds, or the buffer leaves nothing to train on.
    """
    options = options or SourceOptions()
    table = _Table.of(dataset)
    if folds < 3 or len(table.blocks) < folds:
        raise SampleError(
            tr(
                "{count_blocks} spatial blocks do not make {folds} folds: at least three folds are needed, each with "
                "a block."
            ).format(count_blocks=len(table.blocks), folds=folds)
        )
    fold = _deal(table.counts, np.full(folds, 1 / folds), np.random.default_rng(seed), range(folds))
    splits = []
    for test in range(folds):
        dealt = np.where(fold == test, TEST, np.where(fold == (test + 1) % folds, VALIDATION, TRAIN))
        splits.append(_parted(dataset, table, dealt, options, np.ones(3, bool)))
    return tuple(splits)


@dataclass(frozen=True)
class _Table:
    """Parcels of each class (K) in each block (B)."""

    blocks: np.ndarray
    codes: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, dataset: Dataset) -> _Table:
        """Count every parcel once a block; ground without a parcel number counts once a window."""
        found = set()
        for number, window in enumerate(dataset.windows):
            known = window.labels > 0
            pairs = window.parcels[known].astype(np.int64) * 256 + window.labels[known]
            for pair in np.unique(pairs).tolist():
                parcel = pair // 256 or -1 - number
                found.add((window.block, parcel, pair % 256))
        rows = np.array(sorted(found), np.int64).reshape(-1, 3)
        blocks, block = np.unique(rows[:, 0], return_inverse=True)
        codes, code = np.unique(rows[:, 2], return_inverse=True)
        counts = np.zeros((len(blocks), len(codes)), np.int64)
        np.add.at(counts, (block, code), 1)
        return cls(blocks, codes, counts)


def _deal(
    counts: np.ndarray, shares: np.ndarray, random: np.random.Generator, first: Iterable[int] = _FIRST
) -> np.ndarray:
    """Return the part of each block (B,).

    Args:
        counts: (B, K) parcels.
        shares: of the parts; a part without a share gets nothing.
        first: the order in which parts get a class.
    """
    parts = np.array([part for part in first if shares[part] > 0])
    dealt = np.full(len(counts), _NONE)
    wanted = shares[:, None] * counts.sum(axis=0)
    total = shares * counts.sum()
    tie = random.permutation(len(counts))
    while (dealt == _NONE).any():
        free = dealt == _NONE
        blocks_of = (counts[free] > 0).sum(axis=0)
        code = int(np.lexsort((counts[free].sum(axis=0), np.where(blocks_of > 0, blocks_of, len(counts) + 1)))[0])
        has = np.array([(counts[dealt == part, code] > 0).any() for part in parts])
        lacking = parts[~has]
        if len(lacking):
            part = int(lacking[0])
        else:
            part = int(parts[np.lexsort((-total[parts], -wanted[parts, code]))[0]])
        able = np.flatnonzero(free & (counts[:, code] > 0))
        # The block that leaves least of what the part still wants, or has too much, of all classes.
        misfit = (((wanted[part] - counts[able]) / counts.sum(axis=0)) ** 2).sum(axis=1)
        block = int(able[np.lexsort((tie[able], misfit.round(12)))[0]])
        dealt[block] = part
        wanted[part] -= counts[block]
        total[part] -= counts[block].sum()
    return dealt


def _parted(dataset: Dataset, table: _Table, dealt: np.ndarray, options: SourceOptions, used: np.ndarray) -> Split:
    part_of = dict(zip(table.blocks.tolist(), dealt.tolist()))
    parts: list[list[LabelledCube]] = [[], [], []]
    for window in dataset.windows:
        if window.block in part_of:
            parts[part_of[window.block]].append(window)
    before = len(_numbers(parts[TRAIN]))
    parts[TRAIN] = _kept_away(parts[TRAIN], (*parts[VALIDATION], *parts[TEST]), options.buffer_metres)
    if not parts[TRAIN]:
        raise SampleError(
            tr(
                "The buffer of {buffer_metres:,.0f} m leaves nothing to train on: make it smaller, or the blocks "
                "of {block_metres:,.0f} m larger."
            ).format(buffer_metres=options.buffer_metres, block_metres=options.block_metres)
        )
    warnings, unlearnt = [], []
    lost = before - len(_numbers(parts[TRAIN]))
    if lost:
        warnings.append(
            tr(
                "{lost:,} of {before:,} training parcels lie within {buffer_metres:,.0f} m of validation or test "
                "ground and are left out."
            ).format(lost=lost, before=before, buffer_metres=options.buffer_metres)
        )
    held = [{int(code) for window in part for code in np.unique(window.labels)} for part in parts]
    for entry in dataset.classes:
        if entry.code not in table.codes:
            continue
        absent = [NAMES[part] for part in _FIRST if used[part] and entry.code not in held[part]]
        if absent:
            blocks = int((table.counts[:, np.flatnonzero(table.codes == entry.code)[0]] > 0).sum())
            warnings.append(
                tr("{name} lies in {blocks} and is not in the part for {absent}.").format(
                    name=tr(entry.name), blocks=counted(blocks, "block"), absent=listed([tr(part) for part in absent])
                )
            )
            unlearnt += warnings[-1:] if NAMES[TRAIN] in absent else []
    away = _kept_away(parts[VALIDATION], parts[TEST], options.buffer_metres)
    train, validation, test = (tuple(part) for part in parts)
    return Split(train, validation, test, tuple(warnings), tuple(away), tuple(unlearnt))


def _numbers(windows: Sequence[LabelledCube]) -> set[int]:
    """Numbers of the labelled parcels."""
    return {int(n) for window in windows for n in np.unique(window.parcels[window.labels > 0])} - {0}


def _kept_away(windows: Sequence[LabelledCube], others: Sequence[LabelledCube], buffer: float) -> list[LabelledCube]:
    """Blank the labels of parcels too near to ground of other parts; windows without a label left go."""
    if buffer <= 0 or not others:
        return list(windows)
    own, boxes = _boxes(windows)
    _, far = _boxes(others)
    near = _near(boxes, far, buffer)
    banned = {key for key, close in zip(own, near.tolist()) if close}
    kept = []
    for number, window in enumerate(windows):
        keys = _keys(number, window)
        blank = np.isin(keys, [key for key in np.unique(keys).tolist() if key in banned]) & (window.labels > 0)
        if not blank.any():
            kept.append(window)
        elif (window.labels[~blank] > 0).any():
            labels, parcels = np.where(blank, 0, window.labels), np.where(blank, 0, window.parcels)
            kept.append(replace(window, labels=labels, parcels=parcels))
    return kept


def _keys(number: int, window: LabelledCube) -> np.ndarray:
    """Parcel number of each pixel; ground of no parcel is a parcel of its window."""
    return np.where(window.parcels > 0, window.parcels, -1 - number)


def _boxes(windows: Sequence[LabelledCube]) -> tuple[list[int], np.ndarray]:
    """West, south, east, north of each parcel as far as its labels show in any of the windows."""
    boxes: dict[int, np.ndarray] = {}
    for number, window in enumerate(windows):
        if window.place is None:
            continue
        rows, cols = np.nonzero(window.labels)
        keys = _keys(number, window)[rows, cols]
        west, south, east, north = window.place
        tall, wide = (north - south) / window.labels.shape[0], (east - west) / window.labels.shape[1]
        left, top = west + cols * wide, north - rows * tall
        # East and north with a minus, so that the least of each column is the side of the box.
        sides = np.stack([left, top - tall, -(left + wide), -top], axis=1)
        for key in np.unique(keys).tolist():
            least = sides[keys == key].min(axis=0)
            boxes[key] = np.minimum(boxes[key], least) if key in boxes else least
    table = np.array(list(boxes.values())).reshape(-1, 4)
    return list(boxes), table * (1, 1, -1, -1)


def _near(boxes: np.ndarray, others: np.ndarray, buffer: float) -> np.ndarray:
    """Return (N,) bool: which boxes lie nearer than `buffer` to any of the others."""
    near = np.zeros(len(boxes), bool)
    if not len(others):
        return near
    others = others[np.argsort(others[:, 1])]
    tallest = (others[:, 3] - others[:, 1]).max()
    order = np.argsort(boxes[:, 1])
    for start in range(0, len(order), _CHUNK):
        chunk = order[start : start + _CHUNK]
        west, south, east, north = boxes[chunk].T[..., None]
        first = np.searchsorted(others[:, 1], south.min() - buffer - tallest)
        last = np.searchsorted(others[:, 1], north.max() + buffer, side="right")
        far = others[first:last].T[:, None]
        across = np.maximum(0, np.maximum(far[0] - east, west - far[2]))
        along = np.maximum(0, np.maximum(far[1] - north, south - far[3]))
        near[chunk] = (np.hypot(across, along) < buffer).any(axis=1)
    return near
