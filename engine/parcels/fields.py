"""The fields that labelled parcels gain: names and order are public and frozen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .label import ParcelLabels

INTEGER, REAL, TEXT, BOOLEAN = "integer", "real", "text", "boolean"


@dataclass(frozen=True)
class ParcelField:
    """One field of the output.

    Attributes:
        name: column name.
        kind: "integer", "real", "text" or "boolean".
        alias: what it holds, for people.
    """

    name: str
    kind: str
    alias: str


PARCEL_FIELDS = (
    ParcelField("crop_code", INTEGER, "Class code of the majority, 0 without label"),
    ParcelField("crop_name", TEXT, "Class of the majority"),
    ParcelField("crop_share", REAL, "Share of the pixels that hold it, 0 to 1"),
    ParcelField("runner_up", TEXT, "Second class"),
    ParcelField("runner_share", REAL, "Share of the pixels that hold the second class, 0 to 1"),
    ParcelField("confidence", REAL, "Mean confidence in percent"),
    ParcelField("pixels", INTEGER, "Pixels that voted"),
    ParcelField("few_pixels", BOOLEAN, "Too few pixels to trust the label"),
)


def field_names(taken: Iterable[str], fields: Iterable[ParcelField] = PARCEL_FIELDS) -> tuple[str, ...]:
    """Return the names of new fields for a layer that already has fields.

    Args:
        taken: names of the analyst's own fields; a clash, whatever the case, is resolved by the suffix `_2`, then
            `_3` and so on.
        fields: the new ones.
        fields: the new ones.
    """
    used = {name.casefold() for name in taken}
    return tuple(free_name(field.name, used) for field in fields)


def free_name(name: str, used: set[str]) -> str:
    """Return a name that is not among the case-folded `used` ones, and add it to them."""
    candidate, number = name, 2
    while candidate.casefold() in used:
        candidate, number = f"{name}_{number}", number + 1
    used.add(candidate.casefold())
    return candidate


def rows(labels: ParcelLabels, legend: Mapping[int, str]) -> Iterator[tuple[object, ...]]:
    """Yield the values of `PARCEL_FIELDS` parcel by parcel, None where there is nothing to say.

    Args:
        labels: as `label_parcels` returns them.
        legend: class names by code; codes without a name are called "Class 7".
    """
    names: dict[int, str] = {}

    def name(code: int) -> str:
        if code not in names:
            names[code] = legend.get(code, f"Class {code}")
        return names[code]

    nothing = None if labels.zero_is_class else 0
    columns = (
        labels.code,
        labels.share,
        labels.runner_up,
        labels.runner_up_share,
        labels.confidence,
        labels.pixels,
        labels.few,
    )
    for code, share, second, second_share, confidence, pixels, few in zip(*(column.tolist() for column in columns)):
        yield (
            code if pixels else nothing,
            name(code) if pixels else None,
            round(share, 4) if pixels else None,
            name(second) if second_share else None,
            round(second_share, 4) if pixels else None,
            None if math.isnan(confidence) else round(confidence, 2),
            pixels,
            few,
        )
