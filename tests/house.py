"""How tests read the sources: files of a folder, their trees, and what they import."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Iterator

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ("plugin", "algorithms", "cli", "engine", "models")


def sources(*folders: str) -> list[Path]:
    """Return the Python files of folders of the repository."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def tree_of(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name_of(path: Path) -> str:
    """Return the path from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


def imports(path: Path, tree: ast.AST) -> Iterator[tuple[str, int, bool]]:
    """Yield (dotted name from the root of the package or absolute name, line, whether it is inside the package)."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, False
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or "", node.lineno, False
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - (node.level - 1)]
            for name in [node.module] if node.module else [alias.name for alias in node.names]:
                yield ".".join((*base, name)), node.lineno, True
