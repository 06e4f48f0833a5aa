"""One county from task to outcome."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...models.card import CheckpointError
from ...models.known import known
from ...models.language import tr
from ..arguments import read_start
from ..errors import Cancelled, CropAttentionError, LabelsMissing, ParcelError, PlaceError, SeriesError
from ..feedback import Feedback
from ..options import MappingOptions, ParcelOptions, SeriesOptions
from .folder import CountyFolder, relative_outputs
from .folder_lock import check_token
from .outcome import DONE, CountyOutcome, cancelled, failed
from .request import FILES, PARCEL_LABELS

if TYPE_CHECKING:
    from ..jobs.map import MapRequest, MapResult
    from ..parcels.area import Area, ParcelsArea
    from ..series.preprocessing.prepared import PreparedSeries


@dataclass(frozen=True)
class CountyParcels:
    """The parcels of one county.

    Attributes:
        path, layer: the parcel layer; "" takes the first layer with polygons.
        fids: its features that belong to the county, in the order of the layer.
        encoding: of its text; "" takes what the file says.
    """

    path: str
    layer: str
    fids: tuple[int, ...]
    encoding: str = ""


@dataclass(frozen=True)
class CountyTask:
    """Everything that a worker must know to run one county; it can be pickled.

    Attributes:
        name: of the county, as the analyst's layer says it.
        key: its folder in the output folder: safe on any file system, unique, the same in every run.
        folder: the output folder of all counties.
        shape_wkb, crs_wkt: polygon of the county and its CRS.
        s2, s1: files and folders of each sensor; either may be empty.
        beside: folders and STAC items that the files were chosen from, which tell of them.
        checkpoint: file of the network.
        season_start: first day of the season, ISO 8601, or the year of its harvest; None chooses it from the dates.
        series_options, mapping_options, parcel_options: how to read, map and label.
        parcels: what to label; None where no parcels are given.
        by_parcels: the county is its parcels: nothing outside them is mapped, and the polygon is only their box.
        outputs: what to write, names of `options.FILES`.
        created: time on all outputs, ISO 8601, the same for a run and for all that resume it.
        fingerprint: digest of all that decides the outputs; kept in the marker of the county.
        token: of the run that holds the output folder; a worker whose run is over must not write. "" is not checked.
    """

    name: str
    key: str
    folder: str
    shape_wkb: bytes
    crs_wkt: str
    s2: tuple[str, ...]
    s1: tuple[str, ...]
    checkpoint: str
    season_start: str | None = None
    series_options: SeriesOptions = SeriesOptions()
    mapping_options: MappingOptions = MappingOptions()
    parcel_options: ParcelOptions = ParcelOptions()
    parcels: CountyParcels | None = None
    by_parcels: bool = False
    outputs: tuple[str, ...] = ("crop_map",)
    created: str = ""
    fingerprint: str = ""
    token: str = ""
    beside: tuple[str, ...] = ()


HECTARE = 10_000.0
OLDER_STANDS = tr("Its folder holds results of an earlier run with other inputs or parameters.")


def classify_county(task: CountyTask, feedback: Feedback) -> CountyOutcome:
    """Run one county and return what became of it; its outputs appear together with its marker, or not at all.

    Never raises for what is wrong with a county, its files or the disk: the outcome is then "failed" with one
    sentence, or "cancelled" when the feedback asked to stop.
    """
    began = time.monotonic()
    home = CountyFolder(task.folder, task.key)
    try:
        home.tidy()
        return _run(task, home, feedback, began)
    except Cancelled:
        return cancelled(task, time.monotonic() - began)
    except (CropAttentionError, CheckpointError) as error:
        message = str(error)
    except MemoryError:
        message = tr("The county needs more memory than is available: lower the memory limit, or close other programs.")
    except OSError as error:
        message = tr("Reading or writing failed ({error}): check the disk and the files of the county.").format(
            error=error
        )
    except Exception as error:  # one county must not take the others with it, whatever it is
        message = tr("Something unforeseen went wrong ({name}: {error}): please report it.").format(
            name=type(error).__name__, error=error
        )
    if home.holds_older():
        message = f"{message} {OLDER_STANDS}"
    return failed(task, CropAttentionError(message).args[0], time.monotonic() - began)


def _run(task: CountyTask, home: CountyFolder, feedback: Feedback, began: float) -> CountyOutcome:
    from ..jobs.map import map_crops

    with home.stage() as staged:
        try:
            result = map_crops(_request(task, staged, home.path), feedback)
            outcome = _outcome(task, result, time.monotonic() - began)
            feedback.check()
            check_token(task.folder, task.token)
            home.commit(staged, outcome, task.fingerprint)
        except LabelsMissing as error:
            raise error.reason from error  # nothing of a county is kept that is not whole
        except PlaceError as error:
            # The analyst knows the folder of the county, not where its outputs are staged.
            raise error.moved(staged, home.path) from error
    return outcome


def _request(task: CountyTask, staged: Path, home: Path) -> MapRequest:
    from ..jobs.map import MapRequest
    from ..jobs.series import SeriesRequest
    from ..parcels.parcel_file import ParcelFile
    from ..series.inputs import SeriesInputs

    parcels = None
    if task.parcels is not None and PARCEL_LABELS in task.outputs:
        parcels = ParcelFile(task.parcels.path, task.parcels.layer or None, task.parcels.fids, task.parcels.encoding)
    return MapRequest(
        SeriesRequest(
            SeriesInputs(task.s2, task.s1, task.beside),
            task.checkpoint,
            read_start(task.season_start) if task.season_start else None,
            _extent(task),
            task.series_options,
        ),
        {name: str(staged / FILES[name]) for name in _outputs(task)},
        task.mapping_options,
        task.parcel_options,
        parcels,
        area=lambda prepared: _area(task, prepared),
        title=task.name,
        created=task.created,
        scratch=str(staged),
        statistics=True,
        home=str(home),
    )


def _outputs(task: CountyTask) -> list[str]:
    """Return the outputs of a county; labels are written where parcels are given."""
    return [name for name in task.outputs if name != PARCEL_LABELS or task.parcels is not None]


def _extent(task: CountyTask):
    from osgeo import ogr

    from ..series.inputs import Extent

    west, east, south, north = ogr.CreateGeometryFromWkb(task.shape_wkb).GetEnvelope()
    return Extent(west, south, east, north, task.crs_wkt)


def _area(task: CountyTask, prepared: PreparedSeries) -> Area | ParcelsArea:
    """Place the county on the grid of its run."""
    from osgeo import ogr, osr

    from ..parcels.area import Area, ParcelsArea
    from ..parcels.geometry import wkb_in
    from ..parcels.source import ParcelSource
    from ..series.files.geometry import same_crs, spatial_reference

    if task.by_parcels and task.parcels is not None:
        parcels = task.parcels
        source = ParcelSource(parcels.path, parcels.layer, parcels.fids, encoding=parcels.encoding)
        return ParcelsArea(source.shapes(spatial_reference(prepared.grid.crs), Feedback()), prepared.grid)
    source_crs, target_crs = spatial_reference(task.crs_wkt), spatial_reference(prepared.grid.crs)
    same = same_crs(task.crs_wkt, prepared.grid.crs)
    transformation = None if same else osr.CoordinateTransformation(source_crs, target_crs)
    shape = wkb_in(ogr.CreateGeometryFromWkb(task.shape_wkb), transformation)
    if shape is None:
        raise ParcelError(
            tr("The polygon of the county cannot be reprojected to the CRS of the rasters: check its CRS.")
        )
    return Area(shape, prepared.grid)


def _outcome(task: CountyTask, result: MapResult, seconds: float) -> CountyOutcome:
    mapping, statistics, labels = result.mapping, known(result.mapping.statistics), result.labels
    pixels = statistics.pixels.sum()
    if pixels == 0:
        raise SeriesError(
            tr(
                "No pixel of the county was seen on any date of the season: check that its rasters cover it and "
                "are not all cloud or without data."
            )
        )
    areas: dict[str, float] = {}
    for entry, count in zip(result.prepared.card.classes, statistics.pixels):
        areas[entry.name] = round(areas.get(entry.name, 0.0) + float(count) * mapping.pixel_area / HECTARE, 4)
    remarks = list(mapping.warnings)
    empty = 0 if labels is None else len(labels) - labels.labelled
    if labels is not None and empty:
        remarks.append(
            tr("{empty} of {count_labels} parcels got no label: {why_not}.").format(
                empty=empty, count_labels=len(labels), why_not=labels.why_not
            )
        )
    return CountyOutcome(
        name=task.name,
        key=task.key,
        status=DONE,
        message=" ".join(remarks),
        areas=areas,
        mean_confidence=round(float(statistics.confidence_sum.sum() / pixels), 4),
        clear_steps=result.summary.usable_s2 if result.prepared.s2 is not None else None,
        parcels=None if labels is None else len(labels),
        seconds=round(seconds, 1),
        device=mapping.device,
        outputs=relative_outputs(task.key, {name: FILES[name] for name in _outputs(task)}),
    )
