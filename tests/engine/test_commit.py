"""What a kill interrupts between two renames is finished by the next command, and nothing else is touched."""

from __future__ import annotations

import json
import os
import shutil
import socket
from pathlib import Path

import pytest

from crop_attention.engine.errors import OutputError, PlaceError
from crop_attention.engine.writing import commit
from crop_attention.engine.writing.guard import refuse_overwriting
from crop_attention.engine.writing.lock import FileLock
from crop_attention.engine.writing.outputs import PendingOutput, PendingOutputs

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs forked processes")

NAMES = ("map.tif", "confidence.tif", "report.html")


def write_all(places) -> None:
    with PendingOutputs() as group:
        for place in places:
            Path(group.add(place).path).write_text("new")
        group.commit()


def killed(places, function: str, call: int) -> None:
    """Write all in a process that ends before a call of a function of the system."""
    child = os.fork()
    if child == 0:
        real, calls = getattr(os, function), []

        def ends(*values, **named):
            calls.append(values)
            return os._exit(9) if len(calls) == call else real(*values, **named)

        setattr(os, function, ends)
        write_all(places)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def texts(places) -> list[str]:
    return [place.read_text() if place.exists() else "" for place in places]


@pytest.fixture(params=["one folder", "two folders"])
def places(tmp_path, request):
    found = [tmp_path / name for name in NAMES]
    if request.param == "two folders":
        (tmp_path / "other").mkdir()
        found[1] = tmp_path / "other" / NAMES[1]
    for place in (*found, tmp_path / "confidence.tif.ovr"):
        place.write_text("old")
    return found


@pytest.mark.parametrize("call", [1, 2, 3])
def test_a_command_that_reads_one_output_finishes_the_killed_run(places, call):
    killed(places, "replace", call)
    assert texts(places) == ["old"] * (4 - call) + ["new"] * (call - 1)
    refuse_overwriting([places[1]], [])
    assert texts(places) == ["new"] * 3
    assert not list(places[1].parent.glob(".outputs*")) and not list(places[1].parent.glob(".*previous*"))


def test_a_file_that_would_describe_the_old_output_goes_with_it(places):
    stale = places[1].with_name("confidence.tif.ovr")
    stale.write_text("older")
    killed(places, "replace", 2)
    backup = next(entry for entry in stale.parent.iterdir() if entry.name.startswith(".confidence.tif.ovr.previous"))
    shutil.copy2(backup, stale)  # as a kill before it was removed leaves it
    commit.finish(places[0].parent)
    assert not stale.exists() and texts(places) == ["new"] * 3


def test_a_kill_before_the_note_is_whole_leaves_the_old_outputs(places):
    killed(places, "write", 1)
    commit.finish(places[0].parent)
    assert texts(places) == ["old"] * 3
    write_all(places)
    assert [entry for entry in places[0].parent.iterdir() if entry.name.startswith(".")] == []


def test_what_came_to_stand_there_since_is_kept(places):
    killed(places, "replace", 2)
    places[0].write_text("mine")
    commit.finish(places[0].parent)
    assert texts(places) == ["mine", "new", "new"]


def test_the_folder_may_be_moved_before_it_is_finished(places, tmp_path):
    killed(places, "replace", 2)
    home = tmp_path.rename(tmp_path.with_name(f"{tmp_path.name}_moved"))
    moved = [home / place.relative_to(tmp_path) for place in places]
    commit.finish(moved[0].parent)
    assert texts(moved) == ["new"] * 3
    home.rename(tmp_path)


def note(folder: Path, **values: object) -> Path:
    place = folder / ".outputs.commit-77-1-0123abcd"
    content = {"process": 77, "host": socket.gethostname(), "head": ".", "previous": ".previous-77-2-0123abcd"}
    place.write_text(json.dumps({**content, "parts": {".": []}, **values}))
    return place


@pytest.mark.parametrize(
    "values",
    [
        {"parts": {".": ["mine.txt", "../mine.txt", ".map.tif", ".map.partial-78-1-0123abcd.tif"]}},
        {"parts": {"..": [".map.partial-77-1-0123abcd.tif"]}},
        {"parts": ["mine.txt"], "head": 5},
        {"parts": {".": []}, "previous": ""},
        {"parts": {".": []}, "previous": "ne.txt"},
        {"parts": {".": []}, "previous": ".previous-77-2-0123abcd"},
    ],
)
def test_a_note_from_somebody_else_moves_and_removes_nothing(tmp_path, values):
    home = tmp_path / "home"
    home.mkdir()
    for name in ("mine.txt", ".map.tif", ".map.partial-78-1-0123abcd.tif", "map.tif"):
        (home / name).write_text("mine")
    (home / ".mine.txt.previous-77-2-0123abcd").write_text("other")
    note(home, **values)
    commit.finish(home)
    assert (
        (home / "mine.txt").read_text() == (home / "map.tif").read_text() == (home / ".map.tif").read_text() == "mine"
    )
    assert (home / ".map.partial-78-1-0123abcd.tif").exists()
    assert [entry.name for entry in tmp_path.iterdir()] == ["home"]


def test_a_run_that_puts_its_outputs_in_place_now_is_left_alone(tmp_path):
    part = tmp_path / ".map.partial-77-1-0123abcd.tif"
    part.write_text("new")
    holder = FileLock(note(tmp_path, parts={".": [part.name]}))
    assert holder.take()
    commit.finish(tmp_path)
    assert part.exists() and not (tmp_path / "map.tif").exists()
    holder.leave()
    commit.finish(tmp_path)
    assert (tmp_path / "map.tif").read_text() == "new"


def test_a_run_on_another_computer_has_an_hour(tmp_path):
    part = tmp_path / ".map.partial-77-1-0123abcd.tif"
    part.write_text("new")
    place = note(tmp_path, parts={".": [part.name]}, host="elsewhere")
    commit.finish(tmp_path)
    assert part.exists() and place.exists()
    os.utime(place, (place.stat().st_mtime - 4000,) * 2)
    commit.finish(tmp_path)
    assert (tmp_path / "map.tif").read_text() == "new" and not place.exists()


def test_what_cannot_be_put_in_order_is_said_and_tried_again(places, monkeypatch):
    killed(places, "replace", 2)

    def closed(*_):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch, pytest.raises(OutputError, match=r"killed .* \(Permission denied\): make the"):
        patch.setattr(os, "replace", closed)
        refuse_overwriting([places[2]], [])
    PendingOutput(places[0])
    assert texts(places) == ["new"] * 3


def test_a_disk_without_room_for_the_note_takes_the_outputs_all_the_same(places, monkeypatch):
    monkeypatch.setattr(os, "write", lambda *_: 0)
    write_all(places)
    assert texts(places) == ["new"] * 3
    assert [entry for entry in places[0].parent.iterdir() if entry.name.startswith(".")] == []


def test_an_error_about_a_staged_output_names_the_place_where_it_is_to_lie(tmp_path):
    error = PlaceError(tmp_path / "staged" / "map.tif", "{0} is closed".format)
    assert str(error.moved(tmp_path / "staged", tmp_path / "Alba")) == f"{tmp_path / 'Alba' / 'map.tif'} is closed"
    assert error.moved(tmp_path / "other", tmp_path / "Alba") is error
