"""Rasters with any bytes in them, and folders with anything beside them."""

from __future__ import annotations

import os
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from osgeo import gdal, osr

from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.files.grid import Window
from crop_attention.engine.series.inputs import SeriesInputs
from crop_attention.engine.series.preprocessing.prepare import prepare
from crop_attention.models.card import Card, CropClass, Season

from .cards import altered_bytes
from .judge import unchanged

BANDS = ("B02", "B04", "B08")
CARD = Card("t", "T", "1", "none", {}, (CropClass(1, "Maize", "#e8601c"),), BANDS, (), Season(1, 1, 4, 10),
            dict.fromkeys(BANDS, (0.0, 1.0)))  # fmt: skip
SIDE = 8


def raster(driver: str = "GTiff", options: tuple[str, ...] = ("COMPRESS=DEFLATE",)) -> bytes:
    """Return the bytes of a small Sentinel-2 image."""
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32631)
    memory = gdal.GetDriverByName("MEM").Create("", SIDE, SIDE, len(BANDS), gdal.GDT_UInt16)
    memory.SetProjection(reference.ExportToWkt())
    memory.SetGeoTransform((500_000.0, 10.0, 0.0, 5_600_000.0, 0.0, -10.0))
    for number, value in enumerate((300, 400, 3000), 1):
        memory.GetRasterBand(number).WriteArray(np.full((SIDE, SIDE), value) + np.arange(SIDE))
        memory.GetRasterBand(number).SetDescription(BANDS[number - 1])
    place = "/vsimem/whole"
    copy = gdal.GetDriverByName(driver).CreateCopy(place, memory, 0, list(options))
    copy.FlushCache()
    copy = None
    handle = gdal.VSIFOpenL(place, "rb")
    data = bytes(gdal.VSIFReadL(1, gdal.VSIStatL(place).size, handle))
    gdal.VSIFCloseL(handle)
    gdal.Unlink(place)
    return data


@lru_cache(maxsize=1)
def wholes() -> tuple[tuple[str, bytes], ...]:
    """Return suffix and bytes of whole files in each format."""
    drivers = [("GTiff", ("COMPRESS=DEFLATE",), ".tif"), ("GTiff", (), ".tif"), ("VRT", (), ".vrt")]
    if gdal.GetDriverByName("JP2OpenJPEG") is not None:
        drivers.append(("JP2OpenJPEG", ("QUALITY=100", "REVERSIBLE=YES", "YCBCR420=NO"), ".jp2"))
    return tuple((suffix, raster(driver, options)) for driver, options, suffix in drivers)


def altered() -> st.SearchStrategy[tuple[str, bytes]]:
    """Return a strategy of files that are not quite whole."""
    return st.sampled_from(wholes()).flatmap(lambda entry: st.tuples(st.just(entry[0]), altered_bytes(entry[1])))


def read_series(entry: tuple[str, bytes]) -> None:
    """Prepare and read a series of two files, one of which is whole; numbers that come out must be finite."""
    suffix, data = entry
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "S2_20180104.tif").write_bytes(wholes()[0][1])
        Path(folder, f"S2_20180105{suffix}").write_bytes(data)
        gdal.PushErrorHandler("CPLQuietErrorHandler")
        try:
            with unchanged(folder):
                prepared = prepare(SeriesInputs((folder,)), CARD, SeriesOptions())
                side = Window(0, 0, min(prepared.grid.height, 64), min(prepared.grid.width, 64))
                with prepared.reader() as reader:
                    if not np.isfinite(reader.read(side).s2).all():
                        raise ArithmeticError("numbers that are not finite")
        finally:
            gdal.PopErrorHandler()


names = st.lists(
    st.sampled_from((b"S2_20180106", b"S2_2018", b"quicklook", b"\xff", b"\xc3(", "é".encode(),
                     b" ", b"'", b'"', b"\n", b"%s",
                     b"..", b".", b"~", b"$(x)", "\u202e".encode(), "🌾".encode())),
    min_size=1, max_size=5,
).map(lambda parts: b"".join(parts)[:120])  # fmt: skip
suffixes = st.sampled_from((b".tif", b".TIFF", b".zip", b".jp2", b".xml", b".vrt", b""))
kinds = st.sampled_from(("raster", "text", "empty", "folder", "pipe", "loop", "dangling", "metadata"))
entries = st.lists(st.tuples(names, suffixes, kinds), max_size=4)


def read_tree(found: list[tuple[bytes, bytes, str]]) -> None:
    """Prepare and read a folder that holds one image and whatever else there may be."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "S2_20180104.tif").write_bytes(wholes()[0][1])
        for stem, suffix, kind in found:
            place = os.path.join(os.fsencode(folder), stem + suffix)
            if os.path.lexists(place):
                continue
            if kind == "folder":
                os.mkdir(place)
            elif kind == "pipe":
                os.mkfifo(place)
            elif kind in ("loop", "dangling"):
                os.symlink(folder if kind == "loop" else "/nowhere", place)
            else:
                content = {"raster": wholes()[0][1], "text": b"no raster", "empty": b"", "metadata": b"<a><b></a>"}[
                    kind
                ]
                with open(place, "wb") as file:
                    file.write(content)
        with unchanged(folder):
            prepared = prepare(SeriesInputs((folder,)), CARD, SeriesOptions())
            with prepared.reader() as reader:
                reader.read(Window(0, 0, SIDE, SIDE))
