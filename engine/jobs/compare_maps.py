"""Compare maps: what changed from one to the other, and which is better on a reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from osgeo import gdal

from ...models.language import counted, tr
from ...models.naming import called
from ..accuracy.map_classes import MapClasses, classes_on, map_classes
from ..accuracy.matching import Match, match, none_matched
from ..accuracy.options import IGNORE
from ..accuracy.population import count_population, strata_on
from ..accuracy.reference import POINTS, Reference, ReferenceSource
from ..accuracy.sample import sample_points
from ..class_names import comparable
from ..comparison.paired import PairedTest, paired_test
from ..comparison.parcels import compare_parcels
from ..comparison.rotation import Rotation, rotation, rows_of
from ..errors import AccuracyError, MapError
from ..feedback import Feedback, Part
from ..mapping.writer import RasterWriter
from ..parcels.class_map import ClassMap
from ..parcels.label import label_parcels
from ..products import CODES
from ..provenance import derived_tags
from ..report.numbers import in_percent
from ..writing.guard import refuse_overwriting
from ..writing.outputs import PendingOutput, PendingOutputs
from ..writing.place import check_report
from ..writing.text_table import write_table
from ..writing.vector import form_of

if TYPE_CHECKING:
    from ..parcels.parcel_file import ParcelFile

gdal.UseExceptions()

COLUMNS = ("before", "after", "changed", "pixels", "hectares", "share_of_before", "parcels")
_COUNTED, _LABELLED, _WRITTEN = 0.3, 0.6, 0.95


@dataclass(frozen=True)
class CompareRequest:
    """Two maps to be compared.

    Attributes:
        first, second: class rasters; the second is read on the grid of the first.
        changes: where the layer of changes goes, "" for nowhere.
        table: where the rotation goes as CSV, "" for nowhere.
        report: where the HTML file goes, "" for nowhere.
        parcels: to count changes by parcel, None without.
        compared: where the parcels go with their class in both maps, "" for nowhere.
        reference, layer, encoding: vector file, its layer and the encoding of its text, to say which map is better; ""
            for none, the first layer that fits, and what the file says.
        crop_field: the field of the reference that holds the class.
        classes: class of the second map -> class of the first that it is the same as.
        reference_classes: value of the reference -> class of the first map.
    """

    first: str
    second: str
    changes: str = ""
    table: str = ""
    report: str = ""
    parcels: ParcelFile | None = None
    compared: str = ""
    reference: str = ""
    layer: str = ""
    encoding: str = ""
    crop_field: str = ""
    classes: Mapping[str, str] = field(default_factory=dict)
    reference_classes: Mapping[str, str] = field(default_factory=dict)

    @property
    def outputs(self) -> list[str]:
        """Every file that is written."""
        return [place for place in (self.changes, self.table, self.report, self.compared) if place]


@dataclass(frozen=True)
class CompareResult:
    """What was found.

    Attributes:
        rotation: from class to class.
        parcels: (class before, class after) -> parcels; None without a parcel layer.
        changed: parcels with another class in the second map.
        paired: the maps on the reference; None without.
        ignored: values of the reference that are no class of the first map, and are left out.
    """

    rotation: Rotation
    parcels: Mapping[tuple[str, str], int] | None
    paired: PairedTest | None
    ignored: tuple[str, ...] = ()
    changed: int = 0

    @property
    def numbers(self) -> dict[str, object]:
        found: dict[str, object] = {"CHANGED_SHARE": self.rotation.changed_share}
        if self.parcels is not None:
            found["CHANGED_PARCELS"] = self.changed
        if self.paired is not None:
            found.update(DIFFERENCE=float(self.paired.difference.value), P_VALUE=self.paired.p_value)
            found.update(UNITS=self.paired.units)
        return found

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        text = tr("{changed_share} of the area that both maps classify has another class.").format(
            changed_share=in_percent(self.rotation.changed_share)
        )
        if self.parcels is not None:
            text += tr(" Of {parcels} with a class in both maps {changed:,} have another one.").format(
                parcels=counted(sum(self.parcels.values()), "parcel"), changed=self.changed
            )
        if self.paired is None:
            return text
        left = (
            tr(" Left out, as the first map has no such class: {ignored}.").format(ignored=", ".join(self.ignored))
            if self.ignored
            else ""
        )
        return tr("{text} On {units} units of the reference: {sentence}{left}").format(
            text=text, units=self.paired.units, sentence=self.paired.sentence, left=left
        )


def check(request: CompareRequest) -> None:
    """Raise the error that would stop a run, before the maps are read.

    Raises:
        MapError: no output is asked for.
        AccuracyError, ParcelError: a map cannot be used.
        OutputError: an output would replace an input.
    """
    if not request.outputs and not request.reference:
        raise MapError(tr("Nothing is requested: choose the changes, the table or the report."))
    if request.compared and request.parcels is None:
        raise MapError(tr("Compared parcels need a parcel layer; give one or leave the output out."))
    if request.compared:
        form_of(request.compared)
    reads = [request.first, request.second, *(request.parcels.files if request.parcels is not None else ())]
    refuse_overwriting([*reads, request.reference], request.outputs)
    check_report(request.report)
    check_inputs(request)


def check_inputs(request: CompareRequest) -> None:
    """Raise what is wrong with the maps; errors as `check`."""
    for path in (request.first, request.second):
        ClassMap(path, any_codes=True).placed()


def compare_maps(request: CompareRequest, feedback: Feedback | None = None) -> CompareResult:
    """Compare; every output appears, or none does.

    Raises:
        MapError: no pixel has a class in both maps, or the class table does not fit.
        AccuracyError, ParcelError: a map, the parcels or the reference cannot be used.
        OutputError: an output cannot be written.
    """
    from ..report.comparison import write_comparison_report

    feedback = feedback or Feedback()
    check(request)
    first = ClassMap(request.first, any_codes=True)
    reference = None
    if request.reference:
        source = ReferenceSource(request.reference, request.crop_field, request.layer, request.encoding)
        reference = source.load(first.crs, Part(feedback, 0.0, 0.0))
    second, place = strata_on(first, request.second, any_codes=True)
    try:
        before, after = classes_on(request.first, first), classes_on(request.second, second)
        _refuse_strangers(request)
        matched = None if reference is None else _matched(request, reference, before)
        with PendingOutputs([request.first, request.second]) as outputs:
            pending = {name: outputs.add(name) for name in request.outputs if name != request.compared}
            feedback.title(tr("Comparing the maps"))
            population = count_population(first, second, Part(feedback, 0.0, _COUNTED))
            found = rotation(population, before, after, request.classes)
            parcels = None
            if request.parcels is not None:
                feedback.title(tr("Comparing parcel by parcel"))
                stage = Part(feedback, _COUNTED, _LABELLED)
                places, tags = (outputs, request.compared), _tags(request)
                parcels = compare_parcels(request.parcels, *places, (first, second), found, tags, stage)
            paired: PairedTest | None = None
            ignored: tuple[str, ...] = ()
            if reference is not None and matched is not None:
                paired, ignored = _judged(request, reference, matched, (first, second), (before, after))
            counts = None if parcels is None else parcels.counts()
            changed = 0 if parcels is None else parcels.changed().count(True)
            result = CompareResult(found, counts, paired, ignored, changed)
            if request.changes:
                feedback.title(tr("Writing the changes"))
                stage = Part(feedback, _LABELLED, _WRITTEN)
                _write_changes(pending[request.changes], first, second, found, request, stage)
            if request.table:
                write_table(pending[request.table], COLUMNS, rows_of(found, counts))
            if request.report:
                write_comparison_report(pending[request.report], result, request.first, request.second)
            outputs.commit()
    finally:
        del second
        gdal.Unlink(place)
    feedback.progress(1.0)
    return result


def _refuse_strangers(request: CompareRequest) -> None:
    """Raise MapError where no class of one map can be one of the other: all would seem to have changed."""
    paths = request.first, request.second
    one, other = ({comparable(each.name) for each in map_classes(path).named} for path in paths)
    if request.classes or one & other or not (one or other):
        return
    raise MapError(
        tr(
            "The maps {first} and {second} have no class name in common: say by {option} which class of the second "
            "is which of the first, such as 'Class 4 = Maize'."
        ).format(first=request.first, second=request.second, option=called("class_table"))
    )


def _matched(request: CompareRequest, reference: Reference, before: MapClasses) -> Match:
    """Return which class of the first map each value of the reference is; AccuracyError where none is one."""
    found = match(filter(None, reference.values), request.reference_classes, before, IGNORE)
    if not found.codes:
        raise none_matched(reference.name, reference.values)
    return found


def _judged(
    request: CompareRequest,
    reference: Reference,
    matched: Match,
    maps: tuple[ClassMap, ClassMap],
    classes: tuple[MapClasses, MapClasses],
) -> tuple[PairedTest, tuple[str, ...]]:
    """Judge each unit of the reference in both maps; return the values that are left out too."""
    (first, second), (before, after), to_first = maps, classes, matched.codes
    by_first = {entry.code: entry.name for entry in before.named}
    same = {target: name for name, target in request.classes.items()}
    codes = match([entry.name for entry in before.named], same, after, IGNORE).codes
    to_second = {value: codes.get(by_first.get(code, "")) for value, code in to_first.items()}
    numbers = [place for place, value in enumerate(reference.values) if value in to_first]
    shapes = [reference.shapes[place] for place in numbers]
    if reference.kind == POINTS:
        sample = sample_points(first, second, shapes, Feedback())
        feature, one, other = sample.feature, sample.code, sample.stratum
    else:
        one, other = (_numbers(of, label_parcels(of, shapes).code) for of in (first, second))
        feature = np.arange(len(shapes))
    both = (one > 0) & (other > 0)
    if not both.any():
        raise AccuracyError(tr("No unit of the reference lies on a pixel that both maps classify: check their place."))
    held = [reference.values[numbers[place]] for place in feature[both].tolist()]
    truth_first = np.array([to_first[value] for value in held])
    truth_second = np.array([to_second[value] or -1 for value in held])
    return paired_test(one[both] == truth_first, other[both] == truth_second), tuple(sorted(set(matched.ignored)))


def _numbers(class_map: ClassMap, codes: np.ndarray) -> np.ndarray:
    """Return the numbers by which a map tells codes of labels; 0 for none."""
    places = {int(code): place for place, code in enumerate(class_map.values) if place and code >= 0}
    return np.array([places.get(code, 0) for code in codes.tolist()], np.int64)


def _write_changes(
    pending: PendingOutput,
    first: ClassMap,
    second: ClassMap,
    found: Rotation,
    request: CompareRequest,
    feedback: Feedback,
) -> None:
    frame, codes = first.frame, found.change_codes()
    writer = RasterWriter(pending.path, str(pending.final), first.place, CODES, ["Change"], _tags(request))
    try:
        writer.colour(found.change_classes())
        for strip in frame.strips(256, always=True):
            feedback.check()
            values = codes[first.codes(strip), second.codes(strip)]
            writer.write(strip, values[None], values > 0)
            writer.flush(strip.row + strip.height)
            feedback.progress((strip.row + strip.height) / frame.height)
        writer.close(feedback)
    except BaseException:
        writer.abandon()
        raise


def _tags(request: CompareRequest) -> dict[str, str]:
    return {**derived_tags(request.first), "COMPARED_WITH": request.second.replace("\\", "/").rsplit("/", 1)[-1]}
