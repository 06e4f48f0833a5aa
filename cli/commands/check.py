"""check: what a series holds, what it lacks and what a run on it will cost; no network runs."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ...engine.check import check_series
from .. import arguments as a
from ..answer import Answer
from ..console import Console
from ..packages import SERIES, check_packages, lacking
from ..request import check_all, read_request

NAME = "check"
SUMMARY = "say what a series holds, what it lacks and what a run will cost"
USAGE = "--s2 PATH ... --s1 PATH ... [OPTION ...]"
DESCRIPTION = """Reads a series as 'classify' will, without running the network, as 'Check series' in QGIS does.
Ends with 0 when the series is ready to be classified, else with 1; READY and MESSAGE are told either way."""
EXAMPLES = """examples:
  %(prog)s --s2 sentinel2 --s1 sentinel1
  %(prog)s --s2 sentinel2 --checkpoint shandong --report check.html --json"""


def declare(parser: ArgumentParser) -> None:
    """Add the arguments."""
    a.add_inputs(parser)
    a.add_outputs(parser, {"--report": "one HTML file: what was found, what is missing, the cost"}, "what to write")
    a.add_reading(parser)


def run(values: Namespace, console: Console) -> Answer:
    """Look, and say what was seen."""
    check_packages(SERIES)
    check_all(lambda: read_request(values))
    missing = lacking()
    sentence = f"The network cannot run yet: {missing}" if missing else ""
    seen = check_series(read_request(values), values.report or "", sentence, console)
    results = {key.upper(): value for key, value in seen.found.items()}
    results.update(READY=seen.ready, MESSAGE=seen.message, REPORT=values.report)
    return Answer(results, "" if seen.ready else seen.message)
