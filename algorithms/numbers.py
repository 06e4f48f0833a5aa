"""Numbers that an analyst wrote as text: refused where they are none, as QGIS would take the default instead."""

from __future__ import annotations

import math
from typing import Any

from qgis.core import QgsProcessingAlgorithm, QgsProcessingParameterEnum, QgsProcessingParameterNumber

from ..models.language import tr
from ..models.spelling import meant

NOT_ZERO = ("OPTICAL_SCALE",)
"""Numbers that make all others zero when they are."""


def wrong_numbers(algorithm: QgsProcessingAlgorithm, values: dict[str, Any]) -> list[str]:
    """Return a sentence for each number that is none, is not whole or is out of its range, and for unknown choices."""
    found = []
    for definition in algorithm.parameterDefinitions():
        value = values.get(definition.name())
        if isinstance(definition, QgsProcessingParameterNumber) and isinstance(value, (str, int, float)):
            sentence = _wrong(definition, value)
            if sentence:
                found.append(sentence)
        elif isinstance(definition, QgsProcessingParameterEnum) and definition.usesStaticStrings():
            held = definition.options()
            if isinstance(value, str) and value and value not in held:
                sentence = tr("'{}' for {} is not known{}; choose one of {}.")
                found.append(sentence.format(value, definition.name(), meant(value, held), ", ".join(held)))
    return found


def _wrong(definition: QgsProcessingParameterNumber, value: object) -> str:
    text = str(value).strip()
    if not text or isinstance(value, bool):
        return ""
    name = definition.name()
    try:
        # Python reads 1_000 and numbers of other scripts too, which QGIS does not.
        number = float(text if text.isascii() and "_" not in text else "no number")
    except ValueError:
        return tr("'{}' for {} is not a number; write it with a point and nothing else, such as 0.0001.").format(
            text, name
        )
    if not math.isfinite(number):
        return tr("'{}' for {} is not a finite number; give another.").format(text, name)
    if definition.dataType() == QgsProcessingParameterNumber.Type.Integer and not number.is_integer():
        return tr("'{}' for {} is not a whole number; give one.").format(text, name)
    if not definition.minimum() <= number <= definition.maximum():
        return tr("{} for {} is out of range; give {:,.10g} to {:,.10g}.").format(
            text, name, definition.minimum(), definition.maximum()
        )
    if number == 0 and name in NOT_ZERO:
        return tr("0 for {} would make all reflectance zero; leave it empty or give the right scale.").format(name)
    return ""
