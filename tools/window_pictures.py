"""Pictures of dialogs and of a report in a language, for the documentation, as QGIS shows them."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QLibraryInfo, QLocale, Qt, QTimer, QTranslator, QUrl
from qgis.PyQt.QtGui import QFont, QFontDatabase, QImage
from qgis.PyQt.QtWidgets import QWidget

from ..cli.main import main as command
from ..models.language import CHINESE, ENGLISH, language, use

DIALOGS = {"classifycrops": 760, "checkdeclarations": 1290}
"""Algorithm -> pixels of its dialog that are shown, from the top."""

WIDTH, REPORT_WIDTH, REPORT_HEIGHT = 1000, 860, 1150
QGIS_NAMES = {CHINESE: "zh-Hans"}
LARGEST = 120_000
"""Bytes of a picture."""


def take_dialogs(folder: Path) -> list[Path]:
    """Open dialogs and write what they show; return the pictures."""
    sys.path.append(str(Path(QgsApplication.pkgDataPath()) / "python" / "plugins"))
    from processing.core.Processing import Processing
    from processing.gui import ParametersPanel as panels
    from processing.gui.AlgorithmDialog import AlgorithmDialog

    from .. import classFactory

    chosen = language()
    Processing.initialize()
    panels.iface = None
    plugin = classFactory(None)
    use(chosen)  # the plugin takes the language of QGIS
    plugin.initProcessing()
    made = []
    for name, height in DIALOGS.items():
        dialog = AlgorithmDialog(QgsApplication.processingRegistry().createAlgorithmById(f"cropattention:{name}"))
        dialog.show()
        QgsApplication.processEvents()
        dialog.resize(WIDTH, height)  # QGIS opens it as large as it was closed
        QgsApplication.processEvents()
        made.append(_saved(dialog, folder / f"{name}_{chosen}.png"))
        dialog.close()
    plugin.unload()
    return made


def take_report(folder: Path, seed: int) -> list[Path]:
    """Simulate a county, map it, and write the upper part of the report; nothing where this Qt shows no pages."""
    try:
        from qgis.PyQt.QtWebKitWidgets import QWebView
    except ImportError:
        return []
    with tempfile.TemporaryDirectory() as work:
        county, page = Path(work, "county"), Path(work, "report.html")
        county_words = ("--output-folder", county, "--size", 128, "--season-year", 2023, "--seed", seed)
        series = ("--s2", county / "sentinel2", "--s1", county / "sentinel1")
        outputs = ("--report", page, "--crop-map", page.with_suffix(".tif"))
        for words in (("simulate", *county_words), ("classify", *series, *outputs)):
            if command([str(word) for word in words]):
                raise RuntimeError(f"'{words[0]}' failed.")
        view = QWebView()
        view.resize(REPORT_WIDTH, REPORT_HEIGHT)
        view.loadFinished.connect(lambda _: QTimer.singleShot(500, QgsApplication.instance().quit))
        view.load(QUrl.fromLocalFile(str(page)))
        view.show()
        QgsApplication.instance().exec()
        return [_saved(view, folder / f"report_{language()}.png")]


def _saved(widget: QWidget, path: Path) -> Path:
    """Write a picture in 256 colours."""
    plain = Qt.ImageConversionFlag.ThresholdDither | Qt.ImageConversionFlag.AvoidDither
    if not widget.grab().toImage().convertToFormat(QImage.Format.Format_Indexed8, plain).save(str(path), "PNG", 0):
        raise OSError(f"{path} cannot be written.")
    if path.stat().st_size > LARGEST:
        raise OSError(f"{path} is larger than {LARGEST} bytes.")
    return path


def _speak(chosen: str) -> None:
    """Set letters, and QGIS's own words, of a language."""
    family = "DejaVu Sans"
    if chosen == CHINESE:
        QLocale.setDefault(QLocale(chosen))
        families = QFontDatabase().families(QFontDatabase.WritingSystem.SimplifiedChinese)
        if not families:
            raise OSError("No font for Chinese is installed (fonts-noto-cjk on Debian).")
        family = next((name for name in families if "CJK SC" in name and "Mono" not in name), families[0])
        # Qt's own words are there where its translations are (qttranslations5-l10n on Debian).
        for name, place in (
            (f"qgis_{QGIS_NAMES[chosen]}", QgsApplication.i18nPath()),
            (f"qtbase_{chosen}", QLibraryInfo.location(QLibraryInfo.LibraryLocation.TranslationsPath)),
        ):
            words = QTranslator(QgsApplication.instance())
            words.load(name, place)
            QgsApplication.installTranslator(words)
    QgsApplication.setFont(QFont(family, 9))


def main() -> int:
    """Write the pictures of one language."""
    parser = argparse.ArgumentParser(prog="python -m crop_attention.tools.window_pictures", description=__doc__)
    parser.add_argument("--language", choices=(ENGLISH, CHINESE), default=ENGLISH)
    parser.add_argument("--folder", type=Path, default=Path("docs/pictures"), help="where they go")
    parser.add_argument("--seed", type=int, default=7, help="of the simulated county")
    values = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    use(values.language)
    application = QgsApplication([], True)
    _speak(values.language)
    application.initQgis()
    for path in (*take_dialogs(values.folder), *take_report(values.folder, values.seed)):
        print(path)
    return 0


if __name__ == "__main__":
    # Qt's own tidying of pages and dialogs is not waited for.
    status = main()
    os._exit(status)
