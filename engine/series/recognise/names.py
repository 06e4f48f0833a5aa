"""What file and folder names say: sensor, tile, level, baseline, pass and orbit."""

from __future__ import annotations

import re
from typing import Mapping

from ...paths import plain_path
from ..acquisition import METADATA, NAME, S1, S2

OTHER = "other"
"""A satellite that is neither Sentinel-1 nor Sentinel-2."""

ASCENDING, DESCENDING = "ASC", "DESC"
PARENTS = 1
"""Folders above a file whose plain names count; official product names count at any height."""

_FLAGS = re.IGNORECASE
_PRODUCT = re.compile(
    r"(?:S2[A-D]_MSIL[12][AC]_|S2[A-D]_(?:OPER|USER)_PRD_|S1[A-D]_(?:IW|EW|WV|S[1-6])_[A-Z]{3}[A-Z_]_)\w+", _FLAGS
)
_SENSORS = tuple(
    (sensor, re.compile(rf"(?<![A-Z0-9])(?:{words})(?![A-Z0-9])", _FLAGS))
    for sensor, words in (
        (S2, r"S2[A-D]?|SEN2[A-D]?|SENTINEL[-_ ]?2[A-D]?|MSIL[12][AC]|S30"),
        (S1, r"S1[A-D]?|SENTINEL[-_ ]?1[A-D]?|GRD[HMF]?|RTC(?:10|20|30)?"),
        (OTHER, r"L[CTEO]0[4-9]|LANDSAT[-_ ]?\d?|L30|M[OY]D\d\d\w\d"),
    )
)
_LETTERS = "[0-9]{2}[C-HJ-NP-X][A-HJ-NP-Z][A-HJ-NP-V]"
_TILE = re.compile(rf"(?<![A-Z0-9])(?:T|S2[A-D]_)({_LETTERS})(?![A-Z0-9])", _FLAGS)
_LEVEL = re.compile(r"(?<![A-Z0-9])(?:MSI)?L(?:EVEL[-_ ]?)?([12][AC])P?(?![A-Z0-9])", _FLAGS)
_BASELINE = re.compile(r"(?<![A-Z0-9])N(\d{4})(?![A-Z0-9])", _FLAGS)
_PASS = re.compile(r"(?<![A-Z])(ASC|DESC|DSC|(?-i:DES))(?:ENDING)?(?![A-Z])", _FLAGS)
_ORBIT = re.compile(r"(?<![A-Z0-9])(?:(?:RO|RELORB|ORBIT|ORB|TRACK)[-_]?(\d{1,3})|R(\d{3}))(?![A-Z0-9])", _FLAGS)
_ABSOLUTE = re.compile(r"S1([A-D])_\w{1,40}?_\d{8}T\d{6}_\d{8}T\d{6}_(\d{6})_", _FLAGS)
_ABSOLUTE_FILE = re.compile(r"S1([A-D])-[a-z0-9]+-[a-z]{3}-[hv]{2}-\d{8}t\d{6}-\d{8}t\d{6}-(\d{6})-", _FLAGS)
_ORBIT_SHIFT = {"A": 73, "B": 27}
ORBITS_PER_CYCLE = 175
_PASS_TAGS = (
    "ORBIT_PASS",
    "ORBIT_DIRECTION",
    "ORBIT_PASS_DIRECTION",
    "ORBITPROPERTIES_PASS",
    "PASS",
    "SAT:ORBIT_STATE",
)
_ORBIT_TAGS = (
    "RELATIVE_ORBIT",
    "REL_ORBIT",
    "RELATIVE_ORBIT_NUMBER",
    "RELATIVEORBITNUMBER_START",
    "RELATIVEORBITNUMBER",
    "SAT:RELATIVE_ORBIT",
    "TRACK_NUMBER",
)


def components(path: str) -> list[str]:
    """Return the file's name without its extension, then its folders, nearest first."""
    pieces = [piece for piece in re.split(r"[\\/]+", plain_path(path)) if piece and not piece.startswith("vsi")]
    return list(reversed(pieces)) or [path]


def product_name(path: str) -> str:
    """Return the official product name in a path (without .SAFE or .zip), "" where there is none."""
    for piece in components(path):
        match = _PRODUCT.search(piece)
        if match:
            return match.group(0)
    return ""


def near_names(path: str) -> list[str]:
    """Return the names that may speak of a file: its own, its parent's, and official product names above."""
    pieces = components(path)
    return pieces[: PARENTS + 1] + [piece for piece in pieces[PARENTS + 1 :] if _PRODUCT.search(piece)]


def sensor_of(path: str) -> str:
    """Return "S1", "S2", "other", or "" where no name in the path tells; the nearest name decides."""
    for piece in components(path):
        found = [sensor for sensor, pattern in _SENSORS if pattern.search(piece)]
        if len(found) == 1:
            return found[0]
    return ""


def tile_of(path: str, description: str = "") -> str:
    """Return the MGRS tile ("31UDS"), "" where none is named."""
    for text in (description, *near_names(path)):
        match = _TILE.search(text)
        if match:
            return match.group(1).upper()
    return ""


def level_of(path: str, tags: Mapping[str, str]) -> str:
    """Return "1C", "2A" or ""; metadata before names."""
    for text in (_first(tags, ("PROCESSING_LEVEL", "PRODUCT_TYPE")), *near_names(path)):
        found = _LEVEL.search(text.replace("S2MSI", "L"))
        if found and found.group(1).upper() in ("1C", "2A"):
            return found.group(1).upper()
    return ""


def baseline_of(path: str, tags: Mapping[str, str]) -> tuple[str, str]:
    """Return the processing baseline as four digits ("0400") and METADATA or NAME; "" twice where neither gives it."""
    tag = _first(tags, ("PROCESSING_BASELINE", "S2:PROCESSING_BASELINE"))
    tagged = re.fullmatch(r"\s*N?(\d{2})\.?(\d{2})\s*", tag)
    if tagged:
        return tagged.group(1) + tagged.group(2), METADATA
    for text in near_names(path):
        found = _BASELINE.search(text)
        if found:
            return found.group(1), NAME
    return "", ""


def pass_of(path: str, tags: Mapping[str, str], description: str = "") -> str:
    """Return "ASC", "DESC" or "" from a band description, names or tags, in this order."""
    for text in (description, *components(path), _first(tags, _PASS_TAGS)):
        found = {match.group(1)[0].upper() for match in _PASS.finditer(text)}
        if len(found) == 1:
            return ASCENDING if found == {"A"} else DESCENDING
    return ""


def relative_orbit_of(path: str, tags: Mapping[str, str]) -> int | None:
    """Return the Sentinel-1 relative orbit (1 to 175) from an official name, a tag, or a token such as "R088"."""
    for piece in components(path):
        match = _ABSOLUTE.search(piece) or _ABSOLUTE_FILE.search(piece)
        if match:
            shift = _ORBIT_SHIFT.get(match.group(1).upper())
            return None if shift is None else (int(match.group(2)) - shift) % ORBITS_PER_CYCLE + 1
    tagged = re.fullmatch(r"\s*(\d{1,3})(?:\.0*)?\s*", _first(tags, _ORBIT_TAGS))
    numbers = [int(tagged.group(1))] if tagged else []
    numbers += [int(match.group(1) or match.group(2)) for text in near_names(path) for match in _ORBIT.finditer(text)]
    return next((number for number in numbers if 1 <= number <= ORBITS_PER_CYCLE), None)


def _first(tags: Mapping[str, str], keys: tuple[str, ...]) -> str:
    upper = {key.upper(): value for key, value in tags.items()}
    return next((upper[key] for key in keys if upper.get(key)), "")
