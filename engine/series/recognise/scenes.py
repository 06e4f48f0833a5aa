"""Images of one date joined to scenes: the bands of one tile or slice, whatever files they come in."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import product
from typing import Iterable, Sequence

from ....models.language import listed, tr
from ..files.coverage import fill_each_other
from ..files.geometry import Geometry, intersect, same_crs, transform_bounds
from ..messages import several
from .images import BandImage, Findings
from .masking import SCL
from .names import product_name

OVERLAP = 0.5
"""Share of the smaller footprint from which two files show the same place."""

SAME_RESOLUTION = 1.3
MOST_ORDERS = 24
"""Orders of nameless bands that are kept for one scene."""

SCL_PIXEL = 20.0


@dataclass
class Scene:
    """The images of one date, tile, time and place; files that hold the same band twice are `duplicates`."""

    day: date
    tile: str
    time: str
    track: str
    images: list[BandImage] = field(default_factory=list)
    bands: dict[str, BandImage] = field(default_factory=dict)
    duplicates: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def only_masks(self) -> bool:
        """Return whether no image shows the ground."""
        return all(image.meaning is not None for image in self.images)

    def join(self) -> None:
        """Choose one image a band: the finest, for the scene classification the one nearest its own 20 m."""
        by_name: dict[str, list[BandImage]] = defaultdict(list)
        for image in self.images:
            if image.name:
                by_name[image.name].append(image)
        for name, images in by_name.items():
            images.sort(key=lambda image: (_rank(name, image), image.facts.path, image.band.number))
            self.bands[name] = images[0]
            for other in images[1:]:
                sides = sorted((images[0].facts.pixel, other.facts.pixel))
                if sides[1] < sides[0] * SAME_RESOLUTION:
                    self.duplicates.append((name, *_labels(images[0], other)))


def group(images: Iterable[BandImage], findings: Findings | None = None) -> list[Scene]:
    """Return the scenes of all images, in the order of dates, tracks, tiles and times.

    Products of one tile and time that fill each other become scenes of their own, which are mosaicked later.
    """
    by_day: dict[tuple[date, str], list[BandImage]] = defaultdict(list)
    for image in images:
        by_day[image.day, image.track].append(image)
    scenes: list[Scene] = []
    for key in sorted(by_day):
        scenes.extend(_scenes_of_day(by_day[key]))
    whole: list[Scene] = []
    for scene in scenes:
        scene.join()
        pieces = split(scene) if scene.duplicates else [scene]
        if len(pieces) > 1 and findings is not None:
            findings.sort_out("mosaicked", f"{scene.day} {scene.tile}".strip())
        whole.extend(pieces)
    return whole


def split(scene: Scene) -> list[Scene]:
    """Return the products of a scene as scenes of their own where each fills what the others lack, else the scene."""
    turns = _turns(scene.images)
    keys = (
        lambda image: product_name(image.facts.path),
        _folder_of,
        lambda image: image.facts.path,
        lambda image: turns[id(image)],
    )
    for key in keys:
        groups: dict[str, list[BandImage]] = defaultdict(list)
        for image in scene.images:
            groups[key(image)].append(image)
        pieces = [Scene(scene.day, scene.tile, scene.time, scene.track, own) for own in groups.values()]
        for piece in pieces:
            piece.join()
        if len(pieces) < 2 or any(piece.duplicates or piece.only_masks for piece in pieces):
            continue
        shared = set.intersection(*(set(piece.bands) for piece in pieces))
        shared = {name for name in shared if pieces[0].bands[name].meaning is None}
        if shared and fill_each_other([_place_of(piece.bands[min(shared)]) for piece in pieces]):
            return pieces
    return [scene]


def _turns(images: Sequence[BandImage]) -> dict[int, str]:
    """Return how often the band of each image stood in its file before: two times of one day, two tiles of one pass."""
    before: Counter[tuple[str, str]] = Counter()
    turns = {}
    for image in sorted(images, key=lambda image: image.band.number):
        turns[id(image)] = str(before[image.facts.path, image.name])
        before[image.facts.path, image.name] += 1
    return turns


def _folder_of(image: BandImage) -> str:
    return image.facts.path.replace("\\", "/").rpartition("/")[0]


def _place_of(image: BandImage) -> tuple[str, int, float | None]:
    record = image.recognised.record if image.recognised else None
    nodata = image.band.nodata
    return image.facts.path, image.band.number, record.nodata if nodata is None and record else nodata


def _scenes_of_day(images: Sequence[BandImage]) -> list[Scene]:
    named: dict[tuple[str, str], dict[str, list[BandImage]]] = defaultdict(lambda: defaultdict(list))
    for image in sorted(images, key=lambda image: (image.facts.path, image.band.number)):
        named[image.tile, image.time][image.facts.path].append(image)
    scenes: list[Scene] = []
    for (tile, time), files in sorted(named.items()):
        for place in _places(list(files.values())):
            scenes.append(Scene(place[0].day, tile, time, place[0].track, place))
    return _attach(scenes)


def _places(files: list[list[BandImage]]) -> list[list[BandImage]]:
    """Join files that show the same place; files that only touch or overlap a little stay apart."""
    places: list[list[BandImage]] = []
    for images in files:
        near = [place for place in places if any(_same_place(image, images[0]) for image in _first_of_files(place))]
        places = [place for place in places if not any(place is other for other in near)]
        places.append([image for place in near for image in place] + images)
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
            other.images.extend(scene.images)
            other.tile, other.time = other.tile or scene.tile, other.time or scene.time
        if matches:
            kept = [other for other in kept if other is not scene]
    return kept


def _belongs(scene: Scene, other: Scene) -> bool:
    pairs = ((scene.tile, other.tile), (scene.time, other.time))
    if any(one and two and one != two for one, two in pairs):
        return False
    if scene.only_masks and {image.name for image in scene.images} & {image.name for image in other.images}:
        return False
    return any(_same_place(scene.images[0], image) for image in _first_of_files(other.images))


def _first_of_files(images: Sequence[BandImage]) -> list[BandImage]:
    return list({image.facts.path: image for image in images}.values())


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


def _rank(name: str, image: BandImage) -> float:
    return abs(image.facts.pixel - SCL_PIXEL) if name == SCL else image.facts.pixel


def _labels(first: BandImage, other: BandImage) -> tuple[str, str]:
    """Return names that tell two images apart: of products, else of files, else whole paths."""
    one, two = first.facts, other.facts
    if one.path == two.path:
        return one.name, tr("band {number} of the same file").format(number=other.band.number)
    for label in (lambda facts: product_name(facts.path), lambda facts: facts.name):
        if label(one) and label(two) and label(one) != label(two):
            return label(one), label(two)
    return one.path, two.path


def orders_of(scene: Scene) -> list[tuple[str, dict[str, BandImage]]]:
    """Return the band names of a scene under every order that its nameless files may have, the likeliest first."""
    opened = list({image.facts.path: image for image in scene.images if image.order}.values())
    if not opened:
        return [("", scene.bands)]
    found = []
    for picked in list(product(*(range(len(image.order)) for image in opened)))[:MOST_ORDERS]:
        order_of = {image.facts.path: order for image, order in zip(opened, picked)}
        named = {
            image.name_in(order_of.get(image.facts.path, 0)): image
            for image in scene.images
            if image.facts.path in order_of
        }
        named.pop("", None)
        title = "; ".join(image.order[order] for image, order in zip(opened, picked))
        known = {name: image for name, image in scene.bands.items() if image.facts.path not in order_of}
        found.append((title, {**known, **named}))
    return found


def duplicates_text(scenes: Iterable[Scene]) -> str:
    """Return one sentence on all bands that come twice, "" where none does."""
    pairs: dict[tuple[str, str, date], set[str]] = defaultdict(set)
    for scene in scenes:
        for band, first, second in scene.duplicates:
            pairs[first, second, scene.day].add(band)
    twice = [
        tr("{files} ({day}, {bands})").format(files=listed((first, second)), day=day, bands=several(bands))
        for (first, second, day), bands in pairs.items()
    ]
    if not twice:
        return ""
    return tr("Two files show the same bands of one place and date; remove one of each pair: {listed}.").format(
        listed=several(twice)
    )
