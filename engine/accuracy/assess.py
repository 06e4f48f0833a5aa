"""A map held against a reference: from files to matrix, scores and areas."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from osgeo import gdal

from ...models.language import tr
from ..errors import AccuracyError
from ..feedback import Feedback, Part
from ..parcels.class_map import ClassMap
from .areas import Areas, adjusted_areas
from .assessment import AssessedClass, Assessment
from .bootstrap import Units
from .confusion import confusion
from .map_classes import MapClasses, map_classes
from .matching import Match, match, none_matched
from .notes import (
    about_areas,
    about_origin,
    about_reference,
    notes,
    what_was_left_out,
    where_values_went,
)
from .options import AUTO, PARCEL, PIXEL, POINT, AccuracyOptions
from .population import CODES, Population, count_population, metres_a_unit, strata_on
from .reference import POINTS, Reference
from .sample import Sample, sample_parcels, sample_pixels, sample_points
from .scores import scores

_OWN_COLOUR = "#555555"
_SAMPLED, _SCORED, _COUNTED = 0.6, 0.7, 0.9


def unit_of(kind: str, unit: str) -> str:
    """Return the unit for a reference of polygons or points.

    Raises:
        AccuracyError: the two do not fit.
    """
    if kind == POINTS:
        if unit == PARCEL:
            raise AccuracyError(tr("The reference holds points, not parcels: choose the unit 'point' or 'auto'."))
        return POINT
    if unit == POINT:
        raise AccuracyError(tr("The reference holds polygons, not points: choose the unit 'parcel' or 'pixel'."))
    return PARCEL if unit == AUTO else unit


def inset_units(class_map: ClassMap, crop_map: str, inset: float) -> float:
    """Return an inset in metres as units of the CRS of the map.

    Raises:
        ParcelError: the map has no CRS.
        AccuracyError: its units are degrees, and an inset is asked for.
    """
    class_map.placed()
    if inset <= 0:
        return 0.0
    metres = metres_a_unit(class_map.crs)
    if math.isnan(metres):
        raise AccuracyError(
            tr(
                "The crop map {crop_map} is in degrees, in which no inset in metres can be cut: set the inset to "
                "0 or warp the map to a projected CRS."
            ).format(crop_map=crop_map)
        )
    return inset / metres


def assess(
    crop_map: str,
    reference: Reference,
    table: Mapping[str, str] | None = None,
    strata: str | None = None,
    options: AccuracyOptions | None = None,
    feedback: Feedback | None = None,
) -> Assessment:
    """Compare a map with a reference.

    Args:
        crop_map: raster of class codes 1 to 255, 0 or its nodata value for none.
        reference: features in the CRS of the map.
        table: reference value -> class of the map, "" to ignore; what it does not name is matched by name.
        strata: class raster whose classes the sample was drawn in; None takes the classes of the map.
        options: unit, inset, what to do with values without a class.

    Raises:
        AccuracyError: values have no class in the map, nothing can be compared, or the inset cannot be cut.
        ParcelError: the map cannot be read or holds no class codes.
    """
    options, feedback = options or AccuracyOptions(), feedback or Feedback()
    class_map, names = ClassMap(crop_map, any_codes=True), map_classes(crop_map)
    unit, inset = unit_of(reference.kind, options.unit), inset_units(class_map, crop_map, options.inset)
    known = class_map.known_codes()
    found = match((value for value in reference.values if value), table or {}, names, options.unmatched, known)
    found = replace(found, codes={value: class_map.place_of(code) for value, code in found.codes.items()})
    ignored = {"", *found.ignored}
    numbers = np.flatnonzero([value not in ignored for value in reference.values])
    if not len(numbers):
        raise none_matched(reference.name, reference.values)
    shapes = [reference.shapes[number] for number in numbers.tolist()]

    layers, place = strata_on(class_map, strata, any_codes=True) if strata else (None, "")
    try:
        part = Part(feedback, 0.0, _SAMPLED)
        if unit == POINT:
            sample = sample_points(class_map, layers, shapes, part)
        elif unit == PIXEL:
            sample = sample_pixels(class_map, layers, shapes, part, inset)
        else:
            sample = sample_parcels(class_map, layers, shapes, part, inset)
        if not len(sample.feature):
            if sample.vanished:
                raise AccuracyError(
                    tr(
                        "An inset of {inset:g} m leaves nothing of the {vanished} parcels of the reference "
                        "{reference} that contains the centre of a classified pixel ({others} more lie outside the "
                        "map): choose a smaller one."
                    ).format(
                        inset=options.inset, vanished=sample.vanished, reference=reference.name, others=sample.off_map
                    )
                )
            raise AccuracyError(
                tr(
                    "No feature of the reference {reference} lies on a classified pixel of the crop map {crop_map}: "
                    "check that both show the same place."
                ).format(reference=reference.name, crop_map=crop_map)
            )
        values = [reference.values[number] for number in numbers.tolist()]
        clusters = clusters_of(shapes)
        clustered = unit == PIXEL or len(np.unique(clusters)) < len(clusters) or _several(sample)
        classes, units = _units(sample, values, found, names, class_map, clusters if clustered else None)
        matrix = confusion(units.map_class, units.reference, [entry.name for entry in classes], units.count)
        judged = scores(matrix, units, options.replicates, options.seed, Part(feedback, _SAMPLED, _SCORED))
        population = count_population(class_map, layers, Part(feedback, _SCORED, _COUNTED))
        strata_names = map_classes(strata) if strata else None
        area_classes, areas = _areas(
            classes, units, sample, population, names, (class_map, layers), strata_names, unit, options,
            Part(feedback, _COUNTED, 1.0),
        )  # fmt: skip
    finally:
        layers = None
        if place:
            gdal.Unlink(place)

    totals = matrix.reference_totals.tolist() + [0] * (len(area_classes) - len(classes))
    unseen = tuple(
        entry.name
        for entry, total in zip(area_classes, totals)
        if entry.code is not None and class_map.place_of(entry.code) in population.mapped and total == 0
    )
    left_out = what_was_left_out(reference, found, sample, unit, options)
    warnings = [
        *about_reference(units, matrix.classes, found, left_out, len(reference), unit),
        *about_areas(areas, unseen, unit, int(sample.count[sample.stratum == 0].sum()) if strata else 0),
        *about_origin(reference, clusters, matrix),
        *class_map.notes,
    ]
    assessment = Assessment(
        unit=unit,
        features=len(reference),
        classes=classes,
        matrix=matrix,
        scores=judged,
        areas=areas,
        area_classes=area_classes,
        matched=where_values_went(reference, found, names, class_map),
        unseen=unseen,
        left_out=left_out,
        warnings=tuple(warnings),
        notes=tuple(notes(found, unit, options, judged)),
    )
    for warning in assessment.warnings:
        feedback.warning(warning)
    feedback.progress(1.0)
    return assessment


def clusters_of(shapes: Sequence[bytes | None]) -> np.ndarray:
    """Return (N,) int64: the same number for features of the same geometry, which are one place on the ground."""
    seen: dict[bytes | None, int] = {}
    return np.array([seen.setdefault(shape, number) for number, shape in enumerate(shapes)], np.int64)


def _several(sample: Sample) -> bool:
    """Return whether a feature holds several units, as multipoints do."""
    return len(np.unique(sample.feature)) < int(sample.count.sum())


def _units(
    sample: Sample,
    values: Sequence[str],
    found: Match,
    names: MapClasses,
    class_map: ClassMap,
    clusters: np.ndarray | None,
) -> tuple[tuple[AssessedClass, ...], Units]:
    """Return the classes that map or reference hold where they meet, and the units in their places.

    `found` tells codes by their places in the map's table, as the sample does; clusters are of the features.
    """
    holders = np.unique(sample.feature).tolist()
    met = {values[number] for number in holders}
    held = {*np.unique(sample.code).tolist(), *(found.codes[value] for value in met if value in found.codes)}
    places = sorted(held, key=lambda place: class_map.values[place])
    kept = sorted(met & set(found.kept))
    codes = [int(class_map.values[place]) for place in places]
    classes = [AssessedClass(names.name(code), code, names.colour(code)) for code in codes]
    classes += [AssessedClass(value, None, _OWN_COLOUR) for value in kept]
    by_code = np.zeros(CODES, np.int64)
    by_code[places] = np.arange(len(places))
    own = {value: len(places) + number for number, value in enumerate(kept)}
    by_value = {value: own[value] if value in own else by_code[found.codes[value]] for value in met}
    by_feature = np.zeros(max(holders) + 1, np.int64)
    for number in holders:
        by_feature[number] = by_value[values[number]]
    return tuple(classes), Units(
        by_code[sample.code],
        by_feature[sample.feature],
        sample.count,
        None if clusters is None else clusters[sample.feature],
    )


def _areas(
    classes: tuple[AssessedClass, ...],
    units: Units,
    sample: Sample,
    population: Population,
    names: MapClasses,
    maps: tuple[ClassMap, ClassMap | None],
    strata: MapClasses | None,
    unit: str,
    options: AccuracyOptions,
    feedback: Feedback,
) -> tuple[tuple[AssessedClass, ...], Areas | None]:
    mapped = population.area.sum(0)
    class_map, layers = maps
    known = {entry.code for entry in classes}
    shown = sorted(int(class_map.values[place]) for place in np.flatnonzero(mapped > 0))
    extra = [code for code in shown if code not in known]
    area_classes = (*classes, *(AssessedClass(names.name(code), code, names.colour(code)) for code in extra))
    by_class = np.array(
        [0.0 if entry.code is None else mapped[class_map.place_of(entry.code)] for entry in area_classes]
    )
    if strata is None:
        sizes, pixels, of_unit = mapped, population.pixels.sum(0), sample.code
    else:
        sizes, pixels, of_unit = population.area.sum(1), population.pixels.sum(1), sample.stratum
        sizes[0] = 0.0  # ground outside all strata is not part of the population
    labels = tuple((strata or names).name(int(code)) for code in (layers or class_map).values)
    within = Units(units.map_class, units.reference, units.count, units.cluster, of_unit.astype(np.int64))
    return area_classes, adjusted_areas(
        within,
        sizes,
        labels,
        by_class,
        by_map=strata is None,
        pixels=pixels if unit == POINT else None,
        replicates=options.replicates,
        seed=options.seed,
        feedback=feedback,
    )
