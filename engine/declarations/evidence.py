"""What a map shows in each parcel, as evidence for or against a declaration."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...models.card import CropClass
from ..accuracy.map_classes import map_classes
from ..accuracy.matching import band_codes
from ..feedback import Feedback, Part
from ..options import ParcelOptions
from ..parcels.label import ParcelLabels, label_parcels
from ..parcels.probabilities import parcel_probabilities
from .judge import Evidence


def evidence_of(
    rasters: tuple[str, str, str],
    shapes: Sequence[bytes | None],
    classes: tuple[CropClass, ...],
    options: ParcelOptions,
    feedback: Feedback,
    name: str = "",
) -> Evidence:
    """Return what a map shows in each of N parcels.

    Args:
        rasters: crop map, class probabilities and confidence of one run; "" for one that is not there.
        shapes: N polygons as WKB in the CRS of the map, None for none.
        classes: K classes; those of the map have the same names, and take this order.
        options: which pixels of a parcel count.
        name: of the layer, for messages.

    Raises:
        ParcelError: no parcel lies on a pixel with a class.
    """
    crop_map, probabilities, confidence = rasters
    labels = label_parcels(crop_map, shapes, confidence or None, options, Part(feedback, 0.0, 0.4))
    labels.refuse_none(name, crop_map)
    names = [entry.name for entry in classes]
    own = map_classes(crop_map).named
    place = {entry.code: names.index(entry.name) for entry in own}
    observed = np.array([place.get(code, -1) for code in labels.code.tolist()], np.int64)
    second = np.array([place.get(code, -1) for code in labels.runner_up.tolist()], np.int64)
    if probabilities:
        means, titles = parcel_probabilities(
            probabilities, crop_map, shapes, options.leave_border, Part(feedback, 0.4, 1.0)
        )
        probability = np.zeros((len(labels), len(classes)))
        probability[:, [place[code] for code in band_codes(titles, own)]] = means
    else:
        probability = _by_share(labels, observed, second, len(classes))
    return Evidence(
        probability,
        observed,
        second,
        labels.share.astype(np.float64),
        labels.runner_up_share.astype(np.float64),
        labels.pixels,
    )


def _by_share(labels: ParcelLabels, observed: np.ndarray, second: np.ndarray, count: int) -> np.ndarray:
    """Return (N, K) from the shares of the two first classes, weighed by the confidence where it is known."""
    found = np.zeros((len(labels), count))
    known = np.flatnonzero(observed >= 0)
    certain = np.where(np.isnan(labels.confidence), 100.0, labels.confidence)[known] / 100
    found[known, observed[known]] = labels.share[known] * certain
    two = np.flatnonzero(second >= 0)
    certain = np.where(np.isnan(labels.confidence), 100.0, labels.confidence)[two] / 100
    found[two, second[two]] = labels.runner_up_share[two] * certain
    rest = 1 - found[known].sum(axis=1)
    empty = found[known] == 0
    found[known] += np.where(empty, (rest / np.maximum(empty.sum(axis=1), 1))[:, None], 0)
    return found
