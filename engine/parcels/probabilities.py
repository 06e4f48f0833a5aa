"""Mean class probabilities of parcels, from a raster of one band a class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from osgeo import gdal

from ...models.language import tr
from ..errors import ParcelError
from ..feedback import Feedback
from ..safety.opening import open_raster
from ..series.files.grid import Window
from .class_map import ClassMap
from .geometry import ParcelShapes
from .visit import READING, ParcelPixels, PixelVisitor

gdal.UseExceptions()


class ProbabilityMap:
    """Class probabilities on the grid of a crop map; as a source of pixels it numbers those that hold a value.

    Attributes:
        frame, block_rows: as `visit.PixelSource` asks for.
        names: of the K bands, empty texts where the file names none.
    """

    has_confidence = False

    def __init__(self, path: str, class_map: ClassMap) -> None:
        """Open and check.

        Raises:
            ParcelError: the raster cannot be opened, or does not lie on the grid of the crop map.
        """
        try:
            self._dataset = open_raster(path)
        except RuntimeError as error:
            reason = str(error).strip().rstrip(".")
            raise ParcelError(
                tr("The class probabilities {path} cannot be opened ({reason}): check the file.").format(
                    path=path, reason=reason
                )
            ) from error
        self._path = path
        self.frame, self.block_rows = class_map.frame, class_map.block_rows
        self._check_grid()
        bands = range(1, self._dataset.RasterCount + 1)
        self.names = tuple((self._dataset.GetRasterBand(number).GetDescription() or "").strip() for number in bands)
        self._nodata = self._dataset.GetRasterBand(1).GetNoDataValue()
        self._scale = self._dataset.GetRasterBand(1).GetScale() or 1.0
        self.values = np.zeros((len(self.names), 0), np.float64)

    def codes(self, window: Window) -> np.ndarray:
        """Return (height, width) int64: place of the pixel in `values`, from 1; 0 where there is no probability.

        Keeps the (K, height x width) probabilities of the window in `values` until the next call.
        """
        try:
            stored = self._dataset.ReadAsArray(window.col, window.row, window.width, window.height)
        except RuntimeError as error:
            reason = str(error).strip().rstrip(".")
            raise ParcelError(
                tr("The class probabilities {path} cannot be read ({reason}): make them again.").format(
                    path=self._path, reason=reason
                )
            ) from error
        stored = stored.reshape(len(self.names), -1)
        known = np.isfinite(stored).all(axis=0)
        if self._nodata is not None:
            known &= (stored != self._nodata).all(axis=0)
        self.values = np.where(known, stored.astype(np.float64) * self._scale, 0.0)
        known &= self.values.sum(axis=0) > 0
        numbers = np.where(known, np.arange(1, stored.shape[1] + 1), 0)
        return numbers.reshape(window.height, window.width)

    def confidence(self, window: Window) -> np.ndarray:
        """There is none."""
        raise NotImplementedError

    def percent(self, stored: np.ndarray) -> np.ndarray:
        """There is none."""
        raise NotImplementedError

    def _check_grid(self) -> None:
        transform, frame = np.array(self._dataset.GetGeoTransform()), self.frame
        wanted = np.array(frame.geotransform(Window(0, 0, frame.height, frame.width)))
        reach = np.array([1, frame.width, frame.height] * 2)
        near = (np.abs((transform - wanted) * reach) <= 1e-3 * min(frame.pixel_width, frame.pixel_height)).all()
        if not near or (self._dataset.RasterXSize, self._dataset.RasterYSize) != (frame.width, frame.height):
            raise ParcelError(
                tr(
                    "The crop map and the class probabilities {name} do not lie on one grid: choose the two outputs "
                    "of the same run."
                ).format(name=Path(self._path).name)
            )


class _Sums:
    """Sums of probabilities, of inner pixels and of border pixels apart."""

    def __init__(self, source: ProbabilityMap, parcels: int) -> None:
        self._source = source
        self.covered = np.zeros(parcels, np.int64)
        self._count = np.zeros((parcels, 2), np.int64)
        self._sum = np.zeros((parcels, 2, len(source.names)))

    def add(self, pixels: ParcelPixels) -> None:
        """Add pixels, whose `codes` are places in the values of the source."""
        members, position, inner, codes, _ = pixels
        self.covered[members] += np.bincount(position, minlength=len(members))
        known = codes > 0
        place = codes[known] - 1
        seat = position[known].astype(np.int64) * 2 + inner[known]
        size = 2 * len(members)
        self._count[members] += np.bincount(seat, minlength=size).reshape(-1, 2)
        for band, values in enumerate(self._source.values):
            total = np.bincount(seat, weights=values[place], minlength=size)
            self._sum[members, :, band] += total.reshape(-1, 2)

    def means(self) -> tuple[np.ndarray, np.ndarray]:
        """Return (N, K) means over the inner pixels, or over all where there are no inner ones, and (N,) pixels."""
        has_inner = self._count[:, 1] > 0
        count = np.where(has_inner, self._count[:, 1], self._count.sum(axis=1))
        total = np.where(has_inner[:, None], self._sum[:, 1], self._sum.sum(axis=1))
        mean = total / np.maximum(count, 1)[:, None]
        whole = mean.sum(axis=1, keepdims=True)
        return np.divide(mean, whole, out=np.zeros_like(mean), where=whole > 0), count


def parcel_probabilities(
    probabilities: str,
    crop_map: str,
    shapes: Sequence[bytes | None],
    leave_border: bool = True,
    feedback: Feedback | None = None,
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the mean probability of each class in each parcel.

    The pixels of a parcel are those that vote for its label: see `label.label_parcels`.

    Args:
        probabilities: raster of one band a class, on the grid of the crop map.
        crop_map: the class raster of the same run.
        shapes: WKB of N polygons in the CRS of the crop map, None where there is none.
        leave_border: leave pixels on the border of a parcel out where it has others.

    Returns:
        (N, K) float64 of rows that sum to 1 (zero where nothing is seen), and the names of the K bands.

    Raises:
        ParcelError: a raster cannot be read or the two do not lie on one grid.
    """
    feedback = feedback or Feedback()
    source = ProbabilityMap(probabilities, ClassMap(crop_map, any_codes=True))
    polygons = ParcelShapes(shapes, feedback, share=READING)
    sums = _Sums(source, len(polygons))
    visitor = PixelVisitor(source, polygons, leave_border, sums, feedback)
    visitor.visit()
    visitor.visit_slivers()
    feedback.progress(1.0)
    return sums.means()[0], source.names
