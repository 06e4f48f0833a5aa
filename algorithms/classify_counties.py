"""Many counties in one run: a folder each, one table and one index of all; goes on where it was stopped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputFile,
    QgsProcessingOutputHtml,
    QgsProcessingOutputNumber,
    QgsProcessingOutputVectorLayer,
)

from ..engine.counties.job import classify_counties, executor_for
from ..engine.counties.request import COUNTY, FILES, CountiesOptions, CountiesRequest
from ..engine.errors import OutputError, ParcelError
from ..engine.jobs.checks import Problems, problems
from ..engine.products import check_heatmaps
from ..models.checkpoint import read_card
from . import county_parameters as c
from . import parameters as p
from .base import CropAttentionAlgorithm
from .feedback import ProcessingFeedback
from .inputs import TEMPORARY, Reader
from .torch_check import check_gdal, check_installed
from .vector_files import VectorInput

if TYPE_CHECKING:
    from ..engine.counties.request import CountiesResult

NAMED = 3
"""Counties whose reason the last message tells."""


class ClassifyCounties(CropAttentionAlgorithm):
    """The main job, county after county."""

    NAME = "classifycounties"
    TITLE = "Classify counties"
    GROUP = "Crop mapping"
    GROUP_ID = "cropmapping"
    ICON = "classify_counties.svg"
    PAGE = "cluster"
    SUMMARY = "Map the crops of many counties in one run that can be stopped and continued."
    TAGS = "crop,classification,sentinel,county,counties,district,batch,resume,cluster,dask,slurm,kubernetes,parcel"
    HELP = (
        "Does for each polygon of a county layer what 'Classify crops' does for one area. The output folder gets one "
        "folder per county with the outputs chosen, one table of all counties ('counties.gpkg' and 'counties.csv': "
        "status, areas by crop, mean confidence, clear steps, seconds, message) and 'index.html', which links the "
        "reports.\n\n"
        "The series are shared by all counties, or lie in one folder per county: write {county} in the path where "
        "the name of the county belongs, as in /data/{county}/sentinel2. Without a county layer, the parcel layer "
        "and its field that names the county are enough.\n\n"
        "A run that was stopped for any reason continues where it was when it is started again on the same folder. "
        "Counties whose files, parameters, parcels or checkpoint have changed since are made again, the others are "
        "kept.\n\n"
        "A county that fails does not stop the others. Its reason is reported and stands in the table, and when all "
        "others are done the run ends as failed, so that no batch, model or script treats it as a success; what is "
        "done stays, and the next run tries the failed counties again. Untick 'Fail if any county fails' to end well "
        "as long as one county is done.\n\n"
        "With the address of a Dask scheduler the counties run on its workers, as many at a time as there are "
        "workers. They must see the same files under the same paths; docs/cluster.md in the repository says how."
    )

    SUMMARY_LAYER, SUMMARY_CSV, INDEX = "SUMMARY", "SUMMARY_CSV", "INDEX"
    DONE, KEPT, FAILED = "DONE", "KEPT", "FAILED"

    def declare(self) -> None:
        """Add parameters and outputs."""
        self.add(
            *c.counties(),
            *p.series_request(area=False),
            p.parcels(
                True,
                self.tr("Polygons to label with the majority class of their pixels, in any CRS. May be left empty."),
            ),
            c.parcel_county_field(),
            *p.expected_shares(),
            c.outputs(),
            c.scheduler(),
            p.device(),
            c.fail_if_any(),
            *p.advanced_series(),
            *p.advanced_mapping(),
            *p.advanced_parcels(),
            p.encoding(),
            c.output_folder(),
        )
        self.addOutput(QgsProcessingOutputVectorLayer(self.SUMMARY_LAYER, self.tr("Table of counties")))
        self.addOutput(QgsProcessingOutputFile(self.SUMMARY_CSV, self.tr("Table of counties as CSV")))
        self.addOutput(QgsProcessingOutputHtml(self.INDEX, self.tr("Index of the reports")))
        self.addOutput(QgsProcessingOutputNumber(self.DONE, self.tr("Counties done")))
        self.addOutput(QgsProcessingOutputNumber(self.KEPT, self.tr("Counties kept from an earlier run")))
        self.addOutput(QgsProcessingOutputNumber(self.FAILED, self.tr("Counties that failed")))

    def problems(self, parameters: dict, context: QgsProcessingContext) -> list[str]:
        """Return what is in the way of a run."""
        reader, wrong = Reader(self, parameters, context), Problems()
        series = reader.series_request(wrong, COUNTY)
        return wrong.sentences + problems(
            reader.mapping_options,
            lambda: self._check_outputs(series.checkpoint, parameters, context),
            lambda: self._read_layers(parameters, context),
            lambda: self._check_scheduler(reader),
            lambda: self._check_folder(reader),
        )

    def prepare(self, parameters: dict, context: QgsProcessingContext) -> None:
        """Load the network's packages where it runs here, read layers and values."""
        reader = Reader(self, parameters, context)
        if not reader.given(c.SCHEDULER):
            check_gdal()
        self._counties, self._parcels = self._read_layers(parameters, context)
        wrong = Problems()
        series = reader.series_request(wrong, COUNTY)
        wrong.refuse()
        field = reader.text(c.PARCEL_COUNTY_FIELD)
        self._values = {
            "checkpoint": series.checkpoint,
            "s2": series.inputs.s2,
            "s1": series.inputs.s1,
            "name_field": reader.text(c.COUNTY_FIELD) if self._counties else field,
            "parcels_field": field,
            "season_start": series.season_start,
            "series_options": series.options,
            "mapping_options": reader.mapping_options(),
            "parcel_options": reader.parcel_options(),
            "options": CountiesOptions(outputs=self._outputs(parameters, context)),
            "scheduler": reader.text(c.SCHEDULER),
            "encoding": reader.text(p.ENCODING),
        }
        self._fail_if_any = reader.boolean(c.FAIL_IF_ANY)

    def execute(self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict:
        """Run the counties that are not whole yet."""
        reader = Reader(self, parameters, context)
        voice = ProcessingFeedback(feedback)
        self._check_scheduler(reader)
        request = self._asked(self.parameterAsString(parameters, c.OUTPUT_FOLDER, context), context, voice)
        result = classify_counties(request, voice)
        self._judge(result)
        self._load(result.table_gpkg, context)
        return {
            c.OUTPUT_FOLDER: request.folder,
            self.SUMMARY_LAYER: result.table_gpkg,
            self.SUMMARY_CSV: result.table_csv,
            self.INDEX: result.index_html,
            **result.numbers,
        }

    def _asked(self, folder: str, context: QgsProcessingContext, voice: ProcessingFeedback) -> CountiesRequest:
        values = dict(self._values)
        for name, layer in (("counties", self._counties), ("parcels", self._parcels)):
            if layer is not None:
                file = layer.as_file(folder, f"{name}_input", context, voice)
                values[name], values[f"{name}_layer"] = file.path, file.layer
        return CountiesRequest(folder=folder, **values)

    def _judge(self, result: CountiesResult) -> None:
        """Raise where the run must not pass for a success; each failure was told when it happened.

        A table that loads is worth less than a batch that can be trusted, so one failed county fails the run unless
        the analyst said otherwise; the table lies in the output folder all the same.
        """
        failed, whole = result.failures, result.whole
        if result.cancelled:
            raise QgsProcessingException(
                self.tr("The run was cancelled; {} of {} counties are done and stay. Run again to continue.").format(
                    whole, len(result.outcomes)
                )
            )
        if failed and (self._fail_if_any or not whole):
            reasons = " ".join(f"{outcome.name}: {outcome.message}" for outcome in failed[:NAMED])
            more = f" {self.tr('And others.')}" if len(failed) > NAMED else ""
            sentence = (
                self.tr("{} of {} counties failed; the others are done, and all are listed in {}. {}")
                if whole
                else self.tr("No county is done: {} of {} failed, as is listed in {}. {}")
            )
            numbers = len(failed), len(result.outcomes)
            raise QgsProcessingException(sentence.format(*numbers, result.index_html, reasons) + more)

    def _load(self, table: str, context: QgsProcessingContext) -> None:
        details = QgsProcessingContext.LayerDetails(self.tr("Counties"), context.project(), self.SUMMARY_LAYER)
        context.addLayerToLoadOnCompletion(table, details)

    def _read_layers(
        self, parameters: dict, context: QgsProcessingContext
    ) -> tuple[VectorInput | None, VectorInput | None]:
        reader = Reader(self, parameters, context)
        counties = VectorInput.read(self, parameters, c.COUNTIES, context, self.tr("county layer"))
        parcels = VectorInput.read(self, parameters, p.PARCELS, context)
        name, field = reader.text(c.COUNTY_FIELD), reader.text(c.PARCEL_COUNTY_FIELD)
        if counties is None and (parcels is None or not field):
            raise ParcelError(
                self.tr(
                    "No counties are given; choose a county layer and the field of its names, or a parcel layer and "
                    "its field that names the county."
                )
            )
        if counties is not None:
            if not name:
                raise ParcelError(
                    self.tr("Say which field of the county layer '{}' holds the names.").format(counties.name)
                )
            counties.check_field(name)
        if field:
            if parcels is None:
                raise ParcelError(
                    self.tr("'County of the parcel' needs a parcel layer; choose one or clear the field.")
                )
            parcels.check_field(field)
        return counties, parcels

    def _outputs(self, parameters: dict, context: QgsProcessingContext) -> tuple[str, ...]:
        chosen = tuple(list(FILES)[number] for number in self.parameterAsEnums(parameters, c.OUTPUTS, context))
        if not chosen:
            raise OutputError(self.tr("No output is chosen; tick what the folder of each county is to hold."))
        return chosen

    def _check_outputs(self, checkpoint: str, parameters: dict, context: QgsProcessingContext) -> None:
        outputs = self._outputs(parameters, context)
        if checkpoint:
            check_heatmaps(read_card(checkpoint), outputs)

    def _check_scheduler(self, reader: Reader) -> None:
        address = reader.text(c.SCHEDULER)
        if address:
            check_installed(("distributed",))
        executor_for(address)

    def _check_folder(self, reader: Reader) -> None:
        folder = reader.destination(c.OUTPUT_FOLDER)
        if folder == TEMPORARY:
            raise OutputError(
                self.tr(
                    "Choose an output folder: a temporary one is deleted with QGIS, and no later run could "
                    "continue in it."
                )
            )
        if folder and Path(folder).is_file():
            raise OutputError(self.tr("'{}' is a file; choose a folder for the counties.").format(folder))
