"""Bands named by the dates of a season's steps, as the temporal controller plays them."""

from __future__ import annotations

import re
from datetime import date, timedelta

from qgis.core import Qgis, QgsDateTimeRange, QgsRasterLayer
from qgis.PyQt.QtCore import QDateTime, Qt

from ..models.language import span

STEP = re.compile(r"(\d{4}-\d{2}-\d{2}) to (\d{4}-\d{2}-\d{2})")
"""The name of a band, as `PlacedSeason.step_label` writes it."""

PLAYS_BANDS = hasattr(Qgis.RasterTemporalMode, "FixedRangePerBand")
"""Whether the bands of one layer have dates of their own (QGIS 3.38); else each step needs a layer."""


def band_dates(layer: QgsRasterLayer) -> dict[int, tuple[date, date]]:
    """Return band number -> first and last day, of the bands that are named by dates."""
    found = {}
    for band in range(1, layer.bandCount() + 1):
        match = STEP.search(layer.dataProvider().generateBandName(band) + " " + layer.bandName(band))
        if match:
            found[band] = (date.fromisoformat(match.group(1)), date.fromisoformat(match.group(2)))
    return found


def make_temporal(layer: QgsRasterLayer) -> bool:
    """Give each band its dates; return whether the layer plays: bands have dates, and QGIS is 3.38 or newer."""
    dates = band_dates(layer)
    if not dates or not PLAYS_BANDS:
        return False
    properties = layer.temporalProperties()
    properties.setMode(Qgis.RasterTemporalMode.FixedRangePerBand)
    properties.setFixedRangePerBand({band: _range(*days) for band, days in dates.items()})
    properties.setIsActive(True)
    return True


def step_layers(layer: QgsRasterLayer) -> list[QgsRasterLayer]:
    """Return a copy of a layer for each band with dates, shown in its range alone: what plays below QGIS 3.38."""
    found = []
    for band, days in band_dates(layer).items():
        step = layer.clone()
        step.setName(span(days[0], days[1]))
        renderer = layer.renderer().clone()
        renderer.setBand(band)
        step.setRenderer(renderer)
        properties = step.temporalProperties()
        properties.setMode(Qgis.RasterTemporalMode.FixedTemporalRange)
        properties.setFixedTemporalRange(_range(*days))
        properties.setIsActive(True)
        found.append(step)
    return found


def _range(first: date, last: date) -> QgsDateTimeRange:
    return QgsDateTimeRange(_moment(first), _moment(last + timedelta(days=1)), True, False)


def _moment(day: date) -> QDateTime:
    return QDateTime.fromString(f"{day.isoformat()}T00:00:00Z", Qt.DateFormat.ISODate)
