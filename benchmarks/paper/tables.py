"""The tidy tables of each experiment, drawn from the finished cells."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from crop_attention.engine.accuracy.intervals import Estimate

from . import statistics as st
from .comparison import OURS, RANDOM_PIXELS, Arm, Found, Measure, Study
from .record import WHOLE

MEASURES = {
    "oa": Measure(st.OA),
    "kappa": Measure(st.KAPPA),
    "macro_f1": Measure(st.MACRO_F1),
    "miou": Measure(st.MIOU),
    "parcel_oa": Measure(st.PARCEL_OA),
    "parcel_f1": Measure(st.PARCEL_F1),
}
HIDDEN = 60
"""Percent of the optical observations that are hidden where the loss under cloud is told."""

CLOUD_LOSS = Measure(st.OA, WHOLE, f"hidden {HIDDEN}")
CLOUD_LEFT = Measure(st.OA, f"hidden {HIDDEN}")
SMALLEST = Measure(st.parcels_of_size(0))
UNDER_CLOUD, ON_SMALLEST = "under cloud", "smallest fields"
"""Experiments in which what is left is compared, where "cloud" and "fields" compare what is lost."""

FIELD_LOSS = Measure(st.LOST_IN_SMALL)


class Score(NamedTuple):
    """One number of one system: shares are 0..1, the interval is that over blocks."""

    site: str
    system: str
    variant: str
    condition: str
    measure: str
    value: float
    lower: float
    upper: float
    lowest_seed: float
    highest_seed: float
    seeds: int
    folds: int
    blocks: int

    @property
    def estimate(self) -> Estimate:
        """Value and interval."""
        return Estimate(self.value, self.lower, self.upper)


class Difference(NamedTuple):
    """Of two arms: the advantage is positive where the first is the better one."""

    experiment: str
    site: str
    system: str
    variant: str
    other: str
    other_variant: str
    measure: str
    advantage: float
    lower: float
    upper: float
    verdict: str

    @property
    def estimate(self) -> Estimate:
        """Advantage and interval."""
        return Estimate(self.advantage, self.lower, self.upper)


def main(study: Study) -> list[Score]:
    """Return all scores of each system as it is."""
    return _scores(
        study,
        (
            (site, Arm(system), name, m)
            for site in study.sites
            for system in study.systems(site)
            for name, m in MEASURES.items()
        ),  # fmt: skip
    )


def ablation(study: Study) -> list[Score]:
    """Return scores of ours, whole and with a part left out."""
    arms = ((s, Arm(OURS, v)) for s in study.sites if study.variants(s) for v in ("", *study.variants(s)))
    return _scores(study, ((site, arm, name, m) for site, arm in arms for name, m in MEASURES.items()))


def leakage(study: Study) -> list[Score]:
    """Return scores under a random split of pixels beside those of the honest split."""
    found = {(r.key.site, r.key.system) for r in study.records if r.key.variant == RANDOM_PIXELS}
    pairs = [(site, system) for site in study.sites for system in study.systems() if (site, system) in found]
    arms = [(site, Arm(system, variant)) for site, system in pairs for variant in ("", RANDOM_PIXELS)]
    return _scores(study, ((site, arm, name, m) for site, arm in arms for name, m in MEASURES.items()))


def cloud(study: Study) -> list[Score]:
    """Return overall accuracy with more and more optical observations hidden, and the points lost."""
    wanted = []
    for site in study.sites:
        hidden = study.conditions(site, "hidden")
        for system in study.systems(site) if hidden else ():
            wanted += [(site, Arm(system), "oa", Measure(st.OA, name)) for _, name in [(0, WHOLE), *hidden]]
            wanted.append((site, Arm(system), "oa_lost", CLOUD_LOSS))
    return _scores(study, wanted)


def fields(study: Study) -> list[Score]:
    """Return the share of right parcels by their size, and the points lost from the largest to the smallest."""
    found = []
    for site in study.sites:
        for system in study.systems(site):
            for number, size in enumerate(st.SIZE_NAMES):
                measure = Measure(st.parcels_of_size(number))
                part = _scores(study, [(site, Arm(system), "parcel_oa", measure)])
                found += [score._replace(condition=size) for score in part]
            found += _scores(study, [(site, Arm(system), "parcel_oa_lost", FIELD_LOSS)])
    return found


def season(study: Study) -> list[Score]:
    """Return overall accuracy by the last step that is over, and that of the whole season."""
    wanted = []
    for site in study.sites:
        until = study.conditions(site, "until")
        for system in study.systems(site) if until else ():
            wanted += [(site, Arm(system), "oa", Measure(st.OA, name)) for name in [*(n for _, n in until), WHOLE]]
    return _scores(study, wanted)


def differences(study: Study) -> list[Difference]:
    """Return what ours is better or worse by, in every experiment that claims such a thing."""
    found = []
    for site in study.sites:
        for other in study.systems(site):
            if other == OURS:
                continue
            for name in ("oa", "macro_f1", "miou", "parcel_oa"):
                found += _difference(study, "main", site, Arm(OURS), Arm(other), name, MEASURES[name])
            found += _difference(study, "cloud", site, Arm(OURS), Arm(other), "oa_lost", CLOUD_LOSS, losses=True)
            lost = "parcel_oa_lost"
            found += _difference(study, "fields", site, Arm(OURS), Arm(other), lost, FIELD_LOSS, losses=True)
            found += _difference(study, UNDER_CLOUD, site, Arm(OURS), Arm(other), "oa", CLOUD_LEFT)
            found += _difference(study, ON_SMALLEST, site, Arm(OURS), Arm(other), "parcel_oa", SMALLEST)
        for variant in study.variants(site):
            for name in ("oa", "macro_f1", "parcel_oa"):
                found += _difference(study, "ablation", site, Arm(OURS), Arm(OURS, variant), name, MEASURES[name])
    return found


class Attended(NamedTuple):
    """A mean attention weight over the pixels of one true class: of a step, of a band, or the share of Sentinel-1."""

    site: str
    system: str
    crop: str
    kind: str
    entry: str
    weight: float


def attention(study: Study) -> list[Attended]:
    """Return the attention of each system that has it, means over seeds and folds."""
    found = []
    for site in study.sites:
        for system in study.systems(site):
            cells = [record for group in study.of_arm(site, Arm(system)) for record in group]
            bands, days = cells[0].bands, cells[0].step_days
            kinds = (
                ("step", days, [record.attention.temporal for record in cells]),
                ("band", bands, [record.attention.channel for record in cells]),
                ("share of Sentinel-1", [""], [_listed(record.attention.s1_share) for record in cells]),
            )
            for crop in study.classes(site):
                for kind, entries, seen in kinds:
                    rows = [one[crop] for one in seen if len(one.get(crop, ())) == len(entries)]
                    means = [sum(column) / len(rows) for column in zip(*rows)]
                    found += [Attended(site, system, crop, kind, str(e), m) for e, m in zip(entries, means)]
    return found


def write_csv(path: Path, rows: Sequence[NamedTuple], kind: type) -> None:
    """Write rows under the names of their columns; the head alone where there are none."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(kind._fields)
        writer.writerows([f"{v:.6g}" if isinstance(v, float) else v for v in row] for row in rows)


def _listed(shares: dict[str, float]) -> dict[str, list[float]]:
    return {crop: [share] for crop, share in shares.items()}


def _scores(study: Study, wanted: Iterable[tuple[str, Arm, str, Measure]]) -> list[Score]:
    rows = ((site, arm, name, m, study.found(site, arm, m)) for site, arm, name, m in wanted)
    return [_score(*row) for row in rows if row[-1] is not None]


def _score(site: str, arm: Arm, name: str, measure: Measure, found: Found) -> Score:
    e, seeds = found.estimate, found.seeds
    condition = f"{measure.condition} less {measure.less}" if measure.less else measure.condition
    spread = (min(seeds), max(seeds), len(seeds), found.folds, found.blocks)
    return Score(site, *arm, condition, name, e.value, e.lower, e.upper, *spread)


def _difference(
    study: Study, experiment: str, site: str, ours: Arm, other: Arm, name: str, measure: Measure, losses: bool = False
) -> list[Difference]:
    pair = (other, ours) if losses else (ours, other)
    e = study.versus(site, *pair, measure)
    if e is None:
        return []
    return [Difference(experiment, site, *ours, *other, name, e.value, e.lower, e.upper, st.verdict(e))]
