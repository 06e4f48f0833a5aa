"""Which record recognises a file: the analyst's own first, then ours, the closest pattern of several."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Iterable, Mapping, Sequence

from .....models.language import tr
from ....errors import SeriesError
from ....paths import plain_path
from ....safety.text import read_text
from ...messages import short_name
from .reading import records_in
from .record import Record

LONGEST_PATH = 1000
"""Letters of a path that patterns look at; longer ones are no product's."""


@dataclass(frozen=True)
class Recognised:
    """A file and the record that knows it.

    Attributes:
        pattern: text of the pattern that fits.
        fields: what its named fields hold.
        skipped: whether it lies beside the data and is left aside.
    """

    record: Record
    pattern: str
    fields: Mapping[str, str]
    skipped: bool = False


class Distributors:
    """The records in the order of belief."""

    def __init__(self, own: Sequence[Record] = ()) -> None:
        self._levels = (tuple(own), shipped_records())

    def of(self, path: str, sensor: str) -> Recognised | None:
        """Return the record whose pattern fits a path closest, None where none does.

        Of patterns that fit alike, that of the sensor is taken; data before files beside them. The record returned may
        be of another sensor: then the file is not the sensor's.
        """
        plain = plain_path(path)
        if len(plain) > LONGEST_PATH:
            return None
        for records in self._levels:
            found = [
                ((not skipped, record.sensor == sensor, pattern.literals), record, pattern, fields, skipped)
                for record in records
                for skipped, patterns in ((False, record.files), (True, record.skip))
                for pattern in patterns
                for fields in [pattern.match(plain)]
                if fields is not None
            ]
            if found:
                _, record, pattern, fields, skipped = max(found, key=lambda each: each[0])
                return Recognised(record, pattern.text, fields, skipped)
        return None


@lru_cache(maxsize=1)
def shipped_records() -> tuple[Record, ...]:
    """Return the records that come with the package, in the order of their file names."""
    folder = Path(__file__).parent
    return tuple(
        record
        for path in sorted(folder.glob("*.json"))
        for record in records_in(path.read_text(encoding="utf-8"), path.name)
    )


def own_records(paths: Iterable[str]) -> tuple[Record, ...]:
    """Return the analyst's records.

    Raises:
        SeriesError: a file cannot be read or a record is wrong.
    """
    found: list[Record] = []
    for path in paths:
        try:
            text = read_text(path)
        except (OSError, UnicodeDecodeError) as error:
            raise SeriesError(
                tr("The record file {path} cannot be read ({error}); check the path.").format(
                    path=short_name(path), error=error
                )
            ) from error
        found.extend(records_in(text, short_name(path), analyst=True))
    return tuple(found)
