"""Where an output comes from: version, checkpoint, inputs, season, device."""

from __future__ import annotations

import configparser
import hashlib
import os
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from osgeo import gdal

from ..models.language import counted, tr
from .paths import file_of

if TYPE_CHECKING:
    from .series.preprocessing.prepared import PreparedSeries

gdal.UseExceptions()

OWN_TAG = "CROP_ATTENTION_VERSION"
OWN_SOFTWARE = "Crop Attention"
"""Under processing:software of a STAC item."""

LARGEST_ITEM = 4_000_000
ROOT = Path(__file__).resolve().parent.parent
DEVICE_TAG = "DEVICE"
_THREADS = re.compile(r", (\d+) threads?(?=$|, then )")
"""How many threads worked changes no pixel, and one county has other workers than the next."""
_FORM = re.compile(r"NumPy with[^()]*")
"""How NumPy multiplied (`models/cpu/products.py`)."""


def version() -> str:
    """Return the version in metadata.txt, its one home."""
    metadata = configparser.ConfigParser(interpolation=None)
    metadata.read(ROOT / "metadata.txt", encoding="utf-8")
    return metadata.get("general", "version", fallback="unknown")


def now() -> str:
    """Return the time in UTC, ISO 8601 to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def carries_own_tags(tags: Mapping[str, str]) -> bool:
    """Return whether the tags of a raster say that Crop Attention wrote it; no series is read from such a file."""
    return OWN_TAG in tags


def is_own_output(path: str) -> bool:
    """Return whether a file is a raster, or describes rasters, that Crop Attention wrote."""
    if path.lower().endswith(".json"):
        try:
            return f'"{OWN_SOFTWARE}": "' in Path(path).read_text(encoding="utf-8")[:LARGEST_ITEM]
        except (OSError, UnicodeDecodeError):
            return False
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        dataset = gdal.OpenEx(path, gdal.OF_RASTER | gdal.OF_READONLY, allowed_drivers=["GTiff"])
        return dataset is not None and carries_own_tags(dataset.GetMetadata() or {})
    except RuntimeError:
        return False
    finally:
        gdal.PopErrorHandler()


def device_tag(label: str) -> str:
    """Return where a network ran, without the number of threads."""
    return _THREADS.sub("", label)


def device_in_words(label: str) -> str:
    """Return where a network ran, for people."""
    label = _FORM.sub(lambda found: tr(found[0]), label)
    return _THREADS.sub(lambda found: tr(", {threads}").format(threads=counted(int(found[1]), "thread")), label)


def describe_run(
    prepared: PreparedSeries, checkpoint: str, sha256: str, device: str, created: str = ""
) -> dict[str, str]:
    """Return what every output of a run carries, as tag -> text.

    Args:
        prepared: the series, with the options they were read with.
        checkpoint: name of the checkpoint.
        sha256: of its file.
        created: time of the run, ISO 8601; empty for now.
    """
    options = vars(prepared.options)
    tags = {
        OWN_TAG: version(),
        "CHECKPOINT": checkpoint,
        "CHECKPOINT_SHA256": sha256,
        DEVICE_TAG: device_tag(device),
        "SEASON": f"{prepared.placed.start.isoformat()}, {prepared.card.season.steps} steps of "
        f"{prepared.card.season.days} days",
        "OPTIONS": ", ".join(f"{name}={value}" for name, value in sorted(options.items())),
        "CREATED": created or now(),
    }
    for series in (prepared.s2, prepared.s1):
        if series is not None:
            files = series.files()
            tags[f"{series.sensor}_FILES"] = str(len(files))
            tags[f"{series.sensor}_DIGEST"] = digest_of(files)
    return tags


OF_THE_RASTER = ("CLASS_NAMES", "AREA_OR_POINT")
"""Tags that describe a raster itself, not where it comes from."""


def derived_tags(path: str) -> dict[str, str]:
    """Return what a product made of a raster carries: where the raster comes from, and who made the product when."""
    found = gdal.Open(path).GetMetadata() or {}
    kept = {name: text for name, text in found.items() if name not in OF_THE_RASTER}
    return {**kept, "MADE_FROM": os.path.basename(path), "CROP_ATTENTION_VERSION": version(), "CREATED": now()}


def digest_of(files: tuple[str, ...]) -> str:
    """SHA-256 over names, sizes and times of change: enough to notice another input, cheap for a thousand files."""
    digest = hashlib.sha256()
    for path in files:
        size, changed = 0, 0
        place = file_of(path)
        if os.path.exists(place):
            status = os.stat(place)
            size, changed = status.st_size, int(status.st_mtime)
        digest.update(f"{os.path.basename(path)}|{size}|{changed}\n".encode())
    return digest.hexdigest()
