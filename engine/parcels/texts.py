"""Values of a field as text: whole numbers exact, letters decoded, nothing that is no letter."""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Callable

from osgeo import ogr

from ...models.language import tr
from ..errors import CropAttentionError
from .opening import ask_encoding

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
LISTS = (ogr.OFTIntegerList, ogr.OFTInteger64List, ogr.OFTRealList, ogr.OFTStringList)


def value_text(value: object) -> str:
    """Return a value as text: "" for nothing, "3" for 3.0, all digits of a code, one space where there are several.

    What only a terminal obeys is no letter: a checkpoint would refuse such names of classes, after its training.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(_CONTROL.sub(" ", str(value)).split())


def held_by_gdal(text: str | bytes, raw: bool = False) -> str | bytes:
    """Return a text that is UTF-8, and all others as bytes, which GDAL's newer bindings hide in halves of letters.

    Args:
        raw: all texts are as they lie in the file, also those that happen to be UTF-8.
    """
    if isinstance(text, str) and (raw or not text.isprintable()):
        whole = text.encode("utf-8", "surrogateescape")
        if raw or whole != text.encode("utf-8", "replace"):
            return whole
    return text


def field_name(definition: ogr.FieldDefn, encoding: str, raw: bool = False) -> str:
    """Return the name of a field, decoded where it is no UTF-8; letters that nobody can read become "?"."""
    try:
        name = definition.GetName()
    except UnicodeDecodeError as error:
        name = bytes(error.object)
    name = held_by_gdal(name, raw)
    if isinstance(name, bytes):
        return name.decode(encoding or "ascii", "replace").replace("\ufffd", "?")
    return name.encode("utf-8", "replace").decode("utf-8")


def reader_of(
    definition: ogr.FieldDefn,
    place: int,
    encoding: str,
    title: str,
    error: type[CropAttentionError],
    raw: bool = False,
) -> Callable[[ogr.Feature], object]:
    """Return a function from a feature to the value of a field as Python holds it, None where there is none.

    Args:
        definition: of the field.
        place: of the field.
        encoding: of texts that are no UTF-8, "" unknown.
        title: how messages call the layer.
        error: what the function raises where a text is in an unknown encoding.
        raw: all texts are in that encoding, as they lie in the file.
    """
    name = field_name(definition, encoding, raw)
    kind = definition.GetType()

    def decoded(value: str | bytes) -> str:
        text = held_by_gdal(value, raw)
        if isinstance(text, str):
            return text
        if not encoding:
            raise error(
                tr(
                    "The field {name} of {title} holds text in an encoding that the file does not name: {ask_encoding}."
                ).format(name=name, title=title, ask_encoding=ask_encoding())
            )
        try:
            # A text that fills its column may be cut inside a letter.
            return codecs.getincrementaldecoder(encoding)().decode(text)
        except UnicodeError as problem:
            raise error(
                tr("The field {name} of {title} cannot be read as {encoding} text: {ask_encoding}.").format(
                    name=name, title=title, encoding=encoding, ask_encoding=ask_encoding()
                )
            ) from problem

    def number(feature: ogr.Feature) -> object:
        return feature.GetField(place) if feature.IsFieldSetAndNotNull(place) else None

    def text(feature: ogr.Feature) -> object:
        return decoded(feature.GetFieldAsString(place)) if feature.IsFieldSetAndNotNull(place) else None

    def listed(feature: ogr.Feature) -> object:
        if not feature.IsFieldSetAndNotNull(place):
            return None
        values = feature.GetField(place) or []
        return json.dumps([decoded(v) if isinstance(v, (str, bytes)) else v for v in values], ensure_ascii=False)

    if kind in LISTS:
        return listed
    return number if kind in (ogr.OFTInteger, ogr.OFTInteger64, ogr.OFTReal) else text
