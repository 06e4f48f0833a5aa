"""Arguments that several commands share; names follow the dialogs, defaults are the engine's."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, BooleanOptionalAction

from ..engine.arguments import day, decimal, device, limited
from ..engine.options import LIMITS, MEAN, MEDIAN, MappingOptions, ParcelOptions, SeriesOptions
from ..models.checkpoint import BUNDLED

SENSORS = (("--s2", "Sentinel-2"), ("--s1", "Sentinel-1"))


def add_inputs(parser: ArgumentParser) -> ArgumentParser:
    """Add both sensors, checkpoint, season and area; return their group."""
    group = add_series(parser)
    add_checkpoint(group)
    add_season_start(group)
    group.add_argument(
        "--extent",
        metavar="BOX",
        help="area to work on, 'west,east,south,north [EPSG:code]', such as '3,4,50,51 [EPSG:4326]' "
        "(default: what the series covers)",
    )
    return group


def add_series(parser: ArgumentParser, more: str = "") -> ArgumentParser:
    """Add both sensors; return their group."""
    group = parser.add_argument_group("what goes in (one sensor or both)")
    for option, name in SENSORS:
        text = f"{name} files or folders (searched with their subfolders), in any order: dates are read{more}"
        group.add_argument(option, nargs="+", action="extend", default=[], metavar="PATH", help=text)
    return group


def add_checkpoint(parser: ArgumentParser) -> None:
    """The network."""
    names = ", ".join(name.rpartition(".")[0] for name in BUNDLED)
    parser.add_argument(
        "--checkpoint", metavar="FILE", help=f"a .safetensors file, or a bundled one (default: the first of {names})"
    )


def add_season_start(parser: ArgumentParser) -> None:
    """The season."""
    parser.add_argument(
        "--season-start", type=day, metavar="DATE", help="first day, year-month-day (default: found from the dates)"
    )


def add_parcels(parser: ArgumentParser, text: str, required: bool = False, encoding: bool = True) -> None:
    """A parcel layer."""
    parser.add_argument("--parcels", required=required, metavar="FILE", help=text)
    parser.add_argument(
        "--parcels-layer", metavar="NAME", help="layer of the parcel file (default: the first with polygons)"
    )
    if encoding:
        add_encoding(parser)


def add_encoding(parser: ArgumentParser) -> None:
    """The letters of a vector file."""
    parser.add_argument(
        "--encoding", default="", metavar="NAME",
        help="encoding of the text of the vector file, such as cp1250 (default: what the file says)",
    )  # fmt: skip


def add_reading(parser: ArgumentParser) -> None:
    """How files are read; see `SeriesOptions`."""
    defaults = SeriesOptions()
    group = parser.add_argument_group("how the series is read")
    masked = ",".join(map(str, defaults.masked_scl))
    group.add_argument(
        "--composite", choices=(MEAN, MEDIAN), default=defaults.composite,
        help="how the clear Sentinel-2 looks of one step are joined (default: %(default)s)",
    )  # fmt: skip
    group.add_argument(
        "--masked-classes", type=scene_classes, default=defaults.masked_scl, metavar="N,N,...",
        help=f"classes of the scene classification that hide the ground (default: {masked})",
    )  # fmt: skip
    group.add_argument(
        "--cloud-margin", type=limited("cloud_margin", float), default=defaults.cloud_margin, metavar="M",
        help="metres hidden around cloud and shadow (default: %(default)s)",
    )  # fmt: skip
    for option, name in (("--optical-scale", "scale"), ("--optical-offset", "offset")):
        text = f"{name} of 'reflectance = number x scale + offset' (default: read from the files)"
        group.add_argument(option, type=decimal(), default=getattr(defaults, f"optical_{name}"), metavar="N", help=text)
    group.add_argument(
        "--allow-level1c", action="store_true", default=defaults.allow_level1c,
        help="accept top-of-atmosphere reflectance, with a warning",
    )  # fmt: skip
    group.add_argument(
        "--skip-broken", action="store_true", default=defaults.skip_broken,
        help="leave out acquisitions whose files cannot be read, and say so",
    )  # fmt: skip
    add_switch(group, "--normalise-tracks", defaults.normalise_tracks, "level out Sentinel-1 orbits")
    group.add_argument(
        "--min-clear-steps", type=limited("min_clear_steps", int), default=defaults.min_clear_steps, metavar="N",
        help="warn under so many steps with a clear Sentinel-2 look (default: %(default)s)",
    )  # fmt: skip
    group.add_argument(
        "--resolution", type=limited("resolution", float), default=defaults.resolution, metavar="M",
        help="pixel size of the outputs in metres (default: that of the finest Sentinel-2 bands)",
    )  # fmt: skip


def add_running(parser: ArgumentParser) -> None:
    """How the network runs; see `MappingOptions`."""
    defaults = MappingOptions()
    group = parser.add_argument_group("how the network runs")
    group.add_argument(
        "--device", type=device, default=defaults.device, help="auto, cpu, cuda or cuda:N (default: %(default)s)"
    )
    group.add_argument(
        "--tile-size", type=limited("tile_size", int), default=defaults.tile_size, metavar="N",
        help="pixels a side that are read at once; changes speed and memory, never the result (default: %(default)s)",
    )  # fmt: skip
    group.add_argument(
        "--memory-limit", type=limited("memory_limit", int), default=defaults.memory_limit, metavar="MB",
        help="memory that the run may use (default: %(default)s)",
    )  # fmt: skip
    group.add_argument(
        "--threads", type=limited("threads", int), default=defaults.threads, metavar="N",
        help="CPU threads (default: one a core)",
    )  # fmt: skip


def add_labelling(parser: ArgumentParser) -> None:
    """How pixels become labels; see `ParcelOptions`."""
    defaults = ParcelOptions()
    group = parser.add_argument_group("how parcels are labelled")
    add_switch(group, "--leave-border", defaults.leave_border, "pixels on the border of a parcel do not vote")
    group.add_argument(
        "--min-pixels", type=limited("min_pixels", int), default=defaults.min_pixels, metavar="N",
        help="parcels with fewer voting pixels are flagged (default: %(default)s)",
    )  # fmt: skip


def add_outputs(parser: ArgumentParser, outputs: dict[str, str], title: str) -> None:
    """Add outputs that are written when they are named; a dictionary of option -> what it is."""
    group = parser.add_argument_group(title)
    for option, text in outputs.items():
        group.add_argument(option, metavar="FILE", help=text)


def add_switch(group: ArgumentParser, option: str, default: bool, text: str) -> None:
    """Add --option and --no-option."""
    said = "yes" if default else "no"
    group.add_argument(option, action=BooleanOptionalAction, default=default, help=f"{text} (default: {said})")


def scene_classes(text: str) -> tuple[int, ...]:
    """Return the codes of scene classes, of "3,8,9"; "" hides none."""
    try:
        codes = {int(word) for word in text.split(",") if word.strip()}
    except ValueError as error:
        raise ArgumentTypeError(f"'{text}' is not a list of numbers; write '3,8,9'") from error
    first, last = LIMITS["masked_scl"]
    wrong = [code for code in sorted(codes) if not first <= code <= last]
    if wrong:
        raise ArgumentTypeError(f"{wrong[0]} is no scene class; give {first} to {last}")
    return tuple(sorted(codes))
