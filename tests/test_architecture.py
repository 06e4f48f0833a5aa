"""The drawing in docs/architecture.md is true: which way imports go, how long files are, what front ends know."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from crop_attention.engine.option import options_of
from crop_attention.engine.options import MappingOptions, ParcelOptions, SeriesOptions
from crop_attention.engine.products import PRODUCTS
from crop_attention.engine.simulation.options import CountyOptions
from house import LAYERS, ROOT, imports, name_of, sources

LONGEST = 300
JOBS = re.compile(
    r"engine\.(jobs|products?|options?|errors|feedback|cancelling|provenance|arguments|safety|\w+\.options|counties\.(job|request))\b"
)
KNOWN_BY_FRONT_ENDS: dict[str, int] = {
    "algorithms/parcel_output.py": 1,
    "algorithms/torch_check.py": 1,
}
"""Front end -> imports of the engine beyond jobs, records and errors; the numbers may only fall."""


def _rows() -> list[list[str]]:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    drawing = page.split("```text\n")[1].split("```")[0]
    return [line.split() for line in drawing.splitlines() if line.strip()]


def _room(module: str) -> str:
    """The room of a dotted name, as the drawing calls it."""
    parts = module.split(".")
    pair = "/".join(parts[:2])
    return pair if parts[0] in ("engine", "models") and (ROOT / pair).is_dir() else parts[0]


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def test_every_room_is_drawn_once():
    drawn = Counter(room for row in _rows() for room in row)
    assert set(drawn.values()) == {1}
    assert {_room(_module(path)) for path in sources(*LAYERS)} == set(drawn)


def test_imports_go_down_the_drawing_and_nowhere_else():
    level = {room: number for number, row in enumerate(_rows()) for room in row}
    wrong = set()
    for path in sources(*LAYERS):
        here = _room(_module(path))
        for name, _, inside in imports(path, types=False):
            there = _room(name)
            if inside and there != here and level[there] <= level[here]:
                wrong.add((name_of(path), there))
    assert wrong == set()


def test_files_are_short():
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in sources(*LAYERS)}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_tests_are_short():
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in sources("tests")}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_front_ends_know_jobs_and_records_alone():
    found: Counter[str] = Counter()
    for path in sources("algorithms", "cli"):
        for name, _, inside in imports(path):
            if inside and name.startswith("engine.") and not JOBS.match(name):
                found[name_of(path)] += 1
    assert {name: count for name, count in found.items() if count > KNOWN_BY_FRONT_ENDS.get(name, 0)} == {}


def test_mypy_leaves_out_nothing_of_what_needs_no_qgis():
    exceptions = (ROOT / "pyproject.toml").read_text("utf-8").split("[[tool.mypy.overrides]]")[1:]
    assert re.findall(r'"crop_attention\.(?:cli|engine|models)\b[^"]*"', "".join(exceptions)) == []


@pytest.mark.parametrize("options", [SeriesOptions, MappingOptions, ParcelOptions, CountyOptions])
def test_an_option_is_spelled_in_one_file(options):
    texts = {name_of(path): path.read_text("utf-8") for path in sources(*LAYERS)}
    for each in options_of(options).values():
        if " " in each.title:
            assert sum(f'"{each.title}"' in text for text in texts.values()) == 1, each.title
        assert sum(each.help[:55] in text for text in texts.values()) == 1, each.name


def test_an_output_is_spelled_in_one_file():
    texts = [path.read_text("utf-8") for path in sources(*LAYERS)]
    for product in PRODUCTS:
        assert sum(product.help[:55] in text for text in texts) == 1, product.name
    for product in PRODUCTS:
        if product.is_raster and product.name not in ("crop_map", "confidence"):
            assert sum(f'"{product.key}"' in text for text in texts) == 1, product.name
