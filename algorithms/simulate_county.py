"""A county that never was: a season of both sensors, its parcels and the truth."""

from __future__ import annotations

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputFolder,
    QgsProcessingOutputNumber,
    QgsProcessingOutputRasterLayer,
    QgsProcessingOutputVectorLayer,
    QgsProcessingParameterFolderDestination,
)

from ..engine.jobs.simulate import SimulateRequest, find_problems, simulate
from ..engine.option import options_of
from ..engine.simulation.options import CountyOptions
from . import parameters as p
from .base import CropAttentionAlgorithm
from .feedback import ProcessingFeedback
from .inputs import Reader, problems
from .torch_check import SIMULATION, check_installed

ADVANCED = ("season_year", "s2_dates", "s1_dates")


class SimulateCounty(CropAttentionAlgorithm):
    """Make a season to try things on."""

    NAME = "simulatecounty"
    TITLE = "Simulate county"
    GROUP = "Simulation"
    GROUP_ID = "simulation"
    ICON = "simulate_county.svg"
    PAGE = "README"
    SUMMARY = "Make a folder of Sentinel-1 and Sentinel-2 rasters and parcels with a known truth."
    TAGS = "simulation,synthetic,county,test,demo,sentinel,phenology,parcel"
    HELP = (
        "Draws a landscape of fields, grassland, forest, water, roads and villages, grows crops on it through one "
        "season, and observes it with Sentinel-2 (Level-2A files with clouds and scene classification) and "
        "Sentinel-1 (VV and VH in decibels, with speckle, from ascending and descending orbits).\n\n"
        "The folder holds 'sentinel2', 'sentinel1', 'parcels.gpkg' with the crop of each parcel, and 'truth.tif' "
        "with the class of each pixel: what 'Classify crops' reads and what its result can be compared with. The "
        "same values give the same county. A simulated county is no substitute for real fields.\n\n"
        "Four scenarios are regions of temperate Europe and one is their mean, with the legend of the checkpoint "
        "'temperate_europe'. 'shandong' represents hilly land in eastern China with strip fields, wheat and maize in "
        "one year, peanut, sweet potato, orchards and greenhouses; the checkpoint 'shandong' knows these crops."
    )
    OUTPUT_FOLDER = "OUTPUT_FOLDER"
    TRUTH, PARCEL_COUNT = "TRUTH", "PARCEL_COUNT"

    def declare(self) -> None:
        found = options_of(CountyOptions)
        # The order of the dialog: the scenario comes last.
        ordered = sorted(found.values(), key=lambda each: each.name == "scenario")
        self.add(
            *(p.option_parameter(each, each.name in ADVANCED) for each in ordered),
            p.helped(
                QgsProcessingParameterFolderDestination(self.OUTPUT_FOLDER, self.tr("County folder")),
                self.tr("Folder that gets the rasters, the parcels and the truth."),
            ),
        )
        self.addOutput(QgsProcessingOutputFolder(p.S2_FOLDER, self.tr("Sentinel-2 folder")))
        self.addOutput(QgsProcessingOutputFolder(p.S1_FOLDER, self.tr("Sentinel-1 folder")))
        self.addOutput(QgsProcessingOutputVectorLayer(p.PARCELS, self.tr("Parcels")))
        self.addOutput(QgsProcessingOutputRasterLayer(self.TRUTH, self.tr("Truth")))
        self.addOutput(QgsProcessingOutputNumber(self.PARCEL_COUNT, self.tr("Number of parcels")))

    def problems(self, parameters: dict, context: QgsProcessingContext) -> list[str]:
        return [*problems(lambda: check_installed(SIMULATION)), *find_problems(self._read(parameters, context))]

    def execute(self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict:
        """Simulate."""
        made = simulate(self._read(parameters, context), ProcessingFeedback(feedback))
        return {**made.places, self.PARCEL_COUNT: made.parcel_count}

    def _read(self, parameters: dict, context: QgsProcessingContext) -> SimulateRequest:
        folder = self.parameterAsString(parameters, self.OUTPUT_FOLDER, context)
        return SimulateRequest(folder, Reader(self, parameters, context).options(CountyOptions))
