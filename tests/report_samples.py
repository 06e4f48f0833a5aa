"""A prepared series, its season and a result, made by hand for the reports."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np

from crop_attention.engine.mapping.result import ClassStatistics, MappingResult
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.acquisition import Acquisition, BandSource, Part, Series
from crop_attention.engine.series.files.grid import Grid
from crop_attention.engine.series.season import PlacedSeason
from crop_attention.models.card import Card, Season
from crop_attention.models.legend import TEMPERATE_EUROPE
from season_files import scene_classification

STEPS, DAYS = 24, 15
START = date(2017, 10, 1)
S2_BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
S1_BANDS = ("VV", "VH")

# Area in pixels; peak step of greenness and of attention.
CROPS = {"Winter cereals": (5200, 14), "Maize": (8400, 19), "Rapeseed": (900, 13), "Sugar beet": (1500, 20),
         "Potatoes": (2600, 18), "Grassland": (4100, 10), "Not cropland": (3300, 5)}  # fmt: skip


def make_card(**changes) -> Card:
    """The card of a checkpoint of two sensors on 24 steps of 15 days."""
    values = {
        "name": "temperate_europe", "title": "Temperate Europe", "version": "1", "architecture": "attention_3dcnn",
        "config": {}, "classes": TEMPERATE_EUROPE, "s2_bands": S2_BANDS, "s1_bands": S1_BANDS,
        "season": Season(10, 1, STEPS, DAYS),
        "normalisation": {band: (0.2, 0.1) for band in (*S2_BANDS, *S1_BANDS)},
        "substitutes": {"B8A": "B08"}, "training": "120 simulated counties of temperate Europe.",
        "licence": "GPL-2.0-or-later", "limits": "Not yet measured on real fields.",
        "accuracy": {"overall accuracy, held-out simulated counties": "0.83"},
        "command": "python -m crop_attention.engine.training", "seed": 7, "created": "2026-02-01",
    }  # fmt: skip
    return Card(**{**values, **changes})


def make_series(sensor: str, days: list[date], bands: tuple[str, ...], **changes) -> Series:
    """A series of one file a date; B8A is read from the band of B08, as a substitute is."""
    acquisitions = []
    for day in days:
        path = f"{sensor}_{day:%Y%m%d}.tif"
        numbers = {band: number + 1 for number, band in enumerate(bands)}
        if "B8A" in numbers:
            numbers["B8A"] = numbers["B08"]
        sources = {band: BandSource(path, number) for band, number in numbers.items()}
        masks = (scene_classification(path, len(bands) + 1),) if sensor == "S2" else ()
        stand_ins = {"B8A": "B08"} if sensor == "S2" else {}
        part = Part(path, "31UDS" if sensor == "S2" else "", sources, masks, stand_ins=stand_ins)
        acquisitions.append(Acquisition(sensor, day, (part,), "ASC-88" if sensor == "S1" else ""))
    return Series(sensor, tuple(acquisitions), bands, **changes)


def make_prepared(**changes) -> SimpleNamespace:
    """What `prepare` gives, over one season of 5-day optical and 6-day radar acquisitions."""
    s2_days = [START + timedelta(days=offset) for offset in range(2, STEPS * DAYS, 5)]
    s1_days = [START + timedelta(days=offset) for offset in range(1, STEPS * DAYS, 6)]
    card = make_card()
    values = {
        "s2": make_series("S2", s2_days, S2_BANDS),
        "s1": make_series("S1", s1_days, S1_BANDS, track_offsets={("ASC-88", "VV"): 0.4}),
        "grid": Grid('PROJCRS["WGS 84 / UTM zone 31N"]', 500_000, 5_650_000, 10, 170, 160),
        "placed": PlacedSeason(card.season, START, "The season starts in 2017, where the dates cover it best."),
        "options": SeriesOptions(), "card": card,
        "notes": ("Sentinel-2: 72 files of 10 bands; reflectance is the number divided by 10,000.",),
        "warnings": ("B8A is missing: B08 is used instead.",),
    }  # fmt: skip
    return SimpleNamespace(**{**values, **changes})


def make_summary(prepared) -> SimpleNamespace:
    """What `summarise` gives: cloudier in winter, and two steps in December that were never seen."""
    shares = []
    for acquisition in prepared.s2.acquisitions if prepared.s2 else ():
        wave = 0.55 - 0.4 * math.cos(2 * math.pi * ((acquisition.date - START).days - 75) / 365)
        share = max(0.0, min(1.0, wave - 0.35 + 0.7 * ((acquisition.date.day * 7) % 11) / 11))
        step = prepared.placed.step_of(acquisition.date)
        shares.append((acquisition.date, 0.0 if step in (4, 5) else share))
    steps = []
    for number in range(STEPS):
        first, last = prepared.placed.step_bounds(number)
        inside = [share for day, share in shares if first <= day <= last]
        s1_days = [a.date for a in prepared.s1.acquisitions if first <= a.date <= last] if prepared.s1 else []
        steps.append(SimpleNamespace(
            first=first, last=last, s2_dates=tuple(day for day, _ in shares if first <= day <= last),
            s1_dates=tuple(s1_days), s2_clear=max(inside, default=0.0), s1_clear=0.98 if s1_days else 0.0,
        ))  # fmt: skip
    return SimpleNamespace(
        steps=tuple(steps), usable_s2=sum(step.s2_clear >= 0.05 for step in steps),
        usable_s1=sum(step.s1_clear >= 0.05 for step in steps), longest_gap_days=35,
        s2_acquisitions=len(shares), s1_acquisitions=len(prepared.s1.acquisitions) if prepared.s1 else 0,
        s2_clear_shares=tuple(shares),
    )  # fmt: skip


def make_result(prepared, summary, **changes) -> MappingResult:
    """A result with a bell of attention and of NDVI for each crop."""
    classes, count = prepared.card.classes, len(prepared.card.classes)
    bands = len(prepared.card.s2_bands) + len(prepared.card.s1_bands)
    sums = ClassStatistics.zeros(count, STEPS, bands)
    step = np.arange(STEPS)
    clear = np.array([entry.s2_clear for entry in summary.steps])
    for k, entry in enumerate(classes):
        pixels, peak = CROPS.get(entry.name, (0, 0))
        if not pixels:
            continue
        bell = np.exp(-(((step - peak) / 2.5) ** 2))
        attention = 0.01 + bell * np.where(clear > 0.05, 1, 0.3)
        channel = 1 + np.cos(np.arange(bands) + k) ** 2
        sums.pixels[k] = sums.sampled[k] = pixels
        sums.confidence_sum[k] = pixels * (0.52 if entry.name == "Sugar beet" else 0.84)
        sums.temporal_sum[k] = pixels * attention / attention.sum()
        sums.channel_sum[k] = pixels * channel / channel.sum()
        sums.s1_share_sum[k] = pixels * (0.2 + 0.04 * k)
        sums.ndvi_count[k] = pixels * (clear > 0.05)
        sums.ndvi_sum[k] = sums.ndvi_count[k] * (0.2 + 0.65 * np.exp(-(((step - peak) / 4) ** 2)))
        sums.vh_count[k] = pixels
        sums.vh_sum[k] = pixels * 10 ** ((-22 + 6 * np.exp(-(((step - peak) / 5) ** 2))) / 10)
    sums.s2_clear = clear * sums.pixels.sum()
    sums.s1_clear = np.array([entry.s1_clear for entry in summary.steps]) * sums.pixels.sum()
    sums.clear_steps[8:18] = np.array([1, 2, 4, 8, 12, 14, 12, 8, 4, 2]) * sums.pixels.sum() / 67
    values = {"device": "CPU, 2 threads", "seconds": 48.2, "pixel_area": 100.0, "nodata_pixels": 1200,
              "statistics": sums, "sha256": "ab" * 32}  # fmt: skip
    return MappingResult(**{**values, **changes})


class _Words(HTMLParser):
    def __init__(self, document: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.feed(document)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def words_of(document: str) -> str:
    """The text between the tags of a document, every space a plain one."""
    return re.sub(r"\s+", " ", " ".join(_Words(document).words))
