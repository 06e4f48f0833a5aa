"""Unit, scale and order of polarisations of each Sentinel-1 acquisition, judged by what land sends back."""

from __future__ import annotations

from dataclasses import replace
from typing import Sequence

import numpy as np

from ....models.language import listed, span, tr
from ....models.naming import called
from ...errors import SeriesError
from ...options import SeriesOptions
from ..acquisition import (
    DECIBEL,
    NUMBERS,
    POWER,
    TYPE,
    UNIT_NAMES,
    Acquisition,
    Part,
    Scaling,
    Series,
)
from ..messages import count, dates_text, several
from .backscatter_units import ENOUGH, LIMITS, SURE, Reading, mostly, readings, rows, to_decibels, unlike_land
from .sampling import AcquisitionSample, leave_out


def or_without() -> str:
    """Return the last remedy of a refusal."""
    return tr("or leave them out by {option}").format(option=called("skip_broken"))


def resolve_units(
    series: Series, samples: Sequence[AcquisitionSample], options: SeriesOptions
) -> tuple[Series, tuple[AcquisitionSample, ...]]:
    """Settle how each acquisition is read, and turn its samples into decibels.

    Returns:
        The series with unit, scale and order of every part settled, and samples in dB.

    Raises:
        SeriesError: numbers are no backscatter, leave two readings open, or contradict their names.
    """
    chosen: list[Reading | None] = []
    odd: list[tuple[int, float, float]] = []
    swapped: list[tuple[int, float, float]] = []
    contrary: list[tuple[int, str]] = []
    unsure: list[tuple[int, list[Reading]]] = []
    for index, (acquisition, sample) in enumerate(zip(series.acquisitions, samples)):
        values = sample.values[:, sample.valid].astype(np.float64)
        found = readings(acquisition.parts[0], series.bands, values) if values.shape[1] >= ENOUGH else None
        chosen.append(None)
        if found is None:
            continue
        if not found:
            low, high = np.percentile(values, (5, 95))
            others = readings(replace(acquisition.parts[0], unit=""), series.bands, values)
            if others:
                contrary.append((index, others[0].unit))
                continue
            (swapped if _swapped(acquisition.parts[0], series.bands, values) else odd).append((index, low, high))
        elif len(found) == 1 or found[0].likelihood - found[1].likelihood >= SURE:
            chosen[-1] = found[0]
        else:
            unsure.append((index, found))
    known = [reading for reading in chosen if reading is not None]
    for index, found in unsure:
        chosen[index] = _nearest(found, known)
    _refuse_contrary(series, contrary, options)
    _refuse(series, odd, swapped, [index for index, _ in unsure if chosen[index] is None], options)
    _refuse_unlike_land(series, chosen)
    typical = max(known, key=lambda reading: sum(reading.key == other.key for other in known), default=None)
    gone = {index for index, *_ in (*odd, *swapped, *contrary)}
    kept = [index for index in range(len(chosen)) if index not in gone]
    series = (
        without(series, kept, tr("VV and VH seem swapped or their numbers are not backscatter")) if gone else series
    )
    acquisitions, shown = [], []
    for acquisition, index in zip(series.acquisitions, kept):
        reading = chosen[index] or typical
        acquisitions.append(_read(acquisition, reading, chosen[index] is not None) if reading else acquisition)
        shown.append(_decibels(samples[index], acquisition.parts[0], reading, series.bands))
    series = replace(series, acquisitions=tuple(acquisitions))
    return _noted(series, typical), tuple(shown)


def _swapped(part: Part, bands: Sequence[str], values: np.ndarray) -> bool:
    """Return whether each band alone would be backscatter, so that only VH as high as VV, or higher, is wrong."""
    if len(bands) != 2 or part.candidates:
        return False
    for unit in [part.unit] if part.unit else [DECIBEL, POWER]:
        if mostly(values, unit):
            levels = np.nanmedian(to_decibels(values, unit), axis=1)
            if (levels >= LIMITS["VH"][0]).all() and (levels <= LIMITS["VV"][1]).all():
                return True
    return False


def _nearest(found: Sequence[Reading], known: Sequence[Reading]) -> Reading | None:
    """Return the reading that settled dates have too, None where they have none of them."""
    usual = [reading for reading in found if any(reading.key == other.key for other in known)]
    return usual[0] if len(usual) == 1 else None


def _refuse_contrary(series: Series, contrary: Sequence[tuple[int, str]], options: SeriesOptions) -> None:
    """Refuse numbers that contradict the unit that names or metadata give them."""
    if not contrary or options.skip_broken:
        return
    first, unit = contrary[0]
    said = series.acquisitions[first].parts[0].unit
    raise SeriesError(
        tr(
            "Names or metadata call Sentinel-1 {said} in {names}, but the numbers are like {unit}; correct them, or "
            "give the unit in a record ({records}), {leave}."
        ).format(
            said=tr(UNIT_NAMES[said]),
            names=several(series.acquisitions[index].parts[0].name for index, _ in contrary),
            unit=tr(UNIT_NAMES[unit]),
            records=called("records"),
            leave=or_without(),
        )
    )


def _refuse_unlike_land(series: Series, chosen: Sequence[Reading | None]) -> None:
    """Refuse a season whose unit or scale numbers alone tell, and whose levels are then not those of land."""
    guessed = [
        reading
        for reading, acquisition in zip(chosen, series.acquisitions)
        if reading is not None and (not acquisition.parts[0].unit or acquisition.parts[0].scale_open)
    ]
    levels = np.median([reading.levels for reading in guessed], axis=0) if guessed else ()
    if not unlike_land(series.bands, levels):
        return
    shown = [f"{band} {level:.1f} dB" for band, level in zip(series.bands, levels)]
    raise SeriesError(
        tr(
            "Read as {unit}, as only the numbers of Sentinel-1 could tell, the season has {levels}, unlike any "
            "farmland: they may be coherence or packed numbers; name their unit (dB, power or amplitude, in a tag "
            "UNITS), or give unit and scale in a record ({records})."
        ).format(unit=tr(UNIT_NAMES[guessed[0].unit]), levels=listed(shown), records=called("records"))
    )


def _refuse(
    series: Series,
    odd: Sequence[tuple],
    swapped: Sequence[tuple],
    open_: Sequence[int],
    options: SeriesOptions,
) -> None:
    def names(indices) -> str:
        return several(series.acquisitions[index].parts[0].name for index in indices)

    def days(indices) -> str:
        return dates_text(series.acquisitions[index].date for index in indices)

    if odd and not options.skip_broken:
        ranges = [
            f"{series.acquisitions[index].parts[0].name} ({span(f'{low:.4g}', f'{high:.4g}')})"
            for index, low, high in odd
        ]
        raise SeriesError(
            tr(
                "Sentinel-1 numbers are neither decibels (about -30 to 5) nor linear power (about 0 to 1) nor "
                "amplitude in {listed}; give calibrated sigma nought or gamma nought, or unit and scale of packed "
                "numbers in a record ({records}), {leave}."
            ).format(listed=several(ranges), records=called("records"), leave=or_without())
        )
    if swapped and not options.skip_broken:
        indices = [index for index, *_ in swapped]
        raise SeriesError(
            tr(
                "Sentinel-1 VH is not below VV on {indices} ({indices_2}): the polarisations seem swapped; name them "
                "correctly in file names or band descriptions, {leave}."
            ).format(indices=days(indices), indices_2=names(indices), leave=or_without())
        )
    if open_:
        raise SeriesError(
            tr(
                "The numbers of Sentinel-1 on {open} ({open_2}) may be power or amplitude, VV or VH; name the "
                "unit (dB, power or amplitude, in a tag UNITS) and describe the bands VV and VH."
            ).format(open=days(open_), open_2=names(open_))
        )


def without(series: Series, kept: Sequence[int], reason: str) -> Series:
    """Return a series with some of its acquisitions; the others are listed with the reason."""
    gone = [found for index, found in enumerate(series.acquisitions) if index not in set(kept)]
    reasons = [f"{found.date.isoformat()}: {found.parts[0].name}: {reason}." for found in gone]
    return leave_out(series, [series.acquisitions[index] for index in kept], reasons)


def _read(acquisition: Acquisition, reading: Reading, judged: bool) -> Acquisition:
    return replace(acquisition, parts=tuple(_settled(part, reading, judged) for part in acquisition.parts))


def _settled(part: Part, reading: Reading, judged: bool) -> Part:
    bands, origins = part.bands, part.origins
    orders = {order.title: order for order in part.arrangements}
    if reading.order is not None and reading.order.title in orders:
        bands, origins = orders[reading.order.title].bands, replace(origins, bands=NUMBERS)
    if part.scale_open:
        scale, offset = reading.scaling.scale, reading.scaling.offset
        bands = {name: replace(source, scale=scale, offset=offset) for name, source in bands.items()}
        origins = replace(origins, scale=NUMBERS, offset=NUMBERS)
    if not part.unit:
        origins = replace(origins, unit=NUMBERS if judged else TYPE)
    unit = part.unit or reading.unit
    return replace(part, bands=bands, unit=unit, candidates=(), arrangements=(), origins=origins)


def _decibels(
    sample: AcquisitionSample, part: Part, reading: Reading | None, bands: Sequence[str]
) -> AcquisitionSample:
    if reading is None:
        return sample
    source = next(iter(part.bands.values()))
    scaling = reading.scaling if part.scale_open else Scaling(source.scale, source.offset, "")
    values = (sample.values.astype(np.float64) - source.offset) / source.scale * scaling.scale + scaling.offset
    values = to_decibels(values, part.unit or reading.unit)[rows(part, bands, reading.order)]
    valid = sample.valid & np.isfinite(values).all(axis=0) & (np.abs(values + 10) < 50).all(axis=0)
    return replace(sample, valid=valid, values=np.where(valid, values, 0).astype(np.float32))


def _noted(series: Series, typical: Reading | None) -> Series:
    notes, warnings = list(series.notes), list(series.warnings)
    parts = [part for found in series.acquisitions for part in found.parts]
    if typical is None and not all(part.unit for part in parts):
        unit = tr(UNIT_NAMES[DECIBEL if series.decibel else POWER])
        note = tr("Sentinel-1 is read as {unit}.").format(unit=unit)
        warning = tr("No Sentinel-1 sample is valid; {unit} are assumed.").format(unit=unit)
        return replace(series, notes=(*notes, note), warnings=(*warnings, warning))
    units = sorted({part.unit for part in parts})
    for unit in units:
        own = [part for part in parts if part.unit == unit]
        told = all(part.origins.unit == NUMBERS for part in own)
        how = tr("inferred from the range of its values") if told else tr("as names or metadata say")
        text = tr("Sentinel-1 is read as {names}, {how}").format(names=tr(UNIT_NAMES[unit]), how=how)
        more = tr(" ({scenes})").format(scenes=count(len(own), "scene")) if len(units) > 1 else ""
        (warnings if more else notes).append(tr("{sentence}.").format(sentence=text + more))
    guessed = [found for found in series.acquisitions if found.parts[0].origins.bands == NUMBERS]
    if guessed:
        warnings.append(
            tr(
                "The polarisations of {count} are inferred from their values, VH being the weaker; "
                "describe the bands VV and VH if that is wrong."
            ).format(count=count(len(guessed), "Sentinel-1 acquisition"))
        )
    return replace(series, decibel=DECIBEL in units, notes=tuple(notes), warnings=tuple(warnings))
