"""PASTIS and PASTIS-R by the official protocol: five runs, whole patches, background a class, void ignored."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from crop_attention.engine.training.dataset import Dataset
from crop_attention.engine.training.sources.pastis import S1_BANDS, S2_BANDS, read_pastis, split_official
from crop_attention.engine.training.sources.pastis_folder import PastisFolder
from crop_attention.tools.checkpoints.pretrain import SEASON

from ..plan import MARGIN
from .ground import Ground


def sites_of(folder: Path | None) -> tuple[str, ...]:
    """Return the sites that a folder can judge: PASTIS, and PASTIS-R where there is radar."""
    if folder is None:
        return ()
    return ("pastis", "pastis_r") if PastisFolder(folder).radar else ("pastis",)


def load(site: str, fold: int, folder: Path, cache: Path) -> Ground:
    """Return one official run.

    The two folds for validation are part of the protocol, and nothing here uses them.

    Args:
        site: "pastis", optical alone, or "pastis_r", both sensors.
        fold: from 0; run `fold` + 1 of the protocol.
        folder: in the official layout.
        cache: folder for patches that are too many for memory.
    """
    dataset = _dataset(site, folder, cache)
    split = split_official(dataset, PastisFolder(folder), fold + 1)
    return Ground(
        dataset.classes, dataset.season, dataset.s2_bands, dataset.s1_bands, split.train, split.test, pad=MARGIN
    )


@lru_cache(maxsize=1)
def _dataset(site: str, folder: Path, cache: Path) -> Dataset:
    place = cache / site
    place.mkdir(parents=True, exist_ok=True)
    radar = S1_BANDS if site == "pastis_r" else ()
    return read_pastis(PastisFolder(folder), SEASON, s2_bands=S2_BANDS, s1_bands=radar, cache=place)
