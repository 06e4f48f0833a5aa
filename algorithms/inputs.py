"""From the values of a dialog, a batch row or a command line to what the engine takes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from qgis.core import (
    QgsMapLayer,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingUtils,
    QgsProperty,
)
from qgis.PyQt.QtCore import QDate, QDateTime

from ..engine.arguments import read_start
from ..engine.errors import GridError, SeriesError
from ..engine.jobs.checks import Problems, problems
from ..engine.jobs.series import Extent, SeriesInputs, SeriesRequest, check_inputs
from ..engine.options import MappingOptions, ParcelOptions, SeriesOptions
from ..engine.products import PARCEL_LABELS, Product
from ..engine.safety.opening import open_raster
from ..engine.safety.text import reason_of
from ..models.card import CheckpointError
from ..models.checkpoint import default_checkpoint, find_checkpoint, read_card
from . import parameters as p
from .base import tr
from .values import ValueReader

__all__ = ["Reader", "problems"]

TEMPORARY = "TEMPORARY_OUTPUT"
LAYER_OPTIONS = re.compile(r"\|(option:|credential:|authcfg=|layername=|layerid=|sublayer=).*$", re.IGNORECASE)


class Reader(ValueReader):
    """Reads series, options, layers and places of one run; each method raises a CropAttentionError with a sentence."""

    def series_request(self, wrong: Problems, placeholder: str = "", checkpoint: str = p.CHECKPOINT) -> SeriesRequest:
        """Return the series of a job; touches layers, so it belongs into prepareAlgorithm.

        Args:
            wrong: takes what cannot be read.
            placeholder: see `series`.
            checkpoint: key of the checkpoint's parameter.
        """
        request = SeriesRequest(
            wrong.read(lambda: self.series(placeholder)),
            wrong.read(lambda: self.checkpoint(checkpoint), ""),
            wrong.read(self.season_start),
            wrong.read(self.extent),
            wrong.read(self.series_options, SeriesOptions()),
        )
        if request.inputs is not None:
            wrong.read(lambda: check_inputs(request))
        return request

    def series(self, placeholder: str = "") -> SeriesInputs:
        """Return the files and folders of both sensors; folders that hold the placeholder are not looked for."""
        sensors = {key: [*self._rasters(key), *self._folder(folder, placeholder)] for key, folder in _SENSORS}
        if not any(sensors.values()) and not self.given(p.FILE_LIST):
            raise SeriesError(
                tr("No series is given; choose Sentinel-2 or Sentinel-1 layers, or a folder that holds them.")
            )
        return SeriesInputs(s2=tuple(sensors[p.S2]), s1=tuple(sensors[p.S1]))

    def checkpoint(self, key: str = p.CHECKPOINT) -> str:
        """Return the checkpoint's file."""
        path = self.text(key)
        if path:
            found = str(find_checkpoint(path))
            read_card(found)  # QGIS itself says no more of another file than that the value is incorrect
            return found
        if not default_checkpoint().is_file():
            raise CheckpointError(
                tr("The checkpoint that comes with the plugin is missing; install the plugin again or choose another.")
            )
        return str(default_checkpoint())

    def season_start(self) -> date | int | None:
        """Return the first day of the season or the year of its harvest, None to find it from the dates."""
        value = self._value(p.SEASON_START)
        if isinstance(value, QDateTime):
            value = value.date() if value.isValid() else None
        if isinstance(value, QDate):
            return date(value.year(), value.month(), value.day()) if value.isValid() else None
        if not self.given(p.SEASON_START):
            return None
        text = str(value) if isinstance(value, (str, int)) else self.text(p.SEASON_START)
        try:
            return read_start(text.strip()[:10])
        except ValueError as error:
            raise GridError(
                tr(
                    "The season start '{}' is not a date; write year-month-day, such as 2017-10-01, or the year of "
                    "the harvest, such as 2018."
                ).format(text)
            ) from error

    def extent(self) -> Extent | None:
        """Return the area, None for all that the series covers."""
        if not self.given(p.EXTENT):
            return None
        box = self._algorithm.parameterAsExtent(self._values, p.EXTENT, self._context)
        if box.isNull():
            return None
        if box.isEmpty() or not box.isFinite():
            raise GridError(tr("The extent has no area; draw it again or leave it empty."))
        crs = self._algorithm.parameterAsExtentCrs(self._values, p.EXTENT, self._context)
        if not crs.isValid():
            raise GridError(
                tr("The extent has no CRS; write 'west,east,south,north [EPSG:code]', such as '3,4,50,51 [EPSG:4326]'.")
            )
        return Extent(box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum(), crs.toWkt())

    def series_options(self) -> SeriesOptions:
        """Return how files are to be read."""
        return self.options(SeriesOptions)

    def mapping_options(self) -> MappingOptions:
        """Return how the network is to be fed."""
        options = self.options(MappingOptions)
        if self._algorithm.parameterDefinition(p.EXPECTED_SHARES) is None:
            return options
        from .expected_shares import read_expected

        return replace(options, expected_shares=read_expected(self._algorithm, self._values, self._context))

    def parcel_options(self) -> ParcelOptions:
        """Return how pixels become labels."""
        return self.options(ParcelOptions)

    def raster(self, key: str) -> str:
        """Return the file of one raster layer, "" where none is given."""
        paths = self._rasters(key)
        if len(paths) > 1:
            raise SeriesError(tr("Choose one raster layer for {}, not {}.").format(key, len(paths)))
        if paths and not paths[0].startswith("/vsi"):
            try:
                open_raster(paths[0])
            except RuntimeError as error:
                sentence = tr("'{}' for {} cannot be read as a raster ({}); choose another.")
                raise SeriesError(sentence.format(paths[0], key, reason_of(error))) from error
        return paths[0] if paths else ""

    def destination(self, key: str) -> str:
        """Return where an output is to go, as far as it is known before a run: "" when it is left out."""
        value = self._value(key)
        if isinstance(value, QgsProcessingOutputLayerDefinition):
            value = value.sink
        if isinstance(value, QgsProperty):
            value = value.valueAsString(self._context.expressionContext())[0]
        return str(value) if value not in (None, "") else ""

    def planned(self, products: Iterable[Product]) -> dict[str, str]:
        """Return name -> file of the outputs that are asked for, as far as it is known before a run."""
        asked = {product: self.destination(product.key) for product in products}
        return {
            product.name: product.file if _is_temporary(place) else place
            for product, place in asked.items()
            if place and not (product is PARCEL_LABELS and _is_temporary(place))
        }

    def unnamed(self, products: Iterable[Product]) -> set[str]:
        """Return the names of outputs in a temporary place, as dialogs ask for what is made by default."""
        return {product.name for product in products if _is_temporary(self.destination(product.key))}

    def places(self, products: Iterable[Product]) -> dict[str, str]:
        """Return name -> file of the outputs that are asked for; QGIS would load the others as layers too."""
        found = {}
        for product in products:
            if product.is_raster:
                if self.destination(product.key) or self._algorithm.parameterDefinition(product.key).defaultValue():
                    found[product.name] = self._algorithm.parameterAsOutputLayer(
                        self._values, product.key, self._context
                    )
            elif product is PARCEL_LABELS:
                found[product.name] = self.destination(product.key)
            else:
                found[product.name] = self._algorithm.parameterAsFileOutput(self._values, product.key, self._context)
        return {name: place for name, place in found.items() if place}

    def _folder(self, key: str, placeholder: str) -> list[str]:
        if not self.given(key):
            return []
        path = self.text(key)
        if not os.path.exists(path) and not (placeholder and placeholder in path):
            raise SeriesError(tr("The folder '{}' does not exist; choose the folder of the series.").format(path))
        return [path]

    def _rasters(self, key: str) -> list[str]:
        paths, culprits = [], []
        for value in self._flat(self._value(key)):
            path, culprit = self._raster(value)
            paths += [path] if path else []
            culprits += [culprit] if culprit else []
        if culprits:
            raise SeriesError(" ".join(culprits))
        return paths

    def _flat(self, value: Any) -> Iterator[Any]:
        """Yield single layers or texts; models nest lists and hand over properties."""
        if isinstance(value, QgsProperty):
            value = value.value(self._context.expressionContext())[0]
        if isinstance(value, (list, tuple)):
            for entry in value:
                yield from self._flat(entry)
        elif value is not None and value != "":
            yield value

    def _raster(self, value: Any) -> tuple[str, str]:
        """Return (file, "") or ("", what is wrong)."""
        if isinstance(value, str):
            bare = LAYER_OPTIONS.sub("", value)
            if bare.startswith("/vsi") or os.path.exists(bare):
                return bare, ""
            layer = QgsProcessingUtils.mapLayerFromString(value, self._context, False)
            if layer is None:
                return "", tr("The raster '{}' does not exist; choose another.").format(value)
            value = layer
        if not isinstance(value, QgsMapLayer):
            return "", tr("'{}' is not a raster layer; choose another.").format(value)
        if value.providerType() != "gdal":
            return "", tr("The layer '{}' is not a raster file; save it as GeoTIFF and choose that.").format(
                value.name()
            )
        return LAYER_OPTIONS.sub("", value.source()), ""


def _is_temporary(place: str) -> bool:
    return place == TEMPORARY or place.startswith("memory:")


_SENSORS = ((p.S2, p.S2_FOLDER), (p.S1, p.S1_FOLDER))
