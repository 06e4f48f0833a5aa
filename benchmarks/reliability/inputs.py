"""Inputs are sacred: every output onto every input in every spelling, and indirect files that lead elsewhere."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from osgeo import gdal, ogr, osr

from crop_attention.benchmarks.reliability.table import Row
from crop_attention.cli.main import main
from crop_attention.models.checkpoint import default_checkpoint

gdal.UseExceptions()
ogr.UseExceptions()

LONGEST_SECONDS = 20.0
GUARDED = (
    "input of this run",
    "Two outputs of this run",
    "must be a GeoTIFF",
    "must end in",
    "is a web page",
    "ends in .tif",
)
OWN = ("input of this run", "which no run over counties has written", "is a link or not a lock")
LEADING = ("outside the folders of the series", "not a file of this computer")
"""What the refusals say; a run that is refused for another reason is lost."""

SPELLINGS = ("plain", "relative", "link", "hard link", "folder link", "dots")
MAPPING = ("crop-map", "confidence", "probabilities", "temporal-attention", "channel-attention", "spatial-attention",
           "parcel-labels", "report")  # fmt: skip
ESCAPES = ("/vsicurl/http://127.0.0.1:9/a.tif", "/vsis3/bucket/a.tif",
           "/vsisubfile/0_100,/etc/passwd", "http://127.0.0.1:9/a.tif", "WMS:http://127.0.0.1:9/", "PG:host=127.0.0.1",
           "/etc/hostname", "../../../etc/hostname", "vrt:///etc/hostname", 'NETCDF:"http://127.0.0.1:9/a.nc":b',
           "/vsizip//vsicurl/http://127.0.0.1:9/a.zip/a.tif")  # fmt: skip
VRT = (
    '<VRTDataset rasterXSize="8" rasterYSize="8"><SRS>EPSG:32631</SRS><GeoTransform>0,10,0,0,0,-10</GeoTransform>'
    '<VRTRasterBand dataType="UInt16" band="1"><SimpleSource><SourceFilename relativeToVRT="0">{}</SourceFilename>'
    "</SimpleSource></VRTRasterBand></VRTDataset>"
)


def campaign(scratch: Path) -> Iterator[Row]:
    """Yield a row for each kind of output and for what leads elsewhere."""
    home = scratch / "inputs"
    given = _inputs(home)
    runs = {
        "classify": (MAPPING, ("--s2", str(home / "s2"), "--parcels", given["parcels"], "--checkpoint", given["net"])),
        "check": (("report",), ("--s2", str(home / "s2"), "--s1", given["zip"], "--checkpoint", given["net"])),
        "heatmaps": ((*MAPPING[3:6], "report"), ("--s2", str(home / "s2"), "--checkpoint", given["net"])),
        "labels": (("parcel-labels",), ("--crop-map", given["map"], "--parcels", given["parcels"])),
        "assess": (
            ("report", "table"),
            ("--crop-map", given["map"], "--reference", given["parcels"], "--crop-field", "crop", "--class-table",
             given["table"]),
        ),
    }  # fmt: skip
    reads = {
        "classify": ("scene", "source", "parcels", "net"),
        "check": ("scene", "source", "zip", "net"),
        "heatmaps": ("scene", "source", "net"),
        "labels": ("map", "parcels"),
        "assess": ("map", "parcels", "table"),
    }
    for command, (outputs, words) in runs.items():
        row = Row("inputs", f"{command}: every output onto every input", (home,))
        for output in outputs:
            for name in reads[command]:
                for spelling in SPELLINGS:
                    place = _spelt(given[name], spelling, scratch)
                    row.add(_lost([command, *words, f"--{output}", place]))
        row.seen = f"{len(outputs)} outputs, {len(reads[command])} inputs, {len(SPELLINGS)} spellings"
        yield row
    row = Row("inputs", "classify: two outputs onto one file", (home,))
    for first in MAPPING[:6]:
        for second in MAPPING[:6]:
            if first < second:
                one, other = str(scratch / "same.tif"), str(scratch / "x" / ".." / "SAME.tif")
                words = [*runs["classify"][1], f"--{first}", one, f"--{second}", other]
                row.add(_lost(["classify", *words]))
    yield row
    yield _counties(home, given, scratch)
    yield _escapes(home, given, scratch)


def _counties(home: Path, given: dict[str, str], scratch: Path) -> Row:
    row = Row("inputs", "counties: a folder that holds inputs or files of others", (home,))
    for name in ("counties.gpkg", "counties.csv", "index.html", "counties.json", ".counties.lock"):
        for kind in ("input", "foreign", "link"):
            folder = home / "out"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            place, layer = folder / name, given["parcels"]
            if kind == "link":
                place.symlink_to(layer)
            else:
                shutil.copy(layer, place)
                layer = str(place) if kind == "input" and name == "counties.gpkg" else layer
            row.seal()
            words = ["counties", "--counties", layer, "--county-field", "crop", "--s2", str(home / "s2"),
                     "--checkpoint", given["net"], "--output-folder", str(folder)]  # fmt: skip
            row.add(_lost(words, OWN))
    shutil.rmtree(home / "out", ignore_errors=True)
    return row


def _escapes(home: Path, given: dict[str, str], scratch: Path) -> Row:
    row = Row("security", "rasters that lead to the network or elsewhere", (home,))
    for name in ESCAPES:
        for suffix in (".vrt", ".tif", ".jp2", ".img"):
            folder = home / "bad"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            (folder / f"S2_20190601{suffix}").write_text(VRT.format(name))
            row.seal()
            words = ["check", "--s2", str(folder), "--checkpoint", given["net"]]
            row.add(_lost(words, LEADING))
    shutil.rmtree(home / "bad", ignore_errors=True)
    return row


def _inputs(home: Path) -> dict[str, str]:
    """Write small inputs of every kind and return their paths."""
    (home / "s2").mkdir(parents=True)
    scene, source = home / "s2" / "S2_20190601.tif", home / "s2" / "deep" / "source.tif"
    source.parent.mkdir()
    for place in (scene, source, home / "map.tif"):
        dataset = gdal.GetDriverByName("GTiff").Create(str(place), 8, 8, 1)
        dataset.SetGeoTransform((500_000, 10, 0, 5_000_000, 0, -10))
        reference = osr.SpatialReference()
        reference.ImportFromEPSG(32631)
        dataset.SetProjection(reference.ExportToWkt())
        dataset.GetRasterBand(1).Fill(1)
        del dataset
    gdal.BuildVRT(str(home / "s2" / "S2_20190701.vrt"), [str(source)]).FlushCache()
    with zipfile.ZipFile(home / "s1.zip", "w") as archive:
        archive.write(scene, "S1_20190601.tif")
    layer = gdal.GetDriverByName("GPKG").Create(str(home / "parcels.gpkg"), 0, 0, 0, gdal.GDT_Unknown)
    fields = layer.CreateLayer("fields", reference, ogr.wkbPolygon)
    fields.CreateField(ogr.FieldDefn("crop", ogr.OFTString))
    feature = ogr.Feature(fields.GetLayerDefn())
    feature.SetField("crop", "maize")
    feature.SetGeometry(ogr.CreateGeometryFromWkt(
        "POLYGON((500000 5000000,500080 5000000,500080 4999920,500000 4999920,500000 5000000))"
    ))  # fmt: skip
    fields.CreateFeature(feature)
    del feature, fields, layer
    shutil.copy(default_checkpoint(), home / "net.safetensors")
    (home / "table.csv").write_text("reference,class\nmaize,Class 1\n")
    names = {
        "map": "map.tif",
        "parcels": "parcels.gpkg",
        "net": "net.safetensors",
        "zip": "s1.zip",
        "table": "table.csv",
    }
    return {"scene": str(scene), "source": str(source), **{key: str(home / name) for key, name in names.items()}}


def _spelt(place: str, spelling: str, scratch: Path) -> str:
    folder = scratch / "spelt"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    name, home = os.path.basename(place), os.path.dirname(place)
    if spelling == "relative":
        return os.path.relpath(place)
    if spelling == "link":
        (folder / name).symlink_to(place)
    elif spelling == "hard link":
        os.link(place, folder / name)
    elif spelling == "folder link":
        (folder / "there").symlink_to(home)
        return str(folder / "there" / name)
    elif spelling == "dots":
        return os.path.join(home, "..", os.path.basename(home), ".", name)
    else:
        return place
    return str(folder / name)


def _lost(words: list[str], expected: tuple[str, ...] = GUARDED) -> str:
    """Run a command that must be refused; return how it was not, "" where all was right."""
    began = time.monotonic()
    out, said = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
            code = main(words)
    except BaseException as error:
        return f"{' '.join(words[:1] + words[-2:])}: {type(error).__name__}: {error}"
    shown, seconds = f"{words[0]} {' '.join(words[-2:])}", time.monotonic() - began
    if code == 0 and words[0] != "check":
        return f"{shown}: ended as done"
    if not any(text in said.getvalue() for text in expected):
        return f"{shown}: said something else: {said.getvalue()[-250:]}"
    if "Traceback" in said.getvalue() or "unforeseen" in said.getvalue():
        return f"{shown}: {said.getvalue()[-250:]}"
    return f"{shown}: took {seconds:.0f} s" if seconds > LONGEST_SECONDS else ""
