"""The analyst's parcel layer: opened, checked, and read in one pass."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from osgeo import gdal, ogr, osr

from ...models.language import counted, tr
from ...models.spelling import meant
from ..errors import ParcelError
from ..feedback import Feedback
from ..series.files.geometry import on_earth
from .geometry import CHECK_EVERY, quiet, wkb_in
from .layers import MIXED, SURFACES, choose_layer, holds, kind_of
from .opening import open_vector
from .texts import field_name, reader_of, value_text

gdal.UseExceptions()
ogr.UseExceptions()
osr.UseExceptions()


class ParcelSource:
    """One polygon layer of a vector file.

    Attributes:
        path: the file as the analyst named it.
        crs: its coordinate reference system.
        fields: definitions of its fields, with names of letters that exist.
        fid_column, geometry_column: their names where the format has them, else empty.
        geometry_type: type under which the layer can be written again.
        encoding: of texts that are no UTF-8, "" where nobody named one.
        notes: what was taken to be so, for people.
    """

    def __init__(
        self,
        path: str,
        layer: str | None = None,
        fids: Sequence[int] | None = None,
        what: str = "",
        encoding: str = "",
        field: str = "",
    ) -> None:
        """Open and check.

        Args:
            path: any vector file that GDAL reads.
            layer: its name in the file; None or "" takes the first layer with polygons.
            fids: the features to keep to, in this order; None takes all.
            what: how messages call the layer; "" calls it the parcel layer.
            encoding: of its text; "" takes what the file says.
            field: that the layer should have, where several could be taken.

        Raises:
            ParcelError: the file or layer cannot be opened, or has no CRS or no polygons.
        """
        what = what or tr("parcel layer")
        self.path, self._fids, self._what = path, fids, what
        opened = open_vector(path, what, encoding, layer=layer or "")
        self._dataset, self.encoding = opened.dataset, opened.encoding
        self._layer, note = choose_layer(self._dataset, path, layer, SURFACES, lambda _: self._no_polygons(path), field)
        self.notes = (*opened.notes, *([note] if note else []))
        self._title = tr("{name} of {path}").format(name=self._layer.GetName(), path=path)
        self._mixed = kind_of(self._layer) in MIXED
        if not self._mixed and kind_of(self._layer) not in SURFACES:
            raise self._no_polygons(self._title)
        self.crs = self._layer.GetSpatialRef()
        if not on_earth(self.crs):
            raise ParcelError(
                tr("The {what} {title} has no coordinate reference system: assign the right one first.").format(
                    what=what, title=self._title
                )
            )
        definition = self._layer.GetLayerDefn()
        held = [definition.GetFieldDefn(i) for i in range(definition.GetFieldCount())]
        self.fields = [_plain_copy(entry, self.encoding, opened.raw) for entry in held]
        told = (self.encoding, self._title, ParcelError, opened.raw)
        self._readers = [reader_of(entry, place, *told) for place, entry in enumerate(held)]
        self.fid_column = self._layer.GetFIDColumn()
        self.geometry_column = self._layer.GetGeometryColumn()
        # Shapefiles say polygon and hold multipolygons too.
        self._promote = self._dataset.GetDriver().ShortName == "ESRI Shapefile"
        declared = self._layer.GetGeomType()
        self.geometry_type = ogr.GT_SetModifier(
            ogr.wkbMultiPolygon if self._promote else ogr.GT_Flatten(declared),
            ogr.GT_HasZ(declared),
            ogr.GT_HasM(declared),
        )

    @property
    def title(self) -> str:
        """What messages call the layer: its name and its file."""
        return self._title

    def count(self) -> int:
        """Return the number of features."""
        return len(self._fids) if self._fids is not None else max(self._layer.GetFeatureCount(), 0)

    def stamp(self) -> tuple[int, int] | None:
        """Return size and time of change of the file, None where it is none."""
        try:
            status = os.stat(self.path)
        except OSError:
            return None
        return status.st_size, status.st_mtime_ns

    def features(self) -> Iterator[ogr.Feature]:
        """Yield the features from the first.

        Raises:
            ParcelError: a feature to keep to is not in the layer, or the layer cannot be read to its end.
        """
        if self._fids is not None:
            yield from self._chosen_features(self._fids)
            return
        self._layer.ResetReading()
        while (feature := self._next()) is not None:
            yield feature

    def values(self, feature: ogr.Feature) -> list[object]:
        """Return the values of all fields as Python holds them, text decoded, lists as JSON, None where there is none.

        Raises:
            ParcelError: a text is in an encoding that nobody named.
        """
        return [read(feature) for read in self._readers]

    def geometry_of(self, feature: ogr.Feature) -> ogr.Geometry | None:
        """Return a copy of the geometry as `geometry_type` wants it, None where there is none with numbers."""
        geometry = feature.GetGeometryRef()
        if geometry is None or not _finite(geometry):
            return None
        return ogr.ForceToMultiPolygon(geometry.Clone()) if self._promote else geometry.Clone()

    def field_place(self, name: str) -> int:
        """Return the place of a field; its name may differ in case.

        Raises:
            ParcelError: the layer has no such field.
        """
        held = [entry.GetName() for entry in self.fields]
        if name in held:
            return held.index(name)
        near = [place for place, other in enumerate(held) if other.casefold() == name.casefold()]
        if len(near) == 1:
            return near[0]
        raise ParcelError(
            tr("The {what} {title} has no field {name}{name_2}: choose one of its fields ({held}).").format(
                what=self._what, title=self._title, name=name, name_2=meant(name, held), held=", ".join(held) or "none"
            )
        )

    def shapes(self, crs: osr.SpatialReference, feedback: Feedback) -> list[bytes | None]:
        """Return the WKB of every feature in another CRS, None where there is no geometry or it cannot go there.

        Raises:
            ParcelError: a layer of mixed geometries holds no polygon.
        """
        return self.read(crs, feedback)

    def labelled(
        self, crs: osr.SpatialReference, field: str, feedback: Feedback
    ) -> tuple[list[bytes | None], list[str]]:
        """Return shapes as `shapes` does and, read with them, the text of a field, "" where it is empty.

        Raises:
            ParcelError: as `shapes` and `field_place`; or a text is in an unknown encoding.
        """
        read, texts = self._readers[self.field_place(field)], []
        shapes = self.read(crs, feedback, lambda feature: texts.append(value_text(read(feature))))
        return shapes, texts

    def read(
        self,
        crs: osr.SpatialReference,
        feedback: Feedback,
        keep: Callable[[ogr.Feature], None] | None = None,
    ) -> list[bytes | None]:
        """Return shapes as `shapes` does, and hand each feature to `keep` in the same pass.

        Raises:
            ParcelError: a layer of mixed geometries holds no polygon, or the file changed while it was read.
        """
        same = self.crs.IsSame(crs, ["IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES"])
        transformation = None if same else osr.CoordinateTransformation(self.crs, crs)
        before, count = self.stamp(), max(self.count(), 1)
        shapes: list[bytes | None] = []
        astray, polygons, endless = 0, 0, 0
        strange: Counter[str] = Counter()
        first = ""
        for note in self.notes:
            feedback.warning(note)
        with quiet():
            for number, feature in enumerate(self.features()):
                if number % CHECK_EVERY == 0:
                    feedback.check()
                    feedback.progress(min(number / count, 1.0))
                geometry = feature.GetGeometryRef()
                if geometry is not None and not _finite(geometry):
                    geometry, endless = None, endless + 1
                if holds(geometry, SURFACES):
                    polygons += 1
                elif geometry is not None and not geometry.IsEmpty():
                    first = first or tr("; the first has the number {getfid}").format(getfid=feature.GetFID())
                    strange[ogr.GeometryTypeToName(ogr.GT_Flatten(geometry.GetGeometryType()))] += 1
                wkb = None if geometry is None else wkb_in(geometry, transformation)
                astray += geometry is not None and wkb is None
                shapes.append(wkb)
                if keep is not None:
                    keep(feature)
        if self.stamp() != before:
            raise ParcelError(
                tr(
                    "The {what} {title} was changed while it was read: run again and do not change the file meanwhile."
                ).format(what=self._what, title=self._title)
            )
        if self._mixed and shapes and not polygons:
            raise self._no_polygons(self._title)
        if strange:
            kinds = ", ".join(f"{number} {name}" for name, number in strange.most_common())
            feedback.warning(
                tr("{sum} of {count_shapes} features of {title} are not polygons ({kinds}{first}).").format(
                    sum=sum(strange.values()), count_shapes=len(shapes), title=self._title, kinds=kinds, first=first
                )
            )
        if endless:
            said = tr("{endless} of {count} parcels have coordinates that are not numbers: no label and no shape.")
            feedback.warning(said.format(endless=endless, count=len(shapes)))
        if astray:
            feedback.warning(
                tr("{astray} of {count_shapes} parcels lie beyond the CRS of the crop map: no label.").format(
                    astray=astray, count_shapes=len(shapes)
                )
            )
        return shapes

    def _next(self) -> ogr.Feature | None:
        try:
            return self._layer.GetNextFeature()
        except RuntimeError as error:
            raise ParcelError(
                tr(
                    "The {what} {title} cannot be read to its end ({rstrip}): repair the file or choose another."
                ).format(what=self._what, title=self._title, rstrip=str(error).strip().rstrip("."))
            ) from error

    def _chosen_features(self, fids: Sequence[int]) -> Iterator[ogr.Feature]:
        if self._layer.TestCapability(ogr.OLCRandomRead):
            # Raises or gives None, by driver, where there is no such feature.
            for fid in fids:
                try:
                    feature = self._layer.GetFeature(fid)
                except RuntimeError:
                    feature = None
                if feature is None:
                    raise self._gone(1)
                yield feature
            return
        wanted, found = set(fids), 0
        self._layer.ResetReading()
        while found < len(wanted) and (feature := self._layer.GetNextFeature()) is not None:
            if feature.GetFID() in wanted:
                found += 1
                yield feature
        if found < len(wanted):
            raise self._gone(len(wanted) - found)

    def _gone(self, count: int) -> ParcelError:
        return ParcelError(
            tr(
                "{features} of the {what} {title} disappeared during the run: run again and do not change the file "
                "meanwhile."
            ).format(features=counted(count, "feature"), what=self._what, title=self._title)
        )

    def _no_polygons(self, title: str) -> ParcelError:
        return ParcelError(
            tr("The {what} {title} contains no polygons: choose a polygon layer.").format(what=self._what, title=title)
        )


def _finite(geometry: ogr.Geometry) -> bool:
    return all(map(math.isfinite, geometry.GetEnvelope()))


def _plain_copy(field: ogr.FieldDefn, encoding: str, raw: bool) -> ogr.FieldDefn:
    """Return a definition without the rules of its old database, which may not hold in the new file."""
    copy = ogr.FieldDefn(field_name(field, encoding, raw), field.GetType())
    copy.SetSubType(field.GetSubType())
    copy.SetWidth(field.GetWidth())
    copy.SetPrecision(field.GetPrecision())
    copy.SetAlternativeName(field.GetAlternativeName())
    return copy
