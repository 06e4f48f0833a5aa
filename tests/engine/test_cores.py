"""Cores of the machine, of the scheduler and of a container."""

import os

import pytest

from crop_attention.engine import cores


@pytest.fixture
def sixteen(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(16)), raising=False)


@pytest.mark.parametrize(
    "limit, found",
    [
        ("max 100000", 16),
        ("250000 100000", 3),
        ("100000 100000", 1),
        ("5000 100000", 1),
        ("9900000 100000", 16),
        ("", 16),
    ],
)
def test_a_container_of_version_2_may_take_less(sixteen, tmp_path, limit, found):
    (tmp_path / "cpu.max").write_text(limit)
    assert cores.usable_cores(tmp_path) == found


@pytest.mark.parametrize("quota, found", [("-1", 16), ("200000", 2)])
def test_a_container_of_version_1_may_take_less(sixteen, tmp_path, quota, found):
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(quota)
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")
    assert cores.usable_cores(tmp_path) == found


def test_a_scheduler_may_leave_less(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {3, 5}, raising=False)
    assert cores.usable_cores(tmp_path) == 2


def test_a_system_without_affinity_counts_its_cores(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert cores.usable_cores(tmp_path) == 6
