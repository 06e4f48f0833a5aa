"""The fields that labelled parcels gain: names and order are public and frozen."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...models.language import N_
from .label import ParcelLabels

INTEGER, REAL, TEXT, BOOLEAN = "integer", "real", "text", "boolean"
MAPPED = "map_"
"""Beginning of a new field whose name the analyst's layer has already."""

_SHORT = 10
"""Letters of a field in a shapefile."""


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
    ParcelField("crop_code", INTEGER, N_("Mapped crop: code, 0 without label")),
    ParcelField("crop_name", TEXT, N_("Mapped crop")),
    ParcelField("crop_share", REAL, N_("Share of its pixels (%)")),
    ParcelField("runner_up", TEXT, N_("Second crop")),
    ParcelField("runner_share", REAL, N_("Share of the second crop's pixels (%)")),
    ParcelField("confidence", REAL, N_("Mean confidence (%)")),
    ParcelField("pixels", INTEGER, N_("Pixels that voted")),
    ParcelField("few_pixels", BOOLEAN, N_("Too few pixels to trust the label")),
)


def field_names(taken: Iterable[str], fields: Iterable[ParcelField] = PARCEL_FIELDS) -> tuple[str, ...]:
    """Return the names of new fields for a layer that already has fields.

    Args:
        taken: names of the analyst's own fields. A new field whose name is taken, whatever the case, begins with
            `map_`, so that a declared and a mapped crop are told apart; where that is taken too it ends in `_2`, `_3`.
    """
    used = {name.casefold() for name in taken}
    return tuple(
        free_name(f"{MAPPED}{field.name}" if field.name.casefold() in used else field.name, used) for field in fields
    )


def names_in(held: Sequence[str], fields: Iterable[ParcelField] = PARCEL_FIELDS) -> dict[str, str]:
    """Return field -> its name in a layer that gained it, as `field_names` made it; the latest of several.

    Args:
        held: names of the fields of the layer, which a shapefile cuts to ten letters.
        fields: those looked for; one that the layer lacks is left out.
    """
    found = {}
    for field in fields:
        own = re.compile(f"{MAPPED}({field.name}|{field.name[: _SHORT - len(MAPPED)]})(_[0-9]+)?")
        plain = (field.name, field.name[:_SHORT])
        names = [name for name in held if name in plain or own.fullmatch(name)]
        if names:
            found[field.name] = names[-1]
    return found


def free_name(name: str, used: set[str], form: str = "{}_{}") -> str:
    """Return a name, numbered by `form` if need be, that is not among the case-folded `used` ones; add it to them."""
    candidate, number = name, 2
    while candidate.casefold() in used:
        candidate, number = form.format(name, number), number + 1
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
            round(100 * share, 2) if pixels else None,
            name(second) if second_share else None,
            round(100 * second_share, 2) if pixels else None,
            None if math.isnan(confidence) else round(confidence, 2),
            pixels,
            few,
        )
