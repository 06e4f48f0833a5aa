"""Sentinel-1 and Sentinel-2 in, crop map, parcel labels and attention heatmaps out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterBoolean,
    QgsProcessingUtils,
)

from ..engine.jobs.checks import Problems, Unreadable
from ..engine.jobs.map import MapRequest, find_problems, map_crops, products
from ..engine.options import MappingOptions
from ..engine.products import CROP_MAP, PARCEL_LABELS
from . import parameters as p
from .base import CropAttentionAlgorithm
from .destinations import destinations
from .feedback import ProcessingFeedback
from .inputs import TEMPORARY, Reader
from .parcel_output import ParcelOutput
from .run import add_run_outputs, find, show
from .torch_check import check_gdal


class ClassifyCrops(CropAttentionAlgorithm):
    """The main job."""

    NAME = "classifycrops"
    TITLE = "Classify crops"
    GROUP = "Crop mapping"
    GROUP_ID = "cropmapping"
    ICON = "classify_crops.svg"
    PAGE = "README"
    SUMMARY = "Map crops from a season of Sentinel-1 and Sentinel-2, label parcels and show what decided."
    TAGS = "crop,classification,sentinel,sentinel-1,sentinel-2,sar,optical,time series,deep learning,parcel,attention"
    HELP = (
        "Reads a season of Sentinel-1 and Sentinel-2 rasters from this computer, runs an Attention-3DCNN checkpoint "
        "on the CPU or on a CUDA GPU, and gives a crop map.\n\n"
        "Give either sensor or both, as layers or as a folder. Dates come from file names, band descriptions or "
        "metadata; the 10 m grid of Sentinel-2 is used unless an extent or a pixel size is set. Clouds are taken from "
        "the scene classification. 'Check series' tells beforehand what will be read and what it will cost.\n\n"
        "With a parcel layer, each parcel gets the majority class of its pixels, the share of that class, the "
        "runner-up and the mean confidence; no parcel is dropped. 'Only blocks with parcels' saves the time for the "
        "rest.\n\n"
        "The attention heatmaps show which step of the season, which band or polarisation and which pixels counted. "
        "The report says how the series was read, what was found, and how far to trust it."
    )

    def declare(self) -> None:
        self.add(
            *p.series_request(),
            p.parcels(
                True,
                self.tr("Polygons to label with the majority class of their pixels, in any CRS. May be left empty."),
            ),
            p.helped(
                QgsProcessingParameterBoolean(p.PARCELS_ONLY, self.tr("Only blocks with parcels"), False),
                self.tr("Blocks of 64 pixels that no parcel touches are left out: no data there, and time saved."),
            ),
            p.device(),
            *p.advanced_series(),
            *p.expected_shares(),
            *p.advanced_mapping(),
            *p.advanced_parcels(),
            p.encoding(),
            *destinations(products()),
        )
        add_run_outputs(self)

    def problems(self, parameters: dict, context: QgsProcessingContext) -> list[str]:
        return find((), lambda wrong: self._read(parameters, context, wrong), find_problems)

    def prepare(self, parameters: dict, context: QgsProcessingContext) -> None:
        check_gdal()
        wrong = Problems()
        self._request = self._read(parameters, context, wrong)
        wrong.refuse()

    def execute(self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict:
        """Map, label, report."""
        reader = Reader(self, parameters, context)
        outputs = reader.places(products())
        if self._request.parcels is None:
            outputs.pop(PARCEL_LABELS.name, None)
        result = map_crops(replace(self._request, outputs=outputs), ProcessingFeedback(feedback))
        named = "" if reader.destination(p.CROP_MAP) == TEMPORARY else Path(outputs[CROP_MAP.name]).stem
        return show(result, products(), context, named)

    def _read(self, parameters: dict, context: QgsProcessingContext, wrong: Problems) -> MapRequest:
        reader = Reader(self, parameters, context)
        return MapRequest(
            reader.series_request(wrong),
            reader.planned(products()),
            wrong.read(reader.mapping_options, MappingOptions()),
            reader.parcel_options(),
            wrong.read(lambda: ParcelOutput.read(self, parameters, context), Unreadable()),
            reader.boolean(p.PARCELS_ONLY),
            title=self.tr("Crop map"),
            scratch=QgsProcessingUtils.tempFolder(),
        )
