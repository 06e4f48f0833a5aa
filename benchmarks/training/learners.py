"""The training tool beside plain learners: every learner of `traincheckpoint` on the same test blocks, seed by seed.

    python -m crop_attention.benchmarks.training learners --samples FOLDER [--quick]

Sets: parcels of France in blocks of 50 km (from the base that saw simulation alone, because the bundled checkpoint
learnt from these points), fields of Bavaria, fields of Central Asia (top of atmosphere on both sides, so that only
learners can be compared), and simulated counties whose seeds no checkpoint was trained on. Test parcels of all seeds
are put together; differences are paired and resampled by block.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from crop_attention.benchmarks.samples import add_samples
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.training.dataset import Dataset
from crop_attention.engine.training.options import FINE_TUNING, SourceOptions
from crop_attention.engine.training.result import TrainingResult
from crop_attention.engine.training.sources.point_table import read_labelled_points
from crop_attention.engine.training.split import split_blocks
from crop_attention.engine.training.train import train
from crop_attention.models.card import Card
from crop_attention.models.checkpoint import default_checkpoint, read_card
from crop_attention.models.legend import TEMPERATE_EUROPE
from crop_attention.tools.checkpoints.counties import inner_points, simulated_counties

SIMULATED = Path(__file__).resolve().parents[1] / "weights" / "simulated.safetensors"
SEEDS, QUICK_SEEDS = (1, 2, 3), (1,)
MINUTES, QUICK_MINUTES = 6.0, 1.0


@dataclass(frozen=True)
class Set:
    """Labelled points of one region: table, column of the label, first day of the season, side of a block in metres."""

    table: str
    label: str
    start: date
    side: float
    base: Path | None = None
    legend: str = "names"


SETS = {
    "France, blocks of 50 km": Set("france_2023_dekads", "CROPTYPE24", date(2022, 10, 1), 50_000, SIMULATED),
    "Bavaria": Set("bavaria_2018_fields_L2A", "ewoc_code", date(2017, 10, 1), 500, SIMULATED, "codes"),
    "Central Asia": Set("centralasia_2016_fields_L1C", "crop_source", date(2015, 10, 1), 50_000),
}
COUNTY = "simulated counties"


def dataset_of(name: str, card: Card, seed: int, samples: Path) -> tuple[Dataset, SourceOptions]:
    """Return labelled points and how they are parted."""
    if name == COUNTY:
        options = SourceOptions(block_metres=500)
        cubes = simulated_counties(900_000 + 100 * seed, 4, 256, card.season, workers=1)
        points = inner_points(cubes, 1, seed)
        counts = dict(zip(*(part.tolist() for part in np.unique([w.labels[0, 0] for w in points], return_counts=True))))
        windows = [replace(point, parcels=np.array([[number]], np.int32)) for number, point in enumerate(points, 1)]
        legend = tuple(entry for entry in TEMPERATE_EUROPE if entry.code in counts)
        return Dataset(windows, legend, card.season, card.s2_bands, card.s1_bands, counts), options
    own = SETS[name]
    options = SourceOptions(block_metres=own.side, minimum_parcels=8, legend=own.legend)
    return read_labelled_points(_table(samples, name), card, own.start, own.label, options, Feedback()), options


def _table(samples: Path, name: str) -> Path:
    return samples / "points" / f"{SETS[name].table}.csv.gz"


def trained(name: str, seed: int, minutes: float, threads: int, samples: Path) -> TrainingResult:
    """Train as the tool does, and return what was measured."""
    base = (SETS[name].base if name in SETS else SIMULATED) or default_checkpoint()
    dataset, sources = dataset_of(name, read_card(base), seed, samples)
    split = split_blocks(dataset, sources, seed)
    options = replace(FINE_TUNING, seed=seed, minutes=minutes, threads=threads, device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        return train(dataset, split, Path(folder) / "x.safetensors", options, base)


def main() -> None:
    """Print a line for each learner, seed and set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one seed, a minute a network")
    parser.add_argument("--sets", nargs="*", default=[*SETS, COUNTY], choices=[*SETS, COUNTY])
    parser.add_argument("--threads", type=int, default=1)
    add_samples(parser)
    values = parser.parse_args()
    began = time.monotonic()
    for name in values.sets:
        if name in SETS and not _table(values.samples, name).is_file():
            print(f"{name}: its samples are not at {values.samples}, nothing was measured.")
            continue
        for seed in QUICK_SEEDS if values.quick else SEEDS:
            found = trained(name, seed, QUICK_MINUTES if values.quick else MINUTES, values.threads, values.samples)
            own = found.network.parcels
            print(
                f"{name}, seed {seed}, {found.network.parcel_matrix.total} test parcels: {found.learner}: OA "
                f"{own.overall.value:.3f}, macro F1 {own.macro_f1.value:.3f}",
                flush=True,
            )
            for other in found.others:
                score, gain = other.judged.parcels, other.gain
                print(
                    f"    {other.name}: OA {score.overall.value:.3f}, macro F1 {score.macro_f1.value:.3f}; the "
                    f"checkpoint has {100 * gain.value:+.1f} ({100 * gain.lower:+.1f} to {100 * gain.upper:+.1f}) more "
                    "parcels in a hundred right",
                    flush=True,
                )
    print(f"{time.monotonic() - began:.0f} s")
