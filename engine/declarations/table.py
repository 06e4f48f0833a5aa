"""The fields that checked parcels gain, and their values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ...models.language import N_
from ..parcels.fields import BOOLEAN, INTEGER, REAL, TEXT, ParcelField
from .judge import Evidence, Verdicts, sentences

DECLARATION_FIELDS = (
    ParcelField("rank", INTEGER, N_("Place in the worklist, 1 first; empty where there is nothing to look at")),
    ParcelField("light", TEXT, N_("Light: red, yellow, green, or grey for not judged")),
    ParcelField("reason", TEXT, N_("Why")),
    ParcelField("declared", TEXT, N_("Declared crop as a class of the map")),
    ParcelField(
        "observed", TEXT, N_("Observed crop: the majority class, or what the declarations teach that it means")
    ),
    ParcelField("p_declared", REAL, N_("Probability of the declared crop with its group (%)")),
    ParcelField("p_observed", REAL, N_("Probability of the observed crop with its group (%)")),
    ParcelField("margin", REAL, N_("Probability of the observed less that of the declared crop (percentage points)")),
    ParcelField("pixels", INTEGER, N_("Pixels that were counted")),
    ParcelField("share", REAL, N_("Share of the pixels that hold the majority class (%)")),
    ParcelField("second", TEXT, N_("Second crop")),
    ParcelField("sec_share", REAL, N_("Share of the pixels that hold the second crop (%)")),
    ParcelField("two_crops", BOOLEAN, N_("The second crop holds a large share: two crops in one parcel")),
    ParcelField("mapped", TEXT, N_("Majority class of the map")),
)
"""Names and order are public; ten letters at most, so that shapefiles hold them."""


def rows(
    evidence: Evidence, verdicts: Verdicts, declared: np.ndarray, names: Sequence[str]
) -> Iterator[tuple[object, ...]]:
    """Yield the values of `DECLARATION_FIELDS` parcel by parcel, None where there is nothing to say."""

    def name(place: int) -> str | None:
        return names[place] if place >= 0 else None

    reasons = sentences(verdicts, evidence, declared, names)
    columns = (
        verdicts.rank,
        verdicts.lights,
        declared,
        evidence.observed,
        verdicts.declared,
        verdicts.observed,
        verdicts.margin,
        evidence.pixels,
        evidence.share,
        evidence.second,
        evidence.second_share,
        verdicts.mixed,
        evidence.mapped,
    )
    for reason, values in zip(reasons, zip(*(column.tolist() for column in columns))):
        rank, light, own, seen, p_own, p_seen, margin, pixels, share, second, second_share, mixed, mapped = values
        yield (
            rank or None,
            light,
            reason,
            name(own),
            name(seen),
            in_percent(p_own),
            in_percent(p_seen),
            in_percent(margin),
            pixels,
            in_percent(share) if mapped >= 0 else None,
            name(second),
            in_percent(second_share) if second >= 0 else None,
            bool(mixed),
            name(mapped),
        )


def in_percent(value: float) -> float | None:
    """Return a share or a difference of shares in percent, None for NaN."""
    return None if np.isnan(value) else round(100 * value, 2)
