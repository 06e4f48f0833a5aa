"""The fields that checked parcels gain, and their values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..parcels.fields import BOOLEAN, INTEGER, REAL, TEXT, ParcelField
from .judge import Evidence, Verdicts, sentences

DECLARATION_FIELDS = (
    ParcelField("rank", INTEGER, "Place in the worklist, 1 first; empty where there is nothing to look at"),
    ParcelField("light", TEXT, "red, yellow, green, or grey for not judged"),
    ParcelField("reason", TEXT, "Why"),
    ParcelField("declared", TEXT, "Declared crop as a class of the map"),
    ParcelField("observed", TEXT, "Observed crop: the majority class"),
    ParcelField("p_declared", REAL, "Probability of the declared crop with its group, 0 to 1"),
    ParcelField("p_observed", REAL, "Probability of the observed crop with its group, 0 to 1"),
    ParcelField("margin", REAL, "Probability of the observed less that of the declared crop"),
    ParcelField("pixels", INTEGER, "Pixels that were counted"),
    ParcelField("share", REAL, "Share of the pixels that hold the observed crop, 0 to 1"),
    ParcelField("second", TEXT, "Second crop"),
    ParcelField("sec_share", REAL, "Share of the pixels that hold the second crop, 0 to 1"),
    ParcelField("two_crops", BOOLEAN, "The second crop holds a large share: two crops in one parcel"),
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
    )
    for reason, values in zip(reasons, zip(*(column.tolist() for column in columns))):
        rank, light, own, seen, p_own, p_seen, margin, pixels, share, second, second_share, mixed = values
        yield (
            rank or None,
            light,
            reason,
            name(own),
            name(seen),
            _number(p_own),
            _number(p_seen),
            _number(margin),
            pixels,
            _number(share) if seen >= 0 else None,
            name(second),
            _number(second_share) if second >= 0 else None,
            bool(mixed),
        )


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 4)
