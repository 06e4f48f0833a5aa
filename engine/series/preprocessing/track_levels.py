"""Whether the level of each Sentinel-1 date is that of its neighbours of the same track."""

from __future__ import annotations

from typing import Mapping, Sequence

import numpy as np

from ....models.language import tr
from ...errors import SeriesError
from ...options import SeriesOptions
from ..acquisition import Series
from ..messages import dates_text
from .backscatter import or_without, without
from .backscatter_units import ENOUGH
from .sampling import AcquisitionSample

ODD = 6.0
"""Decibels by which an acquisition may differ, over the same pixels, from its neighbours in time of the same track."""

MANY, ODD_OF_FEW = 1_000, 10.0
"""Valid pixels from which on many fields are seen, and the decibels where there are fewer: in Flanders in 2018, one in
seven pieces of half a hectare to six differs by 6 to 8.3 on some date (snow, ploughing, harvest), none of ten."""


def check_levels(
    series: Series, samples: Sequence[AcquisitionSample], options: SeriesOptions
) -> tuple[Series, tuple[AcquisitionSample, ...]]:
    """Refuse, or leave out on request, dates whose level is off from their neighbours of the same track.

    Raises:
        SeriesError: names the dates and by how much they are off.
    """
    off: dict[int, float] = {}
    most = ODD if max((sample.valid.sum() for sample in samples), default=0) >= MANY else ODD_OF_FEW
    while len(off) <= len(samples) / 2:
        # The worst first: a wrong neighbour makes a right date seem wrong.
        steps = {index: _step(index, samples, off) for index in range(len(samples)) if index not in off}
        worst = max(steps, key=lambda index: abs(steps[index]), default=None)
        if worst is None or abs(steps[worst]) <= most:
            break
        off[worst] = steps[worst]
    if not off or len(off) > len(samples) / 2:
        return series, tuple(samples)
    if not options.skip_broken:
        days, first = [samples[index].date for index in off], min(off)
        raise SeriesError(
            tr(
                "Sentinel-1 differs from its neighbours of the same track on {days} ({off:+.0f} dB "
                "on {date}); calibrate these files like the others, {leave}."
            ).format(days=dates_text(days), off=off[first], date=samples[first].date.isoformat(), leave=or_without())
        )
    kept = [index for index in range(len(samples)) if index not in off]
    return without(series, kept, tr("its level differs from its neighbours")), tuple(samples[index] for index in kept)


def _step(index: int, samples: Sequence[AcquisitionSample], off: Mapping[int, float]) -> float:
    """Return the dB by which a date differs from the two before and after it; 0 where its bands do not agree."""
    own = samples[index]
    same = [n for n, other in enumerate(samples) if other.track == own.track and n != index and n not in off]
    near = [n for n in same if samples[n].date < own.date][-2:] + [n for n in same if samples[n].date > own.date][:2]
    steps = []
    for other in near:
        both = own.valid & samples[other].valid
        if both.sum() >= ENOUGH:
            steps.append(np.median((own.values - samples[other].values)[:, both], axis=1))
    if len(steps) < 2:
        return 0.0
    step = np.median(np.stack(steps), axis=0)
    alike = (np.sign(step) == np.sign(step[0])).all()
    return float(step[np.argmin(np.abs(step))]) if alike else 0.0
