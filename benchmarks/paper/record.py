"""What a finished cell leaves: counts from which every score can be drawn again, one line of JSON a cell."""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Iterable, Iterator

WHOLE = "whole"
"""Judged with all that was seen."""


@dataclass(frozen=True)
class Key:
    """Which cell.

    Attributes:
        site: "pastis_like", "yishui_like", "french_points", "pastis" or "pastis_r".
        system: a name of `systems.SYSTEMS`.
        variant: "" for the system as it is; otherwise one of `plan.VARIANTS`, such as "without temporal attention".
        seed: of weights and draws.
        fold: of sites that are judged by folds, from 0; 0 where there are none.
    """

    site: str
    system: str
    variant: str = ""
    seed: int = 0
    fold: int = 0


@dataclass(frozen=True)
class Judged:
    """One system under one condition.

    Attributes:
        pixels: block -> [true place, mapped place, pixels] of each pair of classes that occurs; places in the legend.
        parcels: [block, true place, mapped place, area in ares] of each parcel; empty where there are none.
    """

    pixels: dict[str, list[list[int]]]
    parcels: list[list[int]] = field(default_factory=list)


@dataclass(frozen=True)
class Attention:
    """Means over the pixels of each true class that were judged, by name of the class; empty where there is none.

    Attributes:
        temporal: weight of each step.
        channel: weight of each band, in the order of `Record.bands`.
        s1_share: share of Sentinel-1.
    """

    temporal: dict[str, list[float]] = field(default_factory=dict)
    channel: dict[str, list[float]] = field(default_factory=dict)
    s1_share: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """A finished cell.

    Attributes:
        key: which one.
        budget: fingerprint of the plan's budget; a line of another budget is no result of this one.
        classes: names of the legend, in the order of the places.
        bands: names, optical first.
        step_days: (T,) day of the year in the middle of each step.
        weights: trainable weights; trees for a forest.
        steps: optimiser steps; 0 for a forest.
        seconds: spent on training.
        judged: condition -> counts: `WHOLE`, "hidden 20" to "hidden 80" (percent of the optical observations),
            "until 6" and so on (steps of the season that are over).
        attention: of systems that have it.
        settings: of the network; {} where they are its defaults.
    """

    key: Key
    budget: str
    classes: list[str]
    bands: list[str]
    step_days: list[int]
    weights: int
    steps: int
    seconds: float
    judged: dict[str, Judged]
    attention: Attention = field(default_factory=Attention)
    settings: dict[str, Any] = field(default_factory=dict)


def append(path: Path, record: Record) -> None:
    """Add a finished cell to a file, on the disk when this returns; what a kill left torn stays a line of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(asdict(record), separators=(",", ":"), ensure_ascii=True) + "\n"
    with path.open("ab+", buffering=0) as target:
        if target.tell() and not _ends_a_line(target):
            line = "\n" + line
        target.write(line.encode("ascii"))
        os.fsync(target.fileno())


def read(path: Path, budget: str | None = None) -> Iterator[Record]:
    """Yield the cells of a file, those of one budget if it is given; a line that a kill cut short is passed over."""
    if not path.exists():
        return
    for line in path.read_text(encoding="ascii").splitlines():
        try:
            values = json.loads(line)
        except ValueError:
            continue
        if budget is None or values["budget"] == budget:
            yield _record(values)


def pack(path: Path) -> None:
    """Write a file of cells once more as .gz, a sixth as large: what the repository keeps."""
    if path.exists():
        _replace(_packed(path), gzip.compress(path.read_bytes(), mtime=0))


def unpack(path: Path) -> None:
    """Bring a file of cells back from its .gz where only that is there."""
    if not path.exists() and _packed(path).exists():
        _replace(path, gzip.decompress(_packed(path).read_bytes()))


def finished(records: Iterable[Record]) -> set[Key]:
    """Return the keys of cells that need no second run."""
    return {record.key for record in records}


def _packed(path: Path) -> Path:
    return path.with_name(f"{path.name}.gz")


def _replace(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    os.replace(partial, path)


def _ends_a_line(file: BinaryIO) -> bool:
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def _record(values: dict) -> Record:
    judged = {condition: Judged(**part) for condition, part in values.pop("judged").items()}
    key, attention = Key(**values.pop("key")), Attention(**values.pop("attention"))
    return Record(key=key, judged=judged, attention=attention, **values)
