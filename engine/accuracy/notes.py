"""What an assessment has to say beside its numbers: what was left out, and what lowers their worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...models.language import N_, listed, tr
from ..parcels.class_map import ClassMap
from .areas import Areas
from .bootstrap import Units
from .confusion import ConfusionMatrix
from .map_classes import MapClasses
from .matching import Match
from .options import PARCEL, PIXEL, POINT, AccuracyOptions
from .reference import Reference
from .sample import Sample
from .scores import CLUSTERED, Scores

FEW = 10
"""Units of the reference under which a class is named in a warning."""

_PERFECT = 30
"""Units of which all agree that make one wonder."""


@dataclass(frozen=True)
class LeftOut:
    """What is not in the matrix: how many, of what, and why."""

    count: int
    what: str
    why: str


def where_values_went(
    reference: Reference, found: Match, names: MapClasses, class_map: ClassMap
) -> tuple[tuple[str, str, int], ...]:
    """Return (value, where it went, features) by value."""
    rows = []
    for value, count in sorted(Counter(value for value in reference.values if value).items()):
        if value in found.codes:
            goes = names.name(int(class_map.values[found.codes[value]]))
        else:
            goes = N_("a separate class") if value in found.kept else N_("ignored")
        rows.append((value, goes, count))
    return tuple(rows)


def what_was_left_out(
    reference: Reference, found: Match, sample: Sample, unit: str, options: AccuracyOptions
) -> tuple[LeftOut, ...]:
    """Return what is not in the matrix, reason by reason."""
    feature = _kind(unit)
    ignored = set(found.ignored)
    rows = (
        LeftOut(sum(not value for value in reference.values), feature, tr("without a value in the class field")),
        LeftOut(sum(value in ignored for value in reference.values), feature, tr("whose value is ignored")),
        LeftOut(sample.without_shape, feature, tr("without a geometry, or beyond the CRS of the map")),
        LeftOut(sample.off_map, feature, tr("outside the map")),
        LeftOut(
            sample.vanished, feature, tr("of which an inset of {inset:g} m leaves nothing").format(inset=options.inset)
        ),
        LeftOut(sample.without_pixel, feature, tr("too small to hold the centre of a pixel")),
        LeftOut(sample.without_class, "pixels" if unit == PIXEL else feature, tr("where the map has no class")),
    )
    return tuple(row for row in rows if row.count)


def about_reference(
    units: Units, names: Sequence[str], found: Match, left_out: Sequence[LeftOut], features: int, unit: str
) -> list[str]:
    """Return warnings on the reference: scarce classes, much left out, classes that the map does not have."""
    told = []
    held = [units.chosen(units.reference == place).clusters for place in range(len(names))]
    few = [f"{tr(name)} ({count})" for name, count in zip(names, held) if 0 < count < FEW]
    if few:
        told.append(
            tr("Fewer than {few} {unit} of the reference: {few_2}; their scores are unreliable.").format(
                few=FEW, unit=tr(_kind(unit)), few_2=listed(few)
            )
        )
    lost = sum(row.count for row in left_out if row.what != "pixels")
    if lost * 2 > features:
        told.append(
            tr("{lost} of {features} {unit} of the reference are not in the matrix; see what was left out.").format(
                lost=lost, features=features, unit=tr(_kind(unit))
            )
        )
    if found.kept:
        told.append(
            tr("The map has no class for {names}: every unit of these counts as an error of the map.").format(
                names=listed(found.kept)
            )
        )
    return told


def about_areas(areas: Areas | None, unseen: Sequence[str], unit: str, outside: int) -> list[str]:
    """Return warnings on the areas: strata without reference, classes that the reference never holds."""
    told = []
    if outside:
        told.append(
            tr("{outside} units lie outside all strata: they count in the matrix, not in the areas.").format(
                outside=outside
            )
        )
    if areas is None:
        return [*told, tr("No areas are estimated: no stratum holds two units of the reference.")]
    if areas.left_out:
        groups = tr("map classes") if areas.by_map else tr("strata")
        told.append(
            tr(
                "The estimates of area leave out {groups} with fewer than two {unit} of the reference: {left_out}."
            ).format(groups=groups, unit=tr(_kind(unit)), left_out=listed([tr(name) for name in areas.left_out]))
        )
    strange = [name for name in unseen if not (areas.by_map and name in areas.left_out)]
    if strange:
        told.append(
            tr(
                "The reference never holds {strange}, which the map shows: the estimates of area take this for an "
                "error of the map. If the reference was not drawn over such ground, mask it out of the map first, or "
                "do not use the adjusted areas."
            ).format(strange=listed([tr(name) for name in strange]))
        )
    return told


def about_origin(reference: Reference, clusters: np.ndarray, matrix: ConfusionMatrix) -> list[str]:
    """Return warnings on where the reference comes from: features given more than once, labels that a map gave."""
    told = []
    again = len(clusters) - len(np.unique(clusters))
    if again:
        told.append(
            tr(
                "{again} of {count_clusters} features of the reference repeat the geometry of another: each of them "
                "counts, and intervals treat features of one geometry as one."
            ).format(again=again, count_clusters=len(clusters))
        )
    if reference.from_map:
        told.append(
            tr(
                "The reference {reference} holds labels taken from a crop map ({from_map}): a map that is "
                "judged by its own labels is always right. Choose a field with crops observed on the ground."
            ).format(reference=reference.name, from_map=reference.from_map)
        )
    elif matrix.total >= _PERFECT and int(matrix.agreeing.sum()) == matrix.total:
        told.append(
            tr(
                "All {total} units agree, which no real map does: check that the reference was not "
                "made from this map, nor the map trained on it."
            ).format(total=matrix.total)
        )
    return told


def notes(found: Match, unit: str, options: AccuracyOptions, judged: Scores) -> list[str]:
    """Return what is worth knowing."""
    told = []
    if found.unused:
        told.append(
            tr("The class table names values that the reference does not hold: {unused}.").format(
                unused=listed(found.unused)
            )
        )
    if unit == PIXEL and options.inset == 0:
        told.append(tr("Pixels on the edges of parcels are compared too; an inset leaves these mixed pixels out."))
    if unit == PARCEL:
        told.append(
            tr("A parcel has the class that most of its inner pixels hold; parcels count alike, whatever their size.")
        )
    if unit == PIXEL or judged.intervals == CLUSTERED:
        told.append(
            tr(
                "Intervals resample the {clusters} {unit} {replicates} times (seed {seed}), because units of one "
                "place are alike."
            ).format(clusters=judged.clusters, unit=tr(_kind(unit)), replicates=options.replicates, seed=options.seed)
        )
    return told


def _kind(unit: str) -> str:
    return "points" if unit == POINT else "parcels"
