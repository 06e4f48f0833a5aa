"""Small rasters for tests: GeoTIFFs, JPEG 2000 files, .SAFE trees and zips with known values, names and tags."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Mapping, Sequence

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()

TEN_BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
BANDS_10M = ("B02", "B03", "B04", "B08")
BANDS_20M = ("B05", "B06", "B07", "B8A", "B11", "B12", "SCL")
ORIGIN = (500_000.0, 5_600_000.0)

_TYPES = {
    "uint8": gdal.GDT_Byte,
    "int16": gdal.GDT_Int16,
    "uint16": gdal.GDT_UInt16,
    "int32": gdal.GDT_Int32,
    "uint32": gdal.GDT_UInt32,
    "float32": gdal.GDT_Float32,
    "float64": gdal.GDT_Float64,
}


def crs_wkt(epsg: int) -> str:
    """Return the WKT of an EPSG code."""
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(epsg)
    return reference.ExportToWkt()


def write_raster(
    path: str | Path,
    values: np.ndarray | Sequence[float] | float,
    descriptions: Sequence[str] = (),
    *,
    origin: tuple[float, float] = ORIGIN,
    pixel: float = 10.0,
    size: tuple[int, int] = (8, 8),
    dtype: str | None = None,
    epsg: int | None = 32631,
    nodata: float | None = None,
    tags: Mapping[str, str] | None = None,
    scale: float | None = None,
    offset: float | None = None,
    options: Sequence[str] = (),
    driver: str = "GTiff",
) -> str:
    """Write a raster and return its path; missing folders are made.

    Args:
        values: (bands, rows, columns) or (rows, columns); or one number a band, or one number, over `size` pixels.
        descriptions: one a band, or none.
        origin: x and y of the upper left corner; `pixel`: side of a pixel in units of the CRS.
        dtype: of the file; that of `values` if None (uint16 for whole numbers, float32 for others).
        epsg: None leaves the CRS out.
        scale, offset: set on every band if given.
    """
    cube = _cube(values, descriptions, size)
    kind = dtype or _kind(cube)
    bands, height, width = cube.shape
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    target = gdal.GetDriverByName(driver).Create(str(path), width, height, bands, _TYPES[kind], list(options))
    if epsg is not None:
        target.SetProjection(crs_wkt(epsg))
        target.SetGeoTransform((origin[0], pixel, 0.0, origin[1], 0.0, -pixel))
    if tags:
        target.SetMetadata(dict(tags))
    for number in range(1, bands + 1):
        band = target.GetRasterBand(number)
        if len(descriptions) >= number:
            band.SetDescription(descriptions[number - 1])
        if nodata is not None:
            band.SetNoDataValue(nodata)
        if scale is not None:
            band.SetScale(scale)
        if offset is not None:
            band.SetOffset(offset)
        band.WriteArray(cube[number - 1].astype(kind))
    target.FlushCache()
    target = None
    return str(path)


def write_jp2(path: str | Path, values: np.ndarray | Sequence[float] | float, **options) -> str:
    """Write a lossless JPEG 2000 file; arguments as for `write_raster`."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    memory = f"/vsimem/{os.getpid()}_{abs(hash(str(path)))}.tif"
    write_raster_to_memory(memory, values, **options)
    source = gdal.Open(memory)
    created = ["QUALITY=100", "REVERSIBLE=YES", "YCBCR420=NO"]
    copy = gdal.GetDriverByName("JP2OpenJPEG").CreateCopy(str(path), source, 0, created)
    copy.FlushCache()
    copy = source = None
    gdal.Unlink(memory)
    side = Path(f"{path}.aux.xml")
    if side.exists():
        side.unlink()
    return str(path)


def write_raster_to_memory(path: str, values: np.ndarray | Sequence[float] | float, **options) -> str:
    """Write a GeoTIFF under a /vsimem path."""
    cube = _cube(values, options.pop("descriptions", ()), options.pop("size", (8, 8)))
    kind = options.pop("dtype", None) or _kind(cube)
    epsg, origin, pixel = options.pop("epsg", 32631), options.pop("origin", ORIGIN), options.pop("pixel", 10.0)
    if options:
        raise TypeError(f"unknown arguments {sorted(options)}")
    target = gdal.GetDriverByName("GTiff").Create(path, cube.shape[2], cube.shape[1], cube.shape[0], _TYPES[kind])
    target.SetProjection(crs_wkt(epsg))
    target.SetGeoTransform((origin[0], pixel, 0.0, origin[1], 0.0, -pixel))
    for number, layer in enumerate(cube, 1):
        target.GetRasterBand(number).WriteArray(layer.astype(kind))
    target.FlushCache()
    target = None
    return path


def write_stack(
    path: str | Path,
    layers: Mapping[str, np.ndarray | float],
    **options,
) -> str:
    """Write one file whose bands are described by the keys of `layers`, such as "20180704_B04"."""
    size = options.get("size", (8, 8))
    cube = np.stack([np.broadcast_to(np.asarray(layer, "float64"), size) for layer in layers.values()])
    options.setdefault("dtype", _kind(cube))
    return write_raster(path, cube, tuple(layers), **options)


def write_safe(
    folder: str | Path,
    sensing: str = "20180704T105031",
    *,
    satellite: str = "S2A",
    tile: str = "31UDS",
    baseline: str = "0208",
    level: str = "2A",
    values: Mapping[str, float] | None = None,
    offset: int | None = None,
    quantification: int = 10000,
    bands: Sequence[str] = TEN_BANDS,
    scl: float | None = 4,
    origin: tuple[float, float] = ORIGIN,
    size: int = 12,
    suffix: str = ".jp2",
    metadata: bool = True,
) -> str:
    """Write a small Sentinel-2 product as ESA lays it out and return the path of its .SAFE folder.

    `size` is the side in 20 m pixels; the 10 m bands have twice as many. `offset` is the BOA_ADD_OFFSET of the metadata
    file (left out where None). With it come what a reader must leave out: TCI, AOT, WVP, PVI, QI_DATA and 60 m copies.
    """
    name = f"{satellite}_MSIL{level}_{sensing}_N{baseline}_R051_T{tile}_20250101T010101"
    root = Path(folder) / f"{name}.SAFE"
    granule = root / "GRANULE" / f"L{level}_T{tile}_A015832_{sensing}"
    write = write_jp2 if suffix == ".jp2" else write_raster
    numbers = {band: 100.0 * (index + 1) for index, band in enumerate(bands)}
    numbers.update(values or {})

    def put(band: str, resolution: int, value: float, kind: str = "uint16", layers: int = 1) -> None:
        side = size * 20 // resolution
        place = granule / "IMG_DATA" / (f"R{resolution}m" if level == "2A" else "")
        ending = f"_{resolution}m" if level == "2A" else ""
        cube = np.full((layers, side, side), value)
        path = place / f"T{tile}_{sensing}_{band}{ending}{suffix}"
        write(path, cube, dtype=kind, origin=origin, pixel=float(resolution))

    for band in bands:
        fine = 10 if band in BANDS_10M else 20
        put(band, fine, numbers[band])
        if level == "2A":
            put(band, 60, numbers[band])
            if fine == 10 and band != "B08":
                put(band, 20, numbers[band])
    if level == "2A":
        for resolution in (20, 60):
            if scl is not None:
                put("SCL", resolution, scl, "uint8")
        put("AOT", 10, 100)
        put("WVP", 10, 1000)
        write(granule / "QI_DATA" / f"MSK_CLDPRB_20m{suffix}", np.zeros((size, size)), dtype="uint8", pixel=20.0)
        write(granule / "QI_DATA" / f"T{tile}_{sensing}_PVI{suffix}", np.zeros((3, 8, 8)), dtype="uint8", pixel=320.0)
    put("TCI", 10, 50, "uint8", layers=3)
    if metadata:
        (root / f"MTD_MSIL{level}.xml").write_text(
            _metadata(name, sensing, baseline, level, quantification, offset), encoding="utf-8"
        )
    return str(root)


def zip_tree(folder: str | Path, archive: str | Path) -> str:
    """Pack a folder under its own name into a zip and return the path of the zip."""
    folder = Path(folder)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(folder.rglob("*")):
            packed.write(path, path.relative_to(folder.parent).as_posix())
    return str(archive)


def truncate(path: str | Path, share: float = 0.6) -> str:
    """Cut a file to a share of its bytes, as a broken download leaves it."""
    data = Path(path).read_bytes()
    Path(path).write_bytes(data[: int(len(data) * share)])
    return str(path)


def _cube(values, descriptions: Sequence[str], size: tuple[int, int]) -> np.ndarray:
    array = np.asarray(values)
    if array.ndim == 3:
        return array
    if array.ndim == 2:
        return array[None]
    numbers = np.broadcast_to(array, (max(len(descriptions), 1),)) if array.ndim == 0 else array
    return np.stack([np.full(size, number) for number in numbers])


def _kind(cube: np.ndarray) -> str:
    if cube.dtype.name in _TYPES:
        if cube.dtype.name != "float64":
            return cube.dtype.name
    elif cube.dtype == bool:
        return "uint8"
    whole = bool(np.all(np.isfinite(cube))) and bool(np.all(cube == np.round(cube))) and bool(np.all(cube >= 0))
    return "uint16" if whole else "float32"


def _metadata(name: str, sensing: str, baseline: str, level: str, quantification: int, offset: int | None) -> str:
    start = f"{sensing[:4]}-{sensing[4:6]}-{sensing[6:8]}T{sensing[9:11]}:{sensing[11:13]}:{sensing[13:15]}.024Z"
    kind, tag = ("BOA", "BOA_ADD_OFFSET") if level == "2A" else ("", "RADIO_ADD_OFFSET")
    value = f"{kind}_QUANTIFICATION_VALUE".lstrip("_")
    values = f'<{value} unit="none">{quantification}</{value}>'
    if level == "2A":
        values += '<AOT_QUANTIFICATION_VALUE unit="none">1000.0</AOT_QUANTIFICATION_VALUE>'
        values = f"<QUANTIFICATION_VALUES_LIST>{values}</QUANTIFICATION_VALUES_LIST>"
    offsets = ""
    if offset is not None:
        offsets = "".join(f'<{tag} band_id="{index}">{offset}</{tag}>' for index in range(13))
        offsets = f"<{tag}_VALUES_LIST>{offsets}</{tag}_VALUES_LIST>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?><n1:Product xmlns:n1="x"><n1:General_Info><Product_Info>'
        f"<PRODUCT_START_TIME>{start}</PRODUCT_START_TIME><PRODUCT_URI>{name}.SAFE</PRODUCT_URI>"
        f"<PROCESSING_LEVEL>Level-{level}</PROCESSING_LEVEL>"
        f"<PROCESSING_BASELINE>{baseline[:2]}.{baseline[2:]}</PROCESSING_BASELINE>"
        "<GENERATION_TIME>2025-01-01T01:01:01.000000Z</GENERATION_TIME></Product_Info>"
        f"<Product_Image_Characteristics>{values}"
        f"{offsets}</Product_Image_Characteristics></n1:General_Info></n1:Product>"
    )
