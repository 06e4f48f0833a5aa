"""Any bytes or values where a checkpoint, a legend or a table is expected."""

from __future__ import annotations

import json
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from osgeo import gdal
from safetensors.numpy import save_file

from crop_attention.engine.arguments import read_table
from crop_attention.engine.class_names import read_code_table
from crop_attention.engine.legend import NAMES_TAG, read_legend
from crop_attention.models import checkpoint as checkpoints
from crop_attention.models.card import Card, CropClass, Season
from crop_attention.models.legend import TEMPERATE_EUROPE
from crop_attention.models.registry import build

from .judge import unchanged

ODD = st.sampled_from(
    (None, True, 0, -1, 1.5, 1e308, float("nan"), float("inf"), 10**9, 10**30, -(10**30), "", "9" * 5000, "\ud800",
     "\x00", "a\nb", "B02", "#e8601c", [], {}, [[]], {"a": 1}, ["B02", "B02"], [1, 2], [0.0, 1.0],
     "'; DROP", 2**31, 255, 12)
)  # fmt: skip
values = st.recursive(
    ODD | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)


@lru_cache(maxsize=1)
def plain_card() -> str:
    """A valid card as JSON."""
    card = Card(
        name="test",
        title="Test",
        version="1",
        architecture="attention_3dcnn",
        config={"width": 8, "depth": 8, "heads": 2, "blocks": 1},
        classes=(CropClass(1, "Maize", "#e8601c"), CropClass(7, "Grassland", "#a6d96a")),
        s2_bands=("B02", "B04"),
        s1_bands=("VV", "VH"),
        season=Season(10, 1, 3, 30),
        normalisation=dict.fromkeys(("B02", "B04", "VV", "VH"), (0.1, 0.2)),
    )
    return json.dumps(card.to_dict())


@lru_cache(maxsize=1)
def plain_bytes() -> bytes:
    """A valid checkpoint file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plain.safetensors"
        card = Card.from_dict(json.loads(plain_card()))
        checkpoints.save(path, build(card), card)
        return path.read_bytes()


def leaves(value: Any, path: tuple = ()) -> list[tuple]:
    """Return the way to every entry of nested values."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [way for key, entry in inner for way in leaves(entry, (*path, key))]


@st.composite
def altered_card(draw) -> Any:
    """A valid card with a few entries replaced, removed or added."""
    card = json.loads(plain_card())
    for _ in range(draw(st.integers(1, 3))):
        way = draw(st.sampled_from(leaves(card)))
        place = card
        for key in way[:-1]:
            place = place[key]
        kind = draw(st.sampled_from(("replace", "replace", "remove", "add")))
        if kind == "replace":
            place[way[-1]] = draw(values)
        elif kind == "remove":
            del place[way[-1]]
        elif isinstance(place, dict):
            place[draw(st.text(max_size=6))] = draw(values)
        if not leaves(card):
            break
    return card


@st.composite
def altered_bytes(draw, whole: bytes) -> bytes:
    """A file cut, with bytes changed, or with something before or behind it."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(("cut", "flip", "insert", "zero")))
        place = draw(st.integers(0, max(len(data) - 1, 0)) | st.integers(0, min(400, max(len(data) - 1, 0))))
        if kind == "cut":
            del data[place:]
        elif kind == "flip" and data:
            data[place] ^= draw(st.integers(1, 255))
        elif kind == "insert":
            data[place:place] = draw(st.binary(max_size=12))
        elif data:
            data[place : place + draw(st.integers(1, 64))] = b"\0" * 8
    return bytes(data)


def read_card(value: Any) -> None:
    """Make a card of JSON values, and ask it what a run asks."""
    card = Card.from_dict(value)
    card.untested(), card.season.day_of_year(), {card.substitutes.get(band) for band in card.s2_bands}
    json.dumps(card.to_dict(), ensure_ascii=False).encode("utf-8")


def read_file(data: bytes) -> None:
    """Read bytes as a checkpoint."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "odd.safetensors"
        path.write_bytes(data)
        with unchanged(path):
            checkpoints.read_card(path)
            checkpoints.load(path)


def load_card(value: Any) -> None:
    """Read a checkpoint whose card says anything, beside weights that fit the plain one."""
    from safetensors.numpy import load

    text = value if isinstance(value, str) else json.dumps(value)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "odd.safetensors"
        try:
            save_file(load(plain_bytes()), path, metadata={checkpoints.CARD_KEY: text})
        except UnicodeEncodeError:
            return
        with unchanged(path):
            read_card(checkpoints.read_card(path).to_dict())
            checkpoints.load(path)


def read_codes(data: bytes) -> None:
    """Read bytes as a table of codes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(data)
        with unchanged(path):
            read_code_table(path, TEMPERATE_EUROPE)("1101060000")


def read_tag(text: str) -> None:
    """Read a crop map whose tag of class names says anything."""
    place = "/vsimem/legend.tif"
    dataset = gdal.GetDriverByName("GTiff").Create(place, 1, 1)
    dataset.SetMetadataItem(NAMES_TAG, text)
    table = gdal.ColorTable()
    table.SetColorEntry(3, (1, 2, 3, 255))
    dataset.GetRasterBand(1).SetRasterColorTable(table)
    dataset = None
    try:
        for entry in read_legend(place):
            str(entry.name).encode("utf-8"), int(entry.code)
    finally:
        gdal.GetDriverByName("GTiff").Delete(place)


rows = st.lists(
    st.lists(st.sampled_from(("prefix", "class", "11", "1101", "Maize", "Rapeseed", "", '"', "\0", "x" * 200_000, "\r",
                              "ü"))
             | st.text(max_size=5), max_size=4).map(",".join),
    max_size=6,
).map("\n".join)  # fmt: skip
tables = (
    rows.map(lambda text: ("prefix,class\n" + text).encode("utf-8", "replace"))
    | rows.map(str.encode)
    | st.binary(max_size=60)
)
names_tags = values.map(json.dumps).filter(lambda text: "\\u0000" not in text) | st.sampled_from(
    ("[" * 100_000, "{" * 9)
)


def read_classes(data: bytes) -> None:
    """Read bytes as the table of classes of a reference, as a file and as text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "classes.csv"
        path.write_bytes(data)
        try:
            with unchanged(path):
                read_table(str(path))
        finally:
            read_table(data.decode("utf-8", "replace").replace(".csv", ""))
