"""How much memory the limits of a system leave."""

import math
from pathlib import Path

import pytest

from crop_attention.engine import memory_limits
from crop_attention.engine.errors import DeviceError


def _process(folder: Path, groups: str) -> Path:
    folder.mkdir()
    (folder / "statm").write_text("25600 2560 0 0 0 0 0")
    (folder / "cgroup").write_text(groups)
    return folder


@pytest.mark.parametrize(
    ("groups", "place", "limit", "used"),
    [
        ("0::/job/step\n", "job", "memory.max", "memory.current"),
        ("4:cpu,memory:/job\n0::/\n", "memory/job", "memory.limit_in_bytes", "memory.usage_in_bytes"),
        ("", "", "memory.max", "memory.current"),
    ],
)
def test_the_room_of_a_container_is_its_limit_without_what_others_hold(tmp_path, groups, place, limit, used):
    process, home = _process(tmp_path / "self", groups), tmp_path / "cgroup" / place
    home.mkdir(parents=True)
    (home / limit).write_text(str(500 * 2**20))
    (home / used).write_text(str(300 * 2**20))
    (home / "memory.stat").write_text(f"anon 5\ninactive_file {100 * 2**20}\n")
    own = 2560 * 4096 / 2**20
    assert memory_limits.container_memory(tmp_path / "cgroup", process) == pytest.approx(300 + own, rel=0.3)


def test_without_a_limit_the_room_is_endless(tmp_path):
    process, home = _process(tmp_path / "self", "0::/\n"), tmp_path / "cgroup"
    home.mkdir()
    (home / "memory.max").write_text("max\n")
    for place in (home, tmp_path / "nothing"):
        assert memory_limits.container_memory(place, process) == math.inf


def test_addresses_are_what_the_limit_leaves(tmp_path, monkeypatch):
    resource = pytest.importorskip("resource")
    process = _process(tmp_path / "self", "")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (300 * 2**20, 0))
    monkeypatch.setattr(resource, "getpagesize", lambda: 4096)
    assert memory_limits.address_memory(process) == 200.0


def test_too_little_to_read_is_refused_before_a_file_is_called_broken(monkeypatch):
    monkeypatch.setattr(memory_limits, "address_memory", lambda: 20.0)
    with pytest.raises(DeviceError, match="leaves 20 MB of memory, and reading takes 96: raise the limit"):
        memory_limits.check_memory()
