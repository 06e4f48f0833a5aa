"""Plain learners on the same pixels and split: what a checkpoint has to beat to be worth its cost."""

from __future__ import annotations

import time
from typing import Sequence

import numpy as np

from ....models.language import tr
from ...feedback import Feedback
from ..dataset import LabelledCube
from ..paired_difference import gain
from ..pixels import scored
from ..result import FOREST, LINEAR, LOGISTIC, Compared
from ..scoring import Checked, judge, parcels_right
from . import forest
from .linear import fit_linear, linear_pixels
from .logistic import fit_logistic


def compare(
    train: Sequence[LabelledCube],
    test: Sequence[LabelledCube],
    codes: Sequence[int],
    names: Sequence[str],
    margin: int,
    own: tuple[np.ndarray, np.ndarray],
    seed: int,
    threads: int,
    feedback: Feedback,
) -> tuple[Compared, ...]:
    """Fit and judge discriminant analysis and, where scikit-learn is installed, a forest and a logistic regression.

    Args:
        train: all ground that is not judged: plain learners need none to stop by.
        margin: pixels at the border of a window that the network does not judge.
        own: (P,) right or not and (P,) block, parcel by parcel, of what they are compared with.
    """
    quiet = Checked(feedback)
    judged = test, codes, margin, quiet
    makers = {LINEAR: lambda: linear_pixels(fit_linear(train, codes, margin, seed, quiet), *judged)}
    if forest.available():
        feedback.info(tr("Fitting a random forest and a logistic regression on the same parcels, to compare."))
        makers[FOREST] = lambda: scored(forest.fit_forest(train, codes, margin, seed, threads, quiet), *judged)
        makers[LOGISTIC] = lambda: scored(fit_logistic(train, codes, margin, seed, quiet), *judged)
    else:
        feedback.info(tr("scikit-learn is not installed: random forest and logistic regression are not compared."))
    found = []
    for number, (name, make) in enumerate(makers.items()):
        began = time.monotonic()
        pixels = make()
        feedback.progress((number + 1) / len(makers))
        chances = pixels.scores.astype(np.float64)
        ahead = gain(own[0], parcels_right(pixels, chances), own[1])
        judgement = judge(pixels, chances, names, feedback)
        found.append(Compared(name, judgement, ahead, seconds=time.monotonic() - began))
    return tuple(found)
