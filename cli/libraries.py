"""What libraries say of themselves stays away from whoever reads the terminal."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from osgeo import gdal


@contextmanager
def quiet_libraries(debug: bool = False) -> Iterator[None]:
    """Keep to themselves what GDAL, numpy and torch remark, unless somebody is looking for an error."""
    if debug:
        yield
        return
    with warnings.catch_warnings(), _own_errors():
        warnings.simplefilter("ignore")
        gdal.SetErrorHandler("CPLQuietErrorHandler")
        try:
            yield
        finally:
            gdal.SetErrorHandler("CPLDefaultErrorHandler")


@contextmanager
def _own_errors() -> Iterator[None]:
    """Leave standard error to Python alone.

    Under GDAL 3.10 and newer libtiff writes lines of its own to the descriptor where a file cannot grow, and no
    handler of GDAL hears of them.
    """
    usual = sys.stderr
    try:
        if usual.fileno() != 2:
            raise OSError
        kept = os.dup(2)
    except (AttributeError, OSError, ValueError):  # none, closed, or one that is caught
        yield
        return
    usual.flush()
    own = open(kept, "w", buffering=1, encoding=usual.encoding, errors=usual.errors)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    sys.stderr = own
    try:
        yield
    finally:
        sys.stderr = usual
        os.dup2(kept, 2)
        with suppress(OSError):  # whoever read it went away
            own.close()
