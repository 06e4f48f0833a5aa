"""What is known of one distributor, as one record: names, bands, units, scale, masks and what lies beside the data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping

from ...acquisition import MaskSource
from .pattern import Pattern

S2_BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
S1_BANDS = ("VV", "VH", "HH", "HV")
OTHER = "other"
"""Sensor of records whose files are neither Sentinel-1 nor Sentinel-2: they are left aside, named."""


@dataclass(frozen=True)
class RecordScaling:
    """Physical value = number * scale + offset, for files of some types ("UInt16", "Float32") or of all."""

    scale: float
    offset: float = 0.0
    types: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """How one distributor or processor writes its files.

    Attributes:
        title: what reports call it.
        source: where its shape is documented.
        sensor: "S1", "S2" or OTHER.
        files: patterns of the data; of several records that match, the one with most fixed letters is taken.
        skip: patterns of files beside the data that are left aside, named.
        bands: a name in file names or band descriptions -> band ("B02", "VV"), mask (a key of `masks`) or "" (ignored).
        layers: bands of files whose bands have no names, in their order; several where different orders occur.
        scalings: to reflectance, or of packed backscatter to its unit; several where the names leave it open; none
            where the files' metadata or numbers tell.
        nodata: number of missing pixels where the file declares none.
        unit: Sentinel-1: unit of the numbers, "" where unknown.
        units: text of the pattern's field {unit} -> unit.
        masks: mask -> what its numbers mean (path and band number are filled in later).
        level: "1C" or "2A" where the record means one level only.
        period: days of the period whose first day the names give; 0 where they give the day of acquisition.
        analyst: whether the analyst wrote it.
    """

    title: str
    sensor: str
    files: tuple[Pattern, ...]
    source: str = ""
    skip: tuple[Pattern, ...] = ()
    bands: Mapping[str, str] = field(default_factory=dict)
    layers: tuple[tuple[str, ...], ...] = ()
    scalings: tuple[RecordScaling, ...] = ()
    nodata: float | None = None
    unit: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    masks: Mapping[str, MaskSource] = field(default_factory=dict)
    level: str = ""
    period: int = 0
    analyst: bool = False

    def band_named(self, text: str) -> str | None:
        """Return the band that a text means, "" for one that is ignored, None for a text that is not listed."""
        return self.bands.get(text.strip().upper())

    def scalings_for(self, dtype: str) -> tuple[RecordScaling, ...]:
        """Return the scalings of files of a type."""
        return tuple(each for each in self.scalings if not each.types or dtype in each.types)
