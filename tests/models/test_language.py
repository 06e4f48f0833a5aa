"""Which language is used, and that it reaches names, help, errors and reports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crop_attention.models import language

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def chinese(monkeypatch):
    monkeypatch.setenv(language.VARIABLE, language.ENGLISH)
    language.use("zh_CN")
    yield
    language.use("en")


def terminal(*words, **variables):
    """Run the terminal in a process of its own; return its status, results and messages."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
    environment.pop(language.VARIABLE, None)
    environment.update(PYTHONPATH=str(ROOT / "build" / "plugins"), PYTHONIOENCODING="utf-8", **variables)
    command = [sys.executable, "-m", "crop_attention", *words]
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8")
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("zh_CN.UTF-8", "zh_CN"),
        ("zh-Hans", "zh_CN"),
        ("zh", "zh_CN"),
        ("zh-Hans-CN", "zh_CN"),
        ("zh_TW", "en"),
        ("de_DE", "en"),
        ("C", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_the_language_of_a_locale(code, found):
    assert language.known(code) == found


def test_a_sentence_is_translated_with_its_values(chinese):
    text = language.tr("The checkpoint '{path}' does not exist; choose a .safetensors file.")
    assert text.format(path="a") == "检查点“a”不存在；请选择 .safetensors 文件。"
    assert language.tr("Not a sentence of the sources.") == "Not a sentence of the sources."
    assert language.tr("") == ""


def test_workers_inherit_the_language(chinese):
    code = "from crop_attention.models.language import tr; print(ascii(tr('Crop map')))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "build" / "plugins")}
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, encoding="utf-8")
    assert said.stdout.strip() == ascii("作物分类图")


def test_the_terminal_speaks_the_language_that_is_asked_for():
    status, shown, _ = terminal("classify", "--language", "zh", "--help")
    assert status == 0
    assert "有晴空 Sentinel-2 观测的时间步少于此数时给出警告。" in "".join(shown.split("\n")).replace("  ", "")
    status, _, said = terminal("check", "--s2", "nowhere", LANG="zh_CN.UTF-8")
    assert status == 1 and "没有名为 'nowhere' 的时间序列文件或文件夹；请检查路径。" in said
    status, _, said = terminal("check", "--s2", "nowhere", "--language", "en", LANG="zh_CN.UTF-8")
    assert status == 1 and "No file or folder of the series is called 'nowhere'; check the path." in said


def test_a_report_is_in_the_language(chinese):
    from crop_attention.engine.report import html, numbers
    from crop_attention.engine.report.charts import svg

    assert '<html lang="zh-CN">' in html.page("a", "b", [], "c")
    assert numbers.counted(3, "step") == "3 个时间步"
    assert numbers.listed(["a", "b", "c"]) == "a、b和c"
    from datetime import date

    assert svg.day_and_month(date(2018, 4, 5)) == "4月5日"


def test_chinese_is_set_without_blanks_between_its_letters_and_with_its_own_brackets(chinese):
    assert language.tidy("190 个地块 中有 3 个 (2%)和玉米 (5%)") == "190 个地块中有 3 个（2%）和玉米（5%）"
    assert (
        language.tidy("观测和24 个 Sentinel-1 观测。 其余 (f(x) 略)") == "观测和 24 个 Sentinel-1 观测。其余 (f(x) 略)"
    )
    assert language.class_title("Maize to Grassland") == "玉米 至 草地"
    assert language.tidy(language.listed(["a.tif", "b.tif"])) == "a.tif 和 b.tif"
    assert language.class_title("Not cropland") == "非耕地"


def test_english_is_as_it_is_written():
    assert language.tidy("3 parcels (2 %) and 5") == "3 parcels (2 %) and 5"
    assert language.class_title("Maize to Grassland") == "Maize to Grassland"
    assert language.listed(["a", "b", "c"], " or ") == "a, b or c" and language.listed([]) == ""
    from crop_attention.engine.report import numbers

    assert numbers.counted(1, "step") == "1 step"
    assert numbers.counted(3, "class", "classes") == "3 classes"
    assert numbers.listed(["a", "b", "c"]) == "a, b and c"
