"""A parcel file: its polygons for a run, read once, and its copy with labels, made as far as it goes before the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from osgeo import osr

from ...models.card import CropClass
from ...models.known import known
from ...models.language import tr
from ...models.spelling import meant
from ..errors import ParcelError, PlaceError
from ..feedback import Feedback
from ..legend import with_codes as legend_with
from ..safety.text import one_line
from ..writing.outputs import PendingOutput, PendingOutputs
from ..writing.place import MEGABYTE, is_full, unwritable
from ..writing.vector import EMPTY_BYTES, GPKG, form_of
from .fields import PARCEL_FIELDS, ParcelField, rows
from .formats import layer_title, plan_of, with_codes
from .geometry import quiet
from .label import ParcelLabels
from .labelled_copy import SIDECAR, rehearse, write_copy
from .snapshot import Snapshot
from .source import ParcelSource
from .style import parcel_style
from .texts import value_text

osr.UseExceptions()


class ParcelFile:
    """One polygon layer of a vector file, as a mapping run and the labelling of parcels take it.

    Attributes:
        path: the file.
        name: what messages call it.
        files: what it is read from, which no output may replace.
        shapes: WKB in the CRS of the map, None for a feature without polygon; filled by `load` and `read`.
    """

    def __init__(
        self,
        path: str,
        layer: str | None = None,
        fids: Sequence[int] | None = None,
        encoding: str = "",
        scratch: str | None = None,
    ) -> None:
        """Open and check.

        Args:
            path: any vector file that GDAL reads.
            layer: its name in the file; None takes the first layer with polygons.
            fids: the features to keep to, in this order; None takes all.
            encoding: of its text; "" takes what the file says.
            scratch: folder for what is passing; None takes the system's.

        Raises:
            ParcelError: the file or layer cannot be opened, or has no CRS or no polygons.
        """
        self.source = ParcelSource(path, layer, fids, encoding=encoding)
        self.path, self.name, self.files = path, Path(path).name, (path,)
        self.shapes: Sequence[bytes | None] = []
        self._scratch, self._feedback = scratch, Feedback()
        self._snapshot: Snapshot | None = None
        self._outputs: PendingOutputs | None = None
        self._pending: PendingOutput | None = None
        self._place = ""
        self._stamp: object = None

    def load(self, crs: str, feedback: Feedback) -> None:
        """Read all features and reproject their polygons to a CRS.

        Args:
            crs: of the map, as WKT.

        Raises:
            ParcelError: no feature has a polygon, or the layer cannot be read.
        """
        reference = osr.SpatialReference()
        reference.ImportFromWkt(crs)
        reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        self.read_in(reference, feedback)
        if not any(self.shapes):
            raise ParcelError(
                tr("No feature of {path} has a polygon: choose another parcel layer.").format(path=self.path)
            )

    def read_in(self, reference: osr.SpatialReference, feedback: Feedback) -> None:
        """Read as `load` does; a layer without any polygon is an answer too."""
        self._feedback, self._stamp = feedback, self.source.stamp()
        if self._snapshot is not None:
            self._snapshot.close()
        self._snapshot = Snapshot(self.source, reference, feedback, self._scratch)
        self.shapes = self._snapshot.shapes

    def check(self, place: str) -> None:
        """Raise OutputError when the format of the copy is not known."""
        form_of(place)

    def reserve(self, outputs: PendingOutputs, place: str, fields: Sequence[ParcelField] = PARCEL_FIELDS) -> None:
        """Take a place for the copy among the outputs of a run, and write the parcels that were read without labels.

        Whatever the format cannot hold shows here, and warnings say what is not written as it is.

        Raises:
            OutputError: the copy cannot be written there, or the format cannot hold the parcels.
        """
        form = form_of(place)
        snapshot = known(self._snapshot)
        pending = outputs.add(place, (2 * snapshot.size + EMPTY_BYTES * (form == GPKG)) / MEGABYTE)
        self._outputs, self._pending, self._place = outputs, pending, place
        final = str(pending.final)
        self._plan = plan_of(self.source, snapshot, form, final, fields)
        self._title = layer_title(pending.final.stem, form)
        for said in self._plan.said:
            self._feedback.warning(said)
        with _Writing(pending.final):
            remarks = rehearse(snapshot, self._plan, self.source.crs, pending.path, self._title, final, self._feedback)
        for remark in remarks:
            self._feedback.warning(f"{final}: {remark}")

    def write(
        self, labels: ParcelLabels, legend: Sequence[CropClass], provenance: Mapping[str, str], feedback: Feedback
    ) -> str:
        """Write the copy with labels, in the order of the features; see `write_values`."""
        self._plan = with_codes(self._plan, int(labels.code.max(initial=0)))
        names = {field.name: own.GetName() for field, own in zip(PARCEL_FIELDS, self._plan.labels)}
        shown = legend_with(legend, labels.code.tolist())
        style = parcel_style(shown, names, [column.definition.GetName() for column in self._plan.columns])
        values = rows(labels, {entry.code: entry.name for entry in legend})
        return self.write_values(values, provenance, feedback, style)

    def write_values(
        self, values: Iterable[tuple[object, ...]], provenance: Mapping[str, str], feedback: Feedback, style: str = ""
    ) -> str:
        """Write the copy, which appears with the other outputs of the run, and return its place as it was asked for.

        Args:
            values: of the fields that `reserve` was given, for each feature in their order; None for nothing to say.
            style: as `write_copy` takes it.

        Raises:
            OutputError: the copy cannot be written.
        """
        pending, snapshot = known(self._pending), known(self._snapshot)
        with _Writing(pending.final):
            _remove_parts(Path(pending.path))
            with quiet():
                place = (pending.path, self._title)
                write_copy(snapshot, self._plan, self.source.crs, values, *place, provenance, feedback, style)
        snapshot.close()
        if self.source.stamp() != self._stamp:
            feedback.warning(
                tr(
                    "The parcels of {title} were changed during the run: the output holds the parcels as "
                    "they were when it began."
                ).format(title=self.source.title)
            )
        return self._place

    @property
    def held(self) -> list[str]:
        """Names of the fields of the copy: the analyst's, then the new ones."""
        return [
            *(column.definition.GetName() for column in self._plan.columns),
            *(each.GetName() for each in self._plan.labels),
        ]

    def field_values(self, field: str) -> list[str]:
        """Return the values of a field as text, "" for nothing, in the order of the features that were read.

        Raises:
            ParcelError: there is no such field.
        """
        names = [entry.GetName() for entry in self.source.fields]
        if field not in names:
            raise ParcelError(
                tr("The layer {title} has no field '{field}'{field_2}: choose one of {names}.").format(
                    title=self.source.title, field=field, field_2=meant(field, names), names=", ".join(names) or "none"
                )
            )
        place = names.index(field)
        return [value_text(values[place]) for _, _, values in known(self._snapshot).rows()]

    @property
    def pending(self) -> str:
        """Where the copy lies until the outputs of the run are put in place."""
        return known(self._pending).path

    def discard(self) -> None:
        """Remove a copy that is not in place, and what was kept of the parcels."""
        if self._snapshot is not None:
            self._snapshot.close()
        if self._outputs is not None:
            self._outputs.drop(known(self._pending))


class _Writing:
    """Turns what GDAL and the disk refuse into one OutputError with the remedy that helps."""

    def __init__(self, final: Path) -> None:
        self._final = final

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, (RuntimeError, OSError)):
            return
        if isinstance(error, OSError) or self._final.suffix.lower() == ".gpkg" or is_full(self._final.parent):
            raise unwritable(self._final, error) from error
        reason = one_line(error) or tr("no reason given")
        raise PlaceError(
            self._final,
            lambda final: tr(
                "{final} cannot be written ({reason}): choose a name that ends in .gpkg, or save the parcels as a "
                "GeoPackage first."
            ).format(final=final, reason=reason),
        ) from error


def _remove_parts(path: Path) -> None:
    """Remove a file and what lies beside it under its name."""
    for part in path.parent.iterdir():
        if part.name.startswith(f"{path.stem}.") and part.name != f"{path.stem}{SIDECAR}":
            part.unlink()
