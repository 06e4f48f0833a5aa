"""Declarations of real parcels changed on purpose, judged by networks that were never trained on those parcels.

In each place a share of the declarations is wrong, as in life; then the declaration of every parcel is held, in turn,
to be its true crop and each crop of another group. A change is found where it is red; a wrong red is a true declaration
that is red. Thresholds are chosen in the other real places, and judged in the one left out:

    python -m crop_attention.benchmarks.declarations --samples FOLDER [--quick]
"""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import replace
from itertools import chain, product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from crop_attention.benchmarks.samples import add_samples
from crop_attention.engine.declarations.crops import read_groups
from crop_attention.engine.declarations.judge import Evidence, judge
from crop_attention.engine.declarations.learn import learnt
from crop_attention.engine.declarations.options import DeclarationOptions
from crop_attention.models.checkpoint import default_checkpoint, read_card

from .places import Place, by_bundled, by_region_left_out

GROUPS = "Winter cereals + Winter barley + Spring cereals; Grassland + Vineyards and orchards + Not cropland"
CATCH_ALL = "Other crops"
"""Not judged: what is anything cannot be disproved."""

WRONG, DRAWS = 0.05, 5
"""Share of declarations that are wrong beside the one that is judged, and how often they are drawn."""

MOST_WRONG_REDS = 0.01
DECLARED, OBSERVED = (0.5, 0.1, 0.05, 0.03, 0.02, 0.01, 0.005), (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
GRID = tuple(product(DECLARED, OBSERVED))


class Row(NamedTuple):
    """One line of the table: shares of the changes to another group, and of the true declarations."""

    place: str
    network: str
    parcels: int
    rule: str
    red_declared: float
    red_observed: float
    found: float
    found_or_yellow: float
    wrong_reds: float


def tried(place: Place, learn: bool) -> tuple[np.ndarray, int]:
    """Return (G, 3) of each threshold in `GRID`: changes red, changes red or yellow, true declarations red; parcels."""
    classes = read_card(default_checkpoint()).classes
    groups = read_groups(GROUPS, classes)
    alike = groups[:, None] == groups[None, :]
    judged = [number for number, entry in enumerate(classes) if entry.name != CATCH_ALL]
    kept = np.isin(place.truth, judged)
    truth, evidence = place.truth[kept], rows_of(place.evidence, np.flatnonzero(kept))
    parcel, declared = np.array(
        [(n, k) for n, own in enumerate(truth.tolist()) for k in judged if k == own or not alike[own, k]]
    ).T
    changed = declared != truth[parcel]
    sums = np.zeros((len(GRID), 3))
    for draw in range(DRAWS if learn else 1):
        around = _partly_wrong(truth, alike, judged, np.random.default_rng(draw))
        seen = learnt(evidence, around, groups) if learn else evidence
        cases = rows_of(seen, parcel)
        for number, (low, high) in enumerate(GRID):
            lights = judge(cases, declared, groups, DeclarationOptions(low, high)).lights
            red, doubted = lights == "red", np.isin(lights, ("red", "yellow"))
            sums[number] += red[changed].mean(), doubted[changed].mean(), red[~changed].mean()
    return sums / (DRAWS if learn else 1), len(truth)


def rows_of(evidence: Evidence, which: np.ndarray) -> Evidence:
    """Return the evidence of some parcels, each as often as it is named."""
    return replace(evidence, **{name: part[which] for name, part in vars(evidence).items() if part is not None})


def _partly_wrong(truth: np.ndarray, alike: np.ndarray, judged: list[int], rng: np.random.Generator) -> np.ndarray:
    declared = truth.copy()
    for number in np.flatnonzero(rng.random(len(truth)) < WRONG).tolist():
        declared[number] = rng.choice([k for k in judged if not alike[truth[number], k]])
    return declared


def chosen(tables: list[tuple[np.ndarray, int]]) -> int:
    """Return the thresholds, by place in `GRID`, that find most where wrong reds of all parcels stay under the bar."""
    mean = np.average([found for found, _ in tables], axis=0, weights=[parcels for _, parcels in tables])
    return int(np.where(mean[:, 2] <= MOST_WRONG_REDS, mean[:, 0], -1.0).argmax())


def table(places: list[Place]) -> list[Row]:
    """Return the rows of all places; prints them."""
    rows, default = [], (DeclarationOptions().red_declared, DeclarationOptions().red_observed)
    for learn in (False, True):
        found = {place.name: tried(place, learn) for place in places}
        real = [place.name for place in places if not place.simulated]
        for place in places:
            results, parcels = found[place.name]
            others = [found[name] for name in real if name != place.name]
            rules = {"shipped thresholds": GRID.index(default), "chosen in the other places": chosen(others)}
            rules["chosen here, which flatters"] = chosen([(results, parcels)])
            for rule, number in rules.items():
                name = f"{'learnt' if learn else 'map as it is'}, {rule}"
                rows.append(Row(place.name, place.network, parcels, name, *GRID[number], *results[number].tolist()))
                print(
                    f"{place.name:24} {parcels:5} {name:44} {rows[-1].red_declared:<5g} {rows[-1].red_observed:<4g} "
                    f"found {rows[-1].found:.1%} ({rows[-1].found_or_yellow:.1%}), wrong {rows[-1].wrong_reds:.2%}",
                    flush=True,
                )
        print(f"chosen in all real places: {GRID[chosen([found[name] for name in real])]}", flush=True)
    return rows


def main() -> int:
    """Print the table; write it as CSV."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    add_samples(parser)
    parser.add_argument("--output", type=Path, help="CSV file of the table")
    parser.add_argument("--quick", action="store_true", help="only what the bundled checkpoint never saw; no training")
    parser.add_argument("--workers", type=int, default=2, help="processes that train side by side")
    arguments = parser.parse_args()
    if not arguments.samples.is_dir():
        print(f"The samples are not at {arguments.samples}: nothing was measured.")
        return 0
    torch.set_num_threads(1)
    left_out = () if arguments.quick else by_region_left_out(arguments.samples, arguments.workers)
    rows = table(list(chain(by_bundled(arguments.samples), left_out)))
    if arguments.output:
        with open(arguments.output, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([Row._fields, *rows])
    return 0


if __name__ == "__main__":
    sys.exit(main())
