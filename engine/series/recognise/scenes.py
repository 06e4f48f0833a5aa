"""Looks of one date joined to scenes: the bands of one tile or slice, whatever files they come in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Iterable, Sequence

from ..files.geometry import Geometry, intersect, same_crs, transform_bounds
from ..messages import several
from .bands import MASKS, SCL
from .images import BandImage
from .names import product_name

OVERLAP = 0.5
"""Share of the smaller footprint from which two files show the same place."""

SAME_RESOLUTION = 1.3
SCL_PIXEL = 20.0


@dataclass
class Scene:
    """The looks of one date, tile, time and place; files that hold the same band twice are `duplicates`."""

    day: date
    tile: str
    time: str
    track: str
    looks: list[BandImage] = field(default_factory=list)
    bands: dict[str, BandImage] = field(default_factory=dict)
    duplicates: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def only_masks(self) -> bool:
        """Return whether no look shows the ground."""
        return all(look.name in MASKS for look in self.looks)

    def join(self) -> None:
        """Choose one look a band: the finest, for the scene classification the one nearest its own 20 m."""
        by_name: dict[str, list[BandImage]] = defaultdict(list)
        for look in self.looks:
            by_name[look.name].append(look)
        for name, looks in by_name.items():
            looks.sort(key=lambda look: (_rank(name, look), look.facts.path, look.band.number))
            self.bands[name] = looks[0]
            for other in looks[1:]:
                sides = sorted((looks[0].facts.pixel, other.facts.pixel))
                if sides[1] < sides[0] * SAME_RESOLUTION:
                    self.duplicates.append((name, *_labels(looks[0], other)))


def group(looks: Iterable[BandImage]) -> list[Scene]:
    """Return the scenes of all looks, in the order of dates, tracks, tiles and times."""
    by_day: dict[tuple[date, str], list[BandImage]] = defaultdict(list)
    for look in looks:
        by_day[look.day, look.track].append(look)
    scenes: list[Scene] = []
    for key in sorted(by_day):
        scenes.extend(_scenes_of_day(by_day[key]))
    for scene in scenes:
        scene.join()
    return scenes


def _scenes_of_day(looks: Sequence[BandImage]) -> list[Scene]:
    named: dict[tuple[str, str], dict[str, list[BandImage]]] = defaultdict(lambda: defaultdict(list))
    for look in sorted(looks, key=lambda look: (look.facts.path, look.band.number)):
        named[look.tile, look.time][look.facts.path].append(look)
    scenes: list[Scene] = []
    for (tile, time), files in sorted(named.items()):
        for place in _places(list(files.values())):
            scenes.append(Scene(place[0].day, tile, time, place[0].track, place))
    return _attach(scenes)


def _places(files: list[list[BandImage]]) -> list[list[BandImage]]:
    """Join files that show the same place; files that only touch or overlap a little stay apart."""
    places: list[list[BandImage]] = []
    for looks in files:
        near = [place for place in places if any(_same_place(look, looks[0]) for look in _first_of_files(place))]
        places = [place for place in places if not any(place is other for other in near)]
        places.append([look for place in near for look in place] + looks)
    return places


def _attach(scenes: list[Scene]) -> list[Scene]:
    """Join scenes whose names leave out the tile or time to the one they complete; masks to all that lack one."""
    kept = list(scenes)
    for scene in sorted(scenes, key=lambda scene: (bool(scene.tile) + bool(scene.time), not scene.only_masks)):
        if scene.tile and scene.time and not scene.only_masks:
            continue
        matches = [other for other in kept if other is not scene and _belongs(scene, other)]
        if not scene.only_masks and len(matches) != 1:
            continue
        for other in matches:
            other.looks.extend(scene.looks)
            other.tile, other.time = other.tile or scene.tile, other.time or scene.time
        if matches:
            kept = [other for other in kept if other is not scene]
    return kept


def _belongs(scene: Scene, other: Scene) -> bool:
    pairs = ((scene.tile, other.tile), (scene.time, other.time))
    if any(one and two and one != two for one, two in pairs):
        return False
    if scene.only_masks and {look.name for look in scene.looks} & {look.name for look in other.looks}:
        return False
    return any(_same_place(scene.looks[0], look) for look in _first_of_files(other.looks))


def _first_of_files(looks: Sequence[BandImage]) -> list[BandImage]:
    return list({look.facts.path: look for look in looks}.values())


def _same_place(first: BandImage, second: BandImage) -> bool:
    return first.facts is second.facts or _overlap(first.facts.geometry, second.facts.geometry) > OVERLAP


@lru_cache(maxsize=65536)
def _overlap(first: Geometry, second: Geometry) -> float:
    """Return the shared share of the smaller of two footprints."""
    boxes = [first.bounds, second.bounds]
    if not same_crs(first.crs, second.crs):
        boxes[1] = transform_bounds(second.bounds, second.crs, first.crs)
    shared = intersect(*boxes)
    smaller = min(_area(box) for box in boxes)
    return _area(shared) / smaller if shared and smaller > 0 else 0.0


def _area(box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _rank(name: str, look: BandImage) -> float:
    return abs(look.facts.pixel - SCL_PIXEL) if name == SCL else look.facts.pixel


def _labels(first: BandImage, other: BandImage) -> tuple[str, str]:
    """Return names that tell two looks apart: of products, else of files, else whole paths."""
    one, two = first.facts, other.facts
    if one.path == two.path:
        return one.name, f"band {other.band.number} of the same file"
    for label in (lambda facts: product_name(facts.path), lambda facts: facts.name):
        if label(one) and label(two) and label(one) != label(two):
            return label(one), label(two)
    return one.path, two.path


def duplicates_text(scenes: Iterable[Scene]) -> str:
    """Return one sentence on all bands that come twice, "" where none does."""
    pairs: dict[tuple[str, str, date], set[str]] = defaultdict(set)
    for scene in scenes:
        for band, first, second in scene.duplicates:
            pairs[first, second, scene.day].add(band)
    listed = [f"{first} and {second} ({day}, {several(bands)})" for (first, second, day), bands in pairs.items()]
    if not listed:
        return ""
    return f"Two files show the same bands of one place and date; take one of each pair away: {several(listed)}."
