"""How a class raster carries its legend: colour table, category names, attribute table, and the names once more.

GDAL keeps category names and attribute table of a GeoTIFF in a sidecar file (.aux.xml), which is easily left behind
when the raster is copied; so the names also go into a tag of the file itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from osgeo import gdal

from ..models.card import CropClass
from ..models.legend import TEMPERATE_EUROPE
from .safety.opening import open_raster

gdal.UseExceptions()

NODATA, LAST_CODE = 0, 255
LARGEST_CODE = 2**32
"""No class code of any raster reaches it."""

NAMES_TAG = "CLASS_NAMES"
UNCOLOURED = "#808080"


def own_colour(code: int) -> str:
    """Return a colour for a class that has none, the same each time for a code."""
    crops = [entry.colour for entry in TEMPERATE_EUROPE if entry.crop]
    return crops[code % len(crops)]


def with_codes(classes: Sequence[CropClass], codes: Iterable[int]) -> tuple[CropClass, ...]:
    """Return the classes, and one named by its number for each other code that is no "no data"."""
    known = {entry.code for entry in classes}
    more = [CropClass(code, f"Class {code}", own_colour(code)) for code in sorted({*codes} - known - {NODATA})]
    return (*classes, *more)


def put_legend(dataset: gdal.Dataset, classes: Sequence[CropClass]) -> None:
    """Write names and colours of `classes` into the first band of a raster that is open for writing."""
    band = dataset.GetRasterBand(1)
    largest = max(entry.code for entry in classes)
    # Of larger codes only the attribute table and the tag can tell: a list of names has a place for each number.
    if largest <= LAST_CODE:
        names = [""] * (largest + 1)
        names[NODATA] = "No data"
        table = gdal.ColorTable()
        table.SetColorEntry(NODATA, (0, 0, 0, 0))
        for entry in classes:
            names[entry.code] = entry.name
            table.SetColorEntry(entry.code, (*_rgb(entry.colour), 255))
        band.SetRasterColorTable(table)
        band.SetRasterCategoryNames(names)
    band.SetDefaultRAT(_attribute_table(classes))
    tag = json.dumps({entry.code: entry.name for entry in classes}, ensure_ascii=False)
    dataset.SetMetadataItem(NAMES_TAG, tag)


_NO_DATA = ("", "no data", "nodata", "no_data", "null", "none", "background", "unclassified", "unlabelled", "unlabeled",
            "outside", "masked", "fill", "0")  # fmt: skip


def zero_is_class(dataset: gdal.Dataset) -> bool:
    """Return whether the code 0 of the first band is a class: "no data" is another number, or 0 has a name."""
    dataset.GetMetadata()  # GDAL 3.6 looks into the sidecar file only once metadata is asked for.
    band = dataset.GetRasterBand(1)
    nodata = band.GetNoDataValue()
    if nodata is not None:
        return nodata != NODATA
    names = band.GetRasterCategoryNames() or [""]
    return names[0].strip().casefold() not in _NO_DATA


def read_legend(path: str) -> tuple[CropClass, ...]:
    """Return the named classes of the first band with their colours, by code; empty where none is named.

    Raises:
        RuntimeError: GDAL cannot open the raster.
    """
    dataset = open_raster(path)
    # GDAL 3.6 looks into the sidecar file only once metadata is asked for.
    tag = dataset.GetMetadata().get(NAMES_TAG, "")
    band = dataset.GetRasterBand(1)
    names = dict(enumerate(band.GetRasterCategoryNames() or [])) or _names_in(tag)
    table = band.GetRasterColorTable()
    missing = {band.GetNoDataValue()} | (set() if zero_is_class(dataset) else {NODATA})
    found = tuple(
        CropClass(code, name, _colour(table, code))
        for code, name in sorted(names.items())
        if name.strip() and code not in missing
    )
    return found or _in_attribute_table(band, missing)


def _in_attribute_table(band: gdal.Band, missing: set[float | None]) -> tuple[CropClass, ...]:
    """Return the classes that an attribute table names, wherever it came from."""
    table = band.GetDefaultRAT()
    if table is None:
        return ()
    usages = {table.GetUsageOfCol(column): column for column in reversed(range(table.GetColumnCount()))}
    value = usages.get(gdal.GFU_MinMax, usages.get(gdal.GFU_Min))
    name = usages.get(gdal.GFU_Name)
    if value is None or name is None:
        return ()
    colours = [usages.get(usage) for usage in (gdal.GFU_Red, gdal.GFU_Green, gdal.GFU_Blue)]
    found = {}
    for row in range(table.GetRowCount()):
        code, text = int(table.GetValueAsDouble(row, value)), table.GetValueAsString(row, name).strip()
        if text and code not in missing:
            colour = UNCOLOURED
            if None not in colours:
                colour = "#" + "".join(f"{min(max(table.GetValueAsInt(row, c), 0), 255):02x}" for c in colours)
            found[code] = CropClass(code, text, colour)
    return tuple(found[code] for code in sorted(found))


def _names_in(tag: str) -> dict[int, str]:
    try:
        found = {int(code): str(name) for code, name in json.loads(tag).items()}
    except (ValueError, AttributeError, RecursionError):
        return {}
    return {code: name for code, name in found.items() if NODATA < code < LARGEST_CODE}


def _colour(table: gdal.ColorTable | None, code: int) -> str:
    if table is None or code >= table.GetCount():
        return UNCOLOURED
    red, green, blue = table.GetColorEntry(code)[:3]
    return f"#{red:02x}{green:02x}{blue:02x}"


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue


def _attribute_table(classes: Sequence[CropClass]) -> gdal.RasterAttributeTable:
    table = gdal.RasterAttributeTable()
    columns = (
        ("Value", gdal.GFT_Integer if max(entry.code for entry in classes) < 2**31 else gdal.GFT_Real, gdal.GFU_MinMax),
        ("Class", gdal.GFT_String, gdal.GFU_Name),
        ("Red", gdal.GFT_Integer, gdal.GFU_Red),
        ("Green", gdal.GFT_Integer, gdal.GFU_Green),
        ("Blue", gdal.GFT_Integer, gdal.GFU_Blue),
    )
    for name, kind, usage in columns:
        table.CreateColumn(name, kind, usage)
    table.SetRowCount(len(classes))
    for row, entry in enumerate(classes):
        table.SetValueAsDouble(row, 0, entry.code)
        table.SetValueAsString(row, 1, entry.name)
        for column, value in enumerate(_rgb(entry.colour), start=2):
            table.SetValueAsInt(row, column, value)
    return table
