"""Raster files among what the analyst names: files, folders, .SAFE products and zips."""

from __future__ import annotations

import os
import re
import stat
from typing import Iterator, Sequence

from osgeo import gdal

from ....models.language import tr
from ...errors import SeriesError
from ...feedback import Feedback
from ...safety.archive import bomb_in
from ...walk import walk
from ..messages import several, short_name
from . import netcdf
from .catalogue import files_of, is_catalogue

gdal.UseExceptions()

_FILES = ".tif .tiff .gtiff .jp2 .j2k .vrt .img .bsq .bil .bip .sdat .kea".split()
SUFFIXES = (*_FILES, *netcdf.SUFFIXES)
_OF_HEADERS = ("", ".dat", ".bin", ".raw", ".envi")
"""Endings of ENVI's rasters, which are told by the header beside them, as R's by the numbers (.gri) beside them."""
_PACKED = (".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zip")
"""Endings of archives that are not looked into; zips are, but not those in zips."""

_METADATA_FILES = re.compile(r"(?:MTD_MSIL[12][AC]|INSPIRE)\.xml|manifest\.safe", re.IGNORECASE)
_SKIPPED_FOLDERS = re.compile(
    r"QI_DATA|AUX_DATA|DATASTRIP|HTML|rep_info|preview|annotation|support|tie_point_grids|vector_data|__MACOSX|\..*",
    re.IGNORECASE,
)
_SKIPPED_NAMES = re.compile(
    r"MSK_.*|"
    r"(?:.*[_\-.])?(?:TCI|AOT|WVP|PVI|QL|visual|quick_?look|preview|thumb(?:nail)?|browse|CLDPRB|SNWPRB|CLD|SNW|"
    r"rgb|inc_map|border_?mask|dem|(?:local_?)?incidence_?angle)(?:_?\d0m)?|"
    r"(?:view|sun)_(?:zenith|azimuth)(?:_.*)?|quality_(?:aot|wvp|(?:cloud|snow)_confidence)|"
    r".*_(?:EDG|SAT|IAB|ATB|DFP)_R[12]|.*_ATB|(?!.*_RTC\d\d_)(?:.*[_\-.])?ls_map",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"\..*|.*\.ovr", re.IGNORECASE)
_ESA_BAND = re.compile(r"(.*_(?:B\d\d|B8A|SCL))_(10|20|60)m", re.IGNORECASE)


def find_rasters(inputs: Sequence[str], aside: list[str] | None = None, feedback: Feedback | None = None) -> list[str]:
    """Return the GDAL paths of all raster candidates, each once, sorted.

    Args:
        inputs: files (taken whatever they are called), zips, STAC items (JSON), folders of any kind (walked to the
            bottom), or paths of GDAL's virtual file systems. Quicklooks, quality masks, and coarser copies of a band
            are left out of folders and zips.
        aside: where the names of files that are left out go.

    Raises:
        SeriesError: an input does not exist, a folder or zip holds no raster, or more than can be searched.
    """
    feedback = feedback or Feedback()
    found: list[str] = []
    absent, empty = [], []
    for entry in dict.fromkeys(str(item).strip() for item in inputs):
        if not entry:
            continue
        if _METADATA_FILES.fullmatch(short_name(entry)) and os.path.isfile(entry):
            entry = os.path.dirname(os.path.abspath(entry))
        if is_catalogue(entry):
            named = [_of_zip(path, aside) if path.lower().endswith(".zip") else [path] for path in files_of(entry)]
            rasters = [path for each in named for path in each if _wanted(os.path.basename(path), aside)]
        elif os.path.isdir(entry):
            _check_listed(entry)
            rasters = list(_of_folder(entry, aside, feedback))
        elif os.path.isfile(entry):
            rasters = _of_zip(entry, aside) if entry.lower().endswith(".zip") else _variables(_normal(entry))
        elif entry.startswith("/vsi") or re.match(r"[A-Za-z0-9_]{2,}:", entry):
            rasters = [entry]
        else:
            absent.append(entry)
            continue
        if not rasters:
            empty.append(entry)
        found.extend(rasters)
    if absent:
        raise SeriesError(tr("No file or folder is called {absent}; check the path.").format(absent=several(absent)))
    stores = [store for entry in empty for store in _zarr_stores(entry)]
    if stores:
        raise SeriesError(
            tr("{stores} is Zarr, which is not read; save it as netCDF (xarray's to_netcdf) or as GeoTIFF.").format(
                stores=several(stores)
            )
        )
    packed = [name for name in aside or () if name.lower().endswith(_PACKED)]
    if empty and packed:
        raise SeriesError(
            tr("No raster lies in {empty} but in archives that are not read, {packed}: unpack them first.").format(
                empty=several(empty), packed=several(packed)
            )
        )
    if empty:
        kinds = ", ".join(SUFFIXES)
        raise SeriesError(
            tr(
                "No raster lies in {empty}: looked for files ending in {kinds}, in sub-folders and zips too; "
                "choose the folder that holds the Sentinel-1 or Sentinel-2 files."
            ).format(empty=several(empty), kinds=kinds)
        )
    return sorted(_without_copies(list(dict.fromkeys(found))))


def _check_listed(folder: str) -> None:
    try:
        os.scandir(folder).close()
    except OSError as error:
        raise SeriesError(
            tr(
                "The folder {folder} cannot be listed ({reason}): ask for the right to read it, or name another."
            ).format(folder=folder, reason=error.strerror or error)
        ) from error


def _zarr_stores(entry: str) -> list[str]:
    """Return the Zarr stores that a folder is, or holds."""
    inside = (item.path for item in os.scandir(entry)) if os.path.isdir(entry) else ()
    folders = [path for path in (entry, *inside) if os.path.isdir(path)]  # a link to itself is none
    marks = (".zgroup", ".zmetadata", "zarr.json")
    return [folder for folder in folders if any(os.path.isfile(os.path.join(folder, mark)) for mark in marks)]


def _of_folder(folder: str, aside: list[str] | None, feedback: Feedback) -> Iterator[str]:
    for root, folders, files in walk(_normal(folder), feedback):
        folders[:] = [name for name in folders if not _SKIPPED_FOLDERS.fullmatch(name)]
        for name in sorted(files):
            path = os.path.join(root, name)
            zipped = name.lower().endswith(".zip")
            stem, suffix = os.path.splitext(name)
            header = {f"{stem}.hdr", f"{name}.hdr"} & set(files)
            paired = bool(header) if suffix.lower() in _OF_HEADERS else suffix == ".grd" and f"{stem}.gri" in files
            if (zipped or paired or _wanted(name, aside)) and not _is_device(path):
                yield from _of_zip(path, aside) if zipped else _variables(path)


def _of_zip(path: str, aside: list[str] | None) -> list[str]:
    """Return the rasters inside a zip; the zip itself where it is not to be, so that it is named as unreadable."""
    archive = f"/vsizip/{_normal(path)}"
    if bomb_in(path):
        return [_normal(path)]
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        members = gdal.ReadDirRecursive(archive)
    except RuntimeError:
        members = None
    finally:
        gdal.PopErrorHandler()
    if members is None:
        return [_normal(path)]
    inside = []
    for member in sorted(member for member in members if isinstance(member, str)):
        *folders, name = member.split("/")
        if name and _wanted(name, aside) and not any(_SKIPPED_FOLDERS.fullmatch(folder) for folder in folders):
            inside.append(f"{archive}/{member}")
    return inside


def _is_device(path: str) -> bool:
    """Return whether a name leads to a pipe, a socket or a device, which would be waited for."""
    try:
        kind = os.stat(path).st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(kind) or stat.S_ISDIR(kind))


def _wanted(name: str, aside: list[str] | None) -> bool:
    stem, suffix = os.path.splitext(name)
    packed = suffix.lower() in _PACKED
    if not packed and suffix.lower() not in SUFFIXES or _HIDDEN.fullmatch(stem):
        return False
    skipped = packed or _SKIPPED_NAMES.fullmatch(stem) is not None
    if skipped and aside is not None:
        aside.append(name)
    return not skipped


def _variables(path: str) -> list[str]:
    """Return a file, or the variables of a netCDF file."""
    return netcdf.variables_of(path) if path.lower().endswith(netcdf.SUFFIXES) else [path]


def _without_copies(paths: Sequence[str]) -> list[str]:
    """Leave out what repeats a band: coarser copies in ESA's products, and those with less correction beside others."""
    finest: dict[str, int] = {}
    keys = {}
    for path in paths:
        folder, name = os.path.split(path)
        match = _ESA_BAND.fullmatch(os.path.splitext(name)[0])
        if match:
            product = folder[: -len("/R10m")] if re.search(r"[\\/]R[126]0m$", folder) else folder
            key, metres = f"{product}/{match.group(1)}".lower(), int(match.group(2))
            keys[path] = (key, metres)
            finest[key] = min(metres, finest.get(key, metres))
    whole = set(paths)
    return [
        path
        for path in paths
        if (path not in keys or keys[path][1] == finest[keys[path][0]]) and not _corrected_twins(path) & whole
    ]


def _corrected_twins(path: str) -> set[str]:
    """Return the names that a corrected copy beside a file may have: FRE (Theia), nbart (Australia), sur (SIAC)."""
    folder, name = os.path.split(path)
    twins = {name.replace("_SRE_", "_FRE_").replace("_nbar_", "_nbart_"), f"{os.path.splitext(name)[0]}_sur.tif"}
    return {os.path.join(folder, twin) for twin in twins - {name}}


def _normal(path: str) -> str:
    return os.path.normpath(os.path.abspath(path))
