"""One sensor pass on one date: where each band lies and how its numbers are to be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Mapping

S1, S2 = "S1", "S2"
SENSOR_NAMES = {S1: "Sentinel-1", S2: "Sentinel-2"}


@dataclass(frozen=True)
class BandSource:
    """One band of one file; physical value = number * scale + offset (reflectance 0..1; backscatter as stored).

    Attributes:
        path: what GDAL opens (a file or a /vsi path).
        band: band number in the file, from 1.
        nodata: number that marks missing pixels, if the file names one.
        scale, offset: to reflectance; 1 and 0 for backscatter.
    """

    path: str
    band: int
    nodata: float | None = None
    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class MaskSource:
    """What hides the ground: kind "scl" (scene classes) or "binary" (non-zero is cloud)."""

    kind: str
    path: str
    band: int


@dataclass(frozen=True)
class Part:
    """One tile or slice of an acquisition, on one grid or several (10 m and 20 m bands).

    Attributes:
        name: what messages call it (file or product name).
        tile: MGRS tile if known, else "".
        bands: band name ("B02", "VV") -> its source.
        mask: None when the files bring no mask.
        baseline: Sentinel-2 processing baseline as four digits ("0400"), "" where neither names nor metadata give it.
        offset_unknown: integers of a day from which products may carry 1,000 added to every number, and nothing says
            whether these do; only samples can tell.
    """

    name: str
    tile: str
    bands: Mapping[str, BandSource]
    mask: MaskSource | None = None
    baseline: str = ""
    offset_unknown: bool = False


@dataclass(frozen=True)
class Acquisition:
    """All parts of one sensor, date and (for Sentinel-1) track.

    Attributes:
        sensor: "S1" or "S2".
        date: day of acquisition (UTC).
        parts: mosaicked in this order, first valid pixel wins; sorted by name.
        track: Sentinel-1 only: "ASC-88", "DESC-3", or "ASC+4" (day number modulo 6) where the orbit is unknown.
    """

    sensor: str
    date: date
    parts: tuple[Part, ...]
    track: str = ""


@dataclass(frozen=True)
class Series:
    """The acquisitions of one sensor in the order of their dates.

    Attributes:
        sensor: "S1" or "S2".
        acquisitions: sorted by date, then track.
        bands: band names every acquisition can give, in the order of the checkpoint; substitutes applied.
        decibel: Sentinel-1 only: whether the files hold dB (True) or linear power (False).
        track_offsets: Sentinel-1 only: (track, band) -> dB to subtract.
        notes: how the files were read, for the report.
        warnings: what lowers the quality, for the report and the log.
        skipped: files left out because they could not be read, with the reason.
    """

    sensor: str
    acquisitions: tuple[Acquisition, ...]
    bands: tuple[str, ...]
    decibel: bool = True
    track_offsets: Mapping[tuple[str, str], float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()

    def files(self) -> tuple[str, ...]:
        """Return every file that is read, masks too, each once and sorted."""
        parts = [part for acquisition in self.acquisitions for part in acquisition.parts]
        bands = {source.path for part in parts for source in part.bands.values()}
        return tuple(sorted(bands | {part.mask.path for part in parts if part.mask is not None}))
