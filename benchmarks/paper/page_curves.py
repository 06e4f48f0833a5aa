"""The sections that show a course: under cloud, over sizes of parcels, through the season; and attention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crop_attention.engine.report import html
from crop_attention.engine.report.html import Markup
from crop_attention.engine.report.numbers import listed
from crop_attention.models.architectures import attentions_of

from . import crops
from .comparison import OURS, Arm, Study, site_title, system_title
from .curves import Line, curves, heat
from .record import WHOLE
from .statistics import SIZE_NAMES
from .tablecells import faint, named, nothing, scored, stacked, told
from .tables import HIDDEN, MEASURES, Attended, Difference, Score
from .wording import NOT_MEASURED, points

Place = Mapping[str, float]
"""Condition -> x."""


def cloud_section(study: Study, scores: Sequence[Score], found: Sequence[Difference]) -> Markup:
    """Return accuracy with more and more optical observations hidden."""
    parts = []
    for site in study.sites:
        hidden = [(0, WHOLE), *study.conditions(site, "hidden")]
        own = [score for score in scores if (score.site, score.measure) == (site, "oa")]
        if len(hidden) > 1 and own:
            lines = _lines(own, {condition: number for number, condition in hidden})
            ticks = [(number, f"{number} %") for number, _ in hidden]
            title = f"Overall accuracy under cloud, {site_title(site)}"
            parts.append(html.tag("h3", site_title(site)))
            parts.append(html.figure(curves(lines, ticks, "optical observations hidden", title)))
            heads = [f"{number} %" for number, _ in hidden]
            rows = _rows(own, [c for _, c in hidden], _losses(scores, site, "oa_lost"), found, site, "cloud")
            head = ("System", *heads, f"Lost at {HIDDEN} %, points", "Attention-3DCNN loses less by")
            parts.append(html.table(head, rows, range(1, len(head))))
    lead = (
        "Overall accuracy of each system, trained once, when clear optical observations are removed. Band: interval of "
        "Attention-3DCNN; whiskers: of the others. The last column is paired: above zero, Attention-3DCNN loses less."
    )
    return html.section("Cloud", *(parts or [nothing()]), lead=lead)


def fields_section(study: Study, scores: Sequence[Score], found: Sequence[Difference]) -> Markup:
    """Return the share of right parcels by their size."""
    parts = []
    for site in study.sites:
        own = [score for score in scores if (score.site, score.measure) == (site, "parcel_oa")]
        if not own:
            continue
        counts = _parcels(study, site)
        lines = _lines(own, {size: number for number, size in enumerate(SIZE_NAMES)})
        ticks = [(number, size) for number, size in enumerate(SIZE_NAMES)]
        title = f"Parcels right by size, {site_title(site)}"
        parts.append(html.tag("h3", site_title(site)))
        parts.append(html.figure(curves(lines, ticks, "size of the parcel", title)))
        rows = _rows(own, SIZE_NAMES, _losses(scores, site, "parcel_oa_lost"), found, site, "fields")
        rows.insert(0, (faint("parcels"), *(faint(f"{number:,}") for number in counts), "", ""))
        head = ("System", *SIZE_NAMES, "Lost, points", "Attention-3DCNN loses less by")
        parts.append(html.table(head, rows, range(1, len(head))))
    lead = (
        "Share of parcels whose majority is right. Lost: from the largest to the smallest parcels. The last column is "
        "paired: above zero, Attention-3DCNN loses less."
    )
    return html.section("Small fields", *(parts or [nothing()]), lead=lead)


def season_section(study: Study, scores: Sequence[Score]) -> Markup:
    """Return accuracy by the date of the last look."""
    parts = []
    for site in study.sites:
        own = [score for score in scores if score.site == site]
        if not own:
            continue
        days = crops.unwrapped(next(r.step_days for r in study.records if r.key.site == site))
        half = (days[1] - days[0]) / 2 if len(days) > 1 else 0.0
        until = study.conditions(site, "until")
        ends = {condition: days[min(number, len(days)) - 1] + half for number, condition in until}
        ends[WHOLE] = days[-1] + half
        ticks = [(x, crops.said(round(x))) for x in dict.fromkeys(ends.values())]
        parts.append(html.tag("h3", site_title(site)))
        drawn = curves(_lines(own, ends), ticks, "last day that was seen", f"In-season accuracy, {site_title(site)}")
        parts.append(html.figure(drawn))
        names = list(dict.fromkeys(score.system for score in own))
        kept = {(score.system, score.condition): score for score in own}
        rows = [(named(name), *(scored(kept.get((name, c)), "oa") for c in ends)) for name in names]
        head = ("System", *(f"to {crops.said(round(x))}" for x in ends.values()))
        parts.append(html.table(head, rows, range(1, len(head))))
    lead = "Overall accuracy when the season is only known up to a date; the systems were trained on whole seasons."
    return html.section("In-season", *(parts or [nothing()]), lead=lead)


def attention_section(study: Study, attended: Sequence[Attended]) -> Markup:
    """Return where our network looks at each crop, beside the calendar of the crop."""
    parts = []
    for site in study.sites:
        own = [one for one in attended if (one.site, one.system) == (site, OURS)]
        if own:
            parts += [html.tag("h3", site_title(site)), *_site_attention(study, site, own)]
    silent = [system_title(name) for name in study.systems() if not attentions_of(name)]
    rest = f" {listed(silent)} {'have' if len(silent) > 1 else 'has'} no attention to read." if silent else ""
    lead = (
        "Mean attention of Attention-3DCNN over the judged pixels of each true class. Attention shows where the "
        f"network looked, not why. Phases are the central dates of the simulator's calendar of each crop.{rest}"
    )
    return html.section("Attention", *(parts or [nothing()]), lead=lead)


def peaks(study: Study, site: str, own: Sequence[Attended]) -> list[tuple[str, int, float, str]]:
    """Return of each crop the most attended step, its weight, and what the crop does then."""
    days = crops.unwrapped(next(r.step_days for r in study.records if r.key.site == site))
    classes = study.classes(site)
    found = []
    for crop in dict.fromkeys(one.crop for one in own):
        weights = [one.weight for one in own if (one.crop, one.kind) == (crop, "step")]
        if len(weights) == len(days):
            step = max(range(len(days)), key=weights.__getitem__)
            found.append((crop, days[step], weights[step], crops.phase(crop, days[step], classes)))
    return found


def _site_attention(study: Study, site: str, own: Sequence[Attended]) -> list[Markup]:
    parts = []
    found = peaks(study, site, own)
    if found:
        growing = [one for one in found if one[3] in crops.GROWS]
        judged = [one for one in found if one[3] not in (crops.STANDS, crops.OUTSIDE)]
        sentence = f"Of {len(judged)} crops with a calendar, {len(growing)} are looked at most while they grow."
        days = crops.unwrapped(next(r.step_days for r in study.records if r.key.site == site))
        rows = []
        for crop, day, weight, phase in found:
            rows.append((crop, crops.said(day), f"{weight:.1%}", f"{weight * len(days):.1f} x", phase))
        head = ("Crop", "Most attended", "Weight", "of an even share", "The crop then")
        parts += [html.paragraph(sentence), html.table(head, rows, (2, 3))]
        parts.append(_heat(own, "step", [crops.said(day) for day in days], "Attention by step, %"))
    bands = next(r.bands for r in study.records if (r.key.site, r.key.system) == (site, OURS))
    parts.append(_heat(own, "band", bands, "Attention by band and polarisation, and the share of Sentinel-1, %"))
    return [part for part in parts if part]


def _heat(own: Sequence[Attended], kind: str, heads: Sequence[str], title: str) -> Markup:
    """Return weights as a table of shades, a row a crop."""
    rows = {}
    for one in own:
        if one.kind == kind:
            rows.setdefault(one.crop, []).append(one.weight)
    if not rows:
        return Markup()
    shares = {one.crop: one.weight for one in own if one.kind == "share of Sentinel-1"} if kind == "band" else {}
    top = max(max(row) for row in rows.values())
    names = [html.tag("th", title, class_="name", style="white-space:normal")]
    names += [html.tag("th", _short(head)) for head in heads]
    names += [html.tag("th", "S1 share")] if shares else []
    lines = [html.tag("tr", html.join(names))]
    for crop, row in rows.items():
        cells = [html.tag("td", crop, class_="name")]
        cells += [html.tag("td", f"{100 * v:.0f}", style=heat(v, top), title=f"{v:.1%}") for v in row]
        cells += [html.tag("td", f"{100 * shares[crop]:.0f}" if crop in shares else "")] if shares else []
        lines.append(html.tag("tr", html.join(cells)))
    size = "font-size:11px" if len(heads) > 14 else None
    return html.tag("table", html.join(lines, "\n"), class_="heat", style=size)


def _short(head: str) -> Markup:
    return Markup(html.text(head).replace("\u00a0", "<br/>"))


def _lines(own: Sequence[Score], places: Place) -> list[Line]:
    systems = dict.fromkeys(score.system for score in own)
    kept = {(score.system, score.condition): score for score in own}
    ordered = sorted(places.items(), key=lambda pair: pair[1])
    lines = []
    for system in systems:
        found = [(x, kept[system, condition].estimate) for condition, x in ordered if (system, condition) in kept]
        if found:
            lines.append(Line(system_title(system), system, found))
    return lines


def _losses(scores: Sequence[Score], site: str, measure: str) -> dict[str, Score]:
    return {score.system: score for score in scores if (score.site, score.measure) == (site, measure)}


def _rows(
    own: Sequence[Score], conditions: Sequence[str], lost: Mapping[str, Score], found: Sequence[Difference],
    site: str, experiment: str,
) -> list[tuple[object, ...]]:  # fmt: skip
    kept = {(score.system, score.condition): score for score in own}
    versus = {d.other: d for d in found if (d.site, d.experiment) == (site, experiment)}
    rows = []
    for name in dict.fromkeys(score.system for score in own):
        values = [_value(kept.get((name, condition))) for condition in conditions]
        loss = stacked(points(lost[name].estimate, sign="")) if name in lost else faint(NOT_MEASURED)
        rows.append((named(name), *values, loss, "" if name == OURS else told(versus.get(name))))
    return rows


def _value(score: Score | None) -> object:
    return faint(NOT_MEASURED) if score is None else f"{100 * score.value:.1f}"


def _parcels(study: Study, site: str) -> list[int]:
    """Return how many parcels of each size one seed was judged on."""
    for system in study.systems(site):
        sheets = study.sheets(site, Arm(system), MEASURES["parcel_oa"])
        if sheets and sheets[0].parcels.any():
            return sheets[0].parcels[0].sum((0, 2, 3)).astype(int).tolist()
    return [0] * len(SIZE_NAMES)
