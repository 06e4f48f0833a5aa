"""The report of a training: scores on unseen blocks, against plain learners, by crop, and how it was learnt."""

from __future__ import annotations

import math
from typing import Mapping

from ...models.language import N_, tr
from ..accuracy.intervals import Estimate
from ..provenance import device_in_words
from ..training.result import Compared, Reliability, TrainingResult
from .charts.accuracy import matrix_table
from .charts.training import learning_chart, reliability_chart
from .html import Markup, facts, figure, folded, join, notices, page, paragraph, section, table, tag, tiles, write
from .numbers import counted, duration, listed, percent
from .sections import card_section, class_name, provenance_section
from .training_learners import coefficients_section, compared_section, share_text

FEW_PARCELS = 20
"""Test parcels of a class under which its scores are named as uncertain."""

PARTS = {
    "train": N_("to learn from"), "validation": N_("for early stopping and calibration"), "test": N_("to judge on"),
}  # fmt: skip


def write_training_report(
    path: str, result: TrainingResult, provenance: Mapping[str, str], title: str = N_("Training")
) -> None:
    """Write one self-contained HTML file about a finished training.

    Args:
        path: the file to write.
        provenance: name -> text, shown as it is.

    Raises:
        OutputError: the file cannot be written.
    """
    content = [
        _opening(result),
        *([section(tr("Warnings"), notices(list(result.warnings), "warning"))] if result.warnings else []),
        compared_section(result),
        _by_class(result),
        _confusion(result),
        *([coefficients_section(result.card, result.coefficients)] if result.coefficients is not None else []),
        *([_learning(result)] if result.epochs or result.steps else []),
        _calibration(result),
        _samples(result),
        folded(tr("Checkpoint and limits"), card_section(result.card)),
        provenance_section({**provenance, "CHECKPOINT_SHA256": result.sha256}),
    ]
    subtitle = tr("{title}: {classes}, from {base}").format(
        title=tr(result.card.title), classes=counted(len(result.card.classes), "class", "classes"), base=tr(result.base)
    )
    write(path, page(tr(title), subtitle, content))


def _opening(result: TrainingResult) -> Markup:
    own, rival = result.network, result.strongest()
    blocks, _, parcels = result.parts["test"]
    sentences = [
        tr(
            "On {blocks} that it never saw, the checkpoint puts {overall} of {parcels:,} parcels or points "
            "into the right class. It holds: {learner}."
        ).format(
            blocks=counted(blocks, "block"),
            overall=share_text(own.parcels.overall),
            parcels=parcels,
            learner=tr(result.learner),
        ),
    ]
    if rival is not None:
        sentences += [_comparison(rival), result.behind()]
    if result.forest is None:
        sentences.append(tr("No random forest was fitted to compare, because scikit-learn is not installed."))
    sentences.append(_doubt(result))
    sentences.append(
        tr("Its probabilities are off by {error} on average (expected calibration error{result}).").format(
            error=percent(result.calibrated.error), result=_before(result)
        )
    )
    figures = [
        (tr("parcels right"), percent(own.parcels.overall.value)),
        *(
            [(tr("parcels right, {rival}").format(rival=tr(rival.name)), percent(rival.judged.parcels.overall.value))]
            if rival
            else []
        ),
        (tr("macro F1 by parcel"), f"{own.parcels.macro_f1.value:.2f}"),
        (tr("correct pixels"), percent(own.pixels.overall.value)),
        (tr("calibration error"), percent(result.calibrated.error)),
        (tr("on {device}").format(device=device_in_words(result.device)), duration(result.seconds)),
    ]
    lines = join((paragraph(sentence) for sentence in sentences if sentence), "\n")
    return join([tag("div", lines, class_="summary"), tiles(figures)], "\n")


def _comparison(rival: Compared) -> str:
    said = tr("The strongest simple classifier on the same parcels and blocks, {rival}, reaches {overall}").format(
        rival=tr(rival.name), overall=share_text(rival.judged.parcels.overall)
    )
    gap = rival.gain.value
    if abs(gap) < 0.005:
        return tr("{said}: there is no difference.").format(said=said)
    apart = rival.gain.lower > 0 or rival.gain.upper < 0
    doubt = "" if apart else tr(", which is within chance")
    verdict = "" if gap > 0 or not apart else tr(" More or cleaner labels may change that.")
    sentence = (
        tr("{said}: the checkpoint classifies {gap:.1f} more parcels per hundred correctly{doubt}.{verdict}")
        if gap > 0
        else tr("{said}: the checkpoint classifies {gap:.1f} fewer parcels per hundred correctly{doubt}.{verdict}")
    )
    return sentence.format(said=said, gap=100 * abs(gap), doubt=doubt, verdict=verdict)


def _doubt(result: TrainingResult) -> str:
    names, few, poor = result.network.parcel_matrix.classes, [], []
    totals, f1 = result.network.parcel_matrix.reference_totals, result.network.parcels.f1.value
    for place, name in enumerate(names):
        if totals[place] < FEW_PARCELS:
            few.append(tr(name))
        elif f1[place] < 0.7:
            poor.append(tr(name))
    sentences = []
    if poor:
        sentences.append(tr("Weak (F1 under 0.7): {poor}.").format(poor=listed(poor)))
    if few:
        sentences.append(
            tr("Judged on fewer than {few_parcels} parcels, so the scores are uncertain: {few}.").format(
                few_parcels=FEW_PARCELS, few=listed(few)
            )
        )
    return " ".join(sentences)


def _before(result: TrainingResult) -> str:
    return tr("; {error} before the temperature of {temperature:.2f} was applied").format(
        error=percent(result.raw.error), temperature=result.card.temperature
    )


def _by_class(result: TrainingResult) -> Markup:
    own, rival, classes = result.network, result.strongest(), result.card.classes
    totals = own.parcel_matrix.reference_totals
    head = [tr("Class"), tr("Labelled"), tr("Judged"), tr("User's accuracy"), tr("Producer's accuracy"), "F1"]
    head += [tr("F1, {rival}").format(rival=tr(rival.name))] if rival is not None else []
    head += [tr("Initialised from")]
    rows = []
    for place, entry in enumerate(classes):
        row: list[object] = [
            class_name(entry),
            f"{result.counts.get(entry.name, 0):,}",
            f"{totals[place]:,}",
            _cell(own.parcels.users[place]),
            _cell(own.parcels.producers[place]),
            _cell(own.parcels.f1[place]),
        ]
        row += [_cell(rival.judged.parcels.f1[place])] if rival is not None else []
        rows.append([*row, result.transferred.get(entry.name, "")])
    lead = tr(
        "By parcel, on the test blocks. User's accuracy: how many of the parcels mapped as a class belong to it. "
        "Producer's accuracy: how many of the parcels that belong to a class were mapped as it. In brackets the 95 % "
        "interval"
    ) + (
        tr(", from resampled blocks.")
        if own.by_block
        else tr("; parcels are treated as independent, which they are not entirely.")
    )
    return section(tr("Scores by class"), table(head, rows, numbers=range(1, len(head) - 1)), lead=lead)


def _confusion(result: TrainingResult) -> Markup:
    matrix, found = result.network.parcel_matrix, result.network.parcels
    colours = [entry.colour for entry in result.card.classes]
    lead = tr("Parcels of the test blocks. Each column is what a class truly is; the darker, the larger its share.")
    drawn = matrix_table(matrix.counts, [tr(name) for name in matrix.classes], colours, found.users, found.producers)
    return section(tr("Confusion matrix"), drawn, lead=lead)


def _learning(result: TrainingResult) -> Markup:
    if not result.epochs:
        return section(tr("Learning curve"), lead=tr("No epoch was done."))
    kept = (
        tr("The weights after epoch {best} were kept: there the loss on the validation blocks was lowest.").format(
            best=result.best
        )
        if result.best
        else tr("The initial weights were kept: no epoch lowered the loss on the validation blocks.")
    )
    lead = f"{counted(len(result.epochs), 'epoch')}, {counted(result.steps, 'step')}. {tr(result.stopped)} {kept}"
    caption = tr(
        "Left: loss. That of training also counts smoothed labels, each sensor alone and synthetic "
        "clouds, so it lies higher. Right: share of the validation parcels that are right."
    )
    return section(tr("Learning curve"), figure(learning_chart(result.epochs, result.best), caption), lead=lead)


def _calibration(result: TrainingResult) -> Markup:
    caption = tr(
        "Each dot is a group of test pixels of similar confidence; its size shows how many. On the diagonal the "
        "network is right as often as it says; below it is overconfident."
    )
    return section(
        tr("Reliability"),
        figure(reliability_chart(result.raw, result.calibrated), caption),
        lead=_calibration_lead(result.raw, result.calibrated, result.card.temperature),
    )


def _calibration_lead(raw: Reliability, calibrated: Reliability, temperature: float) -> str:
    return tr(
        "The logits are divided by {temperature:.2f}, fitted on the validation blocks. On the test "
        "blocks the expected calibration error goes from {error} to {error_2}."
    ).format(
        temperature=temperature,
        error=percent(raw.error),
        error_2=percent(calibrated.error),
    )


def _samples(result: TrainingResult) -> Markup:
    rows = [
        [
            tr("{part}, {use}").format(part=tr(name).capitalize(), use=tr(PARTS[name])),
            f"{blocks:,}",
            f"{windows:,}",
            f"{parcels:,}",
        ]
        for name, (blocks, windows, parcels) in result.parts.items()
    ]
    times = {tr("Fitting"): duration(result.seconds)}
    times |= {
        tr("Fitting and judging {other}").format(other=tr(other.name)): duration(other.seconds)
        for other in result.others
        if other.seconds
    }
    lead = tr(
        "Whole spatial blocks are assigned to the parts, so that no parcel is judged next to one used for training."
    )
    return section(
        tr("Samples and split"),
        table([tr("Part"), tr("Blocks"), tr("Windows"), tr("Parcels")], rows, (1, 2, 3)),
        facts(times),
        lead=lead,
    )


def _cell(estimate: Estimate) -> Markup | str:
    if math.isnan(estimate.value):
        return ""
    if math.isnan(estimate.lower):
        return f"{estimate.value:.2f}"
    bounds = tag("span", f"({estimate.lower:.2f}-{estimate.upper:.2f})", class_="whole")
    return join([f"{estimate.value:.2f} ", bounds])
