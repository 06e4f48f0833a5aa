"""How checked declarations look and read in QGIS: lights as colours, names, a map tip and a form, as QML."""

from __future__ import annotations

from collections.abc import Sequence

from ...models.language import N_, tr
from .. import qml
from ..parcels.fields import ParcelField, names_in
from ..parcels.style import OUTLINE_WIDTH, column_of, described, text, tip_line, value_map
from .changes import CHANGE_FIELDS
from .options import GREEN, GREY, LIGHTS, RED, YELLOW
from .table import DECLARATION_FIELDS

LIGHT_COLOURS = {RED: "#b2182b", YELLOW: "#f2c14e", GREEN: "#1b7f79", GREY: "#9aa5a0"}
"""Told apart by people who do not tell red from green: dark red, light yellow, blue-green, grey."""

TITLES = {
    RED: N_("Red: another crop"),
    YELLOW: N_("Yellow: doubtful"),
    GREEN: N_("Green: agrees"),
    GREY: N_("Grey: not judged"),
}


def declarations_style(
    held: Sequence[str], fields: Sequence[ParcelField] = (*DECLARATION_FIELDS, *CHANGE_FIELDS)
) -> str:
    """Return the style of a layer of checked parcels.

    Args:
        held: names of all its fields, as the format holds them.
        fields: those that it gained.
    """
    names = names_in(held, fields)
    column = {field.name: column_of(names.get(field.name, field.name)) for field in fields}
    titles = {light: tr(TITLES[light]) for light in LIGHTS}
    entries = [
        (light, title, qml.fill(LIGHT_COLOURS[light], "#ffffff", OUTLINE_WIDTH)) for light, title in titles.items()
    ]
    listed = ", ".join(f"{text(light)}, {text(title)}" for light, title in titles.items())
    rounded = {name: f"round({column[name]})" for name in ("p_declared", "p_observed")}
    lines = [
        f"<b>[% map_get(map({listed}), {column['light']}) %]</b>",
        f"[% {column['reason']} %]",
        tip_line(tr("Declared: {crop}, {share} %"), crop=column["declared"], share=rounded["p_declared"]),
        tip_line(tr("Observed: {crop}, {share} %"), crop=column["observed"], share=rounded["p_observed"]),
        tip_line(tr("Place in the worklist: {rank}"), rank=column["rank"]),
    ]
    return described(
        qml.categorised(names.get("light", "light"), entries),
        {names[field.name]: field for field in fields if field.name in names},
        [name for name in held if name not in names.values()],
        tr("Checked declaration"),
        f"coalesce({column['declared']}, {column['observed']})",
        "<br>".join(lines),
        {
            "light": value_map({title: light for light, title in titles.items()}),
            "two_crops": ("CheckBox", qml.options({})),
        },
        order=f"coalesce({column['rank']}, 1e9)",
    )
