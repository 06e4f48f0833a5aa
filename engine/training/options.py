"""Defaults of training, once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainingOptions:
    """How a network is fitted.

    Attributes:
        steps: optimiser steps.
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
    """

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


@dataclass(frozen=True)
class SourceOptions:
    """How labelled ground becomes samples.

    Attributes:
        window: pixels a side that are kept around a parcel or point, margin included.
        inset: metres cut from the edge of a parcel before its pixels count as labelled.
        minimum_pixels: labelled pixels that a parcel must have left.
        minimum_parcels: parcels or points that a class must have; rarer ones go to `other` or are left out.
        other: name of the class that takes the rare ones; empty leaves them out.
        block_metres: side of a spatial block.
        buffer_metres: training windows nearer than this to ground of another part are left out.
        validation, test: share of the blocks that stop and calibrate, and that judge.
    """

    window: int = 38
    inset: float = 10.0
    minimum_pixels: int = 4
    minimum_parcels: int = 10
    other: str = ""
    block_metres: float = 1000.0
    buffer_metres: float = 100.0
    validation: float = 0.15
    test: float = 0.2
