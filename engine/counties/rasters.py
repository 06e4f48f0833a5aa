"""Which rasters a county needs: folders are listed, and headers opened, once for all counties."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from osgeo import gdal

from ...models.language import tr
from ..errors import CropAttentionError, SeriesError
from ..feedback import Feedback
from ..paths import file_of
from ..safety.sources import Indirect, check_sources, files_behind, folders_of
from ..series.acquisition import SENSOR_NAMES
from ..series.files.catalogue import is_catalogue
from ..series.files.discover import find_rasters
from ..series.files.geometry import Bounds, Geometry, intersect, read_geometry, same_crs, transform_bounds
from .request import COUNTY

gdal.UseExceptions()

SLACK = 2
"""Pixels around a county whose box was reprojected to the CRS of a file: its edges are curves there."""

DUST = 1e-3
"""Pixels by which a file must reach into a county to be read for it."""

_NO_FOLDER = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
_SAFE = re.compile(r"(.*\.SAFE)[\\/].*", re.IGNORECASE)
_SAFE_METADATA = ("MTD_MSIL2A.xml", "MTD_MSIL1C.xml")


@dataclass(frozen=True)
class CountyInputs:
    """What one county reads of one sensor.

    Attributes:
        paths: files and folders.
        stamps: name, size and time of change of each raster, and of STAC items that name them.
        beside: folders and STAC items that the files were chosen from.
    """

    paths: tuple[str, ...] = ()
    stamps: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Listed:
    path: str
    geometry: Geometry | None
    """None where the header tells no place: every county sees such a file, and its error."""


class RasterIndex:
    """The rasters of folders that counties share, with their place; each folder is read once."""

    def __init__(self, feedback: Feedback, more: Sequence[str] = ()) -> None:
        """Start with nothing read; virtual rasters may point into the folders of the series and into `more`."""
        self._feedback, self._more = feedback, tuple(more)
        self._allowed: tuple[str, ...] = ()
        self._lists: dict[tuple[str, ...], list[_Listed]] = {}
        self._stamps: dict[str, str] = {}
        self._boxes: dict[tuple[Bounds, str, str], Bounds | None] = {}

    def check_shared(self, patterns: Sequence[str]) -> None:
        """Read what all counties share, so that what is wrong with it is not told once a county.

        Raises:
            SeriesError: an input does not exist or holds no raster.
        """
        shared = _shared(patterns)
        if shared:
            self._listed(shared)

    def inputs_for(self, name: str, patterns: Sequence[str], sensor: str, box: Bounds, crs: str) -> CountyInputs:
        """Return what one county reads of one sensor.

        Args:
            patterns: files and folders; where `{county}` stands for the name the county has them for itself, of the
                others it gets the rasters that may hold one of its pixels.
            sensor: "S2" or "S1", for messages.
            box: west, south, east, north of the county.
            crs: of the box, as WKT.

        Raises:
            SeriesError: an input does not exist, holds no raster, or none touches the county.
        """
        own = _own(patterns, name)
        paths = tuple(find_rasters(own, feedback=self._feedback)) if own else ()
        shared = _shared(patterns)
        listed = self._listed(shared) if shared else []
        touching = tuple(entry.path for entry in listed if self._touches(entry.geometry, box, crs))
        if not paths and not touching:
            raise SeriesError(
                tr(
                    "None of {count_listed} rasters for {sensor_names} touches the county: give rasters that cover it."
                ).format(count_listed=len(listed), sensor_names=SENSOR_NAMES[sensor])
            )
        beside = tuple(path for path in shared if os.path.isdir(path) or is_catalogue(path))
        items = (path for path in beside if is_catalogue(path))
        return CountyInputs((*own, *touching), tuple(map(self.stamp, (*paths, *touching, *items))), beside)

    def stamp(self, path: str) -> str:
        """Return name, size and time of change of a file, and of what it points to."""
        if path not in self._stamps:
            self._stamps[path] = "|".join(_stamp(part) for part in (path, *_behind(path)))
        return self._stamps[path]

    def _listed(self, inputs: tuple[str, ...]) -> list[_Listed]:
        if inputs not in self._lists:
            self._allowed = folders_of(inputs, self._more)
            self._lists[inputs] = [
                _Listed(path, self._place(path)) for path in find_rasters(inputs, feedback=self._feedback)
            ]
        return self._lists[inputs]

    def _place(self, path: str) -> Geometry | None:
        self._feedback.check()
        try:
            check_sources(path, self._allowed)
            return read_geometry(path)
        except (ValueError, Indirect):
            return None

    def _touches(self, geometry: Geometry | None, box: Bounds, crs: str) -> bool:
        if geometry is None:
            return True
        key = (box, crs, geometry.crs)
        if key not in self._boxes:
            try:
                self._boxes[key] = transform_bounds(box, crs, geometry.crs)
            except CropAttentionError:
                self._boxes[key] = None
        wanted = self._boxes[key]
        if wanted is None:
            return False
        slack = (-DUST if same_crs(crs, geometry.crs) else SLACK) * geometry.pixel
        west, south, east, north = wanted
        return intersect((west - slack, south - slack, east + slack, north + slack), geometry.bounds) is not None


def _shared(patterns: Sequence[str]) -> tuple[str, ...]:
    return tuple(pattern for pattern in patterns if COUNTY not in pattern)


def _own(patterns: Sequence[str], name: str) -> tuple[str, ...]:
    """Return the inputs that one county has for itself.

    Raises:
        SeriesError: the name cannot be part of a path.
    """
    own = tuple(pattern for pattern in patterns if COUNTY in pattern)
    if own and (not name.strip(". ") or _NO_FOLDER.search(name)):
        raise SeriesError(
            tr(
                "No folder can be called '{name}': choose a field of codes, and name the folders of the rasters by it."
            ).format(name=name)
        )
    return tuple(pattern.replace(COUNTY, name) for pattern in own)


def _stamp(path: str) -> str:
    try:
        status = os.stat(file_of(path))
    except OSError:
        return f"{path}|absent"
    return f"{path}|{status.st_size}|{status.st_mtime_ns}"


def _behind(path: str) -> list[str]:
    """Return the files that a raster is read with and that may change without it."""
    product = _SAFE.fullmatch(path)
    if product:
        return [str(place) for name in _SAFE_METADATA if (place := Path(product.group(1)) / name).is_file()]
    if not path.lower().endswith(".vrt"):
        return []
    return sorted(file for file in files_behind(path) if file != path)
