"""The analyst's list of files: one row a band or a file, with what the files themselves do not say."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass
from datetime import date

from ....models.language import tr
from ...errors import SeriesError
from ...safety.text import read_text
from ..acquisition import S1, S2, SENSOR_NAMES
from ..messages import several, short_name

COLUMNS = ("path", "date", "sensor", "band", "number", "scale", "offset", "mask")
_SENSORS = {"s1": S1, "s2": S2, "sentinel-1": S1, "sentinel-2": S2, "sentinel1": S1, "sentinel2": S2}
LARGEST_LIST = 50_000_000


@dataclass(frozen=True)
class Listed:
    """What one row says of a file or of one of its bands; what is empty is asked of the file as ever.

    Attributes:
        sensor: "S1" or "S2".
        day: of acquisition, None where the file is to tell.
        band: "B04", "VV", or the name of a mask ("SCL"); "" where the file is to tell.
        number: band of the file from 1; 0 for all of them.
        scale, offset: physical value = number * scale + offset.
        mask: CLASSES-like meaning of a mask band: "scl" or "flag"; "" for bands of the ground.
    """

    path: str
    sensor: str
    day: date | None = None
    band: str = ""
    number: int = 0
    scale: float | None = None
    offset: float | None = None
    mask: str = ""


def read_list(path: str) -> tuple[Listed, ...]:
    """Read a CSV file with the columns `COLUMNS`, in any order, parted by commas, semicolons or tabs.

    Paths are relative to the list. Columns other than path may be left out, and other columns are ignored.

    Raises:
        SeriesError: the list cannot be read, or a row is wrong; the text names the row, the column and the remedy.
    """
    name = short_name(path)
    try:
        if os.path.getsize(path) > LARGEST_LIST:
            raise SeriesError(tr("The list of files {name} is too large; choose another file.").format(name=name))
        text = read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        raise SeriesError(
            tr("The list of files {name} cannot be read ({error}); check the path.").format(name=name, error=error)
        ) from error
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    if "path" not in header:
        raise SeriesError(
            tr("The list of files {name} has no column 'path'; its first line names the columns: {columns}.").format(
                name=name, columns=", ".join(COLUMNS)
            )
        )
    folder = os.path.dirname(os.path.abspath(path))
    found = []
    for line, row in enumerate(rows[1:], 2):
        cells = {column: cell.strip() for column, cell in zip(header, row)}
        if any(cells.values()):
            found.append(_row(cells, folder, tr("The list of files {name}, line {line}").format(name=name, line=line)))
    if not found:
        raise SeriesError(
            tr("The list of files {name} lists no file; add a line for each file or band.").format(name=name)
        )
    absent = [row.path for row in found if not (row.path.startswith("/vsi") or os.path.isfile(row.path))]
    if absent:
        raise SeriesError(
            tr("The list of files {name} names files that do not exist: {absent}; check the paths.").format(
                name=name, absent=several(absent)
            )
        )
    return tuple(found)


def _row(cells: dict[str, str], folder: str, where: str) -> Listed:
    path = cells.get("path", "")
    if not path:
        raise SeriesError(tr("{where} gives no path; write the file relative to the list.").format(where=where))
    if not path.startswith("/vsi"):
        path = os.path.normpath(os.path.join(folder, path))
    sensor = _SENSORS.get(cells.get("sensor", "").lower(), "")
    if not sensor and cells.get("sensor"):
        raise SeriesError(
            tr("{where} has the sensor '{cells}'; write S1 ({sensor_names}) or S2.").format(
                where=where, cells=cells["sensor"], sensor_names=SENSOR_NAMES[S1]
            )
        )
    band = cells.get("band", "").upper()
    number = 0
    if band.isdigit():
        band, number = "", int(band)
    if cells.get("number"):
        if not cells["number"].isdigit() or int(cells["number"]) < 1:
            raise SeriesError(
                tr("{where} has the band number '{cells}'; write a whole number from 1.").format(
                    where=where, cells=cells["number"]
                )
            )
        number = int(cells["number"])
    mask = cells.get("mask", "").lower()
    if mask not in ("", "scl", "flag"):
        raise SeriesError(
            tr("{where} has the mask '{cells}'; write scl (scene classes) or flag (not zero hides).").format(
                where=where, cells=cells["mask"]
            )
        )
    return Listed(
        path,
        sensor,
        _day(cells.get("date", ""), where),
        band,
        number,
        _number(cells.get("scale", ""), "scale", where),
        _number(cells.get("offset", ""), "offset", where),
        mask,
    )


def _day(text: str, where: str) -> date | None:
    if not text:
        return None
    plain = text if "-" in text else f"{text[:4]}-{text[4:6]}-{text[6:]}"
    try:
        return date.fromisoformat(plain[:10])
    except ValueError as error:
        raise SeriesError(
            tr("{where} has the date '{text}'; write year-month-day, such as 2018-07-04.").format(
                where=where, text=text
            )
        ) from error


def _number(text: str, column: str, where: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) < 1e9 or (column == "scale" and value == 0):
        raise SeriesError(
            tr("{where} has the {column} '{text}', which is not a valid number; write, for example, 0.0001.").format(
                where=where, column=column, text=text
            )
        )
    return value
