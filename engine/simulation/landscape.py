"""The land: strips and blocks of parcels between roads, hedges, woods, villages and water."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from .chance import smooth_field, stream
from .kinds import OUTSIDE, kind, kinds_of
from .region import Region
from .settlement import SHIFT, place_surfaces

FINE = 3
"""Sub-pixels a side of a 10 m pixel."""
CELL = 10.0 / FINE
ZONES = 5
"""Levels of vigour within a parcel."""
LEAST = 0.05
"""Hectares under which a leftover of a parcel is a verge."""


LOSS = 3.5
"""Blocks are drawn larger by this factor, as borders, woods and villages cut them; strips by less."""


@dataclass(frozen=True)
class Landscape:
    """A county's land.

    Attributes:
        parcel: (H * FINE, W * FINE) int32, number of the parcel from 1, 0 outside cropland.
        unit: (H * FINE, W * FINE) int32, row of the smallest piece that grows alike.
        kinds: (U,) kind of each unit, as it really is.
        patch: (U,) the patch each unit belongs to; what is drawn once a field is drawn once a patch.
        vigour: (U,) about -1.4..1.4, how the unit stands out of its parcel.
        declared: (P + 1,) uint8 class of each parcel as declared, 0 for none.
        outside: class of the legend for what is outside cropland.
    """

    parcel: np.ndarray
    unit: np.ndarray
    kinds: np.ndarray
    patch: np.ndarray
    vigour: np.ndarray
    declared: np.ndarray
    outside: int = OUTSIDE

    @property
    def size(self) -> int:
        """Pixels a side."""
        return self.parcel.shape[0] // FINE

    def parcel_ids(self) -> np.ndarray:
        """Return the parcel at the centre of each pixel, (H, W) int32."""
        return np.ascontiguousarray(self.parcel[FINE // 2 :: FINE, FINE // 2 :: FINE])

    def truth(self) -> np.ndarray:
        """Return the declared class at the centre of each pixel, (H, W) uint8; outside cropland has its own."""
        ids = self.parcel_ids()
        return np.where(ids > 0, self.declared[ids], self.outside).astype(np.uint8)


def build_landscape(
    seed: int, size: int, parcel_size: float, region: Region, mislabelled: float, mixed: float
) -> Landscape:
    """Draw the land of a county.

    Args:
        size: pixels of 10 m a side.
        parcel_size: mean parcel in hectares.
        mislabelled: share of parcels whose declared class is wrong.
        mixed: share of parcels that hold a second crop.
    """
    rng = stream(seed, "landscape")
    fine = size * FINE
    patches, borders, zone = _parcels(rng, fine, parcel_size, region.strips)
    surface = place_surfaces(rng, fine, CELL, zone, borders, region)
    labels = np.where(surface >= 0, patches.max() + 1 + surface, patches)
    labels = _components(labels)
    count = int(labels.max()) + 1
    flat = labels.ravel()
    area = np.bincount(flat, minlength=count) * (CELL * CELL / 1e4)
    surface_kind = np.full(count, -1)
    surface_kind[flat] = (surface >> SHIFT).ravel()
    surface_kind[(surface_kind < 0) & (area < LEAST)] = kind("verge")
    crops = np.flatnonzero(surface_kind < 0)
    declared_class = 1 + rng.choice(len(region.shares), size=len(crops), p=region.shares)
    real_class = np.where(
        rng.random(len(crops)) < mislabelled,
        1 + rng.choice(len(region.shares), size=len(crops), p=region.shares),
        declared_class,
    )
    kinds = surface_kind.copy()
    kinds[crops] = _draw_kinds(rng, real_class, region.place)
    number = np.zeros(count, dtype=np.int32)
    number[crops] = np.arange(1, len(crops) + 1)
    declared = np.concatenate([[0], declared_class]).astype(np.uint8)
    parcel = number[labels]
    labels, kinds = _mix(rng, labels, kinds, crops, mixed, region)
    return _units(rng, labels, kinds, parcel, declared, len(region.shares) + 1)


def _parcels(
    rng: np.random.Generator, fine: int, parcel_size: float, strips: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return labels of parcels, distance to the border between zones (m) and the zone of each sub-pixel."""
    rows, cols = np.mgrid[0:fine, 0:fine].astype(np.float32) * np.float32(CELL)
    rows += 22.0 * smooth_field(rng, (fine, fine), 320 / CELL)
    cols += 22.0 * smooth_field(rng, (fine, fine), 320 / CELL)
    side = float(np.sqrt(parcel_size * 1e4))
    spacing = max(420.0, 3.4 * side) * rng.uniform(0.85, 1.3)
    ticks = np.arange(-spacing, fine * CELL + 2 * spacing, spacing)
    seeds = np.stack(np.meshgrid(ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 2)
    seeds = seeds + rng.uniform(-0.42, 0.42, seeds.shape) * spacing
    distance, nearest = cKDTree(seeds).query(np.stack([rows.ravel(), cols.ravel()], axis=1), k=2)
    zone = nearest[:, 0].astype(np.int64)
    borders = (distance[:, 1] - distance[:, 0]).astype(np.float32).reshape(fine, fine) / 2
    main = rng.uniform(0, np.pi)
    angle = (main + rng.normal(0, 0.5, len(seeds))).astype(np.float32)
    aspect = np.clip(rng.lognormal(0.75, 0.5, len(seeds)) * strips, 1.0, 7.0 * strips)
    area = LOSS / np.sqrt(strips) * parcel_size * 1e4 * np.clip(rng.lognormal(-0.12, 0.5, len(seeds)), 0.3, 4.0)
    length = np.sqrt(area * aspect).astype(np.float32)
    width = (length / aspect).astype(np.float32)
    dy, dx = rows.ravel() - seeds[zone, 0].astype(np.float32), cols.ravel() - seeds[zone, 1].astype(np.float32)
    along = dx * np.cos(angle)[zone] + dy * np.sin(angle)[zone]
    across = -dx * np.sin(angle)[zone] + dy * np.cos(angle)[zone]
    breaks = np.cumsum(np.clip(rng.gamma(7.0, 1 / 7.0, 400), 0.25, None))
    row = np.searchsorted(breaks, along / length[zone] + 150.0)
    row_offset = rng.uniform(0, 60, (len(seeds), len(breaks) + 1)).astype(np.float32)
    row_scale = rng.lognormal(0.0, 0.35, row_offset.shape).astype(np.float32)
    wide = np.cumsum(np.clip(rng.gamma(3.0, 1 / 3.0, 4000), 0.2, None))
    column = np.searchsorted(wide, across / width[zone] * row_scale[zone, row] + 1000.0 + row_offset[zone, row])
    key = (zone * (len(breaks) + 1) + row) * (len(wide) + 1) + column
    _, labels = np.unique(key, return_inverse=True)
    return labels.reshape(fine, fine), borders, zone.reshape(fine, fine)


def _components(labels: np.ndarray) -> np.ndarray:
    """Split labels into connected pieces and number these from 0."""
    size = labels.size
    index = np.arange(size, dtype=np.int32).reshape(labels.shape)
    right = labels[:, 1:] == labels[:, :-1]
    down = labels[1:] == labels[:-1]
    first = np.concatenate([index[:, 1:][right], index[1:][down]])
    second = np.concatenate([index[:, :-1][right], index[:-1][down]])
    graph = coo_matrix((np.ones(len(first), dtype=np.int8), (first, second)), shape=(size, size))
    _, pieces = connected_components(graph, directed=False)
    return pieces.reshape(labels.shape)


def _draw_kinds(rng: np.random.Generator, classes: np.ndarray, place: str) -> np.ndarray:
    """Draw a kind within each parcel's class."""
    kinds = np.zeros(len(classes), dtype=np.int64)
    for code in np.unique(classes):
        rows, weights = kinds_of(int(code), place)
        where = classes == code
        kinds[where] = rng.choice(rows, size=int(where.sum()), p=weights)
    return kinds


def _mix(
    rng: np.random.Generator, labels: np.ndarray, kinds: np.ndarray, crops: np.ndarray, share: float, region: Region
) -> tuple[np.ndarray, np.ndarray]:
    """Give part of some parcels to another crop."""
    chosen = crops[rng.random(len(crops)) < share]
    if not len(chosen):
        return labels, kinds
    fine = labels.shape[0]
    ramp = np.add.outer(np.arange(fine), np.arange(fine) * rng.choice([-1, 1])).astype(float)
    flat = labels.ravel()
    count = np.maximum(np.bincount(flat, minlength=len(kinds)), 1)
    centre = np.bincount(flat, weights=ramp.ravel(), minlength=len(kinds)) / count
    second = np.full(len(kinds), -1)
    second[chosen] = len(kinds) + np.arange(len(chosen))
    part = (second[labels] >= 0) & (ramp > centre[labels] + rng.uniform(0, 12))
    classes = 1 + rng.choice(len(region.shares), size=len(chosen), p=region.shares)
    return np.where(part, second[labels], labels), np.concatenate([kinds, _draw_kinds(rng, classes, region.place)])


def _units(
    rng: np.random.Generator,
    labels: np.ndarray,
    kinds: np.ndarray,
    parcel: np.ndarray,
    declared: np.ndarray,
    outside: int,
) -> Landscape:
    """Cut each patch by a smooth field of vigour and number what remains."""
    shape = labels.shape[0], labels.shape[1]
    field = smooth_field(rng, shape, 90 / CELL) + 0.7 * smooth_field(rng, shape, 28 / CELL, order=1)
    edges = np.array([-1.3, -0.45, 0.45, 1.3], dtype=np.float32)
    level = np.searchsorted(edges, field.ravel()).reshape(shape)
    level[(parcel == 0)] = 2
    keys, unit = np.unique(labels.astype(np.int64) * ZONES + level, return_inverse=True)
    vigour = np.array([-1.5, -0.75, 0.0, 0.75, 1.5], dtype=np.float32)[keys % ZONES]
    patch = keys // ZONES
    return Landscape(
        parcel.astype(np.int32), unit.reshape(shape).astype(np.int32), kinds[patch], patch, vigour, declared, outside
    )
