"""What lies between the parcels: roads, hedges, streams, woods, villages, farms, ponds and pits."""

from __future__ import annotations

import numpy as np

from .chance import smooth_field
from .kinds import kind
from .region import Region

SHIFT = 20
"""A surface is its kind shifted by so many bits, plus a running number."""


def place_surfaces(
    rng: np.random.Generator, fine: int, cell: float, zone: np.ndarray, borders: np.ndarray, region: Region
) -> np.ndarray:
    """Draw everything that is not a parcel.

    Args:
        fine: sub-pixels a side.
        cell: side of a sub-pixel in metres.
        zone: (fine, fine) zone of each sub-pixel.
        borders: (fine, fine) metres to the next zone.
        region: shares of wood and built-up land.

    Returns:
        (fine, fine) int64: -1 where parcels stay, else a surface code.
    """
    surface = np.full((fine, fine), -1, dtype=np.int64)
    _line_zones(rng, surface, zone, borders)
    _woods(rng, surface, zone, cell, region.forest)
    _rare_zones(rng, surface, zone)
    _stream(rng, surface, cell)
    _villages(rng, surface, cell, region.built)
    _ponds(rng, surface, cell)
    return surface


def _code(name: str, running: np.ndarray | int) -> np.ndarray | int:
    return (kind(name) << SHIFT) + running


def _line_zones(rng: np.random.Generator, surface: np.ndarray, zone: np.ndarray, borders: np.ndarray) -> None:
    """Roads, hedges and verges between zones; the zone decides which."""
    count = int(zone.max()) + 1
    style = rng.random(count)
    half = rng.uniform(2.0, 4.5, count).astype(np.float32)
    width = half[zone]
    chosen = style[zone]
    verge = borders < width + 2.5
    surface[verge & (chosen < 0.85)] = _code("verge", 0) + zone[verge & (chosen < 0.85)]
    road = (borders < width) & (chosen < 0.5)
    surface[road] = _code("road", 0)
    hedge = (borders < width + 2.0) & (chosen >= 0.5) & (chosen < 0.75)
    surface[hedge] = _code("hedge", 0) + zone[hedge]


def _woods(rng: np.random.Generator, surface: np.ndarray, zone: np.ndarray, cell: float, share: float) -> None:
    """Woods as blobs that follow zones in part, in stands of broadleaf and conifer."""
    field = smooth_field(rng, surface.shape, 420 / cell) + 0.35 * smooth_field(rng, surface.shape, 60 / cell, order=1)
    field += 0.7 * rng.standard_normal(int(zone.max()) + 1).astype(np.float32)[zone]
    wood = field > np.quantile(field, 1.0 - share)
    kinds = rng.choice(
        [kind("broadleaf wood"), kind("conifer wood"), kind("heath or shrub")],
        size=int(zone.max()) + 1,
        p=[0.66, 0.26, 0.08],
    )
    stand = np.floor(smooth_field(rng, surface.shape, 110 / cell) * 1.5).astype(np.int64) + 16
    code = (kinds[zone] << SHIFT) + zone * 32 + np.clip(stand, 0, 31)
    surface[wood] = code[wood]


def _rare_zones(rng: np.random.Generator, surface: np.ndarray, zone: np.ndarray) -> None:
    """Now and then a whole zone is marsh, heath or a pit, in part."""
    for name, chance in (("reed or marsh", 0.015), ("heath or shrub", 0.015), ("quarry or bare", 0.012)):
        chosen = rng.random(int(zone.max()) + 1) < chance
        part = chosen[zone] & (smooth_field(rng, surface.shape, 40.0) > -0.4)
        surface[part] = _code(name, 0) + zone[part]


def _stream(rng: np.random.Generator, surface: np.ndarray, cell: float) -> None:
    """A stream or river with trees along it, in most counties."""
    if rng.random() > 0.75:
        return
    fine = surface.shape[0]
    path = np.cumsum(smooth_field(rng, (fine, 4), 60.0)[:, 0]) * 0.5 + rng.uniform(0.1, 0.9) * fine
    width = rng.choice([3.0, 8.0, 25.0, 60.0], p=[0.45, 0.3, 0.18, 0.07]) / cell / 2
    away = np.abs(np.arange(fine)[None, :] - path[:, None])
    if rng.random() < 0.5:
        away = away.T
    bank = away < width + rng.uniform(1.0, 4.0)
    surface[bank] = _code("hedge", (1 << 18))
    surface[away < width] = _code("water", 0)


def _villages(rng: np.random.Generator, surface: np.ndarray, cell: float, share: float) -> None:
    """Villages with houses, gardens and streets, a hall or two, and lone farms."""
    fine = surface.shape[0]
    rows, cols = np.mgrid[0:fine, 0:fine].astype(np.float32) * np.float32(cell)
    noise = smooth_field(rng, surface.shape, 100 / cell)
    wanted = share * (fine * cell) ** 2
    inside = np.zeros(surface.shape, dtype=bool)
    covered = 0.0
    while covered < wanted:
        radius = float(rng.choice([45.0, rng.uniform(120, 320)], p=[0.65, 0.35]))
        centre = rng.uniform(0, fine * cell, 2)
        spot = np.hypot(rows - centre[0], cols - centre[1]) < radius * (1.0 + 0.35 * noise)
        inside |= spot
        covered += 3.14 * radius * radius
    angle = rng.uniform(0, np.pi)
    along = (cols * np.cos(angle) + rows * np.sin(angle)).astype(np.float32)
    across = (rows * np.cos(angle) - cols * np.sin(angle)).astype(np.float32)
    lot_row, lot_col = (along // 34).astype(np.int64), (across // 22).astype(np.int64)
    lot = ((lot_row * 7919 + lot_col * 104729) % 65521).astype(np.int64)
    kinds = rng.choice(
        [kind("houses"), kind("garden"), kind("halls"), kind("verge")], size=65521, p=[0.40, 0.45, 0.07, 0.08]
    )
    streets = (along % 102 < 6) | (across % 132 < 6)
    code = (kinds[lot] << SHIFT) + lot
    surface[inside] = np.where(streets, _code("road", 1), code)[inside]


def _ponds(rng: np.random.Generator, surface: np.ndarray, cell: float) -> None:
    """A few ponds, now and then a lake."""
    fine = surface.shape[0]
    rows, cols = np.mgrid[0:fine, 0:fine].astype(np.float32) * np.float32(cell)
    for index in range(int(rng.poisson(1.5))):
        centre = rng.uniform(0, fine * cell, 2)
        radius = float(rng.choice([15.0, 40.0, 150.0], p=[0.55, 0.33, 0.12])) * rng.uniform(0.7, 1.4)
        away = np.hypot(rows - centre[0], (cols - centre[1]) * rng.uniform(0.6, 1.6))
        surface[away < radius + 8.0] = _code("hedge", (1 << 18) + 1 + index)
        surface[away < radius] = _code("water", 1 + index)
