"""Declarations of real parcels changed on purpose, judged by networks that were never trained on those parcels.

In each place a share of the declarations is wrong, as in life; then the declaration of every parcel is held, in turn,
to be its true crop and each crop of another group. A change is found where it is red; a wrong red is a true declaration
that is red. Thresholds and groups are chosen in the other real places, and judged in the one left out:

    python -m crop_attention.benchmarks.declarations --samples FOLDER [--quick]
"""

from __future__ import annotations

import argparse
import csv
import sys
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from crop_attention.benchmarks.samples import add_samples
from crop_attention.engine.declarations.alike import alike, in_words
from crop_attention.engine.declarations.crops import read_groups
from crop_attention.engine.declarations.judge import Evidence
from crop_attention.engine.declarations.learn import LEAST, learnt
from crop_attention.engine.declarations.options import DeclarationOptions
from crop_attention.models.checkpoint import default_checkpoint, read_card

from .places import Place, by_bundled, by_region_left_out
from .tried import GRIDS, Tried, only, partly_wrong, tried

NAMED = "Winter cereals + Winter barley + Spring cereals; Grassland + Vineyards and orchards + Not cropland"
"""Groups as an agronomist names them."""

CATCH_ALL = "Other crops"
"""Not judged: what is anything cannot be disproved."""

MOST_WRONG_REDS = 0.01


class Row(NamedTuple):
    """One line of the table: shares of the changes to another group, of the true declarations, of wrong ones listed."""

    place: str
    network: str
    parcels: int
    groups: str
    rule: str
    limit: float
    red_observed: float
    pairs: float
    found: float
    found_or_yellow: float
    wrong_reds: float
    true_yellow: float
    first_5: float
    first_10: float
    first_20: float


def chosen(tables: list[Tried]) -> int:
    """Return the thresholds, by place in the grid, that find most with wrong reds of all parcels under the bar."""
    mean = mean_of([each.shares for each in tables], tables)
    return int(np.where(mean[:, 2] <= MOST_WRONG_REDS, mean[:, 0], -1.0).argmax())


def mean_of(parts: list[np.ndarray], tables: list[Tried]) -> np.ndarray:
    """Return the mean over places, weighted by parcels."""
    return np.average(parts, axis=0, weights=[each.parcels for each in tables])


def groups_without(places: list[Place], left_out: Place, names: list[str], judged: list[int]) -> np.ndarray:
    """Return groups of crops that cannot be told apart in real places other than one, as the product finds them."""
    alone, seen, declared = np.arange(len(names)), [], []
    for place in places:
        if place.name == left_out.name or place.simulated or len(only(place, judged).truth) < LEAST:
            continue
        place = only(place, judged)
        around = partly_wrong(place.truth, np.eye(len(names), dtype=bool), judged, np.random.default_rng(0))
        seen.append(learnt(place.evidence, around, alone))
        declared.append(around)
    together = Evidence(*(np.concatenate([getattr(each, name) for each in seen]) for name in _FIELDS))
    return alike(together, np.concatenate(declared), alone)


_FIELDS = ("probability", "mapped", "second", "share", "second_share", "pixels", "learnt")


def table(places: list[Place]) -> list[Row]:
    """Return the rows of all places; prints them."""
    classes = read_card(default_checkpoint()).classes
    names = [entry.name for entry in classes]
    judged = [number for number, name in enumerate(names) if name != CATCH_ALL]
    nested = {place.name: groups_without(places, place, names, judged) for place in places}
    ways = {
        "as named": {place.name: read_groups(NAMED, classes) for place in places},
        "found in the other places": nested,
        "none": {place.name: np.arange(len(names)) for place in places},
    }
    for name, groups in nested.items():
        print(f"groups found without {name}: {in_words(groups, names)}", flush=True)
    rows = []
    for way, groups in ways.items():
        for learn in (False, True) if way == "as named" else (True,):
            found = {place.name: tried(place, learn, groups[place.name], judged) for place in places}
            rows += _rows(places, found, way, learn)
    return rows


def _rows(places: list[Place], found: dict[str, Tried], way: str, learn: bool) -> list[Row]:
    rows, grid = [], GRIDS[learn]
    real = [place.name for place in places if not place.simulated]
    default = grid.index(DeclarationOptions())
    picks: dict[str, dict[str, int]] = {
        "shipped thresholds": {name: default for name in found},
        "chosen in the other places": {
            name: chosen([found[other] for other in real if other != name]) for name in found
        },
    }
    for rule, numbers in picks.items():
        title = f"{'learnt' if learn else 'map as it is'}, {rule}"
        for place in places:
            each, options = found[place.name], grid[numbers[place.name]]
            limit = options.wrong_reds if learn else options.red_declared
            shares = each.shares[numbers[place.name]].tolist()
            row = (place.name, place.network, each.parcels, way, title, limit, options.red_observed, each.pairs)
            rows.append(Row(*row, *shares, *each.first.tolist()))
        tables = [found[name] for name in real]
        shares = mean_of([found[name].shares[numbers[name]] for name in real], tables)
        pairs, first = (mean_of([getattr(each, key) for each in tables], tables) for key in ("pairs", "first"))
        total = sum(each.parcels for each in tables)
        head = ("all real places", "", total, way, title, float("nan"), float("nan"), float(pairs))
        rows.append(Row(*head, *shares.tolist(), *first.tolist()))
        for row in rows[-len(places) - 1 :]:
            print(
                f"{row.place:24} {row.parcels:5} groups {row.groups:26} {row.rule:42} {row.limit:<6g} "
                f"{row.red_observed:<4g} found {row.found:.1%} ({row.found_or_yellow:.1%}), wrong {row.wrong_reds:.2%} "
                f"(yellow {row.true_yellow:.1%}), first 5/10/20 %: {row.first_5:.0%} {row.first_10:.0%} "
                f"{row.first_20:.0%}, pairs {row.pairs:.0%}",
                flush=True,
            )
    print(f"chosen in all real places, {way}: {grid[chosen([found[name] for name in real])]}", flush=True)
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
