"""Which rasters a run writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from ...models.architectures import attentions_of, title_of
from ...models.card import Card
from ..errors import OutputError

HEATMAPS = {"temporal": ("temporal",), "channel": ("channel", "s1_share"), "spatial": ("spatial",)}
"""Output -> the attentions that it is made of."""


@dataclass(frozen=True)
class Outputs:
    """Paths of the rasters to write; None leaves one out."""

    crop_map: str
    confidence: str | None = None
    probabilities: str | None = None
    temporal: str | None = None
    channel: str | None = None
    spatial: str | None = None

    def chosen(self) -> dict[str, str]:
        """Return name -> path of what is to be written."""
        return {field.name: path for field in fields(self) if (path := getattr(self, field.name))}

    @property
    def attention(self) -> bool:
        """Whether any heatmap is wanted."""
        return bool(self.temporal or self.channel or self.spatial)


def check_heatmaps(card: Card, names: Iterable[str]) -> None:
    """Raise OutputError when an output is a heatmap of an attention that the network of a checkpoint does not have."""
    given = attentions_of(card.architecture)
    absent = [name for name in names if not set(HEATMAPS.get(name, ())) <= set(given)]
    if absent:
        raise OutputError(
            f"The checkpoint '{card.name}' holds the network {title_of(card.architecture)}, which has no "
            f"{' or '.join(absent)} attention; leave {'this heatmap' if len(absent) == 1 else 'these heatmaps'} out "
            "or choose another checkpoint."
        )
