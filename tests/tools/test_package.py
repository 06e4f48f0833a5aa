"""The archive holds one folder, only what is shipped, and nothing the plugin repository refuses."""

import re
import zipfile
from pathlib import Path

import pytest

from crop_attention.tools import package
from crop_attention.tools.install import install, qgis_folders
from crop_attention.tools.package import LIMIT, build, changelog, placeholders, shipped_files, with_changelog


@pytest.fixture(scope="module")
def archive(tmp_path_factory, root):
    target = tmp_path_factory.mktemp("dist") / "crop_attention.zip"
    build(root, target)
    return target


def test_the_archive_has_one_top_folder_and_what_qgis_reads(archive):
    with zipfile.ZipFile(archive) as packed:
        names = packed.namelist()
    assert {name.split("/")[0] for name in names} == {"crop_attention"}
    needed = {"__init__.py", "__main__.py", "metadata.txt", "LICENSE", "README.md", "cli/main.py", "engine/errors.py"}
    needed |= {"models/card.py", "resources/models/mapandassess.model3", "resources/models/trainandmap.model3"}
    assert {f"crop_attention/{name}" for name in needed} <= set(names)


def test_the_archive_leaves_out_tests_tools_and_compiled_files(archive):
    with zipfile.ZipFile(archive) as packed:
        names = packed.namelist()
    tops = {name.split("/")[1] for name in names}
    assert tops.isdisjoint({"tests", "tools", "benchmarks", "build", "demo", ".git", ".venv", "Makefile"})
    assert [name for name in names if name.endswith((".pyc", ".so", ".dll", ".exe", ".sh", ".bat"))] == []


def test_what_pages_in_the_archive_link_to_and_show_lies_in_it(archive, tmp_path):
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path)
    pages = [*(tmp_path / "crop_attention").glob("*.md"), *(tmp_path / "crop_attention").glob("docs/*.md")]
    links = [
        (page, link)
        for page in pages
        for link in re.findall(r"\]\(([^)\s#]+)[^)]*\)|src=\"([^\"]+)\"", page.read_text(encoding="utf-8"))
        for link in link
        if link and not re.match(r"\w+:", link)
    ]
    assert len(links) > 30 and sum(link.endswith(".png") for _, link in links) >= 5
    assert [(page.name, link) for page, link in links if not (page.parent / link).is_file()] == []


def test_the_archive_fits_the_plugin_repository_and_repeats(archive, root, tmp_path):
    again = tmp_path / "again.zip"
    assert build(root, again) < LIMIT
    assert again.read_bytes() == archive.read_bytes()


def test_a_shared_library_in_a_shipped_folder_is_refused_by_name(tmp_path):
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "fast.so").write_bytes(b"")
    with pytest.raises(ValueError, match=r"engine.fast\.so"):
        shipped_files(tmp_path)


def test_installing_replaces_an_older_copy(tmp_path):
    old = tmp_path / "crop_attention"
    old.mkdir()
    (old / "left_over.py").write_text("")
    target = install(tmp_path, link=False)
    assert target == old
    assert (target / "metadata.txt").is_file()
    assert not (target / "left_over.py").exists()


def test_a_linked_install_points_at_the_checkout_and_can_be_replaced_by_a_copy(tmp_path, root):
    assert install(tmp_path, link=True).resolve() == root
    copied = install(tmp_path, link=False)
    assert not copied.is_symlink()
    assert (root / "metadata.txt").is_file()


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("linux", Path("home/.local/share/QGIS/QGIS3")),
        ("darwin", Path("home/Library/Application Support/QGIS/QGIS3")),
        ("win32", Path("roaming/QGIS/QGIS3")),
    ],
)
def test_profiles_are_found_on_each_platform(platform, expected):
    assert qgis_folders(platform, Path("home"), "roaming")[0] == expected


def test_placeholders_stop_the_package_unless_asked_for(tmp_path, monkeypatch, capsys):
    (tmp_path / "metadata.txt").write_text(
        "[general]\nhomepage=https://x.example.org\nrepository=https://code.net/x\ntracker=\nemail=a@b.net\n"
    )
    assert placeholders(tmp_path) == ["homepage", "tracker"]
    monkeypatch.setattr(package, "ROOT", tmp_path)
    monkeypatch.setattr(package.sys, "argv", ["package"])
    assert package.main() == 1
    assert "placeholders for homepage, tracker: write the real addresses there" in capsys.readouterr().err
    assert not (tmp_path / "dist").exists()
    (tmp_path / "CHANGELOG.md").write_text("## 1.0\n")
    monkeypatch.setattr(package.sys, "argv", ["package", package.OVERRIDE])
    assert package.main() == 0 and (tmp_path / "dist" / "crop_attention.zip").is_file()


def test_the_changelog_of_the_archive_is_the_newest_part(tmp_path):
    newest = "## 2.0 (today)\n\n### Added\n- A `thing` of\n  two lines, see [page](x.md).\n- More.\n"
    (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n{newest}\n## 1.0\n- Old\n")
    found = changelog(tmp_path)
    assert found == "2.0\n    - A thing of two lines, see page.\n    - More."
    metadata = "[general]\nname=x\nchangelog=old\n    lines\nlicense=GPL\n"
    assert with_changelog(metadata, found) == f"[general]\nname=x\nchangelog={found}\nlicense=GPL\n"


def test_the_archive_holds_its_documentation(archive):
    with zipfile.ZipFile(archive) as packed:
        names, metadata = packed.namelist(), packed.read("crop_attention/metadata.txt").decode("utf-8")
    assert "crop_attention/docs/command_line.md" in names
    assert "    - Algorithms classifycrops" in metadata
