"""The legend of a class raster, as it stands in the file."""

from __future__ import annotations

from ..engine.errors import SeriesError
from ..engine.legend import read_legend
from ..models.card import CropClass
from .base import tr


def legend_of(path: str) -> tuple[CropClass, ...]:
    """Return the named classes of the first band with their colours, by code; empty where none is named.

    Raises:
        SeriesError: the raster cannot be opened.
    """
    try:
        return read_legend(path)
    except RuntimeError as error:
        raise SeriesError(tr("The crop map '{}' cannot be opened ({}); choose another.").format(path, error)) from error
