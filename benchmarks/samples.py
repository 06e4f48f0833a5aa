"""The folder of real samples that benchmarks are judged on; the repository holds none of them."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path

VARIABLE = "CROP_ATTENTION_SAMPLES"


def add_samples(parser: ArgumentParser) -> None:
    """Add `--samples`, which the environment may answer; without either the run does not begin."""
    given = os.environ.get(VARIABLE)
    text = f"folder of real samples, with `points` in it (or ${VARIABLE})"
    parser.add_argument("--samples", type=Path, default=given, required=not given, metavar="FOLDER", help=text)
