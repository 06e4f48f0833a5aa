"""How figures of the comparison are written."""

from __future__ import annotations

import math

from crop_attention.engine.accuracy.intervals import Estimate
from crop_attention.engine.report.numbers import NBSP

NOT_MEASURED = "not measured"


def share(found: Estimate | None, digits: int = 1) -> str:
    """Return "71.2 % (66.0 to 74.3)"."""
    if found is None or math.isnan(found.value):
        return NOT_MEASURED
    return f"{100 * found.value:.{digits}f}{NBSP}%{_interval(found, '', digits)}"


def plain(found: Estimate | None) -> str:
    """Return ".712 (.660 to .743)", as kappa and F1 are written."""
    if found is None or math.isnan(found.value):
        return NOT_MEASURED
    bounds = (_bare(found.lower), _bare(found.upper))
    return _bare(found.value) + (f" ({bounds[0]} to {bounds[1]})" if known(found) else "")


def points(found: Estimate | None, sign: str = "+", digits: int = 1) -> str:
    """Return "+3.1 (+0.5 to +5.8)", in percentage points; with `sign` "" a plus is left away."""
    if found is None or math.isnan(found.value):
        return NOT_MEASURED
    return f"{100 * found.value:{sign}.{digits}f}{_interval(found, sign, digits)}"


def known(found: Estimate) -> bool:
    """Return whether there is an interval."""
    return math.isfinite(found.lower) and math.isfinite(found.upper)


def _interval(found: Estimate, sign: str, digits: int) -> str:
    if not known(found):
        return ""
    return f" ({100 * found.lower:{sign}.{digits}f} to {100 * found.upper:{sign}.{digits}f})"


def _bare(value: float) -> str:
    return f"{value:.3f}".replace("0.", ".", 1)
