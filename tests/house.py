"""How tests read the sources: files of a folder, their trees, and what they import."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ("plugin", "algorithms", "cli", "engine", "models")


def sources(*folders: str) -> list[Path]:
    """Return the Python files of folders of the repository."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    """Return the syntax tree of a file, which is shared and must stay as it is."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name_of(path: Path) -> str:
    """Return the path from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


@cache
def imports(path: Path, functions: bool = True, types: bool = True) -> list[tuple[str, int, bool]]:
    """Return what a file imports.

    Args:
        functions: with what functions import when they run.
        types: with what is imported for type checkers alone.

    Returns:
        Dotted name from the root of the package or absolute name, line, whether it is inside the package.
    """
    package = path.relative_to(ROOT).parent.parts
    found: list[tuple[str, int, bool]] = []
    left: list[ast.AST] = [tree_of(path)]
    while left:
        node = left.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not functions:
            continue
        if isinstance(node, ast.If) and not types and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno, False) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.append((node.module or "", node.lineno, False))
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - (node.level - 1)]
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found += [(".".join((*base, name)), node.lineno, True) for name in names]
        left += ast.iter_child_nodes(node)
    return found
