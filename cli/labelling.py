"""Labels of the parcels of a mapping run: voted on while the map is new, written when all else is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osgeo import gdal

from ..engine.feedback import Feedback
from ..engine.options import ParcelOptions

if TYPE_CHECKING:
    from ..engine.parcels.label import ParcelLabels
    from ..engine.parcels.parcel_file import ParcelFile

_OF_THE_RASTER = ("CLASS_NAMES", "AREA_OR_POINT")


class Labelling:
    """What `engine.run.Wanted` calls to label parcels.

    Attributes:
        labels: of the parcels, once they are voted on.
    """

    def __init__(self, parcels: ParcelFile, place: str, options: ParcelOptions) -> None:
        """Choose parcels, output and how to vote."""
        self._parcels, self._place, self._options = parcels, place, options
        self._legend: dict[int, str] = {}
        self._provenance: dict[str, str] = {}
        self.labels: ParcelLabels | None = None

    def label(self, crop_map: str, confidence: str, feedback: Feedback) -> None:
        """Vote; takes legend and provenance from the map."""
        from ..engine.parcels.class_map import legend_of
        from ..engine.parcels.label import label_parcels

        self._legend = legend_of(crop_map)
        tags = gdal.Open(crop_map).GetMetadata()
        self._provenance = {name: text for name, text in tags.items() if name not in _OF_THE_RASTER}
        self.labels = label_parcels(crop_map, self._parcels.shapes, confidence or None, self._options, feedback)

    def write(self, feedback: Feedback) -> str:
        """Write the parcels with their labels and return the file."""
        self._parcels.write(self._place, self.labels, self._legend, feedback, self._provenance)
        return self._place
