"""A cropland mask of any kind of numbers, read on the grid of a map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...models.language import tr
from ..errors import MapError
from ..parcels.class_map import ClassMap
from ..parcels.warped import warped
from ..safety.opening import open_raster
from ..series.files.geometry import on_earth
from ..series.files.grid import Window

Ranges = Sequence[tuple[float, float]]


def read_ranges(text: str) -> list[tuple[float, float]]:
    """Return first and last value of each part of a text such as "40; 211-223".

    Raises:
        MapError: a part is no number and no range.
    """
    found = []
    for part in filter(None, (part.strip() for part in text.replace(",", ";").split(";"))):
        first, dash, last = part[1:].partition("-")
        try:
            found.append((float(part[0] + first), float(last if dash else part[0] + first)))
        except ValueError:
            raise MapError(
                tr(
                    "'{part}' of the cropland values is not a number: write them as, for example, '40' or '211-223; "
                    "241'."
                ).format(part=part)
            ) from None
    return found


class CroplandMask:
    """Which pixels of a map are cropland by another raster, nearest neighbour."""

    def __init__(self, path: str, class_map: ClassMap, cropland: Ranges) -> None:
        """Open.

        Args:
            path: raster on any grid.
            class_map: the map.
            cropland: values that are cropland, as `read_ranges` returns them; none: all but 0.

        Raises:
            MapError: the raster cannot be opened or has no CRS.
        """
        try:
            source = open_raster(path)
        except RuntimeError as error:
            reason = str(error).strip().rstrip(".")
            raise MapError(
                tr("The cropland mask {path} cannot be opened ({reason}): check the file.").format(
                    path=path, reason=reason
                )
            ) from error
        if not on_earth(source.GetSpatialRef()):
            raise MapError(
                tr("The cropland mask {path} has no coordinate reference system: assign the right one first.").format(
                    path=path
                )
            )
        self._cropland = tuple(cropland)
        self._warped = warped(
            class_map,
            source,
            # Without it GDAL 3.13 turns the value 0 into 1 where 0 is the no-data of the file too.
            dstNodata="none",
            warpOptions=["INIT_DEST=0"],
            dstAlpha=True,
        )

    def outside(self, window: Window) -> np.ndarray:
        """Return (height, width) bool: what is not cropland, has no value, or lies beyond the mask."""
        stored = self._warped.ReadAsArray(window.col, window.row, window.width, window.height)
        values, known = stored[0], stored[-1]
        if not self._cropland:
            return (known == 0) | (values == 0) | ~np.isfinite(values)
        inside = [(values >= first) & (values <= last) for first, last in self._cropland]
        return (known == 0) | ~np.logical_or.reduce(inside)
