"""What a training is asked for, and what can be in its way before anything is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Union

from ...models.architectures import check_base
from ...models.card import Card
from ...models.checkpoint import read_card
from ...models.language import tr
from .. import products as records
from ..errors import OutputError, RequestError
from ..feedback import Feedback
from ..parcels.source import ParcelSource as Polygons
from ..product import Product
from ..training.options import FINE_TUNING, SourceOptions, TrainingOptions
from ..writing.guard import refuse_overwriting, series_files
from ..writing.place import check_geotiff
from .checks import check_places, problems
from .series import SeriesRequest

if TYPE_CHECKING:
    from ..series.preprocessing.prepared import PreparedSeries

CROSS_FITTED = (records.CROSS_FITTED, records.CROSS_FITTED_PROBABILITIES)
"""What is written of the labelled parcels themselves."""

TRAINED_CHECKPOINT = Product(
    "checkpoint",
    "CHECKPOINT",
    "Checkpoint",
    "The trained network with its card, a .safetensors file.",
    suffix=".safetensors",
    by_default=True,
)
TRAINING_REPORT = replace(
    records.REPORT,
    help="One HTML file: scores by crop, random forest, confusion matrix, learning curve, reliability.",
)


@dataclass(frozen=True)
class ParcelSource:
    """Polygons over a raster series.

    Attributes:
        series: what to read; its checkpoint gives calendar and bands.
        file: vector file, or what writes one for an open series into a folder.
        field, layer, encoding: of the crop, and how the file is read.
    """

    series: SeriesRequest
    file: str | Path | Callable[[PreparedSeries, Path, Feedback], str | Path]
    field: str
    layer: str | None = None
    encoding: str = ""
    licence: str = ""


@dataclass(frozen=True)
class PointSource:
    """Points with their series in a table, and the first day of their season or the year of its harvest; see
    `sources.points`."""

    file: Path
    start: date | int
    label: str = "ewoc_code"
    group: str = ""
    licence: str = ""


@dataclass(frozen=True)
class PastisSource:
    """PASTIS as it is distributed, and a run of its official protocol."""

    folder: Path
    fold: int = 1
    start: date | int | None = None
    licence: str = ""


Source = Union[ParcelSource, PointSource, PastisSource]


@dataclass(frozen=True)
class TrainRequest:
    """A training.

    Attributes:
        source: what to train on.
        base: checkpoint that gives calendar and bands, and weights unless `from_scratch`.
        checkpoint, report: files to write; "" leaves the report out.
        cross_fitted: name of a product of `CROSS_FITTED` -> GeoTIFF of the labelled parcels, each judged by a model
            that trained on other blocks; "" leaves it out. Needs a `ParcelSource`.
        from_scratch: start from random weights.
        samples, options: how labelled ground becomes samples, and how learners are fitted.
        command: how to make it again, for card and report.
        folder: for files on the way; None takes the system's.
    """

    source: Source
    base: str
    checkpoint: str
    report: str = ""
    cross_fitted: Mapping[str, str] = field(default_factory=dict)
    from_scratch: bool = False
    samples: SourceOptions = SourceOptions()
    options: TrainingOptions = FINE_TUNING
    command: str = ""
    folder: str | None = None


def products() -> tuple[Product, ...]:
    """Return the outputs of this job."""
    return (TRAINED_CHECKPOINT, *CROSS_FITTED, TRAINING_REPORT)


def find_problems(request: TrainRequest) -> list[str]:
    """Return a sentence for everything in the way of a training that can be found without reading the series."""
    return problems(
        lambda: _check_base(request),
        lambda: _check_field(request.source),
        lambda: check_checkpoint_place(request.checkpoint, request.base),
        lambda: wanted(request),
    )


def check_request(request: TrainRequest) -> Card:
    """Return the card of the base.

    Raises:
        CropAttentionError, CheckpointError: what is in the way of a training, as far as files and names tell.
    """
    card = _check_base(request)
    _check_field(request.source)
    check_checkpoint_place(request.checkpoint, request.base)
    places = wanted(request)
    _refuse_overwriting(request)
    check_places([request.checkpoint, *places.values()], request.report)
    return card


def _check_base(request: TrainRequest) -> Card:
    """Return the card of the base.

    Raises:
        CheckpointError: it cannot be read, or its weights do not suit the network that is to be trained.
    """
    card = read_card(request.base)
    if not request.from_scratch:
        check_base(card, request.options.architecture)
    return card


def _check_field(source: Source) -> None:
    """Raise ParcelError when a file of parcels cannot be read or lacks the field of the crop."""
    if isinstance(source, ParcelSource) and not callable(source.file):
        Polygons(str(source.file), source.layer, encoding=source.encoding, field=source.field).field_place(source.field)


def check_checkpoint_place(place: str | Path, base: str) -> None:
    """Raise OutputError when a checkpoint cannot be written under this name."""
    if Path(place).suffix.lower() != ".safetensors":
        raise OutputError(
            tr("The checkpoint '{place}' needs a name that ends in .safetensors; change its ending.").format(
                place=place
            )
        )
    if Path(place).resolve() == Path(base).resolve():
        raise OutputError(tr("The checkpoint would replace its own base; give it another name."))


def wanted(request: TrainRequest) -> dict[str, str]:
    """Return name -> file of the cross-fitted outputs that are asked for.

    Raises:
        OutputError: a file is no GeoTIFF.
        RequestError: the labels are not parcels over rasters.
    """
    found = {name: place for name, place in request.cross_fitted.items() if place}
    if found and not isinstance(request.source, ParcelSource):
        raise RequestError(
            tr("Cross-fitted labels are rasters and need parcels over a series; leave them out for points.")
        )
    for place in found.values():
        check_geotiff(place)
    return found


def _refuse_overwriting(request: TrainRequest) -> None:
    """Raise OutputError when an output would replace what the run reads."""
    source, reads = request.source, [request.base]
    if isinstance(source, ParcelSource):
        reads += series_files([*source.series.inputs.s2, *source.series.inputs.s1])
        if not callable(source.file):
            reads.append(str(source.file))
    else:
        reads.append(str(source.file if isinstance(source, PointSource) else source.folder))
    refuse_overwriting(reads, [request.checkpoint, request.report, *request.cross_fitted.values()])
