"""Training on a simulated county: parcels right on unseen blocks, network against random forest, and the seconds.

    python -m crop_attention.benchmarks.training counties

The county is typical: default options, 280 x 280 pixels of 10 m, about 300 parcels of which some are declared wrongly.
Its seeds are none that the bundled checkpoint was trained on.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.inputs import SeriesInputs
from crop_attention.engine.series.preprocessing.prepare import prepare
from crop_attention.engine.simulation.county import CountyOptions, simulate_county
from crop_attention.engine.training.options import FINE_TUNING, SourceOptions
from crop_attention.engine.training.sources.parcels import read_parcels
from crop_attention.engine.training.split import split_blocks
from crop_attention.engine.training.train import train
from crop_attention.models.checkpoint import default_checkpoint, read_card


class Voice(Feedback):
    """Prints what is said."""

    def info(self, message: str) -> None:
        print(f"  {message}", flush=True)

    def warning(self, message: str) -> None:
        print(f"  ! {message}", flush=True)


def main() -> None:
    """Simulate, cut, train and judge each county; print a line of figures for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counties", type=int, default=1, help="counties, one after the other")
    parser.add_argument("--first-seed", type=int, default=70_001, help="seed of the first county")
    parser.add_argument("--size", type=int, default=280, help="pixels a side")
    parser.add_argument("--epochs", type=int, default=FINE_TUNING.epochs)
    parser.add_argument("--minutes", type=float, default=7.0, help="time for fitting")
    parser.add_argument("--learning-rate", type=float, default=FINE_TUNING.learning_rate)
    parser.add_argument("--body-rate", type=float, default=FINE_TUNING.body_rate)
    parser.add_argument("--block-metres", type=float, default=SourceOptions.block_metres)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--base", type=Path, default=default_checkpoint())
    parser.add_argument("--scratch", action="store_true")
    values = parser.parse_args()
    rows = [county(seed, values) for seed in range(values.first_seed, values.first_seed + values.counties)]
    right = sum(network for network, _, _ in rows) / sum(parcels for _, _, parcels in rows)
    other = sum(forest for _, forest, _ in rows) / sum(parcels for _, _, parcels in rows)
    total = sum(parcels for _, _, parcels in rows)
    print(f"all counties: {total} test parcels, network {right:.3f}, random forest {other:.3f}")


def county(seed: int, values: argparse.Namespace) -> tuple[int, int, int]:
    """Return parcels that the network and the forest have right, and all test parcels."""
    card, voice = read_card(values.base), Voice()
    sources = replace(SourceOptions(), block_metres=values.block_metres)
    given = ("epochs", "minutes", "threads", "learning_rate", "body_rate")
    options = replace(FINE_TUNING, device="cpu", **{name: getattr(values, name) for name in given})
    with tempfile.TemporaryDirectory() as folder:
        made = simulate_county(Path(folder) / "county", CountyOptions(seed=seed, size=values.size))
        began = time.monotonic()
        prepared = prepare(SeriesInputs((str(made.s2_folder),), (str(made.s1_folder),)), card, SeriesOptions())
        dataset = read_parcels(prepared, made.parcels, "crop", sources, Feedback(), Path(folder), card.classes)
        split = split_blocks(dataset, sources, options.seed)
        read = time.monotonic() - began
        print(f"county {seed}: {made.parcel_count} parcels; {dataset.description}", flush=True)
        base = None if values.scratch else values.base
        result = train(dataset, split, Path(folder) / "trained.safetensors", options, base, voice)
        spent = time.monotonic() - began
        del dataset, split
    own, other = result.network.parcels, result.forest.parcels if result.forest is not None else None
    print(
        f"county {seed}: network {_told(own.overall)}, random forest {_told(other.overall) if other else 'not there'}, "
        f"macro F1 {own.macro_f1.value:.3f} and {other.macro_f1.value if other else float('nan'):.3f}, "
        f"{result.network.parcel_matrix.total} test parcels in {result.parts['test'][0]} blocks, kept epoch "
        f"{result.best} of {len(result.epochs)}, calibration error {result.raw.error:.3f} -> "
        f"{result.calibrated.error:.3f}; {read:.0f} s reading, {result.seconds:.0f} s fitting, {spent:.0f} s in all",
        flush=True,
    )
    agreeing = [judged.parcel_matrix.agreeing.sum() if judged else 0 for judged in (result.network, result.forest)]
    return int(agreeing[0]), int(agreeing[1]), result.network.parcel_matrix.total


def _told(estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.lower:.3f} to {estimate.upper:.3f})"
