"""Labelled parcels and a season in, a checkpoint for them out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterField,
    QgsProcessingUtils,
)

from ..engine.jobs.checks import Problems, problems
from ..engine.jobs.train import train_checkpoint
from ..engine.jobs.train_request import (
    CROSS_FITTED,
    TRAINED_CHECKPOINT,
    TRAINING_REPORT,
    ParcelSource,
    TrainRequest,
    find_problems,
    products,
)
from ..engine.option import options_of
from ..engine.training.options import FINE_TUNING, SourceOptions, TrainingOptions
from . import parameters as p
from .base import CropAttentionAlgorithm
from .destinations import destination, destinations
from .feedback import ProcessingFeedback
from .inputs import Reader
from .layers import Run, arrange
from .torch_check import check_installed, check_usable
from .training_parcels import check_classes, read_labelled, write_labelled
from .vector_files import file_of


class TrainCheckpoint(CropAttentionAlgorithm):
    """Teach the network an analyst's own parcels."""

    NAME = "traincheckpoint"
    TITLE = "Train checkpoint"
    GROUP = "Training and accuracy"
    GROUP_ID = "training"
    ICON = "train_checkpoint.svg"
    PAGE = "training"
    SUMMARY = "Train a checkpoint on parcels whose crop is known, judge it on blocks it never saw, and report."
    TAGS = "train,training,fine-tuning,transfer learning,deep learning,checkpoint,random forest,parcel,crop,validation"
    HELP = (
        "Cuts samples from a season of Sentinel-1 and Sentinel-2 at parcels whose crop is known, fits learners to them "
        "and gives a checkpoint that 'Classify crops' takes: the network, a linear learner that takes seconds and "
        "needs few labels, or the mean of both, whichever the validation blocks choose.\n\n"
        "The legend is that of the parcels. Weights come from the base checkpoint; classes that it knows by name keep "
        "theirs. The calendar, bands and season length are always those of the base.\n\n"
        "Whole spatial blocks are set aside: some to stop in time and to calibrate the confidence, some to judge on, "
        "which no learner sees. The report gives scores with 95 % intervals, by crop and beside plain learners on the "
        "same parcels (a random forest and a logistic regression where scikit-learn is installed). Classes with too "
        "few parcels are merged or left out, and that is said.\n\n"
        "A cancelled or killed run that is started again with the same inputs and the same checkpoint name goes on "
        "where it was."
    )
    CROP_FIELD, BASE_CHECKPOINT, FROM_SCRATCH = "CROP_FIELD", "BASE_CHECKPOINT", "FROM_SCRATCH"

    def declare(self) -> None:
        """Add parameters and outputs."""
        self.add(
            *p.series(),
            p.parcels(False, self.tr("Polygons whose crop is known, in any CRS.")),
            p.helped(
                QgsProcessingParameterField(self.CROP_FIELD, self.tr("Crop field"), parentLayerParameterName=p.PARCELS),
                self.tr("The field that names the crop of each parcel; empty values are left out."),
            ),
            p.checkpoint(
                self.BASE_CHECKPOINT, self.tr("Base checkpoint"), self.tr("Where weights and calendar come from")
            ),
            p.helped(
                QgsProcessingParameterBoolean(self.FROM_SCRATCH, self.tr("Train from scratch"), False),
                self.tr("Start from random weights; only the calendar and the bands are those of the base checkpoint."),
            ),
            p.season_start(),
            *p.option_parameters(FINE_TUNING, shown=("epochs", "device")),
            *p.option_parameters(SourceOptions),
            *p.advanced_series(),
            p.encoding(),
            destination(TRAINED_CHECKPOINT, optional=False),
            *destinations(CROSS_FITTED),
            destination(TRAINING_REPORT),
        )
        for key, text in (
            ("OA", self.tr("Overall accuracy by parcel")),
            ("MACRO_F1", self.tr("Macro F1 by parcel")),
            ("FOREST_OA", self.tr("Overall accuracy of a random forest")),
            ("CALIBRATION_ERROR", self.tr("Expected calibration error")),
            ("N_PARCELS", self.tr("Parcels used")),
            ("CROSS_FITTED_OA", self.tr("Share of parcels that the cross-fitted labels give their crop")),
        ):
            self.addOutput(QgsProcessingOutputNumber(key, text))

    def problems(self, parameters: dict, context: QgsProcessingContext) -> list[str]:
        """Return what is in the way of a run."""
        missing = problems(check_installed)
        if missing:
            return missing
        wrong = Problems()
        request = self._read(parameters, context, wrong)
        return list(dict.fromkeys((*wrong.sentences, *find_problems(request))))

    def prepare(self, parameters: dict, context: QgsProcessingContext) -> None:
        """Load the network's packages, read layers and values."""
        check_usable()
        wrong = Problems()
        self._request = self._read(parameters, context, wrong)
        wrong.refuse()

    def execute(self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict:
        """Cut samples, train, report."""
        places = Reader(self, parameters, context).places(products())
        request = replace(self._request, **_sorted(places))
        result = train_checkpoint(request, ProcessingFeedback(feedback))
        for product in CROSS_FITTED:
            arrange(context, result.outputs.get(product.name, ""), product, Run(legend=result.training.card.classes))
        return {**{name.upper(): place for name, place in result.outputs.items()}, **result.numbers}

    def _read(self, parameters: dict, context: QgsProcessingContext, wrong: Problems) -> TrainRequest:
        reader, transform = Reader(self, parameters, context), context.transformContext()
        series = reader.series_request(wrong, checkpoint=self.BASE_CHECKPOINT)
        samples, encoding = reader.options(SourceOptions), reader.text(p.ENCODING)
        options = wrong.read(lambda: reader.options(TrainingOptions, FINE_TUNING), FINE_TUNING)
        field, scratch = reader.text(self.CROP_FIELD), reader.boolean(self.FROM_SCRATCH)
        layer = wrong.read(lambda: read_labelled(self, parameters, field, context))
        if layer is not None:
            wrong.read(lambda: check_classes(layer.source, field, samples.minimum_parcels, samples.other))
        # QGIS reads a file in letters of its own choice; the engine reads it in those that the analyst names.
        file = file_of(self, parameters, p.PARCELS, context) if encoding else None
        source = ParcelSource(
            series,
            file.path
            if file
            else lambda prepared, folder, voice: write_labelled(layer, folder, prepared.grid.crs, transform, voice),
            field,
            file.layer or None if file else None,
            encoding if file else "",
        )
        given = {
            p.PARCELS: layer.name if layer else "",
            self.CROP_FIELD: field,
            self.BASE_CHECKPOINT: Path(series.checkpoint).name,
            self.FROM_SCRATCH: scratch,
            **{each.key: each.default for values in (options, samples) for each in options_of(values).values()},
        }
        return TrainRequest(
            source=source,
            base=series.checkpoint,
            from_scratch=scratch,
            samples=samples,
            options=options,
            command=f"cropattention:{self.NAME} " + " ".join(f"{key}='{_told(value)}'" for key, value in given.items()),
            folder=QgsProcessingUtils.tempFolder(),
            **_sorted(reader.planned(products())),
        )


def _sorted(places: dict[str, str]) -> dict[str, Any]:
    """Return the fields of a request that say where outputs go."""
    crossed = {product.name: places[product.name] for product in CROSS_FITTED if product.name in places}
    return {
        "checkpoint": places.get(TRAINED_CHECKPOINT.name, ""),
        "report": places.get(TRAINING_REPORT.name, ""),
        "cross_fitted": crossed,
    }


def _told(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
