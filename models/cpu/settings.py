"""Settings of the network by their names in a card, and the arrays that a checkpoint with them holds."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ..card import Card

HIDDEN_CHANNELS = 32
KEYS = 16
CALENDAR_WAVES = 8
"""Sines and cosines of the year in the temporal attention."""

Shapes = dict[str, tuple[tuple[int, ...], str]]
"""Name of an array -> its shape and the name of its type."""


@dataclass(frozen=True)
class Settings:
    """As the arguments of `Attention3DCNN`, with the same defaults: those of the first checkpoints."""

    width: int = 16
    depth: int = 64
    heads: int = 4
    blocks: int = 2
    channel_attention: bool = True
    temporal_attention: bool = True
    spatial_attention: bool = True
    residual: bool = True
    kernel: int = 3
    similarity: bool = False
    zero_start: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError when a value makes no network."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(field.default, bool):
                continue
            least = 0 if field.name == "blocks" else 1
            if type(value) is not int or value < least:
                raise ValueError(f"'{field.name}' must be a whole number from {least} on")
        if self.kernel % 2 == 0:
            raise ValueError(f"a kernel of {self.kernel} pixels has no middle")
        if self.width % self.heads:
            raise ValueError(f"{self.heads} heads do not divide a width of {self.width}")

    @property
    def weighing_heads(self) -> int:
        """Shares of the channels that have weights of their own at each step."""
        return self.heads if self.temporal_attention else 1

    def margin(self) -> int:
        """Pixels of surroundings that the network takes on each side."""
        return 1 + (2 if self.spatial_attention else 0) + 2 * (self.kernel // 2) * self.blocks


def expected(card: Card) -> Shapes:
    """Return the arrays of a checkpoint with this card.

    Raises:
        TypeError, ValueError: a setting is not known or makes no network.
    """
    s = Settings(**card.config)
    optical, radar, steps, classes = len(card.s2_bands), len(card.s1_bands), card.season.steps, len(card.classes)
    width, depth, bands = s.width, s.depth, optical + radar
    shapes = _Shapes()
    if s.channel_attention:
        shapes.conv("channel.squeeze", HIDDEN_CHANNELS, 3 * bands, 1, 1)
        shapes.conv("channel.excite", bands, HIDDEN_CHANNELS, 1, 1)
    if optical:
        shapes.norm("optical.0.conv", width, optical + 1, 3, 3, 3)
        shapes.norm("optical.1.first", width, width, 3, 1, 1)
        shapes.norm("optical.1.second", width, width, 3, 1, 1)
        shapes.conv("optical_head", classes, width, steps, 1, 1)
    if radar:
        shapes.norm("radar.0.conv", width, radar + 1, 1, 1, 1)
        shapes.one("radar.1.temporal.weight", width, 1, 3, 1)
        shapes.one("radar.1.spatial.weight", width, 1, 3, 3)
        shapes.norm("radar.1.pointwise", width, width, 1, 1, 1)
        shapes.one("radar.2.temporal.weight", width, 1, 3, 1)
        shapes.norm("radar.2.pointwise", width, width, 1, 1, 1)
        shapes.conv("radar_head", classes, width, steps, 1, 1)
    if optical and radar:
        shapes.conv("gate.optical", 1, width, 1, 1, 1)
        shapes.conv("gate.radar", 1, width, 1, 1, 1)
    if s.temporal_attention:
        shapes.conv("temporal.keys", s.heads, width, 1, 1, 1)
        shapes.conv("temporal.calendar", s.heads, CALENDAR_WAVES, 1)
    shapes.norm("fold.conv", depth, width, steps, 1, 1)
    if s.spatial_attention:
        shapes.conv("spatial.mix", depth, depth, 1, 1)
        if s.similarity:
            shapes.one("spatial.log_sharpness")
            shapes.one("spatial.key.weight", KEYS, depth, 1, 1)
        else:
            shapes.conv("spatial.score", 1, depth, 1, 1)
    for block in range(s.blocks):
        for half in ("first", "second"):
            shapes.norm(f"body.{block}.{half}", depth, depth, s.kernel, s.kernel)
    shapes.conv("head", classes, depth, 1, 1)
    return shapes.found


class _Shapes:
    """Collects the arrays of layers."""

    def __init__(self) -> None:
        self.found: Shapes = {}

    def one(self, name: str, *shape: int, kind: str = "float32") -> None:
        self.found[name] = (shape, kind)

    def conv(self, name: str, *shape: int) -> None:
        """Add a convolution with its bias."""
        self.one(f"{name}.weight", *shape)
        self.one(f"{name}.bias", shape[0])

    def norm(self, name: str, *shape: int) -> None:
        """Add a convolution without bias and the batch norm behind it."""
        self.one(f"{name}.conv.weight", *shape)
        for part in ("weight", "bias", "running_mean", "running_var"):
            self.one(f"{name}.norm.{part}", shape[0])
        self.one(f"{name}.norm.num_batches_tracked", kind="int64")
