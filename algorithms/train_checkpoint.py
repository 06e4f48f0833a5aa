"""Labelled parcels and a season in, a checkpoint for them out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterField,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
    QgsProcessingUtils,
)

from ..engine.errors import DeviceError, OutputError
from ..engine.jobs.series import SeriesRequest, check_inputs
from ..engine.jobs.train import CROSS_FITTED, ParcelSource, TrainRequest, train_checkpoint
from ..engine.options import DEVICE_NAMES
from ..engine.training.options import FINE_TUNING, LEARNERS, LEGENDS, SourceOptions
from ..models.architectures import ARCHITECTURES, check_base
from ..models.card import CheckpointError
from ..models.checkpoint import default_checkpoint, find_checkpoint
from . import destinations
from . import parameters as p
from .base import CropAttentionAlgorithm
from .feedback import ProcessingFeedback
from .inputs import Reader, problems
from .layers import Run, arrange
from .torch_check import check_installed, check_usable
from .training_parcels import check_classes, read_labelled, write_labelled
from .vector_files import file_of

if TYPE_CHECKING:
    from ..engine.training.options import TrainingOptions


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
    ARCHITECTURE, LEARNER, LEGEND = "ARCHITECTURE", "LEARNER", "LEGEND"
    EPOCHS, MINUTES, SEED = "EPOCHS", "MINUTES", "SEED"
    MINIMUM_PARCELS, OTHER_CLASS = "MINIMUM_PARCELS", "OTHER_CLASS"
    BLOCK_METRES, BUFFER_METRES = "BLOCK_METRES", "BUFFER_METRES"
    OA, MACRO_F1, FOREST_OA = "OA", "MACRO_F1", "FOREST_OA"
    CALIBRATION_ERROR, N_PARCELS = "CALIBRATION_ERROR", "N_PARCELS"

    def declare(self) -> None:
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
            self._number(
                self.EPOCHS, self.tr("Epochs"), FINE_TUNING.epochs, 1, 10_000,
                self.tr("Passes over the samples, at most; it stops sooner when the validation loss no longer falls."),
            ),
            p.device(),
            *self._advanced(),
            *p.advanced_series(),
            p.encoding(),
            p.helped(
                QgsProcessingParameterFileDestination(
                    p.CHECKPOINT, self.tr("Checkpoint"), self.tr("Checkpoints (*.safetensors)")
                ),
                self.tr("The trained network with its card, a .safetensors file."),
            ),
            *(destinations.destination(product, by_default=False) for product in CROSS_FITTED),
            destinations.report(
                self.tr("One HTML file: scores by crop, random forest, confusion matrix, learning curve, reliability.")
            ),
        )  # fmt: skip
        for key, text in (
            (self.OA, self.tr("Overall accuracy by parcel")),
            (self.MACRO_F1, self.tr("Macro F1 by parcel")),
            (self.FOREST_OA, self.tr("Overall accuracy of a random forest")),
            (self.CALIBRATION_ERROR, self.tr("Expected calibration error")),
            (self.N_PARCELS, self.tr("Parcels used")),
            ("CROSS_FITTED_OA", self.tr("Share of parcels that the cross-fitted labels give their crop")),
        ):
            self.addOutput(QgsProcessingOutputNumber(key, text))

    def problems(self, parameters: dict, context: QgsProcessingContext) -> list[str]:
        missing = problems(check_installed)
        if missing:
            return missing
        reader = Reader(self, parameters, context)
        return problems(
            reader.series,
            lambda: self._base(reader),
            lambda: self._check_base(reader),
            lambda: check_inputs(SeriesRequest(reader.series(), self._base(reader), options=reader.series_options())),
            reader.season_start,
            reader.series_options,
            lambda: self._device(reader),
            lambda: self._check_parcels(reader, parameters, context),
            lambda: self._check_destination(reader),
        )

    def prepare(self, parameters: dict, context: QgsProcessingContext) -> None:
        check_usable()
        reader = Reader(self, parameters, context)
        self._request = SeriesRequest(
            inputs=reader.series(),
            checkpoint=self._base(reader),
            season_start=reader.season_start(),
            options=reader.series_options(),
        )
        self._encoding = reader.text(p.ENCODING)
        # QGIS reads a file in letters of its own choice; the engine reads it in those that the analyst names.
        self._file = file_of(self, parameters, p.PARCELS, context) if self._encoding else None
        self._layer = read_labelled(self, parameters, reader.text(self.CROP_FIELD), context)
        self._scratch = reader.boolean(self.FROM_SCRATCH)
        self._sources, self._options = self._source_options(reader), self._training_options(reader)

    def execute(self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict:
        """Cut samples, train, report."""
        transform = context.transformContext()
        request = TrainRequest(
            source=ParcelSource(
                self._request,
                self._file.path
                if self._file
                else lambda prepared, folder, voice: write_labelled(
                    self._layer, folder, prepared.grid.crs, transform, voice
                ),
                self._layer.field,
                self._file.layer or None if self._file else None,
                self._encoding if self._file else "",
            ),
            base=self._request.checkpoint,
            checkpoint=self.parameterAsFileOutput(parameters, p.CHECKPOINT, context),
            report=self.parameterAsFileOutput(parameters, p.REPORT, context),
            cross_fitted=Reader(self, parameters, context).places(CROSS_FITTED),
            from_scratch=self._scratch,
            samples=self._sources,
            options=self._options,
            command=self._command(),
            folder=QgsProcessingUtils.tempFolder(),
        )
        result = train_checkpoint(request, ProcessingFeedback(feedback))
        for product in CROSS_FITTED:
            arrange(context, result.outputs.get(product.name, ""), product, Run(legend=result.training.card.classes))
        return {**{name.upper(): place for name, place in result.outputs.items()}, **result.numbers}

    def _command(self) -> str:
        options, sources = self._options, self._sources
        values = {
            p.PARCELS: self._layer.name,
            self.CROP_FIELD: self._layer.field,
            self.BASE_CHECKPOINT: Path(self._request.checkpoint).name,
            self.FROM_SCRATCH: self._scratch,
            self.ARCHITECTURE: options.architecture,
            self.LEARNER: options.learner,
            self.EPOCHS: options.epochs,
            self.MINUTES: f"{options.minutes:g}",
            self.SEED: options.seed,
            self.MINIMUM_PARCELS: sources.minimum_parcels,
            self.OTHER_CLASS: sources.other,
            self.BLOCK_METRES: f"{sources.block_metres:g}",
            self.BUFFER_METRES: f"{sources.buffer_metres:g}",
        }
        return f"cropattention:{self.NAME} " + " ".join(f"{key}='{value}'" for key, value in values.items())

    def _base(self, reader: Reader) -> str:
        from ..models.checkpoint import read_card

        text = reader.text(self.BASE_CHECKPOINT)
        path = str(find_checkpoint(text) if text else default_checkpoint())
        read_card(path)
        return path

    def _check_base(self, reader: Reader) -> None:
        from ..models.checkpoint import read_card

        try:
            card = read_card(self._base(reader))
        except CheckpointError:
            return  # told by the check of the file itself
        if not reader.boolean(self.FROM_SCRATCH):
            check_base(card, reader.choice(self.ARCHITECTURE))

    def _device(self, reader: Reader) -> str:
        device = reader.text(p.DEVICE) or FINE_TUNING.device
        if not DEVICE_NAMES.fullmatch(device):
            sentence = self.tr("The device '{}' is not known; choose auto, cpu, cuda or cuda:N (such as cuda:0).")
            raise DeviceError(sentence.format(device))
        return device.lower()

    def _check_parcels(self, reader: Reader, parameters: dict, context: QgsProcessingContext) -> None:
        layer = read_labelled(self, parameters, reader.text(self.CROP_FIELD), context)
        source = self.parameterAsSource(parameters, p.PARCELS, context)
        options = self._source_options(reader)
        check_classes(source, layer.field, options.minimum_parcels, options.other)

    def _check_destination(self, reader: Reader) -> None:
        place = reader.destination(p.CHECKPOINT)
        if place and place != "TEMPORARY_OUTPUT" and Path(place).suffix.lower() != ".safetensors":
            sentence = self.tr("The checkpoint '{}' needs a name that ends in .safetensors; change its ending.")
            raise OutputError(sentence.format(place))
        if place and Path(place).resolve() == Path(self._base(reader)).resolve():
            raise OutputError(self.tr("The checkpoint would replace its own base; give it another name."))

    def _source_options(self, reader: Reader) -> SourceOptions:
        return replace(
            SourceOptions(),
            minimum_parcels=reader.integer(self.MINIMUM_PARCELS),
            other=reader.text(self.OTHER_CLASS),
            block_metres=reader.number(self.BLOCK_METRES),
            buffer_metres=reader.number(self.BUFFER_METRES),
            legend=reader.choice(self.LEGEND),
        )

    def _training_options(self, reader: Reader) -> TrainingOptions:
        return replace(
            FINE_TUNING,
            architecture=reader.choice(self.ARCHITECTURE),
            learner=reader.choice(self.LEARNER),
            epochs=reader.integer(self.EPOCHS),
            minutes=reader.number(self.MINUTES),
            seed=reader.integer(self.SEED),
            device=self._device(reader),
        )

    def _advanced(self) -> list[p.Definition]:
        sources = SourceOptions()
        names = list(ARCHITECTURES)
        titles = "; ".join(f"{name}: {entry.title}" for name, entry in ARCHITECTURES.items())
        return [
            p.helped(
                QgsProcessingParameterEnum(
                    self.ARCHITECTURE, self.tr("Architecture"), names, False, FINE_TUNING.architecture, False, True
                ),
                self.tr("Network to train; a base checkpoint must be of the same ({}).").format(titles),
                advanced=True,
            ),
            p.helped(
                QgsProcessingParameterEnum(
                    self.LEARNER, self.tr("Learner"), list(LEARNERS), False, FINE_TUNING.learner, False, True
                ),
                self.tr("What may become the checkpoint ({}).").format(
                    "; ".join(f"{name}: {text}" for name, text in LEARNERS.items())
                ),
                advanced=True,
            ),
            p.helped(
                QgsProcessingParameterEnum(
                    self.LEGEND, self.tr("Values of the crop field"), list(LEGENDS), False, sources.legend, False, True
                ),
                self.tr("How they become classes ({}).").format(
                    "; ".join(f"{name}: {text}" for name, text in LEGENDS.items())
                ),
                advanced=True,
            ),
            self._number(
                self.MINUTES, self.tr("Minutes"), FINE_TUNING.minutes, 0.1, 100_000,
                self.tr("Time for training, without reading; epochs that do not fit are left out and reported."), False,
            ),
            self._number(
                self.SEED, self.tr("Seed"), FINE_TUNING.seed, 0, 2**31 - 1,
                self.tr("Of the split and of training; the same seed gives the same checkpoint on the same computer."),
            ),
            self._number(
                self.MINIMUM_PARCELS, self.tr("Least parcels of a class"), sources.minimum_parcels, 1, 100_000,
                self.tr("Classes with fewer parcels go to the class below, or are left out."),
            ),
            p.helped(
                QgsProcessingParameterString(
                    self.OTHER_CLASS, self.tr("Class for rare crops"), sources.other, optional=True
                ),
                self.tr("Name of the class that takes the rare ones. Empty: they are left out."),
            ),
            self._number(
                self.BLOCK_METRES, self.tr("Side of a block (metres)"), sources.block_metres, 10, 1_000_000,
                self.tr("Training and judging are parted by whole blocks of this size."), False,
            ),
            self._number(
                self.BUFFER_METRES, self.tr("Buffer between parts (metres)"), sources.buffer_metres, 0, 100_000,
                self.tr("Training parcels nearer than this to ground that judges are left out."), False,
            ),
        ]  # fmt: skip

    def _number(self, key, name, default, lowest, highest, text, whole: bool = True) -> p.Definition:
        kind = p.Integer if whole else p.Double
        number = QgsProcessingParameterNumber(key, name, kind, default, False, lowest, highest)
        return p.helped(number, text, advanced=key != self.EPOCHS)
