"""The systems that are compared, by the names that records carry."""

from __future__ import annotations

from dataclasses import dataclass

from crop_attention.models.architectures import title_of

OURS, FOREST = "attention_3dcnn", "random_forest"


@dataclass(frozen=True)
class System:
    """One compared system; `network` says whether it is a network of the registry."""

    name: str
    title: str
    network: bool = True


NETWORKS = (OURS, "utae", "convstar", "unetpp", "selfattention3d", "cnnlstm", "tgfnet", "unet3d")
SYSTEMS = {name: System(name, title_of(name)) for name in NETWORKS}
SYSTEMS[FOREST] = System(FOREST, "Random forest", network=False)
"""Name -> system. What none of them gets is tuning on the sites: see `plan`."""
