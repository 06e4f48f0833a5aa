"""Every sentence is translated, every translation is used, and what is read is what is written."""

from __future__ import annotations

import string

import pytest

pytest.importorskip("babel")

from crop_attention.models.language import tr, use  # noqa: E402
from crop_attention.tools import translations  # noqa: E402

LANGUAGES = translations.LANGUAGES
ENGLISH_ALONE = ("form", "plural")
"""Starts of placeholders that hold an English ending; other languages may leave them out."""


def placeholders(text):
    return [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]


def sentences(language):
    return {message.id: message.string for message in translations.read(language) if message.id}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_the_sources_is_translated_and_no_other(language):
    written, wanted = sentences(language), {message.id for message in translations.template() if message.id}
    assert sorted(map(str, wanted - set(written))) == []
    assert sorted(map(str, set(written) - wanted)) == []
    assert [text for text, translated in written.items() if not translated] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_places_of_values(language):
    wrong = []
    for text, translated in sentences(language).items():
        given, kept = placeholders(text), placeholders(translated)
        if all(name == "" or name.isdigit() for name in given):
            wrong += [text] if len(given) != len(kept) else []
        else:
            left = [name for name in given if name not in kept and not name.startswith(ENGLISH_ALONE)]
            wrong += [text] if left or set(kept) - set(given) else []
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_program_reads_what_translators_write(language, monkeypatch):
    monkeypatch.setenv("CROP_ATTENTION_LANGUAGE", "en")
    try:
        use(language)
        written = {text: translated for text, translated in sentences(language).items() if translated}
        assert {text: tr(text) for text in written} == written
    finally:
        use("en")
