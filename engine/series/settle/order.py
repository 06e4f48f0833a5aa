"""Nameless bands of Sentinel-2 whose order nothing tells: asked of the analyst, never assumed."""

from __future__ import annotations

from ...errors import SeriesError
from ..acquisition import Series
from ..messages import several

SHOWN = 3
"""Orders that the question names."""


def refuse_open_orders(series: Series) -> None:
    """Ask for the order of bands where files leave several open.

    Raises:
        SeriesError: the bands of some files may follow each other in several orders.
    """
    opened = [part for acquisition in series.acquisitions for part in acquisition.parts if part.order_open]
    if not opened:
        return
    orders = [each.title for each in opened[0].arrangements[:SHOWN]]
    raise SeriesError(
        f"The bands of {several((part.name for part in opened), 4)} have no names and may follow each other in several "
        f"orders ({'; '.join(orders)}): describe each band (B02, B03, ...), or give their order as layers of a record "
        "(RECORDS, --records) or in a list of files (FILE_LIST, --file-list)."
    )
