"""assess: a crop map held against a reference, scores and error-adjusted areas out."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from ...engine.accuracy.options import UNITS, UNMATCHED, AccuracyOptions
from ...engine.arguments import decimal
from ...engine.jobs.checks import check_places
from .. import arguments as a
from ..answer import Answer
from ..console import Console

NAME = "assess"
SUMMARY = "hold a crop map against reference parcels or points"
USAGE = "--crop-map FILE --reference FILE --crop-field NAME [OPTION ...]"
DESCRIPTION = """Compares any class raster with parcels or points whose crop is known, as 'Assess accuracy' in QGIS
does. Needs neither torch nor safetensors."""
EXAMPLES = """examples:
  %(prog)s --crop-map map.tif --reference fields.gpkg --crop-field crop \\
      --report accuracy.html
  %(prog)s --crop-map map.tif --reference points.gpkg --crop-field lu \\
      --class-table 'maize = Grain maize; fallow ='"""


def declare(parser: ArgumentParser) -> None:
    """Add the arguments."""
    given = parser.add_argument_group("what goes in")
    defaults = AccuracyOptions()
    given.add_argument("--crop-map", required=True, metavar="FILE", help="raster of class codes 1 to 255, 0 for none")
    given.add_argument("--reference", required=True, metavar="FILE", help="polygons or points whose crop is known")
    given.add_argument("--reference-layer", metavar="NAME", help="layer of the file (default: the first that fits)")
    given.add_argument("--crop-field", required=True, metavar="NAME", help="field that holds the crop")
    how = parser.add_argument_group("how they are compared")
    how.add_argument("--unit", choices=UNITS, default=defaults.unit, help="what is counted (default: %(default)s)")
    how.add_argument(
        "--class-table", default="", metavar="TEXT",
        help="where names differ: 'maize = Grain maize; fallow =', or a CSV file of reference value and class",
    )  # fmt: skip
    how.add_argument(
        "--unmatched", choices=UNMATCHED, default=defaults.unmatched,
        help="what becomes of values without a class in the map (default: %(default)s)",
    )  # fmt: skip
    how.add_argument(
        "--inset", type=decimal(0, 1000), default=defaults.inset, metavar="M",
        help="metres cut from the edge of each parcel (default: %(default)s)",
    )  # fmt: skip
    text = "class raster in whose classes the reference was drawn (default: the crop map)"
    how.add_argument("--strata", metavar="FILE", help=text)
    outputs = {"--report": "one HTML file: matrix, scores, areas, assumptions", "--table": "all numbers as CSV"}
    a.add_outputs(parser, outputs, "what to write")


def run(values: Namespace, console: Console) -> Answer:
    """Compare and write."""
    from ...engine.accuracy.assess import assess, inset_units
    from ...engine.accuracy.matching import read_table
    from ...engine.accuracy.provenance import describe_assessment
    from ...engine.accuracy.reference import read_reference
    from ...engine.accuracy.table import write_table
    from ...engine.accuracy.told import numbers_of, sentence_of
    from ...engine.parcels.class_map import ClassMap
    from ...engine.report.accuracy import write_accuracy_report
    from ...engine.writing.guard import refuse_overwriting

    refuse_overwriting(
        [values.crop_map, values.reference, values.strata, values.class_table], [values.report, values.table]
    )
    check_places([values.report or "", values.table or ""])
    options = AccuracyOptions(values.unit, values.inset, values.unmatched)
    class_table, class_map = read_table(values.class_table), ClassMap(values.crop_map)
    inset_units(class_map, values.crop_map, values.inset)
    with console.part(0.0, 0.1, "Reading the reference") as stage:
        reference = read_reference(
            values.reference, values.crop_field, class_map.crs, values.reference_layer or None, stage
        )
    with console.part(0.1, 0.95, "Comparing map and reference") as stage:
        found = assess(values.crop_map, reference, class_table, values.strata, options, stage)
    console.check()
    if values.table:
        write_table(values.table, found)
    if values.report:
        name = Path(values.reference).stem
        origin = describe_assessment(values.crop_map, name, values.crop_field, options, class_table, values.strata)
        write_accuracy_report(values.report, found, origin, f"Accuracy of {Path(values.crop_map).name}")
    console.progress(1.0)
    console.info(sentence_of(found))
    numbers = {name.upper(): value for name, value in numbers_of(found).items()}
    return Answer({"REPORT": values.report, "TABLE": values.table, **numbers})
