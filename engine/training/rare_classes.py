"""Classes too rare to learn: merged, left out or refused, and always said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Sequence

import numpy as np

from ...models.card import CropClass
from ...models.language import tr
from ..class_names import comparable
from ..errors import SampleError
from .options import SourceOptions
from .sources.colours import distinct_colours
from .sources.naming import LAST_CODE


@dataclass(frozen=True)
class Settled:
    """A legend without rare classes.

    Attributes:
        classes: those that are kept, by code.
        recode: (256,) uint8: old code -> new code, 0 where the class is left out.
        counts: code -> parcels or points.
        warnings: what was merged or left out, in sentences.
    """

    classes: tuple[CropClass, ...]
    recode: np.ndarray
    counts: Mapping[int, int]
    warnings: tuple[str, ...]


def resolve_rare(
    classes: Sequence[CropClass],
    counts: Mapping[int, int],
    options: SourceOptions,
    where: str,
    things: str = "parcels",
) -> Settled:
    """Merge or leave out the classes that have fewer than `options.minimum_parcels`.

    Args:
        counts: code -> number of parcels or points that can be used.
        options: the least number, the name of the class that takes the rare ones, and how many must be left.
        where: the layer and field, for messages.
        things: what is counted, in the plural.

    Raises:
        SampleError: too few classes are left.
    """
    present = [entry for entry in sorted(classes, key=lambda entry: entry.code) if counts.get(entry.code, 0)]
    least = options.minimum_parcels
    rare = [entry for entry in present if counts[entry.code] < least]
    kept = [entry for entry in present if counts[entry.code] >= least]
    recode = np.zeros(256, np.uint8)
    for entry in kept:
        recode[entry.code] = entry.code
    left = {entry.code: counts[entry.code] for entry in kept}
    warnings = []
    if rare and options.other:
        other = _other(options.other, classes)
        merged = sum(counts[entry.code] for entry in rare)
        if merged + left.get(other.code, 0) >= least:
            others = [entry for entry in rare if entry.code != other.code]
            if other.code not in left:
                kept.append(other)
            left[other.code] = left.get(other.code, 0) + merged
            recode[[entry.code for entry in rare]] = other.code
            rare = []
            if others:
                warnings.append(
                    tr("Merged into {other}, having fewer than {least:,} {things}: {names}.").format(
                        other=tr(other.name), least=least, things=things, names=_listed(others, counts)
                    )
                )
    if rare:
        warnings.append(
            tr("Left out, having fewer than {least:,} {things}: {names}.").format(
                least=least, things=things, names=_listed(rare, counts)
            )
        )
    if len(kept) < options.minimum_classes:
        names = _listed(present, counts) or tr("none")
        raise SampleError(
            tr(
                "{where} leaves {kept} with at least {least:,} {things} ({names}) and {needed} must be left: label "
                "more {things}, or lower the minimum number per class."
            ).format(
                where=where,
                kept=_few(kept),
                least=least,
                things=things,
                names=names,
                needed=options.minimum_classes,
            )
        )
    ordered = tuple(sorted(kept, key=lambda entry: entry.code))
    return Settled(ordered, recode, dict(sorted(left.items())), tuple(warnings))


def _other(name: str, classes: Sequence[CropClass]) -> CropClass:
    """Return the class of this name, or a new one."""
    for entry in classes:
        if comparable(entry.name) == comparable(name):
            return entry
    codes = {entry.code for entry in classes}
    code = next(code for code in (*range(max(codes) + 1, LAST_CODE + 1), *range(1, LAST_CODE + 1)) if code not in codes)
    return CropClass(code, name, distinct_colours(1, [entry.colour for entry in classes])[0])


def _listed(classes: Sequence[CropClass], counts: Mapping[int, int]) -> str:
    return tr(", ").join(f"{tr(entry.name)} ({counts[entry.code]:,})" for entry in classes)


def _few(kept: Sequence[CropClass]) -> str:
    return tr("only {name}").format(name=tr(kept[0].name)) if kept else tr("no class")
