"""In another language no English is left: of any command's help, of what a run says, and of its reports."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pseudo_language import english, shown_in, widened

pytest.importorskip("torch")
pytest.importorskip("babel")
pytest.importorskip("skimage")

PROGRAM = r"""
import sys
from pathlib import Path
from pseudo_language import begin
work = Path(sys.argv[1])
begin(work / "locale")
from osgeo import ogr
from crop_attention.cli.main import COMMANDS, main
from crop_attention.engine.training.learners import forest
ogr.UseExceptions()
forest.TREES = 50

def run(name, *words):
    print(f"$ {name}", flush=True)
    try:
        code = main([name, *map(str, words)])
    except SystemExit as stop:
        code = stop.code
    print(f"status={code}", flush=True)

county, parcels = work / "county", work / "county" / "parcels.gpkg"
run("simulate", "--output-folder", county, "--size", 64, "--season-year", 2023, "--seed", 7, "--parcel-size", 0.4,
    "--s2-dates", 30, "--s1-dates", 20)
# Words of the layer itself are no English of ours.
layer = ogr.Open(str(parcels), 1)
layer.ExecuteSQL("UPDATE parcels SET crop = upper(crop)")
west, east, south, north = layer.GetLayer(0).GetExtent()
crs = layer.GetLayer(0).GetSpatialRef()
whole = ogr.GetDriverByName("GPKG").CreateDataSource(str(work / "counties.gpkg"))
made = whole.CreateLayer("counties", crs, ogr.wkbPolygon)
made.CreateField(ogr.FieldDefn("name", ogr.OFTString))
box = ogr.Feature(made.GetLayerDefn())
box["name"] = "37"
box.SetGeometry(ogr.CreateGeometryFromWkt(
    f"POLYGON(({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))"))
made.CreateFeature(box)
box = made = whole = layer = None

series = ("--s2", county / "sentinel2", "--s1", county / "sentinel1")
maps, chances, first = work / "map.tif", work / "chances.tif", work / "first.tif"
run("check", *series, "--report", work / "check.html")
run("checkpoints")
run("classify", *series, "--crop-map", maps, "--probabilities", chances, "--parcels", parcels,
    "--parcel-labels", work / "labels.gpkg", "--report", work / "map.html")
run("classify", "--s1", county / "sentinel1", "--crop-map", first)
run("heatmaps", *series, "--report", work / "attention.html", "--temporal-contribution", work / "when.tif")
run("labels", "--crop-map", maps, "--parcels", parcels, "--parcel-labels", work / "own.gpkg")
run("assess", "--crop-map", maps, "--reference", parcels, "--crop-field", "crop", "--report", work / "accuracy.html")
run("declarations", "--crop-map", maps, "--probabilities", chances, "--parcels", parcels, "--declared-field", "crop",
    "--checked", work / "checked.gpkg", "--report", work / "declarations.html", "--previous-crop-map", first)
run("compare", "--first", first, "--second", maps, "--changes", work / "changes.tif", "--report", work / "compare.html",
    "--parcels", parcels, "--reference", parcels, "--crop-field", "crop")
run("clean", "--crop-map", maps, "--probabilities", chances, "--clean-map", work / "clean.tif")
run("sample", "--crop-map", maps, "--sample", work / "sample.gpkg")
run("delineate", *series, "--fields", work / "fields.gpkg")
run("train", *series, "--parcels", parcels, "--crop-field", "crop", "--checkpoint", work / "own.safetensors",
    "--report", work / "training.html", "--learner", "linear", "--block-metres", 200, "--buffer-metres", 0,
    "--minimum-parcels", 2)
run("counties", *series, "--counties", work / "counties.gpkg", "--county-field", "name", "--output-folder",
    work / "counties", "--outputs", "crop_map,report")
run("check", "--s2", "nowhere")
run("classify", *series)
run("labels", "--leaver")
for command in COMMANDS:
    run(command.NAME, "--help")
"""
COMMANDS_RUN = 15
_NO_SENTENCE = re.compile(r"\$ |usage: |[A-Z0-9_.]+=|.*python -m ")
_OPTION = re.compile(r"--[\w-]+( [A-Z.,]+)*")


def test_what_was_not_translated_is_found():
    assert widened("{name} of 3 files") == "{name} ｏｆ 3 ｆｉｌｅｓ"
    lines = [
        "3 ｆｉｌｅｓ",
        "Winter cereals",
        "a.tif, /data/maps, min_pixels=8, B04 NDVI {mean,median}",
        "Winter  cereals",
    ]
    assert english(lines) == ["Winter cereals"]
    assert english(lines, ["Winter cereals"]) == []


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Everything that the terminal said, and the folder of what it wrote."""
    work = tmp_path_factory.mktemp("work")
    paths = [str(Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(work)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    return done.stdout.splitlines(), work


def test_every_command_ran(told):
    lines, _ = told
    from crop_attention.cli.commands import COMMANDS

    ended = [line for line in lines if line.startswith("status=")]
    named = [line[2:] for line in lines if line.startswith("$ ")]
    assert {command.NAME for command in COMMANDS} == set(named[:COMMANDS_RUN]), "PROGRAM runs every command once"
    assert ended[:COMMANDS_RUN] == ["status=0"] * COMMANDS_RUN, lines
    assert ended[COMMANDS_RUN : COMMANDS_RUN + 3] == ["status=1", "status=2", "status=2"]


def test_the_terminal_leaves_no_english(told):
    from crop_attention.engine.products import PRODUCTS

    lines, work = told
    said = [line for line in lines if not _NO_SENTENCE.match(line) and str(work) not in line]
    # Examples name several options in a line.
    plain = [_OPTION.sub("", line) for line in said if line.count("--") < 2]
    assert english(plain, ["crop", *(product.name for product in PRODUCTS)]) == []


@pytest.mark.parametrize(
    "name", ["check", "map", "attention", "accuracy", "declarations", "compare", "training", "counties/index"]
)
def test_a_report_leaves_no_english(told, name):
    from crop_attention.models.checkpoint import BUNDLED, FOLDER, read_card

    _, work = told
    card = read_card(FOLDER / next(iter(BUNDLED)))
    # What a checkpoint was made from is told as it stands in its file, and so are references to the literature.
    own = [card.training, card.licence, " ".join(card.accuracy), card.command, "own linear python"]
    if name == "training":
        trained = read_card(work / "own.safetensors")
        own += [" ".join([*trained.accuracy, *trained.accuracy.values()]), trained.command]
    literature = "Olofsson Stehman Remote Sensing Environment International Journal of"
    tags = "steps of days classes of the map crop parcels"
    page = (work / f"{name}.html").read_text("utf-8")
    assert english(shown_in(page), [*own, literature, tags]) == []
