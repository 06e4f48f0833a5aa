"""One network of a training run: from its start to the weights that the validation blocks choose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

from ...models.network import CropNetwork
from ..cancelling import cancellable
from ..feedback import Feedback
from ..mapping.device import Device
from .dataset import Dataset, LabelledCube, Split
from .epochs import Course, EpochRun
from .loop import Fitting
from .options import TrainingOptions
from .pixels import Pixels
from .predict import labelled_pixels
from .samples import PatchSampler, PointSampler
from .state import StateFile, fingerprint
from .weights import Start, class_weights


@dataclass(frozen=True)
class Network:
    """A fitted network.

    Attributes:
        name: what it is called beside others.
        network: with the best weights.
        start: what it began from.
        validation: what it says of the validation blocks.
        warnings: sentences for the analyst.
    """

    name: str
    network: CropNetwork
    start: Start
    course: Course
    steps: int
    validation: Pixels
    warnings: tuple[str, ...]


def fit_network(
    name: str,
    start: Start,
    dataset: Dataset,
    split: Split,
    parcels: dict[int, int],
    options: TrainingOptions,
    device: Device,
    state: StateFile,
    feedback: Feedback,
) -> Network:
    """Fit, and keep the weights of the epoch with the lowest loss on the validation blocks.

    Args:
        name: what the network is called beside others.
        start: the network before its first step.
        split: windows to train on and to stop by.
        parcels: class code -> parcels to train on.
        state: where an unfinished fit is kept.

    Raises:
        Cancelled: the analyst stopped; the state is kept.
        OutputError: the state cannot be written.
    """
    codes = tuple(entry.code for entry in dataset.classes)
    sampler = cancellable(lambda: _sampler(split.train, codes, start.network.margin, options), feedback)
    every = max(1, -(-len(split.train) // options.batch))
    weights = class_weights(parcels, codes, options.class_balance)
    steps = every * options.epochs
    # The first optimiser loads half of torch.
    fitting = cancellable(
        lambda: Fitting(start.network, sampler, options, steps, device.torch, weights, start.fresh), feedback
    )
    parts = (split.train, split.validation, split.test)
    others = (start.sha256, repr(dataset.classes), str(device.torch), str(device.threads))
    mark = cancellable(lambda: fingerprint(parts, options, *others), feedback)
    run = EpochRun(fitting, every, split.validation, codes, options, state, mark, feedback)
    run.run()
    fitting.network.load_state_dict(run.best)
    validation = labelled_pixels(fitting.network, split.validation, codes, feedback, device.torch)
    return Network(name, fitting.network, start, run.course, fitting.step, validation, tuple(run.warnings))


def _sampler(
    windows: Sequence[LabelledCube], codes: Sequence[int], margin: int, options: TrainingOptions
) -> PatchSampler | PointSampler:
    if all(labelled.labels.shape == (1, 1) for labelled in windows):
        return PointSampler(windows, codes, margin, options.seed)
    return PatchSampler(windows, codes, options.patch, margin, options.seed)
