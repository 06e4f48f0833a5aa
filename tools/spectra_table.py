"""Make the table of canopy reflectance that the simulator ships, from PROSAIL.

For each canopy PROSAIL (the leaf model PROSPECT-5 within the canopy model 4SAIL; Jacquemoud et al. 2009, Remote Sensing
of Environment 113, S56-S66) is fitted to the median of real parcel points in the month of fullest cover. The table
then holds that median, because PROSAIL alone misses single bands by some percent, and from PROSAIL the directions in
which fields of one crop differ: the change of the logarithm of reflectance with the logarithm of chlorophyll, water,
dry matter, leaf structure and leaf area, and with the leaf angle. Crops without points take PROSAIL's reflectance at
leaf parameters of their own, corrected band by band as a relative with points had to be. A band is the plain mean over
the nominal width of Sentinel-2A's.

PROSAIL is not among the requirements. With `pip install prosail`, from the repository's root:

    PYTHONPATH=build/plugins python tools/spectra_table.py engine/simulation/canopy_spectra.csv
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares

BANDS = {
    "B02": (492.4, 66),
    "B03": (559.8, 36),
    "B04": (664.6, 31),
    "B05": (704.1, 15),
    "B06": (740.5, 15),
    "B07": (782.8, 20),
    "B08": (832.8, 106),
    "B8A": (864.7, 21),
    "B11": (1613.7, 91),
    "B12": (2202.4, 175),
}
"""Centre and width of each band in nm (Sentinel-2A)."""

SUN = 40.0
"""Zenith angle of the sun in degrees; the sensor looks down."""
GROUND, DAMP = 0.8, 0.5
"""Brightness of the soil below and its share of dry soil."""

# fmt: off
MEDIANS = {
    "cereal": (26, 44, 22, 68, 276, 400, 428, 448, 122, 56),
    "barley": (30, 52, 24, 80, 300, 398, 440, 458, 138, 67),
    "maize": (22, 46, 22, 64, 290, 432, 440, 462, 165, 70),
    "rapeseed": (26, 62, 26, 108, 400, 462, 490, 508, 145, 66),
    "sunflower": (36, 74, 38, 120, 335, 435, 438, 455, 212, 108),
    "soybean": (20, 54, 20, 92, 385, 510, 490, 515, 222, 100),
    "beet": (24, 62, 24, 96, 390, 520, 530, 548, 190, 88),
    "potato": (34, 80, 40, 132, 370, 440, 450, 468, 215, 112),
    "pulse": (38, 78, 38, 124, 355, 410, 425, 445, 172, 82),
    "grass": (30, 66, 32, 116, 350, 420, 460, 482, 195, 95),
    "alfalfa": (28, 68, 28, 112, 385, 470, 490, 510, 200, 96),
    "flax": (36, 72, 40, 120, 310, 390, 405, 425, 170, 82),
    "hemp": (20, 48, 20, 72, 330, 460, 460, 482, 170, 74),
    "leafy": (34, 82, 36, 130, 360, 420, 440, 458, 180, 92),
    "mustard": (30, 70, 34, 118, 370, 420, 440, 460, 180, 90),
    "vine": (36, 70, 42, 120, 300, 365, 380, 400, 205, 110),
    "orchard": (28, 58, 32, 100, 285, 350, 365, 385, 185, 95),
    "evergreen": (26, 48, 34, 90, 215, 252, 270, 285, 165, 90),
    "broadleaf": (20, 46, 22, 78, 265, 330, 345, 362, 160, 74),
    "conifer": (13, 30, 17, 56, 158, 192, 205, 215, 104, 48),
    "reed": (40, 66, 62, 108, 245, 300, 330, 350, 190, 105),
}
"""Reflectance x 1,000 of closed canopies: medians of real points where there are ten or more, else after such points
and typical values."""
# fmt: on

LEAF = ("structure", "chlorophyll", "water", "matter", "area", "angle")
TYPICAL = np.array([1.5, 45.0, 0.015, 0.006, 4.0, 50.0])
LOWEST = np.array([1.1, 18.0, 0.004, 0.002, 2.5, 20.0])
HIGHEST = np.array([2.2, 85.0, 0.045, 0.018, 7.5, 80.0])
SCATTER = np.array([0.25, 0.5, 0.5, 0.5, 0.4, 0.3])
"""How far, as logarithms, parameters lie from the typical ones: holds what ten bands do not tell."""
TRUST = 0.06
"""Relative error of a median in the fit."""

RELATIVES = {
    "peanut": ("soybean", (1.5, 40.0, 0.014, 0.005, 3.2, 45.0)),
    "sweet potato": ("potato", (1.6, 45.0, 0.020, 0.005, 3.2, 45.0)),
}
"""Crops without points: a relative, and their own leaves (flat leaves close to the ground)."""

STEP = 0.05
ANGLE_STEP = 2.0


def bands(spectrum: np.ndarray) -> np.ndarray:
    """Return the ten bands of a spectrum of 400 to 2500 nm in steps of 1 nm."""
    waves = np.arange(400, 2501)
    return np.array([spectrum[np.abs(waves - centre) <= width / 2].mean() for centre, width in BANDS.values()])


def canopy(leaf: np.ndarray) -> np.ndarray:
    """Return PROSAIL's ten bands for structure, chlorophyll, water, matter, area and angle."""
    import prosail

    structure, chlorophyll, water, matter, area, angle = leaf
    spectrum = prosail.run_prosail(
        structure, chlorophyll, chlorophyll / 5.0, 0.0, water, matter, area, angle, 0.05, SUN, 0.0, 0.0,
        typelidf=2, rsoil=GROUND, psoil=DAMP,
    )  # fmt: skip
    return bands(spectrum)


def fitted(median: np.ndarray) -> np.ndarray:
    """Return the leaf parameters whose reflectance comes closest to a median."""

    def misses(logs: np.ndarray) -> np.ndarray:
        off = np.log(canopy(np.exp(logs))) - np.log(median)
        return np.concatenate([off / TRUST, (logs - np.log(TYPICAL)) / SCATTER])

    return np.exp(least_squares(misses, np.log(TYPICAL), bounds=(np.log(LOWEST), np.log(HIGHEST)), diff_step=1e-3).x)


def directions(leaf: np.ndarray) -> np.ndarray:
    """Return the change of ln reflectance with each parameter, (6, 10): per unit of its logarithm, angle per degree."""
    rows = []
    for row in range(len(LEAF)):
        step = np.zeros(len(LEAF))
        step[row] = STEP
        up, down = leaf * np.exp(step), leaf * np.exp(-step)
        size = 2 * STEP
        if LEAF[row] == "angle":
            up, down = leaf + step / STEP * ANGLE_STEP, leaf - step / STEP * ANGLE_STEP
            size = 2 * ANGLE_STEP
        rows.append((np.log(canopy(up)) - np.log(canopy(down))) / size)
    return np.array(rows)


def rows() -> list[tuple[str, str, np.ndarray]]:
    """Return canopy, quantity and ten values of each row of the table."""
    table, ratio = [], {}
    for name, median in MEDIANS.items():
        median = np.array(median) / 1000.0
        leaf = fitted(median)
        ratio[name] = median / canopy(leaf)
        table += _canopy_rows(name, median, leaf)
        off = np.abs(np.log(ratio[name])).mean()
        print(f"{name}: PROSAIL off by {100 * off:.0f} %, " + ", ".join(f"{n} {v:.3g}" for n, v in zip(LEAF, leaf)))
    for name, (relative, leaf) in RELATIVES.items():
        leaf = np.array(leaf)
        table += _canopy_rows(name, canopy(leaf) * ratio[relative], leaf)
    return table


def _canopy_rows(name: str, reflectance: np.ndarray, leaf: np.ndarray) -> list[tuple[str, str, np.ndarray]]:
    changes = directions(leaf)
    return [(name, "reflectance", reflectance), *((name, *row) for row in zip(LEAF, changes))]


def main() -> int:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("table", type=Path, help="CSV to write")
    arguments = parser.parse_args()
    table = rows()
    with open(arguments.table, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["canopy", "quantity", *BANDS])
        for name, quantity, values in table:
            writer.writerow([name, quantity, *(f"{value + 0.0:.4f}" for value in np.round(values, 4))])
    return 0


if __name__ == "__main__":
    sys.exit(main())
