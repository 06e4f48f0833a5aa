"""The report of a check of declarations: how many of each light, which crops, and how far to trust it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ...models.language import tr
from ..declarations.judge import REASONS
from ..declarations.options import LIGHTS, RED, YELLOW
from ..declarations.style import LIGHT_COLOURS
from ..provenance import version
from ..writing.outputs import PendingOutput
from .charts.bars import stacked_bar
from .html import Markup, figure, folded, notices, page, paragraph, section, table, tag, tiles, write
from .numbers import hectares, in_percent, percent
from .sections import class_name, provenance_section

if TYPE_CHECKING:
    from ..declarations.options import DeclarationOptions
    from ..jobs.check_declarations import DeclarationResult

_MOST = 25

LISTED = (79, 89, 93)
"""Percent of the wrong declarations that the first 5, 10 and 20 % of the parcels by rank held on real ground, where 5 %
were wrong: `benchmarks/results/declarations.csv`."""


def write_declarations_report(
    pending: PendingOutput,
    found: DeclarationResult,
    options: DeclarationOptions,
    provenance: Mapping[str, str],
    parcels: str,
) -> None:
    """Write the report.

    Raises:
        OutputError: the place cannot be written.
    """
    content = [
        _opening(found),
        *_since(found),
        section(tr("By declared crop"), _by_crop(found), lead=tr("Parcels by light, and the area that they declare.")),
        section(
            tr("Disagreements"),
            _disagreements(found),
            lead=tr(
                "Declared and observed, red and yellow parcels only. The field rank of the checked parcels is the "
                "worklist: 1 is the parcel to look at first."
            ),
        ),
        section(tr("Areas"), _areas(found), lead=_AREAS_LEAD),
        section(tr("Reasons"), _reasons(found)),
        folded(tr("How it was judged"), _rules(found, options)),
        provenance_section(provenance),
    ]
    write(pending, page(tr("Declared and observed crops"), parcels, content, f"Crop Attention {version()}"))


_AREAS_LEAD = tr(
    "Declared: as the parcels say. Observed: by the majority class. Expected: by the mean "
    "probabilities of parcels, which spread what is uncertain over the crops that it may be."
)


def _opening(found: DeclarationResult) -> Markup:
    counts = found.counts
    bar = stacked_bar(
        [(tr(light), LIGHT_COLOURS[light], counts[light] / max(len(found.evidence), 1)) for light in LIGHTS],
        tr("Shares of the lights"),
    )
    figures = [(tr("{light} parcels").format(light=tr(light)), f"{counts[light]:,}") for light in LIGHTS]
    figures.append((tr("red although declared correctly (expected)"), f"{found.verdicts.expected_wrong_reds:.1f}"))
    summary = tag("div", paragraph(found.sentence), class_="summary")
    return Markup(f"{summary}\n{tiles(figures)}\n{figure(bar)}\n{notices(_warnings(found), 'warning')}")


def _warnings(found: DeclarationResult) -> list[str]:
    warnings = []
    if not found.by_probability:
        warnings.append(
            tr("No class probabilities were given: the probabilities here are shares of pixels and are not calibrated.")
        )
    warnings += filter(None, (found.absent, found.alike))
    return warnings


def _since(found: DeclarationResult) -> list[Markup]:
    """Return the section on what the previous map said, if there is one."""
    if found.changes is None:
        return []
    head = [tr("Light before"), *(tr("now {light}").format(light=tr(light)) for light in LIGHTS)]
    lights = [
        [tr(light).capitalize(), *(f"{n:,}" for n in row)] for light, row in zip(LIGHTS, found.changes.moves.tolist())
    ]
    seen = np.stack([found.changes.evidence.observed, found.evidence.observed], axis=1)[found.changes.crop]
    pairs, counts = np.unique(seen, axis=0, return_counts=True)
    crops = [
        [
            *(class_name(found.classes[place]) if place >= 0 else tr("none") for place in pairs[n].tolist()),
            f"{counts[n]:,}",
        ]
        for n in np.argsort(-counts, kind="stable")[:_MOST].tolist()
    ]
    content = [table(head, lights, numbers=range(1, len(head)))]
    if crops:
        content.append(table([tr("Observed before"), tr("Observed now"), tr("Parcels")], crops, numbers=(2,)))
    lead = tr("Both maps judged by the same rules; the field 'changed' marks these parcels.")
    return [section(tr("Since the previous map"), Markup("\n".join(content)), lead=lead)]


def _by_crop(found: DeclarationResult) -> Markup:
    lights, rows = found.verdicts.lights, []
    for place, entry in enumerate(found.classes):
        own = found.declared == place
        if own.any():
            counts = [int((own & (lights == light)).sum()) for light in LIGHTS]
            line = [class_name(entry), *(f"{count:,}" for count in counts), hectares(float(found.area[own].sum()))]
            rows.append((counts[0] + counts[1], line))
    rows.sort(key=lambda entry: -entry[0])
    head = [tr("Declared crop"), *(tr(light).capitalize() for light in LIGHTS), tr("Area")]
    return table(head, [line for _, line in rows], numbers=range(1, len(head)))


def _disagreements(found: DeclarationResult) -> Markup:
    lights = found.verdicts.lights
    doubted = np.isin(lights, (RED, YELLOW)) & (found.declared >= 0) & (found.evidence.observed >= 0)
    pairs, counts = np.unique(
        np.stack([found.declared[doubted], found.evidence.observed[doubted]], axis=1), axis=0, return_counts=True
    )
    if not len(pairs):
        return paragraph(tr("No declaration is doubted."))
    rows = []
    for number in np.argsort(-counts, kind="stable")[:_MOST].tolist():
        own, seen = pairs[number].tolist()
        here = doubted & (found.declared == own) & (found.evidence.observed == seen)
        red = int((here & (lights == RED)).sum())
        names = class_name(found.classes[own]), class_name(found.classes[seen])
        rows.append([*names, f"{red:,}", f"{counts[number] - red:,}", hectares(float(found.area[here].sum()))])
    return table(
        [tr("Declared"), tr("Observed"), *(tr(light).capitalize() for light in (RED, YELLOW)), tr("Area")],
        rows,
        numbers=(2, 3, 4),
    )


def _areas(found: DeclarationResult) -> Markup:
    expected = found.area @ found.evidence.probability
    rows = []
    for place, entry in enumerate(found.classes):
        declared = float(found.area[found.declared == place].sum())
        observed = float(found.area[found.evidence.observed == place].sum())
        if declared or observed:
            figures = (declared, observed, float(expected[place]))
            rows.append([class_name(entry), *(hectares(figure) for figure in figures)])
    return table([tr("Crop"), tr("Declared"), tr("Observed"), tr("Expected")], rows, numbers=(1, 2, 3))


def _reasons(found: DeclarationResult) -> Markup:
    names = {"observed": tr("another crop"), "declared": tr("the declared one"), "second": tr("a second one")}
    names["mapped"] = names["observed"]
    rows = []
    for reason, text in REASONS.items():
        count = int((found.verdicts.reason == reason).sum())
        if count:
            light = found.verdicts.lights[found.verdicts.reason == reason][0]
            square = tag("span", "", class_="swatch", style=f"background:{LIGHT_COLOURS[light]}")
            rows.append([Markup(f"{square}{tr(light)}"), tr(text).format(**names), f"{count:,}"])
    return table([tr("Light"), tr("Reason"), tr("Parcels")], rows, numbers=(2,))


def _rules(found: DeclarationResult, options: DeclarationOptions) -> Markup:
    sentences = [
        tr("Agreement is never doubted: a parcel whose observed crop is the declared one, or of its group, is green."),
        tr(
            "Red: the declared crop (with its group) has a probability of {red_declared} or less, the "
            "observed one of {red_observed} or more, and one crop fills the parcel."
        ).format(red_declared=in_percent(found.verdicts.red_below, 2), red_observed=percent(options.red_observed)),
        tr(
            "Yellow: the crops disagree and one of these fails, or a second crop has {mixed_share} of the "
            "pixels or more."
        ).format(mixed_share=percent(options.mixed_share)),
        tr(
            "Grey: fewer than {min_pixels} pixels, no declared crop, a declared crop that the map does not have, or "
            "nothing observed."
        ).format(min_pixels=options.min_pixels),
        tr(
            "A probability is the mean over the pixels of the parcel. The number of red parcels declared "
            "correctly follows from the probabilities of their declared crops if one declaration in twenty is wrong: "
            "it holds as far as the probabilities are calibrated for this region."
        ),
        tr("Do not judge parcels by a checkpoint that was trained on them."),
    ]
    if found.evidence.learnt is not None:
        sentences.append(
            tr(
                "The first of these limits was chosen here: with it {wrong_reds} of the correct declarations are "
                "expected to be red."
            ).format(wrong_reds=in_percent(options.wrong_reds, 2))
        )
        sentences.append(
            tr(
                "Where one in twenty declarations was changed on real ground, the first 5 % of all parcels by their "
                "place in the worklist held {first} % of the changes, the first 10 % {second} %, the first 20 % "
                "{third} %."
            ).format(first=LISTED[0], second=LISTED[1], third=LISTED[2])
        )
        sentences.append(
            tr(
                "How the map sees each crop here was learnt from the declarations, each fifth of them judged by what "
                "the others taught: a crop that most parcels declare wrongly is assumed to be right."
            )
        )
    return notices(sentences, "note")
