"""How labelled parcels look and read in QGIS: crops as opaque colours, names, a map tip and a form, as QML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...models.card import CropClass
from ...models.language import tr
from .. import qml
from .fields import PARCEL_FIELDS

UNLABELLED = "#6b6b6b"
OUTLINE_WIDTH = 0.2
"""Millimetres."""

DARKER = 0.62
"""Of a crop's colour, for its outline: small parcels keep their hue where outlines are most of what is seen."""

LABEL_SCALE = 20_000
"""Scale from which names are drawn, 1 to this."""


def parcel_style(classes: Sequence[CropClass], names: Mapping[str, str], others: Iterable[str] = ()) -> str:
    """Return the style of a layer of labelled parcels.

    Args:
        names: of `PARCEL_FIELDS` -> how the layer calls them.
        others: the analyst's own fields.
    """
    fills = [qml.fill(entry.colour, _darker(entry.colour), OUTLINE_WIDTH) for entry in classes]
    entries = [(entry.name, tr(entry.name), drawn) for entry, drawn in zip(classes, fills)]
    entries.append(("", tr("No label"), qml.fill("", UNLABELLED, OUTLINE_WIDTH)))
    fields = {names[field.name]: field for field in PARCEL_FIELDS if field.name in names}
    choices = "".join(qml.options({entry.name: entry.name}) for entry in classes)
    crops = qml.element("Option", qml.element("Option", choices, type_="List", name="map"), type_="Map")
    widgets = {"crop_name": ("ValueMap", crops), "few_pixels": ("CheckBox", qml.options({}))}
    configured = [
        qml.element("field", _widget(*widgets.get(field.name, ("TextEdit", qml.options({})))), name=name)
        for name, field in fields.items()
    ]
    aliases = [qml.element("alias", field=name, name=tr(field.alias)) for name, field in fields.items()]
    form = [_tab(tr("Mapped crop"), fields), _tab(tr("Parcel"), others)]
    column = {field.name: _column(names.get(field.name, field.name)) for field in PARCEL_FIELDS}
    crop = column["crop_name"]
    return qml.document(
        qml.categorised(names.get("crop_name", "crop_name"), entries),
        _labels(f"{crop} || '\\n' || round({column['crop_share']}) || ' %'"),
        qml.element("fieldConfiguration", *configured),
        qml.element("aliases", *aliases),
        qml.element("editorlayout", "tablayout"),
        qml.element("attributeEditorForm", *form),
        qml.element("previewExpression", qml.quoted(f"coalesce({crop}, {_text(tr('No label'))})")),
        qml.element("mapTip", qml.quoted(_tip(column))),
        labelsEnabled=1,
    )


def _column(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _darker(colour: str) -> str:
    return "#" + "".join(f"{round(int(colour[place : place + 2], 16) * DARKER):02x}" for place in (1, 3, 5))


def _tip(column: Mapping[str, str]) -> str:
    lines = [
        f"<b>[% coalesce({column['crop_name']}, {_text(tr('No label'))}) %]</b>",
        tr("[% round({share}) %] % of [% {pixels} %] pixels").format(
            share=column["crop_share"], pixels=column["pixels"]
        ),
        tr("then [% {crop} %], [% round({share}) %] %").format(crop=column["runner_up"], share=column["runner_share"]),
        tr("confidence [% round({share}) %] %").format(share=column["confidence"]),
        f"[% if({column['few_pixels']}, {_text(tr('Too few pixels to trust the label'))}, '') %]",
    ]
    return "<br>".join(lines)


def _text(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"


def _widget(kind: str, config: str) -> str:
    return qml.element("editWidget", qml.element("config", config), type_=kind)


def _tab(title: str, fields: Iterable[str]) -> str:
    entries = [qml.element("attributeEditorField", name=name, showLabel=1, index=-1) for name in fields]
    return qml.element("attributeEditorContainer", *entries, name=title, groupBox=0, columnCount=1, showLabel=1)


def _labels(expression: str) -> str:
    buffer = qml.element(
        "text-buffer", bufferDraw=1, bufferSize=0.8, bufferSizeUnits="MM", bufferColor="255,255,255,220",
        bufferOpacity=1,
    )  # fmt: skip
    text = qml.element(
        "text-style", buffer, fieldName=expression, isExpression=1, fontSize=7.5, fontSizeUnit="Point",
        textColor="26,26,26,255", textOpacity=1, multilineHeight=1,
    )  # fmt: skip
    shown = qml.element("rendering", scaleVisibility=1, scaleMin=0, scaleMax=LABEL_SCALE, drawLabels=1, obstacle=1)
    settings = qml.element("settings", text, qml.element("placement", placement=0), shown)
    return qml.element("labeling", settings, type_="simple")
