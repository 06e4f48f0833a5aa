"""The order of nameless Sentinel-2 bands, told from how neighbouring bands of any ground resemble each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Iterator, Mapping, Sequence

import numpy as np

from ....models.language import listed, tr
from ....models.naming import called
from ...errors import SeriesError
from ..acquisition import NUMBERS, Acquisition, Arrangement, Part, Series
from ..cube.acquisition_reader import AcquisitionReader
from ..cube.part_reader import BLUE, RED
from ..files.grid import Window
from ..files.pool import DatasetPool
from ..messages import count, dates_text, several
from .plausible import BLUER, blue_to_red
from .reflectance import NIR
from .sampling import AcquisitionSample, Sampler

GREEN = "B03"

RATIOS = (
    ("B06", "B05", 0.95, 8.0),
    ("B07", "B06", 0.95, 1.7),
    ("B08", "B07", 0.8, 1.4),
    ("B8A", "B08", 0.8, 1.3),
    ("B11", "B12", 0.95, 4.0),
)
"""Bands, and between what their ratio lies over fields, soils and towns (the median over a scene)."""

DENSE, GREENER = 5.0, 1.0
"""Times that near infrared exceeds green and red on dense plants, and times red that green exceeds there."""

FAINT = 0.02
"""Reflectance that green or red must exceed there: below, the correction of the atmosphere is off by as much."""

LAND = 0.1
"""Reflectance in near or short-wave infrared that water does not reach."""

FITS, CLEARLY = 0.05, 0.2
"""Log-ratio by which an order may miss these ranges, and by which the next best must miss them more."""

ENOUGH = 50

COMPARED = 5
"""Dates, those with most clear ground, on which named bands are compared."""

MISNAMED = 0.1
"""Log-ratio by which bands must miss these ranges to be named wrongly."""


def resolve_band_order(series: Series, sampler: Sampler) -> Series:
    """Close the question of the order of nameless bands, date by date.

    Raises:
        SeriesError: numbers leave it open; names the dates and the remedy.
    """
    if not any(part.order_open for found in series.acquisitions for part in found.parts):
        return series
    windows = sampler.windows(series)
    chosen: list[dict[int, Arrangement | None]] = []
    for acquisition in series.acquisitions:
        sampler.feedback.check()
        chosen.append({})
        for number, part in enumerate(acquisition.parts):
            if part.order_open:
                alone = replace(acquisition, parts=(part,))
                values = _sample(sampler.reader(alone, series.bands, False), windows, len(series.bands), sampler.pool)
                chosen[-1][number] = _told(part, series.bands, values)
    titles = {each.title for own in chosen for each in own.values() if each is not None}
    still, names = [], []
    for acquisition, own in zip(series.acquisitions, chosen):
        for number, found in own.items():
            if found is None and len(titles) == 1:
                # Cloud tells nothing: as on all the other dates.
                same = [each for each in acquisition.parts[number].arrangements if each.title in titles]
                own[number] = same[0] if same else None
            if own[number] is None:
                still.append(acquisition.date)
                names.append(acquisition.parts[number].name)
    if still:
        raise SeriesError(
            tr(
                "The bands of {names} have no names and their numbers do not tell the order ({still}); describe "
                "each band (B02, B03, ...), or give their order as layers of a record ({records}) or in a list of "
                "files ({file_list})."
            ).format(
                records=called("records"),
                file_list=called("file_list"),
                names=several(names, 4),
                still=dates_text(still),
            )
        )
    usual = {each.title for found in series.acquisitions for part in found.parts for each in part.arrangements[:1]}
    odd = sorted(titles - usual)
    if odd:
        raise SeriesError(
            tr(
                "The unnamed Sentinel-2 bands seem to follow each other as {odd}, which is not the usual order "
                "({usual}); describe each band, or give their order as layers of a record ({records}) or in a list "
                "of files ({file_list})."
            ).format(
                records=called("records"),
                file_list=called("file_list"),
                odd=listed(odd, " or "),
                usual=listed(sorted(usual), " or "),
            )
        )
    settled = [_settled(found, own) for found, own in zip(series.acquisitions, chosen)]
    number = sum(bool(own) for own in chosen)
    warning = tr("The bands of {number} have no names; their order is inferred from their values ({titles}).").format(
        number=count(number, "Sentinel-2 date"), titles=tr("; ").join(sorted(titles))
    )
    return replace(series, acquisitions=tuple(settled), warnings=(*series.warnings, warning))


def check_band_order(series: Series, samples: Sequence[AcquisitionSample], sampler: Sampler) -> None:
    """Refuse bands whose names, by files that no record knows, do not fit their numbers.

    Raises:
        SeriesError: names the two bands, their ratio and the dates.
    """
    doubted = [
        number
        for number, found in enumerate(series.acquisitions)
        if any(not part.distributor and part.origins.bands != NUMBERS for part in found.parts)
    ]
    chosen = sorted(sorted(doubted, key=lambda number: -samples[number].share)[:COMPARED])
    windows = sampler.windows(series)
    missed: dict[tuple[str, str], list[tuple[date, float]]] = {}
    judged = 0
    for number in chosen:
        sampler.feedback.check()
        found = series.acquisitions[number]
        reader = sampler.reader(found, series.bands)
        named = dict(zip(series.bands, _sample(reader, windows, len(series.bands), sampler.pool)))
        land = np.maximum(named.get("B08", named.get("B8A", np.zeros(0))), named.get("B12", 0)) > LAND
        if land.sum() < ENOUGH:
            continue
        judged += 1
        for upper, lower, ratio, miss in _ratios({name: values[land] for name, values in named.items()}):
            if miss > MISNAMED:
                missed.setdefault((upper, lower), []).append((found.date, ratio))
    for (upper, lower), each in missed.items():
        if len(each) > judged / 2:
            raise SeriesError(
                tr(
                    "Sentinel-2 {upper} is {ratio:.2g} times {lower} on land ({days}), which is "
                    "impossible: some bands have wrong names; correct their descriptions or file names, "
                    "or give a record ({records})."
                ).format(
                    records=called("records"),
                    upper=upper,
                    lower=lower,
                    ratio=each[0][1],
                    days=dates_text(day for day, _ in each),
                )
            )


def _sample(reader: AcquisitionReader, windows: Sequence[Window], bands: int, pool: DatasetPool) -> np.ndarray:
    pieces = [np.zeros((bands, 0), np.float32)]
    for window in windows:
        for _, view in reader.views(window, pool):
            shown = [values for band in range(bands) if (values := view.physical(band)) is not None]
            if len(shown) == bands:
                pieces.append(np.stack([values[view.valid] for values in shown]))
    return np.concatenate(pieces, axis=1)


def _told(part: Part, bands: Sequence[str], values: np.ndarray) -> Arrangement | None:
    """Return the first of the arrangements whose bands resemble each other as they must, None where two differ less."""
    if values.shape[1] < ENOUGH:
        return None
    rows = {(part.bands[band].path, part.bands[band].band): row for row, band in enumerate(bands)}
    scores: dict[tuple, tuple[float, Arrangement]] = {}
    for order in part.arrangements:
        places = tuple((order.bands[band].path, order.bands[band].band) for band in bands)
        if all(place in rows for place in places) and places not in scores:
            named = {band: values[rows[place]] for band, place in zip(bands, places)}
            scores[places] = (_miss(named), order)
    ranked = sorted(scores.values(), key=lambda each: each[0])
    if not ranked or ranked[0][0] > FITS or (len(ranked) > 1 and ranked[1][0] < ranked[0][0] + CLEARLY):
        return None
    return ranked[0][1]


def _miss(named: Mapping[str, np.ndarray]) -> float:
    """Return by how much, in logarithms, the ratios of neighbouring bands miss what ground shows."""
    return sum(miss for *_, miss in _ratios(named))


def _ratios(named: Mapping[str, np.ndarray]) -> Iterator[tuple[str, str, float, float]]:
    """Yield two neighbouring bands, their ratio, and by how much its logarithm misses what ground shows."""
    blue = blue_to_red(named)
    if blue is not None:
        yield BLUE, RED, blue, max(np.log(max(blue, 1e-3) / BLUER), 0.0)
    if {GREEN, RED, NIR} <= set(named):
        visible = np.maximum(named[GREEN], named[RED])
        dense = (visible > FAINT) & (named[NIR] > DENSE * visible)
        if dense.sum() >= ENOUGH:
            green = float(np.median(named[GREEN][dense] / np.maximum(named[RED][dense], 1e-3)))
            yield GREEN, RED, green, max(np.log(GREENER / max(green, 1e-3)), 0.0)
    for upper, lower, least, most in RATIOS:
        if upper in named and lower in named:
            ratio = float(np.median(np.maximum(named[upper], 1e-6) / np.maximum(named[lower], 1e-6)))
            yield upper, lower, ratio, float(max(np.log(least / ratio), np.log(ratio / most), 0.0))


def _settled(acquisition: Acquisition, chosen: Mapping[int, Arrangement | None]) -> Acquisition:
    parts = list(acquisition.parts)
    for number, order in chosen.items():
        if order is None:
            continue
        origins = replace(parts[number].origins, bands=NUMBERS)
        parts[number] = replace(parts[number], bands=order.bands, masks=order.masks, arrangements=(), origins=origins)
    return replace(acquisition, parts=tuple(parts))
