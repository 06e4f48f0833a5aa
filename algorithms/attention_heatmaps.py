"""The same network, asked only what it looked at."""

from __future__ import annotations

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
)

from ..engine.errors import OutputError
from ..engine.run import Wanted
from . import destinations, layers, styling
from . import parameters as p
from .base import CropAttentionAlgorithm
from .feedback import ProcessingFeedback
from .inputs import Reader, problems
from .parcels import ParcelLayer
from .run import read_request, run_mapping, series_problems
from .torch_check import check_usable


class AttentionHeatmaps(CropAttentionAlgorithm):
    """Temporal, channel and spatial attention."""

    NAME = "attentionheatmaps"
    TITLE = "Attention heatmaps"
    GROUP = "Crop mapping"
    GROUP_ID = "cropmapping"
    ICON = "attention_heatmaps.svg"
    SUMMARY = "Show which dates, which bands and polarisations, and which pixels decided."
    TAGS = "attention,explain,heatmap,importance,temporal,phenology,sentinel,sar,band"
    HELP = (
        "Runs a checkpoint on a season of Sentinel-1 and Sentinel-2 and gives what it paid attention to, without a "
        "crop map: temporal attention (one band a step of the season, played by the temporal controller), channel "
        "attention (one band an optical band or polarisation, and the share of Sentinel-1), and spatial attention.\n\n"
        "With parcels, only the blocks of 64 pixels that they touch are computed. The report sets the mean attention "
        "of each crop beside its NDVI and VH backscatter, so that it can be read against phenology."
    )
    RASTERS = {
        p.TEMPORAL_ATTENTION: styling.TEMPORAL,
        p.CHANNEL_ATTENTION: styling.CHANNEL,
        p.SPATIAL_ATTENTION: styling.SPATIAL,
    }
    DEVICE_USED, SECONDS, SEASON_USED = "DEVICE_USED", "SECONDS", "SEASON_USED"

    def declare(self) -> None:
        """Add parameters and outputs."""
        self.add(
            *p.series(),
            p.checkpoint(),
            p.season_start(),
            p.extent(),
            p.parcels(True, self.tr("Only blocks that these polygons touch are computed. Empty: the whole area.")),
            p.device(),
            *p.advanced_series(),
            *p.advanced_mapping(),
            *destinations.rasters(list(self.RASTERS), list(self.RASTERS)),
            destinations.report(self.tr("One HTML file: attention of each crop beside NDVI and VH, band weights.")),
        )
        self.addOutput(QgsProcessingOutputString(self.DEVICE_USED, self.tr("Device used")))
        self.addOutput(QgsProcessingOutputNumber(self.SECONDS, self.tr("Seconds of the run")))
        self.addOutput(QgsProcessingOutputString(self.SEASON_USED, self.tr("Season used")))

    def problems(self, parameters: dict, context: QgsProcessingContext) -> list[str]:
        """Return what is in the way of a run."""
        reader = Reader(self, parameters, context)
        return [
            *series_problems(reader, network=True),
            *problems(
                lambda: ParcelLayer.read(self, parameters, p.PARCELS, context),
                lambda: self._check_asked(reader),
                lambda: reader.check_heatmaps(self.RASTERS),
                *(lambda key=key: reader.check_geotiff(key) for key in self.RASTERS),
            ),
        ]

    def prepare(self, parameters: dict, context: QgsProcessingContext) -> None:
        """Load the network's packages, read layers and values."""
        check_usable()
        self._request = read_request(self, parameters, context)
        self._request.parcels_only = self._request.parcels is not None

    def execute(self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict:
        """Compute the heatmaps."""
        places = Reader(self, parameters, context).rasters_asked(self.RASTERS)
        report = self.parameterAsFileOutput(parameters, p.REPORT, context)
        wanted = Wanted({self.RASTERS[key]: place for key, place in places.items()}, report, self.tr("Attention"))
        finished = run_mapping(self._request, wanted, ProcessingFeedback(feedback))
        run = layers.Run(layers.group_name(finished.season), finished.prepared.card.classes)
        for key, place in places.items():
            layers.dress(context, place, self.RASTERS[key], run)
        results: dict = {**places, **({p.REPORT: report} if report else {})}
        results[self.DEVICE_USED] = finished.result.device
        results[self.SECONDS] = round(finished.seconds, 2)
        results[self.SEASON_USED] = finished.season
        return results

    def _check_asked(self, reader: Reader) -> None:
        if not any(reader.destination(key) for key in (*self.RASTERS, p.REPORT)):
            raise OutputError(self.tr("No output is asked for; name at least one heatmap or the report."))
