"""The picture of a real result, docs/result.png: a labelled sample mapped with the bundled checkpoint."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np
from osgeo import gdal
from qgis.core import QgsApplication, QgsRasterLayer, QgsVectorLayer

from ..algorithms import styling
from ..cli.main import main as command
from ..engine import products
from ..engine.jobs.style import legend_of
from .demo_preview import draw_preview
from .demo_project import show_composite

KINDS = (products.CROP_MAP, products.CONFIDENCE, products.TEMPORAL, products.CHANNEL)


def make(sample: Path, image: Path, title: str, headline: str, place: Path, work: Path) -> None:
    """Map the sample and draw it.

    Args:
        sample: folder with `sentinel2`, `sentinel1` and `parcels.gpkg`.
        image: one of its Sentinel-2 files with bands B04, B03, B02.
        title: of that image.
        headline: under the title of the picture.
        place: the PNG.
        work: folder for the outputs of the run.
    """
    labels = work / "labels.gpkg"
    words = [
        "classify",
        "--s2",
        sample / "sentinel2",
        "--s1",
        sample / "sentinel1",
        "--parcels",
        sample / "parcels.gpkg",
    ]
    words += ["--parcel-labels", labels]
    for product in KINDS:
        words += [product.option, work / product.file]
    if command([str(word) for word in words]):
        raise RuntimeError("The sample cannot be mapped.")
    layers = {product: QgsRasterLayer(str(work / product.file), product.title) for product in KINDS}
    layers[products.SENSOR_SHARE] = QgsRasterLayer(str(work / products.CHANNEL.file), products.SENSOR_SHARE.title)
    layers[products.PARCEL_LABELS] = QgsVectorLayer(str(labels), "labels")
    legend = legend_of(str(work / products.CROP_MAP.file))
    for product, layer in layers.items():
        styling.style_layer(layer, product, legend)
    shown = QgsRasterLayer(str(image), title)
    show_composite(shown, ("B04", "B03", "B02"))
    draw_preview(str(place), layers, shown, headline)


def score(sample: Path, work: Path, pairs: dict[int, int]) -> float:
    """Return the share of the pixels of these declared codes that have their class in the map.

    Args:
        sample: with `crop_codes.tif`, the declared codes on the grid of the map.
        work: with the crop map.
        pairs: declared code -> class code.
    """
    truth, found = (gdal.Open(str(path)) for path in (sample / "crop_codes.tif", work / products.CROP_MAP.file))
    declared, mapped = truth.ReadAsArray(), found.ReadAsArray()
    right = sum(int(((declared == code) & (mapped == own)).sum()) for code, own in pairs.items())
    return right / int(np.isin(declared, list(pairs)).sum())


def main() -> int:
    """Write the picture and print the score."""
    parser = argparse.ArgumentParser(prog="python -m crop_attention.tools.result_picture", description=__doc__)
    parser.add_argument("--sample", type=Path, required=True, help="folder of the labelled sample")
    parser.add_argument("--image", required=True, help="name of the Sentinel-2 file that is shown")
    parser.add_argument("--title", default="Sentinel-2", help="of that image")
    parser.add_argument("--headline", default="", help="line under the title")
    parser.add_argument("--pairs", default="", help="declared=class codes to score, such as 1200=4,9120=11")
    parser.add_argument("--place", type=Path, default=Path("docs/result.png"), help="the picture")
    values = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QgsApplication([], True)
    application.initQgis()
    with tempfile.TemporaryDirectory() as folder:
        work, image = Path(folder), values.sample / "sentinel2" / values.image
        make(values.sample, image, values.title, values.headline, values.place, work)
        if values.pairs:
            pairs = dict(tuple(map(int, pair.split("="))) for pair in values.pairs.split(","))
            print(f"{score(values.sample, work, pairs):.1%} of the pixels declared so are mapped so.")
    application.exitQgis()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
