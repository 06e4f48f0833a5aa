"""From arguments to what the engine takes; each function raises a sentence for the analyst."""

from __future__ import annotations

import glob
import os
import re
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from ..engine.errors import GridError, SeriesError
from ..engine.jobs.checks import Problems
from ..engine.jobs.series import Extent, SeriesInputs, SeriesRequest
from ..engine.option import options_of
from ..engine.options import MappingOptions, ParcelOptions, SeriesOptions
from ..models.card import CheckpointError
from ..models.checkpoint import default_checkpoint, find_checkpoint
from ..models.language import listed, tr

if TYPE_CHECKING:
    from ..engine.jobs.label import ParcelFile

T = TypeVar("T")
_BOX = re.compile(r"\s*([^\[\]]*?)\s*(?:\[\s*([^\[\]]+?)\s*\])?\s*")


def series_request(values: Namespace, wrong: Problems) -> SeriesRequest:
    """Return the series that arguments of `add_inputs` and `add_reading` ask for."""
    return SeriesRequest(
        wrong.read(lambda: series_inputs(values)),
        wrong.read(lambda: checkpoint(values), ""),
        values.season_start,
        wrong.read(lambda: extent(values)),
        series_options(values),
    )


def series_inputs(values: Namespace) -> SeriesInputs:
    """Return the files and folders of both sensors."""
    needed = not getattr(values, "file_list", "")
    return SeriesInputs(*(tuple(paths) for paths in existing(values.s2, values.s1, needed=needed)))


def existing(*sensors: Sequence[str], pattern: str = "", needed: bool = True) -> list[list[str]]:
    """Return the paths of each sensor, wildcards resolved where no shell did; those with a `pattern` as they are."""
    found, missing = [], []
    for paths in sensors:
        found.append([path for given in paths for path in _expanded(given)])
        missing += [path for path in found[-1] if not (_exists(path) or (pattern and pattern in path))]
    if missing:
        names = [f"'{path}'" for path in dict.fromkeys(missing)]
        raise SeriesError(
            tr("No file or folder of the series is called {names}; check the path.").format(names=listed(names, " or "))
        )
    if needed and not any(found):
        raise SeriesError(
            tr("No series is given; name Sentinel-2 files or folders by --s2 or Sentinel-1 ones by --s1.")
        )
    return found


def checkpoint(values: Namespace) -> str:
    """Return the checkpoint's file."""
    if values.checkpoint:
        return str(find_checkpoint(values.checkpoint))
    if not default_checkpoint().is_file():
        raise CheckpointError(tr("The bundled checkpoint is missing; install the plugin again or give --checkpoint."))
    return str(default_checkpoint())


def extent(values: Namespace) -> Extent | None:
    """Return the area, None for all that the series covers."""
    from osgeo import osr

    if not values.extent:
        return None
    match = _BOX.fullmatch(values.extent)
    box, crs = match.groups() if match else ("", None)
    try:
        west, east, south, north = (float(word) for word in box.split(","))
    except ValueError as error:
        raise GridError(
            tr("The extent '{extent}' is not understood; write 'west,east,south,north [EPSG:code]'.").format(
                extent=values.extent
            )
        ) from error
    if not (west < east and south < north):
        raise GridError(
            tr("The extent '{extent}' has no area; its order is west,east,south,north.").format(extent=values.extent)
        )
    if not crs:
        raise GridError(
            tr("The extent has no CRS; write 'west,east,south,north [EPSG:code]', such as '3,4,50,51 [EPSG:4326]'.")
        )
    reference = osr.SpatialReference()
    try:
        reference.SetFromUserInput(crs)
    except RuntimeError as error:
        raise GridError(
            tr("The CRS '{crs}' of the extent is not known; write a code such as EPSG:4326.").format(crs=crs)
        ) from error
    return Extent(west, south, east, north, reference.ExportToWkt())


def series_options(values: Namespace) -> SeriesOptions:
    """Return how files are to be read."""
    return options(SeriesOptions, values)


def mapping_options(values: Namespace) -> MappingOptions:
    """Return how the network is to be fed."""
    return replace(options(MappingOptions, values), expected_shares=_expected_shares(values))


def _expected_shares(values: Namespace) -> tuple[tuple[str, float], ...]:
    """Return what of the area is expected of each class, empty where nothing is."""
    from ..engine.jobs.expected_shares import declared_shares, expected_shares

    table, field = (getattr(values, name, None) or "" for name in ("expected_shares", "expected_shares_field"))
    counted = (
        field
        and values.parcels
        and (lambda: declared_shares(values.parcels, values.parcels_layer, field, values.encoding))
    )
    return expected_shares(table, field, counted or None)


def parcel_options(values: Namespace) -> ParcelOptions:
    """Return how pixels become labels."""
    return options(ParcelOptions, values)


def options(kind: type[T], values: Namespace, defaults: T | None = None) -> T:
    """Return the options that `arguments.add_options` added; fields that are no option are those of `defaults`."""
    found = {name: getattr(values, each.argument) for name, each in options_of(kind).items()}
    return kind(**{**(vars(defaults) if defaults else {}), **found})


def parcel_file(values: Namespace) -> ParcelFile | None:
    """Return the parcels, None where none are given."""
    from ..engine.jobs.label import ParcelFile

    if values.parcels is None:
        return None  # an empty name, as of a variable that is not set, is refused with those of no file
    return ParcelFile(values.parcels, values.parcels_layer, encoding=values.encoding)


def _exists(path: str) -> bool:
    return path.startswith("/vsi") or os.path.exists(path)


def _expanded(path: str) -> list[str]:
    if _exists(path) or not glob.has_magic(path):
        return [path]
    return sorted(glob.glob(path)) or [path]
