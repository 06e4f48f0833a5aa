"""Rules of the house, read from the sources: which way imports go, what is never called, what metadata must say."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest

from house import LAYERS, ROOT, imports, name_of, sources, tree_of

BELOW = {
    "plugin": ("algorithms", "engine", "models"),
    "algorithms": ("engine", "models"),
    "cli": ("engine", "models"),
    "engine": ("models",),
    "models": (),
}
"""A layer imports itself and what stands below it; the two front ends know nothing of each other."""

QGIS_LAYERS = ("plugin", "algorithms")
THIRD_PARTY = {"numpy", "osgeo", "torch", "safetensors", "scipy", "qgis", "processing", "distributed", "skimage"}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "subprocess", "random", "xml", "sip", "PyQt5", "PyQt6"}
FORBIDDEN_CALLS = {"eval", "exec", "print", "os.system", "os.popen", "torch.load", "hashlib.md5", "hashlib.sha1"}
METADATA_KEYS = """name description about version qgisMinimumVersion qgisMaximumVersion author email homepage repository
tracker tags category icon hasProcessingProvider""".split()


SHIPPED = [ROOT / "__init__.py", ROOT / "__main__.py", *sources(*LAYERS)]


def test_each_layer_imports_only_itself_and_what_stands_below():
    wrong = []
    for layer, below in BELOW.items():
        for path in sources(layer):
            for name, line, inside in imports(path):
                if inside and name.split(".")[0] not in (layer, *below):
                    wrong.append(f"{name_of(path)}:{line} imports {name}")
    assert wrong == []


SERIES_MAY_IMPORT = ("models.card", "models.known", "models.language", "models.legend", "models.naming")


def test_series_knows_no_network():
    wrong = [
        f"{name_of(path)}:{line} imports {name}"
        for path in sources("engine/series")
        for name, line, inside in imports(path)
        if (inside and name.startswith("models") and name not in SERIES_MAY_IMPORT) or name.split(".")[0] == "torch"
    ]
    assert wrong == []


def test_only_the_upper_layers_import_qgis():
    wrong = [
        f"{name_of(path)}:{line}"
        for path in [ROOT / "__main__.py", *sources("cli", "engine", "models")]
        for name, line, _ in imports(path)
        if name.split(".")[0] in ("qgis", "processing")
    ]
    assert wrong == []


def test_the_package_imports_itself_relatively_and_few_others():
    wrong = []
    for path in SHIPPED:
        for name, line, inside in imports(path):
            top = name.split(".")[0]
            known = top in THIRD_PARTY or top in sys.stdlib_module_names
            if not inside and (not known or top in FORBIDDEN_MODULES):
                wrong.append(f"{name_of(path)}:{line} imports {name}")
    assert wrong == []


def test_torch_is_imported_only_where_a_network_runs():
    allowed = re.compile(r"models/(?!card|legend|__init__)|engine/(mapping|training)/")
    wrong = [
        f"{name_of(path)}:{line}"
        for path in SHIPPED
        if not allowed.match(name_of(path))
        for name, line, _ in imports(path, functions=False, types=False)
        if name.split(".")[0] in ("torch", "safetensors")
    ]
    assert wrong == []


def test_nothing_that_a_reviewer_of_plugins_stops_at_is_called():
    wrong = []
    for path in SHIPPED:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in FORBIDDEN_CALLS:
                wrong.append(f"{name_of(path)}:{node.lineno} calls {ast.unparse(node.func)}")
            if isinstance(node, ast.Assert):
                wrong.append(f"{name_of(path)}:{node.lineno} asserts")
            if isinstance(node, ast.ExceptHandler) and all(isinstance(entry, ast.Pass) for entry in node.body):
                wrong.append(f"{name_of(path)}:{node.lineno} passes over an error")
    assert wrong == []


YOUNG_ARGUMENTS = {
    "TemporaryDirectory": "ignore_cleanup_errors", "write_text": "newline", "zip": "strict", "dataclass": "slots",
}  # fmt: skip
"""Calls of the standard library and an argument that Python 3.9 does not know."""


def test_nothing_is_called_that_python_3_9_or_numpy_1_21_lacks():
    wrong = []
    for path in SHIPPED:
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Call):
                continue
            name, given = ast.unparse(node.func), {keyword.arg for keyword in node.keywords}
            if YOUNG_ARGUMENTS.get(name.rpartition(".")[2], "") in given:
                wrong.append(f"{name_of(path)}:{node.lineno} {name}")
            if name in ("pairwise", "itertools.pairwise", "aiter", "anext"):
                wrong.append(f"{name_of(path)}:{node.lineno} {name}")
            if name.startswith("np.nan") and given & {"initial", "where"}:  # from NumPy 1.22 on
                wrong.append(f"{name_of(path)}:{node.lineno} {name}")
    assert wrong == []


def test_the_syntax_is_that_of_python_3_9():
    wrong = []
    for path in SHIPPED:
        try:
            ast.parse(path.read_text("utf-8"), feature_version=(3, 9))
        except SyntaxError as error:
            wrong.append(f"{name_of(path)}:{error.lineno}")
    assert wrong == []


def test_every_module_says_in_one_line_what_it_is():
    wrong = []
    for path in SHIPPED:
        text = ast.get_docstring(tree_of(path))
        if not text or "\n" in text.strip().split("\n\n")[0]:
            wrong.append(name_of(path))
    assert wrong == []


def test_no_file_names_a_path_of_one_machine():
    pattern = re.compile(r"(?<![A-Za-z0-9_.<])/(?:work|farm|root|home|Users)/")
    texts = [*SHIPPED, *sources("tests", "tools", "benchmarks"), *ROOT.glob("*.md"), *ROOT.glob("*.t*")]
    texts += [ROOT / "Makefile", ROOT / "tools" / "setup.sh"]
    wrong = [name_of(path) for path in texts if path != Path(__file__) and pattern.search(path.read_text("utf-8"))]
    assert wrong == []


@pytest.mark.parametrize("key", METADATA_KEYS)
def test_metadata_says(key):
    assert _metadata()[key].strip()


def test_metadata_covers_the_versions_that_are_supported():
    metadata = _metadata()
    assert metadata["qgisMinimumVersion"] == "3.22"
    assert metadata["qgisMaximumVersion"] == "4.99"
    assert metadata["hasProcessingProvider"] == "yes"
    assert (ROOT / metadata["icon"]).is_file()


def test_version_is_the_same_everywhere():
    version = _metadata()["version"]
    assert f'version = "{version}"' in (ROOT / "pyproject.toml").read_text("utf-8")
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_licence_is_the_gpl_in_full():
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert "GNU GENERAL PUBLIC LICENSE" in text
    assert "Version 2, June 1991" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_all_but_the_upper_layers_imports_where_there_is_no_qgis(plugins_folder):
    modules = [_module(path) for path in [ROOT / "__main__.py", *sources("cli", "engine", "models")]]
    code = f"""
        import importlib, sys
        class Blocker:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] in ("qgis", "processing", "PyQt5", "PyQt6"):
                    raise ImportError(name + " is blocked")
        sys.meta_path.insert(0, Blocker())
        for name in {modules!r}:
            importlib.import_module(name)
        print(len({modules!r}))
        """
    assert _run(code, plugins_folder) == str(len(modules))


LIGHT_PART = re.compile(r"engine/(series|parcels|report|accuracy)/|models/(card|legend)|algorithms|plugin|cli")
LIGHT = [path for path in SHIPPED if LIGHT_PART.match(path.relative_to(ROOT).as_posix())]


def test_loading_the_plugin_imports_no_torch(plugins_folder):
    modules = ["crop_attention", *(_module(path) for path in LIGHT)]
    code = f"""
        import importlib, sys
        for name in {modules!r}:
            importlib.import_module(name)
        print(sorted(name for name in sys.modules if name in ("torch", "safetensors")))
        """
    assert _run(code, plugins_folder) == "[]"


def test_the_plugin_loads_where_nothing_but_numpy_and_gdal_is_installed(plugins_folder):
    code = """
        import sys
        class Blocker:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] in ("torch", "safetensors", "scipy", "skimage", "pandas"):
                    raise ModuleNotFoundError(name + " is blocked")
        sys.meta_path.insert(0, Blocker())
        from crop_attention.plugin.provider import ALGORITHMS
        print(len(ALGORITHMS))
        """
    assert int(_run(code, plugins_folder)) >= 5


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(("crop_attention", *(part for part in parts if part != "__init__")))


def _run(code: str, plugins_folder: Path) -> str:
    lines = "\n".join(line[8:] for line in code.strip("\n").split("\n"))
    command = [sys.executable, "-c", lines]
    done = subprocess.run(command, capture_output=True, text=True, cwd=plugins_folder, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip().splitlines()[-1]


def _metadata() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "metadata.txt", encoding="utf-8")
    return parser["general"]
