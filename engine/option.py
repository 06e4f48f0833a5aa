"""One option: its title, help, unit, limits and default, kept in the field of a dataclass and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any

from ..models.language import tr

SWITCH, WHOLE, NUMBER, TEXT, CHOICE, CHOICES, DEVICE, FILE = (
    "switch whole number text choice choices device file".split()
)
DEVICE_NAMES = re.compile(r"auto|cpu|cuda(:\d+)?", re.IGNORECASE)
_KINDS = {"bool": SWITCH, "int": WHOLE, "float": NUMBER, "str": TEXT, "tuple[int, ...]": CHOICES}
_METADATA = "option"


@dataclass(frozen=True)
class Option:
    """What people read of an option, and what they may give.

    Attributes:
        name: of the field.
        key: of the dialog's parameter; in lower case also the terminal's argument.
        kind: one of the constants of this module.
        default: of the field; None stands for what `empty` says.
        title, help: in dialogs; the help is the terminal's too.
        unit: of a number, behind the title.
        limits: smallest and largest value, of numbers and codes.
        choices: value -> its title.
        numbered: dialogs give the number of a choice, not the choice, as saved runs of an older version do.
        empty: what happens where nothing is given, for a default of None.
    """

    name: str
    key: str
    kind: str
    default: Any
    title: str
    help: str
    unit: str = ""
    limits: tuple[float, float] | None = None
    choices: Mapping[Any, str] = field(default_factory=dict)
    empty: str = ""
    numbered: bool = False

    @property
    def argument(self) -> str:
        """Name of the terminal's argument."""
        return self.key.lower()

    @property
    def heading(self) -> str:
        """Title with the unit."""
        return tr("{title} ({unit})").format(title=self.title, unit=tr(self.unit)) if self.unit else self.title

    @property
    def explanation(self) -> str:
        """Help, and what happens where nothing is given."""
        return tr("{help} Empty: {empty}.").format(help=self.help, empty=self.empty) if self.empty else self.help


def option(default: Any, title: str, help: str, **more: Any) -> Any:
    """Return the field of an option.

    Args:
        default: of the field.
        title, help, more: of the `Option`; name and kind are those of the field, and the key is its name in upper case
            unless it is given. `meanings` (choice -> what it means) fill the braces of the help.
    """
    return field(default=default, metadata={_METADATA: {"title": title, "help": help, **more}})


def options_of(options: Any) -> dict[str, Option]:
    """Return name -> option of the fields that were made by `option`, in their order.

    Args:
        options: a dataclass, or an instance of one, whose values are the defaults then.
    """
    return {
        each.name: _described(each, getattr(options, each.name))
        for each in fields(options)
        if _METADATA in each.metadata
    }


def titles_of(*classes: type) -> Iterator[tuple[str, str]]:
    """Yield the terminal's argument and the title, in English, of all options."""
    for options in classes:
        for each in fields(options):
            if _METADATA in each.metadata:
                given = each.metadata[_METADATA]
                yield given.get("key", each.name).lower(), given["title"]


def _described(each: Field, default: Any) -> Option:
    given = dict(each.metadata[_METADATA])
    kind = _KINDS[str(each.type).replace(" | None", "")]
    if kind == TEXT and "choices" in given:
        kind = CHOICE
    for name in given.keys() & {"title", "help", "empty"}:
        given[name] = tr(given[name])
    meanings = given.pop("meanings", {})
    if meanings:
        listed = tr("; ").join(f"{name}: {tr(meaning)}" for name, meaning in meanings.items())
        given["help"] = given["help"].format(listed)
    if "choices" in given:
        given["choices"] = {value: tr(title) for value, title in given["choices"].items()}
    return Option(
        name=each.name,
        key=given.pop("key", each.name.upper()),
        kind=given.pop("kind", kind),
        default=default,
        **given,
    )
