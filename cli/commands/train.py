"""train: labelled parcels, points or PASTIS in, a checkpoint for them out."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path

from ...engine.arguments import season_start
from ...engine.jobs.series import SeriesRequest
from ...engine.jobs.train import train_checkpoint
from ...engine.jobs.train_request import CROSS_FITTED, ParcelSource, PastisSource, PointSource, Source, TrainRequest
from ...engine.option import options_of
from ...engine.training.options import BLOCK_METRES, FINE_TUNING, SourceOptions, TrainingOptions
from ...models.checkpoint import default_checkpoint, find_checkpoint
from ...models.language import tr
from .. import arguments as a
from ..answer import Answer, WrongArguments
from ..console import Console
from ..packages import TRAINING, check_packages
from ..request import options, series_inputs, series_options
from .mapping import outputs_of

NAME = "train"
SUMMARY = "train a checkpoint on labelled parcels or points"
USAGE = "--parcels FILE --crop-field NAME --s2 PATH ... --checkpoint FILE [OPTION ...]"
DESCRIPTION = """Trains a checkpoint, judges it on blocks it never saw and reports, as 'Train checkpoint' in QGIS
does."""
EXAMPLES = """examples:
  parcels over a raster series
    --s2 sentinel2 --s1 sentinel1 --parcels parcels.gpkg --crop-field crop --checkpoint county.safetensors
  points in a table (columns sample_id, date, lon and lat or none, the label, bands)
    --points points.csv --label crop --season-start 2022-10-01 --checkpoint points.safetensors
  PASTIS-R, first run of the official protocol
    --pastis PASTIS-R --fold 1 --from-scratch --checkpoint pastis_1.safetensors --epochs 30 --minutes 600 --device cuda

A stopped or killed run that is started again with the same values continues where it stopped.
"""


def declare(parser: ArgumentParser) -> None:
    what = parser.add_argument_group(tr("what to train on (one of these)")).add_mutually_exclusive_group()
    what.add_argument("--parcels", type=Path, metavar="FILE", help=tr("polygons whose crop is known"))
    what.add_argument("--points", type=Path, metavar="CSV", help=tr("points with their time series, gzipped or not"))
    what.add_argument("--pastis", type=Path, metavar="FOLDER", help=tr("PASTIS or PASTIS-R as it is distributed"))
    own = parser.add_argument_group(tr("parcels"))
    own.add_argument("--parcels-layer", metavar="NAME", help=tr("layer of the file (default: the first with polygons)"))
    a.add_encoding(own)
    own.add_argument("--crop-field", metavar="NAME", help=tr("field that names the crop"))
    for sensor, name in a.SENSORS:
        text = tr("{name} files or folders, as one season").format(name=name)
        own.add_argument(sensor, nargs="+", action="extend", default=[], metavar="PATH", help=text)
    other = parser.add_argument_group(tr("points and PASTIS"))
    other.add_argument(
        "--label", default=PointSource.label, help=tr("points: column of the label (default: %(default)s)")
    )
    other.add_argument(
        "--group", metavar="COLUMN", default="",
        help=tr("points: column of what stays together (a farm, a village), in place of blocks of coordinates"),
    )  # fmt: skip
    other.add_argument(
        "--fold", type=int, choices=range(1, 6), default=1, help=tr("PASTIS: run of the official protocol")
    )
    season = parser.add_argument_group(tr("all of them"))
    season.add_argument(
        "--season-start",
        type=season_start,
        metavar="DATE",
        help=tr("first day of the season, year-month-day, or the year of its harvest"),
    )
    season.add_argument("--licence", default="", help=tr("of the labels, for the card"))
    out = parser.add_argument_group(tr("what to write"))
    out.add_argument("--checkpoint", required=True, metavar="FILE", help=tr("the checkpoint (.safetensors)"))
    out.add_argument(
        "--report", default="", metavar="FILE", help=tr("scores, confusion matrix, learning curve (.html)")
    )
    for product in CROSS_FITTED:
        out.add_argument(product.option, metavar="FILE", help=tr("parcels: {help}").format(help=tr(product.help)))
    start = parser.add_argument_group(tr("where to start"))
    start.add_argument(
        "--base-checkpoint",
        metavar="FILE",
        help=tr("a file, or the name of a bundled one (default: the first of them)"),
    )
    start.add_argument(
        "--from-scratch", action="store_true", help=tr("random weights; calendar and bands are the base's")
    )
    a.add_options(parser, FINE_TUNING, tr("fitting"))
    samples = parser.add_argument_group(tr("samples"))
    for name, each in options_of(SourceOptions).items():
        blocks = name == "block_metres"
        shown = (
            tr("{default:g} metres, {block_metres:g} for points").format(
                default=each.default, block_metres=BLOCK_METRES
            )
            if blocks
            else ""
        )
        a.add_option(samples, replace(each, default=None, empty=shown) if blocks else each)
    a.add_reading(parser)


def run(values: Namespace, console: Console) -> Answer:
    """Cut samples, train, report."""
    _check(values)
    check_packages(TRAINING)
    if values.block_metres is None:
        values.block_metres = BLOCK_METRES if values.points else SourceOptions.block_metres
    base = str(find_checkpoint(values.base_checkpoint) if values.base_checkpoint else default_checkpoint())
    request = TrainRequest(
        source=_source(values, base),
        base=base,
        checkpoint=values.checkpoint,
        report=values.report,
        cross_fitted=outputs_of(values, CROSS_FITTED),
        from_scratch=values.from_scratch,
        samples=options(SourceOptions, values),
        options=options(TrainingOptions, values, FINE_TUNING),
        command=f"python -m crop_attention {NAME} {shlex.join(values.given)}",
    )
    result = train_checkpoint(request, console)
    places = {name.upper(): place for name, place in result.outputs.items()}
    return Answer({**places, **result.numbers})


def _check(values: Namespace) -> None:
    if not (values.parcels or values.points or values.pastis):
        raise WrongArguments(tr("say what to train on: --parcels, --points or --pastis"))
    if values.parcels and not values.crop_field:
        raise WrongArguments(tr("the field that names the crop is not given; add --crop-field"))
    if values.points and values.season_start is None:
        raise WrongArguments(tr("points need the first day of their season; add --season-start"))


def _source(values: Namespace, base: str) -> Source:
    if values.pastis:
        return PastisSource(values.pastis, values.fold, values.season_start, values.licence)
    if values.points:
        return PointSource(values.points, values.season_start, values.label, values.group, values.licence)
    series = SeriesRequest(series_inputs(values), base, values.season_start, options=series_options(values))
    return ParcelSource(
        series, values.parcels, values.crop_field, values.parcels_layer, values.encoding, values.licence
    )
