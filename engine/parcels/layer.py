"""A parcel layer as a job sees it, whoever reads and writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from osgeo import osr

from ..feedback import Feedback

if TYPE_CHECKING:
    from ...models.card import CropClass
    from ..writing.outputs import PendingOutputs
    from .label import ParcelLabels


class Parcels(Protocol):
    """The polygons to label, or to keep to."""

    @property
    def name(self) -> str:
        """Name of the layer, for messages."""

    @property
    def files(self) -> Sequence[str]:
        """What it is read from, which no output may replace."""

    @property
    def shapes(self) -> Sequence[bytes | None]:
        """WKB in the CRS of the map, None for a feature without polygon; filled by `load`."""

    def load(self, crs: str, feedback: Feedback) -> None:
        """Read all features and reproject their polygons to a CRS, given as WKT."""

    def read_in(self, reference: osr.SpatialReference, feedback: Feedback) -> None:
        """Read as `load` does; a layer without any polygon is an answer too."""

    def check(self, place: str) -> None:
        """Raise OutputError when the labelled copy cannot be written there."""

    def reserve(self, outputs: PendingOutputs, place: str) -> None:
        """Take a place for the labelled copy, among the outputs of a run where it can be."""

    def write(
        self, labels: ParcelLabels, legend: Sequence[CropClass], provenance: Mapping[str, str], feedback: Feedback
    ) -> str:
        """Write the labelled copy to its place and return that."""

    def discard(self) -> None:
        """Remove a copy that is not among the outputs of the run, after a failure."""
