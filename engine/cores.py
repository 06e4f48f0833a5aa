"""How many cores this process may use: the one place where they are counted."""

from __future__ import annotations

import math
import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
"""Where Linux shows the limits of the container or the job that a process runs in."""


def usable_cores(cgroup: Path = CGROUP) -> int:
    """Return the cores of the machine that the scheduler and the limits of a container leave to this process.

    Args:
        cgroup: folder of the limits, of version 2 or 1.
    """
    try:
        cores = len(os.sched_getaffinity(0))
    except (AttributeError, OSError):  # not on Windows and macOS
        cores = os.cpu_count() or 1
    quota = _quota(cgroup)
    return max(1, cores if quota is None else min(cores, math.ceil(quota)))


def _quota(cgroup: Path) -> float | None:
    """Return the cores' worth of time that a container may take, None without a limit."""
    try:
        amount, period = (cgroup / "cpu.max").read_text("ascii").split()[:2]
    except (OSError, ValueError):
        try:
            amount = (cgroup / "cpu" / "cpu.cfs_quota_us").read_text("ascii")
            period = (cgroup / "cpu" / "cpu.cfs_period_us").read_text("ascii")
        except (OSError, ValueError):
            return None
    try:
        quota = float(amount) / float(period)
    except (ValueError, ZeroDivisionError):  # "max"
        return None
    return quota if quota > 0 else None
