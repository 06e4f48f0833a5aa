"""How much memory the limits of a system leave to this process: a container's, a batch system's, a shell's."""

from __future__ import annotations

import math
from pathlib import Path

from ..models.language import tr
from .errors import DeviceError

MEGABYTE = 2**20
CGROUP, PROCESS = Path("/sys/fs/cgroup"), Path("/proc/self")

LEAST = 96
"""Megabytes of addresses that reading a series takes; with less, files seem to be broken that are not."""


def check_memory() -> None:
    """Raise DeviceError where a limit of the system leaves too little memory to read files at all."""
    room = min(address_memory(), container_memory())
    if room < LEAST:
        raise DeviceError(
            tr(
                "A limit of this system (of a container, a batch system or ulimit -v) leaves {room:,.0f} MB of memory, "
                "and reading takes {least}: raise the limit."
            ).format(room=max(room, 0), least=LEAST)
        )


def address_memory(process: Path = PROCESS) -> float:
    """Return the megabytes of addresses that `ulimit -v` leaves, infinite without a limit."""
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        return math.inf if limit == resource.RLIM_INFINITY else limit / MEGABYTE - _pages(process, 0)
    except (ImportError, AttributeError, OSError, ValueError):  # not on Windows
        return math.inf


def container_memory(cgroup: Path = CGROUP, process: Path = PROCESS) -> float:
    """Return the megabytes that this process may hold in all within the limit of its container, infinite without one.

    Args:
        cgroup: folder of the limits, of version 2 or 1.
        process: folder of what Linux tells of this process.
    """
    rooms = [math.inf]
    for names in (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")):
        for folder in _groups(cgroup, process):
            limit, used = (_number(folder / name) for name in names)
            if limit < 2**60:
                # What files are kept in memory goes when it is needed.
                free = limit - max(used - _kept(folder), 0)
                rooms.append(max(free, 0) / MEGABYTE + _pages(process, 1))
    return min(rooms)


def _groups(cgroup: Path, process: Path) -> list[Path]:
    """Return the folders of the group of this process and of all above it."""
    try:
        lines = (process / "cgroup").read_text("utf-8").splitlines()
    except (OSError, ValueError):
        lines = []
    found = [cgroup, cgroup / "memory"]
    for line in lines:
        _, kinds, path = (line.split(":", 2) + ["", ""])[:3]
        home = cgroup if not kinds else cgroup / "memory" if "memory" in kinds.split(",") else None
        if home is not None:
            place = home / path.lstrip("/")
            found += [each for each in (place, *place.parents) if each == home or home in each.parents]
    return list(dict.fromkeys(found))


def _number(place: Path) -> float:
    try:
        return float(place.read_text("ascii"))
    except (OSError, ValueError):  # "max", or not there
        return math.inf


def _kept(folder: Path) -> float:
    try:
        words = (folder / "memory.stat").read_text("ascii").split()
        return float(dict(zip(words[::2], words[1::2])).get("inactive_file", 0))
    except (OSError, ValueError):
        return 0.0


def _pages(process: Path, column: int) -> float:
    """Return the megabytes of addresses (0) or of memory (1) that the process has now."""
    try:
        import resource

        return int((process / "statm").read_text("ascii").split()[column]) * resource.getpagesize() / MEGABYTE
    except (ImportError, OSError, ValueError, IndexError):
        return 0.0
