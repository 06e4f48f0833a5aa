"""The systems that are compared, by the names that records carry."""

from __future__ import annotations

from dataclasses import dataclass

from crop_attention.models.architectures import title_of

OURS, FOREST = "attention_3dcnn", "random_forest"
DISCRIMINANT, LOGISTIC = "linear_discriminant", "logistic_regression"


@dataclass(frozen=True)
class System:
    """One compared system; `network` says whether it is a network of the registry."""

    name: str
    title: str
    network: bool = True


NETWORKS = (OURS, "utae", "convstar", "unetpp", "selfattention3d", "cnnlstm", "tgfnet", "unet3d")
SYSTEMS = {name: System(name, title_of(name)) for name in NETWORKS}
PLAIN = {
    FOREST: System(FOREST, "Random forest", network=False),
    DISCRIMINANT: System(DISCRIMINANT, "Linear discriminant analysis", network=False),
    LOGISTIC: System(LOGISTIC, "Balanced logistic regression", network=False),
}
"""Plain learners on the gap-filled series, fitted anew for each cell."""

SYSTEMS.update(PLAIN)
"""Name -> system. What none of them gets is tuning on the sites: see `plan`."""
