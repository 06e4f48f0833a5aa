"""Numbers and lists as people read them."""

from __future__ import annotations

import math

from ...models.language import counted as counted
from ...models.language import duration as duration
from ...models.language import listed as listed
from ...models.language import part as part
from ...models.language import size, tr
from ...models.language import span as span

NBSP = "\u00a0"
"""Keeps a number and its unit on one line."""


def hectares(square_metres: float) -> str:
    """Return "1,234 ha", with a decimal below 100 ha; the space does not break."""
    area = square_metres / 10_000
    number = "< 0.1" if 0 < area < 0.05 else f"{area:,.0f}" if area >= 100 else f"{area:,.1f}"
    return tr("{number} ha").format(number=number).replace(" ", NBSP)


def percent(share: float) -> str:
    """Return "12 %" for 0.12, a decimal below one percent, "" when unknown."""
    if math.isnan(share):
        return ""
    return in_percent(share, 1 if 0 < share < 0.01 else 0)


def in_percent(share: float, decimals: int = 1) -> str:
    """Return "12.3 %", "< 0.1 %" for what is next to nothing, or as the language in use writes it."""
    least = 10**-decimals
    number = f"< {least:g}" if 0 < 100 * share < least / 2 else f"{100 * share:.{decimals}f}"
    return tr("{number} %").format(number=number).replace(" ", NBSP)


def megabytes(amount: float) -> str:
    """Return "850 MB" or "1.9 GB"; the space does not break."""
    return size(amount).replace(" ", NBSP)
