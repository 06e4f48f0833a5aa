"""The frame of a report: escaping, tables, sections and the style sheet."""

from __future__ import annotations

from html import escape
from typing import Iterable, Mapping, Sequence

from ...models.language import language, tidy, tr
from ..writing.outputs import PendingOutput
from .theme import STYLE


class Markup(str):
    """Text that is HTML already; everything else is escaped."""

    __slots__ = ()


def text(value: object) -> Markup:
    """Return `value` as HTML text."""
    return value if isinstance(value, Markup) else Markup(escape(tidy(str(value)), quote=True))


def join(parts: Iterable[object], between: str = "") -> Markup:
    """Return the parts, each escaped unless it is markup."""
    return Markup(between.join(text(part) for part in parts))


def tag(name: str, content: object, **attributes: object) -> Markup:
    """Return one element; `class_` becomes `class`, and None leaves an attribute out."""
    named = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{named}>{text(content)}</{name}>")


def paragraph(content: object, kind: str | None = None) -> Markup:
    """Return a paragraph; `kind` is a class of the style sheet."""
    return tag("p", content, class_=kind)


def section(title: str, *content: object, lead: object = None) -> Markup:
    """Return a headed section; `lead` is a sentence under the heading."""
    head = [tag("h2", title)]
    if lead is not None:
        head.append(paragraph(lead, "lead"))
    return tag("div", join([*head, *content], "\n"), class_="section")


def folded(title: str, *content: object) -> Markup:
    """Return a part that opens when its title is clicked; printed, and in viewers that fold nothing, it stands open."""
    return tag("details", join([tag("summary", title), *content], "\n"))


def figure(drawing: Markup, caption: object = None) -> Markup:
    """Return a drawing with its caption."""
    below = paragraph(caption, "caption") if caption is not None else Markup()
    return tag("div", join([drawing, below], "\n"), class_="figure")


def table(head: Sequence[object], rows: Iterable[Sequence[object]], numbers: Sequence[int] = ()) -> Markup:
    """Return a table; columns in `numbers` (from 0) are set flush right."""
    kinds = ["number" if column in numbers else None for column in range(len(head))]
    header = tag("tr", join(tag("th", cell, class_=kind) for cell, kind in zip(head, kinds)))
    body = [tag("tr", join(tag("td", cell, class_=kind) for cell, kind in zip(row, kinds))) for row in rows]
    return Markup(f'<table class="data"><thead>{header}</thead>\n<tbody>{join(body, chr(10))}</tbody></table>')


def facts(values: Mapping[str, object]) -> Markup:
    """Return a two-column table of names and values."""
    rows = [join([tag("th", name), tag("td", value)]) for name, value in values.items()]
    return tag("table", join((tag("tr", row) for row in rows), "\n"), class_="facts")


def tiles(values: Sequence[tuple[str, object]]) -> Markup:
    """Return key figures side by side: (label, figure)."""
    width = f"{100 / max(len(values), 1):.1f}%"
    cells = (
        tag(
            "td",
            join([tag("div", number, class_="figure-number"), tag("div", label, class_="figure-label")]),
            width=width,
        )  # fmt: skip
        for label, number in values
    )
    return tag("table", tag("tr", join(cells)), class_="tiles")


def side_by_side(drawings: Sequence[Markup], columns: int = 2) -> Markup:
    """Return drawings in rows of `columns`."""
    width = f"{100 / columns:.1f}%"
    rows = (drawings[first : first + columns] for first in range(0, len(drawings), columns))
    filled = ([*row, *[Markup()] * (columns - len(row))] for row in rows)
    body = join((tag("tr", join(tag("td", cell, width=width) for cell in row)) for row in filled), "\n")
    return tag("table", body, class_="grid")


def notices(messages: Sequence[str], kind: str) -> Markup:
    """Return messages as a list; `kind` is "warning" or "note"."""
    items = join((tag("li", message) for message in messages), "\n")
    return tag("ul", items, class_=kind) if messages else Markup()


def page(title: str, subtitle: str, content: Iterable[object], foot: str = "") -> str:
    """Return the whole document; without a foot of its own it says who wrote it."""
    foot = foot or tr("Written by Crop Attention. The file stands alone: nothing is loaded from the network.")
    return (
        "<!DOCTYPE html>\n"
        f'<html lang="{language().replace("_", "-")}"><head><meta charset="utf-8"/>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        f"<title>{text(title)}</title>\n<style>{STYLE}</style></head>\n"
        f'<body><div class="page">\n<div class="head"><h1>{text(title)}</h1><p>{text(subtitle)}</p></div>\n'
        f'{join(content, chr(10))}\n<p class="foot">{text(foot)}</p>\n</div></body></html>\n'
    )


def write(place: str | PendingOutput, document: str) -> None:
    """Write a document whole or not at all, or into an output that is put in place with others.

    Raises:
        OutputError: the place cannot be written.
    """
    if isinstance(place, str):
        with PendingOutput(place) as pending:
            write(pending, document)
            pending.commit()
        return
    with place.writing(), open(place.path, "w", encoding="utf-8", errors="replace", newline="\n") as file:
        file.write(document)
