"""The report of a check of declarations: how many of each light, which crops, and how far to trust it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..declarations.judge import GREEN, GREY, LIGHTS, NOT_IN_MAP, REASONS, RED, YELLOW
from ..provenance import version
from ..writing.outputs import PendingOutput
from .charts import stacked_bar
from .html import Markup, figure, notices, page, paragraph, section, table, tag, tiles, write
from .numbers import hectares, percent
from .parts import class_name, provenance_section

if TYPE_CHECKING:
    from ..declarations.options import DeclarationOptions
    from ..jobs.check_declarations import DeclarationResult

LIGHT_COLOURS = {RED: "#b2182b", YELLOW: "#f2c14e", GREEN: "#1b7f79", GREY: "#9aa5a0"}
"""Told apart by people who do not tell red from green: dark red, light yellow, blue-green, grey."""

_MOST = 25


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
        section("By declared crop", _by_crop(found), lead="Parcels by light, and the area that they declare."),
        section("Disagreements", _disagreements(found), lead="Declared and observed, red and yellow parcels only."),
        section("Areas", _areas(found), lead=_AREAS_LEAD),
        section("Reasons", _reasons(found)),
        section("How it was judged", _rules(found, options)),
        provenance_section(provenance),
    ]
    write(pending, page("Declared and observed crops", parcels, content, f"Crop Attention {version()}"))


_AREAS_LEAD = (
    "Declared: as the parcels say. Observed: by the majority class. Expected: by the mean probabilities of parcels, "
    "which spread what is uncertain over the crops that it may be."
)


def _opening(found: DeclarationResult) -> Markup:
    counts = found.counts
    bar = stacked_bar(
        [(light, LIGHT_COLOURS[light], counts[light] / max(len(found.evidence), 1)) for light in LIGHTS],
        "Shares of the lights",
    )
    figures = [(f"{light} parcels", f"{counts[light]:,}") for light in LIGHTS]
    figures.append(("red though declared correctly, expected", f"{found.verdicts.expected_wrong_reds:.1f}"))
    summary = tag("div", paragraph(found.sentence), class_="summary")
    return Markup(f"{summary}\n{tiles(figures)}\n{figure(bar)}\n{notices(_warnings(found), 'warning')}")


def _warnings(found: DeclarationResult) -> list[str]:
    warnings = []
    if not found.by_probability:
        warnings.append(
            "No class probabilities were given: the probabilities here are shares of pixels and are not calibrated."
        )
    absent = sorted(value for value, name in found.taken_for.items() if not name)
    if absent:
        number = int((found.declared == NOT_IN_MAP).sum())
        shown = ", ".join(absent[:_MOST]) + (", ..." if len(absent) > _MOST else "")
        warnings.append(f"{number:,} parcels declare crops that the map has no class for: {shown}.")
    return warnings


def _since(found: DeclarationResult) -> list[Markup]:
    """Return the section on what the previous map said, if there is one."""
    if found.changes is None:
        return []
    head = ["Light before", *(f"now {light}" for light in LIGHTS)]
    lights = [
        [light.capitalize(), *(f"{n:,}" for n in row)] for light, row in zip(LIGHTS, found.changes.moves.tolist())
    ]
    seen = np.stack([found.changes.evidence.observed, found.evidence.observed], axis=1)[found.changes.crop]
    pairs, counts = np.unique(seen, axis=0, return_counts=True)
    crops = [
        [*(class_name(found.classes[place]) if place >= 0 else "none" for place in pairs[n].tolist()), f"{counts[n]:,}"]
        for n in np.argsort(-counts, kind="stable")[:_MOST].tolist()
    ]
    content = [table(head, lights, numbers=range(1, len(head)))]
    if crops:
        content.append(table(["Observed before", "Observed now", "Parcels"], crops, numbers=(2,)))
    lead = "Both maps judged by the same rules; the field 'changed' marks these parcels."
    return [section("Since the previous map", Markup("\n".join(content)), lead=lead)]


def _by_crop(found: DeclarationResult) -> Markup:
    lights, rows = found.verdicts.lights, []
    for place, entry in enumerate(found.classes):
        own = found.declared == place
        if own.any():
            counts = [int((own & (lights == light)).sum()) for light in LIGHTS]
            line = [class_name(entry), *(f"{count:,}" for count in counts), hectares(float(found.area[own].sum()))]
            rows.append((counts[0] + counts[1], line))
    rows.sort(key=lambda entry: -entry[0])
    head = ["Declared crop", *(light.capitalize() for light in LIGHTS), "Area"]
    return table(head, [line for _, line in rows], numbers=range(1, len(head)))


def _disagreements(found: DeclarationResult) -> Markup:
    lights = found.verdicts.lights
    doubted = np.isin(lights, (RED, YELLOW)) & (found.declared >= 0) & (found.evidence.observed >= 0)
    pairs, counts = np.unique(
        np.stack([found.declared[doubted], found.evidence.observed[doubted]], axis=1), axis=0, return_counts=True
    )
    if not len(pairs):
        return paragraph("No declaration is doubted.")
    rows = []
    for number in np.argsort(-counts, kind="stable")[:_MOST].tolist():
        own, seen = pairs[number].tolist()
        here = doubted & (found.declared == own) & (found.evidence.observed == seen)
        red = int((here & (lights == RED)).sum())
        names = class_name(found.classes[own]), class_name(found.classes[seen])
        rows.append([*names, f"{red:,}", f"{counts[number] - red:,}", hectares(float(found.area[here].sum()))])
    return table(["Declared", "Observed", "Red", "Yellow", "Area"], rows, numbers=(2, 3, 4))


def _areas(found: DeclarationResult) -> Markup:
    expected = found.area @ found.evidence.probability
    rows = []
    for place, entry in enumerate(found.classes):
        declared = float(found.area[found.declared == place].sum())
        observed = float(found.area[found.evidence.observed == place].sum())
        if declared or observed:
            figures = (declared, observed, float(expected[place]))
            rows.append([class_name(entry), *(hectares(figure) for figure in figures)])
    return table(["Crop", "Declared", "Observed", "Expected"], rows, numbers=(1, 2, 3))


def _reasons(found: DeclarationResult) -> Markup:
    names = {"observed": "another crop", "declared": "the declared one", "second": "a second one"}
    rows = []
    for reason, text in REASONS.items():
        count = int((found.verdicts.reason == reason).sum())
        if count:
            light = found.verdicts.lights[found.verdicts.reason == reason][0]
            square = tag("span", "", class_="swatch", style=f"background:{LIGHT_COLOURS[light]}")
            rows.append([Markup(f"{square}{light}"), text.format(**names), f"{count:,}"])
    return table(["Light", "Reason", "Parcels"], rows, numbers=(2,))


def _rules(found: DeclarationResult, options: DeclarationOptions) -> Markup:
    sentences = [
        "Agreement is never doubted: a parcel whose observed crop is the declared one, or of its group, is green.",
        f"Red: the declared crop (with its group) has a probability of {percent(options.red_declared)} or less, the "
        f"observed one of {percent(options.red_observed)} or more, and one crop fills the parcel.",
        f"Yellow: the crops disagree and one of these fails, or a second crop has {percent(options.mixed_share)} "
        "of the pixels or more.",
        f"Grey: fewer than {options.min_pixels} pixels, no declared crop, none that the map has, or nothing is seen.",
        "A probability is the mean over the pixels of the parcel. The number of red parcels declared correctly is "
        "the sum of the probabilities of their declared crops: it holds as far as the probabilities are calibrated "
        "for this region.",
        "Do not judge parcels by a checkpoint that was trained on them.",
    ]
    return notices(sentences, "note")
