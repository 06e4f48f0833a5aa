"""The legend of a class raster, as it stands in the file."""

from __future__ import annotations

from osgeo import gdal

from ..engine.errors import SeriesError
from ..models.card import CropClass
from .base import tr

BARE = "#808080"


def legend_of(path: str) -> tuple[CropClass, ...]:
    """Return the named classes of the first band with their colours, by code; empty where none is named.

    Raises:
        SeriesError: the raster cannot be opened.
    """
    try:
        dataset = gdal.Open(path)
        if dataset is None:
            raise RuntimeError(gdal.GetLastErrorMsg())
    except RuntimeError as error:
        raise SeriesError(tr("The crop map '{}' cannot be opened ({}); choose another.").format(path, error)) from error
    # GDAL 3.6 reads the names of a GeoTIFF only after its metadata.
    dataset.GetMetadata()
    band = dataset.GetRasterBand(1)
    names = band.GetRasterCategoryNames() or []
    table = band.GetRasterColorTable()
    nodata = band.GetNoDataValue()
    return tuple(
        CropClass(code, name, _colour(table, code)) for code, name in enumerate(names) if name and code != nodata
    )


def _colour(table: gdal.ColorTable | None, code: int) -> str:
    if table is None or code >= table.GetCount():
        return BARE
    red, green, blue = table.GetColorEntry(code)[:3]
    return f"#{red:02x}{green:02x}{blue:02x}"
