"""Bands named by the dates of a season's steps, as the temporal controller plays them."""

from __future__ import annotations

import re
from datetime import date, timedelta

from qgis.core import Qgis, QgsDateTimeRange, QgsRasterLayer
from qgis.PyQt.QtCore import QDateTime, Qt

STEP = re.compile(r"(\d{4}-\d{2}-\d{2}) to (\d{4}-\d{2}-\d{2})")
"""The name of a band, as `PlacedSeason.step_label` writes it."""


def band_dates(layer: QgsRasterLayer) -> dict[int, tuple[date, date]]:
    """Return band number -> first and last day, of the bands that are named by dates."""
    found = {}
    for band in range(1, layer.bandCount() + 1):
        match = STEP.search(layer.dataProvider().generateBandName(band) + " " + layer.bandName(band))
        if match:
            found[band] = (date.fromisoformat(match.group(1)), date.fromisoformat(match.group(2)))
    return found


def make_temporal(layer: QgsRasterLayer) -> bool:
    """Give each band its dates, or below QGIS 3.38 the layer its season; return whether there were any."""
    dates = band_dates(layer)
    if not dates:
        return False
    properties = layer.temporalProperties()
    if hasattr(Qgis.RasterTemporalMode, "FixedRangePerBand"):
        properties.setMode(Qgis.RasterTemporalMode.FixedRangePerBand)
        properties.setFixedRangePerBand({band: _range(*days) for band, days in dates.items()})
    else:
        properties.setMode(Qgis.RasterTemporalMode.FixedTemporalRange)
        first, last = min(days[0] for days in dates.values()), max(days[1] for days in dates.values())
        properties.setFixedTemporalRange(_range(first, last))
    properties.setIsActive(True)
    return True


def _range(first: date, last: date) -> QgsDateTimeRange:
    return QgsDateTimeRange(_moment(first), _moment(last + timedelta(days=1)), True, False)


def _moment(day: date) -> QDateTime:
    return QDateTime.fromString(f"{day.isoformat()}T00:00:00Z", Qt.DateFormat.ISODate)
