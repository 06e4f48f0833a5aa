"""Single values of a dialog, a batch row or a command line, and the options that are made of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from qgis.core import QgsProcessingAlgorithm, QgsProcessingContext, QgsProperty
from qgis.PyQt.QtCore import QVariant

from ..engine.errors import DeviceError
from ..engine.option import CHOICE, CHOICES, DEVICE, DEVICE_NAMES, NUMBER, SWITCH, WHOLE, Option, options_of
from .base import tr

Values = dict[str, Any]
T = TypeVar("T")


class ValueReader:
    """Reads texts, numbers, choices and options of one run."""

    def __init__(self, algorithm: QgsProcessingAlgorithm, values: Values, context: QgsProcessingContext) -> None:
        """Keep the three things that QGIS needs to read a value."""
        self._algorithm, self._values, self._context = algorithm, values, context

    def given(self, key: str) -> bool:
        """Return whether the analyst gave a value."""
        value = self._value(key)
        if isinstance(value, QgsProperty):
            value = self.text(key)
        return value is not None and value != "" and value != []

    def text(self, key: str) -> str:
        """Return a value as text."""
        return self._algorithm.parameterAsString(self._values, key, self._context).strip()

    def boolean(self, key: str) -> bool:
        """Return a value as True or False."""
        return self._algorithm.parameterAsBool(self._values, key, self._context)

    def integer(self, key: str) -> int:
        """Return a value as a whole number."""
        return self._algorithm.parameterAsInt(self._values, key, self._context)

    def number(self, key: str) -> float:
        """Return a value as a number."""
        return self._algorithm.parameterAsDouble(self._values, key, self._context)

    def choice(self, key: str) -> str:
        """Return a value of a list of names."""
        return self._algorithm.parameterAsEnumString(self._values, key, self._context)

    def options(self, kind: type[T], defaults: T | None = None) -> T:
        """Return the options of a dataclass, as far as the algorithm has parameters for them.

        Args:
            kind: a dataclass of options.
            defaults: where they differ from those of the class.

        Raises:
            DeviceError: the device is not known.
        """
        known = {definition.name() for definition in self._algorithm.parameterDefinitions()}
        given = {each.name: self._option(each) for each in options_of(kind).values() if each.key in known}
        return replace(defaults or kind(), **{name: value for name, value in given.items() if value is not None})

    def _option(self, each: Option) -> Any:
        """Return the value of an option, None where its default holds."""
        if each.kind == SWITCH:
            return self.boolean(each.key)
        if each.kind == CHOICE and not each.numbered:
            return self.choice(each.key)
        if each.kind == CHOICE:
            return list(each.choices)[self._algorithm.parameterAsEnum(self._values, each.key, self._context)]
        if each.kind == CHOICES:
            return tuple(sorted(self._algorithm.parameterAsEnums(self._values, each.key, self._context)))
        if each.kind in (WHOLE, NUMBER):
            if not self.given(each.key):
                return None
            return self.integer(each.key) if each.kind == WHOLE else self.number(each.key)
        if each.kind == DEVICE:
            return self.device(each.key)
        return self.text(each.key)

    def device(self, key: str) -> str | None:
        """Return the name of a device, None where none is given.

        Raises:
            DeviceError: it is not known.
        """
        device = self.text(key)
        if device and not DEVICE_NAMES.fullmatch(device):
            raise DeviceError(
                tr("The device '{}' is not known; choose auto, cpu, cuda or cuda:N (such as cuda:0).").format(device)
            )
        return device.lower() or None

    def _value(self, key: str) -> Any:
        return bare(self._values.get(key))


def bare(value: Any) -> Any:
    """Return a value, None for the null variant that an empty cell of a batch holds."""
    return None if isinstance(value, QVariant) and value.isNull() else value
