"""The votes of pixels, counted parcel by parcel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .visit import ParcelPixels

_CODES = 256


@dataclass(frozen=True)
class Count:
    """Who won in each of N parcels; arrays of length N as in `ParcelLabels`."""

    code: np.ndarray
    share: np.ndarray
    runner_up: np.ndarray
    runner_up_share: np.ndarray
    confidence: np.ndarray
    pixels: np.ndarray
    fallback: np.ndarray


class Votes:
    """Votes gathered strip by strip: memory grows with the parcels, never with the pixels."""

    def __init__(self, parcels: int) -> None:
        self._entries: list[np.ndarray] = []
        self._percent = np.zeros((parcels, 2))
        self._percent_count = np.zeros((parcels, 2), np.int64)
        self.covered = np.zeros(parcels, np.int64)

    def add(self, pixels: ParcelPixels) -> None:
        """Add pixels, whose `codes` are classes."""
        members, position, inner, codes, percent = pixels
        self.covered[members] += np.bincount(position, minlength=len(members))
        voting = codes > 0
        codes = codes[voting]
        seat = position[voting].astype(np.int64) * 2 + inner[voting]
        present = np.flatnonzero(np.bincount(codes, minlength=_CODES))
        if not len(present):
            return
        rank = np.zeros(_CODES, np.int64)
        rank[present] = np.arange(len(present))
        counts = np.bincount(seat * len(present) + rank[codes])
        held = np.flatnonzero(counts)
        seats, ranks = np.divmod(held, len(present))
        self._entries.append(np.stack([members[seats // 2], seats % 2, present[ranks], counts[held]]))
        if percent is not None:
            percent = percent[voting]
            known = np.isfinite(percent)
            size = 2 * len(members)
            total = np.bincount(seat[known], weights=percent[known], minlength=size)
            self._percent[members] += total.reshape(-1, 2)
            self._percent_count[members] += np.bincount(seat[known], minlength=size).reshape(-1, 2)

    def count(self) -> Count:
        """Return the winners: inner pixels where a parcel has any, else all of them; ties go to the smaller code."""
        size = len(self.covered)
        parcel, inner, code, votes = (
            np.concatenate(self._entries, axis=1) if self._entries else np.zeros((4, 0), np.int64)
        )
        has_inner = np.zeros(size, bool)
        has_inner[parcel[inner == 1]] = True
        heard = (inner == 1) | ~has_inner[parcel]
        parcel, code, votes = _merged(parcel[heard], code[heard], votes[heard])
        order = np.lexsort((code, -votes, parcel))
        parcel, code, votes = parcel[order], code[order], votes[order]
        winners = np.flatnonzero(np.diff(parcel, prepend=-1))
        seconds = winners[np.diff(winners, append=len(parcel)) > 1] + 1

        pixels = np.zeros(size, np.int64)
        if len(winners):
            pixels[parcel[winners]] = np.add.reduceat(votes, winners)
        codes = np.zeros((2, size), np.uint8)
        shares = np.zeros((2, size), np.float32)
        for row, chosen in enumerate((winners, seconds)):
            codes[row, parcel[chosen]] = code[chosen]
            shares[row, parcel[chosen]] = votes[chosen] / pixels[parcel[chosen]]
        return Count(codes[0], shares[0], codes[1], shares[1], self._confidence(has_inner), pixels, ~has_inner)

    def _confidence(self, has_inner: np.ndarray) -> np.ndarray:
        total = np.where(has_inner, self._percent[:, 1], self._percent.sum(1))
        known = np.where(has_inner, self._percent_count[:, 1], self._percent_count.sum(1))
        return np.where(known > 0, total / np.maximum(known, 1), np.nan).astype(np.float32)


def _merged(parcel: np.ndarray, code: np.ndarray, votes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sum the votes of one parcel for one code that came from several strips."""
    key = parcel * _CODES + code
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    if not len(starts):
        return parcel, code, votes
    return parcel[order][starts], code[order][starts], np.add.reduceat(votes[order], starts)
