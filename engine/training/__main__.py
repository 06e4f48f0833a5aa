"""Train a checkpoint on your own labels: python -m crop_attention.engine.training --help."""

from __future__ import annotations

import argparse
import csv
import gzip
import logging
import shlex
import sys
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Sequence

from ...models.card import Card, CheckpointError
from ...models.checkpoint import default_checkpoint, read_card
from ..errors import CropAttentionError
from ..feedback import Feedback
from ..options import SeriesOptions
from .dataset import Dataset, SampleError, Split
from .options import FINE_TUNING, SourceOptions, TrainingOptions

log = logging.getLogger(__name__)

EPILOG = """examples:
  parcels over a raster series
    --series-s2 sentinel2 --series-s1 sentinel1 --parcels parcels.gpkg --field crop --output county.safetensors
  points in a table (columns sample_id, date, lon, lat, the label, bands)
    --points points.csv --label crop --season-start 2022-10-01 --output points.safetensors
  PASTIS-R, first run of the official protocol
    --pastis PASTIS-R --fold 1 --scratch --output pastis_1.safetensors --epochs 30 --minutes 600 --device cuda

A killed run that is started again with the same values goes on where it was.
"""


class _Log(Feedback):
    """Messages into the log, progress now and then."""

    def __init__(self) -> None:
        self._next = 0.0

    def progress(self, fraction: float) -> None:
        if fraction >= self._next:
            log.info("%3.0f %%", 100 * fraction)
            self._next = fraction + 0.1

    def info(self, message: str) -> None:
        log.info("%s", message)

    def warning(self, message: str) -> None:
        log.warning("%s", message)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, cut samples, train, report; return the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = _parser()
    values = parser.parse_args(given)
    if not (values.parcels or values.points or values.pastis):
        parser.error("say what to train on: --parcels, --points or --pastis")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        _run(values, "python -m crop_attention.engine.training " + shlex.join(given))
    except (CropAttentionError, CheckpointError) as error:
        log.error("%s", error)
        return 1
    except KeyboardInterrupt:
        log.error("Stopped; the same command goes on from the last saved state.")
        return 130
    return 0


def _run(values: argparse.Namespace, command: str) -> None:
    from ..report.training import write_training_report
    from .train import train

    feedback = _Log()
    base = values.base or default_checkpoint()
    card = read_card(base)
    sources = replace(
        SourceOptions(),
        minimum_parcels=values.minimum_parcels,
        other=values.other_class,
        block_metres=values.block_metres or _block_metres(values),
        buffer_metres=values.buffer_metres,
    )
    options = replace(
        FINE_TUNING,
        epochs=values.epochs,
        minutes=values.minutes,
        seed=values.seed,
        device=values.device,
        threads=values.threads,
        batch=values.batch,
        patch=values.patch,
        learning_rate=values.learning_rate,
    )
    with tempfile.TemporaryDirectory(prefix="crop_attention_", ignore_cleanup_errors=True) as cache:
        dataset, split = _samples(values, card, sources, options, Path(cache), feedback)
        log.info("%s", dataset.description)
        result = train(
            dataset, split, values.output, options, None if values.scratch else base, feedback, None, command
        )
        del dataset, split
    for name, score in result.card.accuracy.items():
        log.info("%s: %s", name, score)
    if values.report:
        write_training_report(str(values.report), result, {"COMMAND": command})


def _samples(
    values: argparse.Namespace,
    card: Card,
    sources: SourceOptions,
    options: TrainingOptions,
    cache: Path,
    feedback: Feedback,
) -> tuple[Dataset, Split]:
    from .split import split_blocks

    if values.pastis:
        from .pastis_source import PastisFolder, read_pastis, split_official

        folder = PastisFolder(values.pastis)
        dataset = read_pastis(
            folder, card.season, start=values.season_start, s2_bands=card.s2_bands, s1_bands=card.s1_bands,
            feedback=feedback, cache=cache, licence=values.licence,
        )  # fmt: skip
        return dataset, split_official(dataset, folder, values.fold)
    if values.points:
        dataset = _points(values, card, sources, feedback)
    else:
        dataset = _parcels(values, card, sources, cache, feedback)
    return dataset, split_blocks(dataset, sources, options.seed)


def _parcels(
    values: argparse.Namespace, card: Card, sources: SourceOptions, cache: Path, feedback: Feedback
) -> Dataset:
    from ..series.prepare import SeriesInputs, prepare
    from .parcel_source import read_parcels

    if not values.field:
        raise SampleError("The field that names the crop is not given; add --field.")
    inputs = SeriesInputs(tuple(values.series_s2), tuple(values.series_s1))
    prepared = prepare(inputs, card, SeriesOptions(), values.season_start, None, feedback)
    return read_parcels(
        prepared, values.parcels, values.field, sources, feedback, cache, card.classes, licence=values.licence
    )


def _points(values: argparse.Namespace, card: Card, sources: SourceOptions, feedback: Feedback) -> Dataset:
    from .point_source import read_points
    from .sources.naming import classes_of

    if values.season_start is None:
        raise SampleError("Points need the first day of their season; add --season-start.")
    labels = _labels(values.points, values.label)
    by_name = classes_of(labels, card.classes, f"The column {values.label} of {values.points.name}")
    legend = {entry.code: entry for entry in (*card.classes, *by_name.values())}
    return read_points(
        values.points, card.season, values.season_start, card.s2_bands, card.s1_bands, tuple(legend.values()),
        {name: entry.code for name, entry in by_name.items()}, sources, feedback, values.label,
        licence=values.licence,
    )  # fmt: skip


def _labels(path: Path, column: str) -> set[str]:
    """Return the different labels of a table."""
    try:
        opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8")
        with opened as file:
            rows = csv.DictReader(file)
            if column not in (rows.fieldnames or ()):
                raise SampleError(f"The table {path.name} has no column {column}; name the label's column by --label.")
            return {row[column] for row in rows if row[column]}
    except (OSError, UnicodeDecodeError) as error:
        raise SampleError(f"The table {path.name} cannot be read ({error}); check the file.") from error


def _block_metres(values: argparse.Namespace) -> float:
    from .point_source import BLOCK_METRES

    return BLOCK_METRES if values.points else SourceOptions.block_metres


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is not a date; write year-month-day") from error


def _parser() -> argparse.ArgumentParser:
    sources, options = SourceOptions(), FINE_TUNING
    parser = argparse.ArgumentParser(
        prog="python -m crop_attention.engine.training",
        description="Train a checkpoint on labelled parcels, points or PASTIS, judge it on blocks it never saw.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--parcels", type=Path, metavar="FILE", help="polygons whose crop is known")
    what.add_argument("--points", type=Path, metavar="CSV", help="points with their time series, gzipped or not")
    what.add_argument("--pastis", type=Path, metavar="FOLDER", help="PASTIS or PASTIS-R as it is distributed")
    own = parser.add_argument_group("parcels")
    own.add_argument("--series-s2", action="append", default=[], metavar="FOLDER", help="Sentinel-2 (may be repeated)")
    own.add_argument("--series-s1", action="append", default=[], metavar="FOLDER", help="Sentinel-1 (may be repeated)")
    own.add_argument("--field", help="field that names the crop")
    parser.add_argument("--label", default="ewoc_code", help="points: column of the label (default %(default)s)")
    parser.add_argument("--fold", type=int, choices=range(1, 6), default=1, help="PASTIS: run of the official protocol")
    parser.add_argument("--season-start", type=_day, metavar="DATE", help="first day of the season, year-month-day")
    parser.add_argument("--licence", default="", help="of the labels, for the card")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="checkpoint to write (.safetensors)")
    parser.add_argument("--report", type=Path, metavar="FILE", help="report to write (.html)")
    start = parser.add_argument_group("where to start")
    start.add_argument("--base", type=Path, metavar="FILE", help="checkpoint to start from (default: the bundled one)")
    start.add_argument("--scratch", action="store_true", help="random weights; calendar and bands are the base's")
    fit = parser.add_argument_group("fitting")
    fit.add_argument("--epochs", type=int, default=options.epochs, help="at most (default %(default)s)")
    fit.add_argument("--minutes", type=float, default=options.minutes, help="time for fitting (default %(default)s)")
    fit.add_argument("--batch", type=int, default=options.batch, help="patches a step (default %(default)s)")
    fit.add_argument("--patch", type=int, default=options.patch, help="labelled pixels a side (default %(default)s)")
    fit.add_argument("--learning-rate", type=float, default=options.learning_rate, help="peak (default %(default)s)")
    fit.add_argument("--seed", type=int, default=options.seed, help="of split and fit (default %(default)s)")
    fit.add_argument("--device", default=options.device, help="auto, cpu, cuda or cuda:N (default %(default)s)")
    fit.add_argument("--threads", type=int, help="CPU threads; another number rounds differently (default: all cores)")
    parts = parser.add_argument_group("samples")
    parts.add_argument(
        "--minimum-parcels", type=int, default=sources.minimum_parcels, help="least of a class (default %(default)s)"
    )
    parts.add_argument("--other-class", default=sources.other, help="name of the class that takes the rare ones")
    parts.add_argument("--block-metres", type=float, help="side of a block (default 1000; points 10000)")
    parts.add_argument(
        "--buffer-metres", type=float, default=sources.buffer_metres, help="between parts (default %(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
