"""Names of Qt, as PyQt6 has them too: enums by their scope, classes in the modules that hold them there."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "qgis.PyQt."
MOVED = {"QAction": "QtGui"}
"""Classes that PyQt6 keeps elsewhere, and that qgis.PyQt of Qt 6 brings back to where they were."""


def used() -> set[tuple[str, str]]:
    """Return (module, dotted name) of all that the plugin takes from Qt, as ("QtCore", "Qt.ItemDataRole.UserRole")."""
    found = set()
    for path in [*(ROOT / "algorithms").rglob("*.py"), *(ROOT / "plugin").rglob("*.py")]:
        tree = ast.parse(path.read_text("utf-8"))
        homes = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PREFIX):
                homes.update({alias.asname or alias.name: node.module[len(PREFIX) :] for alias in node.names})
        found |= {(home, name) for name, home in homes.items()}
        for node in ast.walk(tree):
            parts: list[str] = []
            while isinstance(node, ast.Attribute):
                parts.insert(0, node.attr)
                node = node.value
            if parts and isinstance(node, ast.Name) and node.id in homes:
                found.add((homes[node.id], ".".join([node.id, *parts])))
    return found


def value_of(package: str, module: str, name: str) -> object:
    value: object = import_module(f"{package}.{module}")
    for part in name.split("."):
        value = getattr(value, part)
    return value


def unscoped(module: str, name: str) -> bool:
    """Return whether a name is a member of an enum that is taken from the class around it, which PyQt6 refuses."""
    around, _, member = name.rpartition(".")
    if not around:
        return False
    value, owner = value_of("PyQt5", module, name), value_of("PyQt5", module, around)
    return isinstance(value, int) and type(value) not in (int, bool) and not issubclass(owner, int)


def test_enums_are_named_by_their_scope():
    pytest.importorskip("PyQt5", reason="another Qt is here")
    assert unscoped("QtCore", "Qt.UserRole") and not unscoped("QtCore", "Qt.ItemDataRole.UserRole")
    assert ("QtCore", "Qt.ItemDataRole.UserRole") in used()
    assert {name for name in used() if unscoped(*name)} == set()


def test_every_name_is_one_of_pyqt6():
    pytest.importorskip("PyQt6", reason="PyQt6 is not installed")
    missing = set()
    for module, name in used():
        try:
            value_of("PyQt6", MOVED.get(name.partition(".")[0], module), name)
        except (AttributeError, ImportError):
            missing.add((module, name))
    assert missing == set()
