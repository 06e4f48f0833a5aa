"""Paths as GDAL writes them, to the folders and names that a person sees."""

from __future__ import annotations

import os
import re

_SUBDATASET = re.compile(r'(?:NETCDF|HDF5|ZARR):"?([^"]+?)"?:/*([^:"]+)', re.IGNORECASE)


def file_of(path: str) -> str:
    """Return the file on disk behind a path of GDAL: of a variable of a netCDF file, or of a member of a zip."""
    match = _SUBDATASET.fullmatch(path)
    if match:
        return match.group(1)
    if path.startswith("/vsizip/"):
        found = re.match(r"/vsizip/(.*?\.zip)(?:/|$)", path, re.IGNORECASE)
        return found.group(1) if found else path
    return path


def plain_path(path: str) -> str:
    """Return a path with "/" between its folders and without the extension; a variable counts as a name in its file."""
    match = _SUBDATASET.fullmatch(path)
    if match:
        return f"{match.group(1)}/{match.group(2)}".replace("\\", "/")
    return os.path.splitext(path.replace("\\", "/"))[0]


def variable_of(path: str) -> str:
    """Return the variable of a netCDF file that a path means, "" for other paths."""
    match = _SUBDATASET.fullmatch(path)
    return match.group(2) if match else ""
