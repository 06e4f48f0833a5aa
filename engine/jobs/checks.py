"""Checks before a job computes anything: all of them run, so that the analyst reads every problem at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from osgeo import osr

from ...models.card import CheckpointError
from ...models.language import tr
from ..errors import CropAttentionError, DeviceError, OutputError, Refused
from ..writing.guard import refuse_overwriting, series_files
from ..writing.outputs import PendingOutput
from ..writing.place import check_report

osr.UseExceptions()
T = TypeVar("T")


class Problems:
    """Collects what is wrong with the values of a request while it is built.

    Attributes:
        sentences: one for each problem.
    """

    def __init__(self) -> None:
        """Start without any."""
        self.sentences: list[str] = []

    def read(self, make: Callable[[], T], otherwise: Any = None) -> T:
        """Return what `make` returns; where it raises, keep its sentence and return `otherwise`."""
        try:
            return make()
        except Refused as error:
            self.sentences += error.sentences
        except (CropAttentionError, CheckpointError) as error:
            self.sentences.append(str(error))
        return otherwise

    def refuse(self, more: Iterable[str] = ()) -> None:
        """Raise Refused where there are any, or `more`."""
        sentences = list(dict.fromkeys((*self.sentences, *more)))
        if sentences:
            raise Refused(sentences)


class Unreadable:
    """Stands for a layer that was asked for and cannot be read, while the other values are checked."""

    def check(self, place: str) -> None:
        """Nothing is known of it."""


def problems(*checks: Callable[[], object]) -> list[str]:
    """Call each check and return the sentences of those that fail."""
    found = Problems()
    for check in checks:
        found.read(check)
    return list(dict.fromkeys(found.sentences))


def check_projections() -> None:
    """Raise DeviceError where nothing is known of coordinate systems, as another program's settings mislead PROJ."""
    try:
        osr.SpatialReference().ImportFromEPSG(4326)
    except RuntimeError as error:
        raise DeviceError(
            tr(
                "The database of coordinate systems cannot be read ({error}): unset the variables PROJ_LIB and "
                "PROJ_DATA, which another program may have set."
            ).format(error=error)
        ) from error


def check_places(places: Iterable[str], report: str = "") -> None:
    """Raise OutputError for the places that cannot be written; empty ones are left out."""
    check_report(report)
    sentences = []
    for place in filter(None, (*places, report)):
        try:
            PendingOutput(place).discard()
        except OutputError as error:
            sentences.append(str(error))
    if sentences:
        raise OutputError(" ".join(sentences))


def check_overwriting(reads: Iterable[str], writes: Iterable[str]) -> None:
    """Raise OutputError where an output would replace what is read; virtual rasters and folders stand for their files.

    Args:
        reads, writes: as `writing.guard.refuse_overwriting` takes them.
    """
    refuse_overwriting(series_files(reads), writes)
