"""What the campaign takes for the right refusal is what the program says: sentences are reworded, lists forgotten."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crop_attention.benchmarks.reliability import inputs


@pytest.mark.parametrize("text", [*inputs.GUARDED, *inputs.OWN, *inputs.LEADING])
def test_each_phrase_of_a_refusal_is_part_of_a_sentence(root: Path, text: str) -> None:
    catalogue = (root / "resources/locale/zh_CN/LC_MESSAGES/crop_attention.po").read_text("utf-8")
    sentences = re.sub(r'"\n"', "", catalogue)
    assert text in sentences
