"""What can be asked of a training run on a command line; the defaults are those of the options."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from ...models.architectures import ARCHITECTURES
from ..arguments import decimal, device, limited, season_start, whole
from .options import FINE_TUNING, LEARNERS, SourceOptions
from .sources.naming import LEGENDS

EXAMPLES = """examples:
  parcels over a raster series
    --s2 sentinel2 --s1 sentinel1 --parcels parcels.gpkg --crop-field crop --checkpoint county.safetensors
  points in a table (columns sample_id, date, lon and lat or none, the label, bands)
    --points points.csv --label crop --season-start 2022-10-01 --checkpoint points.safetensors
  PASTIS-R, first run of the official protocol
    --pastis PASTIS-R --fold 1 --from-scratch --checkpoint pastis_1.safetensors --epochs 30 --minutes 600 --device cuda

A stopped or killed run that is started again with the same values goes on where it was.
"""
NOTHING_TO_TRAIN_ON = "say what to train on: --parcels, --points or --pastis"


def add_arguments(parser: ArgumentParser) -> None:
    """Add everything but how a raster series is read."""
    what = parser.add_argument_group("what to train on (one of these)").add_mutually_exclusive_group()
    what.add_argument("--parcels", type=Path, metavar="FILE", help="polygons whose crop is known")
    what.add_argument("--points", type=Path, metavar="CSV", help="points with their time series, gzipped or not")
    what.add_argument("--pastis", type=Path, metavar="FOLDER", help="PASTIS or PASTIS-R as it is distributed")
    own = parser.add_argument_group("parcels")
    own.add_argument("--parcels-layer", metavar="NAME", help="layer of the file (default: the first with polygons)")
    text = "encoding of its text, such as cp1250 (default: what the file says)"
    own.add_argument("--encoding", default="", metavar="NAME", help=text)
    own.add_argument("--crop-field", metavar="NAME", help="field that names the crop")
    for sensor, name in (("--s2", "Sentinel-2"), ("--s1", "Sentinel-1")):
        text = f"{name} files or folders, as one season"
        own.add_argument(sensor, nargs="+", action="extend", default=[], metavar="PATH", help=text)
    other = parser.add_argument_group("points and PASTIS")
    other.add_argument("--label", default="ewoc_code", help="points: column of the label (default: %(default)s)")
    other.add_argument(
        "--group", metavar="COLUMN",
        help="points: column of what stays together (a farm, a village), in place of blocks of coordinates",
    )  # fmt: skip
    other.add_argument("--fold", type=int, choices=range(1, 6), default=1, help="PASTIS: run of the official protocol")
    season = parser.add_argument_group("all of them")
    said = "; ".join(f"{name}: {text}" for name, text in LEGENDS.items())
    season.add_argument(
        "--legend", choices=list(LEGENDS), default=SourceOptions.legend, help=f"{said} (default: names)"
    )
    season.add_argument(
        "--season-start",
        type=season_start,
        metavar="DATE",
        help="first day of the season, year-month-day, or the year of its harvest",
    )
    season.add_argument("--licence", default="", help="of the labels, for the card")
    out = parser.add_argument_group("what to write")
    out.add_argument("--checkpoint", type=Path, required=True, metavar="FILE", help="the checkpoint (.safetensors)")
    out.add_argument("--report", type=Path, metavar="FILE", help="scores, confusion matrix, learning curve (.html)")
    _add_start(parser)
    _add_fitting(parser)
    _add_samples(parser)


def check(values: Namespace, parser: ArgumentParser) -> None:
    """Leave by the parser's error when nothing is named to train on."""
    if not (values.parcels or values.points or values.pastis):
        parser.error(NOTHING_TO_TRAIN_ON)
    if values.parcels and not values.crop_field:
        parser.error("the field that names the crop is not given; add --crop-field")
    if values.points and values.season_start is None:
        parser.error("points need the first day of their season; add --season-start")


def _add_start(parser: ArgumentParser) -> None:
    start = parser.add_argument_group("where to start")
    start.add_argument(
        "--base-checkpoint", metavar="FILE", help="a file, or the name of a bundled one (default: the first of them)"
    )
    start.add_argument("--from-scratch", action="store_true", help="random weights; calendar and bands are the base's")
    start.add_argument(
        "--architecture", choices=list(ARCHITECTURES), default=FINE_TUNING.architecture,
        help="network to train; a base checkpoint must be of the same (default: %(default)s)",
    )  # fmt: skip


def _add_fitting(parser: ArgumentParser) -> None:
    options = FINE_TUNING
    numbers = (
        ("--epochs", whole(1), options.epochs, "passes over the samples, at most"),
        ("--minutes", decimal(0.1), options.minutes, "time for fitting"),
        ("--batch", whole(1), options.batch, "patches a step"),
        ("--patch", whole(1), options.patch, "labelled pixels a side of a patch"),
        ("--learning-rate", decimal(0), options.learning_rate, "peak"),
        ("--seed", whole(0, 2**31 - 1), options.seed, "of split and fit"),
    )
    fit = parser.add_argument_group("fitting")
    for name, kind, default, text in numbers:
        fit.add_argument(name, type=kind, default=default, metavar="N", help=f"{text} (default: %(default)s)")
    said = "; ".join(f"{name}: {text}" for name, text in LEARNERS.items())
    fit.add_argument(
        "--learner", choices=list(LEARNERS), default=options.learner, help=f"{said} (default: %(default)s)"
    )
    fit.add_argument(
        "--device", type=device, default=options.device, help="auto, cpu, cuda or cuda:N (default: %(default)s)"
    )
    text = "CPU threads; another number rounds differently (default: all cores)"
    fit.add_argument("--threads", type=limited("threads", int), default=options.threads, metavar="N", help=text)


def _add_samples(parser: ArgumentParser) -> None:
    sources = SourceOptions()
    parts = parser.add_argument_group("samples")
    parts.add_argument(
        "--minimum-parcels", type=whole(1), default=sources.minimum_parcels, metavar="N",
        help="least of a class (default: %(default)s)",
    )  # fmt: skip
    parts.add_argument(
        "--other-class", default=sources.other, metavar="NAME", help="class that takes the rare ones (default: none)"
    )
    parts.add_argument(
        "--block-metres", type=decimal(10), metavar="M",
        help=f"side of the blocks that part training and judging (default: {sources.block_metres:g}; more for points)",
    )  # fmt: skip
    parts.add_argument(
        "--buffer-metres", type=decimal(0), default=sources.buffer_metres, metavar="M",
        help="training ground nearer than this to ground that judges is left out (default: %(default)s)",
    )  # fmt: skip
