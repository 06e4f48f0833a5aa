"""assess: a crop map held against a reference, scores and error-adjusted areas out."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ...engine.accuracy.options import AccuracyOptions
from ...models.language import tr
from .. import arguments as a
from ..answer import Answer
from ..console import Console
from ..request import options

NAME = "assess"
SUMMARY = "compare a crop map with reference parcels or points"
USAGE = "--crop-map FILE --reference FILE --crop-field NAME [OPTION ...]"
DESCRIPTION = """Compares any class raster with parcels or points whose crop is known, as 'Assess accuracy' in QGIS
does. Needs neither torch nor safetensors."""
EXAMPLES = """examples:
  %(prog)s --crop-map map.tif --reference fields.gpkg --crop-field crop \\
      --report accuracy.html
  %(prog)s --crop-map map.tif --reference points.gpkg --crop-field lu \\
      --class-table 'maize = Grain maize; fallow ='"""


def declare(parser: ArgumentParser) -> None:
    given = parser.add_argument_group(tr("what goes in"))
    given.add_argument("--crop-map", required=True, metavar="FILE", help=tr("raster of class codes, whole numbers"))
    given.add_argument("--reference", required=True, metavar="FILE", help=tr("polygons or points whose crop is known"))
    given.add_argument("--reference-layer", metavar="NAME", help=tr("layer of the file (default: the first that fits)"))
    a.add_encoding(given)
    given.add_argument("--crop-field", required=True, metavar="NAME", help=tr("field that holds the crop"))
    how = a.add_options(parser, AccuracyOptions, tr("how they are compared"))
    how.add_argument(
        "--class-table", default="", metavar="TEXT",
        help=tr("where names differ: 'maize = Grain maize; fallow =', or a CSV file of reference value and class"),
    )  # fmt: skip
    text = tr("class raster in whose classes the reference was drawn (default: the crop map)")
    how.add_argument("--strata", metavar="FILE", help=text)
    outputs = {"--report": tr("one HTML file: matrix, scores, areas, assumptions"), "--table": tr("all numbers as CSV")}
    a.add_outputs(parser, outputs, tr("what to write"))


def run(values: Namespace, console: Console) -> Answer:
    """Compare and write."""
    from ...engine.jobs.assess import AssessRequest, assess_accuracy

    request = AssessRequest(
        crop_map=values.crop_map,
        reference=values.reference,
        crop_field=values.crop_field,
        layer=values.reference_layer or "",
        class_table=values.class_table,
        strata=values.strata or "",
        encoding=values.encoding,
        options=options(AccuracyOptions, values),
        report=values.report or "",
        table=values.table or "",
    )
    result = assess_accuracy(request, console)
    return Answer({"REPORT": values.report, "TABLE": values.table, **result.numbers})
