"""Scores of two lists of labels."""

from __future__ import annotations

from typing import Sequence

import numpy as np

from crop_attention.engine.accuracy.bootstrap import Units
from crop_attention.engine.accuracy.confusion import ConfusionMatrix, confusion
from crop_attention.engine.accuracy.options import AccuracyOptions
from crop_attention.engine.accuracy.scores import Scores, scores


def scores_of(
    map_labels: Sequence,
    reference_labels: Sequence,
    classes: Sequence | None = None,
    groups: Sequence | None = None,
    replicates: int = AccuracyOptions.replicates,
) -> tuple[ConfusionMatrix, Scores]:
    """Return matrix and scores of two lists of labels.

    Args:
        map_labels: M labels of the map (numbers or texts).
        reference_labels: M labels of the reference.
        classes: all labels in the order of the matrix; None takes those that occur, sorted.
        groups: M keys of the parcel (or field, or farm) that each unit lies in, for intervals by cluster bootstrap;
            None when each unit was drawn by itself.

    Raises:
        ValueError: the lists differ in length, or hold a label that is not in `classes`.
    """
    said, true = np.asarray(map_labels), np.asarray(reference_labels)
    if said.shape != true.shape or said.ndim != 1:
        raise ValueError(f"map_labels {said.shape} and reference_labels {true.shape} must be of one length")
    names = list(np.unique(np.concatenate([said, true])).tolist() if classes is None else classes)
    places = {name: place for place, name in enumerate(names)}
    strange = sorted({str(label) for label in [*said.tolist(), *true.tolist()] if label not in places})
    if strange:
        raise ValueError(f"labels outside classes: {', '.join(strange)}")
    rows, columns = (np.array([places[label] for label in labels.tolist()], np.int64) for labels in (said, true))
    cluster = None if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    if cluster is not None and len(cluster) != len(rows):
        raise ValueError(f"groups ({len(cluster)}) must be as many as the labels ({len(rows)})")
    matrix = confusion(rows, columns, [str(name) for name in names])
    units = Units(rows, columns, np.ones(len(rows), np.int64), cluster)
    return matrix, scores(matrix, units, replicates)
