"""What cannot be run where it was asked to be is said in one sentence, soon."""

from __future__ import annotations

import pickle
import socket
import sys
import time
from dataclasses import replace

import pytest

import county_jobs
from county_jobs import tasks
from crop_attention.engine.counties.county import classify_county
from crop_attention.engine.counties.executors import connection
from crop_attention.engine.counties.executors.base import ExecutorError
from crop_attention.engine.counties.executors.cluster import ClusterExecutor
from crop_attention.engine.counties.executors.local import executor_for
from crop_attention.engine.counties.executors.messages import Talk
from crop_attention.engine.feedback import Feedback


@pytest.mark.parametrize("address", ["here", "tcp://", "tcp://host", "tcp://host:door", "http://host:1", "host:1"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ExecutorError, match="is not the address of a Dask scheduler; write it like tcp://host:8786"):
        executor_for(address)


def test_address_and_workers_exclude_each_other():
    with pytest.raises(ExecutorError, match="either the address of a scheduler or a number of workers"):
        executor_for("tcp://127.0.0.1:8786", 2)


def test_fewer_than_no_worker_is_refused():
    with pytest.raises(ExecutorError, match="-1 workers cannot classify counties"):
        executor_for("", -1)


@pytest.mark.parametrize("asked", [("tcp://127.0.0.1:8786", None), ("", 2)])
def test_absent_dask_is_named_with_the_line_that_installs_it(asked, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ExecutorError, match="'distributed' is needed .* 'python -m pip install distributed"):
        executor_for(*asked)


def test_address_where_nobody_answers_is_said_within_seconds(tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    assert connection.CONNECT_SECONDS <= 5
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(ExecutorError, match=f"No Dask scheduler answers at {address}") as caught:
            list(ClusterExecutor(address, job=county_jobs.short).run(tasks(tmp_path, "A"), Feedback()))
    assert time.monotonic() - began < 10
    assert "\n" not in str(caught.value)


def test_encrypted_address_needs_certificates(tmp_path):
    pytest.importorskip("distributed")
    with pytest.raises(ExecutorError, match="No certificates are known for tls://127.0.0.1:8786; name them in Dask"):
        list(ClusterExecutor("tls://127.0.0.1:8786", job=county_jobs.short).run(tasks(tmp_path, "A"), Feedback()))


def test_no_counties_need_no_scheduler():
    assert list(executor_for("tcp://127.0.0.1:1").run([], Feedback())) == []


def test_a_task_carries_its_polygon_and_little_else(tmp_path):
    (task,) = tasks(tmp_path, "A")
    corners = bytes(200_000)
    carried = pickle.dumps((replace(task, shape_wkb=corners), Talk("1", 3, 30.0), classify_county))
    assert len(carried) - len(corners) < 2000


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"", "sends nothing"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "not a Dask scheduler"),
        (b"\xff" * 64, "not a Dask scheduler"),
    ],
)
def test_what_is_silent_or_babbles_is_answered_soon(said, reason):
    import socket
    import threading
    import time

    from crop_attention.engine.counties.executors.connection import connect
    from crop_attention.engine.feedback import Feedback

    with socket.create_server(("127.0.0.1", 0)) as server:
        held = []

        def listen() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                held.append(line)
                line.sendall(said)

        threading.Thread(target=listen, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(ExecutorError, match=reason):
            with connect(f"tcp://127.0.0.1:{server.getsockname()[1]}", Feedback()):
                pass
        assert time.monotonic() - began < 10
        for line in held:
            line.close()
