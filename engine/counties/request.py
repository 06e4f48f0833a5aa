"""Many counties: what is asked for, what comes back, and the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from .. import products
from ..options import MappingOptions, ParcelOptions, SeriesOptions
from .outcome import CANCELLED, DONE, FAILED, KEPT, CountyOutcome

PARCEL_LABELS, REPORT = products.PARCEL_LABELS.name, products.REPORT.name
FILES: Mapping[str, str] = MappingProxyType({product.name: product.file for product in products.PRODUCTS})
"""Output -> its file in the folder of a county."""

RASTERS = tuple(product.name for product in products.rasters())
COUNTY = "{county}"
"""Stands in a path of rasters for the name of the county."""


@dataclass(frozen=True)
class CountiesOptions:
    """How counties are run.

    Attributes:
        outputs: what to write for each county, names of `FILES`; labels are written where parcels are given.
        attempts: how often a county is tried whose worker died.
    """

    outputs: tuple[str, ...] = ("crop_map", "confidence", PARCEL_LABELS, REPORT)
    attempts: int = 3


@dataclass(frozen=True)
class CountiesRequest:
    """A run over counties.

    Attributes:
        folder: output folder of all counties.
        checkpoint: file of the network.
        s2, s1: files and folders of each sensor, shared by all counties, or with `{county}` in their path a folder a
            county; either may be empty.
        counties, counties_layer: polygon layer of the counties; "" where the parcel layer alone names them.
        name_field: field of the county's name, in the county layer or, without one, in the parcel layer.
        parcels, parcels_layer: parcel layer to label; "" for none.
        parcels_field: field of the parcel layer that holds the name of the county; "" goes by place.
        season_start: first day of the season, or the year of its harvest; None chooses the year from the dates.
        series_options, mapping_options, parcel_options, options: how to read, map and label, and what to write.
        encoding: of the text of county and parcel layers; "" takes what the files say.
        scheduler, workers: address of a Dask scheduler, or number of processes on this computer; with neither, one
            county after the other in this process.
    """

    folder: str
    checkpoint: str
    s2: tuple[str, ...] = ()
    s1: tuple[str, ...] = ()
    counties: str = ""
    counties_layer: str = ""
    name_field: str = ""
    parcels: str = ""
    parcels_layer: str = ""
    parcels_field: str = ""
    season_start: date | int | None = None
    series_options: SeriesOptions = SeriesOptions()
    mapping_options: MappingOptions = MappingOptions()
    parcel_options: ParcelOptions = ParcelOptions()
    options: CountiesOptions = CountiesOptions()
    scheduler: str = ""
    workers: int | None = None
    encoding: str = ""


@dataclass(frozen=True)
class CountiesResult:
    """A run over counties that is over.

    Attributes:
        outcomes: one a county, in the order of the layer.
        counts: status -> number of counties.
        table_gpkg, table_csv, index_html: the files that sum it up.
    """

    outcomes: tuple[CountyOutcome, ...]
    counts: Mapping[str, int]
    table_gpkg: str
    table_csv: str
    index_html: str

    @property
    def whole(self) -> int:
        """Number of counties that are whole, from this run or an earlier one."""
        return self.counts.get(DONE, 0) + self.counts.get(KEPT, 0)

    @property
    def failures(self) -> list[CountyOutcome]:
        """What became of the counties that failed."""
        return [outcome for outcome in self.outcomes if outcome.status == FAILED]

    @property
    def numbers(self) -> dict[str, int]:
        return {"DONE": self.counts.get(DONE, 0), "KEPT": self.counts.get(KEPT, 0), "FAILED": self.failed}

    @property
    def failed(self) -> int:
        """Number of counties that failed; a caller must not report success where it is not zero."""
        return self.counts.get(FAILED, 0)

    @property
    def cancelled(self) -> int:
        """Number of counties that were stopped or not reached."""
        return self.counts.get(CANCELLED, 0)
