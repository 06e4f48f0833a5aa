"""What is known of an output: how it is named, explained, computed, stored and styled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from osgeo import gdal

from .legend import NODATA

if TYPE_CHECKING:
    from ..models.card import Card
    from .mapping.inference import BlockResult
    from .series.season import PlacedSeason


@dataclass(frozen=True)
class Storage:
    """How a raster stores its numbers.

    Attributes:
        gdal_type: of the file.
        nodata: number of a pixel without data.
        scale: physical value of one count; None stores the values as they are.
    """

    gdal_type: int
    nodata: float
    resampling: str
    predictor: int
    scale: float | None = None


CODES = Storage(gdal.GDT_Byte, NODATA, "MODE", 1)
PERCENT = Storage(gdal.GDT_Byte, 255, "AVERAGE", 2)
SHARE = Storage(gdal.GDT_UInt16, 65535, "AVERAGE", 2, 1e-4)
"""Half the size of float32, and exact enough for a heatmap."""

FLOAT = Storage(gdal.GDT_Float32, -1.0, "AVERAGE", 3)


@dataclass(frozen=True)
class Style:
    """How a raster of numbers is coloured.

    Attributes:
        ramp: colours from the lowest to the highest value.
        limits: the values at both ends; None takes `percentiles` of the raster.
        percentiles: of the raster, 0 to 100.
        suffix: unit, behind the numbers of the legend.
        dated: the bands carry dates, for the temporal controller.
        bands: which bands are coloured, of all band names; None takes all.
    """

    ramp: tuple[str, ...]
    limits: tuple[float, float] | None = None
    percentiles: tuple[float, float] = (0.0, 100.0)
    suffix: str = ""
    dated: bool = False
    bands: Callable[[str], bool] | None = None


def _no_bands(card: Card, season: PlacedSeason) -> list[str]:
    return []


def _no_values(result: BlockResult, card: Card) -> np.ndarray:
    raise TypeError("This output is no raster.")


@dataclass(frozen=True)
class Product:
    """One output.

    Attributes:
        name: in requests, county records and the list of outputs of counties.
        key: of the dialog; in lower case also the terminal's option and the name of the file in a county's folder.
        title: in dialogs and the layer tree.
        help: what the file holds, in sentences.
        suffix: ending of the file.
        layer_order: position in the layer tree, 0 on top.
        visible: switched on when it is loaded.
        by_default: made unless the analyst leaves it out.
        bands: names of the bands, for a card and a season; none for what is no raster.
        values: physical values (bands, H, W) of one block, from the network's result and the card.
        storage, style: of a raster; a class raster has no style, its legend is in the file.
        attentions: of the network, from which a heatmap is made.
        bytes_a_pixel: of one band after compression, on maps of many small fields.
    """

    name: str
    key: str
    title: str
    help: str
    suffix: str = ".tif"
    layer_order: int = 0
    visible: bool = False
    by_default: bool = False
    bands: Callable[[Card, PlacedSeason], list[str]] = field(default=_no_bands, repr=False)
    values: Callable[[BlockResult, Card], np.ndarray] = field(default=_no_values, repr=False)
    storage: Storage = FLOAT
    style: Style | None = None
    attentions: tuple[str, ...] = ()
    bytes_a_pixel: float = 0.0

    @property
    def argument(self) -> str:
        """Name of the terminal's argument."""
        return self.key.lower()

    @property
    def option(self) -> str:
        """The terminal's option."""
        return f"--{self.argument.replace('_', '-')}"

    @property
    def file(self) -> str:
        """Name of the file where its place is not asked for."""
        return self.argument + self.suffix

    @property
    def is_raster(self) -> bool:
        """Whether it is a raster that the network fills."""
        return self.values is not _no_values
