"""From a name that GDAL takes to the file on the disk that it stands for."""

from __future__ import annotations

import os
import re

LOCAL_ARCHIVES = ("/vsizip/", "/vsitar/", "/vsigzip/")
"""GDAL's virtual file systems that read a file of this computer and nothing else."""

MEMORY = "/vsimem/"
LOCAL_PREFIXES = frozenset(
    "NETCDF HDF4 HDF4_SDS HDF4_EOS HDF4_GR HDF5 HDF5IMAGE BAG GTIFF_DIR GTIFF_RAW GPKG SENTINEL2_L1C SENTINEL2_L1B "
    "SENTINEL2_L2A SENTINEL2_L1C_TILE SENTINEL1_CALIB DERIVED_SUBDATASET".split()
)
"""Beginnings of names of a part of a local file, such as NETCDF:"series.nc":B04."""

_PREFIX = re.compile(r"([A-Za-z][A-Za-z0-9_]+):(?!//)(.*)", re.DOTALL)
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_LAYER_OPTIONS = re.compile(
    r"\|(?:layername|layerid|subset|geometrytype|option|sublayer|uniqueGeometryType)[:=].*$", re.I
)


def real_file(name: str) -> str:
    """Return the file on the disk that holds what a name stands for; "" where that is no file of this computer.

    Args:
        name: a path, a member of an archive ("/vsizip/scenes.zip/b.tif"), a part of a file ('NETCDF:"a.nc":B04'), or a
            layer as QGIS names it ("a.gpkg|layername=fields"). The file need not exist, unless an archive or a part of
            it is named.
    """
    name = _LAYER_OPTIONS.sub("", name)
    if name.startswith("vrt://"):
        return real_file(name[len("vrt://") :].split("?", 1)[0])
    prefixed = None if _DRIVE.match(name) or os.path.exists(name) else _PREFIX.fullmatch(name)
    if prefixed:
        return _inside(prefixed.group(2)) if prefixed.group(1).upper() in LOCAL_PREFIXES else ""
    archived = False
    while True:
        start = next((start for start in LOCAL_ARCHIVES if name.lower().startswith(start)), None)
        if start is None:
            break
        name, archived = name[len(start) :], True
        if name.startswith("{"):
            name = name[1:].replace("}", "", 1)
    if name.lower().startswith("/vsi") or "://" in name or "<" in name:
        return ""
    return _upwards(name) if archived else name


def _inside(text: str) -> str:
    """Return the file in what follows a prefix: quoted, or the longest run of words that is one."""
    quoted = re.findall(r'"([^"]+)"', text)
    words = text.split(":")
    runs = [":".join(words[first:last]) for first in range(len(words)) for last in range(len(words), first, -1)]
    for candidate in (*quoted, *runs[:200]):
        found = real_file(candidate) if candidate and not candidate.upper().startswith(_STARTS) else ""
        if found and os.path.exists(found):
            return found
    return ""


_STARTS = tuple(f"{prefix}:" for prefix in LOCAL_PREFIXES)


def _upwards(path: str) -> str:
    """Return the file that a path ends in or goes through, "" where there is none."""
    while path and not os.path.isfile(path):
        above = os.path.dirname(path)
        if above == path:
            return ""
        path = above
    return path
