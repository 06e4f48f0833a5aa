"""Tables and page of the comparison, written from the records of whatever cells are finished."""

from __future__ import annotations

from pathlib import Path

from crop_attention.engine.report import html
from crop_attention.engine.report.html import Markup
from crop_attention.engine.report.numbers import counted

from . import page, page_curves, plan, record, speeds, tables
from .claims import Claim, claims
from .comparison import Study
from .literature import PUBLISHED, Published

PAGE = "report.html"


def write(records: Path, out: Path, planned: int | None = None) -> None:
    """Write CSV tables and report.html into a folder.

    Args:
        records: lines of finished cells; absent or empty gives a page that says so.
        out: the folder; speeds are read from speeds.csv in it, or beside the records.
        planned: cells of the whole plan; None takes those of the plan whose budget the records are of, on their sites.
    """
    study = Study.of(filter(plan.is_current, record.read(records)))
    places = [folder / "speeds.csv" for folder in (out, records.parent)]
    costs = speeds.read(next((place for place in places if place.exists()), places[0]))
    scores = {
        "main": tables.main(study),
        "ablation": tables.ablation(study),
        "cloud": tables.cloud(study),
        "fields": tables.fields(study),
        "season": tables.season(study),
        "leakage": tables.leakage(study),
    }
    differences = tables.differences(study)
    attended = tables.attention(study)
    told = claims(study, scores, differences, costs)
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in scores.items():
        tables.write_csv(out / f"{name}.csv", rows, tables.Score)
    tables.write_csv(out / "differences.csv", differences, tables.Difference)
    tables.write_csv(out / "attention.csv", attended, tables.Attended)
    tables.write_csv(out / "claims.csv", told, Claim)
    tables.write_csv(out / "literature.csv", PUBLISHED, Published)
    sections = [
        _state(study, _planned(study) if planned is None else planned),
        page.verdicts_section(told),
        page.main_section(study, scores["main"], differences),
        page_curves.cloud_section(study, scores["cloud"], differences),
        page_curves.fields_section(study, scores["fields"], differences),
        page.ablation_section(study, scores["ablation"], differences),
        page_curves.season_section(study, scores["season"]),
        page_curves.attention_section(study, attended),
        page.cost_section(study, costs),
        page.leakage_section(scores["leakage"]),
        page.literature_section(study, scores["main"]),
        page.basis_section(study),
    ]
    title = "The paper's comparison, run anew"
    subtitle = "Attention-3DCNN beside other systems: one protocol, one budget, no leakage"
    html.write(str(out / PAGE), html.page(title, subtitle, sections, "Drawn from the records alone; seeds are fixed."))


def _state(study: Study, planned: int | None) -> Markup:
    """Return how much of the plan is finished, as a warning while it is not all."""
    done = len(study.records)
    sentences = []
    if not done:
        sentences.append("No cell is finished yet: nothing was measured.")
    elif planned is None:
        sentences.append(f"{counted(done, 'cell')} finished.")
    else:
        left = f"; what the other {planned - done:,} would show is not measured" if planned > done else ""
        sentences.append(f"{done:,} of {counted(planned, 'planned cell')} finished{left}.")
    if study.other_budgets:
        sentences.append(f"{counted(study.other_budgets, 'cell')} of another budget left out.")
    complete = done and planned is not None and done >= planned and not study.other_budgets
    return html.notices(sentences, "note" if complete else "warning")


def _planned(study: Study) -> int | None:
    """Return the cells of the plan that the records are of, on their sites; None where no plan fits."""
    for budget in (plan.FULL, plan.QUICK):
        if study.records and budget.fingerprint() == study.records[0].budget:
            return sum(1 for _ in plan.cells(budget, study.sites))
    return None
