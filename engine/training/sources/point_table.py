"""A table of points with a legend of its own: its labels become classes, by name or by code."""

from __future__ import annotations

import csv
import gzip
from datetime import date
from pathlib import Path

from ....models.card import Card
from ....models.language import tr
from ...errors import SampleError
from ...feedback import Feedback
from ..dataset import Dataset
from ..options import SourceOptions
from .naming import classes_of
from .points import read_points


def read_labelled_points(
    path: Path,
    card: Card,
    start: date,
    label: str,
    options: SourceOptions,
    feedback: Feedback,
    licence: str = "",
    group: str = "",
) -> Dataset:
    """Read all points of a table whose label is not empty.

    Args:
        path, start, options, feedback, label, licence, group: see `read_points`.
        card: of the base, whose calendar, bands and class names are taken over.

    Raises:
        SampleError: the table cannot be read, or fewer than two classes are left.
    """
    path = Path(path)
    where = tr("The column {label} of {path}").format(label=label, path=path.name)
    by_name = classes_of(_labels(path, label), card.classes, where, options.legend)
    legend = {entry.code: entry for entry in (*card.classes, *by_name.values())}
    mapping = {name: entry.code for name, entry in by_name.items()}
    return read_points(
        path, card.season, start, card.s2_bands, card.s1_bands, tuple(legend.values()), mapping, options, feedback,
        label, licence=licence, group=group,
    )  # fmt: skip


def _labels(path: Path, column: str) -> set[str]:
    """Return the different labels of a table."""
    try:
        opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8")
        with opened as file:
            rows = csv.DictReader(file)
            if column not in (rows.fieldnames or ()):
                raise SampleError(
                    tr("The table {path} has no column {column}; name the label's column by --label.").format(
                        path=path.name, column=column
                    )
                )
            return {row[column].strip() for row in rows if row[column] and row[column].strip()}
    except (OSError, UnicodeDecodeError) as error:
        raise SampleError(
            tr("The table {path} cannot be read ({error}); check the file.").format(path=path.name, error=error)
        ) from error
