"""The colours of the bundled legends are told apart by all eyes, and are the same wherever a class is shown."""

from __future__ import annotations

import numpy as np
import pytest

from crop_attention.engine.training.sources.colours import seen
from crop_attention.engine.training.sources.pastis_legend import PASTIS
from crop_attention.models.checkpoint import bundled, read_card
from crop_attention.models.legend import SHANDONG, TEMPERATE_EUROPE

LEGENDS = {"temperate Europe": TEMPERATE_EUROPE, "Shandong": SHANDONG, "PASTIS": PASTIS}


def ciede2000(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Difference of CIELAB colours (..., 3): CIE 142-2001, as Sharma, Wu and Dalal (2005) write it."""
    lightness = np.stack([one[..., 0], other[..., 0]])
    a, b = np.stack([one[..., 1], other[..., 1]]), np.stack([one[..., 2], other[..., 2]])
    mean = np.hypot(a, b).mean(axis=0) ** 7
    a = a * (1.5 - 0.5 * np.sqrt(mean / (mean + 25.0**7)))
    chroma, hue = np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360
    turn = (hue[1] - hue[0] + 180) % 360 - 180
    middle = np.radians((hue[0] + turn / 2) % 360)
    light, grey = lightness.mean(axis=0), chroma.mean(axis=0)
    t = 1 - 0.17 * np.cos(middle - np.radians(30)) + 0.24 * np.cos(2 * middle)
    t = t + 0.32 * np.cos(3 * middle + np.radians(6)) - 0.2 * np.cos(4 * middle - np.radians(63))
    off = (light - 50) ** 2
    parts = [
        (lightness[1] - lightness[0]) / (1 + 0.015 * off / np.sqrt(20 + off)),
        (chroma[1] - chroma[0]) / (1 + 0.045 * grey),
        2 * np.sqrt(chroma[0] * chroma[1]) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * grey * t),
    ]
    twist = np.sin(np.radians(60 * np.exp(-(((np.degrees(middle) - 275) / 25) ** 2))))
    twist = -2 * np.sqrt(grey**7 / (grey**7 + 25.0**7)) * twist
    return np.sqrt(sum(part**2 for part in parts) + twist * parts[1] * parts[2])


def test_the_difference_is_that_of_published_pairs():
    """Rows 1, 7, 13 and 25 of the test data of Sharma, Wu and Dalal (2005)."""
    one = np.array([[50, 2.6772, -79.7751], [50, 0, 0], [50, 2.4900, -0.0010], [60.2574, -34.0099, 36.2677]])
    other = np.array([[50, 0, -82.7485], [50, -1, 2], [50, -2.4900, 0.0011], [60.4626, -34.1751, 39.4387]])
    assert ciede2000(one, other) == pytest.approx([2.0425, 2.3669, 7.2195, 1.2644], abs=1e-4)


@pytest.mark.parametrize("name", LEGENDS)
def test_any_two_classes_are_told_apart_with_all_receptors_without_red_and_without_green(name):
    points = seen([entry.colour for entry in LEGENDS[name]])
    first, second = np.triu_indices(points.shape[1], 1)
    assert ciede2000(points[:, first], points[:, second]).min() > 10
    assert np.linalg.norm(points[:, first] - points[:, second], axis=-1).min() > 10


def test_red_and_green_look_alike_to_eyes_without_such_receptors():
    points = seen(["#b05a4a", "#7c8a3c"])
    plain, protan, deutan = np.linalg.norm(points[:, 0] - points[:, 1], axis=-1)
    assert plain > 45 and max(protan, deutan) < 0.6 * plain


def test_bundled_checkpoints_show_a_class_in_the_colour_of_its_legend():
    legends = {"temperate_europe": TEMPERATE_EUROPE, "shandong": SHANDONG}
    cards = [read_card(path) for path in bundled()]
    assert {card.name for card in cards} == set(legends)
    for card in cards:
        assert [(entry.name, entry.colour) for entry in card.classes] == [
            (entry.name, entry.colour) for entry in legends[card.name]
        ]
