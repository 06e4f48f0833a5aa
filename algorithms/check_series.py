"""What a series holds and what a run on it will cost, before any network runs."""

from __future__ import annotations

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputBoolean,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
)

from ..engine.jobs.check import CheckRequest, check_series
from ..engine.jobs.checks import Problems
from . import destinations
from . import parameters as p
from .base import CropAttentionAlgorithm
from .feedback import ProcessingFeedback
from .inputs import Reader
from .run import find


class CheckSeries(CropAttentionAlgorithm):
    """Look before you run."""

    NAME = "checkseries"
    TITLE = "Check series"
    GROUP = "Series"
    GROUP_ID = "series"
    ICON = "check_series.svg"
    PAGE = "getting_data"
    SUMMARY = "Report how a series will be read, what it lacks and what a run will cost; no network runs."
    TAGS = "check,series,sentinel,cloud,gap,season,quality,time series,cost,estimate"
    HELP = (
        "Reads a series as 'Classify crops' will read it, without running the network: which acquisitions were found "
        "and how their dates, bands, scale and masks were understood; the season; clear steps and gaps of each "
        "sensor; what the checkpoint needs and lacks; and the time, memory and disk that a run will take.\n\n"
        "A series that cannot be read also gives a result: READY is false and MESSAGE says why, naming every file at "
        "fault."
    )
    S2_ACQUISITIONS, S1_ACQUISITIONS = "S2_ACQUISITIONS", "S1_ACQUISITIONS"
    USABLE_S2_STEPS, USABLE_S1_STEPS = "USABLE_S2_STEPS", "USABLE_S1_STEPS"
    LONGEST_GAP = "LONGEST_GAP"
    EXPECTED_SECONDS, EXPECTED_MEMORY, EXPECTED_DISK = "EXPECTED_SECONDS", "EXPECTED_MEMORY", "EXPECTED_DISK"
    SEASON_USED, READY, MESSAGE = "SEASON_USED", "READY", "MESSAGE"

    def declare(self) -> None:
        self.add(
            *p.series_request(),
            *p.advanced_series(),
            destinations.report(self.tr("One HTML file: what was found, what is missing, what a run will cost.")),
        )
        for key, text in (
            (self.S2_ACQUISITIONS, self.tr("Sentinel-2 acquisitions in the season")),
            (self.S1_ACQUISITIONS, self.tr("Sentinel-1 acquisitions in the season")),
            (self.USABLE_S2_STEPS, self.tr("Steps with a clear Sentinel-2 observation")),
            (self.USABLE_S1_STEPS, self.tr("Steps with a Sentinel-1 observation")),
            (self.LONGEST_GAP, self.tr("Longest gap without a clear Sentinel-2 observation (days)")),
            (self.EXPECTED_SECONDS, self.tr("Expected time on this CPU (seconds)")),
            (self.EXPECTED_MEMORY, self.tr("Expected memory (MB)")),
            (self.EXPECTED_DISK, self.tr("Expected disk space for crop map and confidence (MB)")),
        ):
            self.addOutput(QgsProcessingOutputNumber(key, text))
        self.addOutput(QgsProcessingOutputString(self.SEASON_USED, self.tr("Season")))
        self.addOutput(QgsProcessingOutputBoolean(self.READY, self.tr("Ready to classify")))
        self.addOutput(QgsProcessingOutputString(self.MESSAGE, self.tr("What to know before a run")))

    def problems(self, parameters: dict, context: QgsProcessingContext) -> list[str]:
        """Return what is in the way of the check."""
        reader = Reader(self, parameters, context)
        return find((), reader.series_request, lambda request: [])

    def prepare(self, parameters: dict, context: QgsProcessingContext) -> None:
        wrong = Problems()
        self._series = Reader(self, parameters, context).series_request(wrong)
        wrong.refuse()

    def execute(self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict:
        """Check, and report what was found."""
        report = self.parameterAsFileOutput(parameters, p.REPORT, context)
        check = check_series(CheckRequest(self._series, report), ProcessingFeedback(feedback))
        if not check.found:
            feedback.reportError(check.message)
        results: dict = {key.upper(): value for key, value in check.found.items()}
        results.update({self.READY: check.ready, self.MESSAGE: check.message})
        return {**results, **({p.REPORT: report} if report else {})}
