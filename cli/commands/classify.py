"""classify: Sentinel-1 and Sentinel-2 in, crop map, parcel labels and attention heatmaps out."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ...engine.parcels.labelled_copy import form_of
from ...engine.run import Wanted, run_mapping
from .. import arguments as a
from ..answer import Answer, WrongArguments
from ..console import Console
from ..labelling import Labelling
from ..request import parcel_options
from .mapping import HEATMAPS, RASTERS, checked_request, places_of, results_of

NAME = "classify"
SUMMARY = "map crops, label parcels, show what decided"
USAGE = "--s2 PATH ... --s1 PATH ... --crop-map FILE [OPTION ...]"
DESCRIPTION = """Maps crops from a season of Sentinel-1 and Sentinel-2 rasters, as 'Classify crops' in QGIS does.
Outputs are written when they are named, all of them or none."""
EXAMPLES = """examples:
  %(prog)s --s2 sentinel2 --s1 sentinel1 --crop-map map.tif --report report.html
  %(prog)s --s2 sentinel2 --s1 sentinel1 \\
      --parcels parcels.gpkg --parcels-only --parcel-labels labels.gpkg
  %(prog)s --s2 S2_*.tif --season-start 2017-10-01 \\
      --extent "3.0,3.2,50.9,51.0 [EPSG:4326]" --crop-map map.tif"""


def declare(parser: ArgumentParser) -> None:
    """Add the arguments."""
    group = a.add_inputs(parser)
    a.add_parcels(group, "polygons to label, in any CRS")
    group.add_argument("--parcels-only", action="store_true", help="leave out blocks of pixels that no parcel touches")
    outputs = {
        "--crop-map": "GeoTIFF, the class of each pixel with colours and names",
        "--confidence": "GeoTIFF, the probability of the mapped class in percent",
        "--probabilities": "GeoTIFF, a band a class",
        **HEATMAPS,
        "--parcel-labels": "the parcels with their labels (.gpkg, .shp, .geojson, .fgb)",
        "--report": "one HTML file: season, areas, attention, confidence, warnings, provenance",
    }
    a.add_outputs(parser, outputs, "what to write (at least one)")
    a.add_reading(parser)
    a.add_running(parser)
    a.add_labelling(parser)


def run(values: Namespace, console: Console) -> Answer:
    """Map, label, report."""
    places = places_of(values)
    _check_use(values)
    request = checked_request(values, *([lambda: form_of(values.parcel_labels)] if values.parcel_labels else []))
    request.parcels_only = values.parcels_only
    wanted = Wanted({RASTERS[name]: place for name, place in places.items()}, values.report or "", "Crop map")
    if values.parcel_labels:
        labelling = Labelling(request.parcels, values.parcel_labels, parcel_options(values))
        wanted.label, wanted.finish, wanted.others = labelling.label, labelling.write, [values.parcel_labels]
    finished = run_mapping(request, wanted, console)
    outputs = {**places, "parcel_labels": values.parcel_labels, "report": values.report}
    results = results_of(finished, outputs)
    return Answer({**results, "CLEAR_STEPS": finished.summary.usable_s2})


def _check_use(values: Namespace) -> None:
    if not (places_of(values) or values.parcel_labels or values.report):
        raise WrongArguments("no output is asked for; name at least one, such as --crop-map map.tif")
    for option in ("parcels_only", "parcel_labels"):
        if getattr(values, option) and not values.parcels:
            raise WrongArguments(f"--{option.replace('_', '-')} needs a parcel layer; name one by --parcels")
