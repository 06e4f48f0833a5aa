"""Which value of a reference is which class of a map: a table of two columns, filled in with the nearest names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.core import QgsProcessingContext, QgsProcessingParameters, QgsProject
from qgis.gui import QgsFileWidget, QgsProcessingGui
from qgis.PyQt import sip
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtWidgets import QComboBox, QHeaderView, QLabel, QTableWidget, QTableWidgetItem, QWidget

from ..engine.arguments import SIGNS, read_table
from ..engine.errors import CropAttentionError
from ..engine.jobs.assess import classes_for, comparable
from .base import tr
from .reference import attribute_text
from .widgets import Definition, Made, Wrapper

MOST = 500
"""Rows that a person may still look through."""
MOST_FEATURES = 200_000
"""Features whose values are read while the dialog is open."""
UNSET = "\0"
"""Data of the entry for a value that has no class yet."""


class ClassTable:
    """The table, a line for a CSV file instead, and what is to be looked at.

    No widget itself: a widget of a Python class between those of QGIS crashes a window that has a style of its own.

    Attributes:
        table, note, file: what is shown, from top to bottom.
    """

    def __init__(self, value: str, changed: Callable[[], None]) -> None:
        """Start without rows; `value` heads the first column, `changed` is called when the text is another one."""
        self._changed = changed
        self._given: dict[str, tuple[str, str]] = {}
        self._values: list[str] = []
        self._map = ""
        self.table, self.note, self.file = QTableWidget(0, 2), QLabel(), QgsFileWidget()
        self.table.setHorizontalHeaderLabels([value, tr("Class of the map")])
        for column in (0, 1):
            self.table.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self.table.verticalHeader().hide()
        self.table.setMinimumHeight(160)
        self.note.setWordWrap(True)
        self.file.setFilter(tr("Tables (*.csv *.tsv *.txt)"))
        told = tr("Or a CSV file: {value}, class of the map")
        self.file.lineEdit().setPlaceholderText(told.format(value=value[:1].lower() + value[1:]))
        self.file.fileChanged.connect(self._filed)
        self._fill()

    def set_text(self, text: str) -> None:
        """Show lines such as 'maize = Grain maize'; the path of a file, and what cannot be read, in the last line."""
        lines = not text.strip().lower().endswith((".csv", ".tsv", ".txt"))
        try:
            pairs = read_table(text) if lines else {}
        except CropAttentionError:
            pairs, lines = {}, False
        self._given = {comparable(value): (value, name) for value, name in pairs.items()}
        self.file.setFilePath("" if lines else text.strip())
        self._fill()

    def text(self) -> str:
        """Return the lines that say what the names alone do not, or the path of the file."""
        if self.file.filePath():
            return self.file.filePath()
        lines = []
        for row in range(self.table.rowCount()):
            value, name = self.table.item(row, 0).data(Qt.ItemDataRole.UserRole), self._choice(row).currentData()
            if name != UNSET and comparable(value) != comparable(name):
                lines.append(f"{value} = {name}".rstrip())
        return "\n".join(lines)

    def offer(self, crop_map: str, values: list[str]) -> None:
        """Take the classes of a map and the values of a reference; what the analyst chose stays."""
        if (crop_map, values) != (self._map, self._values):
            self._map, self._values = crop_map, values
            self._fill()

    def _fill(self) -> None:
        known = {comparable(value) for value in self._values}
        values = [*self._values[:MOST], *(value for key, (value, _) in self._given.items() if key not in known)]
        names, found = classes_for(self._map, values)
        self.table.setRowCount(0)
        self.table.setRowCount(len(values))
        for row, value in enumerate(values):
            near = found.get(value)
            given = self._given.get(comparable(value))
            chosen = given[1] if given else near.name if near else UNSET
            self._row(row, value, names, chosen, sure=bool(given) or near is None or near.sure)
        self._tell()
        self._changed()

    def _row(self, row: int, value: str, names: list[str], chosen: str, sure: bool) -> None:
        item = QTableWidgetItem(value)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        item.setData(Qt.ItemDataRole.UserRole, value)
        self.table.setItem(row, 0, item)
        choice = QComboBox()
        by_name = any(comparable(name) == comparable(value) for name in names)
        if not by_name:
            choice.addItem(tr("(no class)"), UNSET)
        choice.addItem(tr("(leave out)"), "")
        for name in names if chosen in (*names, "", UNSET) else [*names, chosen]:
            choice.addItem(tr(name), name)
        choice.setCurrentIndex(max(choice.findData(chosen), 0))
        if SIGNS.search(value):
            choice.setEnabled(False)
            choice.setToolTip(tr("A value with '=', '->' or ';' needs a CSV file."))
            choice.setCurrentIndex(choice.findData(chosen) if by_name else 0)
        self.table.setCellWidget(row, 1, choice)
        self._mark(row, sure)
        choice.activated.connect(lambda _=0, value=value, row=row: self._chose(row, value))

    def _chose(self, row: int, value: str) -> None:
        name = self._choice(row).currentData()
        if name == UNSET:
            self._given.pop(comparable(value), None)
        else:
            self._given[comparable(value)] = (value, name)
        self._mark(row, sure=True)
        self._tell()
        self._changed()

    def _mark(self, row: int, sure: bool) -> None:
        item = self.table.item(row, 0)
        font = item.font()
        font.setBold(not sure)
        item.setFont(font)
        item.setToolTip("" if sure else tr("The nearest name: please check."))

    def _tell(self) -> None:
        rows = range(self.table.rowCount())
        near = sum(self.table.item(row, 0).font().bold() for row in rows)
        without = sum(self._choice(row).currentData() == UNSET for row in rows)
        said = [] if rows else [tr("Choose the map, the layer and its field: their names appear here.")]
        if near:
            said.append(tr("Set to the nearest name, in bold, please check: {}.").format(near))
        if without:
            said.append(tr("Without a class: {}.").format(without))
        if len(self._values) > MOST:
            said.append(tr("The field has {:,} values; the first {} are shown.").format(len(self._values), MOST))
        self.note.setText(" ".join(said))
        self.note.setVisible(bool(said))

    def _filed(self, *_: object) -> None:
        self.table.setEnabled(not self.file.filePath())
        self._changed()

    def _choice(self, row: int) -> QComboBox:
        return self.table.cellWidget(row, 1)


class ClassTableWrapper(Wrapper):
    """Fills the table from the map, the reference and its field as they are chosen."""

    def __init__(
        self,
        definition: Definition,
        kind: QgsProcessingGui.WidgetType,
        crop_map: str,
        layer: str,
        field: str,
        value: str,
    ) -> None:
        """Keep the names of the three parameters that the table depends on, and what heads its first column."""
        super().__init__(definition, kind)
        self._keys, self._others, self._value = (crop_map, layer, field), {}, value

    def parts(self) -> list[QWidget]:
        """Return the table."""
        self.table = ClassTable(self._value, self.told)
        self._timer = QTimer(self.table.table)  # which ends with the table, so that no closed dialog is filled
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.refill)
        return [self.table.table, self.table.note, self.table.file]

    def setWidgetValue(self, value: Any, context: QgsProcessingContext) -> None:
        """Show the lines, or the path, that a run was given."""
        self.table.set_text(str(value or ""))

    def widgetValue(self) -> str:
        """Return the lines or the path that a run takes."""
        return self.table.text()

    def postInitialize(self, wrappers: list) -> None:
        """Follow the three parameters."""
        self._others = {each.parameterDefinition().name(): each for each in wrappers}
        for key in self._keys:
            self._others[key].widgetValueHasChanged.connect(self._later)
        self.refill()

    def refill(self) -> None:
        """Read the names from the layers that are chosen now."""
        context = QgsProcessingContext()
        context.setProject(QgsProject.instance())
        wrappers = [self._others[key] for key in self._keys]
        values = {each.parameterDefinition().name(): each.parameterValue() for each in wrappers}
        crop_map, layer, field = (each.parameterDefinition() for each in wrappers)
        raster = QgsProcessingParameters.parameterAsRasterLayer(crop_map, values, context)
        source = QgsProcessingParameters.parameterAsSource(layer, values, context)
        names = QgsProcessingParameters.parameterAsFields(field, values, context)
        place = source.fields().lookupField(names[0]) if source is not None and names else -1
        found: set[str] = set()
        if place >= 0 and source.featureCount() <= MOST_FEATURES:
            found = {attribute_text(value) for value in source.uniqueValues(place)} - {""}
        self.table.offer(raster.source() if raster is not None else "", sorted(found))

    def _later(self, *_: object) -> None:
        if not sip.isdeleted(self.table.table):
            self._timer.start(0)


class ClassTableWidget(Made):
    """The table in a dialog; lines of text in a batch and in a model."""

    WRAPPER = ClassTableWrapper
    IN_BATCH = False
