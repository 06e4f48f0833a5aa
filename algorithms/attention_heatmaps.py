"""The same network, asked only what it looked at."""

from __future__ import annotations

from dataclasses import replace

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingUtils,
)

from ..engine.jobs.checks import Problems, Unreadable
from ..engine.jobs.heatmaps import HeatmapsRequest, adapted, find_problems, make_heatmaps, products
from ..engine.options import MappingOptions
from . import parameters as p
from .base import CropAttentionAlgorithm
from .destinations import destinations
from .feedback import ProcessingFeedback
from .inputs import Reader
from .parcel_output import ParcelOutput
from .run import add_run_outputs, find, show
from .torch_check import check_gdal


class AttentionHeatmaps(CropAttentionAlgorithm):
    """Temporal, channel and spatial attention, and temporal contribution."""

    NAME = "attentionheatmaps"
    TITLE = "Attention heatmaps"
    GROUP = "Crop mapping"
    GROUP_ID = "cropmapping"
    ICON = "attention_heatmaps.svg"
    SUMMARY = "Show which dates, which bands and polarisations, and which pixels decided."
    TAGS = "attention,explain,heatmap,importance,temporal,phenology,sentinel,sar,band"
    HELP = (
        "Runs a checkpoint on a season of Sentinel-1 and Sentinel-2 and gives what it looked at and what determined "
        "its decision, without a crop map: temporal attention (one band per step of the season, played by the "
        "temporal controller), temporal contribution (bands as these), channel attention (one band per optical band "
        "or polarisation, and the share of Sentinel-1), and spatial attention.\n\n"
        "Attention is a weight that the network gives before it decides: it says where it looked. Contribution is "
        "worked out backwards from the decision: it says which dates changed the result. Channel attention weighs "
        "bands where they enter the network; the share of Sentinel-1 weighs the two sensors later, after each was "
        "read by itself.\n\n"
        "With parcels, only the blocks of 64 pixels that they touch are computed. The report sets the contribution, "
        "or else the attention, of each crop beside its NDVI and VH backscatter, so that it can be read against "
        "phenology."
    )

    def declare(self) -> None:
        """Add parameters and outputs."""
        self.add(
            *p.series_request(),
            p.parcels(True, self.tr("Only blocks that these polygons touch are computed. Empty: the whole area.")),
            p.device(),
            *p.advanced_series(),
            *p.advanced_mapping(),
            p.encoding(),
            *destinations(products(), default=products()),
        )
        add_run_outputs(self)

    def problems(self, parameters: dict, context: QgsProcessingContext) -> list[str]:
        """Return what is in the way of a run."""
        return find((), lambda wrong: self._read(parameters, context, wrong), find_problems)

    def prepare(self, parameters: dict, context: QgsProcessingContext) -> None:
        """Load the network's packages, read layers and values."""
        check_gdal()
        wrong = Problems()
        self._request = self._read(parameters, context, wrong)
        wrong.refuse()

    def execute(self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict:
        """Compute the heatmaps."""
        voice = ProcessingFeedback(feedback)
        request = adapted(self._request, voice)
        wanted = [product for product in products() if request.outputs.get(product.name)]
        outputs = Reader(self, parameters, context).places(wanted)
        result = make_heatmaps(replace(request, outputs=outputs), voice)
        return show(result, products(), context)

    def _read(self, parameters: dict, context: QgsProcessingContext, wrong: Problems) -> HeatmapsRequest:
        reader = Reader(self, parameters, context)
        return HeatmapsRequest(
            reader.series_request(wrong),
            reader.planned(products()),
            wrong.read(reader.mapping_options, MappingOptions()),
            wrong.read(lambda: ParcelOutput.read(self, parameters, context), Unreadable()),
            self.tr("Attention"),
            QgsProcessingUtils.tempFolder(),
            reader.unnamed(products()),
        )
