"""Arrays and texts in a safetensors file: every length is checked before a byte is used, nothing is executed."""

from __future__ import annotations

import contextlib
import json
import math
import os
from dataclasses import dataclass
from typing import Any, Mapping

import numpy as np

from .language import tr

LARGEST_HEADER = 10_000_000
"""Bytes; a card takes some thousands."""

LENGTH = 8
"""Bytes before the header that hold its length."""

TEXTS = "__metadata__"
KINDS = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip
"""Name of a type in the format -> NumPy's; those that NumPy cannot hold (BF16 and smaller) are refused."""


class TensorsError(Exception):
    """A file is no safetensors file, or a broken one; the text says what is wrong with it."""


@dataclass(frozen=True)
class Entry:
    """Where an array lies: its type, shape, and first byte behind the header."""

    kind: np.dtype
    shape: tuple[int, ...]
    first: int

    @property
    def count(self) -> int:
        return math.prod(self.shape)

    @property
    def last(self) -> int:
        return self.first + self.count * self.kind.itemsize


def read_texts(path: str | os.PathLike[str]) -> dict[str, str]:
    """Return the texts in the header of a file; reads no array.

    Raises:
        TensorsError: the file is broken.
        OSError: it cannot be read.
    """
    return _read_header(path)[0]


def read_arrays(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Return all arrays of a file by name, in this machine's byte order.

    Raises:
        TensorsError: the file is broken.
        OSError: it cannot be read.
    """
    _, entries, start = _read_header(path)
    with open(path, "rb") as file:
        file.seek(start)
        body = file.read()
    if len(body) != max((entry.last for entry in entries.values()), default=0):
        raise TensorsError(tr("its length changed while it was read"))
    return {
        name: np.frombuffer(body, entry.kind, entry.count, entry.first)
        .reshape(entry.shape)
        .astype(entry.kind.newbyteorder("="))
        for name, entry in entries.items()
    }


def write(path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray], texts: Mapping[str, str]) -> None:
    """Write arrays and texts, whole or not at all; the widest types first, so that each lies on its own boundary.

    Raises:
        ValueError: an array has a type that the format does not know.
        OSError: the file cannot be written.
    """
    names = {np.dtype(kind).newbyteorder("="): name for name, kind in KINDS.items()}
    header: dict[str, Any] = {TEXTS: dict(texts)}
    parts, first = [], 0
    for name, array in sorted(arrays.items(), key=lambda item: (-item[1].dtype.itemsize, item[0])):
        if array.dtype.newbyteorder("=") not in names:
            raise ValueError(
                tr("the array '{name}' has the type {dtype}, which the format does not know").format(
                    name=name, dtype=array.dtype
                )
            )
        data = array.astype(array.dtype.newbyteorder("<")).tobytes()
        kind = names[array.dtype.newbyteorder("=")]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [first, first + len(data)]}
        parts.append(data)
        first += len(data)
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % LENGTH)
    partial = f"{os.fspath(path)}.partial-{os.getpid()}"
    try:
        with open(partial, "wb") as file:
            for part in (len(text).to_bytes(LENGTH, "little"), text, *parts):
                file.write(part)
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(partial)
        raise


def _read_header(path: str | os.PathLike[str]) -> tuple[dict[str, str], dict[str, Entry], int]:
    """Return texts, entries, and where the arrays begin; the arrays fill the rest of the file without a gap."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(LENGTH), "little")
        if size < LENGTH + 2 or not 2 <= length <= min(LARGEST_HEADER, size - LENGTH):
            raise TensorsError(tr("its header does not fit the file"))
        text = file.read(length)
    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise TensorsError(tr("its header is not readable")) from error
    if not isinstance(header, dict):
        raise TensorsError(tr("its header is not a table"))
    texts = header.pop(TEXTS, None) or {}
    if not isinstance(texts, dict) or not all(isinstance(value, str) for value in texts.values()):
        raise TensorsError(tr("its texts are not readable"))
    entries = {name: _entry(name, values) for name, values in header.items()}
    end = 0
    for name, entry in sorted(entries.items(), key=lambda item: (item[1].first, item[1].last)):
        if entry.first != end:
            raise TensorsError(tr("the array {name} overlaps another or leaves a gap").format(name=ascii(name)[:80]))
        end = entry.last
    if end != size - LENGTH - length:
        raise TensorsError(tr("it is truncated or longer than its arrays"))
    return texts, entries, LENGTH + length


def _entry(name: str, values: object) -> Entry:
    shown = ascii(name)[:80]
    if not isinstance(values, dict) or set(values) != {"dtype", "shape", "data_offsets"}:
        raise TensorsError(tr("the array {shown} is not described").format(shown=shown))
    kind, shape, offsets = values["dtype"], values["shape"], values["data_offsets"]
    if not isinstance(kind, str) or kind not in KINDS:
        raise TensorsError(tr("the array {shown} has a type that is not known").format(shown=shown))
    if not _are_sizes(shape) or not _are_sizes(offsets) or len(offsets) != 2 or len(shape) > 32:
        raise TensorsError(tr("the array {shown} has no valid shape or position").format(shown=shown))
    entry = Entry(np.dtype(KINDS[kind]), tuple(shape), offsets[0])
    if entry.last != offsets[1]:
        raise TensorsError(tr("the array {shown} does not fill its place").format(shown=shown))
    return entry


def _are_sizes(values: object) -> bool:
    return isinstance(values, list) and all(type(value) is int and 0 <= value < 2**48 for value in values)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError(tr("a name appears twice"))
    return table
