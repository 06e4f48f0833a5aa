"""What a command gives back: values for programs, on the stream for results."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO

from .text import say


class WrongArguments(Exception):
    """The arguments do not fit together; the text says why."""


@dataclass(frozen=True)
class Answer:
    """The end of a command.

    Attributes:
        values: name -> text, number, truth, list or table of these.
        failure: why the command failed although it has values to tell, "" if it did not.
        stopped: the analyst stopped it before it was done.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    failure: str = ""
    stopped: bool = False


def write_answer(stream: TextIO | None, values: Mapping[str, Any], as_json: bool) -> None:
    """Write values as lines KEY=value, or as one JSON object; numbers that are not finite are left out."""
    known = {key: value for key, value in values.items() if not _unknown(value)}
    if as_json:
        say(stream, json.dumps(known, indent=2, allow_nan=False) + "\n")
        return
    for key, value in known.items():
        for line in _lines(key, value):
            say(stream, line + "\n")


def _unknown(value: object) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def _lines(key: str, value: object) -> list[str]:
    """Return one line, or one for each entry of a list or table."""
    if isinstance(value, Mapping):
        return [line for name, entry in value.items() for line in _lines(f"{key}.{name}", entry)]
    if isinstance(value, (list, tuple)):
        return [line for entry in value for line in _lines(key, entry)]
    text = str(value).lower() if isinstance(value, bool) else " ".join(str(value).split("\n"))
    return [f"{key}={text}"]
