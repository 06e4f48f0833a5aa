"""How messages name many culprits without becoming a page."""

from __future__ import annotations

import os
from datetime import date
from typing import Iterable, Mapping

from ...models.language import N_, counted, tr
from ..paths import file_of, variable_of

NOUNS = (
    N_("Sentinel-1 acquisition"), N_("Sentinel-2 acquisition"), N_("Sentinel-1 date"), N_("Sentinel-2 date"),
    N_("Sentinel-1 file"), N_("Sentinel-2 file"),
)  # fmt: skip
"""What is counted by sensor."""

SHOWN = 8
"""Culprits that are named before "and N more"."""

count = counted


def in_scenes(known: Mapping[str, int]) -> str:
    """Return "a in 3 scenes, b in 1 scene"."""
    return tr(", ").join(
        tr("{title} in {scenes}").format(title=tr(title), scenes=count(number, "scene"))
        for title, number in known.items()
    )


def several(names: Iterable[object], shown: int = SHOWN) -> str:
    """Return "a, b, c and 5 more", sorted and each once."""
    unique = sorted({str(name) for name in names})
    listed, more = unique[:shown], len(unique) - shown
    named = tr(", ").join(listed)
    return tr("{names} and {more:,} more").format(names=named, more=more) if more > 0 else named


def dates_text(days: Iterable[date]) -> str:
    """Return "2018-07-04, 2018-07-09 and 3 more"."""
    return several(day.isoformat() for day in days)


def labels(paths: Iterable[str]) -> dict[str, str]:
    """Return a short name for each path that tells it from the others: its own, with folders where several share it."""
    found: dict[str, str] = {}
    groups: dict[str, list[str]] = {short_name(path): [] for path in paths}
    for path in dict.fromkeys(paths):
        groups[short_name(path)].append(path)
    for name, own in groups.items():
        for path in own:
            variable = variable_of(path)
            if variable:
                found[path] = tr("{variable} of {file}").format(variable=variable, file=short_name(file_of(path)))
                continue
            pieces = [piece for piece in path.replace("\\", "/").split("/") if piece]
            depth = 1
            while len(own) > 1 and depth < len(pieces):
                depth += 1
                if sum(other.replace("\\", "/").endswith("/" + "/".join(pieces[-depth:])) for other in own) == 1:
                    break
            found[path] = name if depth == 1 else "/".join(pieces[-depth:]).encode("utf-8", "replace").decode("utf-8")
    return found


def short_name(path: str) -> str:
    """Return the last part of a path, of GDAL's virtual paths too, in letters that can be written."""
    name = os.path.basename(path.replace("\\", "/").rstrip("/")) or path
    return name.encode("utf-8", "replace").decode("utf-8")
