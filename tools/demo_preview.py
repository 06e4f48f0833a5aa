"""One picture of the demo: crop map with parcels, confidence, attention, image and legend."""

from __future__ import annotations

from typing import Mapping, Sequence

from qgis.core import QgsMapLayer, QgsMapRendererCustomPainterJob, QgsMapSettings, QgsRasterLayer
from qgis.PyQt.QtCore import QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QFont, QImage, QLinearGradient, QPainter, QPen

from ..algorithms.temporal import band_dates
from ..engine import products
from ..engine.jobs.style import legend_of
from ..engine.report.charts.svg import day_and_month

MARGIN, GAP, HEAD, CAPTION = 40, 26, 96, 34
LARGE = 1040
SMALL = (LARGE - CAPTION - GAP) // 2
INK, MUTED = QColor("#1f2a24"), QColor("#66736c")
LEGEND_ROW, LEGEND_COLUMNS = 34, 5


def draw_preview(path: str, layers: Mapping[str, QgsMapLayer], image: QgsRasterLayer, headline: str) -> None:
    """Write the picture.

    Args:
        path: a PNG.
        layers: kind -> styled layer.
        image: the clearest Sentinel-2 image.
        headline: one line under the title.
    """
    legend = [entry for entry in legend_of(layers[products.CROP_MAP].source()) if entry.code > 0]
    rows = -(-len(legend) // LEGEND_COLUMNS)
    right = MARGIN + LARGE + GAP
    width = right + 2 * SMALL + GAP + MARGIN
    height = HEAD + CAPTION + LARGE + GAP + rows * LEGEND_ROW + MARGIN
    picture = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(QColor("white"))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _write(painter, MARGIN, 24, "Crop Attention", 25, INK, True)
    _write(painter, MARGIN, 62, headline, 14, MUTED)

    top, step = HEAD, CAPTION + SMALL + GAP
    parcels, crop_map = layers[products.PARCEL_LABELS], layers[products.CROP_MAP]
    draw_map(painter, MARGIN, top, LARGE, [parcels, crop_map], "Crop map and parcel labels")
    temporal = layers[products.TEMPORAL]
    small = (
        (image, image.name(), None),
        (layers[products.CONFIDENCE], "Confidence", products.CONFIDENCE),
        (temporal, f"Temporal attention, {_shown_step(temporal)}", products.TEMPORAL),
        (layers[products.SENSOR_SHARE], "Share of Sentinel-1", products.SENSOR_SHARE),
    )
    for number, (layer, title, kind) in enumerate(small):
        x, y = right + (number % 2) * (SMALL + GAP), top + (number // 2) * step
        draw_map(painter, x, y, SMALL, [layer], title)
        if kind is not None:
            _ramp(painter, x + 10, y + CAPTION + SMALL - 38, layer)

    entries = [(entry.colour, entry.name) for entry in legend]
    draw_legend(painter, MARGIN, HEAD + CAPTION + LARGE + GAP, width - 2 * MARGIN, entries)
    painter.end()
    if not picture.save(path):
        raise OSError(f"{path} cannot be written.")


def draw_map(painter: QPainter, x: int, y: int, size: int, layers: list[QgsMapLayer], title: str) -> None:
    """Draw a captioned square map."""
    _write(painter, x, y, title, 14, INK, True)
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(layers[-1].crs())
    settings.setExtent(layers[-1].extent())
    settings.setOutputSize(QSize(size, size))
    settings.setOutputDpi(96)
    settings.setBackgroundColor(QColor("#f3f5f3"))
    settings.setFlag(QgsMapSettings.Flag.DrawLabeling, False)
    image = QImage(QSize(size, size), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(QColor("#f3f5f3"))
    inner = QPainter(image)
    job = QgsMapRendererCustomPainterJob(settings, inner)
    job.start()
    job.waitForFinished()
    inner.end()
    painter.drawImage(x, y + CAPTION, image)
    painter.setPen(QPen(QColor("#b8c2bc"), 1))
    painter.drawRect(x, y + CAPTION, size, size)


def draw_legend(painter: QPainter, x: int, y: int, width: int, entries: Sequence[tuple[str, str]]) -> None:
    """Draw rows of (colour, name)."""
    column = width / LEGEND_COLUMNS
    letters = 14 if column > 300 else 12  # the longest name fits its column
    for number, (colour, name) in enumerate(entries):
        left, line = x + (number % LEGEND_COLUMNS) * column, y + (number // LEGEND_COLUMNS) * LEGEND_ROW
        _swatch(painter, left, line + 6, colour)
        _write(painter, left + 34, line + (2 if letters == 14 else 5), name, letters, INK)


def _ramp(painter: QPainter, x: int, y: int, layer: QgsRasterLayer) -> None:
    """Draw the colours of a layer with the values at their ends."""
    items = layer.renderer().shader().rasterShaderFunction().colorRampItemList()
    painter.fillRect(QRectF(x, y, 226, 28), QColor(255, 255, 255, 225))
    gradient = QLinearGradient(x + 58, 0, x + 168, 0)
    for position, item in enumerate(items):
        gradient.setColorAt(position / max(len(items) - 1, 1), item.color)
    painter.fillRect(QRectF(x + 58, y + 7, 110, 14), gradient)
    painter.setPen(INK)
    painter.setFont(_font(10))
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.drawText(QRectF(x, y, 52, 28), Qt.AlignmentFlag.AlignRight | middle, items[0].label)
    painter.drawText(QRectF(x + 174, y, 52, 28), Qt.AlignmentFlag.AlignLeft | middle, items[-1].label)


def _shown_step(layer: QgsRasterLayer) -> str:
    """Return the dates of the band that is drawn, such as "29 Apr to 13 May"."""
    first, last = band_dates(layer)[_drawn_band(layer)]
    return f"{day_and_month(first)} to {day_and_month(last)}"


def _drawn_band(layer: QgsRasterLayer) -> int:
    return layer.renderer().usesBands()[0]


def _swatch(painter: QPainter, x: float, y: float, colour: str) -> None:
    painter.setPen(QPen(QColor("#888888"), 1))
    painter.setBrush(QColor(colour))
    painter.drawRect(QRectF(x, y, 22, 16))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _write(painter: QPainter, x: float, y: float, text: str, size: int, colour: QColor, bold: bool = False) -> None:
    painter.setPen(colour)
    painter.setFont(_font(size, bold))
    painter.drawText(QRectF(x, y, 1600, 60), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, text)


def _font(points: int, bold: bool = False) -> QFont:
    font = QFont("DejaVu Sans")
    font.setPixelSize(round(points * 1.33))
    font.setBold(bold)
    return font
