"""What a series holds and what a run on it will cost, before any network runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputBoolean,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
)

from ..engine.errors import GridError, SeriesError
from ..engine.mapping.outputs import Outputs
from ..engine.options import MappingOptions
from ..engine.run import check_places, prepare_request, read_card, season_label
from . import destinations
from . import parameters as p
from .base import CropAttentionAlgorithm
from .feedback import ProcessingFeedback
from .inputs import Reader
from .run import read_request, series_problems
from .torch_check import missing_packages, remedy

if TYPE_CHECKING:
    from ..engine.mapping.estimate import Estimate
    from ..engine.series.prepared import PreparedSeries
    from ..engine.series.summary import SeasonSummary


PLANNED = Outputs(crop_map="map", confidence="confidence")
"""What a plain run writes; the places are not known yet."""


class CheckSeries(CropAttentionAlgorithm):
    """Look before you run."""

    NAME = "checkseries"
    TITLE = "Check series"
    GROUP = "Series"
    GROUP_ID = "series"
    ICON = "check_series.svg"
    SUMMARY = "Say how a series will be read, what it lacks and what a run will cost; no network runs."
    TAGS = "check,series,sentinel,cloud,gap,season,quality,time series,cost,estimate"
    HELP = (
        "Reads a series as 'Classify crops' will read it, without running the network: which acquisitions were found "
        "and how their dates, bands, scale and masks were understood; the season; clear steps and gaps of each "
        "sensor; what the checkpoint needs and lacks; and the time, memory and disk that a run will take.\n\n"
        "A series that cannot be read is an answer too: READY is false and MESSAGE says why, naming every file at "
        "fault."
    )
    S2_ACQUISITIONS, S1_ACQUISITIONS = "S2_ACQUISITIONS", "S1_ACQUISITIONS"
    USABLE_S2_STEPS, USABLE_S1_STEPS = "USABLE_S2_STEPS", "USABLE_S1_STEPS"
    LONGEST_GAP = "LONGEST_GAP"
    EXPECTED_SECONDS, EXPECTED_MEMORY, EXPECTED_DISK = "EXPECTED_SECONDS", "EXPECTED_MEMORY", "EXPECTED_DISK"
    SEASON_USED, READY, MESSAGE = "SEASON_USED", "READY", "MESSAGE"

    def declare(self) -> None:
        """Add parameters and outputs."""
        self.add(
            *p.series(),
            p.checkpoint(),
            p.season_start(),
            p.extent(),
            *p.advanced_series(),
            destinations.report(self.tr("One HTML file: what was found, what is missing, what a run will cost.")),
        )
        for key, text in (
            (self.S2_ACQUISITIONS, self.tr("Sentinel-2 acquisitions in the season")),
            (self.S1_ACQUISITIONS, self.tr("Sentinel-1 acquisitions in the season")),
            (self.USABLE_S2_STEPS, self.tr("Steps with a clear Sentinel-2 look")),
            (self.USABLE_S1_STEPS, self.tr("Steps with a Sentinel-1 look")),
            (self.LONGEST_GAP, self.tr("Longest gap without a clear Sentinel-2 look (days)")),
            (self.EXPECTED_SECONDS, self.tr("Expected time on this CPU (seconds)")),
            (self.EXPECTED_MEMORY, self.tr("Expected memory (MB)")),
            (self.EXPECTED_DISK, self.tr("Expected disk space for crop map and confidence (MB)")),
        ):
            self.addOutput(QgsProcessingOutputNumber(key, text))
        self.addOutput(QgsProcessingOutputString(self.SEASON_USED, self.tr("Season")))
        self.addOutput(QgsProcessingOutputBoolean(self.READY, self.tr("Ready to classify")))
        self.addOutput(QgsProcessingOutputString(self.MESSAGE, self.tr("What to know before a run")))

    def problems(self, parameters: dict, context: QgsProcessingContext) -> list[str]:
        """Return what is in the way of a look."""
        return series_problems(Reader(self, parameters, context), network=False)

    def prepare(self, parameters: dict, context: QgsProcessingContext) -> None:
        """Read layers and values."""
        self._request = read_request(self, parameters, context, network=False)

    def execute(self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict:
        """Look, and say what was seen."""
        from ..engine.mapping.estimate import estimate
        from ..engine.report.series import write_series_report
        from ..engine.series.summary import summarise

        voice = ProcessingFeedback(feedback)
        report = self.parameterAsFileOutput(parameters, p.REPORT, context)
        check_places([report])
        try:
            with voice.part(0.0, 0.5, self.tr("Reading the series")) as stage:
                prepared = prepare_request(self._request, stage)
        except (SeriesError, GridError) as error:
            feedback.reportError(str(error))
            return self._not_ready(str(error), report)
        with voice.part(0.5, 0.95, self.tr("Looking at clouds and gaps")) as stage:
            summary = summarise(prepared, stage)
        cost = estimate(prepared, PLANNED, MappingOptions())
        if report:
            write_series_report(report, prepared, summary, cost, prepared.card)
        voice.progress(1.0)
        return self._found(prepared, summary, cost, report, voice)

    def _found(
        self,
        prepared: PreparedSeries,
        summary: SeasonSummary,
        cost: Estimate,
        report: str,
        voice: ProcessingFeedback,
    ) -> dict:
        results: dict = {
            self.S2_ACQUISITIONS: summary.s2_acquisitions,
            self.S1_ACQUISITIONS: summary.s1_acquisitions,
            self.USABLE_S2_STEPS: summary.usable_s2,
            self.USABLE_S1_STEPS: summary.usable_s1,
            self.LONGEST_GAP: summary.longest_gap_days,
            self.EXPECTED_SECONDS: round(cost.seconds, 1),
            self.EXPECTED_MEMORY: round(cost.megabytes_memory, 1),
            self.EXPECTED_DISK: round(cost.megabytes_disk, 2),
            self.SEASON_USED: season_label(prepared),
            self.READY: True,
        }
        lines = list(prepared.warnings)
        if missing_packages():
            results[self.READY] = False
            lines.append(self.tr("The network cannot run yet: {}.").format(remedy()))
            voice.warning(lines[-1])
        results[self.MESSAGE] = " ".join(lines) or self.tr("The series is ready to be classified.")
        steps = prepared.placed.season.steps
        voice.info(
            self.tr("{} of {} steps have a clear Sentinel-2 look, {} a Sentinel-1 look.").format(
                summary.usable_s2, steps, summary.usable_s1
            )
        )
        voice.info(
            self.tr("A run will take about {:.0f} seconds, {:.0f} MB of memory and {:.1f} MB of disk.").format(
                cost.seconds, cost.megabytes_memory, cost.megabytes_disk
            )
        )
        if report:
            results[p.REPORT] = report
        return results

    def _not_ready(self, message: str, report: str) -> dict:
        from ..engine.report.html import page, paragraph, write

        results: dict = {self.READY: False, self.MESSAGE: message}
        if report:
            title = read_card(self._request).title
            content = [paragraph(self.tr("The series cannot be classified as it is.")), paragraph(message)]
            write(report, page(self.tr("Series check"), self.tr("For {}").format(title), content, "Crop Attention"))
            results[p.REPORT] = report
        return results
