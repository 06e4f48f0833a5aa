"""The reference: polygons or points with a class, in the CRS of the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from osgeo import osr

from ...models.language import tr
from ...models.spelling import meant
from ..errors import AccuracyError
from ..feedback import Feedback
from ..parcels.fields import PARCEL_FIELDS, names_in
from ..parcels.geometry import CHECK_EVERY, quiet, wkb_in
from ..parcels.layers import MIXED, SURFACES, choose_layer, holds, kind_of
from ..parcels.layers import POINTS as POINT_KINDS
from ..parcels.opening import open_vector
from ..parcels.texts import field_name, reader_of, value_text
from ..series.files.geometry import on_earth

osr.UseExceptions()

POLYGONS, POINTS = "polygons", "points"


@dataclass(frozen=True)
class Reference:
    """N features.

    Attributes:
        name: what messages call the layer.
        kind: "polygons" or "points".
        shapes: WKB in the CRS of the map; None where there is no geometry or it cannot be carried there.
        values: text of the class field, "" where it is empty.
        from_map: the field that holds them, where a map gave them; "" otherwise.
    """

    name: str
    kind: str
    shapes: Sequence[bytes | None]
    values: Sequence[str]
    from_map: str = ""

    def __len__(self) -> int:
        return len(self.shapes)


class ReferenceSource:
    """A layer of points or polygons with a class field.

    Attributes:
        name: what messages call it.
        kind: "polygons" or "points".
        field: the field, as the layer spells it.
    """

    def __init__(self, path: str, field: str, layer: str | None = None, encoding: str = "", name: str = "") -> None:
        """Open and check.

        Args:
            path: any vector file that GDAL reads.
            field: the field that holds the class.
            layer: its name in the file; None or "" takes the first that holds points or polygons, and the field.
            encoding: of its text; "" takes what the file says.
            name: how messages call it; "" for the path.

        Raises:
            AccuracyError: the file, layer or field is not there, or the layer has no CRS or no points or polygons.
        """
        self.name = name or path
        opened = open_vector(path, "reference", encoding, AccuracyError, layer or "")
        self._dataset = opened.dataset
        self._layer, note = choose_layer(
            opened.dataset, path, layer, (*SURFACES, *POINT_KINDS), lambda _: _no_layer(path), field
        )
        self.notes = (*opened.notes, *([note] if note else []))
        self.kind = self._kind(path)
        definition = self._layer.GetLayerDefn()
        entries = [definition.GetFieldDefn(i) for i in range(definition.GetFieldCount())]
        held = [field_name(entry, opened.encoding, opened.raw) for entry in entries]
        near = [place for place, name in enumerate(held) if name.casefold() == field.casefold()]
        if field not in held and len(near) != 1:
            raise AccuracyError(
                tr("The reference {path} has no field {field}{field_2}: choose one of {held}.").format(
                    path=path, field=field, field_2=meant(field, held), held=", ".join(held) or "none"
                )
            )
        place = held.index(field) if field in held else near[0]
        self.field = held[place]
        title = f"{self._layer.GetName()} of {path}"
        self._read = reader_of(entries[place], place, opened.encoding, title, AccuracyError, opened.raw)
        self.crs = self._layer.GetSpatialRef()
        if not on_earth(self.crs):
            raise AccuracyError(
                tr("The reference {path} has no coordinate reference system: assign the right one first.").format(
                    path=path
                )
            )
        names = names_in(held)
        labelled = len(names) >= len(PARCEL_FIELDS) - 1
        own = self.field in [names.get(name) for name in ("crop_name", "crop_code", "runner_up")]
        self.from_map = self.field if labelled and own else ""

    def values(self) -> set[str]:
        """Return the different values of the field, as text.

        Raises:
            AccuracyError: a text is in an unknown encoding.
        """
        self._layer.ResetReading()
        return {value_text(self._read(feature)) for feature in self._layer} - {""}

    def load(self, crs: osr.SpatialReference, feedback: Feedback) -> Reference:
        """Return all features in a CRS.

        Raises:
            AccuracyError: a text is in an unknown encoding, or no feature is of the kind of the layer.
        """
        same = self.crs.IsSame(crs, ["IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES"])
        target = crs.Clone()
        target.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        transformation = None if same else osr.CoordinateTransformation(self.crs, target)
        wanted = POINT_KINDS if self.kind == POINTS else SURFACES
        shapes: list[bytes | None] = []
        values: list[str] = []
        strange = 0
        count = max(self._layer.GetFeatureCount(), 1)
        for note in self.notes:
            feedback.warning(note)
        self._layer.ResetReading()
        with quiet():
            for number, feature in enumerate(self._layer):
                if number % CHECK_EVERY == 0:
                    feedback.check()
                    feedback.progress(min(number / count, 1.0))
                geometry = feature.GetGeometryRef()
                usable = geometry is not None and not geometry.IsEmpty()
                if usable and not holds(geometry, wanted):
                    strange, usable = strange + 1, False
                shapes.append(wkb_in(geometry, transformation) if usable else None)
                values.append(value_text(self._read(feature)))
        if strange:
            feedback.warning(
                tr("{strange} of {count_shapes} features of the reference {name} are not {kind}: left out.").format(
                    strange=strange, count_shapes=len(shapes), name=self.name, kind=self.kind
                )
            )
        return Reference(self.name, self.kind, shapes, values, self.from_map)

    def _kind(self, path: str) -> str:
        declared = kind_of(self._layer)
        if declared in (*SURFACES, *POINT_KINDS):
            return POINTS if declared in POINT_KINDS else POLYGONS
        if declared not in MIXED:
            raise _no_layer(path)
        found = [0, 0]
        for feature in self._layer:
            geometry = feature.GetGeometryRef()
            found[0] += holds(geometry, SURFACES)
            found[1] += holds(geometry, POINT_KINDS)
        self._layer.ResetReading()
        if not any(found):
            raise _no_layer(path)
        return POLYGONS if found[0] >= found[1] else POINTS


def _no_layer(path: str) -> AccuracyError:
    return AccuracyError(
        tr("The reference {path} has no layer of polygons or points: choose a layer of polygons or points.").format(
            path=path
        )
    )
