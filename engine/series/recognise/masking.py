"""Masks of Sentinel-2 files: what their numbers mean, as the distributors' records and the options say."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Mapping

from ....models.language import N_
from ...options import SeriesOptions
from ..acquisition import BITS, CLASSES, CLEARNESS, DATA, FLAG, PROBABILITY, BitTest, MaskSource

DATA_MASK = "DATAMASK"
SCL, CLOUD_MASK, QA60, OA_FMASK, FMASK = "SCL", "CLM", "QA60", "OA_FMASK", "FMASK"
CLOUD_SCORE, CLOUD_PERCENT, CLOUD_BYTE = "CS_CDF", "CLDPRB", "CLP"
CLOUDLESS, OPAQUE, CIRRUS = "CLOUDLESS_MASK", "MSK_CLASSI_OPAQUE", "MSK_CLASSI_CIRRUS"

IN_RECORDS = (N_("layover and shadow"), N_("FORCE quality bits (QAI)"))
"""Titles that stand in the distributors' records, marked for translation."""

SCENE_CLASSES = tuple(range(12))
"""Codes of ESA's scene classification; others tell of a resampled or damaged one."""

SCL_TITLE = N_("scene classification (SCL)")
SCL_MASK = MaskSource(
    CLASSES,
    "",
    0,
    hide=SeriesOptions.masked_scl,
    margin=SeriesOptions.margin_scl,
    known=SCENE_CLASSES,
    title=SCL_TITLE,
)

CLEAR_SCORE = 0.6
"""Cloud Score+ from which a pixel is clear, as Earth Engine's catalogue advises for GOOGLE/CLOUD_SCORE_PLUS."""

CLOUDY = 0.4
"""Probability of cloud above which a pixel is hidden: the threshold that s2cloudless comes with."""

MEANINGS: Mapping[str, MaskSource] = {
    SCL: SCL_MASK,
    CLOUD_MASK: MaskSource(FLAG, "", 0, title=N_("cloud mask")),
    OA_FMASK: MaskSource(
        CLASSES, "", 0, hide=(0, 4), margin=(2, 3), known=(0, 1, 2, 3, 4, 5), title=N_("Fmask classes")
    ),
    FMASK: MaskSource(CLASSES, "", 0, hide=(0, 4), margin=(2, 3), known=(0, 1, 2, 3, 4, 5, 255), title="Fmask"),
    CLOUD_SCORE: MaskSource(CLEARNESS, "", 0, threshold=CLEAR_SCORE, title="Cloud Score+"),
    CLOUDLESS: MaskSource(CLEARNESS, "", 0, threshold=1.0, title=CLOUDLESS),
    DATA_MASK: MaskSource(DATA, "", 0, title="dataMask"),
    OPAQUE: MaskSource(FLAG, "", 0, title=OPAQUE),
    CIRRUS: MaskSource(FLAG, "", 0, title=CIRRUS),
    CLOUD_PERCENT: MaskSource(PROBABILITY, "", 0, threshold=100 * CLOUDY, title=N_("cloud probability")),
    CLOUD_BYTE: MaskSource(PROBABILITY, "", 0, threshold=255 * CLOUDY, title=N_("cloud probability (CLP)")),
    QA60: MaskSource(
        BITS,
        "",
        0,
        margin_bits=(BitTest(1 << 10, (1 << 10,)), BitTest(1 << 11, (1 << 11,))),
        title=N_("cloud bits (QA60)"),
    ),
}
"""Masks whose names are alike everywhere; records add those of their distributor."""

MASK_LIKE = re.compile(
    r"(cloud_?)?prob|clouds?(_?mask)?|(cloud|clear|valid)_?mask|mask|clear|valid",
    re.IGNORECASE,
)
"""Descriptions of bands that seem to hide cloud, and whose numbers mean what only their maker knows."""

FMASK_READINGS = (
    MaskSource(
        BITS,
        "",
        0,
        hide_bits=(BitTest(16, (16,)),),
        margin_bits=tuple(BitTest(bit, (bit,)) for bit in (2, 4, 8)),
        title=N_("Fmask bits (HLS)"),
    ),
    MaskSource(CLASSES, "", 0, hide=(2, 3, 255), margin=(4,), known=(0, 1, 2, 3, 4, 255), title="Fmask 4"),
)
"""What else the numbers of a band that is just called Fmask may be: bits as those of HLS, classes that call clear 0."""

MASKS = tuple(MEANINGS)
BEST_FIRST = (SCL, CLOUDLESS, CLOUD_MASK, OA_FMASK, FMASK, CLOUD_SCORE, CLOUD_PERCENT, CLOUD_BYTE)
"""One of these says all; the others of a file are not needed beside it."""


def placed(meaning: MaskSource, path: str, band: int, options: SeriesOptions | None = None) -> MaskSource:
    """Return a mask at its place; the options say which classes of a scene classification hide."""
    if meaning == SCL_MASK and options is not None:
        meaning = replace(meaning, hide=options.masked_scl, margin=options.margin_scl)
    return replace(meaning, path=path, band=band)
