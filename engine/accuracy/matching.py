"""Names of the reference to classes of the map: by an explicit table first, then by the name itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from ...models.card import CropClass
from ...models.language import tr
from ..class_names import comparable
from ..errors import AccuracyError, MapError
from .map_classes import MapClasses
from .options import KEEP, STOP

_SHOWN = 12
NEAREST = 0.8
"""Least ratio from which a name is offered for another: winter rye is no winter wheat (.73)."""
_CODES = range(1, 256)
_ZERO = tr(" In the map 0 means no data unless its file declares another number for it.")


@dataclass(frozen=True)
class Match:
    """Where each value of the reference goes.

    Attributes:
        codes: value -> code of its class in the map.
        kept: values that are classes of their own, because the map has none for them.
        ignored: values that are left out.
        unused: values of the table that the reference does not hold.
    """

    codes: Mapping[str, int]
    kept: tuple[str, ...]
    ignored: tuple[str, ...]
    unused: tuple[str, ...]


def nearest(name: str, names: Sequence[str]) -> str:
    """Return the one of some names that is spelt most like a name.

    By the ratio of Ratcliff and Obershelp as `difflib` has it, of the comparable forms; of several as near the first.
    """
    return max(names, key=lambda other: SequenceMatcher(None, comparable(name), comparable(other)).ratio())


@dataclass(frozen=True)
class Near:
    """The class that a value seems to mean; `sure` where the names are the same."""

    name: str
    sure: bool


def near_classes(values: Iterable[str], names: Sequence[str]) -> dict[str, Near]:
    """Return value -> the class of the same or a near name; what is like none is left out."""
    same = {comparable(name): name for name in names}
    found = {}
    for value in values:
        key = comparable(value)
        if key in same:
            found[value] = Near(same[key], True)
        elif names:
            name = nearest(value, names)
            if SequenceMatcher(None, key, comparable(name)).ratio() >= NEAREST:
                found[value] = Near(name, False)
    return found


def match(
    values: Iterable[str],
    table: Mapping[str, str],
    classes: MapClasses,
    unmatched: str = STOP,
    numbers: Iterable[int] = _CODES,
) -> Match:
    """Match the values of a reference with the classes of a map.

    Names are compared without case and accents. Numbers are taken for codes only where the map names no
    class: numbers of the reference need not be those of the map.

    Args:
        values: the values of the reference field, as text.
        table: as `read_table` returns it.
        unmatched: "stop", "ignore" or "keep" what has no class.
        numbers: codes that may be meant where the map names no class.

    Raises:
        AccuracyError: the table names a class that the map does not have; two classes of the map have one name; or
            values have no class and `unmatched` is "stop".
    """
    values = sorted(set(values))
    known = _known(classes, numbers)
    rules: dict[str, int | None] = {}
    for value, name in table.items():
        rules[comparable(value)] = _code_of(name, known, classes) if name else None
    codes: dict[str, int] = {}
    kept: list[str] = []
    ignored: list[str] = []
    lost: list[str] = []
    for value in values:
        key = comparable(value)
        if key in rules:
            code = rules[key]
            if code is None:
                ignored.append(value)
            else:
                codes[value] = code
        elif key in known:
            codes[value] = known[key]
        else:
            lost.append(value)
    if lost and unmatched == STOP:
        raise _no_class(lost, classes)
    (kept if unmatched == KEEP else ignored).extend(lost)
    present = {comparable(value) for value in values}
    unused = tuple(value for value in table if comparable(value) not in present)
    return Match(codes, tuple(kept), tuple(sorted(ignored)), unused)


def none_matched(name: str, values: Iterable[str]) -> AccuracyError:
    """Return what is said of a reference of which no value is a class of the map.

    Args:
        name: of the reference.
        values: of its class field, "" for none.
    """
    held = ", ".join(sorted({value for value in values if value})[:5]) or tr("it is empty")
    return AccuracyError(
        tr(
            "No value of the class field of the reference {reference} is a class of the crop map ({held}): "
            "match them by the class table, or choose another field."
        ).format(reference=name, held=held)
    )


def _known(classes: MapClasses, numbers: Iterable[int]) -> dict[str, int]:
    """Return comparable name -> code."""
    known: dict[str, int] = {}
    for entry in classes.named:
        key = comparable(entry.name)
        if key in known:
            raise AccuracyError(
                tr(
                    "The crop map has two classes with the same name, '{name}' (codes {known} and {code}): give them "
                    "different names."
                ).format(name=entry.name, known=known[key], code=entry.code)
            )
        known[key] = entry.code
    if not classes.named:
        for code in numbers:
            known[str(code)] = known[comparable(classes.name(code))] = code
    return known


def _code_of(name: str, known: Mapping[str, int], classes: MapClasses) -> int:
    key = comparable(name)
    if key in known:
        return known[key]
    # In the table a number is meant: the analyst wrote it beside the map.
    if key.isdigit() and int(key) in {entry.code for entry in classes.named}:
        return int(key)
    like = (
        tr("; did you mean '{name}'?").format(name=nearest(name, [entry.name for entry in classes.named]))
        if classes.named
        else "."
    )
    raise AccuracyError(
        tr("The class table names '{name}', which the crop map does not have; {classes}{like}").format(
            name=name, classes=_held(classes), like=like
        )
    )


def _no_class(lost: list[str], classes: MapClasses) -> AccuracyError:
    names = ", ".join(f"'{value}'" for value in lost[:_SHOWN])
    more = tr(" and {number} more").format(number=len(lost) - _SHOWN) if len(lost) > _SHOWN else ""
    like = nearest(lost[0], [entry.name for entry in classes.named]) if classes.named else 1
    return AccuracyError(
        tr(
            "The reference values {names}{more} are not classes of the crop map ({classes}): add "
            "lines such as '{lost} = {like}' to the class table, '{lost} =' to leave one out, or "
            "choose to ignore or keep what is unmatched.{zero}"
        ).format(
            names=names, more=more, classes=_held(classes), lost=lost[0], like=like, zero=_ZERO if "0" in lost else ""
        )
    )


def _held(classes: MapClasses) -> str:
    if not classes.named:
        return tr("it has numbers only")
    names = ", ".join(entry.name for entry in classes.named[:_SHOWN])
    return tr("it has {names}{form}").format(names=names, form=", ..." if len(classes.named) > _SHOWN else "")


def band_codes(names: Sequence[str], classes: Sequence[CropClass]) -> list[int]:
    """Return the class code of each band of a probability raster: by its name, or by its place where none is named.

    Raises:
        MapError: a band is no class of the map.
    """
    if not any(names) and len(names) == len(classes):
        return [entry.code for entry in classes]
    known = {comparable(entry.name): entry.code for entry in classes}
    strangers = [
        name or tr("band {number}").format(number=number)
        for number, name in enumerate(names, start=1)
        if comparable(name) not in known
    ]
    if strangers:
        held = ", ".join(entry.name for entry in classes) or tr("none")
        raise MapError(
            tr(
                "The class probabilities have {strangers}, which the crop map does not have (its classes are "
                "{held}); choose the two outputs of the same run."
            ).format(strangers=", ".join(strangers), held=held)
        )
    return [known[comparable(name)] for name in names]
