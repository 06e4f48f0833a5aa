"""One command a file: its name, its help, its arguments and what it does."""

from __future__ import annotations

from . import (
    assess,
    check,
    checkpoints,
    classify,
    clean,
    compare,
    counties,
    declarations,
    delineate,
    heatmaps,
    labels,
    sample,
    simulate,
    train,
)

COMMANDS = (
    classify,
    check,
    labels,
    declarations,
    heatmaps,
    counties,
    delineate,
    clean,
    compare,
    sample,
    train,
    assess,
    simulate,
    checkpoints,
)
"""In the order of the help."""
