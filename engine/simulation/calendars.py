"""Calendars of the fields: what stood before, what covers the winter, the crop, what follows, and the tillage."""

from __future__ import annotations

import numpy as np

from .region import Region
from .species import ANNUALS, AUTUMN, EARLY, EUROPE, LEY, MUSTARD, SHANDONG, VOLUNTEERS, WEEDS, number

DAYS = np.array([entry.days for entry in ANNUALS], dtype=np.float32)
LEVELS = np.array([entry.levels for entry in ANNUALS], dtype=np.float32)
SPREAD = np.array([entry.spread for entry in ANNUALS], dtype=np.float32)
HARVEST = np.array([entry.harvest for entry in ANNUALS], dtype=np.float32)
VIGOUR = np.array([entry.vigour for entry in ANNUALS], dtype=np.float32)
DRY = np.array([entry.dry for entry in ANNUALS], dtype=np.float32)
AFTER = np.array([entry.after for entry in ANNUALS], dtype=np.float32)
BEFORE = np.array([(EARLY, AUTUMN).index(entry.before) if entry.before in (EARLY, AUTUMN) else 2 for entry in ANNUALS])

PREVIOUS_SPRING = (
    ("maize", 0.15),
    ("silage maize", 0.15),
    ("winter wheat", 0.30),
    ("winter barley", 0.12),
    ("sunflower", 0.07),
    ("soybean", 0.06),
    ("sugar beet", 0.05),
    ("ware potatoes", 0.04),
    ("spring barley", 0.06),
)
PREVIOUS_AUTUMN = (
    ("maize", 0.11),
    ("silage maize", 0.11),
    ("winter wheat", 0.22),
    ("winter rapeseed", 0.16),
    ("sunflower", 0.10),
    ("soybean", 0.06),
    ("sugar beet", 0.06),
    ("ware potatoes", 0.06),
    ("spring peas", 0.12),
)
PREVIOUS_EARLY = (("winter barley", 0.5), ("winter wheat", 0.4), ("spring peas", 0.1))
PLAIN_AUTUMN = (("summer maize", 0.8), ("spring peanut", 0.2))
PLAIN_SPRING = (("summer maize", 0.4), ("spring peanut", 0.3), ("sweet potato", 0.15), ("spring maize", 0.15))
PREVIOUS = {
    EUROPE: (PREVIOUS_EARLY, PREVIOUS_AUTUMN, PREVIOUS_SPRING),
    SHANDONG: (PLAIN_AUTUMN, PLAIN_AUTUMN, PLAIN_SPRING),
}
GROWS_IN_SPRING = DAYS[:, 0] < 125.0
"""Kinds whose cover depends on how soon spring comes; the others are sown when it is warm."""

THEN = np.array([number(entry.then) if entry.then else -1 for entry in ANNUALS])


class Fields:
    """Calendars of all fields, drawn once a field."""

    def __init__(self, rng: np.random.Generator, kinds: np.ndarray, region: Region) -> None:
        self.rng, self.kinds, self.region = rng, kinds, region
        count = len(kinds)
        self.points = self._main()
        self.levels = self._levels(kinds)
        self.sown = self.points[:, 0] - rng.uniform(7, 14, count)
        previous = self._previous()
        winter = self._winter(previous[1][:, 4])
        self.previous_end = previous[1][:, 4]
        self.winter_end = np.where(winter[2].max(axis=1) > 0.02, winter[1][:, 4], -1e3)
        self.layers = [previous, winter, (kinds, self.points, self.levels), self._after()]

    def _levels(self, kinds: np.ndarray) -> np.ndarray:
        factor = np.exp(self.rng.normal(0.0, 1.0, len(kinds)) * VIGOUR[kinds])
        levels = LEVELS[kinds] * np.minimum(factor, 1.04)[:, None]
        levels[:, 1] *= np.exp(self.rng.normal(0.0, 0.22, len(kinds)))
        levels[:, 1] = np.minimum(levels[:, 1], 0.96 * levels[:, 2])
        return levels.astype(np.float32)

    def _shifted(self, kinds: np.ndarray) -> np.ndarray:
        points = DAYS[kinds] + (self.rng.normal(0.0, 1.0, len(kinds)) * SPREAD[kinds])[:, None]
        points += self.rng.normal(0.0, 3.5, points.shape)
        points[:, 0] += self.rng.normal(0.0, 0.8, len(kinds)) * SPREAD[kinds]
        points[:, 4] += self.rng.normal(0.0, 1.0, len(kinds)) * HARVEST[kinds]
        warm = np.clip(0.35 + points / 120.0, 0.35, 1.0)
        late = self.region.shift + self.region.spring * GROWS_IN_SPRING[kinds][:, None]
        return points + np.where(points < 0.0, self.region.autumn, late * warm)

    def _main(self) -> np.ndarray:
        points = self._shifted(self.kinds)
        stressed = BEFORE[self.kinds] == 2
        thirst = np.clip(self.region.aridity + self.rng.normal(0.0, 0.12, len(points)), 0.0, 1.0) * stressed
        points[:, 3:] -= (22.0 * thirst * (points[:, 3] > 195.0))[:, None] * np.array([1.0, 0.6])
        return _ordered(points)

    def _previous(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What was harvested before; it makes room for the sowing."""
        rng, kinds = self.rng, self.kinds
        before = np.zeros(len(kinds), dtype=np.int64)
        for row, choices in enumerate(PREVIOUS[self.region.place]):
            where = BEFORE[kinds] == row
            rows = np.array([number(name) for name, _ in choices])
            weights = np.array([weight for _, weight in choices])
            before[where] = rng.choice(rows, size=int(where.sum()), p=weights / weights.sum())
        points = self._shifted(before) - 365.0
        latest = self.sown - rng.uniform(3, 20, len(kinds))
        points -= np.maximum(points[:, 4] - latest, 0.0)[:, None] * np.array([0.2, 0.3, 0.5, 0.8, 1.0])
        return before, _ordered(points), self._levels(before)

    def _winter(self, free: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Weeds, catch crops or grass between the previous crop and the sowing; or a bare, ploughed field."""
        rng, count = self.rng, len(self.kinds)
        kinds = rng.choice([WEEDS, MUSTARD, LEY, VOLUNTEERS], size=count, p=[0.34, 0.20, 0.31, 0.15])
        start = free + rng.uniform(6, 30, count)
        start = np.maximum(start, rng.normal(-122.0, 18.0, count))
        end = self.sown - rng.gamma(2.0, 6.5, count)
        early = (rng.random(count) < 0.6 * self.region.bare_winters) | (kinds == MUSTARD) & (rng.random(count) < 0.35)
        end = np.where(early, np.minimum(end, rng.normal(-22.0, 28.0, count)), end)
        peak = rng.beta(4.2, 1.1, count)
        peak = np.where(kinds == WEEDS, 0.9 * peak, peak)
        peak[rng.random(count) < 0.5 * self.region.bare_winters] = 0.03
        peak = peak * self.region.winter_green
        autumn = BEFORE[self.kinds] != 2
        peak = np.where(autumn, peak * rng.choice([0.1, 0.5, 1.0], size=count, p=[0.45, 0.35, 0.2]), peak)
        peak[end - start < 15.0] = 0.0
        points = np.stack([start, start + 22, start + 55, np.maximum(end - 12, start + 60), end], axis=1)
        squeeze = np.clip((end - start) / 72.0, 0.05, 1.0)
        points[:, 1:4] = np.minimum(points[:, 1:4], start[:, None] + squeeze[:, None] * np.array([22.0, 50.0, 64.0]))
        points[:, 3] = np.where(squeeze >= 1.0, end - 14.0, points[:, 3])
        return kinds, _ordered(points, 1.0), (LEVELS[kinds] * peak[:, None]).astype(np.float32)

    def _after(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Volunteers or a catch crop after the harvest."""
        rng, count = self.rng, len(self.kinds)
        kinds = rng.choice([WEEDS, MUSTARD, LEY, VOLUNTEERS], size=count, p=[0.35, 0.3, 0.1, 0.25])
        green = rng.random(count) < AFTER[self.kinds]
        start = self.points[:, 4] + np.where(green, rng.gamma(2.5, 7.0, count), rng.gamma(3.0, 14.0, count)) + 4.0
        end = start + rng.uniform(70.0, 220.0, count)
        peak = np.where(green, rng.beta(3.0, 1.5, count), rng.beta(1.2, 5.0, count))
        points = np.stack([start, start + 20, start + 46, end - 20, end], axis=1)
        levels = (LEVELS[kinds] * peak[:, None]).astype(np.float32)
        twice = np.flatnonzero(THEN[self.kinds] >= 0)
        if len(twice):
            kinds[twice] = THEN[self.kinds[twice]]
            points[twice] = self._second(kinds[twice], self.points[twice, 4])
            levels[twice] = self._levels(kinds[twice])
        return kinds, _ordered(points), levels

    def _second(self, kinds: np.ndarray, free: np.ndarray) -> np.ndarray:
        """Return the points of a second crop, which waits for the first to leave the field."""
        points = self._shifted(kinds)
        late = np.maximum(free + self.rng.uniform(6, 16, len(free)) - points[:, 0], 0.0)
        return points + late[:, None] * np.array([1.0, 1.0, 0.9, 0.5, 0.3])

    def ground(self, days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return residue cover and roughness, (fields, D)."""
        rng, count = self.rng, len(self.kinds)
        straw = np.clip(rng.normal(0.62, 0.18, (3, count)), 0.05, 0.95).astype(np.float32)
        sown, harvest = self.sown, self.points[:, 4]
        plough_first = np.minimum(self.previous_end + rng.gamma(2.0, 14.0, count), sown - 4.0)
        plough_spring = np.maximum(self.winter_end, sown - rng.gamma(2.0, 12.0, count))
        plough_spring = np.minimum(plough_spring, sown - 2.0)
        tilled_after = harvest + rng.gamma(2.2, 14.0, count)
        events: list[tuple[np.ndarray, np.ndarray, np.ndarray | float]] = [
            (self.previous_end, straw[0], 0.25),
            (plough_first, 0.12 * straw[0], 1.0),
            (plough_spring, 0.05 * straw[0], 0.9),
            (sown, 0.03 * straw[0], np.where(BEFORE[self.kinds] == 2, -1.0, 0.4)),
            (harvest, straw[2] * DRY[self.kinds].astype(np.float32), -0.6),
            (tilled_after, 0.25 * straw[2] * DRY[self.kinds].astype(np.float32), 0.8),
        ]
        residue = np.broadcast_to((0.4 * straw[1])[:, None], (count, len(days))).astype(np.float32).copy()
        rough = np.zeros_like(residue)
        if (THEN[self.kinds] >= 0).any():
            end = self.layers[3][1][:, 4] + np.where(THEN[self.kinds] >= 0, 0.0, 1e3)
            events += [(end, 0.8 * straw[1], -0.3), (end + rng.gamma(2.0, 5.0, count), 0.1 * straw[1], 0.9)]
        strength = np.exp(rng.normal(-0.1, 0.5, (len(events), count))).astype(np.float32)
        for number_, (when, cover, value) in enumerate(events):
            age: np.ndarray = days[None, :] - when[:, None].astype(np.float32)
            on = age >= 0.0
            np.copyto(residue, cover[:, None] * np.exp(-np.maximum(age, 0.0) / 160.0), where=on)
            fade = 55.0 if number_ != 3 else 38.0
            fresh = np.reshape(value, (-1, 1)) * strength[number_][:, None] * np.exp(-np.maximum(age, 0.0) / fade)
            np.copyto(rough, fresh.astype(np.float32), where=on)
        return residue, rough


def _ordered(points: np.ndarray, gap: float = 5.0) -> np.ndarray:
    """Keep the points of each calendar in order, at least `gap` days apart, holding the last one."""
    points = points.astype(np.float32).copy()
    for step in range(3, -1, -1):
        points[:, step] = np.minimum(points[:, step], points[:, step + 1] - gap)
    return points
