"""The cells of the tables: scores, differences with their verdicts, and what was not measured."""

from __future__ import annotations

from crop_attention.engine.accuracy.intervals import Estimate
from crop_attention.engine.report import html
from crop_attention.engine.report.html import Markup
from crop_attention.engine.report.theme import MUTED

from .claims import FAILS, HOLDS, OPEN
from .comparison import OURS, system_title
from .statistics import BETTER, WORSE
from .tables import Difference, Score
from .wording import NOT_MEASURED, plain, points, share

COLOUR_OF = {HOLDS: "#00694c", FAILS: "#b03000", OPEN: "#7a5c00", BETTER: "#00694c", WORSE: "#b03000"}
WRITTEN = {"oa": share, "parcel_oa": share, "miou": share}


def scored(score: Score | None, measure: str) -> object:
    """Return a score as text."""
    found: Estimate | None = score.estimate if score else None
    text = WRITTEN.get(measure, plain)(found)
    return faint(text) if text == NOT_MEASURED else stacked(text)


def stacked(text: str) -> Markup:
    """Return a number with its interval below it, which keeps tables narrow."""
    value, _, interval = text.partition(" (")
    below = html.tag("span", f"({interval}", style=f"color:{MUTED};font-size:12px") if interval else ""
    return html.join([value, Markup("<br/>"), below]) if interval else html.text(value)


def told(found: Difference | None) -> Markup:
    """Return a difference and its verdict."""
    if found is None:
        return faint(NOT_MEASURED)
    value, _, interval = points(found.estimate).partition(" (")
    return html.join([value, " ", coloured(found.verdict), stacked(f" ({interval}" if interval else "")])


def coloured(words: str) -> Markup:
    """Return a verdict in its colour."""
    colour = COLOUR_OF.get(words)
    return html.tag("b", words, style=f"color:{colour}") if colour else faint(words)


def shade(verdict: str) -> str:
    """Return the colour of a verdict."""
    return COLOUR_OF.get(verdict, MUTED)


def faint(words: str) -> Markup:
    """Return words that say little."""
    return html.tag("span", words, style=f"color:{MUTED}")


def named(system: str) -> object:
    """Return the title of a system, ours in bold."""
    title = system_title(system)
    return html.tag("b", title) if system == OURS else title


def number(value: float | None, digits: int = 0) -> object:
    """Return a number, or that it was not measured."""
    if value is None:
        return faint(NOT_MEASURED)
    return f"{value:,.{digits}f}" if digits == 0 or value >= 100 else f"{value:.{digits}g}"


def nothing() -> Markup:
    """Return what stands in for a section without cells."""
    return html.paragraph(f"{NOT_MEASURED.capitalize()} yet.")
