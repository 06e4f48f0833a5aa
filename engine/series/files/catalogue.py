"""STAC items that were saved to this computer: which of their files lie here.

Read are items, item collections, lists of items and catalogues; nothing is fetched. A file is found where the item
points to, or by the end of its address among the files beside the item.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ....models.language import tr
from ...errors import SeriesError
from ...feedback import Feedback
from ...walk import walk
from ..messages import short_name
from .stac import DEEPEST, METRES, MOST_ITEMS, RASTERS, Asset, Told, assets_of, items_of_file, local_file

SUFFIXES = (".json", ".geojson")


@dataclass(frozen=True)
class Catalogue:
    """The files of some items.

    Attributes:
        files: path -> what is told of it.
        absent: what lies nowhere on this computer.
        archives: zips that are named as items whose files are not there by themselves.
    """

    files: Mapping[str, Told]
    absent: tuple[Told, ...]
    archives: tuple[str, ...] = ()

    def sensors(self) -> set[str]:
        """Return the sensors that the items are of."""
        return {told.sensor for told in (*self.files.values(), *self.absent)}


def is_catalogue(path: str) -> bool:
    """Return whether a path is that of a JSON file."""
    return path.lower().endswith(SUFFIXES) and os.path.isfile(path)


def read_catalogue(path: str) -> Catalogue:
    """Read the items of a file.

    Raises:
        SeriesError: it contains no STAC item.
    """
    items = list(items_of_file(path, set(), 0))
    if not items:
        raise SeriesError(
            tr(
                "{name} contains no STAC item; choose an item, an item collection or a catalogue (JSON), or the "
                "folder of the rasters."
            ).format(name=short_name(path))
        )
    return _resolved(items, os.path.dirname(os.path.abspath(path)))


def files_of(path: str) -> list[str]:
    """Return the files, and zips, of a catalogue that lie on this computer.

    Raises:
        SeriesError: it contains no STAC item, or none of its files is here.
    """
    found = read_catalogue(path)
    if not found.files and not found.archives:
        wanted = ", ".join(f"{told.item} {told.key}" for told in found.absent[:3])
        raise SeriesError(
            tr(
                "No file of the STAC items in {name} is on this computer ({wanted} and so on): put them beside it "
                "under the names that the items give, or choose their folder."
            ).format(name=short_name(path), wanted=wanted)
        )
    return [*(place for place, told in found.files.items() if not told.aside), *found.archives]


class Sidecars:
    """What STAC items say of files: items that were named, and those beside a file or in the folders above it."""

    def __init__(self, catalogues: Sequence[Catalogue] = (), inputs: Sequence[str] = ()) -> None:
        """Begin with the catalogues that the analyst named, and the folders above which no item is looked for."""
        self._roots = [os.path.abspath(path) for path in inputs if os.path.isdir(path)]
        self._named = {_key(path): told for each in catalogues for path, told in each.files.items()}
        self._folders: dict[str, Mapping[str, Told]] = {}

    def of(self, path: str) -> Told | None:
        """Return what is said of a file, None where nothing is."""
        found = self._named.get(_key(path))
        folder = os.path.dirname(os.path.abspath(path))
        while found is None and not path.startswith("/vsi"):
            found = self._beside(folder).get(_key(path))
            if folder in self._roots or not any(folder.startswith(root + os.sep) for root in self._roots):
                break
            folder = os.path.dirname(folder)
        return found

    def _beside(self, folder: str) -> Mapping[str, Told]:
        if folder not in self._folders:
            self._folders[folder] = {}
            names = sorted(name for name in _listed(folder) if name.lower().endswith(SUFFIXES))
            every = (items_of_file(os.path.join(folder, name), set(), DEEPEST) for name in names[:MOST_ITEMS])
            items = [item for each in every for item in each]
            if items:
                found = _resolved(items, folder).files
                self._folders[folder] = {_key(path): told for path, told in found.items()}
        return self._folders[folder]


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _key(path: str) -> str:
    return os.path.normcase(os.path.realpath(path))


def _resolved(items: Sequence[tuple[Mapping[str, Any], str]], root: str) -> Catalogue:
    """Find the file of each asset: where it points to, else the one whose path ends as its address does."""
    assets = [asset for item, folder in items for asset in assets_of(item, folder)]
    places = [local_file(asset.href, asset.folder) for asset in assets]
    open_ones = [number for number, place in enumerate(places) if not place]
    if open_ones:
        known = {_key(place) for place in places if place}
        for number, path in _by_name([assets[number] for number in open_ones], root).items():
            if _key(path) not in known:
                places[open_ones[number]] = path
    files: dict[str, Told] = {}
    finest: dict[tuple[str, str], tuple[float, int]] = {}
    for number, (asset, place) in enumerate(zip(assets, places)):
        group = (asset.told.item, _band_key(asset.told))
        rank = (_metres(asset), number)
        if place and not asset.told.aside and rank < finest.get(group, (float("inf"), 0)):
            finest[group] = rank
    absent: dict[tuple[str, str], Told] = {}
    for number, (asset, place) in enumerate(zip(assets, places)):
        told, group = asset.told, (asset.told.item, _band_key(asset.told))
        if place:
            coarse = not told.aside and finest[group][1] != number
            files.setdefault(place, replace(told, aside=told.aside or coarse))
        elif not told.aside and group not in finest:
            absent.setdefault(group, told)
    archives = _archives({told.item for told in absent.values()}, root)
    return Catalogue(
        files, tuple(told for told in absent.values() if told.item not in archives), tuple(archives.values())
    )


def _archives(items: set[str], root: str) -> dict[str, str]:
    """Return item -> the zip below a folder that has its name."""
    found: dict[str, str] = {}
    for folder, _, names in walk(root, Feedback()) if items else ():
        for name in names:
            stem = name[:-4].removesuffix(".SAFE") if name.lower().endswith(".zip") else ""
            if stem in items:
                found[stem] = os.path.join(folder, name)
    return found


def _band_key(told: Told) -> str:
    named = "+".join(texts[0] for texts in told.bands if texts)
    return (named or METRES.sub("", told.key)).casefold()


def _metres(asset: Asset) -> float:
    """Return the pixel of an asset as its name tells it; 0 where it does not."""
    for text in (asset.told.key, os.path.splitext(asset.parts[-1])[0] if asset.parts else ""):
        match = METRES.search(text)
        if match:
            return float(match.group(1))
    return 0.0


def _by_name(assets: Sequence[Asset], root: str) -> dict[int, str]:
    """Return number of an asset -> the file below a folder that it must be: its match, and the match of no other."""
    index: dict[str, list[str]] = defaultdict(list)
    for folder, folders, names in walk(root, Feedback()):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if name.lower().endswith(RASTERS):
                index[name.lower()].append(os.path.join(folder, name))
    single = len({asset.told.item for asset in assets}) == 1
    once = Counter(asset.parts[-1].lower() for asset in assets if asset.parts)
    best: dict[str, list[tuple[tuple[bool, int], int]]] = defaultdict(list)
    for number, asset in enumerate(assets):
        if not asset.parts:
            continue
        name, item, suffix = (
            asset.parts[-1].lower(),
            asset.told.item.lower(),
            os.path.splitext(asset.parts[-1])[1].lower(),
        )
        spelt = {
            name,
            f"{item}_{name}",
            f"{item}_{asset.told.key}{suffix}".lower(),
            f"{asset.told.key}{suffix}".lower(),
        }
        found = []
        for each in sorted(spelt):
            for path in index.get(each, ()):
                pieces = os.path.relpath(path, root).lower().replace(os.sep, "/").split("/")
                # An item alone in a folder is that of the files beside it.
                named = any(item in piece for piece in pieces) if item else False
                named |= single and len(pieces) == 1
                score = (named, _alike(pieces, [part.lower() for part in asset.parts]))
                if named or (each == name and (once[name] == 1 or score[1] > 1)):
                    found.append((score, path))
        found.sort(reverse=True)
        if found and (len(found) == 1 or found[0][0] > found[1][0]):
            best[found[0][1]].append((found[0][0], number))
    result = {}
    for path, claims in best.items():
        claims.sort(reverse=True)
        if len(claims) == 1 or claims[0][0] > claims[1][0]:
            result[claims[0][1]] = path
    return result


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many names at the end of two paths are the same."""
    same = 0
    while same < min(len(one), len(other)) and one[-1 - same] == other[-1 - same]:
        same += 1
    return same
