"""A crop map held against a reference: scores and error-adjusted areas, in a report and a table."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ...models.language import tr
from ..accuracy.assess import assess, inset_units, unit_of
from ..accuracy.assessment import Assessment
from ..accuracy.map_classes import map_classes
from ..accuracy.matching import Near, match, near_classes
from ..accuracy.options import AccuracyOptions
from ..accuracy.provenance import describe_assessment
from ..accuracy.reference import POINTS, POLYGONS, Reference, ReferenceSource, value_text
from ..accuracy.table import write_assessment
from ..arguments import read_table
from ..class_names import class_of, comparable
from ..errors import AccuracyError
from ..feedback import Feedback
from ..parcels.class_map import ClassMap
from ..report.accuracy import write_accuracy_report
from ..writing.guard import refuse_overwriting
from ..writing.outputs import PendingOutputs
from .checks import check_places

__all__ = [
    "POINTS",
    "POLYGONS",
    "AssessRequest",
    "AssessResult",
    "Reference",
    "ReferenceSource",
    "assess_accuracy",
    "check_match",
    "check_rasters",
    "check_reference",
    "classes_for",
    "comparable",
    "value_text",
]


@dataclass(frozen=True)
class AssessRequest:
    """What the analyst asked for.

    Attributes:
        crop_map: raster of class codes.
        reference, layer: vector file and its layer; "" takes the first that fits.
        crop_field: the field that holds the class.
        class_table: lines of pairs, or the path of a CSV file; see `read_table`.
        strata: raster of the strata the reference was drawn in, "" for the classes of the map.
        encoding: of the text of the reference; "" takes what the file says.
        options: unit, inset, values without a class.
        report, table: where these go, "" for nowhere.
        name: of the reference, where the file is only a copy of it; "" takes that of the file.
        title: heading of the report; "" names the map.
    """

    crop_map: str
    reference: str
    crop_field: str
    layer: str = ""
    class_table: str = ""
    strata: str = ""
    encoding: str = ""
    options: AccuracyOptions = AccuracyOptions()
    report: str = ""
    table: str = ""
    name: str = ""
    title: str = ""


@dataclass(frozen=True)
class AssessResult:
    """What came of it: everything that was found, and the numbers that a program wants, by key."""

    found: Assessment
    numbers: dict[str, float]
    sentence: str


def classes_for(crop_map: str, values: Collection[str]) -> tuple[list[str], dict[str, Near]]:
    """Return the names of the classes of a map, none where it cannot be read, and those that some values mean."""
    try:
        classes = map_classes(crop_map).named if crop_map else ()
    except AccuracyError:
        classes = ()
    find, names = class_of(classes), {entry.code: entry.name for entry in classes}
    coded = {value: Near(names[find(value)], False) for value in values if value.isdigit() and find(value)}
    return list(names.values()), {**near_classes(values, list(names.values())), **coded}


def check_rasters(crop_map: str, strata: str, inset: float) -> None:
    """Raise what is wrong with the rasters.

    Raises:
        AccuracyError: the inset cannot be cut.
        ParcelError: a raster cannot be opened, holds no class codes or has no CRS.
    """
    inset_units(ClassMap(crop_map, any_codes=True), crop_map, inset)
    if strata:
        ClassMap(strata, any_codes=True).placed()


def check_reference(request: AssessRequest) -> None:
    """Raise what is wrong with the reference and the matching of its values.

    Raises:
        AccuracyError: the layer cannot be used, or values have no class and that stops the run.
    """
    source = _source(request)
    check_match(request, source.kind, source.values())


def check_match(request: AssessRequest, kind: str, values: Collection[str]) -> None:
    """Raise AccuracyError when the unit does not fit the kind of a reference, or its values have no class.

    Args:
        request: what the analyst asked for.
        kind: "polygons" or "points".
        values: of the field.
    """
    unit_of(kind, request.options.unit)
    classes, numbers = map_classes(request.crop_map), ClassMap(request.crop_map, any_codes=True).known_codes()
    match(values, read_table(request.class_table), classes, request.options.unmatched, numbers)


def assess_accuracy(request: AssessRequest, feedback: Feedback | None = None) -> AssessResult:
    """Compare, and write report and table.

    Raises:
        AccuracyError, ParcelError: the map or the reference cannot be used, or they do not meet.
        OutputError: an output cannot be written, or would replace an input.
    """
    feedback = feedback or Feedback()
    refuse_overwriting(
        [request.crop_map, request.reference, request.strata, request.class_table], [request.report, request.table]
    )
    check_places([request.table], request.report)
    class_table = read_table(request.class_table)
    check_rasters(request.crop_map, request.strata, request.options.inset)
    with feedback.part(0.0, 0.1, tr("Reading the reference")) as stage:
        source = _source(request)
        reference = source.load(ClassMap(request.crop_map, any_codes=True).crs, stage)
    with feedback.part(0.1, 0.95, tr("Comparing map and reference")) as stage:
        found = assess(request.crop_map, reference, class_table, request.strata or None, request.options, stage)
    feedback.check()
    with PendingOutputs() as outputs:
        if request.table:
            write_assessment(outputs.add(request.table), found)
        if request.report:
            name = request.name or Path(request.reference).stem
            origin = describe_assessment(
                request.crop_map, name, source.field, request.options, class_table, request.strata or None
            )
            title = request.title or tr("Accuracy of {name}").format(name=Path(request.crop_map).name)
            write_accuracy_report(outputs.add(request.report), found, origin, title)
        outputs.commit()
    feedback.progress(1.0)
    feedback.info(found.sentence)
    return AssessResult(found, {key.upper(): value for key, value in found.numbers.items()}, found.sentence)


def _source(request: AssessRequest) -> ReferenceSource:
    return ReferenceSource(request.reference, request.crop_field, request.layer, request.encoding, request.name)
