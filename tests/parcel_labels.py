"""Labels of parcels for tests: options, what a run is told, the job on one file, and the file read back."""

from __future__ import annotations

from pathlib import Path

from osgeo import gdal

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.jobs.label import LabelRequest, label
from crop_attention.engine.options import ParcelOptions
from crop_attention.engine.parcels.parcel_file import ParcelFile

ALL_PIXELS = ParcelOptions(leave_border=False, min_pixels=1)
INNER_PIXELS = ParcelOptions(leave_border=True, min_pixels=1)
LABEL_OPTIONS = ParcelOptions(leave_border=False, min_pixels=5)
LABEL_FIELDS = [
    "crop_code",
    "crop_name",
    "crop_share",
    "runner_up",
    "runner_share",
    "confidence",
    "pixels",
    "few_pixels",
]


class Notes(Feedback):
    """Remembers what it is told."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.fractions: list[float] = []
        self.warnings: list[str] = []
        self.infos: list[str] = []
        self.stop_after = stop_after
        self.looks = 0

    def progress(self, fraction: float) -> None:
        self.fractions.append(fraction)

    def info(self, message: str) -> None:
        self.infos.append(message)

    def warning(self, message: str) -> None:
        self.warnings.append(message)

    def cancelled(self) -> bool:
        self.looks += 1
        return self.stop_after is not None and self.looks > self.stop_after


def label_parcel_file(
    crop_map: str,
    parcels: str,
    layer: str | None = None,
    confidence: str = "",
    out_path: str = "",
    options: ParcelOptions | None = None,
    feedback: Feedback | None = None,
    encoding: str = "",
) -> None:
    """Write a copy of a parcel file with labels."""
    source = ParcelFile(parcels, layer, None, encoding)
    label(LabelRequest(crop_map, source, out_path, confidence, options or ParcelOptions()), feedback)


def read_features(path: str | Path) -> tuple[list[str], list[dict], list[str | None]]:
    """Return field names, attributes and WKT of all features."""
    dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR)
    layer = dataset.GetLayer(0)
    names = [layer.GetLayerDefn().GetFieldDefn(i).GetName() for i in range(layer.GetLayerDefn().GetFieldCount())]
    features = list(layer)
    values = [{**{name: feature[name] for name in names}, "FID": feature.GetFID()} for feature in features]
    shapes = [feature.GetGeometryRef().ExportToIsoWkt() if feature.GetGeometryRef() else None for feature in features]
    return names, values, shapes
