"""From a request to one task a county: everything that can be checked is checked before anything is computed."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from osgeo import ogr

from ...models.language import tr
from ..errors import CropAttentionError, OutputError, ParcelError, SeriesError
from ..feedback import Feedback
from ..series.acquisition import S1, S2
from .county import CountyParcels, CountyTask
from .fingerprint import fingerprint
from .layers import County, Share, Shares, read_counties, share_by_field, share_by_place
from .outcome import CountyOutcome, failed
from .rasters import CountyInputs, RasterIndex
from .request import COUNTY, FILES, PARCEL_LABELS, RASTERS, CountiesRequest

if TYPE_CHECKING:
    from ...models.card import Card

MOST_BYTES = 100
_UNSAFE = re.compile(r"[^\w\-.,()+' ]", re.UNICODE)
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?|counties\..*|index\.html", re.IGNORECASE)
"""Devices of Windows, and our own files in the output folder."""


def keys_of(names: Sequence[str]) -> list[str]:
    """Return a key for each of different names.

    A name that is a fine folder name is its own key. Others lose what is not, and gain eight digits of their digest;
    so do names that some file systems take for one another, such as "Alba" and "ALBA".
    """
    plain = [_plain(name) for name in names]
    alike = Counter(_folded(text) for text in plain)
    return [
        text if text == name and alike[_folded(text)] == 1 else f"{text}-{_digest(name)}"
        for name, text in zip(names, plain)
    ]


def _plain(name: str) -> str:
    text = _UNSAFE.sub("_", unicodedata.normalize("NFC", name)).strip(" .")
    while len(text.encode()) > MOST_BYTES:
        text = text[:-1]
    text = text.rstrip(" .")
    if not text or _RESERVED.fullmatch(text):
        text = f"county {text}".strip()
    return text


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]


_ADDRESS = re.compile(r"/vsi|[A-Za-z0-9_]{2,}:")
PARCELS_SHARE = 0.5
"""Of the progress of planning that reading the parcels takes."""


@dataclass(frozen=True)
class Plan:
    """What there is to do.

    Attributes:
        tasks: one a county, in the order of the layer.
        problems: key -> why a county cannot be run.
        crs: of the polygons, as WKT.
    """

    tasks: tuple[CountyTask, ...]
    problems: dict[str, CountyOutcome]
    crs: str


def completed(request: CountiesRequest) -> CountiesRequest:
    """Return a request with whole paths, whose values make sense together.

    Raises:
        CropAttentionError: they do not.
    """
    unknown = [name for name in request.options.outputs if name not in FILES]
    if unknown or not request.options.outputs:
        raise OutputError(
            tr("Unknown outputs: {unknown}; choose from {files}.").format(
                unknown=", ".join(unknown) or "none", files=", ".join(FILES)
            )
        )
    if not request.s2 and not request.s1:
        raise SeriesError(tr("No raster series is given; choose Sentinel-2 or Sentinel-1 files or folders."))
    if not request.counties and not request.parcels:
        raise ParcelError(tr("Give a county layer, or a parcel layer with a field that names the county."))
    for pattern in (*request.s2, *request.s1):
        _check_pattern(pattern)
    paths: dict[str, Any] = {
        name: _whole(getattr(request, name)) for name in ("folder", "checkpoint", "counties", "parcels")
    }
    outputs = tuple(name for name in FILES if name in request.options.outputs)
    return replace(
        request,
        **paths,
        s2=tuple(map(_whole, request.s2)),
        s1=tuple(map(_whole, request.s1)),
        options=replace(request.options, outputs=outputs),
    )


def check_card(request: CountiesRequest, card: Card) -> None:
    """Raise when the checkpoint cannot give what is ordered, or takes none of the sensors."""
    from ..mapping.expected_shares import factors_of
    from ..products import check_heatmaps

    check_heatmaps(card, [name for name in request.options.outputs if name in RASTERS])
    if not ((request.s2 and card.s2_bands) or (request.s1 and card.s1_bands)):
        raise SeriesError(
            tr("The checkpoint '{card}' takes no band of the sensors given; choose another.").format(card=card.name)
        )
    if request.mapping_options.expected_shares:
        factors_of(card, request.mapping_options.expected_shares)


def make_plan(request: CountiesRequest, card: Card, sha256: str, token: str, feedback: Feedback) -> Plan:
    """Read the layers and find the rasters and parcels of each county; the tasks lack the time of the order.

    Args:
        card, sha256: of the checkpoint.

    Raises:
        CropAttentionError: what is wrong with all counties.
    """
    by_parcels = not request.counties
    labelling = bool(request.parcels) and (by_parcels or PARCEL_LABELS in request.options.outputs)
    with feedback.part(0.0, PARCELS_SHARE if labelling else 0.0) as stage:
        counties, crs, shares = _read_layers(request, labelling, stage)
    if shares is not None and shares.left_over:
        feedback.info(tr("{left_over} parcels lie in no county and get no label.").format(left_over=shares.left_over))
    index = RasterIndex(feedback, list(filter(None, request.series_options.allow_folder.split(";"))))
    for patterns, bands in ((request.s2, card.s2_bands), (request.s1, card.s1_bands)):
        if bands:
            index.check_shared(patterns)
    tasks, problems = [], {}
    with feedback.part(PARCELS_SHARE if labelling else 0.0, 1.0) as stage:
        for number, (county, key) in enumerate(zip(counties, keys_of([county.name for county in counties]))):
            stage.check()
            share = shares.of.get(county.name) if shares is not None else None
            task = CountyTask(
                name=county.name,
                key=key,
                folder=request.folder,
                shape_wkb=county.shape or b"",
                crs_wkt=crs,
                s2=(),
                s1=(),
                checkpoint=request.checkpoint,
                season_start=str(request.season_start) if request.season_start else None,
                series_options=request.series_options,
                mapping_options=request.mapping_options,
                parcel_options=request.parcel_options,
                parcels=CountyParcels(request.parcels, request.parcels_layer, tuple(share.fids), request.encoding)
                if share
                else None,
                by_parcels=by_parcels,
                outputs=tuple(name for name in request.options.outputs if name != PARCEL_LABELS or labelling),
                token=token,
            )
            try:
                _check(task, labelling, shares)
                s2, s1 = _inputs(task, request, card, index)
                task = replace(task, s2=s2.paths, s1=s1.paths, beside=(*s2.beside, *s1.beside))
                parcels = _parcels_text(share, shares)
                shape = [hashlib.sha256(task.shape_wkb).hexdigest(), crs, str(by_parcels)]
                print_ = fingerprint(request, sha256, county.name, shape, ["S2", *s2.stamps, "S1", *s1.stamps], parcels)
                task = replace(task, fingerprint=print_)
            except CropAttentionError as error:
                problems[key] = failed(task, str(error))
            tasks.append(task)
            stage.progress((number + 1) / len(counties))
    return Plan(tuple(tasks), problems, crs)


def _read_layers(
    request: CountiesRequest, labelling: bool, feedback: Feedback
) -> tuple[Sequence[County], str, Shares | None]:
    if not request.counties:
        field = request.parcels_field or request.name_field
        shares = share_by_field(request.parcels, request.parcels_layer, field, feedback, request.encoding)
        if not shares.of:
            raise ParcelError(
                tr("No parcel of {parcels} names a county in the field '{field}': fill it.").format(
                    parcels=request.parcels, field=field
                )
            )
        return [County(name, _box(share)) for name, share in shares.of.items()], shares.crs, shares
    letters = request.encoding
    counties, crs = read_counties(request.counties, request.counties_layer, request.name_field, feedback, letters)
    if not labelling:
        return counties, crs, None
    if request.parcels_field:
        field = request.parcels_field
        return counties, crs, share_by_field(request.parcels, request.parcels_layer, field, feedback, letters)
    return counties, crs, share_by_place(request.parcels, request.parcels_layer, counties, crs, feedback, letters)


def _check(task: CountyTask, labelling: bool, shares: Shares | None) -> None:
    if not task.shape_wkb:
        raise ParcelError(tr("The county has no polygon: draw one, or leave the county out."))
    if labelling and shares is not None and task.parcels is None:
        raise ParcelError(
            tr("No parcel belongs to the county: check the CRS of both layers, or the field that names it.")
        )


def _inputs(
    task: CountyTask, request: CountiesRequest, card: Card, index: RasterIndex
) -> tuple[CountyInputs, CountyInputs]:
    """Find the rasters of both sensors; those that the checkpoint takes no band of are not looked for."""
    west, east, south, north = ogr.CreateGeometryFromWkb(task.shape_wkb).GetEnvelope()
    box = (west, south, east, north)
    found, faults = [], []
    for sensor, patterns, bands in ((S2, request.s2, card.s2_bands), (S1, request.s1, card.s1_bands)):
        try:
            known = index.inputs_for(task.name, patterns, sensor, box, task.crs_wkt) if patterns and bands else None
        except CropAttentionError as error:
            known = None
            faults.append(str(error))
        found.append(known or CountyInputs())
    if faults:
        raise SeriesError(" ".join(dict.fromkeys(faults)))
    return found[0], found[1]


def _parcels_text(share: Share | None, shares: Shares | None) -> str:
    return "" if share is None or shares is None else f"{share.digest.hexdigest()}|{shares.schema}|{shares.crs}"


def _box(share: Share) -> bytes | None:
    if share.envelope is None:
        return None
    west, east, south, north = share.envelope
    ring = ogr.Geometry(ogr.wkbLinearRing)
    for x, y in ((west, south), (west, north), (east, north), (east, south), (west, south)):
        ring.AddPoint_2D(x, y)
    polygon = ogr.Geometry(ogr.wkbPolygon)
    polygon.AddGeometry(ring)
    return bytes(polygon.ExportToIsoWkb(ogr.wkbNDR)) if polygon.GetArea() > 0 else None


def _check_pattern(pattern: str) -> None:
    rest = pattern.replace(COUNTY, "")
    if ("{" in rest or "}" in rest) and not os.path.exists(pattern):
        raise SeriesError(
            tr(
                "The path '{pattern}' holds braces that are not {county}: write {county} where the name belongs."
            ).format(pattern=pattern, county=COUNTY)
        )


def _whole(path: str) -> str:
    """Return a path that means the same to every process; addresses that are no plain path stay."""
    return path if not path or _ADDRESS.match(path) else os.path.abspath(path)
