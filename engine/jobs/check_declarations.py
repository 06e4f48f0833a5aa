"""Check declarations: what parcels declare held against what a map shows, as lights and a worklist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ...models.card import CropClass
from ...models.language import counted, tr
from ..accuracy.map_classes import map_classes
from ..declarations.alike import hardly_told
from ..declarations.changes import CHANGE_FIELDS, Changes, changes
from ..declarations.crops import declared_places, read_groups, understood
from ..declarations.evidence import evidence_of
from ..declarations.judge import Evidence, Verdicts, judge, why_grey
from ..declarations.learn import learnt
from ..declarations.options import LIGHTS, RED, DeclarationOptions
from ..declarations.style import declarations_style
from ..declarations.table import DECLARATION_FIELDS, rows
from ..errors import MapError
from ..feedback import Feedback, Part
from ..options import ParcelOptions
from ..parcels.class_map import ClassMap
from ..parcels.parcel_file import ParcelFile
from ..provenance import derived_tags
from ..writing.guard import refuse_overwriting
from ..writing.outputs import PendingOutputs
from ..writing.place import check_report
from ..writing.vector import form_of

_READ, _JUDGED, _WRITTEN = 0.15, 0.85, 0.98


@dataclass(frozen=True)
class DeclarationRequest:
    """Declarations to be checked.

    Attributes:
        crop_map: class raster.
        parcels, layer, encoding: vector file with the declarations, its layer and the encoding of its text; "" takes
            the first with polygons, and what the file says.
        declared_field: the field that holds the declared crop.
        checked: where the checked parcels go.
        probabilities, confidence: of the same run, "" without; without probabilities those of a pixel are one for its
            class, or its confidence, which is a weaker ground to judge on.
        previous_map, previous_probabilities: of an earlier run over the same place and with the same classes, "" for
            none: the same declarations are judged by it too, and what differs is told.
        report: where the HTML file goes, "" for nowhere.
        table: declared crop -> class of the map, "" for one that is not judged.
        groups: classes that the map cannot tell apart, such as "Winter wheat + Triticale; Grass + Fallow".
        leave_border: leave pixels on the border of a parcel out.
    """

    crop_map: str
    parcels: str
    declared_field: str
    checked: str
    layer: str = ""
    encoding: str = ""
    probabilities: str = ""
    confidence: str = ""
    previous_map: str = ""
    previous_probabilities: str = ""
    report: str = ""
    table: Mapping[str, str] = field(default_factory=dict)
    groups: str = ""
    options: DeclarationOptions = DeclarationOptions()
    leave_border: bool = True


@dataclass(frozen=True)
class DeclarationResult:
    """What was found.

    Attributes:
        checked: the file.
        classes: K classes of the map.
        evidence, verdicts: of N parcels, in their order.
        declared: (N,) place of the declared class; see `judge`.
        absent: which crops have no class in the map, in words; "" where all have one.
        area: (N,) square metres, by the pixels that were counted.
        by_probability: class probabilities were given.
        alike: which crops the map hardly tells apart here, in words; "" where there is nothing to say.
        changes: against the previous map, None without.
    """

    checked: str
    classes: tuple[CropClass, ...]
    evidence: Evidence
    verdicts: Verdicts
    declared: np.ndarray
    absent: str
    area: np.ndarray
    by_probability: bool
    alike: str = ""
    changes: Changes | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Light -> parcels."""
        found = Counter(self.verdicts.lights.tolist())
        return {light: found.get(light, 0) for light in LIGHTS}

    @property
    def numbers(self) -> dict[str, object]:
        wrong = {"EXPECTED_WRONG_REDS": self.verdicts.expected_wrong_reds}
        changed = {} if self.changes is None else {"CHANGED": int(self.changes.any.sum())}
        return {**{light.upper(): count for light, count in self.counts.items()}, **wrong, **changed}

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        counts = self.counts
        lights = tr(", ").join(
            tr("{number:,} {light}").format(number=counts[light], light=tr(light)) for light in LIGHTS
        )
        text = tr("{parcels}: {lights}.").format(parcels=counted(len(self.evidence), "parcel"), lights=lights)
        text += why_grey(self.verdicts)
        if counts[RED]:
            text += tr(
                " Of the red ones about {expected_wrong_reds:.1f} are declared correctly, if one declaration in twenty "
                "is wrong."
            ).format(expected_wrong_reds=self.verdicts.expected_wrong_reds)
        if self.changes is not None:
            text += tr(
                " Parcels with another light than in the previous map: {light:,}; with another observed crop: {crop:,}."
            ).format(light=self.changes.light.sum(), crop=self.changes.crop.sum())
        return text


def check(request: DeclarationRequest) -> None:
    """Raise the error that would stop a run, before the parcels are read.

    Raises:
        MapError: the map names no class, or the groups do not fit.
        ParcelError: a raster or the parcels cannot be used.
        OutputError: the output has no known format or would replace an input.
    """
    form_of(request.checked)
    check_report(request.report)
    refuse_overwriting([*_rasters(request), request.parcels], [request.checked, request.report])
    check_inputs(request)
    ParcelFile(request.parcels, request.layer or None, encoding=request.encoding)


def check_inputs(request: DeclarationRequest) -> None:
    """Raise what is wrong with the maps and the groups; errors as `check`."""
    ClassMap(request.crop_map, request.confidence or None, any_codes=True).placed()
    classes = _classes(request.crop_map)
    read_groups(request.groups, classes)
    _check_previous(request, classes)


def check_declarations(request: DeclarationRequest, feedback: Feedback | None = None) -> DeclarationResult:
    """Check every declaration; outputs appear whole or not at all, and no parcel is left out.

    Raises:
        MapError, ParcelError: as `check`; or the parcels have no such field.
        AccuracyError: the table names a class that the map does not have.
        OutputError: an output cannot be written.
    """
    from ..report.declarations import write_declarations_report

    feedback = feedback or Feedback()
    check(request)
    classes = _classes(request.crop_map)
    groups = read_groups(request.groups, classes)
    class_map = ClassMap(request.crop_map, request.confidence or None, any_codes=True)
    parcels = ParcelFile(request.parcels, request.layer or None, encoding=request.encoding)
    with PendingOutputs([request.crop_map, request.parcels]) as outputs:
        report = outputs.add(request.report) if request.report else None
        feedback.title(tr("Reading parcels"))
        parcels.load(class_map.crs.ExportToWkt(), Part(feedback, 0.0, _READ))
        values = parcels.field_values(request.declared_field)
        declared, taken_for = declared_places(values, request.table, classes)
        if not (declared >= 0).any():
            shown = ", ".join(sorted({value for value in values if value})[:5]) or "nothing"
            raise MapError(
                tr(
                    "No declared crop is a class of the map: the field '{declared_field}' holds {shown}, the map has "
                    "{classes}; give a class table."
                ).format(
                    declared_field=request.declared_field,
                    shown=shown,
                    classes=", ".join(entry.name for entry in classes),
                )
            )
        codes, absent = understood(values, taken_for, request.table, classes)
        if codes:
            feedback.info(codes)
        if absent:
            feedback.warning(absent)
        fields = (*DECLARATION_FIELDS, *(CHANGE_FIELDS if request.previous_map else ()))
        parcels.reserve(outputs, request.checked, fields)

        def judged(rasters: tuple[str, str, str], part: Feedback) -> tuple[Evidence, Verdicts]:
            counted, options = ParcelOptions(leave_border=request.leave_border), request.options
            seen = evidence_of(rasters, parcels.shapes, classes, counted, part, parcels.name)
            if options.learn:
                seen = learnt(seen, declared, groups, options.min_pixels)
            return seen, judge(seen, declared, groups, options)

        middle = (_READ + _JUDGED) / 2 if request.previous_map else _JUDGED
        rasters = request.crop_map, request.probabilities, request.confidence
        feedback.title(tr("Judging declarations"))
        evidence, verdicts = judged(rasters, Part(feedback, _READ, middle))
        names = [entry.name for entry in classes]
        alike = hardly_told(evidence, declared, groups, names)
        since = None
        if request.previous_map:
            feedback.title(tr("Judging by the previous map"))
            rasters = request.previous_map, request.previous_probabilities, ""
            since = changes(judged(rasters, Part(feedback, middle, _JUDGED)), (evidence, verdicts))
        found = DeclarationResult(
            request.checked,
            classes,
            evidence,
            verdicts,
            declared,
            absent,
            evidence.pixels * _pixel_area(class_map),
            bool(request.probabilities),
            alike,
            since,
        )
        if not request.probabilities or (request.previous_map and not request.previous_probabilities):
            feedback.warning(
                tr(
                    "No class probabilities are given: parcels are judged by the shares of their pixels, which say "
                    "less of how certain the map is; choose the probabilities of the same run."
                )
            )
        if alike:
            feedback.info(alike)
        tags = {**derived_tags(request.crop_map), "DECLARATIONS": _described(request)}
        values_of = rows(evidence, verdicts, declared, names)
        if since is not None:
            values_of = (one + other for one, other in zip(values_of, since.rows(names)))
        style = declarations_style(parcels.held, fields)
        feedback.title(tr("Writing parcels"))
        parcels.write_values(values_of, tags, Part(feedback, _JUDGED, _WRITTEN), style)
        if report is not None:
            write_declarations_report(report, found, request.options, tags, Path(request.parcels).name)
        outputs.commit()
    feedback.progress(1.0)
    return found


def _classes(crop_map: str) -> tuple[CropClass, ...]:
    named = map_classes(crop_map).named
    if not named:
        raise MapError(
            tr("The crop map {crop_map} has no class names: declared crops cannot be compared with it.").format(
                crop_map=crop_map
            )
        )
    return named


def _pixel_area(class_map: ClassMap) -> float:
    from ..accuracy.population import pixel_area

    return pixel_area(class_map.frame, class_map.crs)


def _rasters(request: DeclarationRequest) -> list[str]:
    return [
        *(request.crop_map, request.probabilities, request.confidence),
        *(request.previous_map, request.previous_probabilities),
    ]


def _check_previous(request: DeclarationRequest, classes: tuple[CropClass, ...]) -> None:
    if not request.previous_map:
        if request.previous_probabilities:
            raise MapError(tr("Previous class probabilities are given without the previous crop map: give both."))
        return
    names = {entry.name for entry in classes}
    other = sorted({entry.name for entry in _classes(request.previous_map)} ^ names)
    if other:
        raise MapError(
            tr(
                "The previous map {previous_map} has other classes than the crop map ({other}): give one that "
                "was made with the same checkpoint."
            ).format(previous_map=request.previous_map, other=", ".join(other[:5]))
        )
    ClassMap(request.previous_map, any_codes=True).placed()


def _described(request: DeclarationRequest) -> str:
    options = ", ".join(f"{name}={value}" for name, value in sorted(vars(request.options).items()))
    groups = tr("; groups {groups}").format(groups=request.groups) if request.groups else ""
    if request.previous_map:
        groups += tr("; previous map {name}").format(name=Path(request.previous_map).name)
    return tr("field {field}; {options}").format(field=request.declared_field, options=f"{options}{groups}")
