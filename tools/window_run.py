"""From the archive to a map in a real window, as a new user goes: install, click Run, see styled layers; timed.

    PYTHONPATH=build/plugins python3 -m crop_attention.tools.window_run [--samples FOLDER] [--pictures FOLDER]

A clean profile on a virtual screen gets the archive by the plugin manager's own function, opens *Classify crops*,
clicks its Run button and waits for the layers; then `qgis_process` does the same in that profile. Packages that QGIS
does not bring are hidden. Needs qgis, xvfb-run and xauth.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping

from ..cli.main import main as command
from .package import NAME, ROOT, build
from .qgis_process import QgisProcess

STEPS = Path(__file__).with_name("window_steps.py")
HIDDEN = ("torch", "safetensors", "scipy", "skimage", "sklearn", "distributed", "dask")
LAYERS = ("CROP_MAP", "CONFIDENCE", "PARCEL_LABELS")
NEEDED = ("qgis", "xvfb-run", "xauth")
SETTINGS = "[PythonPlugins]\nprocessing=true\n[qgis]\ncheckVersion=false\n"


@dataclass(frozen=True)
class CleanProfile(QgisProcess):
    """A `qgis_process` whose Python finds nothing but what QGIS brings; `plugins` is not used."""

    def environment(self) -> dict[str, str]:
        """Return the variables of `qgis_process` and, but for the platform, of the window."""
        paths = self.home / "hidden"
        paths.mkdir(parents=True, exist_ok=True)
        lines = ["import sys", f"sys.modules.update(dict.fromkeys({HIDDEN!r}))"]
        (paths / "sitecustomize.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
        found = {**super().environment(), "PYTHONPATH": str(paths), "PYTHONNOUSERSITE": "1"}
        del found["QGIS_PLUGINPATH"]
        return found


def simulate(folder: Path, size: int) -> Path:
    """Simulate a county, where no samples are given; return its folder.

    Raises:
        RuntimeError: it failed; it has said why.
    """
    words = ("simulate", "--output-folder", folder, "--size", size, "--season-year", 2023, "--seed", 7)
    if command([str(word) for word in words]):
        raise RuntimeError("no county could be simulated")
    return folder


def in_window(profile: CleanProfile, samples: Path, pictures: Path | None, seconds: int) -> Mapping[str, Any]:
    """Install, click and wait in a window; return the JSON of `window_steps`.

    Raises:
        RuntimeError: a step failed; the text says which.
    """
    environment = {key: value for key, value in profile.environment().items() if key != "QT_QPA_PLATFORM"}
    archive, asked, found = (profile.home / name for name in (f"{NAME}.zip", "asked.json", "found.json"))
    build(ROOT, archive)
    settings = profile.home / ".local/share/QGIS/QGIS3/profiles/default/QGIS/QGIS3.ini"
    settings.parent.mkdir(parents=True)
    settings.write_text(SETTINGS, encoding="utf-8")
    outputs = dict.fromkeys(LAYERS, "TEMPORARY_OUTPUT")
    asked.write_text(
        json.dumps(
            {
                "archive": str(archive),
                "values": {**inputs(samples), **outputs},
                "layers": len(LAYERS),
                "hidden": sorted(HIDDEN),
                "seconds": seconds,
                "pictures": str(pictures.resolve()) if pictures else "",
            }
        ),
        encoding="utf-8",
    )
    environment.update(CROP_ATTENTION_ASKED=str(asked), CROP_ATTENTION_FOUND=str(found))
    words = ["xvfb-run", "-a", "-s", "-screen 0 1280x1024x24", "qgis", "--nologo", "--noversioncheck"]
    done = subprocess.run(
        [*words, "--code", str(STEPS)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds + 180,
        check=False,
    )
    if not found.exists():
        raise RuntimeError(f"QGIS ended before it could tell what it found: {done.stderr[-3000:]}")
    result = json.loads(found.read_text(encoding="utf-8"))
    if result["error"]:
        raise RuntimeError(result["error"])
    return result


def by_process(profile: CleanProfile, samples: Path, folder: Path) -> float:
    """Return the seconds of the whole command that maps, labels and reports in the profile."""
    places = {"CROP_MAP": "map.tif", "PARCEL_LABELS": "labels.gpkg", "REPORT": "report.html"}
    began = time.perf_counter()
    profile.run(
        "cropattention:classifycrops", **inputs(samples), **{key: folder / name for key, name in places.items()}
    )
    return time.perf_counter() - began


def inputs(samples: Path) -> dict[str, str]:
    """Return the inputs of a run by the names of the parameters."""
    names = {"S2_FOLDER": "sentinel2", "S1_FOLDER": "sentinel1", "PARCELS": "parcels.gpkg"}
    return {key: str(samples / name) for key, name in names.items()}


def main() -> int:
    """Print what was found, as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=Path, help="folder with sentinel2, sentinel1 and parcels.gpkg")
    parser.add_argument("--size", type=int, default=128, help="pixels a side of the county that is simulated otherwise")
    parser.add_argument("--pictures", type=Path, help="existing folder for pictures of dialog and window")
    parser.add_argument("--seconds", type=int, default=60, help="from the click to the layers, at most")
    parser.add_argument("--json", action="store_true", help="print all that was found")
    arguments = parser.parse_args()
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if missing:
        print(f"{', '.join(missing)} not found.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as work:
        samples = (arguments.samples or simulate(Path(work, "county"), arguments.size)).resolve()
        profile = CleanProfile(Path(work, "home"), Path(work))
        try:
            found = {**in_window(profile, samples, arguments.pictures, arguments.seconds)}
            found["process"] = by_process(profile, samples, Path(work))
        except RuntimeError as error:
            print(error, file=sys.stderr)
            return 1
    if arguments.json:
        print(json.dumps(found))
        return 0
    print(f"QGIS {found['qgis']}, {found['results']['DEVICE_USED']}")
    print(f"Install {found['install']:.1f} s, click to layers {found['click']:.1f} s", end=", ")
    print(f"qgis_process {found['process']:.1f} s")
    for layer in found["layers"]:
        print(f"  {found['groups'][0]}: {layer['name']} ({layer['style']})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
