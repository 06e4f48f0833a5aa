"""Names of bands in GeoTIFFs of SNAP, which stand in a tag of its own (65000) that GDAL passes over."""

from __future__ import annotations

import re
import struct

from osgeo import gdal

from .integrity import read_at

gdal.UseExceptions()

TAG, TEXT = 65000, 2
"""SNAP's tag, and the type of TIFF's texts."""

MOST_TAGS, LARGEST = 4096, 16_000_000
"""Tags of a directory and bytes of a text that are read."""

_BAND = re.compile(r"<Spectral_Band_Info>.*?<BAND_NAME>([^<]*)<", re.DOTALL)


def snap_names(path: str) -> tuple[str, ...]:
    """Return the names of the bands of a TIFF file in their order; empty where SNAP did not write it."""
    handle = gdal.VSIFOpenL(path, "rb")
    if handle is None:
        return ()
    try:
        text = _text(handle)
    except struct.error:
        return ()
    finally:
        gdal.VSIFCloseL(handle)
    return tuple(name.strip() for name in _BAND.findall(text)) if "<Dimap_Document" in text else ()


def _text(handle) -> str:
    """Return the text of SNAP's tag, "" for none.

    Raises:
        struct.error: the file is cut short.
    """
    start = read_at(handle, 0, 16)
    order = {b"II": "<", b"MM": ">"}.get(start[:2])
    if order is None:
        return ""
    big = struct.unpack_from(f"{order}H", start, 2)[0] == 43
    place, counted, size, wide = (8, "Q", 20, "Q") if big else (4, "H", 12, "I")
    directory = struct.unpack_from(order + wide, start, place)[0]
    head = struct.calcsize(f"{order}{counted}")
    number = struct.unpack(order + counted, read_at(handle, directory, head))[0]
    entries = read_at(handle, directory + head, size * min(number, MOST_TAGS))
    for first in range(0, len(entries) - size + 1, size):
        tag, kind, length, at = struct.unpack_from(f"{order}HH{wide}{wide}", entries, first)
        if (tag, kind) == (TAG, TEXT) and length > 8:
            return read_at(handle, at, min(length, LARGEST)).decode("latin-1")
    return ""
