"""What a raster or vector file leads to: followed to the end before GDAL opens any of it."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence

from osgeo import gdal

from ...models.language import tr
from ...models.naming import called
from .archive import bomb_in
from .names import LOCAL_ARCHIVES, MEMORY, real_file

gdal.UseExceptions()

HEAD = 4096
"""Bytes in which a file must say that it is an indirect one; GDAL itself looks at 1,024."""

LONGEST = 64 << 20
"""Bytes of a virtual raster that are read; one of 10,000 sources has about 10 MB."""

DEEPEST, MOST = 12, 100_000
"""Virtual rasters one inside the other, and files that one may lead to."""

_INDIRECT = re.compile(rb"<\s*(?:VRTDataset|OGRVRTDataSource)\b", re.IGNORECASE)
_ELSEWHERE = re.compile(
    rb"<\s*(GDAL_WMS|WMS_Tiled|GDALTileIndexDataset|MRF_META|WCS_GDAL|Capabilities|TileMap|TMS|GDAL_WMTS|DASFeature"
    rb"|OGRWFSDataSource|OGROAPIFDataset|VSISparseFile)\b|\"stac_version\"",
    re.IGNORECASE,
)
_FILE_ELEMENTS = frozenset(
    "sourcefilename sourcedataset cutlineds srcdatasource x_dataset y_dataset rpc_dem dem datasetname filename "
    "indexdataset".split()
)
_TEXT_ELEMENTS = frozenset("srs layersrs gcpprojection description mdi category unittype wkt srcsrs dstsrs".split())
_FILE_KEYS = frozenset("x_dataset y_dataset rpc_dem".split())
_ADDRESS = re.compile(r"/vsi|[A-Za-z][A-Za-z0-9+.\-]*://|[\\/]|[A-Za-z]:[\\/]|<VRTDataset", re.IGNORECASE)


class Indirect(RuntimeError):
    """A file leads where it may not; the text says where, without the name of the file."""


def check_sources(path: str, allowed: Sequence[str]) -> None:
    """Check that all that a file leads to, to the end, are files of this computer in some folders.

    Args:
        path: as GDAL takes it; a file that is no virtual one leads nowhere.
        allowed: folders, as `folders_of` returns them.

    Raises:
        Indirect: it leads elsewhere, runs Python, or does not end.
    """
    if path.startswith(MEMORY):
        return  # made in this process, of files that were checked when they were opened
    place = real_file(path)
    if os.path.exists(place) and not os.path.isdir(place) and _is_device(place):
        raise Indirect(tr("it is a pipe or a device, not a file"))
    _check_archive(path)
    for source in _walk(path, set()):
        _check_place(source, allowed)
        _check_archive(source)


def _check_archive(path: str) -> None:
    if path.lower().startswith(LOCAL_ARCHIVES) or path.lower().endswith((".zip", ".kmz", ".gz")):
        wrong = bomb_in(real_file(path))
        if wrong:
            raise Indirect(wrong)


def files_behind(path: str) -> list[str]:
    """Return the files on the disk that opening a file leads to, itself first; those that are no files are left out."""
    found = [real_file(path)]
    # What leads elsewhere is refused when it is opened; until then its known sources count.
    with contextlib.suppress(Indirect):
        found.extend(real_file(source) for source in _walk(path, set()))
    return [entry for entry in dict.fromkeys(found) if entry]


def folders_of(inputs: Iterable[str], more: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the folders that virtual files among some inputs may point into: their own, and those named besides."""
    folders = []
    for entry in inputs:
        place = real_file(str(entry)) or str(entry)
        folders.append(place if os.path.isdir(place) else os.path.dirname(os.path.abspath(place)))
    folders += [str(entry) for entry in more]
    return tuple(
        dict.fromkeys(spelt for entry in folders for spelt in (os.path.abspath(entry), os.path.realpath(entry)))
    )


def _check_place(source: str, allowed: Sequence[str]) -> None:
    shown = source if len(source) <= 200 else f"{source[:200]}..."
    if source.startswith(MEMORY):
        return
    place = real_file(source)
    if not place:
        raise Indirect(
            tr("leads to {shown}, which is not a file of this computer; save what it shows as GeoTIFF").format(
                shown=shown
            )
        )
    places = {os.path.abspath(place), os.path.realpath(place)}
    if not any(_within(entry, folder) for entry in places for folder in allowed):
        raise Indirect(
            tr(
                "leads to {shown}, outside the folders of the series; copy it there, or name its folder by {option}"
            ).format(shown=shown, option=called("allow_folder"))
        )


def _within(path: str, folder: str) -> bool:
    path, folder = os.path.normcase(path), os.path.normcase(folder)
    return path == folder or path.startswith(folder.rstrip("\\/") + os.sep)


def _walk(path: str, seen: set[str], depth: int = 0) -> Iterator[str]:
    """Yield all that a file leads to; every name is absolute where it is one of a file."""
    text = path if path.lstrip().startswith("<") else _text(path)
    if not text:
        return
    if depth > DEEPEST:
        raise Indirect(
            tr("leads through more than {deepest} virtual rasters; point to the rasters themselves").format(
                deepest=DEEPEST
            )
        )
    inline = text is path
    if inline and not _INDIRECT.search(text.encode("utf-8", "replace")):
        raise Indirect(tr("is an inline description of rasters stored elsewhere; save them to this computer"))
    home = "" if inline else os.path.dirname(path)
    for source in _named(text, home):
        if source in seen:
            continue
        seen.add(source)
        if len(seen) > MOST:
            raise Indirect(tr("leads to more than {most:,} files; point to the rasters themselves").format(most=MOST))
        if source.lstrip().startswith("<"):
            yield from _walk(source, seen, depth + 1)
            continue
        yield source
        inner = source[len("vrt://") :].split("?", 1)[0] if source.startswith("vrt://") else source
        if real_file(inner) or inner.startswith(MEMORY):
            yield from _walk(inner, seen, depth + 1)


def _text(path: str) -> str:
    """Return the text of a file that is a virtual one, "" for all others."""
    archive = path if path.startswith(("/vsi", "vrt://")) else real_file(path)
    head = _read(archive, HEAD)
    elsewhere = _ELSEWHERE.search(head)
    if elsewhere:
        kind = (elsewhere.group(1) or b"STAC catalogue").decode("ascii")
        raise Indirect(
            tr(
                "describes a map server or a catalogue ({kind}) and is not a raster; save the rasters to this computer"
            ).format(kind=kind)
        )
    if not _INDIRECT.search(head):
        return ""
    data = _read(archive, LONGEST + 1)
    if len(data) > LONGEST:
        raise Indirect(
            tr("is a virtual raster of more than {longest} MB; point to the rasters themselves").format(
                longest=LONGEST >> 20
            )
        )
    return data.decode("utf-8", "replace")


def _read(path: str, size: int) -> bytes:
    """Return the first bytes of a file, b"" where it cannot be read."""
    if not path or _is_device(path):
        return b""
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        handle = gdal.VSIFOpenL(path, "rb")
        if handle is None:
            return b""
        try:
            return bytes(gdal.VSIFReadL(1, size, handle) or b"")
        finally:
            gdal.VSIFCloseL(handle)
    except RuntimeError:
        return b""
    finally:
        gdal.PopErrorHandler()


def _is_device(path: str) -> bool:
    return not path.startswith("/vsi") and not os.path.isfile(path)


def _named(text: str, home: str) -> Iterator[str]:
    """Yield the names of files in the text of a virtual raster or layer.

    Raises:
        Indirect: it runs Python or a query, or is no XML.
    """
    try:
        tree = gdal.ParseXMLString(text)
    except (RuntimeError, RecursionError) as error:
        raise Indirect(tr("is a virtual raster that cannot be read; make it again")) from error
    stack = [tree]
    while stack:
        node = stack.pop()
        _, name, *children = node
        kind = str(name).lower()
        values = {str(child[1]).lower(): _content(child) for child in children if child[0] in (0, 2)}
        own = _content(node)
        if kind == "pixelfunctioncode" or (kind == "pixelfunctionlanguage" and own.lower() != "c"):
            raise Indirect(tr("runs its own Python code; save what it shows as GeoTIFF"))
        if kind == "srcsql":
            raise Indirect(tr("runs its own query; save what it shows as GeoPackage"))
        if own and _names_file(kind, own, values):
            # Where nothing is said, GDAL takes the name as it stands.
            relative = any(values.get(key, "0") not in ("0", "no", "false", "off") for key in _RELATIVE)
            yield _resolved(own, home, relative)
        stack.extend(child for child in children if child[0] in (0, 2))


_RELATIVE = ("relativetovrt", "relative")


def _names_file(kind: str, text: str, values: dict[str, str]) -> bool:
    if kind in _FILE_ELEMENTS:
        return True
    key = (values.get("key") or values.get("name") or "").lower()
    if key in _FILE_KEYS or (kind in ("argument", "option") and "filename" in key):
        return True
    return kind not in _TEXT_ELEMENTS and bool(_ADDRESS.match(text))


def _content(node: list) -> str:
    return "".join(str(child[1]) for child in node[2:] if child[0] == 1).strip()


def _resolved(name: str, home: str, relative: bool) -> str:
    if name.startswith(("/vsi", "<")) or "://" in name or os.path.isabs(name):
        return name
    inside = re.fullmatch(r'([A-Za-z][A-Za-z0-9_]+:)"?([^"]+?)"?((?::.*)?)', name)
    if inside and not os.path.isabs(inside.group(2)):
        if not relative:
            return name
        moved = os.path.join(home, inside.group(2).split(":")[0])
        return f'{inside.group(1)}"{moved}"{inside.group(3)}'
    if home.startswith("/vsi"):
        return f"{home}/{name}" if relative else name
    return os.path.normpath(os.path.join(os.path.abspath(home), name)) if relative else os.path.abspath(name)
