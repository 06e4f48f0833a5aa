"""A parcel file as a mapping run takes it: read once for its shapes, and once more to be written with labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from osgeo import osr

from ..errors import OutputError, ParcelError
from ..feedback import Feedback
from ..writing.outputs import PendingOutput, PendingOutputs
from .geometry import quiet
from .label import ParcelLabels
from .labelled_copy import form_of, write_copy
from .source import ParcelSource

osr.UseExceptions()


class ParcelFile:
    """One polygon layer of a vector file, in the role of `layer.Parcels`.

    Attributes:
        path: the file.
        name: what messages call it.
        files: the file, which no output may replace.
        shapes: WKB in the CRS of the map, None for a feature without polygon; filled by `load` and `read`.
    """

    def __init__(self, path: str, layer: str | None = None, fids: Sequence[int] | None = None) -> None:
        """Open and check.

        Args:
            path: any vector file that GDAL reads.
            layer: its name in the file; None takes the first layer with polygons.
            fids: the features to keep to, in this order; None takes all.

        Raises:
            ParcelError: the file or layer cannot be opened, or has no CRS or no polygons.
        """
        self._source = ParcelSource(path, layer, fids)
        self.path, self.name, self.files = path, Path(path).name, (path,)
        self._pending: PendingOutput | None = None
        self.shapes: Sequence[bytes | None] = []

    def load(self, crs: str, feedback: Feedback) -> None:
        """Read all features and carry their polygons to a CRS.

        Args:
            crs: of the map, as WKT.
            feedback: progress, a warning for polygons that cannot be carried over, cancel.

        Raises:
            ParcelError: no feature has a polygon.
        """
        reference = osr.SpatialReference()
        reference.ImportFromWkt(crs)
        reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        self.read(reference, feedback)
        if not any(self.shapes):
            raise ParcelError(f"No feature of {self.path} has a polygon: choose another parcel layer.")

    def read(self, reference: osr.SpatialReference, feedback: Feedback) -> None:
        """Read as `load` does; a layer without any polygon is an answer too."""
        self.shapes = self._source.shapes(reference, feedback)

    def check(self, place: str) -> None:
        """Raise OutputError when the format of the copy is not known."""
        form_of(place)

    def reserve(self, outputs: PendingOutputs, place: str) -> None:
        """Take a place for the copy among the outputs of a run.

        Raises:
            OutputError: it cannot be written there.
        """
        form_of(place)
        self._pending = outputs.add(place)

    def write(
        self, labels: ParcelLabels, legend: Mapping[int, str], provenance: Mapping[str, str], feedback: Feedback
    ) -> str:
        """Write the copy to the reserved place, see `write_to`, and return its final name."""
        self.write_to(self._pending, labels, legend, feedback, provenance)
        return str(self._pending.final)

    def discard(self) -> None:
        """The copy goes with the other outputs of the run."""

    def write_to(
        self,
        pending: PendingOutput,
        labels: ParcelLabels,
        legend: Mapping[int, str],
        feedback: Feedback,
        provenance: Mapping[str, str] | None = None,
    ) -> None:
        """Write a copy with labels under the name that an output has until it is whole.

        Args:
            pending: .gpkg, .shp, .geojson or .fgb.
            labels: in the order of the features.
            legend: class names by code.
            feedback: progress and cancel.
            provenance: metadata of the layer, where the format holds it (GeoPackage).

        Raises:
            OutputError: the copy cannot be written.
            Cancelled: the analyst asked to stop.
        """
        form, title = form_of(pending.path), pending.final.stem
        try:
            with quiet():
                write_copy(self._source, labels, legend, form, pending.path, title, provenance or {}, feedback)
        except RuntimeError as error:
            raise OutputError(
                f"{pending.final} cannot be written ({str(error).strip().rstrip('.')}): free space on the disk or "
                "choose another place."
            ) from error
