"""declarations: declared crops held against a crop map."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ...engine.arguments import read_table
from ...engine.declarations.options import DeclarationOptions
from ...engine.jobs.check_declarations import DeclarationRequest, check_declarations
from ...models.language import tr
from .. import arguments as a
from ..answer import Answer
from ..console import Console
from ..request import options

NAME = "declarations"
SUMMARY = "compare declared crops with a crop map: lights, reasons, worklist"
USAGE = "--crop-map FILE --parcels FILE --declared-field NAME --checked FILE [OPTION ...]"
DESCRIPTION = """Says of each parcel whether its declared crop agrees with what is observed, as 'Check declarations' in
QGIS does. Every feature and attribute is kept. Needs neither torch nor safetensors."""
EXAMPLES = """examples:
  %(prog)s --crop-map map.tif --probabilities probabilities.tif \\
      --parcels declared.gpkg --declared-field crop --checked checked.gpkg --report checked.html
  %(prog)s --crop-map map.tif --parcels declared.gpkg --declared-field code --class-table codes.csv \\
      --groups 'Winter wheat + Triticale; Grassland + Fallow' --checked checked.gpkg"""


def declare(parser: ArgumentParser) -> None:
    given = parser.add_argument_group(tr("what goes in"))
    given.add_argument("--crop-map", required=True, metavar="FILE", help=tr("raster of class codes with class names"))
    given.add_argument("--probabilities", default="", metavar="FILE", help=tr("class probabilities of the same run"))
    given.add_argument("--confidence", default="", metavar="FILE", help=tr("percent, on the grid of the crop map"))
    given.add_argument(
        "--previous-crop-map", default="", metavar="FILE", help=tr("of an earlier run: what changed is reported")
    )
    given.add_argument("--previous-probabilities", default="", metavar="FILE", help=tr("of that run"))
    a.add_parcels(given, tr("polygons with the declared crop, in any CRS"), required=True)
    given.add_argument("--declared-field", required=True, metavar="NAME", help=tr("field that holds the declared crop"))
    out = parser.add_argument_group(tr("what to write"))
    out.add_argument("--checked", required=True, metavar="FILE", help=tr("the parcels with light, reason and evidence"))
    out.add_argument("--report", default="", metavar="FILE", help=tr("one HTML file: lights, crops, areas, rules"))
    how = a.add_options(parser, DeclarationOptions, tr("how declarations are judged"))
    how.add_argument(
        "--class-table", default="", metavar="TEXT",
        help=tr("declared crop and class of the map: '311 = Grassland; 95 =' (not judged), or a CSV file"),
    )  # fmt: skip
    text = tr("classes that the map cannot tell apart: 'Winter wheat + Triticale; Grassland + Fallow'")
    how.add_argument("--groups", default="", metavar="TEXT", help=text)


def run(values: Namespace, console: Console) -> Answer:
    """Check and write."""
    request = DeclarationRequest(
        crop_map=values.crop_map,
        parcels=values.parcels,
        declared_field=values.declared_field,
        checked=values.checked,
        layer=values.parcels_layer or "",
        encoding=values.encoding,
        probabilities=values.probabilities,
        confidence=values.confidence,
        previous_map=values.previous_crop_map,
        previous_probabilities=values.previous_probabilities,
        report=values.report,
        table=read_table(values.class_table),
        groups=values.groups,
        options=options(DeclarationOptions, values),
    )
    found = check_declarations(request, console)
    console.info(found.sentence)
    return Answer({"CHECKED": found.checked, "REPORT": values.report or None, **found.numbers})
