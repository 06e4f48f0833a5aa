"""Arguments that several commands share; names follow the dialogs, defaults are the engine's."""

from __future__ import annotations

from argparse import ArgumentTypeError, BooleanOptionalAction
from argparse import _ActionsContainer as Arguments
from functools import partial
from typing import Any

from ..engine.arguments import decimal, device, factor, season_start, whole
from ..engine.option import CHOICE, CHOICES, DEVICE, FILE, NUMBER, SWITCH, WHOLE, Option, options_of
from ..engine.options import MappingOptions, ParcelOptions, SeriesOptions
from ..models.checkpoint import BUNDLED
from ..models.language import tr

_METAVARS = {"metres": "M", "MB": "MB"}
SENSORS = (("--s2", "Sentinel-2"), ("--s1", "Sentinel-1"))


def add_inputs(parser: Arguments) -> Arguments:
    """Add both sensors, checkpoint, season and area; return their group."""
    group = add_series(parser)
    add_checkpoint(group)
    add_season_start(group)
    group.add_argument(
        "--extent",
        metavar="BOX",
        help=tr(
            "area to work on, 'west,east,south,north [EPSG:code]', such as '3,4,50,51 [EPSG:4326]' (default: "
            "what the series covers)"
        ),
    )
    return group


def add_series(parser: Arguments, more: str = "") -> Arguments:
    """Add both sensors; return their group."""
    group = parser.add_argument_group(tr("what goes in (one sensor or both)"))
    for option, name in SENSORS:
        text = tr(
            "{name} files or folders (searched with their subfolders), in any order: dates are read{more}"
        ).format(name=name, more=more)
        group.add_argument(option, nargs="+", action="extend", default=[], metavar="PATH", help=text)
    return group


def add_checkpoint(parser: Arguments) -> None:
    """The network."""
    names = ", ".join(name.rpartition(".")[0] for name in BUNDLED)
    parser.add_argument(
        "--checkpoint",
        metavar="FILE",
        help=tr("a .safetensors file, or a bundled one (default: the first of {names})").format(names=names),
    )


def add_season_start(parser: Arguments) -> None:
    """The season."""
    parser.add_argument(
        "--season-start",
        type=season_start,
        metavar="DATE",
        help=tr("first day, year-month-day, or the year of the harvest (default: found from the dates)"),
    )


def add_parcels(parser: Arguments, text: str, required: bool = False) -> None:
    """A parcel layer."""
    parser.add_argument("--parcels", required=required, metavar="FILE", help=text)
    parser.add_argument(
        "--parcels-layer", metavar="NAME", help=tr("layer of the parcel file (default: the first with polygons)")
    )
    add_encoding(parser)


def add_encoding(parser: Arguments) -> None:
    """The letters of a vector file."""
    parser.add_argument(
        "--encoding", default="", metavar="NAME",
        help=tr("encoding of the text of the vector file, such as cp1250 (default: what the file says)"),
    )  # fmt: skip


def add_expected_shares(parser: Arguments) -> None:
    """What of the area is expected of each class; see `MappingOptions`."""
    group = parser.add_argument_group(tr("what is known of the area (one of these, never counted in the map itself)"))
    group.add_argument(
        "--expected-shares", metavar="FILE",
        help=tr("CSV with a heading: class (or its code of WorldCereal or HCAT), share of the area"),
    )  # fmt: skip
    group.add_argument(
        "--expected-shares-field", metavar="NAME", help=tr("field of the parcels that names the declared crop")
    )


def add_reading(parser: Arguments) -> None:
    """How files are read."""
    add_options(parser, SeriesOptions, tr("how the series is read"))


def add_running(parser: Arguments) -> None:
    """How the network runs."""
    add_options(parser, MappingOptions, tr("how the network runs"))


def add_labelling(parser: Arguments) -> None:
    """How pixels become labels."""
    add_options(parser, ParcelOptions, tr("how parcels are labelled"))


def add_outputs(parser: Arguments, outputs: dict[str, str], title: str) -> None:
    """Add outputs that are written when they are named; a dictionary of option -> what it is."""
    group = parser.add_argument_group(title)
    for option, text in outputs.items():
        group.add_argument(option, metavar="FILE", help=text)


def add_options(parser: Arguments, options: Any, title: str) -> Arguments:
    """Add an argument for each option of a dataclass, or of an instance with other defaults; return their group."""
    group = parser.add_argument_group(title)
    for each in options_of(options).values():
        add_option(group, each)
    return group


def add_option(group: Arguments, each: Option) -> None:
    """Add the argument of one option."""
    name, default = f"--{each.argument.replace('_', '-')}", each.default
    if each.kind == SWITCH:
        text = tr("{title}. {help}").format(title=each.title, help=each.help)
        if default:
            group.add_argument(
                name, action=BooleanOptionalAction, default=True, help=tr("{text} (default: yes)").format(text=text)
            )
        else:
            group.add_argument(name, action="store_true", help=text)
        return
    shown = (
        ",".join(map(str, default)) if each.kind == CHOICES else each.empty or f"%(default)s {tr(each.unit)}".strip()
    )
    more: dict[str, Any] = {
        "help": tr("{text} (default: {value})").format(text=each.help, value=shown),
        "default": default,
    }
    if each.kind == CHOICE:
        more["choices"] = tuple(each.choices)
    elif each.kind == CHOICES:
        more.update(type=partial(codes, each), metavar="N,N,...")
    elif each.kind in (WHOLE, NUMBER):
        limits = each.limits or ()
        kind = factor if name == "--optical-scale" else decimal(*limits)
        more["type"] = whole(*limits) if each.kind == WHOLE else kind
        more["metavar"] = _METAVARS.get(each.unit, "N")
    elif each.kind == DEVICE:
        more["type"] = device
    else:
        more["metavar"] = "FILE" if each.kind == FILE else "TEXT"
    group.add_argument(name, **more)


def codes(each: Option, text: str) -> tuple[int, ...]:
    """Return the codes of "3,8,9"; "" gives none."""
    try:
        found = {int(word) for word in text.split(",") if word.strip()}
    except ValueError as error:
        raise ArgumentTypeError(tr("'{text}' is not a list of numbers; write '3,8,9'").format(text=text)) from error
    wrong = sorted(found - set(each.choices))
    if wrong:
        raise ArgumentTypeError(
            tr("{wrong} is out of range; give {choices} to {choices_2}").format(
                wrong=wrong[0], choices=min(each.choices), choices_2=max(each.choices)
            )
        )
    return tuple(sorted(found))
