"""The analyst's parcels and the output that gets their labelled copy, as a mapping run takes them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from qgis.core import QgsProcessingAlgorithm, QgsProcessingContext

from ..engine.feedback import Feedback
from . import parameters as p
from .inputs import Values
from .parcels import ParcelLayer

if TYPE_CHECKING:
    from ..engine.parcels.label import ParcelLabels
    from ..engine.writing.outputs import PendingOutputs


class ParcelOutput:
    """A parcel layer in the role of `engine.parcels.layer.Parcels`.

    Attributes:
        files: QGIS knows what the layer is read from, and checks its own output.
    """

    files: Sequence[str] = ()

    def __init__(
        self, layer: ParcelLayer, algorithm: QgsProcessingAlgorithm, values: Values, context: QgsProcessingContext
    ) -> None:
        """Keep the layer, and where QGIS writes to."""
        self._layer, self._algorithm, self._values, self._context = layer, algorithm, values, context
        self._place = ""

    @classmethod
    def read(
        cls, algorithm: QgsProcessingAlgorithm, values: Values, context: QgsProcessingContext
    ) -> ParcelOutput | None:
        """Open the parcel layer of an algorithm; None where none is given.

        Raises:
            ParcelError: the layer cannot be used.
        """
        layer = ParcelLayer.read(algorithm, values, p.PARCELS, context)
        return None if layer is None else cls(layer, algorithm, values, context)

    @property
    def name(self) -> str:
        """Name of the layer, for messages."""
        return self._layer.name

    @property
    def shapes(self) -> Sequence[bytes | None]:
        """WKB in the CRS of the map."""
        return self._layer.shapes

    def load(self, crs: str, feedback: Feedback) -> None:
        """Read all features and reproject their polygons."""
        self._layer.load(crs, feedback)

    def check(self, place: str) -> None:
        """QGIS checks its own outputs."""

    def reserve(self, outputs: PendingOutputs, place: str) -> None:
        """QGIS opens its output when it is written."""

    def write(
        self, labels: ParcelLabels, legend: Mapping[int, str], provenance: Mapping[str, str], feedback: Feedback
    ) -> str:
        """Write the copy and return what the algorithm returns for the output."""
        self._place = self._layer.write(
            self._algorithm, self._values, p.PARCEL_LABELS, self._context, labels, dict(legend), feedback
        )
        return self._place

    def discard(self) -> None:
        """Remove the file that was written, as the other outputs cannot be put in place."""
        if os.path.isfile(self._place):
            with contextlib.suppress(OSError):
                os.remove(self._place)
