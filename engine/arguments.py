"""What the words of a command line mean: dates, devices, numbers within their limits."""

from __future__ import annotations

import math
import re
from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import date

from ..models.language import span, tr
from .options import DEVICE_NAMES


def is_year(value: object) -> bool:
    """Return whether a value is a year of four digits, as text or number."""
    return isinstance(value, (str, int)) and re.fullmatch("[1-9][0-9]{3}", str(value).strip()) is not None


def read_start(text: str) -> date | int:
    """Return the first day of a season from "2017-10-01", or its year of harvest from "2018".

    Raises:
        ValueError: it is neither.
    """
    text = text.strip()
    return int(text) if is_year(text) else date.fromisoformat(text)


def season_start(text: str) -> date | int:
    """Return the first day of a season, written year-month-day, or the year of its harvest."""
    try:
        return read_start(text)
    except ValueError as error:
        raise ArgumentTypeError(
            tr("'{text}' is not a date; write year-month-day, such as 2017-10-01, or the year of the harvest").format(
                text=text
            )
        ) from error


def device(text: str) -> str:
    """Return the name of a device."""
    if not DEVICE_NAMES.fullmatch(text.strip()):
        raise ArgumentTypeError(
            tr("'{text}' is not known; choose auto, cpu, cuda or cuda:N (such as cuda:0)").format(text=text)
        )
    return text.strip().lower()


def whole(lowest: float = 0, highest: float = math.inf) -> Callable[[str], int]:
    """Return a reader of whole numbers from `lowest` to `highest`."""
    return lambda text: int(_within(text, int, tr("a whole number"), lowest, highest))


def decimal(lowest: float = -math.inf, highest: float = math.inf) -> Callable[[str], float]:
    """Return a reader of finite numbers from `lowest` to `highest`."""
    return lambda text: float(_within(text, float, "a number", lowest, highest))


def factor(text: str) -> float:
    """Return a finite number that is not 0."""
    number = decimal()(text)
    if number == 0:
        raise ArgumentTypeError(tr("0 would make every number zero; leave it out or give the right one"))
    return number


def _within(text: str, kind: type, what: str, lowest: float, highest: float) -> float:
    try:
        number = kind(text)
    except ValueError as error:
        raise ArgumentTypeError(tr("'{text}' is not {what}").format(text=text, what=what)) from error
    if not (lowest <= number <= highest and math.isfinite(number)):
        least, most = (f"{bound:,.10g}" if math.isfinite(bound) else "" for bound in (lowest, highest))
        allowed = (
            span(least, most)
            if least and most
            else tr("{least} or more").format(least=least)
            if least
            else tr("finite")
        )
        raise ArgumentTypeError(tr("{text} is out of range; give {allowed}").format(text=text, allowed=allowed))
    return number
