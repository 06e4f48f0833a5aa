"""Minimum areas of single classes, as a text."""

from __future__ import annotations

import math
import re

from ...models.language import tr
from ..errors import MapError


def read_class_areas(text: str) -> dict[str, float]:
    """Return class -> hectares, of a text such as "Vineyard = 0.1; Grassland = 0.5".

    Raises:
        MapError: a line is no pair, or an area is no number from 0 on.
    """
    found: dict[str, float] = {}
    for line in filter(str.strip, re.split(r"[;\n]", text)):
        name, sign, number = line.rpartition("=")
        try:
            area = float(number)
        except ValueError:
            area = math.nan
        if not sign or not name.strip() or not (math.isfinite(area) and area >= 0):
            raise MapError(
                tr("'{line}' is not a minimum area of a class; write 'Vineyard = 0.1' (hectares).").format(
                    line=line.strip()
                )
            )
        found[name.strip()] = area
    return found
