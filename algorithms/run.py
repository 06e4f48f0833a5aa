"""What algorithms ask of a run: the values of a dialog as the engine's request."""

from __future__ import annotations

from dataclasses import replace

from qgis.core import QgsProcessingAlgorithm, QgsProcessingContext, QgsProcessingUtils

from ..engine.feedback import Feedback
from ..engine.options import MappingOptions
from ..engine.run import Finished, Request, Wanted
from ..engine.run import run_mapping as run
from . import parameters as p
from .inputs import Reader, Values, problems
from .parcels import ParcelLayer
from .torch_check import NETWORK, SERIES, check_installed


def series_problems(reader: Reader, network: bool) -> list[str]:
    """Return what is wrong with the series, the checkpoint, the season or the area, as far as values tell."""
    missing = problems(lambda: check_installed(NETWORK if network else SERIES))
    if missing:
        # The engine's modules themselves need these packages.
        return missing
    checks = [reader.series, reader.checkpoint, reader.season_start, reader.extent, reader.series_options]
    return problems(*([reader.mapping_options] if network else []), *checks)


def read_request(
    algorithm: QgsProcessingAlgorithm, values: Values, context: QgsProcessingContext, network: bool = True
) -> Request:
    """Read the values of a run; touches layers, so it belongs into prepareAlgorithm."""
    reader = Reader(algorithm, values, context)
    return Request(
        inputs=reader.series(),
        checkpoint=reader.checkpoint(),
        season_start=reader.season_start(),
        extent=reader.extent(),
        series_options=reader.series_options(),
        mapping_options=reader.mapping_options() if network else MappingOptions(),
        parcels=ParcelLayer.read(algorithm, values, p.PARCELS, context) if network else None,
        parcels_only=network and reader.given(p.PARCELS_ONLY) and reader.boolean(p.PARCELS_ONLY),
    )


def run_mapping(request: Request, wanted: Wanted, feedback: Feedback) -> Finished:
    """Run, with QGIS's own folder for what is passing; see `engine.run.run_mapping`."""
    return run(request, replace(wanted, scratch=QgsProcessingUtils.tempFolder()), feedback)
