"""One acquisition on one window: its parts under one cloud mask, whose margins do not stop where files end."""

from __future__ import annotations

from typing import Iterator, Mapping, Sequence

import numpy as np

from ..acquisition import Acquisition
from ..files.geometry import Geometry
from ..files.grid import Window
from ..files.pool import DatasetPool
from .alignment import Placements
from .margins import grow
from .masks import margin_pixels, wide
from .part_reader import Marks, PartReader, View

ROOF = 2
"""Pixels beyond the margin that are read to tell wide bright areas from roofs."""


def halo(cloud_margin: float, pixel: float) -> int:
    """Return the pixels around a window whose masks tell what is hidden in it; both lengths in metres."""
    return margin_pixels(cloud_margin, pixel) + ROOF


class AcquisitionReader:
    """Reads the parts of one acquisition; a pixel never depends on the window, nor on how parts are cut into files."""

    def __init__(
        self,
        acquisition: Acquisition,
        bands: Sequence[str],
        geometries: Mapping[str, Geometry],
        placements: Placements,
        cloud_margin: float,
        decibel: bool = True,
        masked: bool = True,
    ) -> None:
        """`cloud_margin` is in metres; `masked` False shows what was measured, cloud too."""
        self._parts = [
            PartReader(acquisition.sensor, part, bands, geometries, placements, decibel, masked)
            for part in acquisition.parts
        ]
        self._radius = cloud_margin / placements.grid.pixel
        self._halo = halo(cloud_margin, placements.grid.pixel)

    def views(self, window: Window, pool: DatasetPool) -> Iterator[tuple[int, View]]:
        """Yield the number of each part that shows something of a window, and what it shows.

        Raises:
            SeriesError: a file cannot be read.
        """
        near = {
            index: part
            for index, part in enumerate(self._parts)
            if part.touches(window.grown(self._halo) if part.marked else window)
        }
        hidden, margin = self._hidden(near, window, pool)
        for index, part in near.items():
            if not part.touches(window):
                continue
            clear = None if index not in hidden else ~(hidden[index] | margin)
            view = part.read(window, clear, pool)
            if view is not None:
                yield index, view

    def _hidden(
        self, near: Mapping[int, PartReader], window: Window, pool: DatasetPool
    ) -> tuple[dict[int, np.ndarray], np.ndarray | None]:
        """Return what each part with masks hides of a window, and the margin around the cloud of all of them."""
        outer = window.grown(self._halo)
        marks: dict[int, Marks] = {index: part.marks(outer, pool) for index, part in near.items() if part.marked}
        if not marks:
            return {}, None
        inner = (slice(self._halo, self._halo + window.height), slice(self._halo, self._halo + window.width))
        margin = np.zeros((outer.height, outer.width), bool)
        if self._radius >= 1:
            margin = grow(np.logical_or.reduce([mark.cloud for mark in marks.values()]), self._radius)
        bright = [mark.bright for mark in marks.values() if mark.bright is not None]
        if bright:
            joined = np.logical_or.reduce(bright)
            margin = margin | grow(wide(joined), self._radius + 1)
        own = {
            index: (mark.hidden if mark.bright is None else mark.hidden | mark.bright)[inner]
            for index, mark in marks.items()
        }
        return own, margin[inner]
