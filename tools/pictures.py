"""Pictures of what a map is used for, for docs/using_a_map.md: every layer made by the commands that the page names."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from osgeo import ogr
from qgis.core import (
    QgsApplication,
    QgsCategorizedSymbolRenderer,
    QgsMapLayer,
    QgsMarkerSymbol,
    QgsRasterLayer,
    QgsRendererCategory,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor, QImage, QPainter

from ..algorithms import styling
from ..algorithms.vector_destination import style_lights, style_outline
from ..cli.main import main as command
from ..engine import products
from ..engine.declarations.options import LIGHTS
from ..engine.declarations.style import LIGHT_COLOURS, TITLES
from ..engine.jobs.style import legend_of
from .demo_preview import CAPTION, LEGEND_COLUMNS, LEGEND_ROW, draw_legend, draw_map

SIZE, GAP = 620, 24
START, UNTIL = "2022-10-01", "20230601"
_WRONG_EVERY = 9
"""One declaration in so many is changed to the crop of the next parcel."""


def make(folder: Path, work: Path, seed: int) -> list[Path]:
    """Simulate a county, run the commands on it, and write the pictures; return their paths."""
    county = work / "county"
    _run("simulate", "--output-folder", county, "--size", 128, "--season-year", 2023, "--seed", seed)
    series = ("--s2", county / "sentinel2", "--s1", county / "sentinel1")
    declared = _declared(county / "parcels.gpkg", work / "declared.gpkg")
    first, second = work / "may.tif", work / "season.tif"
    half = work / "half"
    half.mkdir()
    for path in sorted((county / "sentinel2").iterdir()):
        if _day(path) < UNTIL:
            os.link(path, half / path.name)
    scale = ("--optical-scale", 0.0001, "--optical-offset", 0)
    _run("classify", "--s2", half, "--season-start", START, *scale, "--crop-map", first)
    _run("classify", *series, "--crop-map", second, "--probabilities", work / "p.tif")
    checked, fields, clean = work / "checked.gpkg", work / "fields.gpkg", work / "clean.tif"
    sample, changes = work / "sample.gpkg", work / "changes.tif"
    given = ("--crop-map", second, "--probabilities", work / "p.tif", "--parcels", declared)
    _run("declarations", *given, "--declared-field", "declared", "--checked", checked)
    _run("delineate", *series, "--fields", fields)
    _run(
        *("clean", "--crop-map", second, "--probabilities", work / "p.tif", "--parcels", fields),
        *("--smoothing", "parcels", "--minimum-area", 0.3, "--clean-map", clean),
    )
    _run("sample", "--crop-map", second, "--target-error", 0.03, "--sample", sample)
    _run("compare", "--first", first, "--second", second, "--changes", changes)
    crop_map = _raster(second)
    lights, drawn, points = (QgsVectorLayer(str(path), path.stem, "ogr") for path in (checked, fields, sample))
    style_lights(lights)
    style_outline(drawn)
    _style_sample(points)
    plates = (
        ("declarations", (([lights], "Checked parcels"), ([crop_map], "Crop map"))),
        ("fields", (([drawn, crop_map], "Fields over the crop map"), ([_raster(clean)], "Cleaned within the fields"))),
        ("sample", (([points, crop_map], "Sample over its strata"), ([_raster(changes)], "Changes since May"))),
    )
    crops = [(entry.colour, entry.name) for entry in legend_of(str(second)) if entry.code > 0]
    lights = [(LIGHT_COLOURS[light], TITLES[light]) for light in LIGHTS]
    legends = {"declarations": [lights, crops]}
    return [_plate(folder / f"{name}.png", maps, legends.get(name, [crops])) for name, maps in plates]


def _run(*words: object) -> None:
    code = command([str(word) for word in words])
    if code:
        raise RuntimeError(f"'{words[0]}' ended with status {code}.")


def _day(path: Path) -> str:
    return path.name.split("_")[3][:8]


def _declared(parcels: Path, place: Path) -> Path:
    """Copy the parcels with a declaration each: the true crop, but for some of another parcel."""
    source = ogr.Open(str(parcels))
    copy = ogr.GetDriverByName("GPKG").CopyDataSource(source, str(place))
    layer = copy.GetLayer(0)
    layer.CreateField(ogr.FieldDefn("declared", ogr.OFTString))
    features = list(layer)
    for number, feature in enumerate(features):
        wrong = number % _WRONG_EVERY == _WRONG_EVERY - 1
        feature.SetField("declared", features[(number + wrong) % len(features)]["crop"])
        layer.SetFeature(feature)
    layer = copy = source = None
    return place


def _raster(path: Path) -> QgsRasterLayer:
    layer = QgsRasterLayer(str(path), path.stem)
    styling.style_layer(layer, products.CROP_MAP, legend_of(str(path)))
    return layer


def _style_sample(layer: QgsVectorLayer) -> None:
    symbol = QgsMarkerSymbol.createSimple({"color": "#ffffff", "outline_color": "#1f2a24", "size": "2.4"})
    layer.setRenderer(QgsCategorizedSymbolRenderer("", [QgsRendererCategory(None, symbol, "")]))


def _plate(path: Path, maps: tuple[tuple[list[QgsMapLayer], str], ...], legends: list[list[tuple[str, str]]]) -> Path:
    """Draw maps side by side above their legends."""
    width, below = GAP + len(maps) * (SIZE + GAP), CAPTION + SIZE + 2 * GAP
    rows = [-(-len(legend) // LEGEND_COLUMNS) * LEGEND_ROW for legend in legends]
    height = below + sum(rows) + GAP
    picture = QImage(width, height, QImage.Format.Format_RGB32)
    picture.fill(QColor("white"))
    painter = QPainter(picture)
    for number, (layers, title) in enumerate(maps):
        draw_map(painter, GAP + number * (SIZE + GAP), GAP, SIZE, layers, title)
    for row, legend in zip(rows, legends):
        draw_legend(painter, GAP, below, width - 2 * GAP, legend)
        below += row
    painter.end()
    if not picture.save(str(path)):
        raise OSError(f"{path} cannot be written.")
    return path


def main() -> int:
    """Write the pictures."""
    parser = argparse.ArgumentParser(prog="python -m crop_attention.tools.pictures", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("docs/pictures"), help="where they go")
    parser.add_argument("--seed", type=int, default=7, help="of the simulated county")
    values = parser.parse_args()
    values.folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QgsApplication([], True)
    application.initQgis()
    with tempfile.TemporaryDirectory() as work:
        for path in make(values.folder, Path(work), values.seed):
            print(path)
    application.exitQgis()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
