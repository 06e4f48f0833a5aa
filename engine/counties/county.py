"""One county from task to outcome."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ...models.card import CheckpointError
from ..errors import Cancelled, CropAttentionError, ParcelError, SeriesError
from ..feedback import Feedback
from ..writing.lock import check_token
from .dates import fixed_dates
from .folder import CountyFolder, relative_outputs
from .options import FILES, PARCEL_LABELS, RASTERS, REPORT
from .outcome import DONE, CountyOutcome, cancelled, failed
from .task import CountyTask

if TYPE_CHECKING:
    from ..parcels.area import Area, ParcelsArea
    from ..run import Finished, Request, Wanted
    from ..series.settle.prepared import PreparedSeries

HECTARE = 10_000.0
OLDER_STANDS = "What stands in its folder is from an earlier run of other inputs or parameters."


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
        message = "The county needs more memory than there is: lower the memory limit, or close other programs."
    except OSError as error:
        message = f"The computer could not read or write ({error}): check the disk and the files of the county."
    except Exception as error:  # one county must not take the others with it, whatever it is
        message = f"Something unforeseen went wrong ({type(error).__name__}: {error}): please report it."
    if home.holds_older():
        message = f"{message} {OLDER_STANDS}"
    return failed(task, CropAttentionError(message).args[0], time.monotonic() - began)


def _run(task: CountyTask, home: CountyFolder, feedback: Feedback, began: float) -> CountyOutcome:
    from ..run import run_mapping

    with home.stage() as staged:
        try:
            labels = _Labels(task, staged / FILES[PARCEL_LABELS])
            finished = run_mapping(_request(task), _wanted(task, staged, labels), feedback)
            outcome = _outcome(task, finished, labels, time.monotonic() - began)
            feedback.check()
            check_token(task.folder, task.token)
            home.commit(staged, outcome, task.fingerprint)
        except CropAttentionError as error:
            if isinstance(error, Cancelled):
                raise
            # The analyst knows the folder of the county, not where its outputs are staged.
            raise type(error)(str(error).replace(str(staged), str(home.path))) from error
    return outcome


def _request(task: CountyTask) -> Request:
    from ..run import Request
    from ..series.settle.prepare import SeriesInputs

    return Request(
        inputs=SeriesInputs(task.s2, task.s1),
        checkpoint=task.checkpoint,
        season_start=date.fromisoformat(task.season_start) if task.season_start else None,
        extent=_extent(task),
        series_options=task.series_options,
        mapping_options=task.mapping_options,
        area=lambda prepared: _area(task, prepared),
        created=task.created,
    )


def _wanted(task: CountyTask, staged: Path, labels: _Labels) -> Wanted:
    from ..run import Wanted

    wanted = Wanted(
        rasters={name: str(staged / FILES[name]) for name in task.outputs if name in RASTERS},
        report=str(staged / FILES[REPORT]) if REPORT in task.outputs else "",
        title=task.name,
        scratch=str(staged),
        statistics=True,
    )
    if labels.wanted:
        wanted.label = labels.write
    return wanted


def _extent(task: CountyTask):
    from osgeo import ogr

    from ..series.settle.prepare import Extent

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
        source = ParcelSource(parcels.path, parcels.layer, parcels.fids)
        return ParcelsArea(source.shapes(spatial_reference(prepared.grid.crs), Feedback()), prepared.grid)
    source_crs, target_crs = spatial_reference(task.crs_wkt), spatial_reference(prepared.grid.crs)
    same = same_crs(task.crs_wkt, prepared.grid.crs)
    transformation = None if same else osr.CoordinateTransformation(source_crs, target_crs)
    shape = wkb_in(ogr.CreateGeometryFromWkb(task.shape_wkb), transformation)
    if shape is None:
        raise ParcelError("The polygon of the county cannot be carried to the CRS of the rasters: check its CRS.")
    return Area(shape, prepared.grid)


@dataclass
class _Labels:
    """Labels the parcels of a county, and remembers what came of it."""

    task: CountyTask
    place: Path
    count: int | None = field(default=None, init=False)
    empty: int = field(default=0, init=False)

    @property
    def wanted(self) -> bool:
        """Whether there is something to label."""
        return self.task.parcels is not None and PARCEL_LABELS in self.task.outputs

    def write(self, crop_map: str, confidence: str, feedback: Feedback) -> None:
        """Write the parcels with their labels; called with a crop map and a confidence that are whole."""
        from ..parcels.table import label_parcel_file

        parcels = self.task.parcels
        with fixed_dates(self.task.created):
            labels = label_parcel_file(
                crop_map,
                parcels.path,
                parcels.layer or None,
                confidence or None,
                str(self.place),
                self.task.parcel_options,
                feedback,
                provenance=_tags_of(crop_map),
                fids=parcels.fids,
            )
        self.count, self.empty = len(labels), int((labels.code == 0).sum())


def _tags_of(crop_map: str) -> dict[str, str]:
    """Return the provenance that a crop map carries."""
    from osgeo import gdal

    from ..legend import NAMES_TAG

    tags = gdal.Open(crop_map).GetMetadata()
    return {name: text for name, text in tags.items() if name not in (NAMES_TAG, "AREA_OR_POINT")}


def _outcome(task: CountyTask, finished: Finished, labels: _Labels, seconds: float) -> CountyOutcome:
    result, statistics = finished.result, finished.result.statistics
    pixels = statistics.pixels.sum()
    if pixels == 0:
        raise SeriesError(
            "No pixel of the county was seen on any date of the season: check that its rasters cover it and are not "
            "all cloud or nodata."
        )
    areas: dict[str, float] = {}
    for entry, count in zip(finished.prepared.card.classes, statistics.pixels):
        areas[entry.name] = round(areas.get(entry.name, 0.0) + float(count) * result.pixel_area / HECTARE, 4)
    remarks = list(result.warnings)
    if labels.empty:
        remarks.append(f"{labels.empty} of {labels.count} parcels got no label: no mapped pixel lies in them.")
    names = {name: FILES[name] for name in task.outputs if name != PARCEL_LABELS or labels.wanted}
    return CountyOutcome(
        name=task.name,
        key=task.key,
        status=DONE,
        message=" ".join(remarks),
        areas=areas,
        mean_confidence=round(float(statistics.confidence_sum.sum() / pixels), 4),
        clear_steps=finished.summary.usable_s2 if finished.prepared.s2 is not None else None,
        parcels=labels.count,
        seconds=round(seconds, 1),
        device=result.device,
        outputs=relative_outputs(task.key, names),
    )
