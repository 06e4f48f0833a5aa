"""The comparison on one page: verdicts, scores, costs, ablation, leakage and the literature; each part a section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crop_attention.engine.report import html
from crop_attention.engine.report.html import Markup
from crop_attention.engine.report.numbers import NBSP, counted, duration, listed
from crop_attention.engine.report.theme import MUTED

from .claims import Claim, summary
from .comparison import FIVE, OURS, RANDOM_PIXELS, REFERENCE, Study, site_title, system_title
from .curves import Dot, dots, look
from .literature import PUBLISHED
from .speeds import Cost
from .statistics import BETTER
from .tablecells import coloured, named, nothing, number, scored, shade, told
from .tables import Difference, Score
from .wording import NOT_MEASURED, points, share

HEADS = {"oa": "Overall accuracy", "kappa": "Kappa", "macro_f1": "Macro F1", "miou": "mIoU",
         "parcel_oa": "Parcels right", "parcel_f1": "Macro F1 of parcels"}  # fmt: skip


def verdicts_section(claims: Sequence[Claim]) -> Markup:
    """Return what became of each claim."""
    rows = [(one.claim, site_title(one.site), coloured(one.verdict), one.sentence) for one in claims]
    lead = (
        "Computed from the finished cells. A claim over others holds where the paired interval of every difference "
        "lies above zero, fails where one lies below, and cannot be told otherwise. Eight comparisons at 95 % are no "
        "single test at 95 %: read one narrow win with care."
    )
    short = html.notices(summary(claims), "note")
    return html.section(
        "What became of the paper's claims", short, html.table(("Claim", "Site", "Verdict", "Figures"), rows), lead=lead
    )


def main_section(study: Study, scores: Sequence[Score], found: Sequence[Difference]) -> Markup:
    """Return all scores of all systems, site by site."""
    parts = []
    expected = _expected(study)
    for site in study.sites:
        own = {(s.system, s.measure): s for s in scores if s.site == site}
        versus = {(d.other, d.measure): d for d in found if (d.site, d.experiment) == (site, "main")}
        shown = sorted((s for s in own.values() if s.measure == "oa"), key=lambda score: -score.value)
        if not shown:
            continue
        parts.append(html.tag("h3", site_title(site)))
        parts.append(html.figure(_ranking(shown, expected), _basis(shown)))
        names = [one.system for one in shown] + [name for name in expected if (name, "oa") not in own]
        rows = [(named(name), *(scored(own.get((name, m)), m) for m in HEADS)) for name in names]
        parts.append(html.table(("System", *HEADS.values()), rows, range(1, 1 + len(HEADS))))
        rivals = [name for name in names if (name, "oa") in versus]
        if rivals:
            compared = ("oa", "macro_f1", "miou", "parcel_oa")
            rows = [(named(name), *(told(versus.get((name, m))) for m in compared)) for name in rivals]
            head = ("Attention-3DCNN less", *(f"{HEADS[m]}, points" for m in compared))
            parts.append(html.table(head, rows, range(1, 5)))
    lead = (
        "Dot: mean over seeds; whisker: 95 % interval over blocks; grey ticks: lowest and highest seed. The second "
        "table gives paired differences: above zero is in favour of Attention-3DCNN."
    )
    return html.section("Main comparison", *(parts or [nothing()]), lead=lead)


def cost_section(study: Study, costs: Mapping[str, Cost]) -> Markup:
    """Return weights, operations and speed of each system."""
    ours = costs.get(OURS, Cost()).pixels_a_second
    trained = {r.key.system: r.weights for r in study.records if not r.key.variant}
    rows = []
    for name in dict.fromkeys([*_expected(study), *costs]):
        cost = costs.get(name, Cost())
        weights = trained.get(name) if cost.weights is None else cost.weights
        times = f"{ours / cost.pixels_a_second:.1f}" if ours and cost.pixels_a_second else NOT_MEASURED
        cells = (number(weights), number(cost.mflop_a_pixel, 3), number(cost.pixels_a_second), times)
        rows.append((named(name), *cells, number(cost.threads)))
    head = ("System", "Weights", "MFLOP a pixel", "Pixels/s", "Attention-3DCNN is faster by", "Threads")
    lead = "All timed in one run by the same code. A forest has trees instead of weights."
    return html.section("What each system costs", html.table(head, rows, range(1, 6)), lead=lead)


def ablation_section(study: Study, scores: Sequence[Score], found: Sequence[Difference]) -> Markup:
    """Return what ours loses without each of its parts."""
    parts = []
    for site in study.sites:
        rows = [d for d in found if (d.experiment, d.site) == ("ablation", site)]
        shown = [row for row in rows if row.measure == "oa"]
        if not shown:
            continue
        parts.append(html.tag("h3", site_title(site)))
        entries = [Dot(d.other_variant, d.estimate, points(d.estimate), shade(d.verdict), d.verdict == BETTER)
                   for d in shown]  # fmt: skip
        parts.append(html.figure(dots(entries, "Points lost without each part", zero=True, unit="")))
        own = {(s.variant, s.measure): s for s in scores if s.site == site}
        both = {(d.other_variant, d.measure): d for d in rows}
        table = [("the whole network", *_pair(own, {}, "", ("oa", "macro_f1", "parcel_oa")))]
        table += [(d.other_variant, *_pair(own, both, d.other_variant, ("oa", "macro_f1", "parcel_oa"))) for d in shown]
        head = ["Attention-3DCNN"]
        for measure in ("oa", "macro_f1", "parcel_oa"):
            head += [HEADS[measure], "the whole is better by"]
        parts.append(html.table(head, table, range(1, len(head))))
    lead = "Points of overall accuracy that the whole network is ahead of itself without a part, with paired intervals."
    return html.section("Ablation", *(parts or [nothing()]), lead=lead)


def leakage_section(scores: Sequence[Score]) -> Markup:
    """Return what a random split of pixels makes of the same network."""
    pairs = dict.fromkeys((score.site, score.system) for score in scores)
    found = {(s.site, s.system, s.variant, s.measure): s for s in scores}
    rows, drawn = [], []
    for site, system in pairs:
        colour, _ = look(system)
        for variant, words in (("", "blocks held apart"), (RANDOM_PIXELS, "random pixels: leaks")):
            cells = [found.get((site, system, variant, measure)) for measure in ("oa", "kappa", "macro_f1")]
            rows.append((site_title(site), named(system), words, *map(scored, cells, ("oa", "kappa", "macro_f1"))))
            if cells[0]:
                leaks = variant == RANDOM_PIXELS
                fill = MUTED if leaks else colour
                drawn.append(Dot(words, cells[0].estimate, share(cells[0].estimate), fill, not leaks))
    lead = (
        "NOT a result. The same network, trained and judged on pixels drawn at random, so that neighbours out of one "
        "parcel stand on both sides. What it gains over the honest split is memory of parcels, not skill; a published "
        "figure far above the others may come about in this way."
    )
    title = "Leakage demonstration"
    if not rows:
        return html.section(title, nothing(), lead=lead)
    head = ("Site", "System", "Split", "Overall accuracy", "Kappa", "Macro F1")
    chart = html.figure(dots(drawn, "A random split of pixels beside the honest split"))
    return html.section(title, chart, html.table(head, rows, (3, 4, 5)), lead=lead)


def literature_section(study: Study, scores: Sequence[Score]) -> Markup:
    """Return published figures on PASTIS beside those measured here."""
    own = {(s.site, s.system, s.measure): s for s in scores}
    rows = []
    for one in PUBLISHED:
        here = [own.get((one.site, one.system, measure)) for measure in ("oa", "miou")]
        published = [NOT_MEASURED if v is None else f"{v:.1f}{NBSP}%" for v in (one.oa, one.miou)]
        rows.append((one.name, *published, *(scored(s, "oa") for s in here), one.protocol, one.source))
    published_here = {(one.site, one.system) for one in PUBLISHED}
    for site in ("pastis", "pastis_r"):
        for system in _expected(study):
            if (site, system) not in published_here:
                here = [scored(own.get((site, system, measure)), "oa") for measure in ("oa", "miou")]
                rows.append((f"{system_title(system)}, {'both sensors' if site == 'pastis_r' else 'optical alone'}",
                             "–", "–", *here, "", ""))  # fmt: skip
    head = ("System", "OA, published", "mIoU, published", "OA, here", "mIoU, here", "Protocol", "Source")
    lead = (
        "Published figures are copied from their papers, not measured here. A cell is measured here only after "
        "a run with --pastis. The paper's own figure does not say how the pixels were split."
    )
    return html.section("PASTIS beside the literature", html.table(head, rows, (1, 2, 3, 4)), lead=lead)


def basis_section(study: Study) -> Markup:
    """Return what was trained, how long, and what is still missing."""
    rows = []
    for site in study.sites:
        for system in study.systems():
            cells = [r for r in study.records if (r.key.site, r.key.system, r.key.variant) == (site, system, "")]
            if not cells:
                rows.append((site_title(site), named(system), *[NOT_MEASURED] * 4))
                continue
            seeds = sorted({cell.key.seed for cell in cells})
            steps = {f"{cell.steps:,}" for cell in cells}
            mean = sum(cell.seconds for cell in cells) / len(cells)
            numbers = (listed([str(seed) for seed in seeds]), listed(sorted(steps)), duration(mean))
            rows.append((site_title(site), named(system), len(cells), *numbers))
    head = ("Site", "System", "Cells", "Seeds", "Training steps", "Training a cell")
    lead = (
        "A cell is one system on one site with one seed and fold. Intervals come from 1,000 draws of whole blocks, all "
        "seeds of a block together and the same blocks for both sides of a difference. They tell how another landscape "
        "would score, not how another seed would: the spread between seeds stands beside them. Of folds, the confusion "
        "matrices are added up. Macro F1 and mIoU are means over the classes that the reference holds."
    )
    return html.section("What it rests on", html.table(head, rows, (2, 4, 5)), lead=lead)


def _ranking(shown: Sequence[Score], expected: Sequence[str]) -> Markup:
    rows = []
    for score in shown:
        place = expected.index(score.system)
        spread = (score.lowest_seed, score.highest_seed) if score.seeds > 1 else None
        colour, _ = look(score.system, place)
        written = share(score.estimate)
        rows.append(Dot(system_title(score.system), score.estimate, written, colour, score.system == OURS, spread))
    return dots(rows, "Overall accuracy of each system")


def _basis(shown: Sequence[Score]) -> str:
    seeds, folds = ({getattr(score, name) for score in shown} for name in ("seeds", "folds"))
    least, most = min(seeds), max(seeds)
    many = counted(most, "seed") if least == most else f"{least} to {most} seeds"
    blocks = min(score.blocks for score in shown)
    warning = " So few blocks make rough intervals." if blocks < 8 else ""
    joined = f", {counted(max(folds), 'fold')} joined" if max(folds) > 1 else ""
    return f"Overall accuracy; {many}{joined}, {counted(blocks, 'block')}.{warning}"


def _pair(own: Mapping, both: Mapping, variant: str, measures: Sequence[str]) -> list[object]:
    cells = []
    for measure in measures:
        cells += [scored(own.get((variant, measure)), measure), told(both.get((variant, measure))) if variant else ""]
    return cells


def _expected(study: Study) -> list[str]:
    """Return systems that belong to the comparison, finished or not."""
    return list(dict.fromkeys([OURS, *FIVE, REFERENCE, *study.systems()]))
