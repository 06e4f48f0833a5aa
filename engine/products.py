"""The outputs of a mapping run, one record each: dialogs, terminal, counties, writer, styles and estimate read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..models.architectures import attentions_of, title_of
from ..models.card import Card
from ..models.language import listed, tr
from .errors import OutputError
from .product import CODES, PERCENT, SHARE, Product, Style

if TYPE_CHECKING:
    from .mapping.inference import BlockResult

SHARE_BAND = "Share of Sentinel-1"


def _codes(card: Card) -> np.ndarray:
    return np.array([entry.code for entry in card.classes], dtype=np.uint8)


def _part(name: str) -> Callable[[BlockResult, Card], np.ndarray]:
    return lambda result, card: getattr(result, name)


def _channels(result: BlockResult, card: Card) -> np.ndarray:
    parts = [part for part in (result.channel, result.s1_share) if part is not None]
    return np.concatenate(parts)


def _margin(probabilities: np.ndarray) -> np.ndarray:
    """Return (1, H, W) percentage points between the two highest of (K, H, W) probabilities."""
    ordered = np.sort(probabilities, axis=0)
    second = ordered[-2] if len(ordered) > 1 else 0.0
    return np.rint(100 * (ordered[-1] - second))[None]


def _entropy(probabilities: np.ndarray) -> np.ndarray:
    """Return (1, H, W) Shannon entropy over (K, H, W) probabilities, in percent of log K; 0 for a single class."""
    shares = np.clip(probabilities.astype(np.float64), 1e-12, 1.0)
    spread = -(shares * np.log(shares)).sum(axis=0)
    return np.rint(100 * np.clip(spread / np.log(max(len(shares), 2)), 0.0, 1.0))[None]


_MAGMA = ("#000004", "#1c1044", "#4f127b", "#812581", "#b5367a", "#e55064", "#fb8761", "#fec287", "#fcfdbf")
_CERTAINTY = ("#7f2704", "#d94801", "#fdae6b", "#f7f4e9", "#a1d99b", "#238b45", "#00441b")
_VIRIDIS = ("#440154", "#46327e", "#365c8d", "#277f8e", "#1fa187", "#4ac16d", "#a0da39", "#fde725")

CROP_MAP = Product(
    "crop_map",
    "CROP_MAP",
    "Crop map",
    "Class code of each pixel, 0 where there is no data; names and colours of the classes are inside the GeoTIFF.",
    layer_order=1,
    visible=True,
    by_default=True,
    bands=lambda card, season: ["Crop class"],
    values=lambda result, card: _codes(card)[result.classes][None],
    storage=CODES,
    bytes_a_pixel=0.2,
)
CONFIDENCE = Product(
    "confidence",
    "CONFIDENCE",
    "Confidence",
    "GeoTIFF with the probability of the mapped class in percent; 255 where there is no data.",
    layer_order=2,
    by_default=True,
    bands=lambda card, season: ["Confidence (%)"],
    values=lambda result, card: np.rint(100 * result.probabilities.max(axis=0))[None],
    storage=PERCENT,
    style=Style(_CERTAINTY, (0.0, 100.0), suffix=" %"),
    bytes_a_pixel=0.8,
)
PROBABILITIES = Product(
    "probabilities",
    "PROBABILITIES",
    "Class probabilities",
    "GeoTIFF with one band per class, 0 to 1, named by the class.",
    layer_order=8,
    bands=lambda card, season: [entry.name for entry in card.classes],
    values=_part("probabilities"),
    style=Style(_MAGMA[::-1], (0.0, 1.0)),
    bytes_a_pixel=3.5,
)
TEMPORAL = Product(
    "temporal",
    "TEMPORAL_ATTENTION",
    "Temporal attention",
    "GeoTIFF with one band per time step, named by its dates: the weight that the network gave to the step before it "
    "decided, which says where it looked. The bands sum to 1.",
    layer_order=3,
    bands=lambda card, season: [season.step_label(step) for step in range(season.season.steps)],
    values=_part("temporal"),
    storage=SHARE,
    style=Style(_MAGMA, percentiles=(2.0, 99.5), dated=True),
    attentions=("temporal",),
    bytes_a_pixel=1.6,
)
CONTRIBUTION = replace(
    TEMPORAL,
    name="contribution",
    key="TEMPORAL_CONTRIBUTION",
    title="Temporal contribution",
    help=(
        "GeoTIFF with one band per time step, named by its dates: the part of the step in the score "
        "of the class that the network scores highest, which says what determined the decision; "
        "what speaks against the class counts as 0. The bands sum to 1, or are all 0 where no step "
        "speaks for it. It is not an attention, and takes a fifth more computing."
    ),
    layer_order=4,
    values=_part("contribution"),
    attentions=("contribution",),
)
CHANNEL = Product(
    "channel",
    "CHANNEL_ATTENTION",
    "Channel attention",
    "GeoTIFF with one band per optical band and polarisation: its weight where it enters the network. The last band is "
    "the share of Sentinel-1: how the two sensors weigh against each other later, after each was read by itself.",
    layer_order=5,
    bands=lambda card, season: [*card.s2_bands, *card.s1_bands, SHARE_BAND],
    values=_channels,
    storage=SHARE,
    style=Style(_VIRIDIS, percentiles=(1.0, 99.5), bands=lambda name: SHARE_BAND not in name),
    attentions=("channel", "s1_share"),
    bytes_a_pixel=1.6,
)
SPATIAL = Product(
    "spatial",
    "SPATIAL_ATTENTION",
    "Spatial attention",
    "GeoTIFF with the weight of each pixel in the classification of its 5 x 5 neighbourhood.",
    layer_order=7,
    bands=lambda card, season: ["Share of the 5 x 5 neighbourhood"],
    values=_part("spatial"),
    storage=SHARE,
    style=Style(_VIRIDIS, percentiles=(2.0, 98.0)),
    attentions=("spatial",),
    bytes_a_pixel=1.6,
)
MARGIN = replace(
    CONFIDENCE,
    name="margin",
    key="MARGIN",
    title="Margin",
    help="GeoTIFF with how far the two most probable classes lie apart, in percentage points: 0 where the choice was a "
    "tie, 100 where no other class was possible; 255 where there is no data.",
    layer_order=9,
    by_default=False,
    bands=lambda card, season: ["Margin (percentage points)"],
    values=lambda result, card: _margin(result.probabilities),
    style=Style(_CERTAINTY, (0.0, 100.0)),
)
ENTROPY = replace(
    MARGIN,
    name="entropy",
    key="ENTROPY",
    title="Entropy",
    help="GeoTIFF with how evenly the probability is spread over the classes, in percent of the largest entropy "
    "(Shannon 1948): 0 where one class has all of it, 100 where all classes are equally probable; 255 where there is "
    "no data.",
    layer_order=10,
    bands=lambda card, season: ["Entropy (% of the largest)"],
    values=lambda result, card: _entropy(result.probabilities),
    style=Style(_VIRIDIS[::-1], (0.0, 100.0), suffix=" %"),
)
PARCEL_LABELS = Product(
    "parcel_labels",
    "PARCEL_LABELS",
    "Parcel labels",
    "Every parcel with all its attributes and the majority class, its share, the second class, the mean confidence and "
    "the number of pixels.",
    suffix=".gpkg",
    layer_order=0,
    visible=True,
    by_default=True,
)
REPORT = Product(
    "report",
    "REPORT",
    "Report",
    "One HTML file: season, areas, phenology beside attention, confidence, warnings, provenance.",
    suffix=".html",
    by_default=True,
)
STAC_ITEM = Product(
    "stac_item",
    "STAC_ITEM",
    "STAC item",
    "JSON file that describes the outputs of the run to catalogues (STAC 1.1): place, season, files with bands, "
    "classes and colours, and the acquisitions that they were made from.",
    suffix=".json",
)
SENSOR_SHARE = replace(
    CHANNEL,
    name="sensor_share",
    title=SHARE_BAND,
    layer_order=6,
    style=Style(
        ("#1b7837", "#7fbf7b", "#f7f7f7", "#af8dc3", "#762a83"), (0.0, 1.0), bands=lambda name: SHARE_BAND in name
    ),
)
"""Another view of the file of channel attention; no output of its own."""

CROSS_FITTED = replace(
    CROP_MAP,
    name="cross_fitted",
    key="CROSS_FITTED",
    title="Cross-fitted labels",
    help=(
        "Class map of the labelled parcels only, each classified by a learner that was fitted to other blocks: "
        "declarations can be checked against it, because no parcel was used to train the learner that classified it. "
        "Up to five learners are fitted."
    ),
    visible=False,
    by_default=False,
)
CROSS_FITTED_PROBABILITIES = replace(
    PROBABILITIES,
    name="cross_fitted_probabilities",
    key="CROSS_FITTED_PROBABILITIES",
    title="Cross-fitted probabilities",
    help="The probabilities of all classes behind the cross-fitted labels, one band per class, for Check declarations.",
)
"""Outputs of 'Train checkpoint'; no network of a mapping run fills them."""

PRODUCTS = (
    *(CROP_MAP, CONFIDENCE, PROBABILITIES, PARCEL_LABELS, TEMPORAL, CHANNEL, SPATIAL, REPORT, CONTRIBUTION),
    *(MARGIN, ENTROPY, STAC_ITEM),
)
"""In the order of dialogs and help; saved runs of 'Classify counties' hold their numbers, so new ones come last."""


def rasters() -> tuple[Product, ...]:
    """Return the outputs that the network fills."""
    return tuple(product for product in PRODUCTS if product.is_raster)


def heatmaps() -> tuple[Product, ...]:
    """Return the outputs that show what the network looked at, and what moved its answer."""
    return tuple(product for product in PRODUCTS if product.attentions)


def chosen(outputs: Iterable[str]) -> tuple[Product, ...]:
    """Return the rasters among the names of outputs, in the order of `PRODUCTS`."""
    names = {name for name in outputs if not isinstance(outputs, Mapping) or outputs[name]}
    return tuple(product for product in rasters() if product.name in names)


def missing_heatmaps(card: Card, names: Iterable[str]) -> list[Product]:
    """Return the heatmaps, of all names of outputs, of what the network of a checkpoint does not have."""
    given = set(attentions_of(card.architecture))
    return [product for product in chosen(names) if not set(product.attentions) <= given]


def check_heatmaps(card: Card, names: Iterable[str]) -> None:
    """Raise OutputError when an output is a heatmap of what the network of a checkpoint does not have."""
    absent = [tr(product.title).lower() for product in missing_heatmaps(card, names)]
    if absent:
        raise OutputError(
            tr(
                "The checkpoint '{card}' holds the network {architecture}, which has no {absent}; leave that out, or "
                "choose another checkpoint."
            ).format(
                card=card.name,
                architecture=title_of(card.architecture),
                absent=listed(absent, " or "),
            )
        )
