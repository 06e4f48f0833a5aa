"""A parser that says in one sentence what is wrong with the arguments."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from ..models.language import N_, tr
from ..models.spelling import meant

WRONG_ARGUMENTS = 2
_NEGATIVE = re.compile(r"-\.?\d")
_WIDEST = 100
WORDS_OF_ARGPARSE = (
    N_("usage: "),
    N_("options"),
    N_("show this help message and exit"),
    N_("show program's version number and exit"),
    N_("positional arguments"),
    N_("the following arguments are required: %s"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("expected one argument"),
    N_("expected at least one argument"),
    N_("unrecognized arguments: %s"),
    N_("ignored explicit argument %r"),
    N_("not allowed with argument %s"),
)
"""What argparse says by itself; it looks them up by its own name for `gettext.gettext`."""

vars(argparse)["_"] = tr


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of descriptions and examples; never wider than reads well."""

    def __init__(self, prog: str) -> None:
        """Take the width of the terminal."""
        super().__init__(prog, max_help_position=30, width=min(shutil.get_terminal_size().columns - 2, _WIDEST))

    def _get_help_string(self, action: argparse.Action) -> str:
        """Return the help of an argument; a percent sign that names no value stands for itself, as in 95 %."""
        return re.sub(r"%(?!\()", "%%", action.help or "")


class Parser(argparse.ArgumentParser):
    """Takes no shortened options, as a later version may have more of them."""

    def __init__(self, **settings: Any) -> None:
        """Set up as argparse does."""
        super().__init__(**{"formatter_class": HelpFormatter, "allow_abbrev": False, **settings})

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Refuse what looks like an option and is none, with the one that was meant, before it is missed elsewhere."""
        words = list(sys.argv[1:] if args is None else args)
        options = [name for name in self._option_string_actions if name.startswith("--")]
        for word in words:
            if word == "--" or (self._subparsers is not None and not word.startswith("-")):
                break
            name = word.partition("=")[0]
            if name.startswith("--") and name not in options:
                self.error(tr("there is no option '{name}'{name_2}").format(name=name, name_2=meant(name, options)))
        return super().parse_known_args(words, namespace)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuse a value that is none of the choices, with the one that was meant."""
        if action.choices is not None and value not in action.choices:
            choices = list(map(str, action.choices))
            raise argparse.ArgumentError(
                action,
                tr("'{value}' is not known{meant}; choose from {choices}").format(
                    value=value, meant=meant(str(value), choices), choices=", ".join(choices)
                ),
            )

    def error(self, message: str) -> NoReturn:
        """Leave with one sentence and where to read more."""
        self.exit(
            WRONG_ARGUMENTS,
            tr("error: {message}; '{prog} --help' lists the arguments.\n").format(message=message, prog=self.prog),
        )


def joined(words: Sequence[str]) -> list[str]:
    """Return the words with a value that begins like a negative number tied to its option: it is no option."""
    found: list[str] = []
    for word in words:
        if _NEGATIVE.match(word) and found and found[-1].startswith("--") and "=" not in found[-1]:
            found[-1] += f"={word}"
        else:
            found.append(word)
    return found
