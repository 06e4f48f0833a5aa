"""One label a parcel: the class that most of its pixels hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...models.language import N_, tr
from ..errors import ParcelError
from ..feedback import Feedback
from ..options import ParcelOptions
from .class_map import ClassMap
from .geometry import ParcelShapes
from .visit import READING, PixelVisitor
from .votes import Votes

OFF_MAP = N_("{number:,} outside the map")
NO_CLASS = N_("{number:,} where the map has no class")
NO_POLYGON = N_("{number:,} without a polygon")
"""Why a parcel has no label."""


@dataclass(frozen=True)
class ParcelLabels:
    """Labels of N parcels, in the order they were given.

    Attributes:
        code: (N,) whole number, the class code, 0 where there is none.
        share: (N,) float32, share of `pixels` that hold the code, 0..1.
        runner_up: (N,) whole number, the second class, 0 where there is none.
        runner_up_share: (N,) float32, its share.
        confidence: (N,) float32 percent, mean over `pixels`; NaN where unknown.
        pixels: (N,) int64, pixels that voted: with a class, and not left out as border.
        few: (N,) bool, fewer pixels than asked for, or no pixel centre inside the parcel.
        border_used: (N,) bool, border pixels were to be left out but the parcel has no others.
        zero_is_class: 0 is a class of the map: only `pixels` tells what has no label.
        without: why parcels have no label -> how many.
    """

    code: np.ndarray
    share: np.ndarray
    runner_up: np.ndarray
    runner_up_share: np.ndarray
    confidence: np.ndarray
    pixels: np.ndarray
    few: np.ndarray
    border_used: np.ndarray
    zero_is_class: bool = False
    without: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.code)

    @property
    def labelled(self) -> int:
        """Number of parcels with a label."""
        return int((self.pixels > 0).sum())

    @property
    def why_not(self) -> str:
        """How many parcels have no label for which reason, in words; "" where all have one."""
        return tr(", ").join(tr(reason).format(number=number) for reason, number in self.without.items() if number)

    @property
    def sentence(self) -> str:
        """What came of them, in words."""
        text = tr("{labelled} of {parcels} parcels got a label.").format(labelled=self.labelled, parcels=len(self))
        rest = tr("Without a label: {why_not}.").format(why_not=self.why_not) if self.why_not else ""
        return f"{text} {rest}".strip()

    def refuse_none(self, name: str, crop_map: str = "") -> None:
        """Raise ParcelError where parcels are in the layer `name` and none has a label: no result is no success.

        Args:
            crop_map: file of the map, where there are several.
        """
        if self.labelled or not len(self):
            return
        said = tr(
            "No parcel of '{name}' lies on a pixel of the map with a class: check the CRS of both and the extent."
        ).format(name=name)
        raise ParcelError(f"{crop_map}: {said}" if crop_map else said)


def label_parcels(
    crop_map: str | ClassMap,
    shapes: Sequence[bytes | None],
    confidence: str | None = None,
    options: ParcelOptions | None = None,
    feedback: Feedback | None = None,
) -> ParcelLabels:
    """Label each parcel by the majority of its pixels.

    A pixel belongs to a parcel when its centre lies inside; parcels that overlap each count the shared ground. Pixels
    without a class do not vote; of two classes with as many votes the smaller code wins. With
    `options.leave_border`, pixels with one of their four neighbours outside the parcel are left out, so that only
    pixels that lie wholly inside a straight edge vote, unless the parcel then has no vote: four neighbours suffice,
    since any straight edge that crosses a pixel has the centre of one of the four beyond it. A parcel with no pixel
    centre inside is labelled from every pixel it touches.

    Args:
        crop_map: raster of class codes, its nodata value (0 where it has none) for none; read by strips of rows.
        shapes: WKB of polygons or multipolygons in the CRS of the crop map; None, empty and invalid ones are
            answered too.
        confidence: raster of percent on the grid of the crop map, 255 or its nodata value for unknown.
        options: border and smallest number of pixels.

    Returns:
        One label for each shape, in the same order. Parcels outside the map or without polygon have code 0, pixels 0.

    Raises:
        ParcelError: a raster cannot be read, holds no class codes, or the two lie on different grids.
    """
    options, feedback = options or ParcelOptions(), feedback or Feedback()
    class_map = crop_map if isinstance(crop_map, ClassMap) else ClassMap(crop_map, confidence, any_codes=True)
    for note in class_map.notes:
        feedback.warning(note)
    polygons = ParcelShapes(shapes, feedback, share=READING)
    if polygons.missing:
        feedback.warning(
            tr("{missing} of {count_polygons} parcels have no polygon and get no label.").format(
                missing=polygons.missing, count_polygons=len(polygons)
            )
        )
    if polygons.repaired:
        feedback.info(
            tr("{repaired} of {count_polygons} parcels were invalid and repaired to be labelled.").format(
                repaired=polygons.repaired, count_polygons=len(polygons)
            )
        )
    votes = Votes(len(polygons))
    visitor = PixelVisitor(class_map, polygons, options.leave_border, votes, feedback)
    visitor.visit()
    slivers = visitor.visit_slivers()
    feedback.progress(1.0)
    count = votes.count()
    silent = int(((votes.covered > 0) & (count.pixels == 0)).sum())
    away = int((votes.covered == 0).sum()) - polygons.missing
    if silent and class_map.zero_unsaid:
        feedback.warning(
            tr(
                "{silent} of {count_polygons} parcels contain no code but 0, which is treated as no data, because "
                "the crop map declares no other value for it. If 0 is a class, set another number for no data in the "
                "file."
            ).format(silent=silent, count_polygons=len(polygons))
        )
    few = (count.pixels < options.min_pixels) | slivers
    border_used = count.fallback & (count.pixels > 0) & options.leave_border
    return ParcelLabels(
        _codes(class_map, count.code),
        count.share,
        _codes(class_map, count.runner_up),
        count.runner_up_share,
        count.confidence,
        count.pixels,
        few,
        border_used,
        class_map.zero_is_class,
        {OFF_MAP: away, NO_CLASS: silent, NO_POLYGON: polygons.missing},
    )


def _codes(class_map: ClassMap, places: np.ndarray) -> np.ndarray:
    """Return the codes of the map behind the numbers by which it tells them."""
    return class_map.values[places] if class_map.recoded else places
