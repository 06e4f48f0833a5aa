"""Design a sample: how many reference units a map needs, drawn at random, ready to be labelled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from osgeo import ogr

from ...models.known import known
from ...models.language import counted, tr
from ..accuracy.design import PARCELS, Design, DesignOptions, design_sample, expected_error
from ..accuracy.draw import Drawn, draw_members, draw_points
from ..accuracy.map_classes import MapClasses, map_classes
from ..accuracy.population import Population, count_population, metres_a_unit, pixel_area
from ..errors import AccuracyError, MapError
from ..feedback import Feedback, Part
from ..options import ParcelOptions
from ..parcels.class_map import ClassMap
from ..parcels.label import label_parcels
from ..provenance import derived_tags
from ..writing.guard import refuse_overwriting
from ..writing.outputs import PendingOutputs
from ..writing.vector import INTEGER, REAL, TEXT, Column, form_of, write_layer

if TYPE_CHECKING:
    from ..parcels.layer import Parcels

ogr.UseExceptions()

REFERENCE_FIELD = "reference"
"""The field that the analyst fills; 'Assess accuracy' takes it as the crop field."""

_COUNTED, _DRAWN = 0.3, 0.9


@dataclass(frozen=True)
class DesignRequest:
    """A sample to be drawn.

    Attributes:
        crop_map: class raster whose classes are the strata.
        sample: where the layer goes.
        parcels: with the unit "parcels": the polygons that are drawn from.
        options: target, allocation, unit and seed.
    """

    crop_map: str
    sample: str
    parcels: Parcels | None = None
    options: DesignOptions = DesignOptions()


@dataclass(frozen=True)
class DesignResult:
    """What was drawn.

    Attributes:
        sample: the file.
        design: what was wanted of each class.
        drawn: units of each class that were placed, in the order of the design.
        warnings: what could not be had.
    """

    sample: str
    design: Design
    drawn: tuple[int, ...]
    warnings: tuple[str, ...]

    @property
    def numbers(self) -> dict[str, object]:
        return {"UNITS": sum(self.drawn), "EXPECTED_ERROR": self.error}

    @property
    def error(self) -> float:
        """Standard error that the units that were placed are expected to give."""
        return expected_error(self.design.weights, self.design.spread, np.array(self.drawn))

    @property
    def sentence(self) -> str:
        """What was drawn, in words."""
        parts = tr(", ").join(f"{tr(name)} {count}" for name, count in zip(self.design.names, self.drawn))
        error = self.error
        expected = f"{error:.4f}" if np.isfinite(error) else tr("unknown, as a class has no unit")
        return tr(
            "{drawn} units were drawn ({parts}); the expected standard error is {expected}. Fill the field "
            "'{reference_field}' with the crop seen on the ground."
        ).format(drawn=sum(self.drawn), parts=parts, expected=expected, reference_field=REFERENCE_FIELD)


def check(request: DesignRequest) -> None:
    """Raise the error that would stop a run, before the map is read.

    Raises:
        ParcelError: the map cannot be opened or has no CRS.
        AccuracyError: parcels are asked for and not given.
        OutputError: the output has no known format or would replace an input.
    """
    form_of(request.sample)
    reads = [request.crop_map, *(request.parcels.files if request.parcels is not None else ())]
    refuse_overwriting(reads, [request.sample])
    check_inputs(request)


def check_inputs(request: DesignRequest) -> None:
    """Raise what is wrong with what is read; errors as `check`."""
    ClassMap(request.crop_map).placed()
    if request.options.unit == PARCELS and request.parcels is None:
        raise AccuracyError(tr("A sample of parcels needs a parcel layer: choose one, or draw points."))


def design(request: DesignRequest, feedback: Feedback | None = None) -> DesignResult:
    """Reckon the sample size, draw the units and write them; the same for a seed on any machine.

    Raises:
        AccuracyError: as `check`; or a class is named that the map does not have.
        MapError: the map shows no class.
        OutputError: the layer cannot be written.
    """
    feedback = feedback or Feedback()
    check(request)
    options, class_map = request.options, ClassMap(request.crop_map)
    with PendingOutputs([request.crop_map]) as outputs:
        pending = outputs.add(request.sample)
        feedback.title(tr("Counting the pixels of each class"))
        population = count_population(class_map, None, Part(feedback, 0.0, _COUNTED))
        codes = np.flatnonzero(population.pixels.sum(axis=0))
        if not len(codes):
            raise MapError(
                tr("The crop map {crop_map} contains no class: no sample can be drawn from it.").format(
                    crop_map=request.crop_map
                )
            )
        classes = map_classes(request.crop_map).with_codes(codes.tolist())
        stage = Part(feedback, _COUNTED, _DRAWN)
        feedback.title(tr("Drawing the sample"))
        draw = _parcels if options.unit == PARCELS else _points
        wanted, drawn, shapes = draw(request, class_map, classes, population, codes, stage)
        names = [classes.name(int(code)) for code in codes]
        columns = (
            Column("sample_id", INTEGER, tr("Number of the unit, in random order")),
            Column("map_class", TEXT, tr("Class of the map, which is the stratum")),
            Column("weight", REAL, tr("Hectares that the unit represents")),
            Column(REFERENCE_FIELD, TEXT, tr("Crop seen on the ground"), names),
        )
        area = dict(zip(codes.tolist(), (population.area.sum(axis=0)[codes] / 1e4).tolist()))
        placed = {int(code): int((drawn.code == code).sum()) for code in codes}
        rows = (
            (shape, (number, classes.name(int(code)), round(area[int(code)] / placed[int(code)], 6), None))
            for number, (shape, code) in enumerate(zip(shapes, drawn.code.tolist()), start=1)
        )
        kind = ogr.wkbMultiPolygon if options.unit == PARCELS else ogr.wkbPoint
        tags = {**derived_tags(request.crop_map), "SAMPLE": _described(options)}
        write_layer(pending, class_map.crs, kind, columns, rows, tags)
        outputs.commit()
    feedback.progress(1.0)
    warnings = [
        tr("{units} of {code} could not be placed: lower the minimum distance or the number of units.").format(
            units=counted(missing, "unit"), code=tr(classes.name(code))
        )
        for code, missing in drawn.short.items()
    ]
    by_name = {classes.name(code): count for code, count in placed.items()}
    found = DesignResult(request.sample, wanted, tuple(by_name[name] for name in wanted.names), ())
    if options.size is None and found.error > 1.05 * options.target_error:
        warnings.append(
            tr(
                "The expected standard error is {error:.4f}, more than the target of {target_error:g}: some "
                "classes are too small, or the allocation gives more to rare classes; draw more units (sample "
                "size)."
            ).format(error=found.error, target_error=options.target_error)
        )
    for warning in warnings:
        feedback.warning(warning)
    return replace(found, warnings=tuple(warnings))


def _points(
    request: DesignRequest,
    class_map: ClassMap,
    classes: MapClasses,
    population: Population,
    codes: np.ndarray,
    feedback: Feedback,
) -> tuple[Design, Drawn, list[ogr.Geometry]]:
    pixels, options = population.pixels.sum(axis=0)[codes], request.options
    names = [classes.name(int(code)) for code in codes]
    wanted = design_sample(names, population.area.sum(axis=0)[codes], pixels, options)
    frame = class_map.frame
    metres = metres_a_unit(class_map.crs)
    side = np.sqrt(pixel_area(frame, class_map.crs)) if np.isnan(metres) else None
    widths = (side, side) if side is not None else (frame.pixel_width * metres, frame.pixel_height * metres)
    drawn = draw_points(
        class_map,
        dict(zip(codes.tolist(), pixels.tolist())),
        dict(zip(codes.tolist(), wanted.counts.tolist())),
        options.seed,
        (options.minimum_distance / widths[0], options.minimum_distance / widths[1]),
        feedback,
    )
    shapes = []
    for col, row in drawn.place.tolist():
        point = ogr.Geometry(ogr.wkbPoint)
        point.AddPoint_2D(frame.x0 + col * frame.pixel_width, frame.y0 - row * frame.pixel_height)
        shapes.append(point)
    return wanted, drawn, shapes


def _parcels(
    request: DesignRequest,
    class_map: ClassMap,
    classes: MapClasses,
    population: Population,
    codes: np.ndarray,
    feedback: Feedback,
) -> tuple[Design, Drawn, list[ogr.Geometry]]:
    parcels, options = known(request.parcels), request.options
    parcels.load(class_map.crs.ExportToWkt(), Part(feedback, 0.0, 0.2))
    labels = label_parcels(request.crop_map, parcels.shapes, None, ParcelOptions(), Part(feedback, 0.2, 1.0))
    count = np.array([int((labels.code == code).sum()) for code in codes])
    held = count > 0
    if not held.any():
        raise AccuracyError(tr("No parcel has a class in the map: check that both show the same place."))
    names = [classes.name(int(code)) for code in codes[held]]
    found = design_sample(names, population.area.sum(axis=0)[codes][held], count[held], options)
    wanted = dict(zip(codes[held].tolist(), found.counts.tolist()))
    geometries = [None if shape is None else ogr.CreateGeometryFromWkb(bytes(shape)) for shape in parcels.shapes]
    centres = np.array([_centre(geometry) for geometry in geometries])
    metres = metres_a_unit(class_map.crs)
    distance = options.minimum_distance / (111_320.0 if np.isnan(metres) else metres)
    drawn = draw_members(labels.code, wanted, options.seed, centres, (distance, distance))
    return found, drawn, [ogr.ForceToMultiPolygon(geometries[int(place[0])]) for place in drawn.place]


def _centre(geometry: ogr.Geometry | None) -> tuple[float, float]:
    if geometry is None or geometry.IsEmpty():
        return (np.nan, np.nan)
    point = geometry.Centroid()
    return point.GetX(), point.GetY()


def _described(options: DesignOptions) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(vars(options).items()))
