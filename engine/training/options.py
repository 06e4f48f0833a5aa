"""Defaults of training, once."""

from __future__ import annotations

from dataclasses import dataclass

from ...models.architectures import ARCHITECTURES, DEFAULT
from ...models.language import N_
from ..option import DEVICE, option, options_of
from ..options import MappingOptions

BEST, NETWORK, LINEAR = "best", "network", "linear"
LEARNERS = {
    BEST: N_("whichever is best on the validation blocks"),
    NETWORK: N_("the network alone"),
    LINEAR: N_("linear discriminant analysis alone, in seconds"),
}
"""What may become the checkpoint, and what it is called."""

NAMES, CODES = "names", "codes"
LEGENDS = {
    NAMES: N_("every value is a separate class"),
    CODES: N_("values are codes of WorldCereal (EWOC) or HCAT and become classes of the base checkpoint"),
}
"""How values of a crop field become classes."""

_RUNNING = options_of(MappingOptions)


@dataclass(frozen=True)
class TrainingOptions:
    """How a network is fitted.

    Attributes:
        steps: optimiser steps, where no epochs are counted.
        label_smoothing: share of the label spread over all classes, for mixed and mislabelled parcels.
        auxiliary: weight of each sensor's own loss.
        drop_optical, drop_radar: chance that a patch loses a whole sensor.
        drop_steps: chance that a patch loses steps, and then up to what share of them.
        gain, noise: spread of the multiplied reflectance, and of the decibels added to a patch.
        patience: passes without a better validation loss after which it stops.
        warm_up: share of the steps over which the learning rate rises.
        body_rate: learning rate of the weights that come from a base, as a share of that of the new legend.
        average: how much of the running mean of the weights each step keeps (Polyak and Juditsky 1992); it is judged
            and saved.
        class_balance: power of the inverse frequency of a class in its weight; 0 weighs all alike.
        jitter: steps of the calendar by which a patch's season comes earlier or later, at most.
        cloud: chance that a simulated cloud hides a part of one optical observation.
        haze: chance that an observation is brightened as by haze that no mask shows.
        speckle: decibels, spread of the noise of each radar pixel.
        save_seconds: time between two savings of the state from which a killed run goes on.
    """

    architecture: str = option(
        DEFAULT,
        "Architecture",
        "Network to train; a base checkpoint must be of the same ({}).",
        choices={name: entry.title for name, entry in ARCHITECTURES.items()},
        meanings={name: entry.title for name, entry in ARCHITECTURES.items()},
    )
    steps: int = 1500
    batch: int = option(24, "Batch", "Patches per step.", limits=(1, 100_000))
    patch: int = option(
        16, "Patch", "Labelled pixels per side of a patch; its margin is added to this.", limits=(1, 10_000)
    )
    learning_rate: float = option(
        4e-3,
        "Learning rate",
        "Peak of the one-cycle schedule (Smith and Topin 2018, arXiv 1708.07120).",
        limits=(0, 100),
    )
    weight_decay: float = 1e-2
    label_smoothing: float = 0.05
    auxiliary: float = 0.2
    drop_optical: float = 0.1
    drop_radar: float = 0.1
    drop_steps: float = 0.5
    drop_share: float = 0.5
    gain: float = 0.05
    noise: float = 0.7
    seed: int = option(
        1,
        "Seed",
        "Of the split and of training; the same seed gives the same checkpoint on the same computer.",
        limits=(0, 2**31 - 1),
    )
    epochs: int = option(
        40,
        "Epochs",
        "Passes over the samples, at most; it stops sooner when the validation loss no longer falls.",
        limits=(1, 10_000),
    )
    minutes: float = option(
        20.0,
        "Minutes",
        "Time for training, without reading; epochs that do not fit are left out and reported.",
        limits=(0.1, 100_000),
    )
    patience: int = 12
    warm_up: float = 0.2
    body_rate: float = 0.3
    average: float = 0.98
    class_balance: float = 0.25
    jitter: float = 0.7
    cloud: float = 0.1
    haze: float = 0.05
    speckle: float = 0.5
    device: str = option("auto", "Device", _RUNNING["device"].help, kind=DEVICE)
    threads: int | None = option(
        None,
        _RUNNING["threads"].title,
        "A different number of threads changes the rounding.",
        limits=(1, 1024),
        empty="one per core",
    )
    save_seconds: float = 30.0
    learner: str = option(
        NETWORK,
        "Learner",
        "What may become the checkpoint ({}).",
        choices={BEST: "Best on the validation blocks", NETWORK: "Network", LINEAR: "Linear"},
        meanings=LEARNERS,
    )


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

BLOCK_METRES = 10_000.0
"""A usual side of a block of points, which lie far apart."""


@dataclass(frozen=True)
class SourceOptions:
    """How labelled ground becomes samples.

    Attributes:
        window: pixels a side that are kept around a parcel or point, margin included.
        inset: metres cut from the edge of a parcel before its pixels count as labelled.
        windows: most windows of one large parcel.
        minimum_pixels: labelled pixels that a parcel must have left.
        minimum_classes: classes that must be left: two to train on, one for ground that only judges or stands beside.
        validation, test: share of the blocks that stop and calibrate, and that judge.
    """

    window: int = 38
    windows: int = 4
    inset: float = 10.0
    minimum_pixels: int = 4
    minimum_classes: int = 2
    minimum_parcels: int = option(
        10,
        "Minimum parcels per class",
        "Classes with fewer parcels go to the class for rare crops, or are left out.",
        limits=(1, 100_000),
    )
    other: str = option(
        "",
        "Class for rare crops",
        "Name of the class that rare classes are merged into.",
        key="OTHER_CLASS",
        empty="they are left out",
    )
    block_metres: float = option(
        1000.0,
        "Side of a block",
        "Training and judging are separated by whole blocks of this size.",
        unit="metres",
        limits=(10, 1_000_000),
    )
    buffer_metres: float = option(
        100.0,
        "Buffer between parts",
        "Training parcels closer than this to validation or test parcels are left out.",
        unit="metres",
        limits=(0, 100_000),
    )
    validation: float = 0.15
    test: float = 0.2
    legend: str = option(
        NAMES,
        "Values of the crop field",
        "How they become classes ({}).",
        choices={NAMES: "Names of classes", CODES: "Codes of WorldCereal or HCAT"},
        meanings=LEGENDS,
    )
