"""What a misspelt name was meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from .language import tr

NEAR = 0.6
"""Least ratio of Ratcliff and Obershelp, 0 to 1, at which one name may be meant by another."""


def meant(name: str, names: Iterable[str]) -> str:
    """Return " (did you mean 'maize'?)" for the name nearest to one that is not known, "" where none is near."""
    known = {each.casefold(): each for each in reversed(list(names))}
    found = get_close_matches(name.strip().casefold(), list(known), 1, NEAR)
    return tr(" (did you mean '{known}'?)").format(known=known[found[0]]) if found else ""
