"""A tiny folder in the layout of PASTIS-R, with values that are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Sequence

import numpy as np

SIZE = 32
S2_DAYS = (20181003, 20181008, 20181020, 20190120)
S1A_DAYS = (20181004, 20181025)
S1D_DAYS = (20181006,)


def write_patch(folder: Path, number: int, fold: int, target: np.ndarray | None = None, radar: bool = True) -> dict:
    """Write the arrays of one patch and return its entry of the metadata.

    Band b (from 0) of date d is 1000 + 100 b + d, but for blue and red, which are 400: the first two dates fall into
    one half month. Ascending VV is -10 and -14 dB, descending VV -16; VH is 6 dB lower.
    """
    for name in ("DATA_S2", "ANNOTATIONS", *(("DATA_S1A", "DATA_S1D") if radar else ())):
        (folder / name).mkdir(parents=True, exist_ok=True)
    s2 = np.zeros((len(S2_DAYS), 10, SIZE, SIZE), np.int16)
    s2 += (1000 + 100 * np.arange(10))[None, :, None, None].astype(np.int16)
    s2 += np.arange(len(S2_DAYS))[:, None, None, None].astype(np.int16)
    s2[:, [0, 2]] = 400
    np.save(folder / f"DATA_S2/S2_{number}.npy", s2)
    if radar:
        for orbit, levels in (("S1A", (-10, -14)), ("S1D", (-16,))):
            vv = np.array(levels, np.float32)[:, None, None] * np.ones((1, SIZE, SIZE), np.float32)
            np.save(folder / f"DATA_{orbit}/{orbit}_{number}.npy", np.stack([vv, vv - 6, np.full_like(vv, 6)], axis=1))
    if target is None:
        target = np.zeros((SIZE, SIZE))
        target[:, :10], target[:, 10:20], target[20:, 20:] = fold, 3, 19
    parcels = np.where(target == 0, 0, 1000 + target)
    whole = np.stack([target, target, target]).astype(np.uint8)
    np.save(folder / f"ANNOTATIONS/TARGET_{number}.npy", whole)
    np.save(folder / f"ANNOTATIONS/ParcelIDs_{number}.npy", parcels.astype(np.int32))
    west, north = 700_000.0 + 2000 * number, 6_500_000.0
    ring = [[west, north], [west + 320, north], [west + 320, north - 320], [west, north - 320], [west, north]]
    values = {"ID_PATCH": number, "Fold": fold, "dates-S2": _dates(S2_DAYS)}
    if radar:
        values |= {"dates-S1A": _dates(S1A_DAYS), "dates-S1D": _dates(S1D_DAYS)}
    geometry = {"type": "MultiPolygon", "coordinates": [[ring]]}
    return {"type": "Feature", "properties": values, "geometry": geometry}


def write_pastis(folder: Path, patches: Sequence[tuple[int, int]], radar: bool = True, epsg: int = 2154) -> Path:
    """Write a folder of patches (number, fold) and return it."""
    features = [write_patch(folder, number, fold, radar=radar) for number, fold in patches]
    write_metadata(folder, features, epsg)
    return folder


def write_metadata(folder: Path, features: Sequence[dict], epsg: int = 2154) -> None:
    """Write metadata.geojson."""
    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{epsg}"}}
    document = {"type": "FeatureCollection", "crs": crs, "features": list(features)}
    (folder / "metadata.geojson").write_text(json.dumps(document), encoding="utf-8")


def _dates(days: Sequence[int]) -> dict[str, int]:
    # Written backwards: the key is what says the order.
    return {str(position): days[position] for position in reversed(range(len(days)))}
