"""What every torch network of the plugin is."""

from __future__ import annotations

from torch import nn


class CropNetwork(nn.Module):
    """A network that takes both sensors, their validity and the days, and returns a `NetworkOutput`.

    Attributes:
        margin: pixels cut from each side of the answer.
    """

    margin: int
