"""The Chinese README says nothing that the English one, or the plugin, does not: commands, numbers, names and links."""

from __future__ import annotations

import re
from pathlib import Path

from crop_attention.cli.commands import COMMANDS
from crop_attention.engine.products import PRODUCTS
from crop_attention.models.checkpoint import BUNDLED

ROOT = Path(__file__).resolve().parents[2]
ENGLISH = (ROOT / "README.md").read_text("utf-8")
CHINESE = (ROOT / "README.zh_CN.md").read_text("utf-8")


def test_tables_name_every_algorithm_command_and_output():
    sources = " ".join(path.read_text("utf-8") for path in (ROOT / "algorithms").glob("*.py"))
    models = {path.stem for path in (ROOT / "resources" / "models").glob("*.model3")}
    named = set(re.findall(r"^\| `cropattention:(\w+)` \|", ENGLISH, re.MULTILINE))
    assert named == {*re.findall(r'^    NAME = "(\w+)"', sources, re.MULTILINE), *models}
    page = (ROOT / "docs" / "command_line.md").read_text("utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == {command.NAME for command in COMMANDS}
    outputs = ENGLISH.split("## What comes out")[1].split("##")[0].lower()
    words = {"Temporal attention": "attention", "Channel attention": "attention", "Spatial attention": "attention"}
    words.update({"Class probabilities": "probabilities"})
    assert [each.title for each in PRODUCTS if words.get(each.title, each.title).lower() not in outputs] == []


def test_its_commands_are_those_of_the_english_one():
    blocks = re.findall(r"```\n(.*?)```", CHINESE, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    assert len(lines) > 5
    assert [line for line in lines if line not in ENGLISH.splitlines()] == []
    assert [words for words in re.findall(r"`(make [a-z-]+|pip [^`]+)`", CHINESE) if words not in ENGLISH] == []


def test_its_numbers_are_those_of_the_english_one():
    plain = re.sub(r"\]\([^)]*\)|`[^`]*`|```.*?```|^\d\. ", "", CHINESE, flags=re.DOTALL | re.MULTILINE)
    assert [number for number in re.findall(r"\d[\d.,]*\d|\d", plain) if number not in ENGLISH] == []


def test_what_it_names_is_there():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", CHINESE) if "://" not in link]
    assert [link for link in links if not (ROOT / link).is_file()] == []
    names = re.findall(r"`cropattention:(\w+)`", CHINESE)
    models = {path.stem for path in (ROOT / "resources" / "models").glob("*.model3")}
    sources = " ".join(path.read_text("utf-8") for path in (ROOT / "algorithms").glob("*.py"))
    assert models <= set(names)
    assert [name for name in names if name not in models and f'NAME = "{name}"' not in sources] == []
    assert [name for name in BUNDLED if f"`{name.partition('.')[0]}`" not in CHINESE] == []
