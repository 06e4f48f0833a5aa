"""What a person or a log sees: bar, lines, quiet, help, exit statuses; and a process that is stopped from outside."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from crop_attention.cli import progress
from crop_attention.cli.answer import write_answer
from crop_attention.cli.commands import COMMANDS
from crop_attention.cli.console import STOPPING, Console
from crop_attention.cli.parser import joined
from crop_attention.cli.stop import Stop, listening

pty = pytest.importorskip("pty", reason="only where terminals are files")

BLOCKED = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("qgis", "processing", "PyQt5", "PyQt6"):
            raise ImportError(name + " is blocked")
sys.meta_path.insert(0, Blocker())
from crop_attention.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def read_all(master: int) -> str:
    """Return what was written to a pseudo-terminal whose other end is closed."""
    found = b""
    while True:
        try:
            block = os.read(master, 65536)
        except OSError:
            return found.decode()
        if not block:
            return found.decode()
        found += block


def lines(*steps: tuple[float, str], quiet: bool = False) -> list[str]:
    """Return what a console says of some progress to a stream that is no terminal."""
    stream = io.StringIO()
    console = Console(stream, Stop(), quiet)
    for fraction, title in steps:
        console.title(title)
        console.progress(fraction)
    console.info("a message")
    console.info("a message")
    console.warning("a warning")
    console.close()
    return stream.getvalue().splitlines()


def test_lines_come_every_ten_percent_and_messages_once():
    steps = [(number / 100, "Reading" if number < 35 else "Classifying") for number in range(0, 101, 3)] + [
        (1.0, "End")
    ]
    told = lines(*steps)
    assert told[:-2] == [
        " 12 %  Reading", " 21 %  Reading", " 30 %  Reading", " 42 %  Classifying", " 51 %  Classifying",
        " 60 %  Classifying", " 72 %  Classifying", " 81 %  Classifying", " 90 %  Classifying", "100 %  End",
    ]  # fmt: skip
    assert told[-2:] == ["a message", "warning: a warning"]


def test_quiet_leaves_warnings_and_errors():
    assert lines((0.5, "Reading"), (1.0, "Reading"), quiet=True) == ["warning: a warning"]


def test_progress_never_runs_backwards_and_tells_the_time_left(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    stream = io.StringIO()
    console = Console(stream, Stop())
    console.title("Classifying")
    for fraction in (0.25, 0.1, 0.5):
        now[0] += 60
        console.progress(fraction)
    assert stream.getvalue().splitlines() == [
        " 25 %  Classifying, 3 min 0 s left",
        " 50 %  Classifying, 3 min 0 s left",
    ]


def test_the_bar_fits_a_narrow_terminal_and_makes_room_for_messages(monkeypatch):
    import fcntl
    import struct
    import termios

    monkeypatch.setenv("TERM", "xterm")
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    with os.fdopen(slave, "w") as stream:
        console = Console(stream, Stop())
        console.title("A county whose name is far too long for a line of this terminal: Classifying")
        time.sleep(2 * progress.REDRAW)
        console.progress(0.5)
        console.warning("Clouds.")
        console.progress(1.0)
        console.close()
    shown = read_all(master)
    os.close(master)
    drawn = [part for part in shown.replace("\r\n", "\n").split("\r") if part.strip()]
    assert any(part.startswith("A county") and "[############............]  50 %" in part for part in drawn)
    assert any(part == "warning: Clouds.\n" for part in drawn)
    assert "[########################] 100 %" in drawn[-1]
    assert max(len(part.rstrip("\n")) for part in drawn) <= 59
    assert shown.endswith("\r")


def test_a_stop_is_heard_once_told_once_and_the_handlers_come_back():
    before = signal.getsignal(signal.SIGTERM)
    stream = io.StringIO()
    with listening() as stop:
        console = Console(stream, stop)
        assert not console.cancelled()
        signal.raise_signal(signal.SIGTERM)
        assert console.cancelled() and console.cancelled()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert stream.getvalue() == f"{STOPPING}\n"
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_signal_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with listening() as stop:
            signal.raise_signal(signal.SIGHUP)
            assert not stop.asked
    finally:
        signal.signal(signal.SIGHUP, before)


def test_results_are_lines_or_json_and_leave_out_what_is_not_known():
    values = {"A": "x\ny", "READY": True, "N": 3, "OA": float("nan"), "NONE": None, "CLASS": {"1": "Maïs"}}
    texts = []
    for as_json in (False, True):
        stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
        write_answer(stream, values, as_json)
        texts.append(stream.buffer.getvalue().decode())
    assert texts[0].splitlines() == ["A=x y", "READY=true", "N=3", "CLASS.1=Ma\\xefs"]
    assert json.loads(texts[1]) == {"A": "x\ny", "READY": True, "N": 3, "CLASS": {"1": "Maïs"}}


def test_a_value_that_begins_like_a_negative_number_belongs_to_its_option():
    assert joined(["classify", "--extent", "-5,-4,50,51", "--s2", "a", "--quiet"]) == [
        "classify", "--extent=-5,-4,50,51", "--s2", "a", "--quiet",
    ]  # fmt: skip
    assert joined(["--optical-offset", "-1e-1", "--no-x", "-h"]) == ["--optical-offset=-1e-1", "--no-x", "-h"]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.NAME)
def test_help_shows_examples_groups_and_defaults(cli, command):
    told = cli(command.NAME, "--help")
    assert told.code == 0 and told.err == ""
    assert told.out.startswith(f"usage: python -m crop_attention {command.NAME} ")
    assert "examples:" in told.out and "messages and results:" in told.out
    assert "%(" not in told.out and "None" not in told.out
    assert max(map(len, told.out.splitlines())) <= 130


def test_the_help_lists_the_commands_and_the_exit_statuses(cli):
    told = cli("--help")
    assert all(f"\n  {command.NAME} " in told.out for command in COMMANDS)
    assert "0 done; 1 failed" in told.out and "130 stopped" in told.out
    nothing = cli()
    assert (nothing.code, nothing.out) == (2, "") and "usage:" in nothing.err
    unknown = cli("clasify")
    assert unknown.code == 2 and "'clasify' is not known (did you mean 'classify'?)" in unknown.errors[0]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("classify", "--chekpoint", "x"), "there is no option '--chekpoint' (did you mean '--checkpoint'?)"),
        (("classify", "--chekpoint=x"), "there is no option '--chekpoint' (did you mean '--checkpoint'?)"),
        (("assess", "--crop-mapp", "x"), "there is no option '--crop-mapp' (did you mean '--crop-map'?)"),
        (("classify", "--zzz"), "there is no option '--zzz';"),
        (("--versoin",), "there is no option '--versoin' (did you mean '--version'?)"),
        (("classify", "--composite", "meen"), "'meen' is not known (did you mean 'mean'?); choose from mean, median"),
    ],
)
def test_what_is_misspelt_is_named_once_with_what_was_meant(cli, words, sentence):
    told = cli(*words)
    assert told.code == 2 and len(told.errors) == 1 and sentence in told.errors[0]


def test_a_misspelt_bundled_checkpoint_is_named(cli):
    told = cli("checkpoints", "temperate_urope")
    assert told.code == 1 and "(did you mean 'temperate_europe'?)" in told.errors[0]


def test_a_report_that_would_not_be_a_web_page_is_refused(cli, tmp_path):
    told = cli("check", "--s2", str(tmp_path), "--report", str(tmp_path / "report.pdf"))
    assert told.code == 1 and "give it a name that ends in .html" in told.errors[0]
    assert list(tmp_path.iterdir()) == []


def test_an_unforeseen_error_is_a_sentence_and_a_trace_on_demand(cli, monkeypatch):
    from crop_attention.cli.commands import checkpoints

    def fail(values, console):
        raise ZeroDivisionError("by\nnothing")

    monkeypatch.setattr(checkpoints, "run", fail)
    told = cli("checkpoints")
    assert told.code == 1
    assert told.err == (
        "error: An unforeseen error stopped the run (ZeroDivisionError: by nothing); "
        "run again with --debug for its trace.\n"
    )
    told = cli("checkpoints", "--debug")
    assert told.code == 1 and "Traceback (most recent call last)" in told.err
    assert told.errors == ["An unforeseen error stopped the run (ZeroDivisionError: by nothing)."]


def test_training_without_torch_says_what_to_install(cli, out, monkeypatch):
    from crop_attention.cli import packages

    words = ["train", "--points", "p.csv", "--season-start", "2018-10-01", "--checkpoint", out / "x.safetensors"]
    monkeypatch.setattr(packages, "find_spec", lambda name: None if name == "torch" else object())
    told = cli(*words)
    assert told.code == 1
    assert told.errors[0].startswith("This Python lacks torch; run 'python -m pip install torch'")
    monkeypatch.setattr(packages, "find_spec", lambda name: object())
    monkeypatch.setattr(packages, "problem", lambda: "torch 1.13.1 is too old, at least 2.1 is needed")
    assert cli(*words).errors[0].startswith("Torch 1.13.1 is too old, at least 2.1 is needed; run")


def test_a_whole_run_without_qgis_in_a_terminal(country, out, plugins_folder, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    master, slave = pty.openpty()
    words = ["classify", *country.inputs, "--crop-map", str(out / "map.tif"), "--json"]
    command = [sys.executable, "-c", BLOCKED, *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=slave, cwd=plugins_folder, check=False)
    os.close(slave)
    shown = read_all(master)
    os.close(master)
    assert done.returncode == 0, shown
    results = json.loads(done.stdout)
    assert results["CROP_MAP"] == str(out / "map.tif") and (out / "map.tif").is_file()
    assert "\rClassifying [" in shown and "[########################] 100 %" in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_process_that_is_told_to_stop_leaves_no_file(out, plugins_folder, number):
    words = ["simulate", "--size", "64", "--s2-dates", "400", "--output-folder", str(out / "county")]
    command = [sys.executable, "-m", "crop_attention", *words]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=plugins_folder,
        # A suite that was started in the background hands down an ignored SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    limit = time.monotonic() + 60
    while not list(out.glob("county/.county*/sentinel2/*.tif")):
        assert process.poll() is None and time.monotonic() < limit
        time.sleep(0.02)
    process.send_signal(number)
    told, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert told == ""
    assert said.splitlines()[-1] == "error: The run was cancelled; nothing was written."
    assert os.listdir(out) == []


def test_results_that_nobody_reads_are_no_trace(plugins_folder):
    command = [sys.executable, "-m", "crop_attention", "checkpoints"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=plugins_folder)
    process.stdout.close()
    said = process.stderr.read()
    assert process.wait(timeout=60) == 1
    assert said == b""
