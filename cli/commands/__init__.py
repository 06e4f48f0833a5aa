"""One command a file: its name, its help, its arguments and what it does."""

from __future__ import annotations

from . import assess, check, checkpoints, classify, counties, heatmaps, labels, simulate, train

COMMANDS = (classify, check, labels, heatmaps, counties, train, assess, simulate, checkpoints)
"""In the order of the help."""
