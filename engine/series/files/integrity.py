"""Whether a raster file is whole, found without reading it."""

from __future__ import annotations

import struct

from osgeo import gdal

from ....models.language import tr

gdal.UseExceptions()

SAMPLED_BLOCKS = 128
SMALL_BLOCK = 4_000_000
"""Bytes of a block that is cheap enough to decode."""

_LAST_BOX = b"jp2c"
_END_OF_CODESTREAM = b"\xff\xd9"
_NOT_READ = ("MEM", "SENTINEL2")


def damage(dataset: gdal.Dataset) -> str:
    """Return what is broken about an opened file ("" where nothing is): cut short, or a last block that fails."""
    path, driver = dataset.GetDescription(), dataset.GetDriver().ShortName
    if driver == "GTiff":
        return _cut_tiff(dataset, path) or _last_block(dataset)
    if driver.startswith("JP2"):
        # A zip that can be listed is whole, and seeking in one is slow.
        return "" if path.startswith("/vsizip/") else _cut_jp2(path)
    if driver in _NOT_READ:
        return ""
    return _last_block(dataset)


def _cut_tiff(dataset: gdal.Dataset, path: str) -> str:
    status = gdal.VSIStatL(path)
    if status is None:
        return ""
    interleaved = dataset.GetMetadataItem("INTERLEAVE", "IMAGE_STRUCTURE") == "PIXEL"
    first = dataset.GetRasterBand(1)
    width, height = first.GetBlockSize()
    columns, rows = -(-dataset.RasterXSize // width), -(-dataset.RasterYSize // height)
    bands = 1 if interleaved else dataset.RasterCount
    total = columns * rows * bands
    for index in range(total - 1, -1, -max(1, total // SAMPLED_BLOCKS)):
        number, block = divmod(index, columns * rows)
        row, column = divmod(block, columns)
        band = dataset.GetRasterBand(number + 1)
        start = band.GetMetadataItem(f"BLOCK_OFFSET_{column}_{row}", "TIFF")
        size = band.GetMetadataItem(f"BLOCK_SIZE_{column}_{row}", "TIFF")
        if start and size and int(start) + int(size) > status.size:
            return tr("cut short")
    return ""


def _last_block(dataset: gdal.Dataset) -> str:
    band = dataset.GetRasterBand(dataset.RasterCount)
    width, height = band.GetBlockSize()
    interleaved = dataset.GetMetadataItem("INTERLEAVE", "IMAGE_STRUCTURE") == "PIXEL"
    layers = dataset.RasterCount if interleaved else 1
    if width * height * layers * gdal.GetDataTypeSize(band.DataType) // 8 > SMALL_BLOCK:
        return ""
    try:
        band.ReadRaster(dataset.RasterXSize - 1, dataset.RasterYSize - 1, 1, 1)
    except RuntimeError:
        virtual = dataset.GetDriver().ShortName == "VRT"
        return tr("a file it points to cannot be read") if virtual else tr("its last pixels cannot be read")
    return ""


def _cut_jp2(path: str) -> str:
    """Walk the boxes of a JPEG 2000 file: each must end inside the file, the codestream with its end marker."""
    status = gdal.VSIStatL(path)
    handle = gdal.VSIFOpenL(path, "rb")
    if status is None or handle is None:
        return ""
    try:
        position = 0
        while position + 8 <= status.size:
            header = read_at(handle, position, 16)
            length, kind = struct.unpack(">I4s", header[:8])
            if length == 1 and len(header) == 16:
                length = struct.unpack(">Q", header[8:])[0]
            if length == 0:
                length = status.size - position
            if length < 8:
                return ""
            if position + length > status.size:
                return tr("cut short")
            if kind == _LAST_BOX and read_at(handle, position + length - 2, 2) != _END_OF_CODESTREAM:
                return tr("cut short")
            position += length
    finally:
        gdal.VSIFCloseL(handle)
    return ""


def read_at(handle, position: int, size: int) -> bytes:
    gdal.VSIFSeekL(handle, position, 0)
    return bytes(gdal.VSIFReadL(1, size, handle) or b"")
