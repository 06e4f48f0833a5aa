"""Which band and which date each layer of a file holds: alike for both sensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Sequence

from ..files.describe import BandFacts, RasterFacts
from ..messages import count
from .dates import Stamp
from .dating import date_of_file, dates_of_bands
from .images import Findings
from .names import components


@dataclass(frozen=True)
class Guess:
    """How a sensor's bands are told where descriptions do not: from a name, or from their number."""

    in_name: Callable[[str], list[str]]
    by_count: Callable[[int], tuple[str, ...]]


def named_bands(facts: RasterFacts, names: Sequence[str], guess: Guess, findings: Findings) -> list[str]:
    """Return the band of each layer, "" for layers to be ignored; all "" where the file is sorted out.

    Descriptions decide; else the file's or folder's name; else the number of bands, which is reported.
    """
    number = len(facts.bands)
    if any(names):
        named = [name for name in names if name]
        dated = any(dates_of_bands(facts))
        if not dated and len(set(named)) < len(named):
            findings.sort_out("twice", facts.name)
            return [""] * number
        return list(names)
    own, parent = [guess.in_name(piece) for piece in (components(facts.path) + [""])[:2]]
    if number > 1 and any(dates_of_bands(facts)):
        one = next((bands for bands in (own, parent) if len(bands) == 1), None)
        if one is None:
            findings.sort_out("ambiguous", f"{facts.name} ({count(number, 'dated band')} without band names)")
            return [""] * number
        return one * number
    for bands in (own, parent) if number == 1 else (own,):
        if len(bands) == number:
            return list(bands)
    if number == 1:
        findings.sort_out("unnamed", facts.name)
        return [""]
    guessed = guess.by_count(number)
    if not guessed:
        findings.sort_out("ambiguous", f"{facts.name} ({count(number, 'band')})")
        return [""] * number
    findings.sort_out(f"guess:{', '.join(guessed)}", facts.name)
    return list(guessed)


def dated_bands(facts: RasterFacts, names: Sequence[str], findings: Findings) -> list[tuple[BandFacts, str, Stamp]]:
    """Return the named layers with their dates: those of the descriptions where there are any, else the file's.

    Raises:
        DateProblem: authorities disagree.
    """
    stamps = dates_of_bands(facts)
    layers = [(band, name, stamp) for band, name, stamp in zip(facts.bands, names, stamps) if name]
    if any(stamp for _, _, stamp in layers):
        undated = [band.number for band, _, stamp in layers if stamp is None]
        if undated:
            findings.sort_out("undated", f"{facts.name} (band {undated[0]} of a stack)")
            return []
        findings.sort_out("dated by band descriptions", facts.name)
        return [(band, name, stamp) for band, name, stamp in layers if stamp]
    dated = date_of_file(facts)
    if dated is None:
        findings.sort_out("undated", facts.name)
        return []
    findings.sort_out(f"dated by {dated.source}", facts.name)
    return [(band, name, dated.stamp) for band, name, _ in layers]
