"""The language that people read: English in the sources, every other one from resources/locale, by gettext."""

from __future__ import annotations

import gettext
import os
import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "resources" / "locale"
DOMAIN = "crop_attention"
VARIABLE = "CROP_ATTENTION_LANGUAGE"
"""Of the environment: the language of a process and of the workers that it starts."""

ENGLISH, CHINESE = "en", "zh_CN"
TERMINAL_LANGUAGES = (ENGLISH, "zh", CHINESE)
"""Values of --language."""

_SIMPLIFIED = re.compile(r"zh(?:[_-]?hans|[_-]cn|[_-]sg|[_-]my)*(?:[.@].*)?", re.IGNORECASE)


def known(code: str | None) -> str:
    """Return the language of a locale such as "zh_CN.UTF-8", "zh-Hans" or "de_DE"; English where it is not known."""
    return CHINESE if _SIMPLIFIED.fullmatch((code or "").strip()) else ENGLISH


def language() -> str:
    """Return the code of the language that is in use."""
    return _in_use


def use(code: str | None) -> str:
    """Take a language for this process and the workers that it starts from now on; return its code."""
    global _in_use, _catalogue
    _in_use = known(code)
    _catalogue = gettext.translation(DOMAIN, str(FOLDER), [_in_use], fallback=True)
    os.environ[VARIABLE] = _in_use
    return _in_use


def of_environment() -> str:
    """Return the language that the environment asks for, as programs of a terminal read it."""
    given = (os.environ.get(name) for name in (VARIABLE, "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"))
    return known(next((code.split(":")[0] for code in given if code), ENGLISH))


def tr(text: str) -> str:
    """Return a sentence in the language in use; values come in later: tr("... {name} ...").format(name=...)."""
    return _catalogue.gettext(text) if text else text


def trn(one: str, many: str, count: float) -> str:
    """Return the form of a sentence that fits a number."""
    return _catalogue.ngettext(one, many, int(count))


def N_(text: str) -> str:  # noqa: N802
    """Mark a constant for translation where it is shown, and return it as it is."""
    return text


_in_use = known(os.environ.get(VARIABLE))
_catalogue: gettext.NullTranslations = gettext.translation(DOMAIN, str(FOLDER), [_in_use], fallback=True)
