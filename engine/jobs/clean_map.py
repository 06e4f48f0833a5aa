"""Clean a map: join classes, smooth, leave uncertain pixels open, give small areas to their neighbours."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from osgeo import gdal

from ...models.language import tr
from ...models.naming import called
from ...models.spelling import meant
from ..accuracy.map_classes import MapClasses, classes_on
from ..accuracy.population import pixel_area
from ..cleaning.legend import Joined, join_classes
from ..cleaning.mask import CroplandMask, read_ranges
from ..cleaning.options import PARCELS, CleaningOptions
from ..cleaning.sieve import sieve
from ..cleaning.stream import CleanStream
from ..errors import MapError
from ..feedback import Feedback, Part
from ..legend import NODATA
from ..mapping.writer import RasterWriter
from ..parcels.class_map import ClassMap
from ..parcels.probabilities import ProbabilityMap
from ..product import CODES, Storage
from ..provenance import derived_tags
from ..report.numbers import in_percent
from ..writing.guard import refuse_overwriting
from ..writing.outputs import PendingOutput, PendingOutputs

if TYPE_CHECKING:
    from ..parcels.layer import Parcels

gdal.UseExceptions()

_CHOSEN, _SIEVED = 0.6, 0.85


@dataclass(frozen=True)
class CleanMapRequest:
    """A map to be made ready for use.

    Attributes:
        crop_map: class raster.
        clean_map: where the new one goes.
        probabilities, confidence: of the same run, "" without.
        mask: cropland mask on any grid, "" without; where it has no data, nothing is cropland.
        parcels: polygons to smooth within, None without.
        table: class of the map -> new name, "" to take it out.
    """

    crop_map: str
    clean_map: str
    probabilities: str = ""
    confidence: str = ""
    mask: str = ""
    parcels: Parcels | None = None
    table: Mapping[str, str] = field(default_factory=dict)
    options: CleaningOptions = CleaningOptions()


@dataclass(frozen=True)
class CleanMapResult:
    """What came of it.

    Attributes:
        clean_map: the file.
        pixels: with a class, before.
        changed: of these, with another class now (joining alone is no change).
        opened: of these, without a class now.
    """

    clean_map: str
    pixels: int
    changed: int
    opened: int

    @property
    def numbers(self) -> dict[str, object]:
        whole = max(self.pixels, 1)
        return {"CHANGED_SHARE": self.changed / whole, "OPEN_SHARE": self.opened / whole, "PIXELS": self.pixels}

    @property
    def sentence(self) -> str:
        """What came of it, in words."""
        whole = max(self.pixels, 1)
        return tr("{changed} of {pixels:,} pixels have another class, {opened} are left unclassified.").format(
            changed=in_percent(self.changed / whole), pixels=self.pixels, opened=in_percent(self.opened / whole)
        )


def check(request: CleanMapRequest) -> None:
    """Raise the error that would stop a run, before anything is computed.

    Raises:
        MapError: the options ask for an input that is not given, the mask cannot be used, or classes do not fit.
        ParcelError: a raster cannot be used.
    """
    _sources(request, Feedback())


def clean_map(request: CleanMapRequest, feedback: Feedback | None = None) -> CleanMapResult:
    """Make a map ready for use; the file appears whole or not at all.

    The order: classes are joined (their probabilities added up), probabilities smoothed, the most probable class
    taken, uncertain pixels and those off the mask left open, then small areas given to their largest neighbour.

    Raises:
        MapError, ParcelError: as `check`; or no pixel is left.
        OutputError: the map cannot be written.
    """
    feedback = feedback or Feedback()
    given = [request.crop_map, request.probabilities, request.confidence, request.mask]
    given.append(getattr(request.parcels, "path", ""))
    refuse_overwriting(given, [request.clean_map])
    with PendingOutputs(protected=[path for path in given if path]) as outputs:
        pending = outputs.add(request.clean_map)
        for sentence in unused(request):
            feedback.warning(sentence)
        class_map, joined, stream = _sources(request, feedback)
        work = f"{pending.path}.work.tif"
        try:
            feedback.title(tr("Choosing classes"))
            _write_classes(work, class_map, stream, Part(feedback, 0.0, _CHOSEN))
            feedback.title(tr("Removing small areas"))
            least = _least_pixels(joined, class_map, request.options)
            sieve(work, least, Part(feedback, _CHOSEN, _SIEVED))
            feedback.title(tr("Writing the map"))
            found = _write_map(pending, work, class_map, joined, request, Part(feedback, _SIEVED, 1.0))
        finally:
            if os.path.exists(work):
                os.remove(work)
        outputs.commit()
    return CleanMapResult(request.clean_map, *found)


def unused(request: CleanMapRequest) -> list[str]:
    """Return a sentence for each input that is given and changes nothing with these options."""
    options, found = request.options, []
    if request.parcels is not None and options.smoothing != PARCELS:
        found.append(
            tr("The parcels are not used: only with '{value}' as {option} is the map smoothed within them.").format(
                value=PARCELS, option=called("smoothing")
            )
        )
    if request.confidence and (request.probabilities or not options.least_confidence):
        reason = (
            tr("the class probabilities tell it")
            if options.least_confidence
            else tr("{option} is 0").format(option=called("least_confidence"))
        )
        found.append(tr("The confidence is not used: {reason}.").format(reason=reason))
    return found


def _sources(request: CleanMapRequest, feedback: Feedback) -> tuple[ClassMap, Joined, CleanStream]:
    """Open everything that is read, and check that it fits."""
    options = request.options
    if options.needs_probabilities and not request.probabilities:
        raise MapError(tr("Smoothing and the minimum margin need the class probabilities of the map: choose them."))
    if options.least_confidence > 0 and not (request.probabilities or request.confidence):
        raise MapError(
            tr("The minimum confidence needs the confidence or the class probabilities of the map: choose one.")
        )
    if options.smoothing == PARCELS and request.parcels is None:
        raise MapError(tr("Smoothing within parcels needs a parcel layer: choose one, or smooth over neighbours."))
    class_map = ClassMap(request.crop_map, request.confidence or None, any_codes=True).placed()
    classes = _named(classes_on(request.crop_map, class_map), class_map)
    joined = join_classes(classes.named, request.table)
    strangers = sorted(set(options.class_areas) - {entry.name for entry in joined.classes})
    if strangers:
        held, name = [entry.name for entry in joined.classes], strangers[0]
        raise MapError(
            tr("A minimum area is given for '{name}'{name_2}, which is not a class of the new map ({held}).").format(
                name=name, name_2=meant(name, held), held=", ".join(held)
            )
        )
    probabilities = ProbabilityMap(request.probabilities, class_map) if request.probabilities else None
    cropland = read_ranges(options.cropland)
    if cropland and not request.mask:
        raise MapError(tr("Cropland values are given without a cropland mask: choose the mask too."))
    mask = CroplandMask(request.mask, class_map, cropland) if request.mask else None
    shapes: Sequence[bytes | None] = ()
    if options.smoothing == PARCELS and request.parcels is not None:
        request.parcels.load(class_map.crs.ExportToWkt(), feedback)
        shapes = request.parcels.shapes
    return class_map, joined, CleanStream(class_map, classes.named, joined, probabilities, mask, shapes, options)


def _named(classes: MapClasses, class_map: ClassMap) -> MapClasses:
    """Return the classes of a map; where the file names none, those whose codes it shows."""
    if classes.named:
        return classes
    shown: set[int] = set()
    for strip in class_map.frame.strips(class_map.block_rows):
        shown.update(np.unique(class_map.codes(strip)).tolist())
    return classes.with_codes(sorted(shown - {NODATA}))


def _write_classes(path: str, class_map: ClassMap, stream: CleanStream, feedback: Feedback) -> None:
    frame = class_map.frame
    options = ["COMPRESS=LZW", "BIGTIFF=IF_SAFER"]
    work = gdal.GetDriverByName("GTiff").Create(path, frame.width, frame.height, 1, gdal.GDT_Byte, options)
    band = work.GetRasterBand(1)
    band.SetNoDataValue(NODATA)
    left = False
    for strip in frame.strips(class_map.block_rows):
        feedback.check()
        _, after = stream.classes(strip)
        left |= bool(after.any())
        band.WriteArray(after, strip.col, strip.row)
        feedback.progress((strip.row + strip.height) / frame.height)
    band.FlushCache()
    band = work = None
    if not left:
        raise MapError(
            tr("No pixel of the crop map is left: lower the confidence or margin, or check mask and classes.")
        )


def _least_pixels(joined: Joined, class_map: ClassMap, options: CleaningOptions) -> dict[int, int]:
    """Return class code -> pixels that an area of it must have."""
    area = pixel_area(class_map.frame, class_map.crs)
    return {
        entry.code: int(np.ceil(1e4 * options.class_areas.get(entry.name, options.minimum_area) / area - 1e-9))
        for entry in joined.classes
    }


def _write_map(
    pending: PendingOutput,
    work: str,
    class_map: ClassMap,
    joined: Joined,
    request: CleanMapRequest,
    feedback: Feedback,
) -> tuple[int, int, int]:
    """Write the new map with its legend; return pixels before, changed and opened."""
    frame, source = class_map.frame, gdal.Open(work)
    tags = {**derived_tags(request.crop_map), "CLEANING": _described(request)}
    codes = class_map.values
    kind = _storage(class_map, [int(codes[entry.code]) for entry in joined.classes])
    writer = RasterWriter(pending.path, str(pending.final), class_map.place, kind, ["Crop"], tags, cog=True)
    pixels = changed = opened = 0
    try:
        writer.colour([replace(entry, code=int(codes[entry.code])) for entry in joined.classes])
        for strip in frame.strips(256, always=True):
            feedback.check()
            after = source.ReadAsArray(strip.col, strip.row, strip.width, strip.height)
            before = joined.lookup[class_map.codes(strip)]
            pixels += np.count_nonzero(before)
            opened += np.count_nonzero((before > 0) & (after == 0))
            changed += np.count_nonzero((before > 0) & (after > 0) & (before != after))
            writer.write(strip, codes[after][None], after > 0)
            writer.flush(strip.row + strip.height)
            feedback.progress(0.9 * (strip.row + strip.height) / frame.height)
        source = None
        writer.close(feedback)
    except BaseException:
        writer.abandon()
        raise
    return int(pixels), int(changed), int(opened)


def _storage(class_map: ClassMap, codes: Sequence[int]) -> Storage:
    """Return how codes are stored that the map itself holds in more than a byte, or beside a class 0."""
    if not class_map.recoded:
        return CODES
    wide = max(codes) >= 2**16 - 1
    kind, largest = (gdal.GDT_UInt32, 2**32 - 1) if wide else (gdal.GDT_UInt16, 2**16 - 1)
    return replace(CODES, gdal_type=kind, nodata=largest if class_map.zero_is_class else NODATA)


def _described(request: CleanMapRequest) -> str:
    options = request.options
    parts = [
        tr("minimum area {minimum_area:g} ha").format(minimum_area=options.minimum_area),
        tr("smoothing {kind} of {radius} px").format(kind=options.smoothing, radius=options.radius),
    ]
    parts += [
        tr("{name} {area:g} ha").format(name=name, area=area) for name, area in sorted(options.class_areas.items())
    ]
    parts += [
        tr("minimum confidence {least_confidence:g} %").format(least_confidence=options.least_confidence),
        tr("minimum margin {least_margin:g}").format(least_margin=options.least_margin),
    ]
    if request.mask:
        parts.append(f"cropland mask {Path(request.mask).name} {options.cropland}".rstrip())
    parts += [f"{value} = {name}" for value, name in request.table.items()]
    return "; ".join(parts)
