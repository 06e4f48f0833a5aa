"""One word for one thing, in English and in Chinese: the terms of the field are the same in all sentences."""

from __future__ import annotations

import re

import pytest

from crop_attention.models.language import FOLDER

read_po = pytest.importorskip("babel.messages.pofile").read_po

TERMS = {
    "acquisition": ("影像", "获取"),
    "attention": ("注意力",),
    "backscatter": ("后向散射",),
    "bands?": ("波段",),
    "checkpoint": ("检查点",),
    "class(es)?": ("类",),
    "confidence": ("置信度",),
    "crop": ("作物",),
    "epoch": ("轮",),
    "lights?": ("判定颜色",),
    "masks?": ("掩膜",),
    "learner": ("学习器",),
    "observation": ("观测",),
    "parcel": ("地块", "多边形", "判红"),
    "pixel": ("像元",),
    "polarisations?": ("极化",),
    "rasters?": ("栅格",),
    "records?": ("说明",),
    "reference": ("参考",),
    "reflectance": ("反射率",),
    "season": ("季",),
    "second crop": ("第二作物", "两种作物"),
    "series": ("序列",),
    "steps?": ("步",),
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


FOREIGN = {
    "categor(y|ies)": "class",
    "cells?": "pixel; of a table, cell",
    "certainty": "confidence",
    "channels?": "band; of attention, channel",
    "chances?": "probability; but by chance",
    "colou?rmap": "legend",
    "datasets?": "series",
    "districts?": "county",
    "ground truth": "reference",
    "imag(es?|ery)": "acquisition",
    "likelihood": "probability",
    "models?": "network, checkpoint or learner; of Processing, model",
    "no-?data|nodata": "no data",
    "plots?": "parcel",
    "provinces?": "county",
    "satellites?": "sensor",
    "time ?(slices?|stamps?)": "step",
    "weights? files?": "checkpoint",
    "gray|color|colors|labeled|labeling|meters?|analyze|normalize|neighbors?": "British spelling",
}
"""What is not said -> what is said in its place."""

ALLOWED = {
    "cells?": ("The cells below", "cells count", "The darker a cell"),
    "channels?": ("Channel attention", "channel attention", "channel"),
    "chances?": ("by chance", "within chance", "than chance", "chance of drawing"),
    "models?": (
        "models take",
        "eady-made model",
        "stops the model",
        "The model {}",
        "model,workflow",
        "batch, model or script",
        "of a model",
    ),
}
"""Word -> where it is meant."""


@pytest.mark.parametrize("word", FOREIGN)
def test_no_second_english_word_is_said_for_the_same_thing(word):
    with open(FOLDER / "zh_CN" / "LC_MESSAGES" / "crop_attention.po", "rb") as file:
        said = [each.id for each in read_po(file, locale="zh_CN") if each.id]
    assert len(said) > 2000
    found = []
    for text in said:
        plain = UNSAID.sub("", text)
        for meant in ALLOWED.get(word, ()):
            plain = plain.replace(UNSAID.sub("", meant), "")
        if re.search(rf"(?<![\w/.-])({word})(?![\w/-])", plain, re.IGNORECASE):
            found.append(text)
    assert found == [], FOREIGN[word]
