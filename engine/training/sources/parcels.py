"""Labelled parcels over a raster series: the analyst's way to training data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

import numpy as np
from osgeo import osr

from ....models.card import CropClass
from ....models.language import span, tr
from ...errors import ParcelError
from ...feedback import Feedback
from ...gdal_cache import bounded_cache
from ...options import MappingOptions
from ...parcels.frame import Frame
from ...parcels.geometry import ParcelShapes
from ...parcels.source import ParcelSource
from ...series.cube.cube import Cube
from ...series.files.grid import Grid, Window
from ...series.messages import count, short_name
from ...series.preprocessing.prepared import PreparedSeries
from ..dataset import Dataset, LabelledCube
from ..options import SourceOptions
from ..rare_classes import resolve_rare
from .blocks import block_numbers
from .ground import LabelledGround
from .naming import classes_of
from .store import WindowStore, bounded
from .windows import Tile, choose_windows, tiles_of

_SEARCH, _BURN = 0.05, 0.15
_FLOAT, _FLAG = 4, 1


@dataclass(frozen=True)
class _Labelled:
    """Labelled parcels on the grid in an order that does not depend on the layer's."""

    shapes: list[bytes]
    names: list[str]
    blocks: np.ndarray
    warnings: tuple[str, ...]


def read_parcels(
    prepared: PreparedSeries,
    parcels: str | Path,
    field: str,
    options: SourceOptions,
    feedback: Feedback,
    cache: Path | None = None,
    classes: Sequence[CropClass] | None = None,
    layer: str | None = None,
    licence: str = "",
    encoding: str = "",
) -> Dataset:
    """Cut labelled windows around the parcels of a layer.

    A window holds the labels of all parcels of its spatial block that reach into it, and of no other block, so that
    blocks can be parted without a leak. The result does not depend on the order of the features.

    Args:
        prepared: the series; its grid and calendar are those of the windows.
        parcels: a polygon file in any CRS.
        field: holds the crop; empty values are ignored.
        options: windows, inset, blocks and the least numbers.
        cache: folder for the windows where they are too many for memory; its files belong to the caller afterwards.
        classes: of a base checkpoint: values that match one by name, whatever the case and accents, take it over.
        layer: of the file; the first with polygons if None.
        encoding: of the text of the file; "" takes what the file says.

    Returns:
        Windows of `options.window` pixels a side with float16 cubes; a sensor that is absent is missing everywhere.

    Raises:
        ParcelError: the layer cannot be used: no such field, no polygons, none inside the series.
        SampleError: fewer than two classes are left, or there is no room for the windows.
        SeriesError: a raster cannot be read.
    """
    path = str(parcels)
    found = _labelled(path, layer, field, prepared.grid, options, feedback, encoding)
    where = tr("The field {field} of {path}").format(field=field, path=short_name(path))
    by_name = classes_of(set(found.names), classes, where, options.legend)
    codes = np.array([by_name[name].code if name in by_name else 0 for name in found.names])
    feedback.progress(_SEARCH)
    ground = LabelledGround(found.shapes, prepared.grid, options.inset, options.minimum_pixels, feedback)
    ground.count_pixels()
    usable = ground.pixels >= max(1, options.minimum_pixels)
    small = int((~usable).sum())
    warnings = list(found.warnings)
    unknown = int((codes == 0).sum())
    if unknown:
        warnings.append(
            tr("{unknown} of {count_codes:,} whose code has no class in the base: ignored.").format(
                unknown=_parcels(unknown), count_codes=len(codes)
            )
        )
    if small:
        warnings.append(
            tr(
                "{small} of {count_codes:,} with a label under {minimum_pixels} pixels that no other parcel "
                "covers: left out."
            ).format(small=_parcels(small), count_codes=len(codes), minimum_pixels=options.minimum_pixels)
        )
    every = {entry.code: entry for entry in (*(classes or ()), *by_name.values())}
    settled = resolve_rare(tuple(every.values()), _counted(codes[usable]), options, where)
    codes = settled.recode[codes]
    usable &= codes > 0
    warnings += settled.warnings
    samples = choose_windows(ground, found.blocks, usable, prepared.grid, options.window, options.windows)
    feedback.progress(_BURN)
    windows = _read(prepared, samples, ground, np.where(usable, codes, 0), found.blocks, options, feedback, cache)
    unseen = len(samples) - len(windows)
    if unseen:
        warnings.append(tr("{unseen} without any valid observation: left out.").format(unseen=count(unseen, "window")))
    if not windows:
        raise ParcelError(
            tr("No parcel of {path} has a valid observation of the series: choose other dates or parcels.").format(
                path=short_name(path)
            )
        )
    for warning in warnings:
        feedback.warning(warning)
    card, placed = prepared.card, prepared.placed
    last = placed.step_bounds(card.season.steps - 1)[1]
    total = sum(settled.counts.values())
    return Dataset(
        windows=tuple(windows),
        classes=settled.classes,
        season=card.season,
        s2_bands=card.s2_bands,
        s1_bands=card.s1_bands,
        counts=settled.counts,
        description=tr("{parcels} of {file} in {classes} classes ({field}), {days}.").format(
            parcels=_parcels(total),
            file=short_name(path),
            classes=len(settled.classes),
            field=field,
            days=span(placed.start, last),
        ),
        licence=licence,
        warnings=tuple(warnings),
    )


def _labelled(
    path: str, layer: str | None, field: str, grid: Grid, options: SourceOptions, feedback: Feedback, encoding: str
) -> _Labelled:
    """Read the parcels that have a label and touch the grid, and put them in order."""
    source = ParcelSource(path, layer, encoding=encoding, field=field)
    crs = osr.SpatialReference()
    crs.ImportFromWkt(grid.crs)
    crs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    shapes, names = source.labelled(crs, field, feedback)
    empty = sum(not name for name in names)
    if empty == len(names):
        raise ParcelError(
            tr("The field {field} of {path} is empty in all {parcels}: choose the field that names the crop.").format(
                field=field, path=short_name(path), parcels=_parcels(len(names))
            )
        )
    labelled = [number for number, name in enumerate(names) if name and shapes[number] is not None]
    polygons = ParcelShapes([shapes[number] for number in labelled], feedback)
    ranges = Frame.of_grid(grid).ranges(polygons.envelopes)
    inside = np.flatnonzero(ranges[:, 0] <= ranges[:, 1])
    if not len(inside):
        raise ParcelError(
            tr("No labelled parcel of {path} lies inside the raster series: choose parcels of the same area.").format(
                path=short_name(path)
            )
        )
    west, south, east, north = polygons.envelopes[inside].T
    blocks = block_numbers((west + east) / 2, (south + north) / 2, options.block_metres)
    keys = [
        (int(block), -float(top), float(left), shapes[labelled[number]], names[labelled[number]])
        for block, top, left, number in zip(blocks, north, west, inside)
    ]
    keys.sort()
    warnings = []
    if empty:
        warnings.append(
            tr("{empty} of {count_names:,} without a value in {field}: ignored.").format(
                empty=_parcels(empty), count_names=len(names), field=field
            )
        )
    outside = sum(bool(name) for name in names) - len(inside)
    if outside:
        warnings.append(
            tr("{outside} of {count_names:,} outside the raster series: ignored.").format(
                outside=_parcels(outside), count_names=len(names)
            )
        )
    return _Labelled(
        [key[3] for key in keys], [key[4] for key in keys], np.array([key[0] for key in keys]), tuple(warnings)
    )


@bounded_cache(MappingOptions.gdal_cache)
def _read(
    prepared: PreparedSeries,
    samples: Sequence[tuple[int, Window]],
    ground: LabelledGround,
    codes: np.ndarray,
    blocks: np.ndarray,
    options: SourceOptions,
    feedback: Feedback,
    cache: Path | None,
) -> list[LabelledCube]:
    """Read the windows tile by tile."""
    card = prepared.card
    steps, s2, s1 = card.season.steps, len(card.s2_bands), len(card.s1_bands)
    tiles = tiles_of(samples, options.window, steps * ((s2 + s1) * _FLOAT + 2 * _FLAG))
    shapes = [shape for tile in tiles for shape in tile.shapes()]
    store = WindowStore(shapes, steps, s2, s1, cache)
    lookup = np.concatenate([[0], codes]).astype(np.uint8)
    block_of = np.concatenate([[0], blocks])
    kept: list[LabelledCube] = []
    try:
        with prepared.reader() as reader:
            for done, tile in enumerate(tiles):
                feedback.check()
                cube = bounded(reader.read(tile.area, feedback))
                numbers = ground.burn(tile.area)
                kept += _cut(tile, cube, numbers, lookup, block_of, prepared.grid, store)
                feedback.progress(_BURN + (1 - _BURN) * (done + 1) / len(tiles))
        store.flush()
    except BaseException:
        store.discard()
        raise
    return kept


def _cut(
    tile: Tile,
    cube: Cube,
    numbers: np.ndarray,
    lookup: np.ndarray,
    block_of: np.ndarray,
    grid: Grid,
    store: WindowStore,
) -> list[LabelledCube]:
    """Cut the windows of one tile; those without any observation are left out."""
    found = []
    area = store.keep(cube, (tile.area.height, tile.area.width)) if tile.shared else cube
    for window, block in zip(tile.windows, tile.blocks):
        rows = slice(window.row - tile.area.row, window.row - tile.area.row + window.height)
        cols = slice(window.col - tile.area.col, window.col - tile.area.col + window.width)
        part = area.cut(rows, cols)
        if part.empty():
            continue
        own = np.where(block_of[numbers[rows, cols]] == block, numbers[rows, cols], 0)
        labels = lookup[own]
        west, north = grid.x0 + window.col * grid.pixel, grid.y0 - window.row * grid.pixel
        place = (west, north - window.height * grid.pixel, west + window.width * grid.pixel, north)
        if not tile.shared:
            part = store.keep(part, (window.height, window.width))
        found.append(LabelledCube(part, labels, np.where(labels > 0, own, 0).astype(np.int32), block, place))
    return found


def _counted(codes: np.ndarray) -> dict[int, int]:
    values, counts = np.unique(codes, return_counts=True)
    return dict(zip(values.tolist(), counts.tolist()))


def _parcels(number: int) -> str:
    return count(number, "parcel")
