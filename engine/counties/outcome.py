"""What became of one county."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from ...models.language import N_, tr

if TYPE_CHECKING:
    from .county import CountyTask

DONE, KEPT, FAILED, CANCELLED, WAITING = N_("done"), N_("kept"), N_("failed"), N_("cancelled"), N_("waiting")
STATUSES = (DONE, KEPT, FAILED, CANCELLED, WAITING)
NOT_REACHED = tr("The run was cancelled before this county was done.")


@dataclass(frozen=True)
class CountyOutcome:
    """The end of one county.

    Attributes:
        name, key: of the county and of its folder.
        status: "done"; "kept", whole from an earlier run; "failed"; "cancelled"; "waiting", in a table of a run that
            is not over.
        message: why it failed, or what to know about it; "" if there is nothing to say.
        areas: class name -> hectares of the map inside the county, in the order of the legend.
        mean_confidence: of the mapped pixels, 0..1; None without any.
        clear_steps: steps of the season with a clear Sentinel-2 observation; None without Sentinel-2.
        parcels: number of parcels labelled; None where no labels were asked for.
        seconds: wall time of the county.
        device: where the network ran, for people.
        outputs: output -> its file, relative to the output folder, with forward slashes.
    """

    name: str
    key: str
    status: str
    message: str = ""
    areas: Mapping[str, float] = field(default_factory=dict)
    mean_confidence: float | None = None
    clear_steps: int | None = None
    parcels: int | None = None
    seconds: float = 0.0
    device: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> CountyOutcome:
        """Build an outcome from JSON values.

        Raises:
            ValueError: they are no outcome.
        """
        try:
            outcome = cls(**values)
            plain = {name: float(area) for name, area in outcome.areas.items()}
            texts = [outcome.name, outcome.key, outcome.message, outcome.device, *outcome.outputs.values()]
            float(outcome.seconds)
        except (TypeError, AttributeError, ValueError) as error:
            raise ValueError(tr("not the result of a county ({error})").format(error=error)) from error
        if outcome.status not in STATUSES or not all(isinstance(text, str) for text in [*texts, *plain]):
            raise ValueError(tr("not the result of a county"))
        return outcome


def failed(task: CountyTask, message: str, seconds: float = 0.0) -> CountyOutcome:
    """Return the outcome of a county that failed for a reason."""
    return CountyOutcome(task.name, task.key, FAILED, message, seconds=seconds)


def cancelled(task: CountyTask, seconds: float = 0.0) -> CountyOutcome:
    """Return the outcome of a county that the analyst stopped, or that was not reached."""
    return CountyOutcome(task.name, task.key, CANCELLED, NOT_REACHED, seconds=seconds)
