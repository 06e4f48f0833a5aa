"""Collect the sentences of the sources into resources/locale."""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterable, Iterator
from html import unescape
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from ..models.checkpoint import read_card
from ..models.language import po_file

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("zh_CN",)
FOLDERS = ("algorithms", "cli", "engine", "models", "plugin")
WIDTH = 110

ARGUMENTS: dict[str, tuple[int, ...]] = {
    "tr": (0,),
    "N_": (0,),
    "option": (1, 2),
    "Product": (2, 3),
    "counted": (1,),
    "count": (1,),
    "listed": (1,),
    "Column": (2,),
    "ParcelField": (2,),
}
"""Call -> which of its arguments people read."""

CONSTANTS = ("TITLE", "GROUP", "SUMMARY", "HELP", "DESCRIPTION", "MONTHS", "REASONS")
"""Constants of algorithms and commands that are translated where they are shown."""

KEYWORDS = {
    "option": ("title", "help", "unit", "empty", "choices"),
    "Product": ("title", "help"),
    "replace": ("title", "help"),
}


def found_in(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of every marked sentence of a Python file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in CONSTANTS:
            yield from ((node.lineno, text) for text in _texts(node.value) if text)
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "EXAMPLES":
            words = node.value.value if isinstance(node.value, ast.Constant) else ""
            lines = (line.strip() for line in words.split("\n"))
            yield from ((node.lineno, line) for line in lines if line and "--" not in line and "%(" not in line)
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        wanted = [node.args[place] for place in ARGUMENTS.get(name, ()) if place < len(node.args)]
        wanted += [each.value for each in node.keywords if each.arg in KEYWORDS.get(name, ())]
        texts = [text for each in wanted for text in _texts(each)]
        yield from ((node.lineno, text) for text in texts if text)


def _texts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    parts: Iterable[ast.expr] = ()
    if isinstance(node, ast.Dict):
        parts = node.values
    elif isinstance(node, ast.Tuple):
        parts = node.elts
    elif isinstance(node, ast.IfExp):
        parts = (node.body, node.orelse)
    return [text for part in parts for text in _texts(part)]


def class_names() -> Iterator[tuple[str, str]]:
    """Yield the file and each text that people read of the bundled checkpoints."""
    for path in sorted((ROOT / "models" / "checkpoints").glob("*.safetensors")):
        card = read_card(path)
        region = [card.region.name] if card.region else []
        for text in [card.title, card.limits, *region, *(entry.name for entry in card.classes)]:
            yield path.relative_to(ROOT).as_posix(), text


_SHOWN = re.compile(r'name="(?:(?:component_)?description|help|model_name|ALG_DESC)" value="([^"]*[A-Za-z][^"]*)"')


def model_texts() -> Iterator[tuple[str, str]]:
    """Yield the file and each text that people read of the ready-made models; the first sentence is a tooltip."""
    for path in sorted((ROOT / "resources" / "models").glob("*.model3")):
        for found in _SHOWN.finditer(path.read_text("utf-8")):
            text = unescape(found[1])
            yield path.relative_to(ROOT).as_posix(), text
            if found[0].startswith('name="ALG_DESC"'):
                yield path.relative_to(ROOT).as_posix(), text.split(". ")[0].rstrip(".") + "."


def template() -> Catalog:
    """Return every sentence of the sources, with the files that hold it."""
    catalogue = Catalog(project="Crop Attention", copyright_holder="", charset="utf-8")
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for _, text in found_in(path.read_text("utf-8")):
                catalogue.add(text, locations=[(path.relative_to(ROOT).as_posix(), None)])
    for name, text in (*class_names(), *model_texts()):
        catalogue.add(text, locations=[(name, None)])
    return catalogue


def read(language: str) -> Catalog:
    """Return what is translated so far."""
    path = po_file(language)
    return read_po(io.BytesIO(path.read_bytes()), locale=language) if path.is_file() else Catalog(locale=language)


def save(catalogue: Catalog, path: Path) -> None:
    """Write the file of a language; the same sentences give the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    target = io.BytesIO()
    write_po(target, catalogue, width=WIDTH, sort_output=True, omit_header=True, ignore_obsolete=True)
    path.write_bytes(HEADER.format(language=catalogue.locale).encode("utf-8") + target.getvalue())


HEADER = """msgid ""
msgstr ""
"Project-Id-Version: Crop Attention\\n"
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""


def main() -> int:
    """Bring the files of all languages up to the sources; the status is 1 where a sentence is not translated."""
    absent = 0
    for language in LANGUAGES:
        catalogue, sources = read(language), template()
        catalogue.update(sources, no_fuzzy_matching=True)
        save(catalogue, po_file(language))
        missing = [message for message in catalogue if message.id and not message.string]
        print(f"{language}: {len(catalogue)} sentences, {len(missing)} not translated")
        for message in missing:
            print(f"  {message.locations[0][0]}: {message.id}")
        if missing:
            print(f"Fill in their msgstr in {po_file(language).relative_to(ROOT)}.")
        absent += len(missing)
    return int(absent > 0)


if __name__ == "__main__":
    sys.exit(main())
