"""The finished cells by site, system, variant and condition; scores of each and paired differences between two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from crop_attention.engine.accuracy.intervals import Estimate
from crop_attention.models.architectures import ARCHITECTURES, title_of

from .record import WHOLE, Record
from .statistics import Quantity, Sheet, difference, estimate, replicates, sheet

OURS = "attention_3dcnn"
FIVE = ("convstar", "unetpp", "selfattention3d", "cnnlstm", "tgfnet")
"""Those that the paper compares itself with."""

REFERENCE = "utae"
RANDOM_PIXELS = "random pixels"
TITLES = {"random_forest": "Random forest", "forest": "Random forest"}
SITES = {
    "pastis_like": "PASTIS-like (simulated)",
    "yishui_like": "Yishui-like (simulated)",
    "french_points": "French points (real)",
    "pastis": "PASTIS, optical alone (real)",
    "pastis_r": "PASTIS-R, both sensors (real)",
}


class Arm(NamedTuple):
    """A system in one of its variants; "" is the system as it is."""

    system: str
    variant: str = ""


@dataclass(frozen=True)
class Measure:
    """What is asked of an arm: a quantity under one condition, less the same under another where one is named."""

    quantity: Quantity
    condition: str = WHOLE
    less: str = ""

    @property
    def conditions(self) -> tuple[str, ...]:
        """Those that a cell must have been judged under."""
        return (self.condition, self.less) if self.less else (self.condition,)


@dataclass(frozen=True)
class Found:
    """A number with its 95 % interval over blocks.

    Attributes:
        estimate: mean over seeds.
        seeds: the number of each seed.
        blocks: that were resampled.
        folds: that were joined.
    """

    estimate: Estimate
    seeds: tuple[float, ...]
    blocks: int
    folds: int

    @property
    def value(self) -> float:
        """Mean over seeds."""
        return float(self.estimate.value)


@dataclass
class Study:
    """All finished cells of one budget.

    Attributes:
        records: by key; of two with one key the later counts.
        other_budgets: cells that were left out, because they come of another budget than the last one written.
    """

    records: list[Record]
    other_budgets: int = 0
    _sheets: dict = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, records: Iterable[Record]) -> Study:
        """Keep the cells of the budget that was written last."""
        found = list(records)
        kept = [record for record in found if record.budget == found[-1].budget]
        by_key = {record.key: record for record in kept}
        return cls(list(by_key.values()), len({r.key for r in found if r.budget != found[-1].budget}) if found else 0)

    @property
    def sites(self) -> list[str]:
        """Sites with a cell: those that are known first, in their order."""
        present = dict.fromkeys(record.key.site for record in self.records)
        return [site for site in SITES if site in present] + [site for site in present if site not in SITES]

    def systems(self, site: str | None = None, condition: str = WHOLE) -> list[str]:
        """Systems with a cell of their own on a site, ours first; of all sites when none is named."""
        here = [r for r in self.records if not r.key.variant and condition in r.judged and site in (None, r.key.site)]
        order = (OURS, *FIVE, *ARCHITECTURES)
        names = dict.fromkeys(record.key.system for record in here)
        known = {name: place for place, name in reversed(list(enumerate(order)))}
        return sorted(names, key=lambda name: known.get(name, len(order)))

    def variants(self, site: str) -> list[str]:
        """Variants of ours that leave something out, in the order they were run."""
        here = (r.key for r in self.records if r.key.site == site and r.key.system == OURS)
        return [name for name in dict.fromkeys(key.variant for key in here) if name not in ("", RANDOM_PIXELS)]

    def conditions(self, site: str, kind: str) -> list[tuple[int, str]]:
        """Return (number, condition) of those on a site that begin with a word, such as "until", in their order."""
        names = {name for r in self.records if r.key.site == site for name in r.judged if name.startswith(f"{kind} ")}
        return sorted((int(name.split()[-1]), name) for name in names)

    def classes(self, site: str) -> list[str]:
        """Return the legend of a site."""
        return next(record.classes for record in self.records if record.key.site == site)

    def of_arm(self, site: str, arm: Arm, conditions: Sequence[str] = ()) -> list[list[Record]]:
        """Return by seed the cells that can be put together: those folds that most of the run has for this arm.

        A seed that lacks one of these folds is left out, so that all seeds speak of the same blocks.
        """
        seeds: dict[int, dict[int, Record]] = {}
        for record in self.records:
            key = record.key
            if (key.site, key.system, key.variant) == (site, *arm) and set(conditions) <= set(record.judged):
                seeds.setdefault(key.seed, {})[key.fold] = record
        if not seeds:
            return []
        folds = sorted(max((seeds[seed] for seed in sorted(seeds)), key=len))
        return [[seeds[s][fold] for fold in folds] for s in sorted(seeds) if set(folds) <= set(seeds[s])]

    def sheets(self, site: str, arm: Arm, measure: Measure) -> list[Sheet]:
        """Return the counts of an arm under each condition of a measure; none where it was not judged so."""
        place = (site, arm, measure.conditions)
        if place not in self._sheets:
            groups = self.of_arm(site, arm, measure.conditions)
            size = len(self.classes(site))
            self._sheets[place] = [
                sheet([[record.judged[condition] for record in group] for group in groups], size)
                for condition in measure.conditions
                if groups
            ]
        return self._sheets[place]

    def found(self, site: str, arm: Arm, measure: Measure) -> Found | None:
        """Return a number with its interval; None where there is nothing to tell it from."""
        sheets = self.sheets(site, arm, measure)
        if not sheets:
            return None
        blocks = _shared(sheets)
        drawn = _drawn(sheets, measure, blocks)
        if not np.isfinite(drawn[0]).all():
            return None
        folds = len(self.of_arm(site, arm, measure.conditions)[0])
        return Found(estimate(drawn, len(blocks)), tuple(map(float, drawn[0])), len(blocks), folds)

    def versus(self, site: str, ours: Arm, other: Arm, measure: Measure) -> Estimate | None:
        """Return ours less other with the paired interval, on the blocks that both were judged on."""
        first, second = (self.sheets(site, arm, measure) for arm in (ours, other))
        if not (first and second):
            return None
        blocks = _shared([*first, *second])
        if not blocks:
            return None
        drawn = [_drawn(sheets, measure, blocks) for sheets in (first, second)]
        found = difference(*drawn, len(blocks))
        return found if np.isfinite(found.value) else None


def system_title(name: str) -> str:
    """Return a system's name for people."""
    return TITLES.get(name) or title_of(name)


def site_title(name: str) -> str:
    """Return a site's name for people."""
    return SITES.get(name, name.replace("_", " "))


def _shared(sheets: Sequence[Sheet]) -> tuple[str, ...]:
    """Return the blocks that all sheets hold, in the order of the first."""
    held = set(sheets[0].blocks).intersection(*(other.blocks for other in sheets[1:]))
    return tuple(block for block in sheets[0].blocks if block in held)


def _drawn(sheets: Sequence[Sheet], measure: Measure, blocks: tuple[str, ...]) -> np.ndarray:
    parts = [replicates(one.on(blocks), measure.quantity) for one in sheets]
    return parts[0] - parts[1] if len(parts) > 1 else parts[0]
