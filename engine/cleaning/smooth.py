"""Class probabilities averaged over neighbours, and the class that is then the most probable."""

from __future__ import annotations

import numpy as np


def box_sums(values: np.ndarray, radius: int) -> np.ndarray:
    """Return the sums over squares of 2 x radius + 1 pixels around each inner pixel.

    Shifted copies are added in a fixed order, so that a pixel gets the same sum whatever the window it is read in.

    Args:
        values: (..., H + 2 radius, W + 2 radius).
        radius: pixels.

    Returns:
        (..., H, W).
    """
    height, width = values.shape[-2] - 2 * radius, values.shape[-1] - 2 * radius
    rows = np.zeros((*values.shape[:-2], height, values.shape[-1]), values.dtype)
    for shift in range(2 * radius + 1):
        rows += values[..., shift : shift + height, :]
    sums = np.zeros((*values.shape[:-2], height, width), values.dtype)
    for shift in range(2 * radius + 1):
        sums += rows[..., shift : shift + width]
    return sums


def sums_within(values: np.ndarray, owner: np.ndarray, radius: int) -> np.ndarray:
    """Return the sums over those pixels of each square that have the owner of its middle.

    Args:
        values: (K, H + 2 radius, W + 2 radius).
        owner: (H + 2 radius, W + 2 radius) int, number of the parcel; 0 outside of all, which is an owner too.
        radius: pixels.

    Returns:
        (K, H, W).
    """
    height, width = owner.shape[0] - 2 * radius, owner.shape[1] - 2 * radius
    middle = owner[radius : radius + height, radius : radius + width]
    sums = np.zeros((len(values), height, width), values.dtype)
    for row in range(2 * radius + 1):
        for col in range(2 * radius + 1):
            same = owner[row : row + height, col : col + width] == middle
            sums += np.where(same, values[:, row : row + height, col : col + width], 0)
    return sums


def smoothed(probability: np.ndarray, radius: int, owner: np.ndarray | None = None) -> np.ndarray:
    """Return the mean probabilities around each inner pixel; pixels without a probability stay without.

    Args:
        probability: (K, H + 2 radius, W + 2 radius) float64, zero in all classes where there is none.
        radius: pixels from the middle of the square to its edge.
        owner: see `sums_within`; None takes the whole square.

    Returns:
        (K, H, W) float64.
    """
    known = (probability.sum(axis=0) > 0).astype(probability.dtype)
    stacked = np.concatenate([probability, known[None]])
    sums = box_sums(stacked, radius) if owner is None else sums_within(stacked, owner, radius)
    inner = (slice(radius, radius + sums.shape[1]), slice(radius, radius + sums.shape[2]))
    return np.where(known[inner] > 0, sums[:-1] / np.maximum(sums[-1], 1), 0.0)


def first_two(probability: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the place of the most probable class, its probability and that of the second.

    Args:
        probability: (K, H, W).

    Returns:
        (H, W) int place, of equally probable classes the first; (H, W) first; (H, W) second, zero where K is 1.
    """
    place = probability.argmax(axis=0)
    if len(probability) == 1:
        return place, probability[0], np.zeros_like(probability[0])
    two = np.partition(probability, len(probability) - 2, axis=0)[-2:]
    return place, two[1], two[0]
