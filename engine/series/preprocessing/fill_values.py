"""Fill values of backscatter that differ from one polarisation to the other: one pair of numbers, again and again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Mapping, Sequence

import numpy as np

from ....models.language import tr
from ..acquisition import BandSource, Part, Series
from ..messages import several
from .sampling import AcquisitionSample

SHARE, RARER = 0.02, 10
"""Share of the pixels of a date from which on one pair of numbers is no echo, and how many times as often as the next
pair it must stand there: coarse numbers repeat, but many of them alike."""

DIFFERENT = 50
"""Pairs from which on numbers vary as backscatter does."""


def declare_fill_values(series: Series, samples: Sequence[AcquisitionSample]) -> Series:
    """Return the series with the undeclared fill values of its polarisations as nodata, and a warning that names them.

    Tools write the floor of each polarisation (-25 and -32 dB) where nothing was measured, or cut weaker echoes off at
    it; ground sends back no pair of numbers twice.
    """
    found: dict[int, tuple[float, ...]] = {}
    for index, sample in enumerate(samples):
        pairs, counts = np.unique(sample.values[:, sample.valid], axis=1, return_counts=True)
        if len(series.bands) > 1 and len(counts) >= DIFFERENT:
            first, second = np.sort(counts)[[-1, -2]]
            if first > SHARE * counts.sum() and first > RARER * second:
                found[index] = tuple(pairs[:, np.argmax(counts)].tolist())
    if not found:
        return series
    ranked = [pair for pair, _ in Counter(found.values()).most_common()]
    # A date that shows too little of its own is taken to have what most have.
    acquisitions = tuple(
        replace(
            each,
            parts=tuple(_without(part, dict(zip(series.bands, found.get(index, ranked[0])))) for part in each.parts),
        )
        for index, each in enumerate(series.acquisitions)
    )
    warning = tr(
        "Sentinel-1 holds {numbers} in so many pixels that this is taken as no data, which no file declares."
    ).format(
        numbers=several(
            " / ".join(f"{band} {number:.6g}" for band, number in zip(series.bands, pair)) for pair in ranked
        )
    )
    return replace(series, acquisitions=acquisitions, warnings=(*series.warnings, warning))


def _without(part: Part, fills: Mapping[str, float]) -> Part:
    stored = {(part.bands[band].path, part.bands[band].band): number for band, number in fills.items()}

    def declared(bands: Mapping[str, BandSource]) -> dict[str, BandSource]:
        return {band: _declared(source, stored[source.path, source.band]) for band, source in bands.items()}

    arrangements = tuple(replace(each, bands=declared(each.bands)) for each in part.arrangements)
    return replace(part, bands=declared(part.bands), arrangements=arrangements)


def _declared(source: BandSource, number: float) -> BandSource:
    """Return a source with a nodata value, as it is stored; what the file declares stays."""
    if source.nodata is not None and np.isfinite(source.nodata):
        return source
    plain = (source.scale, source.offset) == (1.0, 0.0)
    return replace(source, nodata=number if plain else float(np.round((number - source.offset) / source.scale)))
