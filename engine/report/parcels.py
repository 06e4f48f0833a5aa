"""What became of the parcels: how many have a label, and which labels want a second look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...models.card import CropClass
from ...models.language import tr
from .html import Markup, paragraph, section, table, tiles
from .numbers import percent
from .sections import class_name
from .wording import DOUBTFUL

if TYPE_CHECKING:
    from ..parcels.label import ParcelLabels

MIXED = 0.3
"""Share of the pixels of a parcel from which a second crop is told: two crops in one parcel, or a doubtful border."""


def parcels_section(labels: ParcelLabels, classes: Sequence[CropClass]) -> Markup:
    """Return counts of all parcels, and a row a crop."""
    labelled = labels.pixels > 0
    kinds = {
        tr("few pixels"): labelled & labels.few,
        tr("low confidence"): labelled & (labels.confidence < 100 * DOUBTFUL),
        tr("mixed"): labelled & (labels.runner_up_share >= MIXED),
    }
    figures: list[tuple[str, object]] = [(tr("parcels"), f"{len(labels):,}"), (tr("labelled"), f"{labels.labelled:,}")]
    figures += [(name, f"{int(found.sum()):,}") for name, found in kinds.items()]
    rows = []
    for entry in sorted(classes, key=lambda each: -int((labelled & (labels.code == each.code)).sum())):
        own = labelled & (labels.code == entry.code)
        if own.any():
            confidence = labels.confidence[own & ~np.isnan(labels.confidence)]
            mean = percent(float(confidence.mean()) / 100) if confidence.size else ""
            doubted = [int((own & found).sum()) for found in kinds.values()]
            rows.append([class_name(entry), f"{int(own.sum()):,}", mean, *(f"{number:,}" for number in doubted)])
    lead = tr(
        "A parcel has the class that most of its pixels hold. Check those with few pixels, with a mean confidence "
        "under {doubtful}, and mixed ones, where a second crop has {mixed} or more: the fields few_pixels, "
        "confidence and runner_share of the layer find them."
    ).format(doubtful=percent(DOUBTFUL), mixed=percent(MIXED))
    head = [tr("Crop"), tr("Parcels"), tr("Mean confidence"), *(name.capitalize() for name in kinds)]
    content = [tiles(figures)]
    if labels.why_not:
        content.append(paragraph(tr("Without a label: {why_not}.").format(why_not=labels.why_not), "caption"))
    if rows:
        content.append(table(head, rows, numbers=range(1, 6)))
    return section(tr("Parcels"), *content, lead=lead)
