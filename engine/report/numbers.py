"""Numbers and lists as people read them."""

from __future__ import annotations

import math
from typing import Sequence

from ...models.language import tr

NBSP = "\u00a0"
"""Keeps a number and its unit on one line."""


def hectares(square_metres: float) -> str:
    """Return "1,234 ha", with a decimal below 100 ha; the space does not break."""
    area = square_metres / 10_000
    if 0 < area < 0.05:
        return f"< 0.1{NBSP}ha"
    return f"{area:,.0f}{NBSP}ha" if area >= 100 else f"{area:,.1f}{NBSP}ha"


def percent(share: float) -> str:
    """Return "12 %" for 0.12, a decimal below one percent, "" when unknown."""
    if math.isnan(share):
        return ""
    return f"{100 * share:.1f}{NBSP}%" if 0 < share < 0.01 else f"{100 * share:.0f}{NBSP}%"


def duration(seconds: float) -> str:
    """Return "48 s", "3 min 5 s" or "2 h 10 min"."""
    whole = max(round(seconds), 1)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def megabytes(amount: float) -> str:
    """Return "850 MB", "1.9 GB" or "< 1 MB"."""
    if 0 < amount < 1:
        return f"< 1{NBSP}MB"
    return f"{amount:,.0f}{NBSP}MB" if amount < 1000 else f"{amount / 1024:,.1f}{NBSP}GB"


def listed(words: Sequence[str]) -> str:
    """Return "a, b and c"."""
    return words[0] if len(words) == 1 else tr(", ").join(words[:-1]) + tr(" and ") + words[-1] if words else ""


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return "1 step" or "3 steps"."""
    noun = tr(one)
    return f"{number:,} {noun if number == 1 or noun != one else many or one + 's'}"
