"""What STAC items say of a file, laid under what the file itself says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ....models.language import tr
from ...errors import SeriesError
from ..acquisition import S1, S2
from ..files.catalogue import Catalogue, is_catalogue, read_catalogue
from ..files.describe import RasterFacts
from ..files.stac import Told
from ..messages import several
from .bands import described, s1_bands_in, s2_bands_in
from .file_list import rows_of
from .masking import MASKS


def catalogues_in(paths: Iterable[str]) -> dict[str, Catalogue]:
    """Return the STAC catalogues among the paths of a series.

    Raises:
        SeriesError: a JSON file contains no STAC item.
    """
    return {path: read_catalogue(path) for path in paths if is_catalogue(path)}


def gives(path: str, sensor: str) -> bool:
    """Return whether the analyst's list, or the catalogue in its place, has files of a sensor.

    Raises:
        SeriesError: it is wrong.
    """
    if is_catalogue(path):
        found = read_catalogue(path).sensors()
        if not found & {"S1", "S2"}:
            raise SeriesError(
                tr("The STAC items in {path} are of neither Sentinel-1 nor Sentinel-2; choose others.").format(
                    path=path
                )
            )
        return sensor in found
    return bool(rows_of(path, sensor))


def believed(facts: RasterFacts, told: Told, sensor: str, named: bool) -> RasterFacts:
    """Return what is known of a file where a STAC item fills what the file leaves open.

    Args:
        facts: what the file says.
        named: a record of distributors already tells the bands from the name.
    """
    find = s2_bands_in if sensor == S2 else s1_bands_in
    bands = facts.bands
    names = [_band(texts, sensor) for texts in told.bands]
    silent = not named and not any(described([band.description for band in bands], find))
    if silent and len(names) == len(bands) and any(names):
        bands = tuple(replace(band, description=name) for band, name in zip(bands, names))
    packed = facts.product is None or facts.product.quantification is None
    # Packed backscatter is larger than its unit: a scale above one is a divisor, as EODC writes it.
    scales = [
        (1 / scale, offset) if sensor == S1 and scale and scale > 1 else (scale, offset)
        for scale, offset in told.scales
    ]
    if packed and len(scales) == len(bands):
        bands = tuple(
            replace(band, scale=scale, offset=offset)
            if scale is not None and band.scale is None and band.integer and band.description not in MASKS
            else band
            for band, (scale, offset) in zip(bands, scales)
        )
    return replace(facts, bands=bands, tags={**told.tags, **facts.tags}, told=told)


def absent_text(catalogue: Catalogue, path: str, sensor: str, bands: Sequence[str]) -> str:
    """Return a sentence on what a catalogue names of a sensor's bands that is not on this computer; "" for nothing."""
    wanted = {*bands, *MASKS}
    lost = [told for told in catalogue.absent if told.sensor in (sensor, "") and _of(told, sensor) & wanted]
    if not lost:
        return ""
    items = list(dict.fromkeys(told.item for told in lost))
    return tr(
        "Of the files that the STAC items in {path} name, {files} of {items} items are not on this computer: {names}; "
        "download them to have these dates."
    ).format(
        path=path, files=len(lost), items=len(items), names=several([f"{told.item} {told.key}" for told in lost], 5)
    )


def _of(told: Told, sensor: str) -> set[str]:
    return {_band(texts, sensor) for texts in told.bands}


def _band(texts: Sequence[str], sensor: str) -> str:
    find = s2_bands_in if sensor == S2 else s1_bands_in
    return next((found[0] for text in texts for found in [find(text)] if len(found) == 1), "")
