"""Which band and which date each layer of a file holds: alike for both sensors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Callable

from ....models.language import N_, tr
from ...paths import variable_of
from ..acquisition import ANALYST, METADATA, NAME, TYPE
from ..files.describe import BandFacts, RasterFacts
from ..messages import count
from .bands import described, order_title
from .date_stamps import Stamp
from .dates import Style
from .dating import date_of_file, dates_of_bands
from .distributors.known import Recognised
from .images import Findings
from .masking import DATA_MASK
from .names import components, pass_of

_COUNTED = re.compile(r"\s*(?:band|layer|lyr)?[-_. ]*\d+\s*", re.IGNORECASE)
"""Descriptions that only count."""


@dataclass(frozen=True)
class Guess:
    """How a sensor's bands are told where records do not: from a text, or from their number."""

    in_text: Callable[[str], list[str]]
    by_count: Callable[[int], tuple[tuple[str, ...], ...]]


@dataclass(frozen=True)
class Layers:
    """The band of each layer of a file, "" for layers to be ignored.

    Attributes:
        orders: the names in every order that is possible, the likeliest first; empty where the file is sorted out.
        origin: where they are known from.
    """

    orders: tuple[tuple[str, ...], ...] = ()
    origin: str = NAME

    @property
    def titles(self) -> tuple[str, ...]:
        """The orders in words; empty where there is but one."""
        return tuple(map(order_title, self.orders)) if len(self.orders) > 1 else ()


def named_layers(
    facts: RasterFacts, guess: Guess, findings: Findings, recognised: Recognised | None, style: Style
) -> Layers:
    """Return the band of each layer.

    Descriptions decide; else the record's field or layers; else the file's or folder's name; else the number of bands,
    which is reported.
    """
    number = len(facts.bands)
    names = _by_description(facts, guess, recognised)
    dated = any(dates_of_bands(facts, style))
    if any(names):
        # One polarisation ascending and descending is two.
        named = [(name, pass_of("", {}, band.description)) for name, band in zip(names, facts.bands) if name]
        if not dated and len(set(named)) < len(named):
            findings.sort_out("twice", facts.name)
            return Layers()
        return Layers((tuple(names),), ANALYST if facts.listed and facts.listed.band else METADATA)
    if recognised is not None:
        orders = _of_record(recognised, guess, number, dated)
        if orders:
            return Layers(orders, ANALYST if recognised.record.analyst else NAME)
    nameless = bool(variable_of(facts.path)) and not any(band.description for band in facts.bands)
    pieces = components(facts.path)[1 if nameless else 0 :]
    own, parent = [guess.in_text(piece) for piece in (pieces + [""])[:2]]
    if number > 1 and dated:
        one = next((bands for bands in (own, parent) if len(bands) == 1), None)
        if one is None and variable_of(facts.path):
            findings.sort_out("unnamed", facts.name)
            return Layers()
        if one is None:
            findings.sort_out(
                "ambiguous",
                tr("{facts} ({number} without band names)").format(
                    facts=facts.name, number=count(number, "dated band")
                ),
            )
            return Layers()
        return Layers((tuple(one * number),))
    for bands in (own, parent) if number == 1 else (own,):
        if len(bands) == number:
            return Layers((tuple(bands),))
    if number == 1 or nameless:
        findings.sort_out("unnamed", facts.name)
        return Layers()
    orders = guess.by_count(number)
    if not orders and _of_something_else(facts):
        findings.sort_out("unnamed", facts.name)
        return Layers()
    if not orders:
        findings.sort_out("ambiguous", f"{facts.name} ({count(number, 'band')})")
        return Layers()
    kind = "order" if len(orders) > 1 else "guess"
    findings.sort_out(f"{kind}:{', '.join(name for name in orders[0] if name)}", facts.name)
    return Layers(orders, TYPE)


def dated_bands(
    facts: RasterFacts, layers: Layers, findings: Findings, recognised: Recognised | None, style: Style
) -> list[tuple[BandFacts, int, Stamp, str]]:
    """Return the named layers, their place in the file, their dates and where these are known from.

    Dates are those of the bands where there are any, else the file's.

    Raises:
        DateProblem: authorities disagree.
    """
    if not layers.orders:
        return []
    stamps = dates_of_bands(facts, style)
    used = [place for place in range(len(facts.bands)) if any(order[place] for order in layers.orders)]
    if any(stamps[place] for place in used):
        undated = [facts.bands[place].number for place in used if stamps[place] is None]
        if undated:
            findings.sort_out(
                "undated", tr("{facts} (band {undated} of a stack)").format(facts=facts.name, undated=undated[0])
            )
            return []
        origin = METADATA if any(facts.bands[place].day for place in used) else NAME
        source = N_("time dimensions") if origin == METADATA else N_("band descriptions")
        findings.sort_out(f"dated by {source}", facts.name)
        return [(facts.bands[place], place, stamp, origin) for place in used for stamp in [stamps[place]] if stamp]
    dated = date_of_file(facts, style, recognised)
    if dated is None:
        only = {order[place] for order in layers.orders for place in used}
        findings.sort_out("lone mask" if only == {DATA_MASK} else "undated", facts.name)
        return []
    findings.sort_out(f"dated by {dated.source}", facts.name)
    if dated.stamp.days > 1:
        findings.sort_out("periods", facts.name)
    return [(facts.bands[place], place, dated.stamp, dated.origin) for place in used]


def _of_something_else(facts: RasterFacts) -> bool:
    """Return whether every band has a name of its own, which is none of the sensor's: masks, indices, angles."""
    texts = [band.description for band in facts.bands]
    return len(set(texts)) == len(texts) and all(texts) and not any(map(_COUNTED.fullmatch, texts))


def _by_description(facts: RasterFacts, guess: Guess, recognised: Recognised | None) -> list[str]:
    texts = [band.description for band in facts.bands]
    found = described(texts, guess.in_text)
    if recognised is None or not recognised.record.bands:
        return found
    listed = [recognised.record.band_named(text) if text else None for text in texts]
    return [name if own is None else own for name, own in zip(found, listed)]


def _of_record(recognised: Recognised, guess: Guess, number: int, dated: bool) -> tuple[tuple[str, ...], ...]:
    record, text = recognised.record, recognised.fields.get("band")
    if (number == 1 or dated) and text is not None:
        name = record.band_named(text)
        bands = guess.in_text(text) if name is None else [name]
        return ((bands[0],) * number,) if len(bands) == 1 and bands[0] else ()
    return tuple(layer for layer in record.layers if len(layer) == number)
