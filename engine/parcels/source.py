"""The analyst's parcel layer: opened, checked and read twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from osgeo import gdal, ogr, osr

from ..errors import ParcelError
from ..feedback import Feedback
from .geometry import CHECK_EVERY, quiet, wkb_in

gdal.UseExceptions()
ogr.UseExceptions()
osr.UseExceptions()

_SURFACES = (
    ogr.wkbPolygon,
    ogr.wkbMultiPolygon,
    ogr.wkbCurvePolygon,
    ogr.wkbMultiSurface,
    ogr.wkbSurface,
    ogr.wkbPolyhedralSurface,
    ogr.wkbTIN,
    ogr.wkbTriangle,
)
_MIXED = (ogr.wkbUnknown, ogr.wkbGeometryCollection)


class ParcelSource:
    """One polygon layer of a vector file.

    Attributes:
        crs: its coordinate reference system.
        fields: definitions of its fields.
        fid_column, geometry_column: their names where the format has them, else empty.
        geometry_type: type under which the layer can be written again.
    """

    def __init__(
        self, path: str, layer: str | None = None, fids: Sequence[int] | None = None, what: str = "parcel layer"
    ) -> None:
        """Open and check.

        Args:
            path: any vector file that GDAL reads.
            layer: its name in the file; None or "" takes the first layer with polygons.
            fids: the features to keep to, in this order; None takes all.
            what: how messages call the layer.

        Raises:
            ParcelError: the file or layer cannot be opened, or has no CRS or no polygons.
        """
        self._fids, self._what = fids, what
        try:
            self._dataset = gdal.OpenEx(path, gdal.OF_VECTOR | gdal.OF_READONLY)
        except RuntimeError as error:
            reason = str(error).strip().rstrip(".")
            raise ParcelError(f"The {what} {path} cannot be opened ({reason}): check the file.") from error
        self._layer = self._chosen(path, layer)
        self._title = f"{self._layer.GetName()} of {path}"
        self._mixed = ogr.GT_Flatten(self._layer.GetGeomType()) in _MIXED
        if not self._mixed and ogr.GT_Flatten(self._layer.GetGeomType()) not in _SURFACES:
            raise self._no_polygons()
        self.crs = self._layer.GetSpatialRef()
        if self.crs is None:
            raise ParcelError(
                f"The {what} {self._title} has no coordinate reference system: assign the right one first."
            )
        definition = self._layer.GetLayerDefn()
        self.fields = [_plain_copy(definition.GetFieldDefn(i)) for i in range(definition.GetFieldCount())]
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

    def features(self) -> Iterator[ogr.Feature]:
        """Yield the features from the first.

        Raises:
            ParcelError: a feature to keep to is not in the layer.
        """
        if self._fids is not None:
            yield from self._chosen_features(self._fids)
            return
        self._layer.ResetReading()
        while (feature := self._layer.GetNextFeature()) is not None:
            yield feature

    def geometry_of(self, feature: ogr.Feature) -> ogr.Geometry | None:
        """Return a copy of the geometry as `geometry_type` wants it."""
        geometry = feature.GetGeometryRef()
        if geometry is None:
            return None
        return ogr.ForceToMultiPolygon(geometry.Clone()) if self._promote else geometry.Clone()

    def shapes(self, crs: osr.SpatialReference, feedback: Feedback) -> list[bytes | None]:
        """Return the WKB of every feature in another CRS, None where there is no geometry or it cannot go there.

        Raises:
            ParcelError: a layer of mixed geometries holds no polygon.
        """
        same = self.crs.IsSame(crs, ["IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES"])
        transformation = None if same else osr.CoordinateTransformation(self.crs, crs)
        count = max(self.count(), 1)
        shapes: list[bytes | None] = []
        astray, polygons = 0, 0
        with quiet():
            for number, feature in enumerate(self.features()):
                if number % CHECK_EVERY == 0:
                    feedback.check()
                    feedback.progress(min(number / count, 1.0))
                geometry = feature.GetGeometryRef()
                polygons += geometry is not None and _holds_polygon(geometry)
                wkb = None if geometry is None else wkb_in(geometry, transformation)
                astray += geometry is not None and wkb is None
                shapes.append(wkb)
        if self._mixed and shapes and not polygons:
            raise self._no_polygons()
        if astray:
            feedback.warning(f"{astray} of {len(shapes)} parcels lie beyond the CRS of the crop map: no label.")
        return shapes

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
            f"{count} feature{'s' if count > 1 else ''} of the {self._what} {self._title} went while the run was on: "
            "run again and leave the file alone."
        )

    def _chosen(self, path: str, name: str | None) -> ogr.Layer:
        layers = [self._dataset.GetLayer(i) for i in range(self._dataset.GetLayerCount())]
        if name:
            for layer in layers:
                if layer.GetName() == name:
                    return layer
            held = ", ".join(layer.GetName() for layer in layers) or "none"
            raise ParcelError(f"{path} has no layer {name}: choose one of its layers ({held}).")
        for kinds in (_SURFACES, _MIXED):
            for layer in layers:
                if ogr.GT_Flatten(layer.GetGeomType()) in kinds:
                    return layer
        raise ParcelError(f"The {self._what} {path} holds no polygons: choose a polygon layer.")

    def _no_polygons(self) -> ParcelError:
        return ParcelError(f"The {self._what} {self._title} holds no polygons: choose a polygon layer.")


def _holds_polygon(geometry: ogr.Geometry) -> bool:
    if ogr.GT_Flatten(geometry.GetGeometryType()) in _SURFACES:
        return True
    return any(_holds_polygon(geometry.GetGeometryRef(i)) for i in range(geometry.GetGeometryCount()))


def _plain_copy(field: ogr.FieldDefn) -> ogr.FieldDefn:
    """Return a definition without the rules of its old database, which may not hold in the new file."""
    copy = ogr.FieldDefn(field.GetName(), field.GetType())
    copy.SetSubType(field.GetSubType())
    copy.SetWidth(field.GetWidth())
    copy.SetPrecision(field.GetPrecision())
    copy.SetAlternativeName(field.GetAlternativeName())
    return copy
