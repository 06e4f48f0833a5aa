"""Which of three codes the numbers of a band called Fmask are: its pixels of ground tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Sequence

import numpy as np

from ....models.known import known
from ...errors import SeriesError
from ..acquisition import CLASSES, Acquisition, MaskSource, Series
from ..cube.part_reader import BLUE
from ..files.grid import Window
from ..recognise.masking import FMASK, FMASK_READINGS, MEANINGS
from .sampling import Sampler

GREATEST_CLASS, FILL = 5, 255
"""Codes above the first are bits, and the second is what lies outside of the image."""

GROUND = 0.02
"""Share of the pixels of an image from which on zero, which elsewhere lies outside of it, is clear ground."""


def resolve_fmask(series: Series, windows: Sequence[Window], sampler: Sampler) -> Series:
    """Read the bands called Fmask as what their numbers over the season are: bits, or classes that call clear 0 or 1.

    The first are those of HLS, the second those of Fmask 4, the third those of its elder forms.
    """
    found = [each for each in series.acquisitions if any(map(_is_open, _masks(each)))]
    if not found:
        return series
    bits, classes = FMASK_READINGS
    above, zero = tuple(range(GREATEST_CLASS + 1, FILL)), (0,)
    reading = MEANINGS[FMASK]
    for chosen, codes, least in ((classes, zero, GROUND), (bits, above, 0.0)):
        under, beside = 0, 0
        for each in found:
            sampler.feedback.check()
            trial = _with(each, MaskSource(CLASSES, "", 0, hide=codes))
            try:
                hidden, shown = sides(trial, windows, sampler)
            except SeriesError:
                # Broken files are reported, or left out, where the samples are read.
                continue
            under, beside = under + hidden.size, beside + shown.size
        if under > least * (under + beside):
            reading = chosen
    return replace(series, acquisitions=tuple(_with(each, reading) for each in series.acquisitions))


def sides(acquisition: Acquisition, windows: Sequence[Window], sampler: Sampler) -> tuple[np.ndarray, np.ndarray]:
    """Return blue of the pixels that the mask of an acquisition hides, and of those that it shows."""
    everything, shown = (sampler.reader(acquisition, (BLUE,), masked, cloud_margin=0.0) for masked in (False, True))
    sides: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for window in windows:
        clear = np.zeros((window.height, window.width), bool)
        for _, view in shown.views(window, sampler.pool):
            clear |= view.valid
        for _, view in everything.views(window, sampler.pool):
            blue = known(view.physical(0))
            sides[0].append(blue[view.valid & ~clear])
            sides[1].append(blue[view.valid & clear])
    return tuple(np.concatenate([np.zeros(0, np.float32), *side]) for side in sides)


def _masks(acquisition: Acquisition) -> list[MaskSource]:
    return [mask for part in acquisition.parts for mask in part.masks]


def _is_open(mask: MaskSource) -> bool:
    return replace(mask, path="", band=0) == MEANINGS[FMASK]


def _with(acquisition: Acquisition, reading: MaskSource) -> Acquisition:
    """Return an acquisition whose bands called Fmask are read so."""
    return replace(
        acquisition,
        parts=tuple(
            replace(
                part,
                masks=tuple(
                    replace(reading, path=mask.path, band=mask.band) if _is_open(mask) else mask for mask in part.masks
                ),
            )
            for part in acquisition.parts
        ),
    )
