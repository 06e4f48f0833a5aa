"""Parcel labels against QGIS's own zonal histogram on the same map and parcels."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Iterator

from crop_attention.benchmarks.parcels import chessboard, write_parcels, write_rasters, zonal_histogram
from crop_attention.engine.options import ParcelOptions
from crop_attention.engine.parcels.table import label_parcel_file

from .table import Row

PIXELS_A_PARCEL = 100


def parcels(counts: tuple[int, ...], compared: int, scratch: Path) -> Iterator[Row]:
    """Yield parcels a second, file to file, and of the zonal histogram up to `compared` parcels."""
    for count in counts:
        folder = scratch / f"parcels{count}"
        folder.mkdir()
        size = max(512, int((count * PIXELS_A_PARCEL) ** 0.5 / 0.8))
        crop_map, confidence = write_rasters(folder, size)
        file = write_parcels(folder / "parcels.gpkg", chessboard(count, size))
        began = time.perf_counter()
        label_parcel_file(crop_map, file, None, confidence, str(folder / "labels.gpkg"), ParcelOptions())
        ours = count / (time.perf_counter() - began)
        yield Row("parcels", f"{count:,} parcels labelled, file to file", ours, "parcels/s")
        work = zonal_histogram(crop_map, file) if count <= compared else None
        if work is not None:
            began = time.perf_counter()
            work()
            rate = count / (time.perf_counter() - began)
            yield Row("parcels", f"{count:,} parcels, native:zonalhistogram", rate, "parcels/s", ours / rate,
                      "as fast is ours")  # fmt: skip
