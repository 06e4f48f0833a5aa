"""What becomes of an output that QGIS loads: its name, its place in the layer tree, its style."""

from __future__ import annotations

from dataclasses import dataclass

from qgis.core import (
    QgsLayerTreeGroup,
    QgsLayerTreeLayer,
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
)

from ..models.card import CropClass
from .base import tr
from .styling import (
    CHANNEL,
    CONFIDENCE,
    CROP_MAP,
    KINDS,
    PARCELS,
    PROBABILITIES,
    SENSOR_SHARE,
    SPATIAL,
    TEMPORAL,
    style_layer,
)

ORDER_PROPERTY = "crop_attention/order"
_SHOWN = (PARCELS, CROP_MAP)
_waiting: set[LayerDresser] = set()
"""QGIS does not keep post-processors alive; they leave when their layer is dressed."""


def layer_names() -> dict[str, str]:
    """Return kind -> name in the layer tree."""
    return {
        PARCELS: tr("Parcel labels"),
        CROP_MAP: tr("Crop map"),
        CONFIDENCE: tr("Confidence"),
        TEMPORAL: tr("Temporal attention"),
        CHANNEL: tr("Channel attention"),
        SENSOR_SHARE: tr("Share of Sentinel-1"),
        SPATIAL: tr("Spatial attention"),
        PROBABILITIES: tr("Class probabilities"),
    }


@dataclass(frozen=True)
class Run:
    """What all layers of one run share: the group they go to and the legend."""

    group: str = ""
    legend: tuple[CropClass, ...] = ()


def dress(context: QgsProcessingContext, place: str, kind: str, run: Run) -> None:
    """Say how an output is to be named, grouped, ordered and styled, if QGIS loads it.

    Args:
        context: of the run.
        place: what the algorithm returns for the output.
        kind: one of `styling.KINDS`.
        run: group and legend.
    """
    if not place or not context.willLoadLayerOnCompletion(place):
        return
    details = context.layerToLoadOnCompletionDetails(place)
    if not details.forceName:
        details.name = layer_names()[kind]
    grouped = hasattr(details, "groupName")
    if grouped:
        details.groupName = run.group
        details.layerSortKey = sort_key(kind)
    dresser = LayerDresser(kind, run, moves=not grouped)
    _waiting.add(dresser)
    details.setPostProcessor(dresser)


def sort_key(kind: str) -> int:
    """Return a number that is greater the higher a layer lies."""
    return len(KINDS) - KINDS.index(kind)


class LayerDresser(QgsProcessingLayerPostProcessorInterface):
    """Styles a loaded layer and, below QGIS 3.32, puts it into its group."""

    def __init__(self, kind: str, run: Run, moves: bool) -> None:
        """Keep what the layer is and where it goes."""
        super().__init__()
        self._kind, self._run, self._moves = kind, run, moves

    def postProcessLayer(
        self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Dress the layer; called by QGIS in the thread of the window."""
        _waiting.discard(self)
        style_layer(layer, self._kind, self._run.legend)
        project = context.project()
        node = project.layerTreeRoot().findLayer(layer.id()) if project is not None else None
        if node is not None:
            if self._moves and self._run.group:
                node = place_in_group(project.layerTreeRoot(), node, self._run.group, sort_key(self._kind))
            node.setExpanded(self._kind == CROP_MAP)
            node.setItemVisibilityChecked(self._kind in _SHOWN)


def place_in_group(root: QgsLayerTreeGroup, node: QgsLayerTreeLayer, name: str, key: int) -> QgsLayerTreeLayer:
    """Move a layer into the group of this name, below the layers with greater keys; return its new node.

    Args:
        root: of the layer tree.
        node: of the layer, wherever QGIS put it.
        name: of the group, made beside the layer where there is none.
        key: of the layer, see `sort_key`.
    """
    parent = node.parent()
    # QGIS adds a layer to the group of the active one, which may be the group itself.
    group = root.findGroup(name) or parent.insertGroup(0, name)
    node.setCustomProperty(ORDER_PROPERTY, -1)
    keys = [_key_of(child) for child in group.children()]
    place = next((index for index, other in enumerate(keys) if 0 <= other < key), len(keys))
    moved = node.clone()
    moved.setCustomProperty(ORDER_PROPERTY, key)
    group.insertChildNode(place, moved)
    parent.removeChildNode(node)
    return moved


def group_name(season: str, crop_map: str = "") -> str:
    """Return the name of the group of a run: its season and, for a file with a name of its own, that."""
    name = tr("Crop Attention, {}").format(season)
    return f"{name} ({crop_map})" if crop_map else name


def _key_of(child) -> int:
    return int(child.customProperty(ORDER_PROPERTY, 0) or 0)
