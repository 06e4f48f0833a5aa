"""Masks of Sentinel-2 files: what their numbers mean, as the distributors' records and the options say."""

from __future__ import annotations

from ...options import SeriesOptions
from ..acquisition import CLASSES, MaskSource

SCENE_CLASSES = tuple(range(12))
"""Codes of ESA's scene classification; others tell of a resampled or damaged one."""

SCL_TITLE = "scene classification (SCL)"


def scene_classification(path: str, band: int, options: SeriesOptions | None = None) -> MaskSource:
    """Return ESA's scene classification, hiding the classes that the options name."""
    options = options or SeriesOptions()
    return MaskSource(
        CLASSES,
        path,
        band,
        hide=options.masked_scl,
        margin=options.margin_scl,
        known=SCENE_CLASSES,
        title=SCL_TITLE,
    )
