"""One sensor pass on one date: where each band lies, how its numbers are to be read, and how that is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Mapping

from ...models.language import N_

S1, S2 = "S1", "S2"
SENSOR_NAMES = {S1: "Sentinel-1", S2: "Sentinel-2"}

METADATA, NAME, NUMBERS, ANALYST, TYPE = "metadata", "name", "numbers", "analyst", "type"
"""Where something is known from: tags and metadata files; names of files, folders and bands (a distributor recognised
by its names too); the numbers of the acquisition; the analyst's options, record or list; the type and count of bands
alone, the weakest."""

DECIBEL, POWER, AMPLITUDE = "decibel", "power", "amplitude"
"""Units of backscatter."""

UNIT_NAMES = {DECIBEL: N_("decibels"), POWER: N_("linear power"), AMPLITUDE: N_("amplitude")}

CLASSES, BITS, FLAG, PROBABILITY, CLEARNESS, DATA = "classes", "bits", "flag", "probability", "clearness", "data"
"""Kinds of masks."""


@dataclass(frozen=True)
class Scaling:
    """Physical value = number * scale + offset; `origin` is one of METADATA, NAME, NUMBERS, ANALYST, TYPE."""

    scale: float
    offset: float
    origin: str


@dataclass(frozen=True)
class BandSource:
    """One band of one file; physical value = number * scale + offset.

    Attributes:
        path: what GDAL opens (a file or a /vsi path).
        band: band number in the file, from 1.
        nodata: number that marks missing pixels, if the file or its distributor names one.
        scale, offset: to reflectance (0..1), or of packed backscatter to its unit.
    """

    path: str
    band: int
    nodata: float | None = None
    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class BitTest:
    """A test of some bits of a mask: it holds where (number & bits) is one of `equals`."""

    bits: int
    equals: tuple[int, ...]


@dataclass(frozen=True)
class MaskSource:
    """One band that says what hides the ground, and what its numbers mean.

    Attributes:
        kind: CLASSES, BITS, FLAG (not zero hides), PROBABILITY (above `threshold` hides), CLEARNESS (below it hides) or
            DATA (zero is no measurement, which says nothing of clouds).
        hide: CLASSES: codes that hide.
        margin: CLASSES: codes that hide, and around which the cloud margin is hidden too.
        known: CLASSES: every code that the distributor uses; any other code hides, and tells of a damaged mask.
        hide_bits: BITS: a pixel is hidden where one of these tests holds.
        margin_bits: BITS: tests that hide, and around which the cloud margin is hidden too.
        threshold: PROBABILITY: the greatest number that still shows the ground; CLEARNESS: the least.
        margins: FLAG, PROBABILITY, CLEARNESS: whether the cloud margin is added.
        title: what it is called in messages ("scene classification (SCL)", "Fmask").
    """

    kind: str
    path: str
    band: int
    hide: tuple[int, ...] = ()
    margin: tuple[int, ...] = ()
    known: tuple[int, ...] = ()
    hide_bits: tuple[BitTest, ...] = ()
    margin_bits: tuple[BitTest, ...] = ()
    threshold: float = 0.0
    margins: bool = True
    title: str = ""


@dataclass(frozen=True)
class Arrangement:
    """One of several ways in which the nameless bands of a file may follow each other.

    Attributes:
        title: the order in words ("by wavelength", "VH before VV").
        bands: band name -> its source, as in `Part.bands`.
        masks: as in `Part.masks`.
    """

    title: str
    bands: Mapping[str, BandSource]
    masks: tuple[MaskSource, ...] = ()


@dataclass(frozen=True)
class Origins:
    """Where each belief about a part is known from: METADATA, NAME, NUMBERS, ANALYST or TYPE, "" while it is open."""

    date: str = ""
    bands: str = ""
    unit: str = ""
    scale: str = ""
    offset: str = ""
    mask: str = ""


@dataclass(frozen=True)
class Part:
    """One tile or slice of an acquisition, on one grid or several (10 m and 20 m bands).

    Attributes:
        name: what messages call it (file or product name).
        tile: MGRS tile if known, else "".
        bands: band name ("B02", "VV") -> its source.
        masks: what hides the ground; a pixel is clear where every one of them shows it. Empty without any mask.
        baseline: Sentinel-2 processing baseline as four digits ("0400"), "" where neither names nor metadata give it.
        distributor: title of the record that recognised the files ("Theia MUSCATE"), "" where heuristics did.
        pattern: the files' name with placeholders ("T{tile}_{date}_{band}_10m.jp2"), for the report.
        candidates: scalings that metadata and name leave open, the likeliest first; `bands` hold the first. Empty
            where the scaling is known. They hold for every band of the part; numbers settle them, or the analyst.
        arrangements: orders of nameless bands that are possible; `bands` and `masks` hold the first. Empty where the
            order is known.
        unit: Sentinel-1 only: DECIBEL, POWER, AMPLITUDE, or "" where only numbers can tell.
        origins: where each of these is known from.
        stand_ins: missing band -> the band that stands in for it.
    """

    name: str
    tile: str
    bands: Mapping[str, BandSource]
    masks: tuple[MaskSource, ...] = ()
    baseline: str = ""
    distributor: str = ""
    pattern: str = ""
    candidates: tuple[Scaling, ...] = ()
    arrangements: tuple[Arrangement, ...] = ()
    unit: str = ""
    origins: Origins = Origins()
    stand_ins: Mapping[str, str] = field(default_factory=dict)

    @property
    def cloud_masks(self) -> tuple[MaskSource, ...]:
        """Return the masks that tell of clouds, or of layover and shadow of a radar."""
        return tuple(mask for mask in self.masks if mask.kind != DATA)

    @property
    def scale_open(self) -> bool:
        """Return whether only numbers or the analyst can tell how stored numbers are scaled."""
        return len(self.candidates) > 1

    @property
    def order_open(self) -> bool:
        """Return whether only numbers or the analyst can tell which band is which."""
        return len(self.arrangements) > 1


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
        return tuple(sorted(bands | {mask.path for part in parts for mask in part.masks}))
