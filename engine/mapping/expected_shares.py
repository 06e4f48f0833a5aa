"""Expected shares of the area as factors of the chances of a legend."""

from __future__ import annotations

from typing import Sequence

import numpy as np

from ...models.card import Card
from ...models.language import tr
from ...models.probabilities import shares_factors
from ..class_names import class_of
from ..errors import SharesError

LEAST = 1e-3
"""Least share of a class that is expected with none: what nobody declares may still stand in a field."""


def factors_of(card: Card, entries: Sequence[tuple[str, float]]) -> tuple[np.ndarray, str]:
    """Return the factors of the chances (K,) for expected shares, and what was expected, in words.

    Classes that the shares do not name keep what they had in the training among all; those that are named share out
    the rest.

    Raises:
        SharesError: the card does not tell the shares of the training, or fewer than two classes of the legend are
            named.
    """
    if not card.shares:
        raise SharesError(
            tr(
                "The checkpoint '{card}' does not state the shares of its training labels, to which "
                "expected shares are compared; leave the expected shares out or train it again."
            ).format(card=card.name)
        )
    place = {entry.code: number for number, entry in enumerate(card.classes)}
    find, given, unknown = class_of(card.classes), np.full(len(place), np.nan), []
    for name, share in entries:
        code = find(name)
        if not code:
            unknown.append(name)
            continue
        given[place[code]] = np.nan_to_num(given[place[code]]) + share
    named = np.isfinite(given)
    if not np.nansum(given) > 0:
        names = ", ".join(entry.name for entry in card.classes)
        raise SharesError(
            tr(
                "None of the expected shares ({unknown}) names a class of the checkpoint '{card}'; its classes "
                "are: {names}. Codes of WorldCereal and HCAT are understood too."
            ).format(unknown=", ".join(unknown[:5]), card=card.name, names=names)
        )
    if named.sum() < 2:
        raise SharesError(
            tr(
                "The expected shares name only one class of the checkpoint, and only the relation of shares "
                "counts; name at least two of: {classes}."
            ).format(classes=", ".join(entry.name for entry in card.classes))
        )
    trained = np.array([card.shares[entry.name] for entry in card.classes], float)
    trained /= trained.sum()
    expected = trained.copy()
    expected[named] = np.maximum(given[named] / given[named].sum(), LEAST)
    expected[named] *= trained[named].sum() / expected[named].sum()
    told = tr(", ").join(
        f"{tr(entry.name)} {100 * share:.1f} %" for entry, share, known in zip(card.classes, expected, named) if known
    )
    words = tr("Expected shares of the area: {told}.").format(told=told)
    if not named.all():
        kept = tr(", ").join(tr(entry.name) for entry, known in zip(card.classes, named) if not known)
        words += tr(" As in the training, because no number was given: {kept}.").format(kept=kept)
    if unknown:
        words += tr(" Not in the legend, left out: {unknown}.").format(
            unknown=tr(", ").join([*unknown[:10], *["..."] * (len(unknown) > 10)])
        )
    return shares_factors(trained, expected), words
