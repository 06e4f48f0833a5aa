"""A small county on disk, its fields as parcels, an untrained checkpoint, and a provider for each test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from qgis.core import QgsApplication, QgsProcessingContext, QgsProject

from counties import COLS, FIELD, GREEN, ROWS, SEED, Listener, box, write_parcels
from rasters import TEN_BANDS, write_raster

WIDTH, HEIGHT = FIELD * COLS, FIELD * ROWS
S2_DAYS = ("20180312", "20180414", "20180511", "20180613", "20180709", "20180820", "20180918", "20181012")
S1_DAYS = ("20180310", "20180411", "20180509", "20180610", "20180712", "20180813", "20180915", "20181009")


@dataclass(frozen=True)
class County:
    """Where the small county lies."""

    s2: str
    s1: str
    parcels: str


@pytest.fixture
def provider(qgis_processing):
    """The registered provider; removed after the test."""
    import crop_attention

    plugin = crop_attention.classFactory(None)
    plugin.initProcessing()
    yield QgsApplication.processingRegistry().providerById("cropattention")
    plugin.unload()


@pytest.fixture
def run(provider):
    """A function that runs an algorithm by its short name and returns (results, listener, context)."""
    import processing

    def call(name: str, values: dict, listener: Listener | None = None):
        listener = listener or Listener()
        context = QgsProcessingContext()
        context.setProject(QgsProject.instance())
        context.setFeedback(listener)
        results = processing.run(f"cropattention:{name}", values, context=context, feedback=listener)
        return results, listener, context

    return call


@pytest.fixture
def refusal(provider):
    """A function that returns what checkParameterValues says against some values, "" if it lets them pass."""

    def call(name: str, values: dict, context: QgsProcessingContext | None = None) -> str:
        algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"cropattention:{name}")
        fine, message = algorithm.checkParameterValues(values, context or QgsProcessingContext())
        assert fine == (message == "")
        return message

    return call


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory) -> str:
    """A small network with random weights on a season of eight months."""
    torch = pytest.importorskip("torch")
    from crop_attention.models.card import Card, Season
    from crop_attention.models.checkpoint import save
    from crop_attention.models.legend import TEMPERATE_EUROPE
    from crop_attention.models.registry import build

    normal = {**dict.fromkeys(TEN_BANDS, (0.2, 0.1)), "VV": (-11.0, 3.0), "VH": (-18.0, 3.0)}
    card = Card(
        name="untrained",
        title="Untrained",
        version="0",
        architecture="attention_3dcnn",
        config={"width": 8, "depth": 16},
        classes=TEMPERATE_EUROPE,
        s2_bands=TEN_BANDS,
        s1_bands=("VV", "VH"),
        season=Season(3, 1, 8, 30),
        normalisation=normal,
    )
    torch.manual_seed(3)
    path = tmp_path_factory.mktemp("checkpoint") / "untrained.safetensors"
    save(path, build(card), card)
    return str(path)


@pytest.fixture(scope="session")
def county(tmp_path_factory) -> County:
    """Eight dates of both sensors over 200 x 100 pixels, and eight parcels of every kind."""
    # Blanks, accents and brackets: names as analysts give them.
    folder = tmp_path_factory.mktemp("Été 2018 (county)")
    rng = np.random.default_rng(SEED)
    fields = np.kron(rng.random((ROWS, COLS)), np.ones((FIELD, FIELD)))
    for number, day in enumerate(S2_DAYS):
        green = fields * (1 + np.sin(number / 2))
        bands = [
            1000 + (320 if index == 1 else 150 * index) + 900 * green * (index > 3) for index in range(len(TEN_BANDS))
        ]
        noisy = np.stack(bands) + rng.normal(0, 30, (len(TEN_BANDS), HEIGHT, WIDTH))
        clouds = np.where(rng.random((ROWS, COLS)) < 0.3, 9, 4)
        scl = np.kron(clouds, np.ones((FIELD, FIELD)))[None]
        cube = np.concatenate([noisy.clip(1, 9999).round(), scl]).astype(np.uint16)
        write_raster(folder / "sentinel2" / f"S2A_MSIL2A_{day}T105031_T31UDS.tif", cube, (*TEN_BANDS, "SCL"), nodata=0)
    for number, day in enumerate(S1_DAYS):
        level = np.stack([-12 + 3 * fields, -19 + 4 * fields + number / 4])
        cube = (level + rng.normal(0, 1, (2, HEIGHT, WIDTH))).astype(np.float32)
        write_raster(folder / "sentinel1" / f"S1_GRD_ASC_{day}T173236_VV_VH.tif", cube, ("VV", "VH"))
    return County(str(folder / "sentinel2"), str(folder / "sentinel1"), write_parcels(folder / "parcels é.gpkg"))


@pytest.fixture(scope="session")
def labelled(tmp_path_factory) -> str:
    """One parcel a field; its declared crop follows how green it grows."""
    shapes = [
        ("Hemp" if GREEN[row, col] > 0.5 else "Maize",
         f"MULTIPOLYGON(({box(FIELD * col + 1, FIELD * row + 1, FIELD - 2, FIELD - 2)}))")
        for row in range(ROWS) for col in range(COLS)
    ]  # fmt: skip
    return write_parcels(tmp_path_factory.mktemp("labels") / "déclarations.gpkg", shapes)


@pytest.fixture
def quick(monkeypatch):
    """Few trees, and one thread: small convolutions on two wait for each other where the machine is busy."""
    from crop_attention.engine.mapping import device
    from crop_attention.engine.training import train
    from crop_attention.engine.training.learners import forest

    monkeypatch.setattr(forest, "TREES", 25)
    for module in (device, train):
        monkeypatch.setattr(module, "usable_cores", lambda: 1)
