"""The metadata file of a Sentinel-2 product: level, baseline, quantification and offsets."""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass
from typing import Mapping

from osgeo import gdal

from ....models.language import tr
from ...errors import SeriesError

gdal.UseExceptions()

METADATA = re.compile(r"MTD_MSIL[12][AC]\.xml|S2[A-D]_.*MTD_.*MSIL[12][AC].*\.xml", re.IGNORECASE)
_INSIDE = re.compile(r"[\\/](?:IMG_DATA|GRANULE|[^\\/]+\.SAFE)(?:[\\/]|$)", re.IGNORECASE)
_CLIMB = 5
"""Folders from a band file up to its product."""

_LARGEST = 4_000_000
_IDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
_FIELDS = ("PRODUCT_START_TIME", "PROCESSING_BASELINE", "PROCESSING_LEVEL", "PRODUCT_URI")
_TEXTS = {field: re.compile(rf"<{field}>([^<]*)<") for field in _FIELDS}
_QUANTIFICATION = re.compile(r"<((?:L2A_)?BOA_|)QUANTIFICATION_VALUE(?:\s[^<>]*)?>([^<]*)<")
_OFFSET = re.compile(r'<(?:BOA|RADIO)_ADD_OFFSET\s+band_id="([0-9]{1,2})"\s*>([^<]*)<')
_NUMBER = re.compile(r"\s*(-?[0-9]{1,9}(?:\.[0-9]{0,9})?)\s*")
"""Patterns that stop at the next tag: a metadata file that is none must not keep them busy."""


@dataclass(frozen=True)
class Product:
    """What one MTD_MSIL2A.xml or MTD_MSIL1C.xml says.

    Attributes:
        tags: its fields under their own names ("PROCESSING_BASELINE": "05.00").
        quantification: number that is reflectance 1; None where the file does not say.
        offsets: band -> number added before the division; empty where the file names none, which then is known.
    """

    folder: str
    tags: Mapping[str, str]
    quantification: float | None
    offsets: Mapping[str, float]


class Products:
    """Finds the product of a band file; each folder is looked at once."""

    def __init__(self) -> None:
        self._folders: dict[str, Product | None] = {}

    def of(self, path: str) -> Product | None:
        """Return the product that a file belongs to, None where no metadata file lies beside or above it."""
        folder = _parent(path)
        for _ in range(_CLIMB if _INSIDE.search(path) else 1):
            if not folder:
                break
            if folder not in self._folders:
                self._folders[folder] = _read_folder(folder)
            if self._folders[folder]:
                return self._folders[folder]
            folder = _parent(folder)
        return None


def parse_product(folder: str, text: str) -> Product:
    """Read the fields by their tags; unknown ones are left out.

    Raises:
        SeriesError: a scale or an offset is no number that reflectance can be read with.
    """
    tags = {}
    for field, pattern in _TEXTS.items():
        match = pattern.search(text)
        if match and match.group(1).strip():
            tags[field] = match.group(1).strip()
    quantification = _quantification(text, folder)
    if quantification is not None and quantification <= 0:
        raise _no_number(f"{quantification:g}", folder)
    offsets = {_IDS[int(key)]: _number(value, folder) for key, value in _OFFSET.findall(text) if int(key) < len(_IDS)}
    return Product(folder, tags, quantification, offsets)


def _quantification(text: str, folder: str) -> float | None:
    """Return the number of surface reflectance 1, which metadata of Level-2A names beside that of Level-1C."""
    found = dict(_QUANTIFICATION.findall(text))
    named = found.get("BOA_") or found.get("L2A_BOA_") or found.get("")
    return None if named is None else _number(named, folder)


def _number(text: str, folder: str) -> float:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise _no_number(text, folder)
    return float(match.group(1))


def _no_number(text: str, folder: str) -> SeriesError:
    shown = "".join(letter if letter.isprintable() else " " for letter in text.strip()[:40])
    return SeriesError(
        tr("The metadata of {folder} names '{shown}' as a scale or offset; get the product again.").format(
            folder=folder, shown=shown
        )
    )


def _parent(path: str) -> str:
    cut = max(path.rfind("/"), path.rfind("\\"))
    return path[:cut] if cut > 0 else ""


def _read_folder(folder: str) -> Product | None:
    # GDAL gives names that are no Unicode text as bytes.
    for name in sorted(name for name in gdal.ReadDir(folder) or [] if isinstance(name, str)):
        if METADATA.fullmatch(name):
            text = _read_text(f"{folder}/{name}")
            if text:
                return parse_product(folder, text)
    return None


def _read_text(path: str) -> str:
    status = gdal.VSIStatL(path)
    # A pipe of that name would be waited for.
    handle = gdal.VSIFOpenL(path, "rb") if status is not None and stat.S_ISREG(status.mode) else None
    if handle is None:
        return ""
    try:
        data = gdal.VSIFReadL(1, _LARGEST, handle)
    finally:
        gdal.VSIFCloseL(handle)
    return bytes(data or b"").decode("utf-8", "replace")
