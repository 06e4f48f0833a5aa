"""Which rasters a run writes."""

from __future__ import annotations

from dataclasses import dataclass, fields


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
