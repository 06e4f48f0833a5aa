"""How labelled parcels look and read in QGIS: crops as opaque colours, names, a map tip and a form, as QML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from string import Formatter

from ...models.card import CropClass
from ...models.language import tr
from .. import qml
from .fields import PARCEL_FIELDS, ParcelField

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
    choices = {tr(entry.name): entry.name for entry in classes}
    widgets = {"crop_name": value_map(choices), "few_pixels": ("CheckBox", qml.options({}))}
    column = {field.name: column_of(names.get(field.name, field.name)) for field in PARCEL_FIELDS}
    for name in ("crop_name", "runner_up"):
        column[name] = _translated(column[name], classes)
    crop = column["crop_name"]
    return described(
        qml.categorised(names.get("crop_name", "crop_name"), entries),
        fields,
        others,
        tr("Mapped crop"),
        f"coalesce({crop}, {text(tr('No label'))})",
        _tip(column),
        widgets,
        _labels(f"{crop} || '\\n' || round({column['crop_share']}) || {text(tr('{number} %').format(number=''))}"),
    )


def described(
    renderer: str,
    fields: Mapping[str, ParcelField],
    others: Iterable[str],
    title: str,
    preview: str,
    tip: str,
    widgets: Mapping[str, tuple[str, str]],
    labels: str = "",
    order: str = "",
) -> str:
    """Return the style of a layer whose new fields have aliases, a form of their own and a map tip.

    Args:
        renderer, labels: how it is drawn and named.
        fields: name in the layer -> the new field.
        others: names of the analyst's own fields.
        title: of the new fields' part of the form.
        preview: expression that names a feature.
        tip: HTML with expressions.
        widgets: name of a new field -> kind and configuration of its widget; a line of text where it is not named.
        order: expression by which the attribute table is sorted.
    """
    configured = [
        qml.element("field", _widget(*widgets.get(field.name, ("TextEdit", qml.options({})))), name=name)
        for name, field in fields.items()
    ]
    aliases = [qml.element("alias", field=name, name=tr(field.alias)) for name, field in fields.items()]
    return qml.document(
        renderer,
        labels,
        qml.element("fieldConfiguration", *configured),
        qml.element("aliases", *aliases),
        qml.element("editorlayout", "tablayout"),
        qml.element("attributeEditorForm", _tab(title, fields), _tab(tr("Parcel"), others)),
        qml.element("previewExpression", qml.quoted(preview)),
        qml.element("mapTip", qml.quoted(tip)),
        qml.element("attributetableconfig", sortExpression=order, sortOrder=0, actionWidgetStyle="dropDown"),
        labelsEnabled=int(bool(labels)),
    )


def value_map(choices: Mapping[str, str]) -> tuple[str, str]:
    """Return the widget of a field that holds one of a few values.

    Args:
        choices: what is shown -> what the field holds.
    """
    listed = "".join(qml.options({shown: value}) for shown, value in choices.items())
    return "ValueMap", qml.element("Option", qml.element("Option", listed, type_="List", name="map"), type_="Map")


def column_of(name: str) -> str:
    """Return a field in an expression."""
    return '"' + name.replace('"', '""') + '"'


def _translated(column: str, classes: Sequence[CropClass]) -> str:
    """Return an expression of the name of a class as people read it; files hold the English one."""
    pairs = [f"{text(entry.name)}, {text(tr(entry.name))}" for entry in classes if tr(entry.name) != entry.name]
    return f"coalesce(map_get(map({', '.join(pairs)}), {column}), {column})" if pairs else column


def _darker(colour: str) -> str:
    return "#" + "".join(f"{round(int(colour[place : place + 2], 16) * DARKER):02x}" for place in (1, 3, 5))


def _tip(column: Mapping[str, str]) -> str:
    share = {name: f"round({column[name]})" for name in ("crop_share", "runner_share", "confidence")}
    lines = [
        f"<b>[% coalesce({column['crop_name']}, {text(tr('No label'))}) %]</b>",
        tip_line(tr("{share} % of {pixels} pixels"), share=share["crop_share"], pixels=column["pixels"]),
        tip_line(tr("then {crop}, {share} %"), crop=column["runner_up"], share=share["runner_share"]),
        tip_line(tr("confidence {share} %"), share=share["confidence"]),
        f"[% if({column['few_pixels']}, {text(tr('Too few pixels to trust the label'))}, '') %]",
    ]
    return "<br>".join(lines)


def text(words: str) -> str:
    """Return words in an expression."""
    return "'" + words.replace("'", "''") + "'"


def tip_line(sentence: str, **columns: str) -> str:
    """Return a sentence of a map tip whose values are expressions; nothing where one of them is missing."""
    parts: list[str] = []
    for words, name, _, _ in Formatter().parse(sentence):
        parts += [text(words)] if words else []
        parts += [columns[name]] if name else []
    return f"[% {' || '.join(parts)} %]"


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
