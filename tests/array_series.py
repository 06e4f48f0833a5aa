"""A prepared series whose observations are arrays in memory, and a mapping run on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from osgeo import gdal, osr

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.mapping.classify import classify
from crop_attention.engine.options import MappingOptions, SeriesOptions
from crop_attention.engine.series.cube.cube import Cube
from crop_attention.engine.series.files.grid import Grid
from crop_attention.engine.series.season import PlacedSeason
from crop_attention.models.card import Card

HEIGHT, WIDTH = 300, 410
S2, S1, STEPS = ("B02", "B04", "B08"), ("VV", "VH"), 6


def utm() -> str:
    """The WKT of UTM zone 31 north."""
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32631)
    return reference.ExportToWkt()


class ArrayReader:
    """Windows of arrays in memory, missing beyond them, as the file reader gives them."""

    def __init__(self, cube):
        self._cube = cube

    def read(self, window, feedback):
        return Cube(*(self._window(part, window) for part in vars(self._cube).values()))

    def close(self):
        pass

    def _window(self, array, window):
        if array is None:
            return None
        out = np.zeros((*array.shape[:-2], window.height, window.width), array.dtype)
        height, width = array.shape[-2:]
        top, left = max(window.row, 0), max(window.col, 0)
        bottom, right = min(window.row + window.height, height), min(window.col + window.width, width)
        if top < bottom and left < right:
            inside = (slice(top - window.row, bottom - window.row), slice(left - window.col, right - window.col))
            out[(..., *inside)] = array[..., top:bottom, left:right]
        return out


@dataclass
class Prepared:
    """What `classify` needs of a prepared series."""

    cube: Cube
    card: Card
    grid: Grid = Grid(utm(), 500_000, 5_600_000, 10, WIDTH, HEIGHT)
    options: SeriesOptions = SeriesOptions()
    s2: None = None
    s1: None = None

    def files(self):
        return ()

    @property
    def placed(self):
        return PlacedSeason(self.card.season, date(2020, 10, 1))

    def reader(self):
        return ArrayReader(self.cube)


def all_outputs(folder):
    """The path of each raster output in a folder."""
    names = (
        "crop_map",
        "confidence",
        "probabilities",
        "temporal",
        "channel",
        "spatial",
        "contribution",
        "margin",
        "entropy",
    )
    return {name: str(folder / f"{name}.tif") for name in names}


def classify_to(prepared, checkpoint, folder, feedback=None, outputs=None, wanted=None, inside=None, **options):
    """Map a series into a folder and return the result."""
    folder.mkdir(exist_ok=True)
    outputs = outputs or all_outputs(folder)
    options = MappingOptions(**options)
    return classify(prepared, str(checkpoint), outputs, options, feedback or Feedback(), wanted, inside=inside)


def read_output(folder, name):
    """The pixels of an output of `classify_to`."""
    return gdal.Open(str(folder / f"{name}.tif")).ReadAsArray()
