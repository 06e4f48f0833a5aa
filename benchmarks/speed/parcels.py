"""Parcel labels against QGIS's own zonal histogram on the same map and parcels."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from crop_attention.benchmarks.parcels import chessboard, write_parcels, write_rasters, zonal_histogram
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import ParcelOptions
from crop_attention.engine.parcels.class_map import ClassMap
from crop_attention.engine.parcels.label import label_parcels
from crop_attention.engine.parcels.parcel_file import ParcelFile
from crop_attention.engine.parcels.table import label_parcel_file

from .table import Row

PIXELS_A_PARCEL = 100


def parcels(counts: tuple[int, ...], compared: int, scratch: Path) -> Iterator[Row]:
    """Yield parcels a second, counted alone and file to file, and of the zonal histogram up to `compared` parcels."""
    for count in counts:
        folder = scratch / f"parcels{count}"
        folder.mkdir()
        size = max(512, int((count * PIXELS_A_PARCEL) ** 0.5 / 0.8))
        crop_map, confidence = write_rasters(folder, size)
        file = write_parcels(folder / "parcels.gpkg", chessboard(count, size))
        out = str(folder / "labels.gpkg")
        bare = count / _seconds(partial(_counted, crop_map, file), count)
        whole = count / _seconds(
            partial(label_parcel_file, crop_map, file, None, confidence, out, ParcelOptions()), count
        )
        yield Row("parcels", f"{count:,} parcels, classes counted, nothing written", bare, "parcels/s")
        yield Row("parcels", f"{count:,} parcels labelled, file to file", whole, "parcels/s")
        work = zonal_histogram(crop_map, file) if count <= compared else None
        if work is not None:
            rate = count / _seconds(work, count)
            yield Row("parcels", f"{count:,} parcels, native:zonalhistogram", rate, "parcels/s", whole / rate,
                      f"as fast is ours file to file, {bare / rate:.2f} as fast its count alone")  # fmt: skip


def _counted(crop_map: str, file: str) -> None:
    """Do what the zonal histogram does and no more: no borders, no confidence, no file."""
    parcels = ParcelFile(file)
    parcels.read(ClassMap(crop_map).crs, Feedback())
    label_parcels(crop_map, parcels.shapes, None, ParcelOptions(leave_border=False))


def _seconds(work: Callable[[], object], count: int) -> float:
    """Return the median time of some runs; fewer of them for many parcels."""
    times = []
    for _ in range(max(1, min(5, 100_000 // count))):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)
