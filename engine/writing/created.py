"""Vector files that GDAL writes: what it cannot write at their very end is an error too."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Sequence

from osgeo import gdal

gdal.UseExceptions()


@contextlib.contextmanager
def created(path: str, form: str, options: Sequence[str] = ()) -> Iterator[gdal.Dataset]:
    """Yield a new dataset and close it; its layers must not be used afterwards.

    Left to Python, the frames of an exception would keep the file open, which cannot be removed everywhere then; and
    what GDAL raises while it closes would be printed and forgotten, with half a file taken for a whole one: a full
    disk shows there where a format writes most at its end.

    Args:
        form: GDAL's name of the format.
        options: of its creation.

    Raises:
        RuntimeError: GDAL cannot write it.
    """
    target = gdal.GetDriverByName(form).Create(path, 0, 0, 0, gdal.GDT_Unknown, list(options))
    try:
        yield target
    except BaseException:
        with contextlib.suppress(RuntimeError):
            _close(target)
        raise
    _close(target)


def check_whole(path: str, count: int) -> None:
    """Raise OSError where a closed file does not hold so many features: GDAL's GeoJSON tells of no full disk at all."""
    try:
        dataset = gdal.OpenEx(path, gdal.OF_VECTOR | gdal.OF_READONLY)
        held = dataset.GetLayer(0).GetFeatureCount()
    except RuntimeError:
        held = -1
    if held != count:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def _close(dataset: gdal.Dataset) -> None:
    failures: list[str] = []
    gdal.PushErrorHandler(lambda level, _, text: failures.append(text) if level >= gdal.CE_Failure else None)
    try:
        if hasattr(dataset, "Close"):
            dataset.Close()
        else:  # before GDAL 3.8
            dataset.__swig_destroy__(dataset)
    except RuntimeError as error:
        failures.append(str(error))
    finally:
        dataset.this = None
        gdal.PopErrorHandler()
    if failures:
        raise RuntimeError(failures[0])
