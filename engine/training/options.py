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
