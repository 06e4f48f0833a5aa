"""Simulate a county: a season of both sensors, its parcels and the true classes, in one folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...models.language import tr
from ..errors import OutputError
from ..feedback import Feedback
from ..simulation.options import CountyOptions
from .checks import problems


@dataclass(frozen=True)
class SimulateRequest:
    """Which county to simulate, and the folder that gets it."""

    folder: str
    options: CountyOptions = CountyOptions()


@dataclass(frozen=True)
class SimulatedCounty:
    """What was written.

    Attributes:
        places: key of an output -> folder or file.
        parcel_count: number of parcels.
    """

    places: dict[str, str]
    parcel_count: int


def find_problems(request: SimulateRequest) -> list[str]:
    """Return a sentence for everything in the way of a run."""
    return problems(request.options.check, lambda: _check_folder(request.folder))


def simulate(request: SimulateRequest, feedback: Feedback) -> SimulatedCounty:
    """Simulate and write; nothing appears in the folder until everything is written.

    Raises:
        CropAttentionError: an option is out of range, or the folder cannot be used.
    """
    from ..simulation.county import simulate_county

    _check_folder(request.folder)
    with feedback.part(0.0, 1.0, tr("Simulating")) as stage:
        made = simulate_county(request.folder, request.options, stage)
    places = {
        "OUTPUT_FOLDER": made.folder,
        "S2_FOLDER": made.s2_folder,
        "S1_FOLDER": made.s1_folder,
        "PARCELS": made.parcels,
        "TRUTH": made.truth,
    }
    return SimulatedCounty({key: str(place) for key, place in places.items()}, made.parcel_count)


def _check_folder(folder: str) -> None:
    if folder and Path(folder).is_file():
        raise OutputError(tr("'{folder}' is a file; choose a folder for the county.").format(folder=folder))
