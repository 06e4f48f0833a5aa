"""Messages name an option as the front end that the reader sits at shows it."""

from __future__ import annotations

import ast
import re
from argparse import ArgumentParser

import pytest

from crop_attention.models import naming
from crop_attention.models.language import CHINESE, language, use

ANOTHER_PROGRAM, TERMINAL_ALONE = "--nthreads", "--label"


def parameters(provider) -> dict[str, set[str]]:
    """Return key -> titles without the unit, of all algorithms."""
    found: dict[str, set[str]] = {}
    for algorithm in provider.algorithms():
        for each in algorithm.parameterDefinitions():
            found.setdefault(each.name(), set()).add(re.sub(r" \([a-zA-Z]+\)$", "", each.description()))
    return found


def test_every_option_that_messages_name_is_in_dialogs_and_in_the_terminal(root, provider):
    from crop_attention.cli.commands import COMMANDS

    words = set()
    for command in COMMANDS:
        parser = ArgumentParser()
        command.declare(parser)
        words |= {word for action in parser._actions for word in action.option_strings}
    shown = parameters(provider)
    named = {
        name
        for path in root.glob("engine/**/*.py")
        for name in re.findall(r'called\("(\w+)"\)', path.read_text("utf-8"))
    }
    assert {"skip_broken", "class_table", "smoothing"} < named
    for argument in named:
        title = naming.TITLES[argument]
        assert naming.called(argument) == argument.upper()
        assert title in shown[argument.upper()], argument
        naming.speak_to(naming.TERMINAL)
        assert naming.called(argument) in words
        naming.speak_to(naming.KEYS)


@pytest.mark.parametrize(
    "front_end, name",
    [
        (naming.TERMINAL, "--skip-broken"),
        (naming.KEYS, "SKIP_BROKEN"),
        (naming.DIALOG, "'Skip files that cannot be read'"),
    ],
)
def test_an_option_is_called_as_the_front_end_shows_it(front_end, name):
    naming.speak_to(front_end)
    assert naming.called("skip_broken") == name


def test_a_dialog_in_chinese_shows_the_chinese_title():
    before = language()
    try:
        use(CHINESE)
        naming.speak_to(naming.DIALOG)
        assert naming.called("skip_broken") == "“跳过无法读取的文件”"
    finally:
        use(before)


def test_a_refusal_of_the_engine_names_the_parameter_where_there_is_no_window(refusal, county):
    said = refusal("classifycrops", {"S2_FOLDER": county.s2, "PARCELS_ONLY": True, "CROP_MAP": "TEMPORARY_OUTPUT"})
    assert said.startswith("PARCELS_ONLY needs a parcel layer")


def test_no_sentence_of_the_engine_names_an_option_of_one_front_end_alone(root, provider):
    keys = "|".join(key for key in parameters(provider) if "_" in key or key in ("RECORDS", "ENCODING"))
    found = []
    for path in (*root.glob("engine/**/*.py"), *root.glob("models/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("tr", "N_", "option"):
                texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
                found += [text for text in texts if re.search(rf"(?<![\w-])--[a-z]|\b({keys})\b", str(text))]
    assert [text for text in found if ANOTHER_PROGRAM not in text and TERMINAL_ALONE not in text] == []
