"""All drawings and tables of the accuracy benchmark on one page; each part is a section of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

import numpy as np

from crop_attention.engine.report import html
from crop_attention.engine.report.charts import svg
from crop_attention.engine.report.charts.bars import legend
from crop_attention.engine.report.html import Markup
from crop_attention.engine.report.numbers import counted
from crop_attention.engine.report.sections import ATTENTION_CAVEAT, class_name
from crop_attention.engine.report.theme import EMPTY, INK, MUTED, OPTICAL, PAPER, RADAR, RULE, WARM, WIDTH

from . import fields as by_size
from . import phenology, trust
from .fields import Group
from .flanders import Flanders
from .phenology import Course
from .trust import Trust

CANOPY, CLOSES, RIPENS = "#cfe6c4", "#e8f1e2", "#f6ecd2"
PALE = "#e3bba9"
PANEL, PANEL_HEIGHT, LEFT, RIGHT, TOP, MIDDLE, BOTTOM = WIDTH // 2 - 12, 250, 38, 12, 36, 122, 218
ROW, SIDE = 26, 210
LOOKS = (("#d9d2c0", "bar"), (WARM, "line"), (RADAR, "line"))
"""How samples are distinguished: the first by bars, in the colour of the class."""


def document(sections: Iterable[Markup], subtitle: str, title: str = "How accurate the checkpoint is") -> str:
    """Return the page as HTML."""
    return html.page(title, subtitle, sections, "Seeds are fixed: the same checkpoint gives the same page.")


def flanders_section(found: Flanders) -> Markup:
    """Return hits by pixel and by parcel on the real landscape."""
    whole, large = found.by_parcel()
    lead = (
        f"{counted(len(found.parcels), 'declared parcel')} in Flanders, {found.season}, mapped from the files of both "
        f"sensors. Inner pixels have four neighbours of the same declared crop. A parcel's label is the majority of "
        f"its inner pixels: {whole.right} of {whole.total} are right, {large.right} of {large.total} among "
        f"{large.name.lower()}."
    )
    parcels = [
        (
            parcel.number,
            parcel.crop.replace("_", " "),
            found.names[parcel.truth],
            f"{parcel.hectares:.2f}",
            found.names.get(parcel.label, "none"),
            f"{parcel.share:.0%}",
            "right" if parcel.label == parcel.truth else Markup(f'<b style="color:{WARM}">wrong</b>'),
        )
        for parcel in sorted(found.parcels, key=lambda parcel: -parcel.hectares)
    ]
    head = ("Parcel", "Declared", "Class", "Hectares", "Mapped", "Of its pixels", "")
    tables = [
        html.table(("Judged", "Right", "Share"), found.rows(), (1, 2)),
        html.table(head, parcels, (3, 5)),
    ]
    return html.section("A real landscape", *tables, lead=lead)


def trust_section(found: Sequence[Trust], steps: int = trust.HIDDEN, draws: int = trust.DRAWS) -> Markup:
    """Return what hiding attended and random steps costs."""
    lead = (
        f"Confidence is the probability of the class that the whole series gave. It drops when {steps} steps are "
        f"hidden: the most attended ones, or clear ones at random (mean of {draws} draws). A ratio over 1 means that "
        f"attention marks what the decision rests on; its interval comes from resampled parcels, and one that holds 1 "
        f"leaves it open."
    )
    top = max([0.05, *(value for one in found for value in (one.attended, one.random))])
    across = svg.linear(0, top, SIDE, WIDTH - 60)
    parts = []
    for number, one in enumerate(found):
        base = 8 + number * (2 * ROW + 10)
        parts.append(svg.label(0, base + 16, one.sample, fill=INK, size=13, bold=True))
        parts.append(svg.label(0, base + 33, f"{one.sensors} hidden", size=12))
        for place, (value, colour) in enumerate(((one.attended, WARM), (one.random, PALE))):
            y = base + place * (ROW - 4)
            parts.append(svg.rect(SIDE, y, across(value) - SIDE, ROW - 8, colour))
            parts.append(svg.label(across(value) + 6, y + 14, f"{value:.3f}", fill=INK, size=12))
    height = 12 + len(found) * (2 * ROW + 10)
    bars = svg.drawing(WIDTH, height, "Drop of confidence when steps are hidden", parts)
    entries = [("most attended steps hidden", WARM, "bar"), ("random clear steps hidden", PALE, "bar")]
    table = html.table(trust.HEAD, [one.row() for one in found], tuple(range(2, len(trust.HEAD))))
    return html.section("Attention that can be trusted", legend(entries), html.figure(bars), table, lead=lead)


def phenology_section(courses: Sequence[Course]) -> Markup:
    """Return a drawing a crop, of all samples together, and a table."""
    sentences = [
        f"{one.sample}: of {counted(one.crops, 'crop')} with a calendar, {one.growing} are looked at most between "
        f"emergence and harvest ({one.turning} while the canopy closes or ripens), and {one.more} get more attention "
        f"in that time than its share of the steps."
        for one in phenology.verdicts(courses)
    ]
    top = np.ceil(max(float(course.attention.max()) for course in courses) * 50) / 50
    samples = list(dict.fromkeys(course.sample for course in courses))
    groups = [[one for one in courses if one.entry == entry] for entry in dict.fromkeys(c.entry for c in courses)]
    groups.sort(key=lambda group: group[0].entry.code)
    drawings = [_panel(group, samples, float(top)) for group in groups]
    entries = [
        *((f"attention, {name}", colour, kind) for name, (colour, kind) in zip(samples, LOOKS)),
        ("even attention", MUTED, "line"),
        ("NDVI", OPTICAL, "line"),
        ("canopy cover", CANOPY, "shade"),
        ("closing", CLOSES, "shade"),
        ("ripening", RIPENS, "shade"),
    ]
    rows = [(class_name(course.entry), *course.row()) for group in groups for course in group]
    table = html.table(phenology.HEAD, rows, (2, 5, 6, 7, 8))
    caption = (
        "Above: mean temporal attention on each step of the pixels of a class. Below: median NDVI of the first sample "
        "and the green cover of the simulator's canopy. Shaded: most fields close their canopy, or ripen. In the "
        "table: the share of attention between emergence and harvest, and while the canopy closes or ripens (turns), "
        "each beside what it would be if every step with an observation got the same."
    )
    lead = html.join([html.tag("div", sentence) for sentence in (*sentences, ATTENTION_CAVEAT)])
    content = [legend(entries), html.figure(html.side_by_side(drawings), caption), table]
    return html.section("Attention beside the calendar of the canopy", *content, lead=lead)


def fields_section(groups: Sequence[Group]) -> Markup:
    """Return accuracy by size of parcel, with all looks and with half of them."""
    lead = (
        f"Simulated counties with {counted(len(by_size.SEEDS), 'seed')} from {by_size.SEEDS[0]:,}, each drawn twice: "
        f"with parcels of {by_size.SMALL:g} ha and of {by_size.LARGE:g} ha on average. Four in a hundred parcels are "
        f"declared as another crop and four hold a second one, so that not all can be right."
    )
    table = html.table(by_size.HEAD, by_size.rows(groups), tuple(range(2, len(by_size.HEAD))))
    entries = [("whole series", OPTICAL, "bar"), ("half of the clear steps hidden", CANOPY, "bar")]
    return html.section(
        "Small fields and few clear observations", legend(entries), html.figure(_size_bars(groups)), table, lead=lead
    )


def _panel(group: Sequence[Course], samples: Sequence[str], top: float) -> Markup:
    """Return attention over NDVI and canopy of one class."""
    course = group[0]
    steps = [course.bounds(step) for step in range(len(course.attention))]
    across = svg.day_scale(steps[0][0], steps[-1][1] + timedelta(days=1), LEFT, PANEL - RIGHT)
    edges = [(across(start), across(last + timedelta(days=1))) for start, last in steps]
    centres = [sum(edge) / 2 for edge in edges]
    up, cover_up = svg.linear(0, top, MIDDLE - 18, TOP), svg.linear(0, 1, BOTTOM, MIDDLE)
    entry = course.entry
    parts = [svg.rect(1, 5, 13, 13, entry.colour, stroke="#888888")]
    parts.append(svg.label(21, 16, entry.name, size=14, fill=INK, bold=True))
    counts = "; ".join(f"{one.sample}: {counted(one.pixels, 'pixel')}" for one in group)
    parts.append(svg.label(PANEL - RIGHT, 16, counts, "end", 11))
    if course.calendar.phases is not None:
        main = course.calendar.phases.argmax(axis=0)
        for (left, right), phase in zip(edges, main):
            fill = {1: CLOSES, 3: RIPENS}.get(int(phase))
            if fill:
                parts.append(svg.rect(left, TOP, right - left, BOTTOM - TOP, fill))
    outline = [(centres[0], BOTTOM), *zip(centres, map(cover_up, course.calendar.cover)), (centres[-1], BOTTOM)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in outline)
    parts.append(Markup(f'<polygon points="{path}" fill="{CANOPY}"/>'))
    parts.append(svg.month_axis(steps[0][0], steps[-1][1] + timedelta(days=1), across, TOP, BOTTOM))
    for share in (0, top / 2, top):
        parts.append(svg.segment(LEFT, up(share), PANEL - RIGHT, up(share)))
        parts.append(svg.label(LEFT - 5, up(share) + 4, f"{100 * share:.3g}%", "end", 10))
    for value in (0, 0.5, 1):
        parts.append(svg.segment(LEFT, cover_up(value), PANEL - RIGHT, cover_up(value), RULE))
        parts.append(svg.label(LEFT - 5, cover_up(value) + 4, f"{value:g}", "end", 10))
    for one in group:
        place = samples.index(one.sample)
        if place == 0:
            parts += [
                svg.rect(a + 1, up(share), b - a - 2, up(0) - up(share), entry.colour, f"{share:.1%}", "#777777")
                for (a, b), share in zip(edges, one.attention)
            ]
        else:
            parts.append(svg.curve(list(zip(centres, map(up, one.attention))), LOOKS[place][0], 1.6))
    ends = [(LEFT, up(course.even[0])), *zip(centres, map(up, course.even)), (PANEL - RIGHT, up(course.even[-1]))]
    dashes = " ".join(f"{x:.1f},{y:.1f}" for x, y in ends)
    parts.append(Markup(f'<polyline points="{dashes}" fill="none" stroke="{MUTED}" stroke-dasharray="4 3"/>'))
    parts.append(svg.curve(list(zip(centres, map(cover_up, np.clip(course.ndvi, 0, 1)))), OPTICAL, 1.6))
    return svg.drawing(PANEL, PANEL_HEIGHT, f"{entry.name}: attention beside canopy cover and NDVI", parts)


def _size_bars(groups: Sequence[Group]) -> Markup:
    """Return accuracy by parcel, a row a landscape and size."""
    across = svg.linear(0, 1, SIDE, WIDTH - 60)
    whole = [group for group in groups if not group.hidden]
    height = 34 + len(whole) * (ROW + 14)
    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(svg.segment(across(share), 20, across(share), height - 6))
        parts.append(svg.label(across(share), 14, f"{share:.0%}", "middle", 11))
    for number, group in enumerate(whole):
        less = next(one for one in groups if one.hidden and (one.landscape, one.size) == (group.landscape, group.size))
        y = 26 + number * (ROW + 14)
        parts.append(svg.label(0, y + 13, group.parcels.name, fill=INK, size=13))
        parts.append(svg.label(0, y + 28, f"mean parcel {group.landscape:g} ha", size=11))
        for place, (hits, colour) in enumerate(((group.parcels, OPTICAL), (less.parcels, CANOPY))):
            top = y + place * 15
            parts.append(svg.rect(SIDE, top, WIDTH - 60 - SIDE, 13, EMPTY))
            parts.append(svg.rect(SIDE, top, across(hits.share) - SIDE, 13, colour, stroke=PAPER))
            parts.append(svg.label(WIDTH - 54, top + 11, f"{hits.share:.0%}", fill=INK, size=11))
    return svg.drawing(WIDTH, height, "Accuracy by parcel, by size of parcel", parts)
