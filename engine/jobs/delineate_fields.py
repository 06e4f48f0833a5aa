"""Delineate fields: polygons of fields drawn from a series, where no parcel layer exists."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
from osgeo import gdal, ogr, osr

from ...models.language import tr
from ..accuracy.population import pixel_area
from ..delineation.options import DelineationOptions
from ..errors import MapError
from ..feedback import Feedback, Part
from ..gdal_cache import bounded_cache
from ..options import MappingOptions
from ..parcels.frame import Frame
from ..provenance import describe_run
from ..series.cube.reader import clip
from ..series.files.grid import Window
from ..writing.guard import refuse_overwriting, series_files
from ..writing.outputs import PendingOutputs
from ..writing.vector import INTEGER, REAL, Column, form_of, write_layer
from .series import SeriesRequest, prepare_series, warn_of_changed

if TYPE_CHECKING:
    from ..delineation.blocks import Regions
    from ..series.preprocessing.prepared import PreparedSeries

gdal.UseExceptions()
ogr.UseExceptions()

COLUMNS = (
    Column("field_id", INTEGER, "Number of the field"),
    Column("area_ha", REAL, "Area in hectares"),
    Column("peak_ndvi", REAL, "Highest mean of a sixth of the season"),
)
_READ, _GROWN = 0.05, 0.85
_NO_SKIMAGE = tr(
    "Drawing fields needs the Python package scikit-image, which is not installed: install it with "
    "QGIS's Python (pip install scikit-image)."
)


@dataclass(frozen=True)
class DelineateRequest:
    """Fields to be drawn.

    Attributes:
        series: what to read, and the checkpoint whose season and bands it is read by.
        fields: where the polygons go.
        options: what counts as a field.
    """

    series: SeriesRequest
    fields: str
    options: DelineationOptions = DelineationOptions()


@dataclass(frozen=True)
class DelineateResult:
    """What came of it.

    Attributes:
        fields: the file.
        count: how many fields there are.
    """

    fields: str
    count: int
    hectares: float

    @property
    def numbers(self) -> dict[str, object]:
        return {"FIELD_COUNT": self.count, "HECTARES": self.hectares}

    @property
    def sentence(self) -> str:
        """What came of it, in words."""
        return tr("{count:,} fields with {hectares:,.1f} ha were drawn.").format(
            count=self.count, hectares=self.hectares
        )


def check(request: DelineateRequest) -> None:
    """Raise the error that would stop a run, as far as it can be told without reading the series.

    Raises:
        MapError: scikit-image is missing.
        OutputError: the output has no known format or would replace an input.
    """
    check_package()
    form_of(request.fields)
    inputs = request.series.inputs
    refuse_overwriting([*series_files([*inputs.s2, *inputs.s1]), request.series.checkpoint], [request.fields])


def check_package() -> None:
    """Raise MapError where scikit-image is missing; nothing is imported."""
    if find_spec("skimage") is None:
        raise MapError(_NO_SKIMAGE)


@bounded_cache(MappingOptions.gdal_cache)
def delineate_fields(request: DelineateRequest, feedback: Feedback | None = None) -> DelineateResult:
    """Draw fields; the layer appears whole or not at all.

    Regions grow in blocks anchored at the origin of the grid, which are joined where both see the same field: the
    result does not depend on how much is read at once.

    Raises:
        SeriesError, GridError: the series cannot be read.
        MapError: scikit-image is missing, or nothing looks like a field.
        OutputError: the layer cannot be written.
    """
    from ...models.checkpoint import read_card
    from ..delineation.polygons import field_polygons

    feedback = feedback or Feedback()
    check(request)
    # Fields are drawn without the network: where it was trained does not matter.
    card = replace(read_card(request.series.checkpoint), region=None, years=())
    with PendingOutputs([request.series.checkpoint]) as outputs:
        pending = outputs.add(request.fields)
        feedback.title(tr("Reading the series"))
        prepared = prepare_series(request.series, card, Part(feedback, 0.0, _READ))
        work = f"{pending.path}.regions.tif"
        try:
            feedback.title(tr("Finding edges and growing fields"))
            regions = _regions(prepared, work, request.options, Part(feedback, _READ, _GROWN))
            fields = regions.fields(_smallest(prepared, request.options), request.options, prepared.s2 is not None)
            warn_of_changed(prepared, feedback)
            if not fields.any():
                raise MapError(
                    tr(
                        "Nothing in this area looks like a field: lower the greenest NDVI or the minimum area, or "
                        "allow more texture."
                    )
                )
            labels = fields[gdal.Open(work).ReadAsArray()]
        finally:
            if os.path.exists(work):
                os.remove(work)
        feedback.check()
        peaks = regions.greenest(fields)
        feedback.title(tr("Drawing polygons"))
        polygons = field_polygons(labels, prepared.grid.geotransform, request.options.tolerance)
        crs = osr.SpatialReference()
        crs.ImportFromWkt(prepared.grid.crs)
        scale = _pixel_area(prepared) / prepared.grid.pixel**2 / 1e4
        hectares: list[float] = []

        def rows():
            for number, polygon in polygons:
                feedback.check()
                area = scale * polygon.Area()
                hectares.append(area)
                peak = float(peaks[number])
                yield polygon, (number, round(area, 4), round(peak, 3) if np.isfinite(peak) else None)

        tags = describe_run(prepared, card.name, "", "CPU")
        tags["DELINEATION"] = ", ".join(f"{name}={value}" for name, value in sorted(vars(request.options).items()))
        count = write_layer(pending, crs, ogr.wkbPolygon, COLUMNS, rows(), tags)
        outputs.commit()
    feedback.progress(1.0)
    return DelineateResult(request.fields, count, sum(hectares))


def _regions(prepared: PreparedSeries, work: str, options: DelineationOptions, feedback: Feedback) -> Regions:
    """Grow the regions of the whole grid into a raster of their numbers."""
    from ..delineation.blocks import grow_all
    from ..delineation.features import HALO, PERIODS, features_of, padded

    grid = prepared.grid
    target = gdal.GetDriverByName("GTiff").Create(
        work, grid.width, grid.height, 1, gdal.GDT_Int32, ["COMPRESS=LZW", "TILED=YES", "BIGTIFF=IF_SAFER"]
    )
    band = target.GetRasterBand(1)
    prepared = _only_needed(prepared)
    bands = [series.bands if series is not None else () for series in (prepared.s2, prepared.s1)]
    with prepared.reader() as reader:

        def features(window: Window) -> tuple[np.ndarray, np.ndarray]:
            edge = np.full((window.height, window.width), np.nan, np.float32)
            course = np.full((PERIODS, window.height, window.width), np.nan, np.float32)
            for part in _parts(window):
                feedback.check()
                wanted = part.grown(HALO)
                inside = clip(wanted, grid)
                top, left = inside.row - wanted.row, inside.col - wanted.col
                below = wanted.height - top - inside.height
                right = wanted.width - left - inside.width
                cube = padded(reader.read(inside, feedback), (top, below), (left, right))
                found, seasonal = features_of(cube, *bands)
                rows = slice(part.row - window.row, part.row - window.row + part.height)
                cols = slice(part.col - window.col, part.col - window.col + part.width)
                edge[rows, cols], course[:, rows, cols] = found, seasonal
            return edge, course

        regions = grow_all(
            grid.height,
            grid.width,
            features,
            lambda window, labels: band.WriteArray(labels, window.col, window.row),
            _smallest(prepared, options),
            options,
            feedback,
        )
    band.FlushCache()
    band = target = None
    return regions


_PART = 640
"""Pixels a side that are read at once: fewer decode the blocks of files more often, more hold more memory."""


def _only_needed(prepared: PreparedSeries) -> PreparedSeries:
    """Return the series with the optical bands that borders are drawn from: the others cost most of the time."""
    from ..delineation.features import needed_bands

    if prepared.s2 is None:
        return prepared
    return replace(prepared, s2=replace(prepared.s2, bands=needed_bands(prepared.s2.bands)))


def _parts(window: Window) -> list[Window]:
    return [
        Window(row, col, min(_PART, window.row + window.height - row), min(_PART, window.col + window.width - col))
        for row in range(window.row, window.row + window.height, _PART)
        for col in range(window.col, window.col + window.width, _PART)
    ]


def _smallest(prepared: PreparedSeries, options: DelineationOptions) -> int:
    """Return the pixels of the smallest field."""
    return int(np.ceil(1e4 * options.minimum_area / _pixel_area(prepared) - 1e-9))


def _pixel_area(prepared: PreparedSeries) -> float:
    """Return square metres on the ground of a pixel, in a CRS that distorts areas too."""
    crs = osr.SpatialReference()
    crs.ImportFromWkt(prepared.grid.crs)
    return pixel_area(Frame.of_grid(prepared.grid), crs)
