"""One Chinese word for one thing: the terms of the field are the same in all sentences."""

from __future__ import annotations

import re

import pytest

from crop_attention.models.language import FOLDER

read_po = pytest.importorskip("babel.messages.pofile").read_po

TERMS = {
    "acquisition": ("影像", "获取"),
    "attention": ("注意力",),
    "backscatter": ("后向散射",),
    "checkpoint": ("检查点",),
    "class(es)?": ("类",),
    "confidence": ("置信度",),
    "crop": ("作物",),
    "epoch": ("轮",),
    "learner": ("学习器",),
    "observation": ("观测",),
    "parcel": ("地块", "多边形", "判红"),
    "pixel": ("像元",),
    "series": ("序列",),
}
"""Term -> how it may be called in Chinese."""

UNSAID = re.compile(r"\{[^}]*\}|'[^']*'|--[\w-]+|\b\w+:|Crop Attention|Self-Attention|Attention-3DCNN")
"""Values, quoted names, options, keys, and names of programs and networks."""


@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_called_the_same_everywhere(term):
    with open(FOLDER / "zh_CN" / "LC_MESSAGES" / "crop_attention.po", "rb") as file:
        said = [(each.id, each.string) for each in read_po(file, locale="zh_CN") if each.id and each.string]
    met = [(text, words) for text, words in said if re.search(rf"\b{term}s?\b", UNSAID.sub("", text), re.IGNORECASE)]
    assert len(met) >= 5
    assert [text for text, words in met if not any(word in words for word in TERMS[term])] == []
