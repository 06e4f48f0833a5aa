"""One county as a worker gets it: paths, numbers and texts, nothing open."""

from __future__ import annotations

from dataclasses import dataclass

from ..options import MappingOptions, ParcelOptions, SeriesOptions


@dataclass(frozen=True)
class CountyParcels:
    """The parcels of one county.

    Attributes:
        path, layer: the parcel layer; "" takes the first layer with polygons.
        fids: its features that belong to the county, in the order of the layer.
    """

    path: str
    layer: str
    fids: tuple[int, ...]


@dataclass(frozen=True)
class CountyTask:
    """Everything that a worker must know to run one county; it can be pickled.

    Attributes:
        name: of the county, as the analyst's layer says it.
        key: its folder in the output folder: safe on any file system, unique, the same in every run.
        folder: the output folder of all counties.
        shape_wkb, crs_wkt: polygon of the county and its CRS.
        s2, s1: files and folders of each sensor; either may be empty.
        checkpoint: file of the network.
        season_start: first day of the season, ISO 8601; None chooses the year from the dates.
        series_options, mapping_options, parcel_options: how to read, map and label.
        parcels: what to label; None where no parcels are given.
        by_parcels: the county is its parcels: nothing outside them is mapped, and the polygon is only their box.
        outputs: what to write, names of `options.FILES`.
        created: time on all outputs, ISO 8601, the same for a run and for all that resume it.
        fingerprint: digest of all that decides the outputs; kept in the marker of the county.
        token: of the run that holds the output folder; a worker whose run is over must not write. "" is not checked.
    """

    name: str
    key: str
    folder: str
    shape_wkb: bytes
    crs_wkt: str
    s2: tuple[str, ...]
    s1: tuple[str, ...]
    checkpoint: str
    season_start: str | None = None
    series_options: SeriesOptions = SeriesOptions()
    mapping_options: MappingOptions = MappingOptions()
    parcel_options: ParcelOptions = ParcelOptions()
    parcels: CountyParcels | None = None
    by_parcels: bool = False
    outputs: tuple[str, ...] = ("crop_map",)
    created: str = ""
    fingerprint: str = ""
    token: str = ""
