"""What dialogs show of checkpoints, devices and series; QGIS makes these by name, and only in a window."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsProcessingContext, QgsProcessingParameterDefinition
from qgis.gui import (
    QgsAbstractProcessingParameterWidgetWrapper,
    QgsFileWidget,
    QgsGui,
    QgsProcessingGui,
)
from qgis.PyQt.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from ..models.card import Card, CheckpointError
from ..models.checkpoint import bundled, default_checkpoint, find_checkpoint, read_card
from ..models.language import listed
from .base import tr
from .parameters import ASKED
from .torch_check import device

MODELER, BATCH = "ModelerParametersDialog", "BatchAlgorithmDialog"
Definition = QgsProcessingParameterDefinition


class Wrapper(QgsAbstractProcessingParameterWidgetWrapper):
    """A widget of our own, with a label that does not call optional what has a default.

    Label and frame are kept: QGIS takes them over, but Qt asks the Python half of a widget for its class when its style
    is set, and where that half is gone the window crashes (QGIS 3.40).
    """

    def __init__(self, definition: Definition, kind: QgsProcessingGui.WidgetType) -> None:
        """Keep whether a batch is filled in."""
        super().__init__(definition, kind)
        self.in_batch = kind == QgsProcessingGui.WidgetType.Batch

    def createLabel(self) -> QLabel | None:
        """Return the title alone."""
        if self.in_batch:
            return None
        self._label = QLabel(self.parameterDefinition().description())
        self._label.setToolTip(self.parameterDefinition().toolTip())
        return self._label

    def createWidget(self) -> QWidget:
        """Return the parts in a frame, which alone changes hands."""
        self._frame = QWidget()
        layout = QHBoxLayout(self._frame) if self.in_batch else QVBoxLayout(self._frame)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in self.parts():
            layout.addWidget(part)
        return self._frame

    def parts(self) -> list[QWidget]:
        """Make and return what is shown, from top to bottom."""
        raise NotImplementedError

    def told(self, *_: object) -> None:
        """Tell the dialog that the value is another one."""
        self.widgetValueHasChanged.emit(self)


class Made:
    """Makes the wrapper of a parameter; QGIS's own in a model, where a value may come from another step.

    Attributes:
        WRAPPER: a class of wrapper, None for QGIS's own without "[optional]".
        IN_BATCH: whether a batch shows it too.
    """

    WRAPPER: type[Wrapper] | None = None
    IN_BATCH = True

    def __new__(cls, definition: Definition, dialog: Any, row: int = 0, column: int = 0, **more: Any) -> Any:
        """Return the wrapper for a dialog."""
        name, registry = type(dialog).__name__, QgsGui.processingGuiRegistry()
        if name == MODELER:
            return registry.createModelerParameterWidget(dialog.model, dialog.childId, definition, dialog.context)
        kind = QgsProcessingGui.WidgetType.Batch if name == BATCH else QgsProcessingGui.WidgetType.Standard
        if cls.WRAPPER is not None and (cls.IN_BATCH or name != BATCH):
            return cls.WRAPPER(definition, kind, **more)
        shown = definition.clone()
        shown.setMetadata({})
        if cls.WRAPPER is None:
            shown.setFlags(shown.flags() & ~Definition.Flag.FlagOptional)
        wrapper = registry.createParameterWidgetWrapper(shown, kind)
        wrapper.definition = shown  # QGIS keeps no more than its address
        return wrapper


class CheckpointWrapper(Wrapper):
    """The bundled checkpoints, and a file of one's own."""

    def parts(self) -> list[QWidget]:
        """Return list, file and what the card says."""
        self._files = [path.name for path in bundled()]
        self._list, self._file, self._about = QComboBox(), QgsFileWidget(), QLabel()
        for name in self._files:
            self._list.addItem(title_of(read_card(find_checkpoint(name))), name)
        self._list.addItem(tr("Own file..."), "")
        self._list.setMinimumContentsLength(20)
        self._list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._file.setFilter(tr("Checkpoints (*.safetensors)"))
        self._file.setDialogTitle(tr("Choose a checkpoint"))
        self._about.setWordWrap(True)
        self._list.currentIndexChanged.connect(self._changed)
        self._file.fileChanged.connect(self._changed)
        self._show()
        return [self._list, self._file] if self.in_batch else [self._list, self._file, self._about]

    def setWidgetValue(self, value: Any, context: QgsProcessingContext) -> None:
        """Show a bundled checkpoint, by its name with or without ending, or a file."""
        text = str(value or "").strip() or default_checkpoint().name
        name = text if text.endswith(".safetensors") else f"{text}.safetensors"
        own = name not in self._files
        self._file.setFilePath(text if own else "")
        self._list.setCurrentIndex(len(self._files) if own else self._files.index(name))
        self._changed()

    def widgetValue(self) -> str:
        """Return the name of a bundled checkpoint or the path of a file."""
        return self._list.currentData() or self._file.filePath()

    def postInitialize(self, wrappers: list) -> None:
        """Let the dialog ask for the outputs that must be chosen, where QGIS offers a temporary place."""
        for each in wrappers:
            asked = each.parameterDefinition().metadata().get(ASKED)
            if asked:
                each.wrappedWidget().findChild(QLineEdit).setPlaceholderText(asked)

    def _changed(self, *_: object) -> None:
        self._show()
        self.told()

    def _show(self) -> None:
        own, text = not self._list.currentData(), self.widgetValue()
        self._file.setVisible(own)
        try:
            card = read_card(find_checkpoint(text)) if text else None
        except CheckpointError as error:
            self._about.setText(str(error))
            return
        self._about.setText(about(card) if card else tr("A .safetensors file, such as 'Train checkpoint' writes."))
        self._about.setToolTip(tr(card.limits) if card else "")


class DeviceWrapper(Wrapper):
    """The devices that are there; another one can be typed."""

    def parts(self) -> list[QWidget]:
        """Return an editable list."""
        self._list = QComboBox()
        self._list.setEditable(True)
        for name, title in devices().items():
            self._list.addItem(name)
            self._list.setItemData(self._list.count() - 1, title, 3)  # a tooltip
        self._list.editTextChanged.connect(self.told)
        return [self._list]

    def setWidgetValue(self, value: Any, context: QgsProcessingContext) -> None:
        """Show a device, listed or not."""
        self._list.setEditText(str(value or "auto"))

    def widgetValue(self) -> str:
        """Return the name of the device."""
        return self._list.currentText().strip()


class ChoiceWrapper(Wrapper):
    """The values of a list by their titles; the terminal and saved runs know the values."""

    def __init__(self, definition: Definition, kind: QgsProcessingGui.WidgetType, titles: list[str]) -> None:
        """Keep the titles, in the order of the values."""
        super().__init__(definition, kind)
        self._titles = [tr(title) for title in titles]  # those of a ready-made model are in English

    def parts(self) -> list[QWidget]:
        """Return the list."""
        self._list = QComboBox()
        for value, title in zip(self.parameterDefinition().options(), self._titles):
            alike = _letters(title).startswith(_letters(value))
            self._list.addItem(title if alike else f"{title} ({value})", value)
        self._list.currentIndexChanged.connect(self.told)
        return [self._list]

    def setWidgetValue(self, value: Any, context: QgsProcessingContext) -> None:
        """Show a value, or none where it is not one of the list."""
        self._list.setCurrentIndex(self._list.findData(str(value)))

    def widgetValue(self) -> str | None:
        """Return the value that is chosen."""
        return self._list.currentData()


class ChoiceWidget(Made):
    """Chooses one of a list."""

    WRAPPER = ChoiceWrapper


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).lower()


class CheckpointWidget(Made):
    """Chooses a checkpoint."""

    WRAPPER = CheckpointWrapper


class DeviceWidget(Made):
    """Chooses a device."""

    WRAPPER = DeviceWrapper


class Needed(Made):
    """QGIS's own widget for what is optional only beside another parameter."""


def devices() -> dict[str, str]:
    """Return name -> what it is, of the devices that seem to be there; torch is not imported."""
    found = {"auto": tr("A CUDA GPU that passes a trial, else the CPU."), "cpu": tr("The CPU.")}
    if device.built_for_gpu():
        found["cuda"] = tr("The first CUDA GPU; cuda:1 is the second.")
    return found


def title_of(card: Card) -> str:
    """Return one line on a bundled checkpoint: title, region, number of classes, tested or not."""
    tested = tr("not tested on real fields") if card.untested() else tr("tested on real fields")
    region = tr(card.region.name) if card.region else ""
    parts = [region, tr("{} classes").format(len(card.classes)), tested]
    title = tr(card.title)
    return tr("; ").join([title, *(part for part in parts if part and part not in title)])


def about(card: Card) -> str:
    """Return what to know of a checkpoint before it is chosen."""
    return tr("Classes: {classes}. Season: {season}.").format(
        classes=listed([tr(entry.name) for entry in card.classes]), season=card.season.in_words()
    )
