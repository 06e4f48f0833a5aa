"""What all algorithms share: texts, icons, and errors that reach the analyst as one sentence."""

from __future__ import annotations

import configparser
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from html import escape
from pathlib import Path

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsMessageLog,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterDefinition,
)
from qgis.PyQt.QtGui import QIcon

from ..engine.arguments import is_year
from ..engine.errors import CropAttentionError
from ..models.card import CheckpointError
from ..models.language import tidy, tr
from .guarding import refuse_overwriting_inputs
from .help_pages import help_url
from .numbers import wrong_numbers

ROOT = Path(__file__).resolve().parent.parent
LOG_TAG = "Crop Attention"
EXPECTED = (CropAttentionError, CheckpointError)


def icon_path(name: str) -> str:
    """Return the file of one of the plugin's icons."""
    return str(ROOT / "resources" / "icons" / name)


@lru_cache(maxsize=1)
def plugin_metadata() -> dict[str, str]:
    """Return what metadata.txt says of the plugin; empty where the file is absent."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "metadata.txt", encoding="utf-8")
    return dict(parser["general"]) if parser.has_section("general") else {}


def parameters_help(algorithm: QgsProcessingAlgorithm) -> str:
    """Return the help of all parameters as HTML: ordinary ones, outputs, advanced ones."""
    flag = QgsProcessingParameterDefinition.Flag.FlagAdvanced
    parts: dict[str, list[str]] = {tr("Parameters"): [], tr("Outputs"): [], tr("Advanced parameters"): []}
    ordinary, outputs, advanced = parts.values()
    for each in algorithm.parameterDefinitions():
        part = outputs if each.isDestination() else advanced if each.flags() & flag else ordinary
        part.append(f"<b>{escape(each.description(), quote=False)}</b><br>{escape(each.help(), quote=False)}")
    return "\n".join(f"<h3>{title}</h3>\n" + "\n".join(lines) for title, lines in parts.items() if lines)


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn what goes wrong inside into a QgsProcessingException; an unforeseen error is logged in full."""
    try:
        yield
    except QgsProcessingException:
        raise
    except EXPECTED as error:
        raise QgsProcessingException(tidy(str(error))) from error
    except MemoryError as error:
        raise QgsProcessingException(
            tr("There is not enough memory; lower the memory limit or the tile size, or close other programs.")
        ) from error
    except Exception as error:
        QgsMessageLog.logMessage(traceback.format_exc(), LOG_TAG, Qgis.MessageLevel.Critical)
        sentence = tr("An unforeseen error stopped the run ({}: {}); its trace is in the log messages under '{}'.")
        raise QgsProcessingException(
            sentence.format(type(error).__name__, " ".join(str(error).split()), LOG_TAG)
        ) from error


class CropAttentionAlgorithm(QgsProcessingAlgorithm):
    """Base of the algorithms: subclasses give the constants below, `declare`, `problems`, `prepare` and `execute`.

    Attributes:
        NAME, TITLE: id after the colon and name in the Toolbox.
        GROUP, GROUP_ID: branch in the Toolbox.
        ICON: file in resources/icons.
        SUMMARY: one sentence, shown as a tooltip.
        HELP: the text beside the dialog.
        PAGE: of the documentation, for the Help button.
        TAGS: comma-separated words by which the Toolbox finds the algorithm.
        running: context of the run, another than that of `prepare` where QGIS runs it in a thread: what is to be loaded
            after the run is told to it, or is lost.
    """

    NAME = TITLE = GROUP = GROUP_ID = SUMMARY = HELP = TAGS = ""
    ICON = "crop_attention.svg"
    PAGE = "using_a_map"
    running: QgsProcessingContext | None = None

    def tr(self, text: str) -> str:
        """Return a text in the language of QGIS."""
        return tr(text)

    def createInstance(self) -> CropAttentionAlgorithm:
        """Return a fresh copy, one a run."""
        return type(self)()

    def name(self) -> str:
        """Return the id, which never changes."""
        return self.NAME

    def displayName(self) -> str:
        """Return the name in the Toolbox."""
        return self.tr(self.TITLE)

    def group(self) -> str:
        """Return the branch in the Toolbox."""
        return self.tr(self.GROUP)

    def groupId(self) -> str:
        """Return the id of the branch, which never changes."""
        return self.GROUP_ID

    def shortDescription(self) -> str:
        """Return the tooltip."""
        return self.tr(self.SUMMARY)

    def shortHelpString(self) -> str:
        """Return the text beside the dialog: what the algorithm does, then what each parameter means."""
        text = self.tr(self.HELP)
        # qgis_process lists the parameters with their help itself.
        return text if QgsApplication.platform() == "qgis_process" else f"{text}\n{parameters_help(self)}"

    def tags(self) -> list[str]:
        """Return the words by which the Toolbox finds the algorithm."""
        return [tag.strip() for tag in self.tr(self.TAGS).split(",")]

    def helpUrl(self) -> str:
        """Return the page of the packaged documentation that tells more."""
        return help_url(self.PAGE)

    def icon(self) -> QIcon:
        """Return the icon in the Toolbox."""
        return QIcon(self.svgIconPath())

    def svgIconPath(self) -> str:
        """Return the icon's file."""
        return icon_path(self.ICON)

    def initAlgorithm(self, configuration=None) -> None:
        """Declare parameters and outputs."""
        self.declare()

    def add(self, *definitions: QgsProcessingParameterDefinition) -> None:
        """Add parameters in this order."""
        for definition in definitions:
            self.addParameter(definition)

    def checkParameterValues(self, parameters: dict, context: QgsProcessingContext) -> tuple[bool, str]:
        """Return whether a run can start and, if not, each thing that is in its way."""
        sentences = self._sentences(parameters, context)
        if sentences:
            return False, tidy("\n".join(sentences))
        # QGIS knows days alone, and no empty number where there is a default; a year of harvest was checked above.
        days = {each.name() for each in self.parameterDefinitions() if each.type() == "datetime"}
        left = {key: each for key, each in parameters.items() if each != "" and not (key in days and is_year(each))}
        return super().checkParameterValues(left, context)

    def prepareAlgorithm(
        self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Check again, as models and batches do not, and read the layers.

        A refusal waits for `processAlgorithm`: from QGIS 3.26 on, a row that is refused here cancels the whole batch.
        """
        sentences = self._sentences(parameters, context)
        if not sentences:
            try:
                with one_sentence():
                    self.prepare(parameters, context)
            except QgsProcessingException as error:
                sentences = [str(error)]
        self._refusal = "\n".join(sentences)
        return True

    def processAlgorithm(
        self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict:
        """Run, away from the window and the project."""
        try:
            if self._refusal:
                raise QgsProcessingException(self._refusal)
            self.running = context
            with one_sentence():
                return self.execute(parameters, context, feedback)
        finally:
            # What was prepared leads back to the context, and QGIS must not find its layers alive when it has ended.
            vars(self).clear()

    def declare(self) -> None:
        """Add parameters and outputs."""
        raise NotImplementedError

    def problems(self, parameters: dict, context: QgsProcessingContext) -> list[str]:
        """Return a sentence for each thing that is in the way of a run."""
        return []

    def prepare(self, parameters: dict, context: QgsProcessingContext) -> None:
        """Read layers and values into attributes of this instance."""

    def execute(self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict:
        """Do the work and return the outputs by key."""
        raise NotImplementedError

    def _sentences(self, parameters: dict, context: QgsProcessingContext) -> list[str]:
        try:
            with one_sentence():
                found = wrong_numbers(self, parameters) or self.problems(parameters, context)
                if not found:
                    refuse_overwriting_inputs(self, parameters, context)
                return found
        except QgsProcessingException as error:
            return [str(error)]
