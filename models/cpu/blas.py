"""NumPy's own BLAS by a handle: its product that adds to what is there, and how many threads it may use.

Where another library brought a `cblas_sgemm` into the process first, NumPy is bound to that one. QGIS on Debian and
Ubuntu is such a case: libqgis_analysis needs GSL, whose CBLAS is plain C, and products are then ten times slower. A
name that is asked of the library itself is always its own.

An OpenBLAS that is older than the processor takes the oldest of its kernels, a fifth as fast (0.3.21 of Debian 12 on
Xeons of 2023). A copy of it, told which kernels the processor has, is then loaded beside it.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Callable, Iterator, Optional

import numpy as np

ROW_MAJOR, AS_IT_IS = 101, 111
FOREIGN = ("gsl", "nvblas", "cublas")
"""Parts of the names of libraries that are no ordinary BLAS."""

OLDEST = b"Prescott"
"""Kernels that OpenBLAS takes for a processor that it does not know."""

CORES = {"SkylakeX": {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}, "Haswell": {"avx2", "fma"}}
"""Kernels of OpenBLAS, the fastest first, and what a processor must have for them."""

Sgemm = Optional[Callable[..., None]]


@dataclass(frozen=True)
class Library:
    """A BLAS in this process.

    Attributes:
        path: its file.
        sgemm: `cblas_sgemm`; None where it has none under a name that is known.
        threads: returns how many threads it uses; None where it cannot tell.
        set_threads: takes how many threads it may use.
        core: which kernels it has chosen; empty where it cannot tell.
    """

    path: str
    sgemm: Sgemm = None
    threads: Callable[[], int] | None = None
    set_threads: Callable[[int], None] | None = None
    core: bytes = b""


@cache
def libraries() -> tuple[Library, ...]:
    """Return the BLAS libraries of this process: a copy with better kernels first, then those that lie beside NumPy."""
    home = str(Path(np.__file__).resolve().parent)
    places = sorted(_places(), key=lambda path: (not path.startswith(home), path))
    found = [library for library in map(_open, places) if library is not None]
    old = [library for library in found if library.sgemm is not None and library.core == OLDEST]
    # Debian's libblas.so.3 hands on to OpenBLAS, which is the larger file.
    better = _better(max(old, key=lambda library: os.path.getsize(library.path))) if old else None
    return (*([] if better is None else [better]), *found)


def core_of(flags: set[str]) -> str:
    """Return the fastest kernels for a processor that has `flags`; empty for none but the oldest."""
    return next((core for core, needed in CORES.items() if needed <= flags), "")


def _flags() -> set[str]:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return set()
    return set(next((line for line in text.splitlines() if line.startswith("flags")), "").split())


def _better(library: Library) -> Library | None:
    """Return a copy of a library with the kernels of this processor; None where there are none or it cannot be had."""
    core = core_of(_flags())
    if not core or "OPENBLAS_CORETYPE" in os.environ:
        return None
    told = {"OPENBLAS_CORETYPE": core, "OPENBLAS_NUM_THREADS": "1"}
    before = {name: os.environ.get(name) for name in told}
    try:
        with tempfile.TemporaryDirectory(prefix="crop_attention_blas_") as folder:
            path = shutil.copy(library.path, folder)
            os.environ.update(told)
            found = _open(path, ctypes.DEFAULT_MODE | getattr(os, "RTLD_DEEPBIND", 0))
    except OSError:
        return None
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})
    return found if found is not None and found.core not in (OLDEST, b"") else None


def sgemm_of_numpy() -> Sgemm:
    """Return `cblas_sgemm` of the first library that has one."""
    return next((library.sgemm for library in libraries() if library.sgemm is not None), None)


def multiply(sgemm: Callable[..., None], matrix: np.ndarray, x: np.ndarray, out: np.ndarray, add: bool) -> None:
    """Put matrix times x into `out`, or add it.

    Args:
        matrix: (o, k) float32 in C order.
        x: (..., k, n) float32 with its last axis side by side; at most one axis before.
        out: (..., o, n), likewise.
        add: keep what is in `out` and add.
    """
    # Transposed views come too; what is side by side is not copied.
    matrix = np.ascontiguousarray(matrix)
    x = x if x.strides[-1] == 4 else np.ascontiguousarray(x)
    rows, inner = matrix.shape
    columns, first, target, beta = x.shape[-1], x.ctypes.data, out.ctypes.data, float(add)
    step, step_out, count = (x.strides[0], out.strides[0], len(x)) if x.ndim == 3 else (0, 0, 1)
    left, row, row_out = matrix.ctypes.data, x.strides[-2] // 4, out.strides[-2] // 4
    for _ in range(count):
        sgemm(ROW_MAJOR, AS_IT_IS, AS_IT_IS, rows, columns, inner, 1.0, left, inner, first, row, beta, target, row_out)
        first += step
        target += step_out


class _Hold:
    """Several runs may hold BLAS at one thread; the last of them gives it back what the first found."""

    def __init__(self) -> None:
        self.lock, self.users = threading.Lock(), 0
        self.before: list[Any] = []

    def enter(self) -> None:
        with self.lock:
            if not self.users:
                self.before = [(found, found.threads()) for found in libraries() if found.threads and found.set_threads]
                for library, _ in self.before:
                    library.set_threads(1)
            self.users += 1

    def leave(self) -> None:
        with self.lock:
            self.users -= 1
            if not self.users:
                for library, count in self.before:
                    library.set_threads(count)


_HOLD = _Hold()


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold BLAS at one thread: blocks are shared among threads already, and the two kinds wait for each other."""
    _HOLD.enter()
    try:
        yield
    finally:
        _HOLD.leave()


def _places() -> set[str]:
    """Return the files of the libraries; NumPy loaded them when it was imported."""
    package = Path(np.__file__).resolve().parent
    folders = (package.parent / "numpy.libs", package / ".libs", package / ".dylibs")
    found = {str(path) for folder in folders if folder.is_dir() for path in folder.iterdir() if _is_blas(path.name)}
    if sys.platform.startswith("linux"):
        try:
            with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as file:
                lines = file.read().splitlines()
        except OSError:
            lines = []
        paths = (line.split(maxsplit=5)[5] for line in lines if line.count("/"))
        found |= {path for path in paths if _is_blas(os.path.basename(path)) and os.path.isfile(path)}
    return found


def _is_blas(name: str) -> bool:
    name = name.lower()
    library = ".so" in name or name.endswith((".dll", ".dylib"))
    return library and "blas" in name and not any(part in name for part in FOREIGN)


def _open(path: str, mode: int = ctypes.DEFAULT_MODE) -> Library | None:
    try:
        library = ctypes.CDLL(path, mode=mode)
    except OSError:
        return None
    sgemm, wide = _named(library, "cblas_sgemm")
    if sgemm is not None:
        whole, address, number = ctypes.c_int64 if wide else ctypes.c_int, ctypes.c_void_p, ctypes.c_float
        places = [number, address, whole, address, whole, number, address, whole]
        sgemm.argtypes, sgemm.restype = [ctypes.c_int] * 3 + [whole] * 3 + places, None
    threads, _ = _named(library, "openblas_get_num_threads")
    set_threads, _ = _named(library, "openblas_set_num_threads")
    if set_threads is not None:
        set_threads.argtypes, set_threads.restype = [ctypes.c_int], None
    core, _ = _named(library, "openblas_get_corename")
    if core is not None:
        core.restype = ctypes.c_char_p
    return Library(path, sgemm, threads, set_threads, b"" if core is None else core())


def _named(library: ctypes.CDLL, name: str) -> tuple[Any, bool]:
    """Return a function of a library, and whether it counts in 64 bits; NumPy's own wheels decorate the names."""
    for prefix in ("", "scipy_"):
        for suffix in ("", "64_"):
            found = getattr(library, f"{prefix}{name}{suffix}", None)
            if found is not None:
                return found, bool(suffix)
    return None, False
