"""How messages name an option: as the front end that the reader sits at shows it."""

from __future__ import annotations

import os

from .language import N_, tr

TERMINAL, DIALOG, KEYS = "terminal", "dialog", "keys"
"""A command line; a window of QGIS; qgis_process and Python programs, which name parameters by their keys."""

_VARIABLE = "CROP_ATTENTION_FRONT_END"
"""Of the environment, so that workers inherit it."""

TITLES = {
    "class_table": N_("Classes under two names"),
    "encoding": N_("Encoding of the layer's text"),
    "parcels_only": N_("Only blocks with parcels"),
}
"""Argument of the terminal -> title in dialogs; the dataclasses of options add theirs."""


def speak_to(front_end: str) -> None:
    """Name options as a front end shows them, in this process and the workers that it starts from now on."""
    os.environ[_VARIABLE] = front_end


def called(argument: str) -> str:
    """Return "--skip-broken", "'Skip files that cannot be read'" or "SKIP_BROKEN"; the first where nobody spoke.

    Args:
        argument: of the terminal, without its dashes.
    """
    front_end = os.environ.get(_VARIABLE, TERMINAL)
    if front_end == DIALOG:
        return tr("'{title}'").format(title=tr(TITLES[argument]))
    return argument.upper() if front_end == KEYS else f"--{argument.replace('_', '-')}"
