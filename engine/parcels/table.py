"""A parcel file in, the same file with labels out, without QGIS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...models.language import tr
from ..errors import ParcelError
from ..feedback import Feedback, Part
from ..options import ParcelOptions
from ..writing.guard import refuse_overwriting
from ..writing.outputs import PendingOutputs
from ..writing.vector import form_of
from .class_map import ClassMap, legend_of
from .label import ParcelLabels, label_parcels
from .layer import Parcels
from .parcel_file import ParcelFile
from .provenance import describe_labels


def label_parcel_file(
    crop_map: str,
    parcels_path: str,
    layer: str | None = None,
    confidence: str | None = None,
    out_path: str = "",
    options: ParcelOptions | None = None,
    feedback: Feedback | None = None,
    provenance: Mapping[str, str] | None = None,
    fids: Sequence[int] | None = None,
    encoding: str = "",
    scratch: str | None = None,
) -> ParcelLabels:
    """Write a copy of a parcel layer with the fields of `PARCEL_FIELDS` added.

    Every feature, geometry and attribute of the analyst is kept as it is, in its own CRS; parcels of another CRS are
    transformed to that of the crop map for labelling only. The copy appears whole or not at all.

    Args:
        crop_map: raster of class codes whose category names are the legend.
        parcels_path: any vector file that GDAL reads.
        layer: its name in the file; None takes the first layer with polygons.
        confidence: raster of percent on the grid of the crop map.
        out_path: .gpkg, .shp, .geojson, .fgb or .parquet.
        options: border and smallest number of pixels.
        provenance: where the labels come from; None describes map, parcels and options.
        fids: the features to label and copy, in the order of the layer; None takes all.
        encoding: of the text of the parcels; "" takes what the file says.
        scratch: folder for what is passing; None takes the system's.

    Raises:
        ParcelError: the layer cannot be read, has no CRS or no polygon, or the rasters do not fit.
        OutputError: the copy cannot be written.
    """
    form_of(out_path)
    refuse_overwriting([crop_map, parcels_path, confidence], [out_path])
    parcels = ParcelFile(parcels_path, layer, fids, encoding, scratch)
    tags = describe_labels(crop_map, parcels_path, layer or "", options) if provenance is None else provenance
    return label_layer(parcels, crop_map, confidence or "", out_path, options, feedback, tags)[0]


def label_layer(
    parcels: Parcels,
    crop_map: str,
    confidence: str,
    place: str,
    options: ParcelOptions | None,
    feedback: Feedback | None,
    tags: Mapping[str, str],
) -> tuple[ParcelLabels, str]:
    """Label a layer, whoever reads and writes it; return the labels and where they were written.

    Raises:
        ParcelError: the layer cannot be read, or the rasters do not fit.
        OutputError: the copy cannot be written.
        Cancelled: the analyst asked to stop; nothing is left.
    """
    options, feedback = options or ParcelOptions(), feedback or Feedback()
    class_map = ClassMap(crop_map, confidence or None, any_codes=True)
    if class_map.crs is None:
        raise ParcelError(
            tr("The crop map {crop_map} has no coordinate reference system: assign one first.").format(
                crop_map=crop_map
            )
        )
    legend = legend_of(crop_map)
    try:
        with PendingOutputs(protected=[crop_map, *parcels.files, *([confidence] if confidence else [])]) as outputs:
            parcels.read_in(class_map.crs, Part(feedback, 0.0, 0.15))
            parcels.reserve(outputs, place)
            labels = label_parcels(class_map, parcels.shapes, None, options, Part(feedback, 0.15, 0.75))
            written = parcels.write(labels, legend, tags, Part(feedback, 0.75, 1.0))
            outputs.commit()
    except BaseException:
        parcels.discard()
        raise
    feedback.progress(1.0)
    return labels, written
