"""Real and simulated parcels with what networks that never saw them say: the ground that declarations are tried on."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crop_attention.benchmarks.accuracy import crossval, fields, flanders
from crop_attention.benchmarks.accuracy.__main__ import BLOCK_METRES, BUNDLED, LEFT_OUT, Bench, shipped
from crop_attention.benchmarks.accuracy.regions import UNSEEN
from crop_attention.engine.declarations.evidence import evidence_of
from crop_attention.engine.declarations.judge import Evidence
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.mapping.classify import classify
from crop_attention.engine.options import MappingOptions, ParcelOptions
from crop_attention.models.checkpoint import Checkpoint, default_checkpoint, load
from crop_attention.tools.checkpoints.adapt import real_points

SEEDS, SIDE = ((95_000, 1.0), (95_001, 1.0), (95_002, 3.0)), 256
"""Simulated counties: seed and mean parcel in hectares; pixels a side."""

LEAST_PIXELS = 8
POINT_PIXELS = 50
"""A point stands for its field, whose pixels nobody counted."""


@dataclass(frozen=True)
class Place:
    """Parcels of one region.

    Attributes:
        name, network: of the region, and what judged it.
        evidence: what is seen in N parcels.
        truth: (N,) place of the true class.
        simulated: no real field.
    """

    name: str
    network: str
    evidence: Evidence
    truth: np.ndarray
    simulated: bool = False


def by_bundled(samples: Path) -> Iterator[Place]:
    """Yield what the bundled checkpoint says of parcels that it was not trained on."""
    bundled = load(default_checkpoint())
    for name, file, start, _ in UNSEEN:
        points = crossval.points_of(real_points(samples / "points" / f"{file}.csv.gz", start, bundled.card), False)
        yield Place(name, "bundled", _of_points(crossval.said_of(bundled, points.arrays)), points.codes - 1)
    if not flanders.missing(samples / "flanders_2018"):
        yield _landscape(bundled, samples / "flanders_2018")
    yield _simulated(bundled)


def by_region_left_out(samples: Path, workers: int) -> Iterator[Place]:
    """Yield regions of the bundled training, each judged by networks trained the same way without it."""
    bench = Bench(samples / "points", BLOCK_METRES, ablate=False, workers=workers, threads=1)
    chances = crossval.out_of_fold(bench.france, bench.folds(BUNDLED), crossval.View())
    yield Place("France 2023", "its block left out", _of_points(chances), bench.france.codes - 1)
    for region, places in LEFT_OUT.items():
        points = crossval.together([bench.beside[place] for place in places])
        judge = shipped(bench.card, bench.network(BUNDLED, region), bench.gaussian)
        yield Place(region, "region left out", _of_points(crossval.said_of(judge, points.arrays)), points.codes - 1)


def _of_points(chances: np.ndarray) -> Evidence:
    count = len(chances)
    none, whole = np.full(count, -1), np.ones(count)
    return Evidence(chances, chances.argmax(axis=1), none, whole, 0 * whole, np.full(count, POINT_PIXELS))


def _landscape(bundled: Checkpoint, folder: Path) -> Place:
    """Map a real landscape and look at its parcels, as users do."""
    prepared = flanders.opened(bundled.card, folder)
    _, parcels = flanders.declared_classes(bundled.card, folder)
    with tempfile.TemporaryDirectory() as scratch:
        outputs = {name: str(Path(scratch) / f"{name}.tif") for name in ("crop_map", "probabilities")}
        options = MappingOptions(device="cpu", threads=1)
        classify(prepared, str(default_checkpoint()), outputs, options, Feedback(), with_statistics=False)
        rasters, classes = (outputs["crop_map"], outputs["probabilities"], ""), bundled.card.classes
        shapes: Sequence[bytes | None] = [shape for *_, shape in parcels]
        evidence = evidence_of(rasters, shapes, classes, ParcelOptions(), Feedback())
    truth = np.array([entry[2] for entry in parcels]) - 1
    return Place("Flanders 2018, parcels", "bundled", evidence, truth)


def _simulated(bundled: Checkpoint) -> Place:
    """Return parcels of simulated counties, their pixels' probabilities averaged."""
    means, truths = [], []
    for seed, hectares in SEEDS:
        pixels, chances = fields.said(bundled, fields.county(bundled.card, seed, SIDE, hectares))
        _, first, parcel, count = np.unique(pixels.parcels, return_index=True, return_inverse=True, return_counts=True)
        sums = np.zeros((len(count), chances.shape[1]))
        np.add.at(sums, parcel, chances)
        kept = count >= LEAST_PIXELS
        means.append((sums / count[:, None])[kept])
        truths.append(pixels.labels[first][kept])
    evidence = _of_points(np.concatenate(means))
    return Place("simulated counties", "bundled", evidence, np.concatenate(truths), simulated=True)
