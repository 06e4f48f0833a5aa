"""Figures that others published on PASTIS, to stand beside what was measured here."""

from __future__ import annotations

from typing import NamedTuple

FIVE_FOLDS = "the five official folds"


class Published(NamedTuple):
    """One published result.

    Attributes:
        name: of the system.
        system: the same system here, "" where this comparison has none.
        site: data set here that fits best.
        oa, miou: percent; None where it was not published.
        protocol: how it was judged.
        source: where it stands.
    """

    name: str
    system: str
    site: str
    oa: float | None
    miou: float | None
    protocol: str
    source: str


PUBLISHED = (
    Published("U-TAE", "utae", "pastis", 83.2, 63.1, FIVE_FOLDS, "Garnot and Landrieu 2021, arXiv 2107.07933"),
    Published("3D U-Net", "unet3d", "pastis", 81.3, 58.4, FIVE_FOLDS, "Garnot and Landrieu 2021, arXiv 2107.07933"),
    Published("TSViT", "", "pastis", 83.4, 65.4, FIVE_FOLDS, "Tarasiou et al. 2023, arXiv 2301.04944"),
    Published("U-TAE, late fusion", "utae", "pastis_r", 84.2, 66.3, FIVE_FOLDS, "Garnot et al. 2022, arXiv 2112.07558"),
    Published(
        "Attention-3DCNN, as its paper gives it",
        "attention_3dcnn",
        "pastis_r",
        97.5,
        None,
        "not said",
        "Smart Agriculture 2026, DOI 10.12133/j.smartag.SA202510010",
    ),
)
