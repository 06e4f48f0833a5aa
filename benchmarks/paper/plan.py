"""What is compared with what, at which cost, in which order.

Every network gets the same budget: the same ground, number of steps, batch, optimiser, rates, augmentation and seeds.
None saw the counties that judge. The peak of the learning rate is one at which none of them was developed: between
1e-3, which their papers use, and the 4e-3 of Attention-3DCNN's own training. The same steps are not the same time; the
seconds of each cell stand in the record. The effort is not quite the same: after a first round, which it lost,
Attention-3DCNN was changed with the help of counties of other seeds (`benchmarks/tries.md`); the others stayed as their
papers have them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any, Iterator, Mapping, Sequence

from crop_attention.models.architectures import settings_of

from .record import WHOLE, Key, Record
from .systems import OURS, SYSTEMS

PROTOCOL = 1
"""Raised when the code of the comparison changes what a cell measures."""

SIMULATED = ("pastis_like", "yishui_like")
FRENCH = "french_points"
PASTIS = ("pastis", "pastis_r")
SITES = (*SIMULATED, FRENCH, *PASTIS)
FOLDS = {FRENCH: 5, "pastis": 5, "pastis_r": 5}
SEEDS = (0, 1, 2)
MARGIN = 8
"""Pixels at the edge of a county that nobody is judged on: the largest margin of all networks."""


@dataclass(frozen=True)
class Variant:
    """A changed Attention-3DCNN.

    Attributes:
        config: settings of the network.
        blind: "s2" or "s1", the sensor that is hidden in training and judging.
        leak: train on random pixels of the very parcels it is judged on.
    """

    config: Mapping[str, bool] = field(default_factory=dict)
    blind: str = ""
    leak: bool = False

    def settings(self, system: str) -> dict[str, Any]:
        """Return the settings that the network of a system is built with; {} for a forest."""
        return settings_of(system, **self.config)


VARIANTS = {
    "without channel attention": Variant({"channel_attention": False}),
    "without temporal attention": Variant({"temporal_attention": False}),
    "without spatial attention": Variant({"spatial_attention": False}),
    "without residuals": Variant({"residual": False}),
    "Sentinel-2 alone": Variant(blind="s1"),
    "Sentinel-1 alone": Variant(blind="s2"),
    "random pixels": Variant(leak=True),
}
LEAK = "random pixels"


@dataclass(frozen=True)
class Effort:
    """Steps of a training: first on lone pixels, then on patches at half the rate.

    Attributes:
        point_steps, points: steps, and pixels in each; where there are real points, half of these.
        pixels_a_parcel: of which lone pixels are drawn.
        patch_steps, patches, patch: steps, patches in each, labelled pixels a side.
    """

    point_steps: int
    points: int = 96
    pixels_a_parcel: int = 4
    patch_steps: int = 0
    patches: int = 4
    patch: int = 16


@dataclass(frozen=True)
class Budget:
    """All that decides what a cell costs and measures.

    Attributes:
        name: of the file of records.
        simulated, points, pastis: steps on each kind of site.
        learning_rate: peak of the one cycle.
        counties, county_size: simulated counties to train on, and their pixels a side.
        test_counties, test_size: counties that judge; the outer `MARGIN` pixels are not judged.
        conditions: what each system is judged under on simulated sites and points.
        few_conditions: the same for variants and for PASTIS.
        seeds: of weights and draws.
        folds: most folds of a site.
        trees: None for those of `engine.training.learners.forest`.
    """

    name: str
    simulated: Effort
    points: Effort
    pastis: Effort
    learning_rate: float = 2e-3
    counties: int = 40
    county_size: int = 96
    test_counties: int = 10
    test_size: int = 80
    conditions: tuple[str, ...] = (
        WHOLE, "hidden 20", "hidden 40", "hidden 60", "hidden 80",
        "until 6", "until 9", "until 12", "until 15", "until 18", "until 21",
    )  # fmt: skip
    few_conditions: tuple[str, ...] = (WHOLE, "hidden 60")
    seeds: tuple[int, ...] = SEEDS
    folds: int = 5
    protocol: int = PROTOCOL

    def fingerprint(self) -> str:
        """Return 12 letters that change with any part of it but the seeds, which the key of a cell names."""
        values = {name: value for name, value in asdict(self).items() if name != "seeds"}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]

    def effort(self, site: str) -> Effort:
        """Return the steps of a training on a site."""
        return self.simulated if site in SIMULATED else self.points if site == FRENCH else self.pastis

    def judged_under(self, key: Key) -> tuple[str, ...]:
        """Return the conditions of a cell."""
        if key.variant == LEAK:
            return (WHOLE,)
        return self.few_conditions if key.variant or key.site in PASTIS else self.conditions


FULL = Budget(
    name="full",
    simulated=Effort(point_steps=600, patch_steps=60),
    points=Effort(point_steps=250),
    pastis=Effort(point_steps=2000, pixels_a_parcel=1, patch_steps=2000, patches=8, patch=32),
)
QUICK = Budget(
    name="quick",
    simulated=Effort(point_steps=140, points=64, patch_steps=12),
    points=Effort(point_steps=100, points=64),
    pastis=Effort(point_steps=30, points=32, patch_steps=6, patches=2),
    counties=12,
    county_size=80,
    test_counties=6,
    test_size=48,
    conditions=(WHOLE, "hidden 60", "until 12"),
    seeds=(0,),
    folds=1,
)


def variant_of(key: Key) -> Variant:
    """Return what a cell changes; nothing where its key names no variant."""
    return VARIANTS[key.variant] if key.variant else Variant()


def is_current(found: Record) -> bool:
    """Whether a finished cell is of the network as it is now built: one of other settings is no result of it."""
    return found.settings == variant_of(found.key).settings(found.key.system)


def cells(
    budget: Budget, sites: Sequence[str], systems: Sequence[str] = (), seeds: Sequence[int] = ()
) -> Iterator[Key]:
    """Yield the cells in the order of what they tell: seed by seed, all systems first, then what changes ours.

    Args:
        budget: of the run.
        sites: that there is data of.
        systems: some of them; all when empty.
        seeds: in place of the budget's.
    """
    known = [site for site in SITES if site in sites]
    chosen = [name for name in SYSTEMS if not systems or name in systems]
    for seed in seeds or budget.seeds:
        for site in known:
            for fold in range(min(FOLDS.get(site, 1), budget.folds)):
                for system in chosen:
                    yield Key(site, system, "", seed, fold)
        for site in SIMULATED if OURS in chosen else ():
            for variant in VARIANTS if site in known else ():
                yield Key(site, OURS, variant, seed)
