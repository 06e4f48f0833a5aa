"""A map read strip by strip with what its classes are chosen from, and the classes that come of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...models.card import CropClass
from ...models.known import known
from ..accuracy.matching import band_codes
from ..feedback import Feedback
from ..legend import NODATA
from ..parcels.class_map import ClassMap
from ..parcels.geometry import ParcelShapes
from ..parcels.probabilities import ProbabilityMap
from ..parcels.rasterise import burn_numbers
from ..series.files.grid import Window
from .legend import Joined
from .mask import CroplandMask
from .options import PARCELS, CleaningOptions
from .smooth import first_two, smoothed


class CleanStream:
    """The classes of a map after joining, smoothing and leaving open; alike whatever the height of the strips."""

    def __init__(
        self,
        class_map: ClassMap,
        classes: Sequence[CropClass],
        joined: Joined,
        probabilities: ProbabilityMap | None,
        mask: CroplandMask | None,
        shapes: Sequence[bytes | None],
        options: CleaningOptions,
    ) -> None:
        """Put the sources together.

        Args:
            class_map: the map, with its confidence where there is one.
            classes: of the map, by code.
            probabilities: on the same grid; None takes the classes of the map as they are.
            mask: pixels outside are taken out.
            shapes: WKB of the parcels in the CRS of the map, for smoothing within them.

        Raises:
            MapError: the bands of the probabilities are not the classes of the map.
        """
        self._map, self._joined, self._mask, self._options = class_map, joined, mask, options
        self._probabilities = probabilities
        self._sums = None
        if probabilities is not None:
            self._sums = joined.of_bands(band_codes(probabilities.names, classes))
        self._polygons = ParcelShapes(shapes, Feedback()) if options.smoothing == PARCELS else None
        self._ranges = class_map.frame.ranges(self._polygons.envelopes) if self._polygons is not None else None

    def classes(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Return (H, W) uint8 codes of the map before, joined only, and after, of a window of whole rows."""
        before = self._joined.lookup[self._map.codes(window)]
        if self._sums is None:
            after, first, margin = before, None, None
            if self._map.has_confidence:
                first = self._map.percent(self._map.confidence(window))
        else:
            place, first, second = first_two(self._joined_probability(window))
            codes = np.array([entry.code for entry in self._joined.classes], np.uint8)
            after = np.where((first > 0) & (before > 0), codes[place], before)
            first, margin = 100 * first, 100 * (first - second)
        after = after.copy()
        if self._options.least_confidence > 0 and first is not None:
            # What is not known to be certain is not certain.
            after[~(first >= self._options.least_confidence)] = NODATA
        if self._options.least_margin > 0 and margin is not None:
            after[~(margin >= self._options.least_margin)] = NODATA
        if self._mask is not None:
            after[self._mask.outside(window)] = NODATA
        return before, after

    def _joined_probability(self, window: Window) -> np.ndarray:
        """Return (L, H, W) probabilities of the new classes, smoothed where that is asked for."""
        smooth = self._options.smoothing != "none"
        radius = self._options.radius if smooth else 0
        grown = window.grown(radius)
        values = self._padded(grown)
        values = np.tensordot(known(self._sums), values, axes=1)
        whole = values.sum(axis=0)
        values = np.divide(values, whole, out=np.zeros_like(values), where=whole > 0)
        if not smooth:
            return values
        owner = None
        if self._polygons is not None:
            top, bottom, left, right = known(self._ranges).T
            here = (top < grown.row + grown.height) & (bottom >= grown.row) & (top <= bottom)
            owner = burn_numbers(self._polygons, np.flatnonzero(here), grown, self._map.frame)
        return smoothed(values, radius, owner)

    def _padded(self, window: Window) -> np.ndarray:
        """Return (K, H, W) probabilities of a window that may reach beyond the raster, zero there."""
        frame, source = self._map.frame, known(self._probabilities)
        first, last = max(window.row, 0), min(window.row + window.height, frame.height)
        inside = Window(first, 0, last - first, frame.width)
        source.codes(inside)
        values = np.zeros((len(source.names), window.height, window.width))
        rows = slice(first - window.row, last - window.row)
        cols = slice(-window.col, -window.col + frame.width)
        values[:, rows, cols] = source.values.reshape(-1, inside.height, inside.width)
        return values
