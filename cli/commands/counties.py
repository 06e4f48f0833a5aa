"""counties: a folder a county, one table and one index of all; goes on where it was stopped."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from ...engine.arguments import whole
from ...engine.counties.job import classify_counties
from ...engine.counties.request import COUNTY, FILES, CountiesOptions, CountiesRequest, CountiesResult
from ...engine.jobs.checks import Problems
from ...models.language import tr
from .. import arguments as a
from ..answer import Answer, WrongArguments
from ..console import Console
from ..request import checkpoint, existing, mapping_options, parcel_options, series_options

NAME = "counties"
SUMMARY = "classify many counties, on this computer or a cluster; continues where it was stopped"
USAGE = "--counties FILE --county-field NAME --s2 PATH ... --output-folder FOLDER [OPTION ...]"
DESCRIPTION = """Does 'classify' for each county, as 'Classify counties' in QGIS does. The output folder gets one folder
per county, one table of all (counties.gpkg, counties.csv) and index.html. The same command again continues where
it was stopped, keeps what is whole and redoes what has changed. A county that fails does not stop the others;
the command then ends with 1."""
EXAMPLES = """examples:
  %(prog)s --counties counties.gpkg --county-field name --s2 sentinel2 --s1 sentinel1 \\
      --parcels parcels.gpkg --output-folder maps
  %(prog)s --counties counties.gpkg --county-field name --s2 'data/{county}/s2' --s1 'data/{county}/s1' \\
      --workers 4 --threads 1 --output-folder maps
  %(prog)s ... --scheduler tcp://host:8786"""


def declare(parser: ArgumentParser) -> None:
    defaults = CountiesOptions()
    layer = parser.add_argument_group(tr("counties"))
    layer.add_argument(
        "--counties", metavar="FILE", help=tr("one polygon per county (default: the parcels name their counties)")
    )
    layer.add_argument(
        "--counties-layer", default="", metavar="NAME", help=tr("layer of the file (default: the first)")
    )
    layer.add_argument("--county-field", default="", metavar="NAME", help=tr("field of the county layer with the name"))
    group = a.add_series(parser, tr("; {county} in a path is replaced by the name of the county").format(county=COUNTY))
    a.add_checkpoint(group)
    a.add_season_start(group)
    a.add_parcels(group, tr("polygons to label, in any CRS"))
    group.add_argument(
        "--parcel-county-field", default="", metavar="NAME",
        help=tr("field of the parcels with the name of the county (default: parcels are assigned by location)"),
    )  # fmt: skip
    a.add_expected_shares(parser)
    out = parser.add_argument_group(tr("what to write"))
    out.add_argument("--output-folder", required=True, metavar="FOLDER", help=tr("gets one folder per county"))
    out.add_argument(
        "--outputs", type=_outputs, default=defaults.outputs, metavar="NAME,NAME,...",
        help=tr("of each county: {files} (default: {outputs}; labels where there are parcels)").format(
            files=', '.join(FILES), outputs=','.join(defaults.outputs)
        ),
    )  # fmt: skip
    where = parser.add_argument_group(tr("where it runs (default: one county after the other in this process)"))
    where.add_argument(
        "--workers", type=whole(1), metavar="N", help=tr("processes on this computer; needs 'distributed'")
    )
    where.add_argument(
        "--scheduler", default="", metavar="ADDRESS", help=tr("a Dask scheduler, such as tcp://host:8786")
    )
    where.add_argument(
        "--attempts", type=whole(1), default=defaults.attempts, metavar="N",
        help=tr("attempts for a county whose worker died (default: %(default)s)"),
    )  # fmt: skip
    a.add_reading(parser)
    a.add_running(parser)
    a.add_labelling(parser)


def run(values: Namespace, console: Console) -> Answer:
    """Run the counties that are not whole yet."""
    _check_use(values)
    wrong = Problems()
    wrong.read(lambda: existing(values.s2, values.s1, pattern=COUNTY))
    wrong.read(lambda: checkpoint(values))
    wrong.refuse()
    result = classify_counties(_request(values), console)
    places = {
        "OUTPUT_FOLDER": values.output_folder,
        "SUMMARY": result.table_gpkg,
        "SUMMARY_CSV": result.table_csv,
        "INDEX": result.index_html,
    }
    return Answer({**places, **result.numbers}, _failure(result), result.cancelled > 0)


def _check_use(values: Namespace) -> None:
    if values.counties and not values.county_field:
        raise WrongArguments(tr("say which field of the county layer holds the names by --county-field"))
    if values.parcel_county_field and not values.parcels:
        raise WrongArguments(tr("--parcel-county-field needs a parcel layer; name one by --parcels"))
    if not (values.counties or values.parcel_county_field):
        raise WrongArguments(
            tr(
                "no counties are given; name a county layer by --counties and --county-field, or a parcel layer "
                "by --parcels and --parcel-county-field"
            )
        )
    if values.workers and values.scheduler:
        raise WrongArguments(tr("give --workers or --scheduler, not both"))


def _request(values: Namespace) -> CountiesRequest:
    s2, s1 = existing(values.s2, values.s1, pattern=COUNTY)
    return CountiesRequest(
        folder=values.output_folder,
        checkpoint=checkpoint(values),
        s2=tuple(s2),
        s1=tuple(s1),
        counties=values.counties or "",
        counties_layer=values.counties_layer,
        name_field=values.county_field if values.counties else values.parcel_county_field,
        parcels=values.parcels or "",
        parcels_layer=values.parcels_layer or "",
        parcels_field=values.parcel_county_field,
        encoding=values.encoding,
        season_start=values.season_start,
        series_options=series_options(values),
        mapping_options=mapping_options(values),
        parcel_options=parcel_options(values),
        options=CountiesOptions(values.outputs, values.attempts),
        scheduler=values.scheduler,
        workers=values.workers,
    )


def _failure(result: CountiesResult) -> str:
    counties = len(result.outcomes)
    if result.cancelled:
        return tr(
            "The run was stopped; {whole} of {counties} counties are done and stay. The same command continues."
        ).format(whole=result.whole, counties=counties)
    if result.failed:
        table = Path(result.table_csv).name
        return tr("{failed} of {counties} counties failed; {table} in the output folder says why.").format(
            failed=result.failed, counties=counties, table=table
        )
    return ""


def _outputs(text: str) -> tuple[str, ...]:
    """Return names of outputs in the order of `FILES`."""
    named = {word.strip() for word in text.split(",") if word.strip()}
    wrong = sorted(named - set(FILES))
    if wrong or not named:
        raise ArgumentTypeError(
            tr("'{wrong}' is not an output; choose from {files}").format(
                wrong=wrong[0] if wrong else text, files=", ".join(FILES)
            )
        )
    return tuple(name for name in FILES if name in named)
