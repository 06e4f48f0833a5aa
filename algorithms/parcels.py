"""The analyst's parcel layer, opened and checked, and geometries of QGIS as the engine takes them."""

from __future__ import annotations

import os
from pathlib import Path

from osgeo import gdal
from qgis.core import (
    QgsCoordinateTransform,
    QgsCsException,
    QgsGeometry,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeatureSource,
    QgsWkbTypes,
)

from ..engine.errors import ParcelError
from ..engine.jobs.label import ParcelSource
from .base import tr
from .inputs import Reader
from .values import Values

gdal.UseExceptions()

CHECK_EVERY = 1000
KEY = "fid"
UNDEFINED = "Undefined"
"""How a GeoPackage calls the CRS of a layer that was written without one; QGIS takes it for a valid one."""


class ParcelLayer:
    """A parcel layer of a parameter.

    Attributes:
        name: what messages call the layer.
        source: where its features come from, in their own CRS.
    """

    def __init__(self, source: QgsProcessingFeatureSource, name: str = "") -> None:
        """Keep a source that was read in prepareAlgorithm."""
        self.source, self.name = source, name or source.sourceName()

    @classmethod
    def read(
        cls,
        algorithm: QgsProcessingAlgorithm,
        values: Values,
        key: str,
        context: QgsProcessingContext,
        what: str = "",
    ) -> ParcelLayer | None:
        """Open the layer of a parameter; None where the analyst gave none.

        Args:
            algorithm, values, key, context: where the layer comes from.
            what: messages call it; "" for a parcel layer.

        Raises:
            ParcelError: the layer cannot be opened, or has no CRS, no features or no polygons.
        """
        called = what
        what = what or tr("parcel layer")
        if not Reader(algorithm, values, context).given(key):
            return None
        source = algorithm.parameterAsSource(values, key, context)
        value = values.get(key)
        plain = isinstance(value, str) and os.path.isfile(value)
        if source is None:
            if plain:
                ParcelSource(value, what=what)  # says what is the matter with the file
            raise ParcelError(tr("The {} '{}' cannot be opened; choose a layer of polygons.").format(what, value))
        name = source.sourceName()
        if plain and layers_in(value) > 1:
            # QGIS takes the first layer, whatever it holds; the engine chooses and says which.
            return cls(source, Path(ParcelSource(value, what=called or "parcel layer").path).stem)
        kind = QgsWkbTypes.geometryType(source.wkbType())
        mixed = kind == QgsWkbTypes.GeometryType.UnknownGeometry
        if kind != QgsWkbTypes.GeometryType.PolygonGeometry and not mixed:
            if plain:
                ParcelSource(value, what=called or tr("parcel layer"))
                return cls(source)
            raise ParcelError(tr("The {} '{}' contains no polygons; choose a layer of polygons.").format(what, name))
        crs = source.sourceCrs()
        if not crs.isValid() or crs.description().startswith(UNDEFINED):
            raise ParcelError(tr("The {} '{}' has no CRS; set it in the properties of the layer.").format(what, name))
        if source.featureCount() == 0:
            raise ParcelError(tr("The {} '{}' is empty; choose another or leave it out.").format(what, name))
        return cls(source)


def layers_in(path: str) -> int:
    """Return how many layers a vector file has, 0 where it cannot be opened."""
    try:
        return gdal.OpenEx(path, gdal.OF_VECTOR).GetLayerCount()
    except RuntimeError:
        return 0


def flat_wkb(geometry: QgsGeometry, transform: QgsCoordinateTransform) -> bytes | None:
    """Return WKB without curves, Z and M in the CRS of the map, None where that cannot be."""
    flat = QgsGeometry(geometry)
    flat.convertToStraightSegment()
    flat.get().dropZValue()
    flat.get().dropMValue()
    try:
        flat.transform(transform)
    except QgsCsException:
        return None
    if not flat.boundingBox().isFinite():
        return None
    return bytes(flat.asWkb())
