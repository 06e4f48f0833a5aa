"""Areas of an assessment: as the map shows them, and corrected for its errors."""

from __future__ import annotations

import math

from ...models.language import tr
from ..accuracy.assessment import AssessedClass, Assessment
from ..accuracy.intervals import Estimate
from ..accuracy.options import KINDS, PARCEL, POINT
from .charts.accuracy import Row, area_chart, interval_text
from .html import Markup, figure, join, paragraph, section, table, tag
from .numbers import counted, hectares, listed, span

_HECTARE = 10_000

OLOFSSON = "Olofsson et al. 2014, Remote Sensing of Environment 148:42-57"
STEHMAN = "Stehman 2014, International Journal of Remote Sensing 35(13):4923-4939"


def areas_section(assessment: Assessment) -> Markup:
    """Return the chart and the table of areas, and what they leave out."""
    areas = assessment.areas
    if areas is None:
        return section(tr("Areas"), lead=tr("No areas are estimated: no stratum holds two units of the reference."))
    rows, lines = [], []
    for place, entry in enumerate(assessment.area_classes):
        adjusted = areas.adjusted[place]
        in_hectares = Estimate(*(part / _HECTARE for part in (adjusted.value, adjusted.lower, adjusted.upper)))
        rows.append(Row(tr(entry.name), entry.colour, (in_hectares,), float(areas.mapped[place]) / _HECTARE))
        lines.append(
            [
                class_cell(entry),
                hectares(float(areas.mapped[place])),
                hectares(adjusted.value),
                _range(adjusted),
                interval_text(areas.users[place]),
                interval_text(areas.producers[place]),
            ]
        )
    if areas.by_map:
        source = tr("the stratified estimators of {olofsson}; strata are the classes of the map").format(
            olofsson=OLOFSSON
        )
    else:
        source = tr("the estimators of {stehman}, for strata that are not the classes of the map").format(
            stehman=STEHMAN
        )
    lead = tr(
        "Mapped area is a count of pixels and carries the errors of the map. Adjusted area corrects it by what the "
        "reference found, after {source}. It applies to {total} and is based on {units}."
    ).format(
        source=source,
        total=hectares(areas.total),
        units=counted(areas.units, "parcel" if areas.clustered else assessment.unit),
    )
    head = [
        tr("Class"),
        tr("Mapped"),
        tr("Adjusted"),
        tr("95 % interval"),
        tr("User's, by area"),
        tr("Producer's, by area"),
    ]
    notes = []
    if areas.left_out:
        notes.append(
            tr("Left out, because fewer than two {units} lie in them: {left_out} ({left_out_area} mapped).").format(
                units=tr(KINDS[POINT if assessment.unit == POINT else PARCEL]),
                left_out=listed([tr(name) for name in areas.left_out]),
                left_out_area=hectares(areas.left_out_area),
            )
        )
    if assessment.unit == PARCEL:
        notes.append(
            tr(
                "Parcels count alike here, whatever their size: where large parcels are mapped better or worse "
                "than small ones, compare pixels or points instead."
            )
        )
    chart = area_chart(rows, tr("Mapped and adjusted areas by class"))
    return section(
        tr("Areas, adjusted for errors of the map"),
        figure(chart),
        table(head, lines, (1, 2, 3, 4, 5)),
        *(paragraph(note, "caption") for note in notes),
        lead=lead,
    )


def moved(assessment: Assessment) -> str:
    """Name classes whose mapped area lies outside the interval of the adjusted one."""
    areas = assessment.areas
    if areas is None or areas.left_out or assessment.unseen:
        return ""
    over = [
        tr(entry.name)
        for place, entry in enumerate(assessment.area_classes)
        if areas.mapped[place] > areas.adjusted.upper[place]
    ]
    under = [
        tr(entry.name)
        for place, entry in enumerate(assessment.area_classes)
        if areas.mapped[place] < areas.adjusted.lower[place]
    ]
    sentences = {
        (True, True): tr("The map shows too much {over} and too little {under}, by more than chance explains."),
        (True, False): tr("The map shows too much {over}, by more than chance explains."),
        (False, True): tr("The map shows too little {under}, by more than chance explains."),
        (False, False): "",
    }
    return sentences[bool(over), bool(under)].format(over=listed(over), under=listed(under))


def class_cell(entry: AssessedClass) -> Markup:
    """Return the colour and the name of a class."""
    square = tag("span", "", class_="swatch", style=f"background:{entry.colour}")
    return tag("span", join([square, tr(entry.name)]), class_="class")


def _range(estimate: Estimate) -> str:
    if math.isnan(estimate.lower):
        return "–"
    return span(hectares(estimate.lower), hectares(estimate.upper))
