"""check: what a series holds, what it lacks and what a run on it will cost; no network runs."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ...engine.jobs.check import CheckRequest, check_series
from ...engine.jobs.checks import Problems
from ...models.language import tr
from .. import arguments as a
from ..answer import Answer
from ..console import Console
from ..request import series_request

NAME = "check"
SUMMARY = "report what a series holds, what it lacks and what a run will cost"
USAGE = "--s2 PATH ... --s1 PATH ... [OPTION ...]"
DESCRIPTION = """Reads a series as 'classify' will, without running the network, as 'Check series' in QGIS does.
Ends with 0 when the series is ready to be classified, else with 1; READY and MESSAGE are given either way."""
EXAMPLES = """examples:
  %(prog)s --s2 sentinel2 --s1 sentinel1
  %(prog)s --s2 sentinel2 --checkpoint shandong --report check.html --json"""


def declare(parser: ArgumentParser) -> None:
    a.add_inputs(parser)
    a.add_outputs(
        parser, {"--report": tr("one HTML file: what was found, what is missing, the cost")}, tr("what to write")
    )
    a.add_reading(parser)


def run(values: Namespace, console: Console) -> Answer:
    """Check, and report what was found."""
    wrong = Problems()
    series = series_request(values, wrong)
    wrong.refuse()
    check = check_series(CheckRequest(series, values.report or ""), console)
    results = {key.upper(): value for key, value in check.found.items()}
    results.update(READY=check.ready, MESSAGE=check.message, REPORT=values.report)
    return Answer(results, "" if check.ready else check.message)
