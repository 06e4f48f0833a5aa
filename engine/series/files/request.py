"""The request.json that sentinelhub-py saves beside each answer: what was asked for, the days and the bands."""

from __future__ import annotations

import json
import os
import re
from datetime import date, timedelta
from typing import Any

_RESPONSE, _ANSWER = (re.compile(rf"{name}\.tiff?", re.IGNORECASE) for name in ("response", r"(?!(?:\D*\d){6})[\w-]+"))
"""The only file of an answer, and one of several outputs, called as the evaluation script does: by no date."""

_RETURN = re.compile(r"return\s*\[([^\]]{1,2000})\]")
_BAND = re.compile(r"\b\w+(?:\[\d+\])?\.(\w{2,12})\b")
LARGEST = 1_000_000


def request_of(path: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return tags and band names of the answer to a request; none for other files.

    The tag ACQUISITION_DATE holds the day asked for, the middle of several. Names are given only to a response.tiff
    whose evaluation script returns a plain list of bands.
    """
    folder, name = os.path.split(path)
    if not _ANSWER.fullmatch(name):
        return {}, ()
    place = os.path.join(folder, "request.json")
    try:
        if not os.path.isfile(place) or os.path.getsize(place) > LARGEST:
            return {}, ()
        with open(place, encoding="utf-8") as handle:
            asked = json.load(handle)
    except (OSError, ValueError, RecursionError):
        return {}, ()
    payload = _item(_item(asked, "request"), "payload") or _item(asked, "payload") or asked
    return _days(payload), _bands(payload) if _RESPONSE.fullmatch(name) else ()


def _days(payload: Any) -> dict[str, str]:
    data = _item(_item(payload, "input"), "data")
    span = _item(_item(data[0] if isinstance(data, list) and data else None, "dataFilter"), "timeRange")
    try:
        first, last = (date.fromisoformat(str(_item(span, end))[:10]) for end in ("from", "to"))
    except ValueError:
        return {}
    if last < first:
        return {}
    return {"ACQUISITION_DATE": (first + timedelta(days=(last - first).days // 2)).isoformat()}


def _bands(payload: Any) -> tuple[str, ...]:
    script = _item(payload, "evalscript")
    found = _RETURN.findall(script) if isinstance(script, str) and len(script) < LARGEST else []
    if len(found) != 1:
        return ()
    items = [_BAND.findall(item) for item in found[0].split(",")]
    return tuple(names[0] for names in items) if all(len(names) == 1 for names in items) else ()


def _item(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
