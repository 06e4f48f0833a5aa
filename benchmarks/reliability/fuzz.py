"""Every reader of names, metadata, cards and tables against inputs that nobody meant."""

from __future__ import annotations

import json
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any, Callable, Iterator

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from . import cards, names, rasters
from .judge import Lost, survives
from .runs import DONE, Child
from .table import Row

Target = tuple[Callable[[], st.SearchStrategy], Callable[[Any], None]]
TARGETS: dict[str, Target] = {
    "names of files and folders": (lambda: names.any_text, names.read_name),
    "tags": (lambda: names.tags, names.read_tags),
    "headers: bands, dates, tracks": (names.facts, names.read_facts),
    "product metadata": (lambda: names.xml, names.read_product),
    "cards: values": (lambda: cards.values | cards.altered_card(), cards.read_card),
    "cards: in a checkpoint": (cards.altered_card, cards.load_card),
    "checkpoints: bytes": (lambda: cards.altered_bytes(cards.plain_bytes()), cards.read_file),
    "code tables": (lambda: cards.tables, cards.read_codes),
    "class tables": (lambda: cards.tables, cards.read_classes),
    "legend of a crop map": (lambda: cards.names_tags, cards.read_tag),
    "rasters: bytes": (rasters.altered, rasters.read_series),
    "folders with anything in them": (lambda: rasters.entries, rasters.read_tree),
}
QUIET = tuple(HealthCheck)


def fixed(examples: int) -> settings:
    """Return settings that try the same inputs each time."""
    return settings(
        max_examples=examples, derandomize=True, deadline=None, database=None, suppress_health_check=QUIET,
        phases=(Phase.explicit, Phase.generate, Phase.shrink), print_blob=False,
    )  # fmt: skip


def count(name: str, examples: int, number: int) -> tuple[int, Counter]:
    """Try a target; return the number of inputs and how those that were lost were lost."""
    strategy, call = TARGETS[name]
    tried, losses = 0, Counter()

    @seed(number)
    @settings(
        max_examples=examples, deadline=None, database=None, suppress_health_check=QUIET, phases=(Phase.generate,)
    )
    @given(strategy())
    def attempt(value: Any) -> None:
        nonlocal tried
        tried += 1
        try:
            survives(call, value)
        except Lost as error:
            losses[str(error)[:200]] += 1

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        attempt()
    return tried, losses


def campaign(examples: int, number: int) -> Iterator[Row]:
    """Try every target in a child of its own, which a fault inside GDAL may bring down."""
    for name in TARGETS:
        row = Row("fuzz", name)
        with tempfile.TemporaryDirectory() as folder:
            answer, log = Path(folder) / "answer.json", Path(folder) / "log.txt"

            def act(name: str = name, answer: Path = answer) -> None:
                tried, losses = count(name, examples, number)
                answer.write_text(json.dumps([tried, losses]), encoding="utf-8")

            began = time.monotonic()
            ending = Child(act, log).wait()
            if ending.how == DONE:
                tried, losses = json.loads(answer.read_text("utf-8"))
                row.cases, row.survived = tried, tried - sum(losses.values())
                row.losses = [f"{times} x {text}" for text, times in losses.items()]
            else:
                row.add(f"{ending.how}: {ending.said[-300:]}")
        row.seen = f"{time.monotonic() - began:.0f} s"
        yield row
