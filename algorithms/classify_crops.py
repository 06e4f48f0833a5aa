"""Sentinel-1 and Sentinel-2 in, crop map, parcel labels and attention heatmaps out."""

from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
)

from ..engine.errors import OutputError, ParcelError
from ..engine.feedback import Feedback
from ..engine.run import Finished, Wanted
from . import destinations, layers, styling
from . import parameters as p
from .base import CropAttentionAlgorithm
from .feedback import ProcessingFeedback
from .inputs import Reader, problems
from .legend import legend_of
from .parcels import ParcelLayer
from .run import read_request, run_mapping, series_problems
from .torch_check import check_usable

TEMPORARY = "TEMPORARY_OUTPUT"


class ClassifyCrops(CropAttentionAlgorithm):
    """The main job."""

    NAME = "classifycrops"
    TITLE = "Classify crops"
    GROUP = "Crop mapping"
    GROUP_ID = "cropmapping"
    ICON = "classify_crops.svg"
    SUMMARY = "Map crops from a season of Sentinel-1 and Sentinel-2, label parcels and show what decided."
    TAGS = "crop,classification,sentinel,sentinel-1,sentinel-2,sar,optical,time series,deep learning,parcel,attention"
    HELP = (
        "Reads a season of Sentinel-1 and Sentinel-2 rasters from this computer, runs an Attention-3DCNN checkpoint "
        "on the CPU or on a CUDA GPU, and gives a crop map.\n\n"
        "Give either sensor or both, as layers or as a folder. Dates come from file names, band descriptions or "
        "metadata; the 10 m grid of Sentinel-2 is used unless an extent or a pixel size is set. Clouds are taken from "
        "the scene classification. 'Check series' tells beforehand what will be read and what it will cost.\n\n"
        "With a parcel layer, each parcel gets the majority class of its pixels, the share of that class, the "
        "runner-up and the mean confidence; no parcel is dropped. 'Only where parcels lie' saves the time for the "
        "rest.\n\n"
        "The attention heatmaps show which step of the season, which band or polarisation and which pixels counted. "
        "The report says how the series was read, what was found, and how far to trust it."
    )

    RASTERS = {
        p.CROP_MAP: styling.CROP_MAP,
        p.CONFIDENCE: styling.CONFIDENCE,
        p.PROBABILITIES: styling.PROBABILITIES,
        p.TEMPORAL_ATTENTION: styling.TEMPORAL,
        p.CHANNEL_ATTENTION: styling.CHANNEL,
        p.SPATIAL_ATTENTION: styling.SPATIAL,
    }
    DEVICE_USED, SECONDS = "DEVICE_USED", "SECONDS"
    CLEAR_STEPS, SEASON_USED = "CLEAR_STEPS", "SEASON_USED"

    def declare(self) -> None:
        """Add parameters and outputs."""
        self.add(
            *p.series(),
            p.checkpoint(),
            p.season_start(),
            p.extent(),
            p.parcels(
                True,
                self.tr("Polygons to label with the majority class of their pixels, in any CRS. May be left empty."),
            ),
            p.helped(
                QgsProcessingParameterBoolean(p.PARCELS_ONLY, self.tr("Only where parcels lie"), False),
                self.tr("Blocks of 64 pixels that no parcel touches are left out: nodata there, and time saved."),
            ),
            p.device(),
            *p.advanced_series(),
            *p.advanced_mapping(),
            *p.advanced_parcels(),
            destinations.crop_map(),
            *destinations.rasters([p.CONFIDENCE], [key for key in self.RASTERS if key != p.CROP_MAP]),
            destinations.parcel_labels(optional=True),
            destinations.report(
                self.tr("One HTML file: season, areas, phenology beside attention, confidence, warnings, provenance.")
            ),
        )
        self.addOutput(QgsProcessingOutputString(self.DEVICE_USED, self.tr("Device used")))
        self.addOutput(QgsProcessingOutputNumber(self.SECONDS, self.tr("Seconds of the run")))
        self.addOutput(QgsProcessingOutputNumber(self.CLEAR_STEPS, self.tr("Steps with a clear Sentinel-2 look")))
        self.addOutput(QgsProcessingOutputString(self.SEASON_USED, self.tr("Season used")))

    def problems(self, parameters: dict, context: QgsProcessingContext) -> list[str]:
        """Return what is in the way of a run."""
        reader = Reader(self, parameters, context)
        return [
            *series_problems(reader, network=True),
            *problems(
                lambda: ParcelLayer.read(self, parameters, p.PARCELS, context),
                lambda: self._check_parcel_use(reader),
                lambda: reader.check_heatmaps(self.RASTERS),
                *(lambda key=key: reader.check_geotiff(key) for key in self.RASTERS),
            ),
        ]

    def prepare(self, parameters: dict, context: QgsProcessingContext) -> None:
        """Load the network's packages, read layers and values."""
        check_usable()
        self._request = read_request(self, parameters, context)

    def execute(self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict:
        """Map, label, report."""
        voice = ProcessingFeedback(feedback)
        request = self._request
        places = Reader(self, parameters, context).rasters_asked(self.RASTERS)
        report = self.parameterAsFileOutput(parameters, p.REPORT, context)
        self._labels, self._labels_place = None, ""
        labelling = request.parcels is not None and bool(Reader(self, parameters, context).destination(p.PARCEL_LABELS))
        wanted = Wanted(
            rasters={self.RASTERS[key]: place for key, place in places.items()},
            report=report,
            title=self.tr("Crop map"),
        )
        if labelling:
            options = Reader(self, parameters, context).parcel_options()
            wanted.label = lambda crop_map, confidence, part: self._label(crop_map, confidence, options, part)
            wanted.finish = lambda part: self._write_labels(parameters, context, part)
        finished = run_mapping(request, wanted, voice)
        results = self._results(finished, places, report)
        self._dress(finished, places, context, Reader(self, parameters, context).destination(p.CROP_MAP))
        return results

    def _check_parcel_use(self, reader: Reader) -> None:
        if reader.given(p.PARCELS):
            return
        if reader.boolean(p.PARCELS_ONLY):
            raise ParcelError(self.tr("'Only where parcels lie' needs a parcel layer; choose one or untick it."))
        place = reader.destination(p.PARCEL_LABELS)
        if place and place != TEMPORARY and not place.startswith("memory:"):
            raise OutputError(self.tr("Parcel labels need a parcel layer; choose one or leave the output out."))

    def _label(self, crop_map: str, confidence: str, options, voice: Feedback) -> None:
        from ..engine.parcels.label import label_parcels

        self._legend = legend_of(crop_map)
        self._labels = label_parcels(crop_map, self._request.parcels.shapes, confidence or None, options, voice)

    def _write_labels(self, parameters: dict, context: QgsProcessingContext, voice: Feedback) -> str:
        names = {entry.code: entry.name for entry in self._legend}
        self._labels_place = self._request.parcels.write(
            self, parameters, p.PARCEL_LABELS, context, self._labels, names, voice
        )
        return self._labels_place

    def _results(self, finished: Finished, places: dict[str, str], report: str) -> dict:
        results: dict = dict(places)
        if self._labels_place:
            results[p.PARCEL_LABELS] = self._labels_place
        if report:
            results[p.REPORT] = report
        results[self.DEVICE_USED] = finished.result.device
        results[self.SECONDS] = round(finished.seconds, 2)
        results[self.CLEAR_STEPS] = finished.summary.usable_s2
        results[self.SEASON_USED] = finished.season
        return results

    def _dress(self, finished: Finished, places: dict[str, str], context: QgsProcessingContext, asked: str) -> None:
        named = "" if asked == TEMPORARY else Path(places[p.CROP_MAP]).stem
        run = layers.Run(layers.group_name(finished.season, named), finished.prepared.card.classes)
        for key, place in places.items():
            layers.dress(context, place, self.RASTERS[key], run)
        layers.dress(context, self._labels_place, styling.PARCELS, run)
