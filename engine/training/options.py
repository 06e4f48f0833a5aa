"""Defaults of training, once."""

from __future__ import annotations

from dataclasses import dataclass

from ...models.architectures import DEFAULT

BEST, NETWORK, LINEAR = "best", "network", "linear"
LEARNERS = {
    BEST: "whichever is best on the validation blocks",
    NETWORK: "the network alone",
    LINEAR: "linear discriminant analysis alone, in seconds",
}
"""What may become the checkpoint, and what it is called."""


@dataclass(frozen=True)
class TrainingOptions:
    """How a network is fitted.

    Attributes:
        architecture: name of the network in the registry.
        steps: optimiser steps, where no epochs are counted.
        batch: patches a step.
        patch: pixels a side that are labelled in a patch (its margin comes on top).
        learning_rate: peak of the one-cycle schedule (Smith and Topin 2018, arXiv 1708.07120).
        weight_decay: of AdamW.
        label_smoothing: share of the label spread over all classes, for mixed and mislabelled parcels.
        auxiliary: weight of each sensor's own loss.
        drop_optical, drop_radar: chance that a patch loses a whole sensor.
        drop_steps: chance that a patch loses steps, and then up to what share of them.
        gain, noise: spread of the multiplied reflectance, and of the decibels added to a patch.
        seed: of everything random.
        epochs: passes over the training windows: in one, as many patches are drawn as there are windows.
        minutes: time that the passes may take; what does not fit is left out and said.
        patience: passes without a better validation loss after which it stops.
        warm_up: share of the steps over which the learning rate rises.
        body_rate: learning rate of the weights that come from a base, as a share of that of the new legend.
        average: how much of the running mean of the weights each step keeps (Polyak and Juditsky 1992); it is judged
            and saved.
        class_balance: power of the inverse frequency of a class in its weight; 0 weighs all alike.
        jitter: steps of the calendar by which a patch's season comes earlier or later, at most.
        cloud: chance that a simulated cloud hides a part of one optical observation.
        haze: chance that a look is brightened as by haze that no mask shows.
        speckle: decibels, spread of the noise of each radar pixel.
        winter, stretch, late_start, cut: chance of a bare winter, of a spring that comes earlier or later, of a season
            whose beginning was not seen, and of one that is not over yet (`seasons`).
        soil: reflectance of bare soil in the bands of the network, which a bare winter shows.
        device, threads: "auto", "cpu", "cuda" or "cuda:N"; threads of the CPU, None takes all cores.
        save_seconds: time between two savings of the state from which a killed run goes on.
        learner: "network" alone; "linear" alone, which takes seconds; "best": whichever the validation blocks choose of
            the network from the base, one from scratch, the linear learner, and the mean of a network and it.
    """

    architecture: str = DEFAULT
    steps: int = 1500
    batch: int = 24
    patch: int = 16
    learning_rate: float = 4e-3
    weight_decay: float = 1e-2
    label_smoothing: float = 0.05
    auxiliary: float = 0.2
    drop_optical: float = 0.1
    drop_radar: float = 0.1
    drop_steps: float = 0.5
    drop_share: float = 0.5
    gain: float = 0.05
    noise: float = 0.7
    seed: int = 1
    epochs: int = 40
    minutes: float = 20.0
    patience: int = 12
    warm_up: float = 0.2
    body_rate: float = 0.3
    average: float = 0.98
    class_balance: float = 0.25
    jitter: float = 0.7
    cloud: float = 0.1
    haze: float = 0.05
    speckle: float = 0.5
    winter: float = 0.0
    stretch: float = 0.0
    late_start: float = 0.0
    cut: float = 0.0
    soil: tuple[float, ...] = ()
    device: str = "auto"
    threads: int | None = None
    save_seconds: float = 30.0
    learner: str = NETWORK


FINE_TUNING = TrainingOptions(
    batch=16,
    patch=8,
    learning_rate=1e-3,
    drop_optical=0.05,
    drop_radar=0.05,
    drop_steps=0.3,
    drop_share=0.3,
    gain=0.03,
    noise=0.4,
    jitter=0.5,
    learner=BEST,
)
"""For the parcels of one county and season: patches about as large as a parcel, low rates, and less made up."""


@dataclass(frozen=True)
class SourceOptions:
    """How labelled ground becomes samples.

    Attributes:
        window: pixels a side that are kept around a parcel or point, margin included.
        inset: metres cut from the edge of a parcel before its pixels count as labelled.
        windows: most windows of one large parcel.
        minimum_pixels: labelled pixels that a parcel must have left.
        minimum_parcels: parcels or points that a class must have; rarer ones go to `other` or are left out.
        other: name of the class that takes the rare ones; empty leaves them out.
        block_metres: side of a spatial block.
        buffer_metres: training windows nearer than this to ground of another part are left out.
        validation, test: share of the blocks that stop and calibrate, and that judge.
        legend: how values of the crop field become classes, see `sources.naming.LEGENDS`.
    """

    window: int = 38
    windows: int = 4
    inset: float = 10.0
    minimum_pixels: int = 4
    minimum_parcels: int = 10
    other: str = ""
    block_metres: float = 1000.0
    buffer_metres: float = 100.0
    validation: float = 0.15
    test: float = 0.2
    legend: str = "names"
