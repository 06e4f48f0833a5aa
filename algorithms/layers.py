"""What happens to an output that QGIS loads: its name, its place in the layer tree, its style."""

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

from ..engine.products import CROP_MAP, PRODUCTS, Product
from ..models.card import CropClass
from .base import tr
from .styling import style_layer

ORDER_PROPERTY = "crop_attention/order"
_waiting: set[LayerArranger] = set()
"""QGIS does not keep post-processors alive; they leave when their layer is styled."""


@dataclass(frozen=True)
class Run:
    """What all layers of one run share: the group they go to and the legend."""

    group: str = ""
    legend: tuple[CropClass, ...] = ()


def arrange(context: QgsProcessingContext, place: str, product: Product, run: Run) -> None:
    """Say how an output is to be named, grouped, ordered and styled, if QGIS loads it.

    Args:
        context: of the run.
        place: what the algorithm returns for the output.
        product: which output it is.
        run: group and legend.
    """
    if not place or not context.willLoadLayerOnCompletion(place):
        return
    details = context.layerToLoadOnCompletionDetails(place)
    if not details.forceName:
        details.name = tr(product.title)
    grouped = hasattr(details, "groupName")
    if grouped:
        details.groupName = run.group
        details.layerSortKey = sort_key(product)
    arranger = LayerArranger(product, run, moves=not grouped)
    _waiting.add(arranger)
    details.setPostProcessor(arranger)


def sort_key(product: Product) -> int:
    """Return a number that is greater the higher a layer lies."""
    return len(PRODUCTS) - product.layer_order


class LayerArranger(QgsProcessingLayerPostProcessorInterface):
    """Styles a loaded layer and, below QGIS 3.32, puts it into its group."""

    def __init__(self, product: Product, run: Run, moves: bool) -> None:
        """Keep what the layer is and where it goes."""
        super().__init__()
        self._product, self._run, self._moves = product, run, moves

    def postProcessLayer(
        self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        """Style the layer; called by QGIS in the thread of the window."""
        _waiting.discard(self)
        style_layer(layer, self._product, self._run.legend)
        about = layer.metadata()
        about.setAbstract(tr(self._product.help))
        layer.setMetadata(about)
        project = context.project()
        node = project.layerTreeRoot().findLayer(layer.id()) if project is not None else None
        if node is not None:
            if self._moves and self._run.group:
                node = place_in_group(project.layerTreeRoot(), node, self._run.group, sort_key(self._product))
            node.setExpanded(self._product.name == CROP_MAP.name)
            node.setItemVisibilityChecked(self._product.visible)


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
