"""labels: a crop map and parcels in, one label a parcel out."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ...engine.jobs.label import FORMATS, LabelRequest, label
from ...models.known import known
from ...models.language import tr
from .. import arguments as a
from ..answer import Answer
from ..console import Console
from ..request import parcel_file, parcel_options

NAME = "labels"
SUMMARY = "label parcels from any class raster"
USAGE = "--crop-map FILE --parcels FILE --parcel-labels FILE [OPTION ...]"
DESCRIPTION = """Gives each parcel the class that most of its pixels hold, as 'Label parcels' in QGIS does.
Every feature and attribute is kept. Needs neither torch nor safetensors."""
EXAMPLES = """examples:
  %(prog)s --crop-map map.tif --confidence confidence.tif \\
      --parcels parcels.gpkg --parcel-labels labels.gpkg"""


def declare(parser: ArgumentParser) -> None:
    given = parser.add_argument_group(tr("what goes in"))
    given.add_argument("--crop-map", required=True, metavar="FILE", help=tr("raster of class codes, whole numbers"))
    given.add_argument("--confidence", default="", metavar="FILE", help=tr("percent, on the grid of the crop map"))
    a.add_parcels(given, tr("polygons to label, in any CRS"), required=True)
    formats = ", ".join(FORMATS)
    out = parser.add_argument_group(tr("what to write"))
    out.add_argument(
        "--parcel-labels",
        required=True,
        metavar="FILE",
        help=tr("the labelled parcels ({formats})").format(formats=formats),
    )
    a.add_labelling(parser)


def run(values: Namespace, console: Console) -> Answer:
    """Label and write."""
    request = LabelRequest(
        crop_map=values.crop_map,
        parcels=known(parcel_file(values)),
        parcel_labels=values.parcel_labels,
        confidence=values.confidence,
        options=parcel_options(values),
    )
    result = label(request, console)
    return Answer({"PARCEL_LABELS": result.place, "LABELLED": result.labelled})
