"""Simulate a county, map it through qgis_process, and leave a QGIS project and a preview in demo/."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from osgeo import gdal, ogr

from ..engine.options import ParcelOptions
from ..engine.parcels.label import label_parcels
from .demo_project import Run, build_project
from .qgis_process import ProcessError, QgisProcess

gdal.UseExceptions()
ogr.UseExceptions()

ROOT = Path(__file__).resolve().parent.parent
RASTERS = {
    "CROP_MAP": "crop_map.tif",
    "CONFIDENCE": "confidence.tif",
    "PROBABILITIES": "probabilities.tif",
    "TEMPORAL_ATTENTION": "temporal_attention.tif",
    "CHANNEL_ATTENTION": "channel_attention.tif",
    "SPATIAL_ATTENTION": "spatial_attention.tif",
}


@dataclass(frozen=True)
class Score:
    """Parcels with a label, and how many of them carry the class that most of their true pixels have."""

    parcels: int
    labelled: int
    right: int

    @property
    def accuracy(self) -> float:
        """Share of the labelled parcels that are right, 0..1."""
        return self.right / self.labelled if self.labelled else 0.0


def score_parcels(labels: Path, truth: Path) -> Score:
    """Hold labelled parcels against the simulated truth, which knows no declaration errors.

    Args:
        labels: polygons with `crop_code`, in the CRS of the truth.
        truth: raster of class codes.
    """
    dataset = ogr.Open(str(labels))
    shapes, found = [], []
    for feature in dataset.GetLayer(0):
        geometry = feature.GetGeometryRef()
        shapes.append(None if geometry is None else bytes(geometry.ExportToWkb(ogr.wkbNDR)))
        found.append(feature.GetField("crop_code") or 0)
    codes = np.array(found)
    true = label_parcels(str(truth), shapes, None, ParcelOptions()).code
    known = (codes > 0) & (true > 0)
    return Score(len(codes), int(known.sum()), int((known & (codes == true)).sum()))


def main() -> int:
    """Run the demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7, help="another seed, another county")
    parser.add_argument("--size", type=int, default=512, help="pixels a side")
    parser.add_argument("--checkpoint", default=None, help="weights to use in place of the bundled ones")
    parser.add_argument("--output", type=Path, default=ROOT / "demo", help="folder that is made anew")
    arguments = parser.parse_args()
    try:
        return _run(arguments)
    except ProcessError as error:
        print(error, file=sys.stderr)
        return 1


def _run(arguments: argparse.Namespace) -> int:
    started = time.perf_counter()
    folder = arguments.output.resolve()
    county = folder / "county"
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    qgis = QgisProcess(ROOT / "build" / "home", ROOT / "build" / "plugins")
    qgis.enable()

    print(f"1/3  Simulating a county of {arguments.size} x {arguments.size} pixels (seed {arguments.seed})", flush=True)
    clock = time.perf_counter()
    made = qgis.run("cropattention:simulatecounty", SEED=arguments.seed, SIZE=arguments.size, OUTPUT_FOLDER=str(county))
    dates = [len(_dates(Path(made[key]))) for key in ("S2_FOLDER", "S1_FOLDER")]
    print(
        f"     {made['PARCEL_COUNT']} parcels, {dates[0]} Sentinel-2 and {dates[1]} Sentinel-1 dates "
        f"in {time.perf_counter() - clock:.0f} s, {qgis.peaks[-1]:.0f} MB",
        flush=True,
    )

    print("2/3  Classifying crops through qgis_process", flush=True)
    clock = time.perf_counter()
    outputs = {key: str(folder / name) for key, name in RASTERS.items()}
    done = qgis.run(
        "cropattention:classifycrops",
        S2_FOLDER=made["S2_FOLDER"],
        S1_FOLDER=made["S1_FOLDER"],
        PARCELS=made["PARCELS"],
        CHECKPOINT=arguments.checkpoint,
        PARCEL_LABELS=str(folder / "parcel_labels.gpkg"),
        REPORT=str(folder / "report.html"),
        **outputs,
    )
    seconds = time.perf_counter() - clock
    memory = qgis.peaks[-1]
    score = score_parcels(Path(done["PARCEL_LABELS"]), Path(made["TRUTH"]))
    print(f"     {seconds:.0f} s on {done['DEVICE_USED']}, season {done['SEASON_USED']}", flush=True)

    print("3/3  Building the QGIS project and the preview", flush=True)
    headline = f"{score.accuracy:.1%} of {score.labelled} parcels right, mapped in {seconds:.0f} s"
    build_project(Run(folder, county, headline))

    print(
        f"\nParcel accuracy against the simulated truth: {score.accuracy:.1%} "
        f"({score.right} of {score.labelled} labelled parcels; {score.parcels} in all)"
    )
    print(f"Classification: {seconds:.0f} s, {memory:.0f} MB of memory at the peak")
    print(f"Whole demo: {time.perf_counter() - started:.0f} s")
    print("Open demo/crop_attention_demo.qgz in QGIS, demo/report.html in a browser; demo/preview.png shows both.")
    return 0


def _dates(folder: Path) -> set[str]:
    return {path.stem for path in folder.rglob("*.tif")}


if __name__ == "__main__":
    sys.exit(main())
