"""The report of a comparison of two maps: what changed, and which of them is better."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...models.language import tr
from ..provenance import now, version
from ..writing.outputs import PendingOutput
from .charts.svg import blend, readable_on
from .html import Markup, page, paragraph, section, table, tag, tiles, write
from .numbers import hectares, in_percent, listed, percent
from .sections import class_name, provenance_section
from .theme import ACCENT, PAPER

if TYPE_CHECKING:
    from ..comparison.rotation import Rotation
    from ..jobs.compare_maps import CompareResult

_LARGEST = 20
"""Changes that are listed."""


def write_comparison_report(pending: PendingOutput, result: CompareResult, first: str, second: str) -> None:
    """Write the report.

    Raises:
        OutputError: the place cannot be written.
    """
    found = result.rotation
    names = Path(first).name, Path(second).name
    origin = {"FIRST_MAP": names[0], "SECOND_MAP": names[1], "CROP_ATTENTION_VERSION": version(), "CREATED": now()}
    content = [
        _opening(result),
        section(
            tr("From class to class"), _matrix(found), lead=tr("Rows: the first map. Columns: the second. Hectares.")
        ),
        section(tr("Largest changes"), _changes(result)),
        provenance_section(origin),
    ]
    title = tr("Comparison of two crop maps")
    write(pending, page(title, listed(names), content, f"Crop Attention {version()}"))


def _opening(result: CompareResult) -> Markup:
    found = result.rotation
    changed = float(found.area[~found.same].sum())
    figures: list[tuple[str, object]] = [
        (tr("has a different class"), in_percent(found.changed_share)),
        (tr("changed"), hectares(changed)),
        (tr("compared"), hectares(float(found.area.sum()))),
    ]
    if result.paired is not None:
        figures.append((tr("difference in accuracy (points)"), f"{100 * float(result.paired.difference.value):+.1f}"))
    sentence = tag("div", paragraph(result.sentence), class_="summary")
    return Markup(f"{sentence}\n{tiles(figures)}")


def _matrix(found: Rotation) -> Markup:
    most = float(found.area.max()) or 1.0
    head = Markup("".join(tag("th", tr(entry.name), class_="across") for entry in found.after))
    lines = [tag("tr", Markup(f"{tag('th', '', class_='name')}{head}"))]
    for row, before in enumerate(found.before):
        cells = [tag("td", class_name(before), class_="name")]
        for col in range(len(found.after)):
            area = float(found.area[row, col])
            colour = blend(PAPER, ACCENT, (area / most) ** 0.5)
            weight = "font-weight:600;" if found.same[row, col] else ""
            style = f"background:{colour};color:{readable_on(colour)};{weight}"
            cells.append(tag("td", f"{area / 1e4:,.1f}" if area else "", style=style))
        lines.append(tag("tr", Markup("".join(cells))))
    return tag("table", Markup("\n".join(lines)), class_="heat")


def _changes(result: CompareResult) -> Markup:
    found = result.rotation
    pairs = found.pairs()
    if not pairs:
        return paragraph(tr("Nothing changed."))
    head = [tr("Before"), tr("After"), tr("Area"), tr("Share of the class before")]
    if result.parcels is not None:
        head.append(tr("Parcels"))
    rows = []
    for row, col in pairs[:_LARGEST]:
        before, after = found.before[row], found.after[col]
        area = float(found.area[row, col])
        line: list[object] = [class_name(before), class_name(after), hectares(area)]
        line.append(percent(area / float(found.area[row].sum())))
        if result.parcels is not None:
            line.append(f"{result.parcels.get((before.name, after.name), 0):,}")
        rows.append(line)
    return table(head, rows, numbers=range(2, len(head)))
