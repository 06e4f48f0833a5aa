"""Names in the analyst's field to classes with codes and colours."""

from __future__ import annotations

from typing import Iterable, Sequence

from ....models.card import CropClass
from ....models.language import tr
from ...class_names import comparable
from ...errors import SampleError
from ..options import CODES, NAMES
from .colours import distinct_colours

LAST_CODE = 254
"""The largest class code of a crop map."""


def classes_of(
    names: Iterable[str], known: Sequence[CropClass] | None, where: str, legend: str = NAMES
) -> dict[str, CropClass]:
    """Give each name its class.

    Args:
        names: values of a field, in any order.
        known: classes of a base checkpoint, whose code, name and colour are taken over where the name matches.
        where: the layer and field, for messages.
        legend: `NAMES`: every name is a separate class; `CODES`: they are codes of WorldCereal or HCAT, which stand
            for classes of `known`, and what has no class there is left out.

    Raises:
        SampleError: there are more names than codes, or no code has a class.
    """
    known = tuple(known or ())
    if legend == CODES:
        return _by_code(names, known, where)
    by_name = {comparable(entry.name): entry for entry in known}
    spelt: dict[str, str] = {}
    for name in sorted(names):
        spelt.setdefault(comparable(name), name)
    new = [key for key in sorted(spelt) if key not in by_name]
    taken = {entry.code for entry in known}
    free = [code for code in range(max(taken, default=0) + 1, LAST_CODE + 1)]
    free += [code for code in range(1, LAST_CODE + 1) if code not in taken and code not in free]
    if len(new) > len(free):
        raise SampleError(
            tr(
                "{where} holds {count_spelt:,} different values and a crop map has {last_code} codes: choose the "
                "field that names the crop."
            ).format(where=where, count_spelt=len(spelt), last_code=LAST_CODE)
        )
    colours = distinct_colours(len(new), [entry.colour for entry in known])
    for key, code, colour in zip(new, free, colours):
        by_name[key] = CropClass(code, spelt[key], colour)
    return {name: by_name[comparable(name)] for name in names}


def _by_code(names: Iterable[str], known: Sequence[CropClass], where: str) -> dict[str, CropClass]:
    from ...class_names import class_of

    find, by_code = class_of(known), {entry.code: entry for entry in known}
    found = {name: by_code[code] for name in names if (code := find(name))}
    if not found:
        raise SampleError(
            tr(
                "{where} contains no WorldCereal or HCAT code that corresponds to a class of the base checkpoint: "
                "choose the field of the code, or make every value a separate class."
            ).format(where=where)
        )
    return found
