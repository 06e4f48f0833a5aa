"""A real landscape of 18 declared parcels, mapped as users map it and held against what grew there."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from osgeo import gdal, ogr

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.mapping.classify import classify
from crop_attention.engine.options import MappingOptions, ParcelOptions, SeriesOptions
from crop_attention.engine.parcels.label import label_parcels
from crop_attention.engine.series.inputs import SeriesInputs
from crop_attention.engine.series.preprocessing.prepare import prepare
from crop_attention.engine.series.preprocessing.prepared import PreparedSeries
from crop_attention.models.card import Card
from crop_attention.models.checkpoint import read_card

from .hits import Hits, together

gdal.UseExceptions()
ogr.UseExceptions()

CROPS = {
    "maize": "Maize",
    "grassland": "Grassland",
    "potatoes": "Potatoes",
    "other_legumes": "Pulses",
    "vegetables_cabbage": "Other crops",
}
"""Declared crop -> class of the bundled legend."""

JUDGED = ("Maize", "Grassland")
"""Classes whose pixels are counted: the others have less than one hectare each."""

LARGE = 4000.0
"""Square metres over which a parcel is large: 40 pixels."""


@dataclass(frozen=True)
class Parcel:
    """A declared parcel.

    Attributes:
        number, crop: as declared.
        truth: class code of the crop.
        hectares: its area.
        label: class code of most of its pixels, 0 for none.
        share: of its pixels with that class, 0..1.
    """

    number: int
    crop: str
    truth: int
    hectares: float
    label: int
    share: float


@dataclass(frozen=True)
class Flanders:
    """What a checkpoint gets right there.

    Attributes:
        inner, whole: hits by pixel of each judged class and of all together, over pixels whose four neighbours are of
            the same declared crop, and over all.
        parcels: one by one.
        season: first and last day.
        names: class code -> name.
    """

    inner: tuple[Hits, ...]
    whole: tuple[Hits, ...]
    parcels: tuple[Parcel, ...]
    season: str
    names: dict[int, str]

    def by_parcel(self) -> tuple[Hits, Hits]:
        """Return the hits among all parcels and among the large ones."""
        large = [parcel for parcel in self.parcels if parcel.hectares > LARGE / 1e4]
        return (
            _right("all parcels", self.parcels),
            _right(f"parcels over {LARGE / 1e4:g} ha", large),
        )

    def rows(self) -> list[tuple[str, str, str]]:
        """Return what was judged, right of how many, and percent."""
        groups = [(f"{hit.name}, all pixels", hit) for hit in self.whole]
        groups += [(f"{hit.name}, inner pixels", hit) for hit in self.inner]
        groups += [(hit.name, hit) for hit in self.by_parcel()]
        return [(name, f"{hit.right:,} of {hit.total:,}", f"{hit.share:.1%}") for name, hit in groups]


def missing(folder: Path) -> str:
    """Return a sentence when the sample is not there, else nothing."""
    needed = ("sentinel2", "sentinel1", "parcels.gpkg", "crop_codes.tif")
    absent = [name for name in needed if not (folder / name).exists()]
    return f"There is no {absent[0]} in {folder}: the labelled landscape is left out." if absent else ""


def assess(checkpoint: Path, folder: Path, threads: int = 1) -> Flanders:
    """Map the landscape and count.

    Args:
        checkpoint: of the bundled legend.
        folder: series of both sensors, parcels with their crop, and the same as a raster of codes.
        threads: of the network.
    """
    card = read_card(checkpoint)
    prepared = opened(card, folder)
    declared, crops = declared_classes(card, folder)
    with tempfile.TemporaryDirectory() as scratch:
        crop_map = str(Path(scratch) / "crop_map.tif")
        options = MappingOptions(device="cpu", threads=threads)
        classify(prepared, str(checkpoint), {"crop_map": crop_map}, options, Feedback(), with_statistics=False)
        mapped = gdal.Open(crop_map).ReadAsArray()
        shapes = [shape for *_, shape in crops]
        labels = label_parcels(crop_map, shapes, None, ParcelOptions())
    parcels = tuple(
        Parcel(number, crop, truth, area / 1e4, int(code), float(share))
        for (number, crop, truth, area, _), code, share in zip(crops, labels.code, labels.share)
    )
    names = {entry.code: entry.name for entry in card.classes}
    judged = [code for code, name in names.items() if name in JUDGED]
    season = f"{prepared.placed.start} to {prepared.placed.step_bounds(card.season.steps - 1)[1]}"
    found = [_by_class(mapped, truth, judged, names) for truth in (np.where(inner(declared), declared, 0), declared)]
    return Flanders(*found, parcels, season, names)


def opened(card: Card, folder: Path) -> PreparedSeries:
    """Return the series, placed on the card's calendar as their dates say."""
    inputs = SeriesInputs((str(folder / "sentinel2"),), (str(folder / "sentinel1"),))
    return prepare(inputs, card, SeriesOptions())


def declared_classes(card: Card, folder: Path) -> tuple[np.ndarray, list[tuple[int, str, int, float, bytes]]]:
    """Return the declared class of each pixel (H, W), 0 for none, and number, crop, class, area and WKB of parcels.

    Raises:
        KeyError: a crop that `CROPS` does not know, or whose class the legend does not have.
    """
    by_name = {entry.name: entry.code for entry in card.classes}
    dataset = gdal.OpenEx(str(folder / "parcels.gpkg"), gdal.OF_VECTOR)
    parcels, class_of = [], {}
    for feature in dataset.GetLayer(0):
        crop = feature["crop"]
        truth = class_of[feature["crop_code"]] = by_name[CROPS[crop]]
        shape = bytes(feature.GetGeometryRef().ExportToIsoWkb(ogr.wkbNDR))
        parcels.append((feature["parcel_id"], crop, truth, feature.GetGeometryRef().Area(), shape))
    codes = gdal.Open(str(folder / "crop_codes.tif")).ReadAsArray()
    declared = np.zeros(codes.shape, np.uint8)
    for code, truth in class_of.items():
        declared[codes == code] = truth
    return declared, parcels


def inner(declared: np.ndarray) -> np.ndarray:
    """Return the pixels (H, W) whose four neighbours are declared alike; none at the edge of the raster."""
    framed = np.pad(declared, 1)
    sides = (framed[:-2, 1:-1], framed[2:, 1:-1], framed[1:-1, :-2], framed[1:-1, 2:])
    return (declared > 0) & np.logical_and.reduce([side == declared for side in sides])


def _by_class(mapped: np.ndarray, truth: np.ndarray, codes: list[int], names: dict[int, str]) -> tuple[Hits, ...]:
    of = {code: mapped[truth == code] for code in codes}
    parts = [Hits(names[code], int((found == code).sum()), found.size) for code, found in of.items()]
    return (*parts, together(" and ".join(hit.name.lower() for hit in parts).capitalize(), parts))


def _right(name: str, parcels: Sequence[Parcel]) -> Hits:
    return Hits(name.capitalize(), sum(parcel.label == parcel.truth for parcel in parcels), len(parcels))
