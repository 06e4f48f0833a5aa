"""The job 'Label parcels' on one file, for tests."""

from __future__ import annotations

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.jobs.label import LabelRequest, label
from crop_attention.engine.options import ParcelOptions
from crop_attention.engine.parcels.parcel_file import ParcelFile


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
