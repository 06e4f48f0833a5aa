"""One cell of the comparison from its key to its record."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Sequence

import numpy as np
import torch

from crop_attention.benchmarks.speed.flops import weights_of
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.training.dataset import LabelledCube
from crop_attention.engine.training.learners.forest import TREES, fit_forest
from crop_attention.engine.training.learners.linear import fit_linear
from crop_attention.engine.training.learners.logistic import fit_logistic
from crop_attention.engine.training.pixels import PIXELS_A_PARCEL
from crop_attention.models.networks.blocks import ready_for_inference

from .attention import attention_of
from .conditions import blinded
from .judging import Says, judged, says_of_linear, says_of_network, says_of_plain
from .plan import FRENCH, PASTIS, SIMULATED, Budget, Variant, variant_of
from .record import Attention, Key, Record
from .sites import pastis, points, simulated
from .sites.ground import Ground
from .systems import DISCRIMINANT, LOGISTIC, SYSTEMS
from .training import trained

LEAK_SEED = 17
LEARNT = 0.5
"""Share of the test pixels that the leaking variant learns from."""

FOREST_PIXELS = 15_000
"""Labelled pixels that the forest learns from, drawn at random from all training counties."""


@dataclass(frozen=True)
class Places:
    """Where data lies.

    Attributes:
        cache: of simulated counties and of what is cut from PASTIS.
        samples: real samples; need not exist.
        pastis: folder in the official layout, or None.
    """

    cache: Path
    samples: Path
    pastis: Path | None = None

    @property
    def counties(self) -> Path:
        """Folder of the simulated counties."""
        return self.cache / "counties"


@dataclass(frozen=True)
class Machine:
    """What a cell runs on: threads of the CPU, and a device for networks, None for the CPU."""

    threads: int = 1
    device: torch.device | None = None


def sites_at(places: Places) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the sites that there is data of, and a sentence for each that is left out."""
    absent = points.missing(places.samples)
    left_out = [absent] if absent else []
    if places.pastis is None:
        left_out.append("No --pastis folder is given: pastis and pastis_r are left out.")
    known = (*SIMULATED, *(() if absent else (FRENCH,)), *pastis.sites_of(places.pastis))
    return known, tuple(left_out)


def make_ready(keys: Sequence[Key], budget: Budget, places: Places, workers: int) -> None:
    """Simulate what cells need and the disk does not hold yet."""
    sites = {points.BESIDE if key.site == FRENCH else key.site for key in keys}
    for site in (site for site in SIMULATED if site in sites):
        simulated.make_ready(site, budget, places.counties, workers)


def ground_of(key: Key, budget: Budget, places: Places) -> Ground:
    """Return the ground of a cell."""
    if key.site == FRENCH:
        return points.load(key.fold, budget, places.samples, places.counties)
    if key.site in PASTIS:
        return pastis.load(key.site, key.fold, places.pastis, places.cache)
    return simulated.load(key.site, budget, places.counties)


def run_cell(key: Key, budget: Budget, places: Places, machine: Machine) -> Record:
    """Train, judge, and return what is to be kept; the same cell on as many threads gives the same, but the seconds."""
    torch.set_num_threads(machine.threads)
    variant = variant_of(key)
    ground = ground_of(key, budget, places)
    if variant.leak:
        ground = leaking(ground)
    effort = budget.effort(key.site)
    began = time.monotonic()
    attention, steps = Attention(), 0
    if SYSTEMS[key.system].network:
        network = trained(key.system, ground, variant, effort, budget.learning_rate, key.seed, machine.device)
        weights, steps = weights_of(network), effort.point_steps + effort.patch_steps
        seconds = time.monotonic() - began
        network = ready_for_inference(network)
        says = says_of_network(network, ground.codes, machine.device)
        attention = attention_of(network, key.system, ground, variant.blind, machine.device)
    else:
        says, weights = _plain(key.system, ground, variant, key.seed, machine.threads)
        seconds = time.monotonic() - began
    return Record(
        key=key,
        budget=budget.fingerprint(),
        classes=list(ground.judged_names),
        bands=[*ground.s2_bands, *ground.s1_bands],
        step_days=[round(day) for day in ground.season.day_of_year()],
        weights=weights,
        steps=steps,
        seconds=round(seconds, 1),
        judged={name: judged(says, ground, name, variant.blind) for name in budget.judged_under(key)},
        attention=attention,
        settings=variant.settings(key.system),
    )


def leaking(ground: Ground) -> Ground:
    """Return the test counties as training ground, with half of their pixels drawn at random; the rest judges.

    This is no fair protocol: every judged parcel was seen in training. It shows what such a split can give.
    """
    random = np.random.default_rng(LEAK_SEED)
    learnt = [random.random(county.labels.shape) < LEARNT for county in ground.test]
    train = tuple(replace(c, labels=np.where(own, c.labels, 0)) for c, own in zip(ground.test, learnt))
    test = tuple(replace(c, labels=np.where(own, 0, c.labels)) for c, own in zip(ground.test, learnt))
    return replace(ground, counties=train, test=test)


def _plain(system: str, ground: Ground, variant: Variant, seed: int, threads: int) -> tuple[Says, int]:
    """Fit a plain learner to real points alone where there are any, else to random labelled pixels of the counties.

    Returns:
        What it says, and its trees or its numbers for each class.
    """
    train = ground.real or thinned(ground.counties, FOREST_PIXELS, seed)
    seen = [blinded(window, variant.blind) for window in train]
    codes, quiet = ground.codes, Feedback()
    if system == DISCRIMINANT:
        gaussian = fit_linear(seen, codes, 0, seed, quiet)
        return says_of_linear(gaussian, codes), gaussian.means.size
    if system == LOGISTIC:
        features = len(ground.season.day_of_year()) * (len(ground.s2_bands) + len(ground.s1_bands))
        return says_of_plain(fit_logistic(seen, codes, 0, seed, quiet), codes), features * len(codes)
    return says_of_plain(fit_forest(seen, codes, 0, seed, threads, quiet), codes), TREES


def thinned(windows: Sequence[LabelledCube], most: int, seed: int) -> list[LabelledCube]:
    """Return windows with about so many labelled pixels left, as often of each class as it occurs.

    The forest takes few pixels of a parcel, and would take as few of all the ground between parcels: here parcels are
    small handfuls of pixels, so that it takes all that are left.
    """
    share = most / max(sum(int((window.labels > 0).sum()) for window in windows), 1)
    random = np.random.default_rng((LEAK_SEED, seed))
    found, used = [], 0
    for window in windows:
        labels = np.where(random.random(window.labels.shape) < share, window.labels, 0)
        kept = labels > 0
        parcels = np.zeros(labels.shape, np.int32)
        parcels[kept] = used + 1 + np.arange(int(kept.sum())) // PIXELS_A_PARCEL
        used = max(used, int(parcels.max()))
        found.append(replace(window, labels=labels, parcels=parcels))
    return found
