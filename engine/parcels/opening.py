"""A vector file opened as its maker meant it: by the right driver, in the right letters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from osgeo import gdal, ogr

from ...models.language import tr
from ...models.naming import called
from ..errors import CropAttentionError, ParcelError
from ..safety.opening import open_vector as open_checked
from ..safety.text import reason_of
from .dbf import Letters, known_codec, letters_of

gdal.UseExceptions()
ogr.UseExceptions()

_SWITCH = "SHAPE_ENCODING"
_DRIVERS = {
    ".parquet": "Parquet",
    ".geoparquet": "Parquet",
    ".pq": "Parquet",
    ".arrow": "Arrow",
    ".feather": "Arrow",
    ".fgb": "FlatGeobuf",
    ".gdb": "OpenFileGDB",
    ".gpkg": "GPKG",
    ".sqlite": "SQLite",
    ".mdb": "PGeo",
    ".tab": "MapInfo File",
    ".mif": "MapInfo File",
    ".kml": "KML",
    ".kmz": "LIBKML",
    ".gml": "GML",
    ".dwg": "CAD",
    ".dxf": "DXF",
    ".pmtiles": "PMTiles",
    ".xlsx": "XLSX",
    ".ods": "ODS",
    ".json": "GeoJSON",
    ".geojson": "GeoJSON",
}
"""Ending of a file -> GDAL's driver for it."""

_INSIDE = (".gpkg", ".geojson", ".json", ".fgb", ".gml", ".kml", ".tab", ".mif", ".sqlite", ".parquet", ".geoparquet")
"""Endings of vector files that are looked for in a zip file, beside shapefiles."""


@dataclass(frozen=True)
class Opened:
    """A vector file that is open.

    Attributes:
        path: what was opened, which is a place inside the file where it is a zip.
        encoding: Python's name of the encoding of texts that are no UTF-8; "" where nobody named one.
        notes: what was taken to be so, for people.
        raw: all texts are in that encoding, as they lie in the file.
    """

    dataset: gdal.Dataset
    path: str
    encoding: str
    notes: tuple[str, ...]
    raw: bool = False


def open_vector(
    path: str, what: str, encoding: str = "", error: type[CropAttentionError] = ParcelError, layer: str = ""
) -> Opened:
    """Open a vector file of any format that GDAL reads, zipped ones too.

    Args:
        path: the file or folder.
        what: how messages call it.
        encoding: of its text, as the analyst names it; "" takes what the file says.
        layer: the only one that will be read; "" for any.

    Raises:
        error: the file cannot be opened, its driver is missing, or the encoding of a shapefile is not known.
    """
    codec = _codec(encoding, error)
    place = _inside(path, what, error)
    try:
        dataset = _opened(place, layer)
    except RuntimeError as problem:
        reason = reason_of(problem)
        remedy = tr("close the program that writes it") if "locked" in reason else tr("check the file")
        raise error(_unopened(path, what, reason, remedy)) from problem
    if dataset.GetDriver().ShortName != "ESRI Shapefile":
        return Opened(dataset, place, codec, ())
    letters = _letters(dataset, what, codec, error)
    if letters.reopen or letters.codec:
        del dataset
        dataset = open_checked(place, [f"ENCODING={letters.reopen}"], layer)  # "" leaves the bytes as they are
    return Opened(dataset, place, letters.codec or codec, letters.notes, bool(letters.codec))


def _opened(place: str, layer: str) -> gdal.Dataset:
    """Open a file by what it says of its letters: QGIS tells GDAL to leave those of shapefiles alone."""
    own = gdal.GetThreadLocalConfigOption(_SWITCH)
    everywhere = gdal.GetGlobalConfigOption(_SWITCH) if hasattr(gdal, "GetGlobalConfigOption") else None
    if everywhere is None and own is None:
        everywhere = gdal.GetConfigOption(_SWITCH)
    gdal.SetThreadLocalConfigOption(_SWITCH, None)
    if everywhere is not None:
        gdal.SetConfigOption(_SWITCH, None)
    try:
        dataset = open_checked(place, layer=layer)
        for number in range(dataset.GetLayerCount()):
            dataset.GetLayer(number)
        return dataset
    finally:
        gdal.SetThreadLocalConfigOption(_SWITCH, own)
        if everywhere is not None:
            gdal.SetConfigOption(_SWITCH, everywhere)


def missing_driver(path: str) -> str:
    """Return the name of the driver that a file needs and this GDAL does not have, "" where that is not the trouble."""
    wanted = _DRIVERS.get(Path(path).suffix.lower(), "")
    return wanted if wanted and gdal.GetDriverByName(wanted) is None else ""


def _unopened(path: str, what: str, reason: str, remedy: str) -> str:
    driver = missing_driver(path)
    if driver:
        return tr(
            "The {what} {path} cannot be opened: this GDAL ({versioninfo}) is without the driver {driver} "
            "that such files need; save the layer as a GeoPackage (.gpkg), or install that driver."
        ).format(what=what, path=path, versioninfo=gdal.VersionInfo("RELEASE_NAME"), driver=driver)
    return tr("The {what} {path} cannot be opened ({reason}): {remedy}.").format(
        what=what, path=path, reason=reason, remedy=remedy
    )


def ask_encoding() -> str:
    """Return what the analyst is to do about letters that no file names."""
    return tr(
        "name it by {option}, such as UTF-8, ISO-8859-1, cp1250 or cp936, or save the layer as a GeoPackage"
    ).format(option=called("encoding"))


def _codec(encoding: str, error: type[CropAttentionError]) -> str:
    if not encoding.strip():
        return ""
    codec = known_codec(encoding)
    if not codec:
        raise error(
            tr("The encoding '{encoding}' is not known: {ask_encoding}.").format(
                encoding=encoding, ask_encoding=ask_encoding()
            )
        )
    return codec


def _inside(path: str, what: str, error: type[CropAttentionError]) -> str:
    """Return the place of the vector file inside a zip file; other paths as they are."""
    if not path.lower().endswith(".zip") or path.startswith("/vsi"):
        return path
    root = f"/vsizip/{path}"
    listed = gdal.ReadDirRecursive(root) or []
    names = [name for name in listed if not name.startswith("__MACOSX")]
    folders = {name.rpartition("/")[0] for name in names if name.lower().endswith(".shp")}
    databases = {name.split(".gdb/")[0] + ".gdb" for name in names if ".gdb/" in name}
    found = sorted(f"{root}/{folder}".rstrip("/") for folder in folders)
    found += sorted(f"{root}/{name}" for name in {*databases, *(n for n in names if n.lower().endswith(_INSIDE))})
    if len(found) == 1:
        return found[0]
    if not found:
        raise error(
            tr("The {what} {path} contains no vector file: choose another, or unpack it.").format(what=what, path=path)
        )
    raise error(
        tr("The {what} {path} holds several vector files: choose one of {found}.").format(
            what=what, path=path, found=", ".join(found)
        )
    )


def _letters(dataset: gdal.Dataset, what: str, codec: str, error: type[CropAttentionError]) -> Letters:
    """Return in which letters the tables of a shapefile are to be read."""
    found = Letters()
    tables = sorted(name for name in dataset.GetFileList() or [] if name.lower().endswith(".dbf"))
    for table in tables:
        name = Path(table).stem
        layer = next((dataset.GetLayer(i) for i in range(dataset.GetLayerCount())
                      if dataset.GetLayer(i).GetName() == name), None)  # fmt: skip
        said, named = layer is not None and bool(layer.TestCapability(ogr.OLCStringsAsUTF8)), ""
        if layer is not None and said and len(tables) == 1:  # one dataset is read by one encoding
            named = layer.GetMetadataItem("SOURCE_ENCODING", "SHAPEFILE")
        said_codec = known_codec(named or "")
        here = letters_of(table, codec, said, "" if said_codec == "utf-8" else said_codec)
        if here is None:
            raise error(
                tr(
                    "The text of the {what} {table} is in an encoding that the file does not name (no .cpg file, no "
                    "code page in the .dbf): {ask_encoding}."
                ).format(what=what, table=table, ask_encoding=ask_encoding())
            )
        found = Letters(here.reopen or found.reopen, found.notes + here.notes, here.codec or found.codec)
    return found
