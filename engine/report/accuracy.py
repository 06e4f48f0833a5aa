"""The report of an assessment: matrix, scores and areas with intervals, and what the numbers do not say."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ...models.language import tr
from ..accuracy.assessment import Assessment
from ..accuracy.intervals import Estimate
from ..accuracy.options import KINDS, PIXEL
from ..accuracy.scores import CLUSTERED
from ..writing.outputs import PendingOutput
from .accuracy_areas import areas_section, class_cell, moved
from .charts.accuracy import Row, interval_chart, interval_text, matrix_table
from .html import Markup, figure, folded, join, notices, page, paragraph, section, table, tag, tiles, write
from .numbers import counted, in_percent, listed, percent, span
from .sections import provenance_section
from .theme import OPTICAL, RADAR, WARM

_WORST = 3


def write_accuracy_report(
    path: str | PendingOutput, assessment: Assessment, provenance: Mapping[str, str], title: str = ""
) -> None:
    """Write one self-contained HTML file about an assessment.

    Args:
        path: the file to write, or its place among the outputs of a run.
        provenance: name -> text, shown as it is.

    Raises:
        OutputError: the file cannot be written.
    """
    content = [
        _opening(assessment),
        _told(tr("Warnings"), assessment.warnings, "warning"),
        _matrix(assessment),
        _scores(assessment),
        areas_section(assessment),
        _reading(assessment),
        _told(tr("Notes"), assessment.notes, "note"),
        folded(tr("Classes matched and units left out"), *_matching(assessment)),
        provenance_section(provenance),
    ]
    subtitle = tr("{total} of the reference against the map").format(
        total=counted(assessment.matrix.total, assessment.unit)
    )
    write(path, page(title or tr("Accuracy of a crop map"), subtitle, content))


def _opening(assessment: Assessment) -> Markup:
    scores, matrix, areas = assessment.scores, assessment.matrix, assessment.areas
    right = int(matrix.agreeing.sum())
    noun = counted(matrix.total, assessment.unit)
    sentences = [
        tr("The map agrees with the reference on {right:,} of {noun}: overall accuracy {overall}.").format(
            right=right, noun=noun, overall=_interval(scores.overall)
        ),
    ]
    confusions = _confusions(assessment)
    if confusions:
        sentences.append(tr("The most frequent confusions: {confusions}.").format(confusions=listed(confusions)))
    if areas is not None:
        shifted = moved(assessment)
        weighted = tr("Weighted by mapped area, overall accuracy is {overall}.").format(
            overall=_interval(areas.overall)
        )
        sentences.append(f"{weighted} {shifted}".strip())
    sentences.append(
        tr(
            "The intervals cover the chance of drawing these units and no others; that the reference was drawn at "
            "random is assumed, see below."
        )
    )
    figures: list[tuple[str, object]] = [
        (
            tr("overall accuracy{overall}").format(overall=_bounds(scores.overall)),
            in_percent(scores.overall.value),
        ),
        (tr("kappa{kappa}").format(kappa=_bounds(scores.kappa, 1, 2)), _plain(scores.kappa)),
        (tr("macro F1{bounds}").format(bounds=_bounds(scores.macro_f1)), in_percent(scores.macro_f1.value)),
        (tr("compared"), counted(matrix.total, assessment.unit)),
    ]
    lines = join((paragraph(sentence) for sentence in sentences), "\n")
    return join([tag("div", lines, class_="summary"), tiles(figures)], "\n")


def _matrix(assessment: Assessment) -> Markup:
    matrix, scores = assessment.matrix, assessment.scores
    drawn = matrix_table(
        matrix.counts,
        [tr(name) for name in matrix.classes],
        [entry.colour for entry in assessment.classes],
        scores.users,
        scores.producers,
    )
    lead = tr(
        "Rows are classes of the map, columns classes of the reference; cells count {units}. Column 3 is "
        "the class of row 3. Agreement lies on the diagonal (green)."
    ).format(units=tr(KINDS[assessment.unit]))
    caption = tr(
        "The darker a cell, the larger its share of its column: how the map classifies what the reference assigns to "
        "the class of the column. User's accuracy is read along a row, producer's accuracy down a column."
    )
    return section(tr("Confusion matrix"), figure(drawn, caption), lead=lead)


def _scores(assessment: Assessment) -> Markup:
    scores = assessment.scores
    marks = ((tr("user's accuracy"), RADAR), (tr("producer's accuracy"), WARM), ("F1", OPTICAL))
    rows, lines = [], []
    for place, entry in enumerate(assessment.classes):
        found = (scores.users[place], scores.producers[place], scores.f1[place])
        rows.append(Row(tr(entry.name), entry.colour, found))
        lines.append(
            [
                class_cell(entry),
                f"{assessment.matrix.map_totals[place]:,}",
                f"{assessment.matrix.reference_totals[place]:,}",
                *(interval_text(estimate) for estimate in found),
            ]
        )
    head = [tr("Class"), tr("Map"), tr("Reference"), tr("User's accuracy"), tr("Producer's accuracy"), "F1"]
    if scores.intervals == CLUSTERED:
        how = tr(
            "Intervals are percentiles of a bootstrap over the {clusters:,} parcels: pixels of one parcel are alike, "
            "so parcels are drawn whole. Where all pixels of a class agree, Wilson's interval for as many parcels is "
            "used instead."
        ).format(clusters=scores.clusters)
    else:
        how = tr(
            "All {units} count as drawn one by one. Intervals are Wilson's for the accuracies and, through "
            "the Jaccard index, for F1; for kappa from the large-sample variance of Fleiss, Cohen and "
            "Everitt (1969), for macro F1 by the delta method."
        ).format(units=tr(KINDS[assessment.unit]))
    lead = tr(
        "User's accuracy is the share of what the map assigns to a class that truly belongs to it; producer's "
        "accuracy is the share of what truly belongs to a class that the map assigns to it. F1 is their harmonic "
        "mean. Lines are 95 % intervals."
    )
    chart = interval_chart(rows, marks, tr("User's accuracy, producer's accuracy and F1 by class"))
    return section(
        tr("Scores by class"), figure(chart), table(head, lines, (1, 2, 3, 4, 5)), paragraph(how, "caption"), lead=lead
    )


def _reading(assessment: Assessment) -> Markup:
    by_map = assessment.areas is None or assessment.areas.by_map
    strata = tr("class of the map") if by_map else tr("stratum of the strata raster")
    lines = [
        tr(
            "The area estimates assume a probability sample: units drawn at random within each {strata}, "
            "with a known probability for every place of the map. The matrix scores above weigh every unit alike, "
            "which is right for a simple random sample."
        ).format(strata=strata),
        tr(
            "Parcels that were chosen for another reason (subsidy declarations, fields along roads, fields "
            "that a farmer offered, what was left after training) are a purposive sample. The numbers then "
            "describe these parcels; carrying them over to the map is a judgement that no interval backs."
        ),
        tr("Parcels the network was trained on must not be among the reference: the accuracy would come out too high."),
        tr(
            "The intervals cover sampling alone. They do not cover wrong labels in the reference, shifts "
            "between map and reference, nor that neighbouring parcels are alike."
        ),
        tr("Accuracy applies to this map, season and area only."),
    ]
    if assessment.unit == PIXEL:
        lines.insert(
            1, tr("Pixels of one parcel were not drawn one by one; the bootstrap over parcels accounts for that.")
        )
    items = join((tag("li", line) for line in lines), "\n")
    return section(tr("What the numbers assume, and what they do not cover"), tag("ul", items, class_="note"))


def _matching(assessment: Assessment) -> list[Markup]:
    lead = tr("Which value of the reference was compared with which class of the map.")
    rows = [(value, tr(goes), f"{count:,}") for value, goes, count in assessment.matched]
    content = [
        paragraph(lead, "lead"),
        table([tr("Reference value"), tr("Class of the map"), tr("Features")], rows, (2,)),
    ]
    if assessment.left_out:
        lost = [
            (f"{row.count:,}", tr("{units} {why}").format(units=tr(row.what), why=row.why))
            for row in assessment.left_out
        ]
        content += [tag("h3", tr("Not in the matrix")), table([tr("Count"), tr("What and why")], lost, (0,))]
    else:
        content.append(paragraph(tr("Every feature of the reference is in the matrix."), "caption"))
    return content


def _told(title: str, messages: Sequence[str], kind: str) -> Markup:
    return section(title, notices(messages, kind)) if messages else Markup()


def _confusions(assessment: Assessment) -> list[str]:
    """Return the largest cells off the diagonal in words."""
    counts = assessment.matrix.counts.copy()
    counts[range(len(counts)), range(len(counts))] = 0
    names = assessment.matrix.classes
    cells = sorted(((int(counts[i, j]), i, j) for i in range(len(names)) for j in range(len(names))), reverse=True)
    return [
        tr("{names} mapped as {names_2} ({number})").format(
            names=tr(names[j]), names_2=tr(names[i]), number=counted(number, assessment.unit)
        )
        for number, i, j in cells[:_WORST]
        if number > 0
    ]


def _interval(estimate: Estimate) -> str:
    if math.isnan(estimate.lower):
        return percent(float(estimate.value)) or tr("unknown")
    return tr("{value} (95 % interval {bounds})").format(
        value=in_percent(estimate.value), bounds=span(f"{100 * estimate.lower:.1f}", in_percent(estimate.upper))
    )


def _bounds(estimate: Estimate, scale: float = 100, digits: int = 1) -> str:
    if math.isnan(estimate.lower):
        return tr(", no interval")
    return tr(", {bounds}").format(
        bounds=span(f"{scale * estimate.lower:.{digits}f}", f"{scale * estimate.upper:.{digits}f}")
    )


def _plain(estimate: Estimate) -> str:
    return "–" if math.isnan(estimate.value) else f"{estimate.value:.2f}"
