"""An output appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections import namedtuple
from pathlib import Path

import pytest

from crop_attention.engine.errors import OutputError
from crop_attention.engine.writing.outputs import PendingOutput, PendingOutputs
from crop_attention.engine.writing.scratch import scratch_folder

Usage = namedtuple("Usage", "total used free")


def write(path: str | Path, text: str = "new") -> None:
    Path(path).write_text(text)


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_temporary_name_lies_beside_the_final_one_with_its_extension(tmp_path: Path) -> None:
    pending = PendingOutput(tmp_path / "map.v1.tif")
    assert Path(pending.path).parent == tmp_path
    assert pending.path.endswith(".tif")
    assert Path(pending.path).name.startswith(f".map.v1.partial-{os.getpid()}-")
    assert names(tmp_path) == [".map.v1.tif.in-use"]


def test_commit_puts_the_file_and_its_sidecars_in_place(tmp_path: Path) -> None:
    with PendingOutput(tmp_path / "map.tif") as pending:
        write(pending.path)
        write(pending.path + ".aux.xml", "statistics")
        write(pending.path + ".ovr", "overviews")
        pending.commit()
    assert names(tmp_path) == ["map.tif", "map.tif.aux.xml", "map.tif.ovr"]
    assert (tmp_path / "map.tif.aux.xml").read_text() == "statistics"


def test_a_name_without_extension_is_kept(tmp_path: Path) -> None:
    pending = PendingOutput(tmp_path / "map")
    write(pending.path)
    pending.commit()
    assert names(tmp_path) == ["map"]


def test_parts_of_a_shapefile_follow_it_and_those_of_the_old_one_go(tmp_path: Path) -> None:
    for end in (".shp", ".dbf", ".prj", ".qix", ".qml"):
        write(tmp_path / f"labels{end}", "old")
    with PendingOutput(tmp_path / "labels.shp") as pending:
        for end in (".shp", ".dbf", ".shx"):
            write(Path(pending.path).with_suffix(end))
        pending.commit()
    assert names(tmp_path) == ["labels.dbf", "labels.qml", "labels.shp", "labels.shx"]
    assert (tmp_path / "labels.dbf").read_text() == "new"


def test_a_stale_sidecar_does_not_describe_the_new_file(tmp_path: Path) -> None:
    write(tmp_path / "map.tif", "old")
    write(tmp_path / "map.tif.aux.xml", "old")
    write(tmp_path / "map.tif.txt", "a note of the analyst")
    with PendingOutput(tmp_path / "map.tif") as pending:
        write(pending.path)
        pending.commit()
    assert names(tmp_path) == ["map.tif", "map.tif.txt"]
    assert (tmp_path / "map.tif").read_text() == "new"


def test_leaving_without_commit_removes_partial_files_and_keeps_the_old_output(tmp_path: Path) -> None:
    write(tmp_path / "map.tif", "old")
    with pytest.raises(RuntimeError), PendingOutput(tmp_path / "map.tif") as pending:
        write(pending.path)
        write(pending.path + ".aux.xml")
        raise RuntimeError
    assert names(tmp_path) == ["map.tif"]
    assert (tmp_path / "map.tif").read_text() == "old"


def test_discard_spares_the_partial_files_of_a_neighbour_with_a_longer_number(tmp_path: Path) -> None:
    pending = PendingOutput(tmp_path / "map.tif")
    neighbour = tmp_path / Path(pending.path).name.replace(".tif", "0.tif")
    write(pending.path)
    write(neighbour)
    pending.discard()
    assert names(tmp_path) == [neighbour.name]


def test_discard_after_commit_does_nothing(tmp_path: Path) -> None:
    pending = PendingOutput(tmp_path / "deep" / "er" / "map.tif")
    write(pending.path)
    pending.commit()
    pending.discard()
    assert (tmp_path / "deep" / "er" / "map.tif").read_text() == "new"


def test_missing_folders_are_made_and_removed_again_when_nothing_comes(tmp_path: Path) -> None:
    with PendingOutput(tmp_path / "deep" / "er" / "map.tif") as pending:
        assert Path(pending.path).parent.is_dir()
    assert names(tmp_path) == []


def test_commit_without_a_written_file_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "map.tif", "old")
    pending = PendingOutput(tmp_path / "map.tif")
    with pytest.raises(OutputError, match="Nothing was written for .*map.tif"):
        pending.commit()
    assert (tmp_path / "map.tif").read_text() == "old"


@pytest.mark.parametrize("text", ["", "  "])
def test_an_output_without_a_name_is_refused(text: str) -> None:
    with pytest.raises(OutputError, match="no name"):
        PendingOutput(text)


def test_a_partial_file_that_somebody_removed_is_told_before_it_is_read(tmp_path: Path) -> None:
    with PendingOutput(tmp_path / "map.tif") as pending:
        write(pending.path)
        pending.check_written()
        os.remove(pending.path)
        with pytest.raises(OutputError, match="Nothing was written for .*map.tif"):
            pending.check_written()


def test_a_folder_as_output_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a folder"):
        PendingOutput(tmp_path)


def test_a_virtual_path_is_refused() -> None:
    with pytest.raises(OutputError, match="not on a disk"):
        PendingOutput("/vsimem/map.tif")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    write(tmp_path / "file")
    with pytest.raises(OutputError, match="cannot be created"):
        PendingOutput(tmp_path / "file" / "map.tif")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(OutputError, match=r"cannot be written \(Permission denied\)"):
        PendingOutput(tmp_path / "new" / "map.tif")
    assert names(tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_write_protected_output_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "map.tif", "old")
    (tmp_path / "map.tif").chmod(0o444)
    with pytest.raises(OutputError, match="cannot be replaced"):
        PendingOutput(tmp_path / "map.tif")


def test_too_little_space_is_said_with_both_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, 100 * 1024 * 1024))
    PendingOutput(tmp_path / "map.tif", megabytes=100)
    with pytest.raises(OutputError, match="has 100 MB free and this run needs 101 MB"):
        PendingOutput(tmp_path / "map.tif", megabytes=101)


@pytest.mark.parametrize(
    ("free", "megabytes", "said"),
    [
        (0, 0.05, "has 0 kB free and this run needs 52 kB"),
        (300 * 1024, 0.3, "has 300 kB free and this run needs 308 kB"),
        (700 * 1024, 1.2, "has 700 kB free and this run needs 1.2 MB"),
        (100 * 1024**2, 100.5, "has 100 MB free and this run needs 101 MB"),
        (5 * 1024**3 - 1, 5 * 1024, "has 4.9 GB free and this run needs 5.0 GB"),
    ],
)
def test_sizes_of_small_and_large_disks_are_true_and_differ(tmp_path: Path, monkeypatch, free, megabytes, said) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, free))
    with pytest.raises(OutputError, match=said):
        PendingOutput(tmp_path / "map.tif", megabytes=megabytes)


def test_the_space_of_a_group_is_summed_over_folders_of_one_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, 100 * 1024 * 1024))
    group = PendingOutputs()
    group.add(tmp_path / "map.tif", megabytes=60)
    with pytest.raises(OutputError, match="needs 110 MB"):
        group.add(tmp_path / "other" / "confidence.tif", megabytes=50)
    assert names(tmp_path) == [".map.tif.in-use"]
    group.add(tmp_path / "confidence.tif", megabytes=40)


def test_the_space_of_two_groups_of_one_run_is_summed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, 100 * 1024 * 1024))
    group = PendingOutputs()
    group.add(tmp_path / "map.tif", megabytes=60)
    with pytest.raises(OutputError, match="needs 110 MB"):
        PendingOutputs(beside=group).add(tmp_path / "temporary" / "confidence.tif", megabytes=50)


def test_a_group_appears_together(tmp_path: Path) -> None:
    with PendingOutputs() as group:
        one, two = group.add(tmp_path / "one.tif"), group.add(tmp_path / "two.html")
        write(one.path)
        write(two.path)
        assert not (tmp_path / "one.tif").exists()
        group.commit()
    assert names(tmp_path) == ["one.tif", "two.html"]


def test_a_group_with_a_missing_member_leaves_everything_as_it_was(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="two.tif"), PendingOutputs() as group:
        write(group.add(tmp_path / "one.tif").path)
        group.add(tmp_path / "two.tif")
        group.commit()
    assert names(tmp_path) == []


@pytest.mark.parametrize("links", [True, False])
def test_a_group_that_fails_half_way_restores_the_old_outputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    def no_link(*_: object) -> None:
        raise OSError("links are not supported here")

    if not links:
        monkeypatch.setattr(os, "link", no_link)
    write(tmp_path / "one.tif", "old one")
    write(tmp_path / "one.tif.aux.xml", "old statistics")
    replace = os.replace

    def fail_on_three(source: object, target: object) -> None:
        if Path(str(target)).name == "three.tif":
            raise PermissionError(13, "Permission denied")
        replace(source, target)

    with pytest.raises(OutputError, match=r"three.tif cannot be written \(Permission denied\)"):
        with PendingOutputs() as group:
            for name in ("one.tif", "two.tif", "three.tif"):
                write(group.add(tmp_path / name).path)
            monkeypatch.setattr(os, "replace", fail_on_three)
            group.commit()
    assert names(tmp_path) == ["one.tif", "one.tif.aux.xml"]
    assert (tmp_path / "one.tif").read_text() == "old one"
    assert (tmp_path / "one.tif.aux.xml").read_text() == "old statistics"


def test_two_outputs_of_one_name_are_refused(tmp_path: Path) -> None:
    group = PendingOutputs()
    group.add(tmp_path / "map.tif")
    with pytest.raises(OutputError, match="Two outputs"):
        group.add(tmp_path / "sub" / ".." / "map.tif")


def test_an_input_is_never_replaced(tmp_path: Path) -> None:
    write(tmp_path / "parcels.gpkg", "the analyst's parcels")
    group = PendingOutputs(protected=[tmp_path / "parcels.gpkg"])
    with pytest.raises(OutputError, match="also an input"):
        group.add(str(tmp_path / "parcels.gpkg"))


def test_partial_files_of_a_run_killed_long_ago_are_removed(tmp_path: Path) -> None:
    old, recent, foreign = (tmp_path / name for name in (".map.partial-7-1.tif", ".map.partial-8-1.tif", ".mapx.tif"))
    for path in (old, recent, foreign):
        write(path)
    for path in (old, foreign):
        os.utime(path, (time.time() - 30 * 86400,) * 2)
    PendingOutput(tmp_path / "map.tif")
    assert names(tmp_path) == [recent.name, foreign.name]


def test_a_claim_that_is_held_for_a_moment_is_waited_for(tmp_path):
    """As that of a run which checks its places at the same time."""
    place = tmp_path / "map.tif"
    first = PendingOutput(place)
    threading.Timer(0.15, first.discard).start()
    with PendingOutput(place) as second:
        assert second.final == place


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps what killed runs left for a week")
def test_a_scratch_folder_goes_in_the_end_and_those_of_killed_runs_at_once(tmp_path: Path) -> None:
    with scratch_folder(str(tmp_path)) as mine:
        (mine / "windows_s2.npy").write_text("samples")
        gone, other = (tmp_path / mine.name.replace(str(os.getpid()), process) for process in ("999999999", "1"))
        for folder in (gone, other):
            folder.mkdir()
            (folder / "windows_s2.npy").write_text("samples")
        with scratch_folder(str(tmp_path)):
            assert mine.is_dir() and other.is_dir(), "their processes run"
            assert not gone.exists()
    assert names(tmp_path) == [other.name]
