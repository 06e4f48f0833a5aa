"""Records from JSON, ours and the analyst's, checked field by field with one sentence for what is wrong."""

from __future__ import annotations

import json
from typing import Any, Mapping, Sequence

from .....models.language import tr
from ....errors import SeriesError
from ...acquisition import (
    AMPLITUDE,
    BITS,
    CLASSES,
    CLEARNESS,
    DATA,
    DECIBEL,
    FLAG,
    POWER,
    PROBABILITY,
    S1,
    S2,
    BitTest,
    MaskSource,
)
from ..masking import MASKS
from .pattern import PatternProblem, compile_pattern
from .record import OTHER, S1_BANDS, S2_BANDS, Record, RecordScaling

UNITS = (DECIBEL, POWER, AMPLITUDE)
TYPES = ("Byte", "UInt16", "Int16", "UInt32", "Int32", "Float32", "Float64")
LARGEST_FILE = 1_000_000
"""Letters of a record file."""

_KEYS = frozenset(
    "title source sensor files skip bands layers scale offset scalings nodata unit units masks level period".split()
)
_MASK_KEYS = frozenset("kind title hide margin known threshold margins".split())


class _Problem(ValueError):
    """One field of a record is wrong; the message says which and why."""


def records_in(text: str, name: str, analyst: bool = False) -> tuple[Record, ...]:
    """Return the records of a JSON text, which holds one or a list of them.

    Args:
        name: what messages call the file.

    Raises:
        SeriesError: the text is no JSON, or a field is wrong; the text names the file, the record and the field.
    """
    if len(text) > LARGEST_FILE:
        raise SeriesError(tr("The record file {name} is too large; choose another file.").format(name=name))
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SeriesError(
            tr("The record file {name} is not JSON ({error}); correct it.").format(name=name, error=error)
        ) from error
    entries = found if isinstance(found, list) else [found]
    if not entries:
        raise SeriesError(
            tr("The record file {name} contains no record; write one as docs/own_files.md shows.").format(name=name)
        )
    records = []
    for number, entry in enumerate(entries, 1):
        title = entry.get("title") if isinstance(entry, dict) else None
        try:
            records.append(_record(entry, analyst))
        except (_Problem, PatternProblem) as error:
            which = f"record '{title}'" if isinstance(title, str) and title else f"record {number}"
            raise SeriesError(
                tr("In the record file {name}, {which}: {error}.").format(name=name, which=which, error=error)
            ) from error
    return tuple(records)


def _record(entry: Any, analyst: bool) -> Record:
    if not isinstance(entry, dict):
        raise _Problem(tr("it is not an object of fields in braces"))
    unknown = sorted(set(entry) - _KEYS)
    if unknown:
        raise _Problem(
            tr("the field '{unknown}' is not known; known are {keys}").format(
                unknown=unknown[0], keys=", ".join(sorted(_KEYS))
            )
        )
    sensor = _choice(entry, "sensor", (S1, S2, OTHER), needed=True)
    masks = {key.upper(): _mask(key, value) for key, value in _mapping(entry, "masks").items()}
    known = {S1: S1_BANDS, S2: S2_BANDS}.get(sensor, ()) + (*masks, *MASKS)
    bands = {key.upper(): _band(value, known) for key, value in _mapping(entry, "bands").items()}
    units = {key.upper(): _one_of(value, UNITS, "units") for key, value in _mapping(entry, "units").items()}
    files = _texts(entry, "files")
    if not files:
        raise _Problem(tr("it needs 'files', a list of file patterns such as \"S2_{date}_{band}\""))
    unit = _choice(entry, "unit", UNITS)
    level = _choice(entry, "level", ("1C", "2A"))
    period = entry.get("period", 0)
    if not isinstance(period, int) or isinstance(period, bool) or not 0 <= period <= 366:
        raise _Problem(tr("'period' is not a whole number of days from 0 to 366"))
    return Record(
        title=_text(entry, "title"),
        sensor=sensor,
        files=tuple(compile_pattern(pattern, tuple(bands), tuple(units)) for pattern in files),
        source=entry.get("source") or "",
        skip=tuple(compile_pattern(pattern, tuple(bands), tuple(units)) for pattern in _texts(entry, "skip")),
        bands=bands,
        layers=tuple(tuple(_band(value, known) for value in layer) for layer in _layers(entry)),
        scalings=_scalings(entry),
        nodata=_number(entry, "nodata"),
        unit=unit,
        units=units,
        masks=masks,
        level=level,
        period=period,
        analyst=analyst,
    )


def _scalings(entry: Mapping[str, Any]) -> tuple[RecordScaling, ...]:
    scale, offset = _number(entry, "scale"), _number(entry, "offset")
    several = entry.get("scalings", [])
    if scale is not None or offset is not None:
        if several:
            raise _Problem(tr("it has 'scalings' beside 'scale' or 'offset'; keep one of them"))
        return (_scaling(1.0 if scale is None else scale, offset or 0.0),)
    if not isinstance(several, list) or not all(isinstance(each, dict) for each in several):
        raise _Problem(tr("'scalings' is not a list of objects with 'scale' and 'offset'"))
    found = []
    for each in several:
        types = tuple(_one_of(value, TYPES, "types") for value in _texts(each, "types"))
        scale = _number(each, "scale")
        found.append(_scaling(1.0 if scale is None else scale, _number(each, "offset") or 0.0, types))
    return tuple(found)


def _scaling(scale: float, offset: float, types: tuple[str, ...] = ()) -> RecordScaling:
    if not 1e-9 < abs(scale) < 1e9 or abs(offset) > 1e9:
        raise _Problem(tr("'scale' is 0 or out of range"))
    return RecordScaling(scale, offset, types)


def _mask(key: str, entry: Any) -> MaskSource:
    if not isinstance(entry, dict) or set(entry) - _MASK_KEYS:
        raise _Problem(
            tr("the mask '{key}' is not an object of {mask_keys}").format(
                key=key, mask_keys=", ".join(sorted(_MASK_KEYS))
            )
        )
    kind = _choice(entry, "kind", (CLASSES, BITS, FLAG, PROBABILITY, CLEARNESS, DATA), needed=True)
    margins = entry.get("margins", True)
    if not isinstance(margins, bool):
        raise _Problem(tr("'margins' of the mask '{key}' is neither true nor false").format(key=key))
    title = entry.get("title") or key
    if kind == CLASSES:
        hide, margin, known = (_codes(entry, name) for name in ("hide", "margin", "known"))
        if not hide and not margin:
            raise _Problem(tr("the mask '{key}' hides nothing; list its codes in 'hide' or 'margin'").format(key=key))
        return MaskSource(kind, "", 0, hide=hide, margin=margin, known=known, title=title)
    if kind == BITS:
        hidden, beside = _tests(entry, "hide"), _tests(entry, "margin")
        if not hidden and not beside:
            raise _Problem(tr("the mask '{key}' hides nothing; list its bits in 'hide' or 'margin'").format(key=key))
        return MaskSource(kind, "", 0, hide_bits=hidden, margin_bits=beside, title=title)
    threshold = _number(entry, "threshold")
    return MaskSource(kind, "", 0, threshold=threshold or 0.0, margins=margins, title=title)


def _tests(entry: Mapping[str, Any], name: str) -> tuple[BitTest, ...]:
    found = []
    for each in entry.get(name, []) if isinstance(entry.get(name, []), list) else [None]:
        if isinstance(each, dict) and _whole(each.get("bits")) and isinstance(each.get("equals"), list):
            if all(_whole(value) for value in each["equals"]):
                found.append(BitTest(each["bits"], tuple(each["equals"])))
                continue
        raise _Problem(
            tr('\'{name}\' is not a list of tests such as {{"bits": 6, "equals": [4, 6]}}').format(name=name)
        )
    return tuple(found)


def _codes(entry: Mapping[str, Any], name: str) -> tuple[int, ...]:
    found = entry.get(name, [])
    if not isinstance(found, list) or not all(_whole(value) for value in found):
        raise _Problem(tr("'{name}' is not a list of whole numbers").format(name=name))
    return tuple(found)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**32


def _layers(entry: Mapping[str, Any]) -> list[list[str]]:
    found = entry.get("layers", [])
    if isinstance(found, list) and all(isinstance(each, str) for each in found):
        return [found] if found else []
    if isinstance(found, list) and all(
        isinstance(each, list) and all(isinstance(name, str) for name in each) for each in found
    ):
        return found
    raise _Problem(tr("'layers' is not a list of band names, or a list of such lists"))


def _band(value: Any, known: Sequence[str]) -> str:
    if isinstance(value, str) and (value == "" or value.upper() in known):
        return value.upper()
    raise _Problem(
        tr("'{value}' is not a band; known are {known}, and \"\" for bands to be ignored").format(
            value=value, known=", ".join(known)
        )
    )


def _mapping(entry: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = entry.get(name, {})
    if not isinstance(found, dict):
        raise _Problem(tr("'{name}' is not an object of names and values").format(name=name))
    return found


def _texts(entry: Mapping[str, Any], name: str) -> list[str]:
    found = entry.get(name, [])
    found = [found] if isinstance(found, str) else found
    if not isinstance(found, list) or not all(isinstance(each, str) and each for each in found):
        raise _Problem(tr("'{name}' is not a list of texts").format(name=name))
    return found


def _text(entry: Mapping[str, Any], name: str) -> str:
    found = entry.get(name)
    if not isinstance(found, str) or not found.strip():
        raise _Problem(tr("it needs '{name}'").format(name=name))
    return found.strip()


def _number(entry: Mapping[str, Any], name: str) -> float | None:
    found = entry.get(name)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not abs(found) < 1e30:
        raise _Problem(tr("'{name}' is not a number").format(name=name))
    return float(found)


def _choice(entry: Mapping[str, Any], name: str, allowed: Sequence[str], needed: bool = False) -> str:
    if not needed and not entry.get(name):
        return ""
    return _one_of(entry.get(name), allowed, name)


def _one_of(value: Any, allowed: Sequence[str], name: str) -> str:
    if value not in allowed:
        raise _Problem(
            tr("'{name}' must be one of {allowed}, not '{value}'").format(
                name=name, allowed=", ".join(allowed), value=value
            )
        )
    return value
