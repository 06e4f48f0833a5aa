"""compare: two crop maps of one place."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ...engine.arguments import read_table
from ...engine.jobs.compare_maps import CompareRequest, compare_maps
from ...engine.jobs.label import FORMATS
from ...models.language import tr
from .. import arguments as a
from ..answer import Answer, WrongArguments
from ..console import Console
from ..request import parcel_file

NAME = "compare"
SUMMARY = "compare two crop maps: what changed, and which is more accurate"
USAGE = "--first FILE --second FILE [OPTION ...]"
DESCRIPTION = """Shows what changed from each class to each other, and with a reference sample which map is more
accurate, as 'Compare maps' in QGIS does. Needs neither torch nor safetensors."""
EXAMPLES = """examples:
  %(prog)s --first map2023.tif --second map2024.tif --changes changes.tif --table rotation.csv
  %(prog)s --first old.tif --second new.tif \\
      --reference points.gpkg --crop-field crop --report compare.html"""


def declare(parser: ArgumentParser) -> None:
    given = parser.add_argument_group(tr("what goes in"))
    given.add_argument("--first", required=True, metavar="FILE", help=tr("the earlier class raster"))
    given.add_argument("--second", required=True, metavar="FILE", help=tr("the later one, on any grid"))
    a.add_parcels(given, tr("polygons by which changes are counted"))
    given.add_argument("--reference", metavar="FILE", help=tr("polygons or points whose crop is known"))
    given.add_argument("--reference-layer", metavar="NAME", help=tr("layer of the file (default: the first that fits)"))
    given.add_argument(
        "--crop-field", default="", metavar="NAME", help=tr("field of the reference that holds the crop")
    )
    how = parser.add_argument_group(tr("how they are compared"))
    text = tr("classes that are the same under other names: 'Wheat = Winter wheat' (second = first), or a CSV file")
    how.add_argument("--class-table", default="", metavar="TEXT", help=text)
    text = tr("reference value and class of the first map: '311 = Grassland', or a CSV file")
    how.add_argument("--reference-table", default="", metavar="TEXT", help=text)
    outputs = {
        "--changes": tr("class raster of the changes (.tif)"),
        "--table": tr("from class to class as CSV"),
        "--compared": tr("the parcels with their class in both maps ({formats})").format(formats=", ".join(FORMATS)),
        "--report": tr("one HTML file"),
    }
    a.add_outputs(parser, outputs, tr("what to write"))


def run(values: Namespace, console: Console) -> Answer:
    """Compare and write."""
    if values.reference and not values.crop_field:
        raise WrongArguments(tr("--reference needs --crop-field, the field that holds the crop"))
    request = CompareRequest(
        first=values.first,
        second=values.second,
        changes=values.changes or "",
        table=values.table or "",
        report=values.report or "",
        parcels=parcel_file(values),
        compared=values.compared or "",
        reference=values.reference or "",
        layer=values.reference_layer or "",
        encoding=values.encoding,
        crop_field=values.crop_field,
        classes=read_table(values.class_table),
        reference_classes=read_table(values.reference_table),
    )
    found = compare_maps(request, console)
    console.info(found.sentence)
    places = {"CHANGES": values.changes, "TABLE": values.table, "COMPARED": values.compared, "REPORT": values.report}
    return Answer({**places, **found.numbers})
