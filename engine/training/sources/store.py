"""Where windows are kept: float16, pixel by pixel, in memory or in a few files mapped into memory."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import Sequence

import numpy as np

from ....models.language import tr
from ...errors import SampleError
from ...series.cube.cube import Cube
from ...writing.place import check_space, unwritable

IN_MEMORY = 2**30
"""Bytes of windows that are held in memory; more go to files."""

_MEGABYTE = 2**20
LARGEST = 60_000.0
"""float16 ends at 65,504."""

_FILES = (("s2", np.float16), ("s2_valid", np.bool_), ("s1", np.float16), ("s1_valid", np.bool_))


class WindowStore:
    """Takes cubes one after the other; few large arrays hold them, so that few files are open.

    All numbers of a pixel lie together, which makes cutting and turning patches several times faster; the cubes look
    the same from outside.

    Attributes:
        mapped: whether the arrays lie in files.
    """

    def __init__(
        self,
        shapes: Sequence[tuple[int, ...]],
        steps: int,
        s2_bands: int,
        s1_bands: int,
        cache: Path | None,
        limit: int = IN_MEMORY,
    ) -> None:
        """Make room for all cubes.

        Args:
            shapes: rows and columns of each cube, in the order they will be kept.
            cache: folder of the files; needed when the cubes take more than `limit` bytes.

        Raises:
            SampleError: the cubes are too large for memory and no folder is given.
            OutputError: the disk of the folder is too full.
        """
        self._steps, self._bands = steps, (s2_bands, 1, s1_bands, 1)
        pixels = sum(height * width for height, width in shapes)
        sizes = [pixels * steps * bands for bands in self._bands]
        total = sum(size * np.dtype(kind).itemsize for size, (_, kind) in zip(sizes, _FILES))
        self.mapped = total > limit
        self._paths: list[Path] = []
        self._used = 0
        if not self.mapped:
            self._arrays = [np.zeros(size, kind) for size, (_, kind) in zip(sizes, _FILES)]
            return
        if cache is None:
            raise SampleError(
                tr("The labelled windows take {total:,.0f} MB: give a folder for them, or fewer parcels.").format(
                    total=total / _MEGABYTE
                )
            )
        cache.mkdir(parents=True, exist_ok=True)
        check_space({cache: total / _MEGABYTE})
        self._paths = [cache / f"windows_{name}.npy" for name, _ in _FILES]
        self._arrays = [
            np.lib.format.open_memmap(path, "w+", dtype=kind, shape=(size,)) if size else np.zeros(0, kind)
            for path, size, (_, kind) in zip(self._paths, sizes, _FILES)
        ]
        try:
            for path in self._paths:
                take_room(path)
        except OSError as error:
            self.discard()
            raise unwritable(path, error) from error

    def keep(self, cube: Cube, shape: tuple[int, ...]) -> Cube:
        """Copy a cube into the store and return it as it is kept.

        Args:
            cube: (T, bands, H, W); a sensor may be None and is then kept as missing.
            shape: H and W.
        """
        kept = []
        parts = (cube.s2, cube.s2_valid, cube.s1, cube.s1_valid)
        pixels = shape[0] * shape[1]
        for array, bands, part, (name, _) in zip(self._arrays, self._bands, parts, _FILES):
            size = pixels * self._steps * bands
            start = self._used * self._steps * bands
            layers = () if name.endswith("valid") else (bands,)
            place = as_cube(array[start : start + size].reshape(*shape, self._steps, *layers))
            if part is not None:
                place[...] = part
            kept.append(place)
        self._used += pixels
        return Cube(*kept)

    def flush(self) -> None:
        """Write what is not on disk yet."""
        for array in self._arrays:
            if isinstance(array, np.memmap):
                array.flush()

    def discard(self) -> None:
        """Remove the files; the cubes must not be used afterwards."""
        self._arrays = []
        for path in self._paths:
            with contextlib.suppress(OSError):
                path.unlink()


def take_room(path: Path) -> None:
    """Have the disk hold all of a file that is written by memory: a disk that is full then would end the process.

    Raises:
        OSError: there is no room.
    """
    if path.exists() and hasattr(os, "posix_fallocate"):
        with open(path, "r+b") as file:
            try:
                os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
            except OSError as error:
                if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # file systems that cannot
                    raise


def as_cube(pixels: np.ndarray) -> np.ndarray:
    """Return (H, W, T, ...) as a view (T, ..., H, W)."""
    return np.moveaxis(pixels, (0, 1), (-2, -1))


def bounded(cube: Cube) -> Cube:
    """Bring the values of a fresh cube, in place, into the range of float16; return it."""
    for values in (cube.s2, cube.s1):
        if values is not None:
            np.clip(values, -LARGEST, LARGEST, out=values)
    return cube
