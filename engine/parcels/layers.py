"""Which layer of a vector file is meant: the one that is named, else the first that can be."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from osgeo import gdal, ogr

from ...models.language import tr
from ..errors import CropAttentionError
from .texts import field_name

SURFACES = (
    ogr.wkbPolygon,
    ogr.wkbMultiPolygon,
    ogr.wkbCurvePolygon,
    ogr.wkbMultiSurface,
    ogr.wkbSurface,
    ogr.wkbPolyhedralSurface,
    ogr.wkbTIN,
    ogr.wkbTriangle,
)
POINTS = (ogr.wkbPoint, ogr.wkbMultiPoint)
MIXED = (ogr.wkbUnknown, ogr.wkbGeometryCollection)
_LOOKED_AT = 1000
"""Features of a layer of any geometry that are looked at for one that fits."""
_NAMED = 8


def kind_of(layer: ogr.Layer) -> int:
    """Return the geometry type that a layer declares, without Z and M."""
    return ogr.GT_Flatten(layer.GetGeomType())


def holds(geometry: ogr.Geometry | None, kinds: tuple[int, ...]) -> bool:
    """Return whether a geometry is, or holds, one of these kinds."""
    if geometry is None:
        return False
    if ogr.GT_Flatten(geometry.GetGeometryType()) in kinds:
        return True
    return any(holds(geometry.GetGeometryRef(i), kinds) for i in range(geometry.GetGeometryCount()))


def choose_layer(
    dataset: gdal.Dataset,
    path: str,
    name: str | None,
    kinds: tuple[int, ...],
    complain: Callable[[str], CropAttentionError],
    field: str = "",
) -> tuple[ogr.Layer, str]:
    """Return the layer and, where others could have been meant, a sentence that names it and them.

    Empty layers, and layers of one feature beside others of many (frames, sheets), are taken only where there is no
    other; a layer with the wanted field is taken before one without.

    Args:
        dataset: the open file.
        path: of the file.
        name: of the layer; None or "" chooses.
        complain: makes the error where no layer holds such geometries.
        field: that the layer should have.

    Raises:
        CropAttentionError: as `complain` makes it; or there is no layer of the name.
    """
    layers = [dataset.GetLayer(i) for i in range(dataset.GetLayerCount())]
    if name:
        for layer in layers:
            if layer.GetName() == name:
                return layer, ""
        held = ", ".join(layer.GetName() for layer in layers) or "none"
        raise type(complain(""))(
            tr("{path} has no layer {name}: choose one of its layers ({held}).").format(path=path, name=name, held=held)
        )
    fit = [layer for layer in layers if kind_of(layer) in kinds]
    fit += [layer for layer in layers if kind_of(layer) in MIXED]
    if not fit:
        raise complain("")
    if len(fit) == 1:
        return fit[0], ""
    counts = {layer.GetName(): layer.GetFeatureCount() for layer in fit}
    crowd = any(count > 1 for count in counts.values())

    def worth(layer: ogr.Layer) -> tuple[bool, bool, bool, bool]:
        count = counts[layer.GetName()]
        if count == 0:
            return True, True, True, True
        lacks = bool(field) and field.casefold() not in _fields(layer)
        return False, not _fits(layer, kinds), lacks, crowd and count == 1

    ranks = [worth(layer) for layer in fit]
    best = min(ranks)
    chosen = fit[ranks.index(best)]
    others = [f"{layer.GetName()} ({_why(rank, best)})" for layer, rank in zip(fit, ranks) if layer is not chosen]
    shown = tr(", ").join(others[:_NAMED])
    shown += tr(" and {number} more").format(number=len(others) - _NAMED) if len(others) > _NAMED else ""
    return chosen, tr("Of the layers of {path}, {getname} is taken, not {shown}.").format(
        path=path, getname=chosen.GetName(), shown=shown
    )


def _why(rank: tuple[bool, ...], best: tuple[bool, ...]) -> str:
    empty, strange, lacks, frame = rank
    if rank == best:
        return tr("comes later")
    return (
        "empty"
        if empty
        else tr("other geometries")
        if strange
        else tr("without the field")
        if lacks
        else tr("one feature")
    )


def _fits(layer: ogr.Layer, kinds: tuple[int, ...]) -> bool:
    """Return whether a layer holds a geometry of these kinds, as far as its first features tell."""
    if kind_of(layer) in kinds:
        return True
    found = any(holds(feature.GetGeometryRef(), kinds) for feature in _first(layer))
    layer.ResetReading()
    return found


def _first(layer: ogr.Layer) -> Iterator[ogr.Feature]:
    layer.ResetReading()
    for _ in range(_LOOKED_AT):
        feature = layer.GetNextFeature()
        if feature is None:
            return
        yield feature


def _fields(layer: ogr.Layer) -> set[str]:
    definition = layer.GetLayerDefn()
    return {field_name(definition.GetFieldDefn(i), "").casefold() for i in range(definition.GetFieldCount())}
