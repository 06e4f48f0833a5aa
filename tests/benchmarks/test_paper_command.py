"""The command of the comparison: sites by name, a failing status, and a report where there is one."""

from dataclasses import replace
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from crop_attention.benchmarks.paper import record, timing
from crop_attention.benchmarks.paper.plan import QUICK, Effort
from crop_attention.engine.training.learners import forest
from pastis_files import write_pastis

HERE = Path(__file__).resolve().parents[2]


@pytest.fixture
def command(monkeypatch, tmp_path):
    spec = spec_from_file_location("paper_command", HERE / "benchmarks" / "paper" / "__main__.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    tiny = replace(QUICK, simulated=Effort(2, 4, 1), counties=2, county_size=32, test_counties=2, test_size=32)
    monkeypatch.setattr(module, "QUICK", tiny)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(forest, "TREES", 25)
    return module


def test_a_run_writes_records_and_can_be_asked_for_again(command, tmp_path, capsys):
    given = ["--quick", "--only", "yishui_like", "--systems", "random_forest", "--threads", "1", "--no-timing",
             "--samples", str(tmp_path), "--output", str(tmp_path / "out")]  # fmt: skip
    assert command.main(given) == 0
    (found,) = record.read(tmp_path / "out" / "quick.jsonl")
    assert found.key == record.Key("yishui_like", "random_forest") and found.steps == 0
    assert "Yishui" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "french_points is left out" in capsys.readouterr().out
    assert command.main(given) == 0
    assert "1 cells, 1 of them finished" in capsys.readouterr().out


def test_pastis_runs_by_its_folder(command, tmp_path):
    folder = tmp_path / "pastis"
    folder.mkdir()
    write_pastis(folder, ((10, 1), (3, 2), (7, 3), (20, 4), (21, 5)))
    given = ["--quick", "--pastis", str(folder), "--only", "pastis_r", "--systems", "random_forest", "--no-timing",
             "--samples", str(tmp_path), "--output", str(tmp_path / "out")]  # fmt: skip
    assert command.main(given) == 0
    (found,) = record.read(tmp_path / "out" / "quick.jsonl")
    assert found.key == record.Key("pastis_r", "random_forest") and set(found.judged["whole"].pixels) == {"21"}


def test_a_cell_that_fails_fails_the_run(command, tmp_path, monkeypatch, capsys):
    from crop_attention.benchmarks.paper import run

    def broken(*_):
        raise RuntimeError("no memory left")

    monkeypatch.setattr(run, "run_cell", broken)
    monkeypatch.setattr(command, "make_ready", lambda *_: None)
    assert command.main(["--quick", "--only", "yishui_like", "--systems", "utae", "--threads", "1", "--no-timing",
                         "--samples", str(tmp_path), "--output", str(tmp_path)]) == 1  # fmt: skip
    said = capsys.readouterr().out
    assert "no memory left" in said and "1 cells FAILED" in said


def test_speeds_are_a_table_of_all_systems(tmp_path, monkeypatch):
    monkeypatch.setattr(timing, "SYSTEMS", {name: timing.SYSTEMS[name] for name in ("attention_3dcnn",)})
    lines = timing.write(tmp_path, 1, 0.01).read_text().splitlines()
    assert lines[0] == "system,weights,mflop_a_pixel,pixels_a_second,threads" and len(lines) == 2
    system, weights, mflop, pixels, threads = lines[1].split(",")
    assert system == "attention_3dcnn" and int(weights) > 50_000 and 0.45 < float(mflop) < 0.55 and float(pixels) > 100
    assert find_spec("crop_attention.benchmarks.paper.timing") and threads == "1"
