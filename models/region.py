"""Where and in which years the data of a checkpoint were made."""

from __future__ import annotations

import math
from dataclasses import dataclass

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Region:
    """Ground that the training data come from.

    Attributes:
        boxes: west, south, east, north of each part, in degrees.
    """

    name: str
    boxes: tuple[Box, ...]

    def away(self, longitude: float, latitude: float) -> float:
        """Return by how many degrees a point lies outside the nearest box, 0 inside; the larger of both axes."""
        return min(
            max(west - longitude, longitude - east, south - latitude, latitude - north, 0.0)
            for west, south, east, north in self.boxes
        )

    def valid(self) -> bool:
        """Return whether there is a box, and each is one on the globe."""
        return bool(self.boxes) and all(
            all(map(math.isfinite, box)) and -180 <= box[0] < box[2] <= 180 and -90 <= box[1] < box[3] <= 90
            for box in self.boxes
        )


SHANDONG = Region("Shandong, simulated", ((114.8, 34.3, 122.8, 38.5),))
"""The province; of a checkpoint from simulation, what was simulated."""
