"""A county that never was: a season of both sensors, its parcels and the truth."""

from __future__ import annotations

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputFolder,
    QgsProcessingOutputNumber,
    QgsProcessingOutputRasterLayer,
    QgsProcessingOutputVectorLayer,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterNumber,
)

from ..engine.jobs.simulate import SimulateRequest, find_problems, simulate
from ..engine.simulation.options import CountyOptions
from ..engine.simulation.region import SCENARIOS
from . import parameters as p
from .base import CropAttentionAlgorithm
from .feedback import ProcessingFeedback
from .inputs import problems
from .torch_check import SIMULATION, check_installed


class SimulateCounty(CropAttentionAlgorithm):
    """Make a season to try things on."""

    NAME = "simulatecounty"
    TITLE = "Simulate county"
    GROUP = "Simulation"
    GROUP_ID = "simulation"
    ICON = "simulate_county.svg"
    SUMMARY = "Make a folder of Sentinel-1 and Sentinel-2 rasters and parcels with a known truth."
    TAGS = "simulation,synthetic,county,test,demo,sentinel,phenology,parcel"
    HELP = (
        "Draws a landscape of fields, grassland, forest, water, roads and villages, grows crops on it through one "
        "season, and looks at it with Sentinel-2 (Level-2A files with clouds and scene classification) and "
        "Sentinel-1 (VV and VH in decibels, with speckle, from ascending and descending orbits).\n\n"
        "The folder holds 'sentinel2', 'sentinel1', 'parcels.gpkg' with the crop of each parcel, and 'truth.tif' with "
        "the class of each pixel: what 'Classify crops' takes and what its result can be held against. The same "
        "values give the same county. No simulated county stands in for real fields.\n\n"
        "Four scenarios are regions of temperate Europe and one is their mean: the legend of the bundled checkpoint. "
        "'shandong' stands for hills in eastern China with strip fields, wheat and maize in one year, peanut, sweet "
        "potato, orchards and greenhouses; the bundled checkpoint does not know these crops."
    )
    SEED, SIZE, CLOUDINESS, PARCEL_SIZE = "SEED", "SIZE", "CLOUDINESS", "PARCEL_SIZE"
    SCENARIO, SEASON_YEAR, S2_DATES, S1_DATES = "SCENARIO", "SEASON_YEAR", "S2_DATES", "S1_DATES"
    OUTPUT_FOLDER = "OUTPUT_FOLDER"
    TRUTH, PARCEL_COUNT = "TRUTH", "PARCEL_COUNT"

    def declare(self) -> None:
        """Add parameters and outputs."""
        defaults = CountyOptions()
        integer, double = QgsProcessingParameterNumber.Type.Integer, QgsProcessingParameterNumber.Type.Double
        numbers = (
            (self.SEED, self.tr("Seed"), integer, defaults.seed, 0, 2**31 - 1, self.tr("Another seed, another place.")),
            (
                self.SIZE,
                self.tr("Size (pixels)"),
                integer,
                defaults.size,
                16,
                4096,
                self.tr("Pixels of 10 m a side: 512 is 26 square kilometres."),
            ),
            (
                self.CLOUDINESS,
                self.tr("Cloudiness"),
                double,
                defaults.cloudiness,
                0.0,
                1.0,
                self.tr("Mean share of a Sentinel-2 date that lies under cloud, 0 to 1."),
            ),
            (
                self.PARCEL_SIZE,
                self.tr("Parcel size (hectares)"),
                double,
                defaults.parcel_size,
                0.2,
                100.0,
                self.tr("Mean area of a parcel."),
            ),
            (
                self.SEASON_YEAR,
                self.tr("Year of harvest"),
                integer,
                defaults.season_year,
                2015,
                2100,
                self.tr("Acquisitions run from September before it to October."),
            ),
            (
                self.S2_DATES,
                self.tr("Sentinel-2 dates"),
                integer,
                defaults.s2_dates,
                1,
                400,
                self.tr("Number of Sentinel-2 acquisitions."),
            ),
            (
                self.S1_DATES,
                self.tr("Sentinel-1 dates"),
                integer,
                defaults.s1_dates,
                1,
                400,
                self.tr("Number of Sentinel-1 acquisitions."),
            ),
        )
        advanced = (self.SEASON_YEAR, self.S2_DATES, self.S1_DATES)
        for key, name, kind, default, lowest, highest, text in numbers:
            number = QgsProcessingParameterNumber(key, name, kind, default, False, lowest, highest)
            self.add(p.helped(number, text, key in advanced))
        self.add(
            p.helped(
                QgsProcessingParameterEnum(
                    self.SCENARIO,
                    self.tr("Scenario"),
                    list(SCENARIOS),
                    defaultValue=defaults.scenario,
                    usesStaticStrings=True,
                ),
                self.tr(
                    "Which crops are grown and how often, and in which climate. 'shandong' has a legend, fields and "
                    "two harvests of its own; set parcels to about 0.35 hectares and cloudiness to 0.33 for it."
                ),
            ),
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
        """Return what is in the way of a run."""
        return [
            *problems(lambda: check_installed(SIMULATION)),
            *find_problems(SimulateRequest("", self._options(parameters, context))),
        ]

    def execute(self, parameters: dict, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict:
        """Simulate."""
        folder = self.parameterAsString(parameters, self.OUTPUT_FOLDER, context)
        made = simulate(SimulateRequest(folder, self._options(parameters, context)), ProcessingFeedback(feedback))
        return {**made.places, self.PARCEL_COUNT: made.parcel_count}

    def _options(self, parameters: dict, context: QgsProcessingContext) -> CountyOptions:
        return CountyOptions(
            seed=self.parameterAsInt(parameters, self.SEED, context),
            size=self.parameterAsInt(parameters, self.SIZE, context),
            cloudiness=self.parameterAsDouble(parameters, self.CLOUDINESS, context),
            parcel_size=self.parameterAsDouble(parameters, self.PARCEL_SIZE, context),
            scenario=self.parameterAsEnumString(parameters, self.SCENARIO, context),
            season_year=self.parameterAsInt(parameters, self.SEASON_YEAR, context),
            s2_dates=self.parameterAsInt(parameters, self.S2_DATES, context),
            s1_dates=self.parameterAsInt(parameters, self.S1_DATES, context),
        )
