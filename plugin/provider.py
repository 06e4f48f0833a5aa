"""The Processing provider: a name, an icon and a list of algorithms."""

from __future__ import annotations

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from ..algorithms.assess_accuracy import AssessAccuracy
from ..algorithms.attention_heatmaps import AttentionHeatmaps
from ..algorithms.base import icon_path, plugin_metadata
from ..algorithms.check_declarations import CheckDeclarations
from ..algorithms.check_series import CheckSeries
from ..algorithms.classify_counties import ClassifyCounties
from ..algorithms.classify_crops import ClassifyCrops
from ..algorithms.clean_map import CleanMap
from ..algorithms.compare_maps import CompareMaps
from ..algorithms.delineate_fields import DelineateFields
from ..algorithms.design_sample import DesignSample
from ..algorithms.parcel_labels import ParcelLabels
from ..algorithms.simulate_county import SimulateCounty
from ..algorithms.train_checkpoint import TrainCheckpoint
from .ready_models import load_models

ALGORITHMS = (
    ClassifyCrops,
    ClassifyCounties,
    ParcelLabels,
    CheckDeclarations,
    DelineateFields,
    CleanMap,
    AssessAccuracy,
    DesignSample,
    CompareMaps,
    AttentionHeatmaps,
    CheckSeries,
    TrainCheckpoint,
    SimulateCounty,
)
RASTER_EXTENSIONS = ("tif", "tiff")


class CropAttentionProvider(QgsProcessingProvider):
    """Crop Attention in the Processing Toolbox."""

    def id(self) -> str:
        """Return the part of algorithm ids before the colon."""
        return "cropattention"

    def name(self) -> str:
        """Return the name of the branch in the Toolbox."""
        return "Crop Attention"

    def longName(self) -> str:
        """Return the name with its version, for the provider's settings."""
        version = plugin_metadata().get("version", "")
        return f"{self.name()} {version}".strip()

    def icon(self) -> QIcon:
        """Return the icon of the branch in the Toolbox."""
        return QIcon(self.svgIconPath())

    def svgIconPath(self) -> str:
        return icon_path("crop_attention.svg")

    def helpId(self) -> str:
        """Return the provider's key in help addresses."""
        return self.id()

    def supportedOutputRasterLayerExtensions(self) -> list[str]:
        """Return the raster formats that can hold a class raster with its legend inside."""
        return list(RASTER_EXTENSIONS)

    def loadAlgorithms(self) -> None:
        """Add a fresh instance of each algorithm, then the models that are made of them."""
        for algorithm in ALGORITHMS:
            self.addAlgorithm(algorithm())
        for model in load_models():
            self.addAlgorithm(model)
