"""What happens to an output that QGIS loads: its name, its place in the layer tree, its style."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from qgis.core import (
    QgsLayerTreeGroup,
    QgsLayerTreeLayer,
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsProject,
    QgsRasterLayer,
)
from qgis.PyQt.QtCore import QTimer

from ..engine.products import CROP_MAP, PRODUCTS, Product
from ..models.card import CropClass
from .base import tr
from .styling import style_layer
from .temporal import PLAYS_BANDS, step_layers

ORDER_PROPERTY, GROUP_PROPERTY = "crop_attention/order", "crop_attention/run"
_waiting: set[LayerArranger] = set()
"""QGIS does not keep post-processors alive; they leave when their layer is styled."""

_given: set[str] = set()
"""Names of groups: QGIS finds a group by its name, so no two runs may share one."""


@dataclass(frozen=True)
class Run:
    """What all layers of one run share: the group they go to and the legend."""

    group: str = ""
    legend: tuple[CropClass, ...] = ()


def arrange(context: QgsProcessingContext, place: str, product: Product, run: Run) -> None:
    """Say how an output is to be named, grouped, ordered and styled, if QGIS loads it.

    Args:
        place: what the algorithm returns for the output.
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
        if project is not None and self._product.style is not None and self._product.style.dated and not PLAYS_BANDS:
            if node is not None:
                add_steps(project, layer, node)
            else:
                # QGIS 3.32 to 3.37 puts layers into the tree when all of them are styled.
                QTimer.singleShot(0, partial(add_steps_later, project, layer.id()))


def place_in_group(root: QgsLayerTreeGroup, node: QgsLayerTreeLayer, name: str, key: int) -> QgsLayerTreeLayer:
    """Move a layer into the group of this name, below the layers with greater keys; return its new node.

    Args:
        node: of the layer, wherever QGIS put it.
        name: of the group, made beside the layer where there is none, but never inside the group of another run.
        key: of the layer, see `sort_key`.
    """
    parent = place = node.parent()
    # QGIS adds a layer to the group of the active one, which may be the group of this run or of another.
    while place.customProperty(GROUP_PROPERTY) and place.parent() is not None:
        place = place.parent()
    group = root.findGroup(name) or place.insertGroup(0, name)
    group.setCustomProperty(GROUP_PROPERTY, True)
    node.setCustomProperty(ORDER_PROPERTY, -1)
    keys = [_key_of(child) for child in group.children()]
    place = next((index for index, other in enumerate(keys) if 0 <= other < key), len(keys))
    moved = node.clone()
    moved.setCustomProperty(ORDER_PROPERTY, key)
    group.insertChildNode(place, moved)
    parent.removeChildNode(node)
    return moved


def add_steps(project: QgsProject, layer: QgsRasterLayer, node: QgsLayerTreeLayer) -> None:
    """Put a group of the steps of a season, for the temporal controller, below the layer that holds them all."""
    steps = step_layers(layer)
    if not steps:
        return
    parent = node.parent()
    group = parent.insertGroup(parent.children().index(node) + 1, tr("{}, step by step").format(layer.name()))
    group.setCustomProperty(ORDER_PROPERTY, node.customProperty(ORDER_PROPERTY, 0))
    group.setExpanded(False)
    group.setItemVisibilityChecked(False)
    for step in steps:
        project.addMapLayer(step, False)
        group.addLayer(step).setExpanded(False)


def add_steps_later(project: QgsProject, identifier: str) -> None:
    """Do as `add_steps` for a layer that is in the tree by now; one that is not is left alone."""
    node = project.layerTreeRoot().findLayer(identifier)
    if node is not None:
        add_steps(project, node.layer(), node)


def group_name(title: str, year: int, crop_map: str = "") -> str:
    """Return a name for the group of a run that no other run of this session has.

    Args:
        title: of the checkpoint; what follows a comma is left out.
        year: of the harvest, in which the season ends.
        crop_map: name of the file, where it has one of its own.
    """
    name = f"{title.split(',')[0]} {year}, {datetime.now():%H:%M}" + (f" ({crop_map})" if crop_map else "")
    named, number = name, 2
    while named in _given:
        named, number = f"{name} - {number}", number + 1
    _given.add(named)
    return named


def _key_of(child) -> int:
    return int(child.customProperty(ORDER_PROPERTY, 0) or 0)
