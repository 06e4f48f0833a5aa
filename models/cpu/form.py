"""Attention-3DCNN in NumPy: what the torch network gives for one window, to the rounding of float32."""

from __future__ import annotations

import threading
from typing import Iterator, Mapping, Optional, Sequence

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..card import Card
from ..known import known
from ..output import WindowOutput
from .branches import Branches
from .channels import Channels
from .contribution import Contribution
from .gates import Gates
from .products import convolution, times, ways
from .settings import Settings, expected
from .spatial import REACH, Scores, Similarity
from .strip import Layout, StripArrays, relu
from .weights import Weights, over_space, rim_of, trimmed

F32 = np.float32
STRIP = 800
"""About how many pixels make a strip of rows: what it leaves on the way stays in the caches."""

Sensor = Optional[tuple[np.ndarray, np.ndarray]]
"""Values (T, bands, H, W) and validity (T, H, W) bool of a sensor, or None where it is absent."""


class NumpyForm:
    """Runs a checkpoint; several threads may do so at once.

    What works step by step runs on strips of rows, in arrays (steps, channels, pixels): a convolution over three steps
    is one product a step, on memory that lies side by side; a neighbour in space is a shift in the row of all pixels.
    The rest runs on the whole window. Kernels over space are cut down to what is not zero in them, and the window with
    them.

    Attributes:
        margin: pixels of surroundings that it takes on each side, as the network does.
        spare: how many of them it does not use.
        way: how it multiplies, for people.
    """

    expected = staticmethod(expected)

    def __init__(self, card: Card, arrays: Mapping[str, np.ndarray]):
        """Take a card and the arrays of its checkpoint, of the shapes that `settings.expected` gives."""
        settings, weights = Settings(**card.config), Weights(arrays)
        self._settings = settings
        self._bands = (len(card.s2_bands), len(card.s1_bands))
        self._there = [index for index in (0, 1) if self._bands[index]]
        self._steps, self._depth = card.season.steps, settings.depth
        pairs = [[card.normalisation[band] for band in names] for names in (card.s2_bands, card.s1_bands)]
        numbers = [np.array(pair, F32).reshape(-1, 2) for pair in pairs]
        self._mean, self._scale = [n[:, :1, None] for n in numbers], [1 / n[:, 1:] for n in numbers]
        self._branches = Branches(weights, settings, self._bands)
        self._channels = Channels(weights, settings.channel_attention, self._bands, self._steps)
        self._gates = Gates(weights, card, settings, self._there)
        self._layout = Layout(
            self._steps, self._bands, settings.width, settings.weighing_heads, self._gates.scores, self._branches.rim
        )
        fold, bias = weights.folded("fold.conv")
        fold = fold.reshape(self._depth, settings.width, self._steps).transpose(0, 2, 1).reshape(self._depth, -1)
        self._fold = np.ascontiguousarray(fold), bias[:, None]
        self._spatial = None
        if settings.spatial_attention:
            self._spatial = (Similarity if settings.similarity else Scores)(weights)
        self._reach = REACH if self._spatial is not None else 0
        self._body = [
            _Convolution(weights, f"body.{block}.{half}")
            for block in range(settings.blocks)
            for half in ("first", "second")
        ]
        self._head = weights.pointwise("head")
        self._contribution = Contribution(
            self._head[0],
            [(first.matrices, second.matrices) for first, second in zip(self._body[::2], self._body[1::2])],
            settings.residual,
            None if self._spatial is None else self._spatial.mix[0],
            self._fold[0],
        )
        self.margin = settings.margin()
        self.spare = self.margin - self._branches.rim - self._reach - sum(part.rim for part in self._body)
        self.way = ways().name
        self._strips = threading.local()

    def __call__(
        self,
        s2: np.ndarray | None,
        s2_valid: np.ndarray | None,
        s1: np.ndarray | None,
        s1_valid: np.ndarray | None,
        attention: bool = False,
        contribution: bool = False,
    ) -> WindowOutput:
        """Classify a window.

        Args:
            s2: (T, optical bands, H, W) reflectance, or None.
            s2_valid: (T, H, W) bool.
            s1: (T, polarisations, H, W) backscatter in dB, or None.
            s1_valid: (T, H, W) bool.
            contribution: return them, and what each step contributes: a fifth more work.
        """
        with np.errstate(invalid="ignore", over="ignore"):
            # What is not finite in the end is found there, and told.
            return self._window([(s2, s2_valid), (s1, s1_valid)], attention or contribution, contribution)

    def _window(self, given: Sequence[tuple], attention: bool, contribution: bool) -> WindowOutput:
        kept = slice(self.spare, -self.spare or None)
        sensors = [
            None if values is None else (values[..., kept, kept], valid[..., kept, kept]) for values, valid in given
        ]
        outer, width = next(found for found in sensors if found is not None)[1].shape[-2:]
        rim = self._branches.rim
        store = _Store(self._layout, self._depth, outer - 2 * rim, width, attention, contribution)
        for rows in strips(outer - 2 * rim, width, STRIP):
            around = [
                found and tuple(part[..., rows.start : rows.stop + 2 * rim, :] for part in found) for found in sensors
            ]
            place = slice(rows.start * width, rows.stop * width)
            self._fold_strip(self._strip(rows.stop - rows.start, width), around, place, store)
        return self._finish(store, width)

    def _fold_strip(self, arrays: StripArrays, sensors: Sequence[Sensor], place: slice, store: _Store) -> None:
        """Fold the steps of a strip into the places of its pixels."""
        counts = [self._observe(arrays, index, sensors[index]) for index in self._there]
        weights, number = self._channels(arrays, counts)
        at = 0
        for index in self._there:
            bands, scale = self._bands[index], self._scale[index]
            values = arrays.series[index][1:-1, :bands]
            attended = self._settings.channel_attention
            values *= weights[at : at + bands] * number * scale if attended else scale
            at += bands
            if sensors[index] is None:
                arrays.parts[index][...] = 0
            else:
                self._branches(arrays, index)
        relu(arrays.both, arrays.zeros)
        valid = [arrays.series[index][1:-1, self._bands[index], arrays.inside] for index in self._there]
        attentions = None
        if store.temporal is not None:
            known(store.channel)[:, place] = weights[:, arrays.inside]
            attentions = store.temporal[:, place], known(store.s1_share)[0, place]
        observed = self._gates(arrays, valid, attentions)
        times(self._fold[0], arrays.joined.reshape(-1, arrays.joined.shape[-1]), store.folded[:, place])
        if store.weighted is not None:
            store.weighted[..., place] = arrays.joined
        np.maximum.reduce(observed, axis=0, out=store.observed[place])

    def _observe(self, arrays: StripArrays, index: int, found: Sensor) -> np.ndarray:
        """Fill in a sensor's series about its mean, zero where it did not observe; return (outer,) observed steps."""
        series, bands = arrays.series[index], self._bands[index]
        inner = series[1:-1, :bands]
        if found is None:
            series[1:-1, : bands + 1] = 0
        else:
            values, valid = found
            pixels = valid[0].size
            mask = series[1:-1, bands, :pixels].reshape(valid.shape)
            image = inner[..., :pixels].reshape(self._steps, bands, *valid.shape[1:])
            mask[...] = valid
            np.subtract(values, self._mean[index], out=image)
            image *= mask[:, None]
            if not np.isfinite(np.add.reduce(inner, axis=None)):
                # Not a number times zero is none either, and must not survive under the mask.
                image[...] = np.where(valid[:, None], image, 0)
        return self._channels.moments(arrays, index, self._scale[index])

    def _finish(self, store: _Store, width: int) -> WindowOutput:
        """Return the output of a window from its folded features."""
        image, own, passed = store.folded, store.observed, []
        # From here on the last columns of each row are made of pixels of two rows and mean nothing.
        zeros = np.zeros(image.shape[1], F32)
        image += self._fold[1]
        relu(image, zeros)
        if self._spatial is not None:
            image, own = self._spatial(image, own, width)
        for first, second in zip(self._body[::2], self._body[1::2]):
            hidden = first(image, width)
            relu(hidden, zeros)
            y = second(hidden, width)
            if self._settings.residual:
                y += image[:, (first.rim + second.rim) * (width + 1) :][:, : y.shape[1]]
            relu(y, zeros)
            image = y
            passed.append((hidden, y))
        logits = times(self._head[0], image)
        logits += self._head[1]
        whole, rim = self.margin - self.spare, self._branches.rim
        sides = store.height + 2 * rim - 2 * whole, width - 2 * whole

        def middle(flat: np.ndarray) -> np.ndarray:
            """(..., pixels) of any surroundings -> (..., n), the pixels that `logits` are of."""
            first = (flat.shape[-1] - logits.shape[1]) // 2
            return flat[..., first : first + logits.shape[1]]

        def cut(flat: np.ndarray) -> np.ndarray:
            """(n, pixels) of any surroundings -> (n, H', W')."""
            kept = middle(flat)
            plane, pixel = kept.strides
            return as_strided(kept, (len(flat), *sides), (plane, width * pixel, pixel))

        if store.temporal is None:
            return WindowOutput(cut(logits))
        attended = (store.temporal, known(store.channel), own[None], known(store.s1_share))
        found = WindowOutput(cut(logits), *map(cut, attended))
        if store.weighted is None:
            return found
        parts = self._contribution(
            logits.argmax(axis=0),
            [(middle(hidden), middle(y)) for hidden, y in passed],
            middle(store.folded),
            middle(store.weighted),
        )
        return found._replace(contribution=cut(parts))

    def _strip(self, rows: int, width: int) -> StripArrays:
        """Return this thread's arrays for strips of one shape."""
        kept: dict[tuple[int, int], StripArrays] = self._strips.__dict__.setdefault("kept", {})
        if (rows, width) not in kept:
            kept[rows, width] = StripArrays(self._layout, rows, width)
        return kept[rows, width]


class _Store:
    """What the strips of a window are folded into, (channels, pixels)."""

    def __init__(self, layout: Layout, depth: int, height: int, width: int, attention: bool, contribution: bool):
        pixels = height * width
        self.height = height
        self.folded, self.observed = np.empty((depth, pixels), F32), np.empty(pixels, F32)
        self.temporal = np.empty((layout.steps, pixels), F32) if attention else None
        self.channel = np.empty((sum(layout.bands), pixels), F32) if attention else None
        self.s1_share = np.empty((1, pixels), F32) if attention else None
        self.weighted = np.empty((layout.steps, layout.width, pixels), F32) if contribution else None


class _Convolution:
    """A convolution over space with its batch norm: (C, n) -> (C, n - 2 * rim * (width + 1))."""

    def __init__(self, weights: Weights, name: str):
        weight, bias = weights.folded(name)
        self.rim = rim_of(weight)
        self.matrices, self._bias = over_space(trimmed(weight, self.rim)), bias[:, None]

    def __call__(self, x: np.ndarray, width: int) -> np.ndarray:
        y = np.empty((len(self._bias), x.shape[1] - 2 * self.rim * (width + 1)), F32)
        convolution(self.matrices, x, width, y)
        y += self._bias
        return y


def strips(height: int, width: int, pixels: int) -> Iterator[slice]:
    """Yield the rows of an image in strips of about so many pixels, all but the last of one height."""
    rows = -(-height // -(-height * width // pixels))
    for first in range(0, height, rows):
        yield slice(first, min(first + rows, height))
