"""Parcels in two maps: what each shows, how clearly, and what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...models.language import N_, tr
from .. import qml
from ..feedback import Feedback, Part
from ..options import ParcelOptions
from ..parcels.class_map import ClassMap
from ..parcels.fields import BOOLEAN, INTEGER, REAL, TEXT, ParcelField, names_in
from ..parcels.label import ParcelLabels, label_parcels
from ..parcels.parcel_file import ParcelFile
from ..parcels.style import OUTLINE_WIDTH, column_of, described, tip_line
from ..writing.outputs import PendingOutputs
from .rotation import Rotation

COMPARED_FIELDS = (
    ParcelField("crop", TEXT, N_("Class by the second map")),
    ParcelField("crop_prev", TEXT, N_("Class by the first map")),
    ParcelField("changed", BOOLEAN, N_("The classes differ; empty where a map shows none")),
    ParcelField("share", REAL, N_("Share of the pixels with that class in the second map (%)")),
    ParcelField("share_prev", REAL, N_("Share of the pixels with that class in the first map (%)")),
    ParcelField("margin", REAL, N_("That share less the next class's, second map (percentage points)")),
    ParcelField("marg_prev", REAL, N_("That share less the next class's, first map (percentage points)")),
    ParcelField("pixels", INTEGER, N_("Pixels that were counted in the second map")),
)
"""Names and order are public; ten letters at most, so that shapefiles hold them."""

_COLOURS = {"1": "#b2182b", "0": "#9aa5a0"}


@dataclass(frozen=True)
class ComparedParcels:
    """N parcels in two maps.

    Attributes:
        labels: by the first and by the second map.
        names: class code -> name, of each map.
        same: pairs of names, first and second map, that are one class.
    """

    labels: tuple[ParcelLabels, ParcelLabels]
    names: tuple[dict[int, str], dict[int, str]]
    same: frozenset[tuple[str, str]]

    @cached_property
    def pairs(self) -> list[tuple[str | None, str | None]]:
        """The class of each parcel in both maps, None where a map shows none."""
        both = zip(*(labels.code.tolist() for labels in self.labels))
        return [(self.names[0].get(one), self.names[1].get(other)) for one, other in both]

    def counts(self) -> dict[tuple[str, str], int]:
        """Return from class to class how many parcels both maps show."""
        return dict(Counter((one, other) for one, other in self.pairs if one and other))

    def changed(self) -> list[bool | None]:
        """Return of each parcel whether its class differs, None where a map shows none."""
        return [(pair not in self.same) if all(pair) else None for pair in self.pairs]

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Yield the values of `COMPARED_FIELDS` parcel by parcel."""
        first, second = (
            zip((100 * labels.share).tolist(), (100 * labels.runner_up_share).tolist()) for labels in self.labels
        )
        pixels = self.labels[1].pixels.tolist()
        for pair, changed, one, other, count in zip(self.pairs, self.changed(), first, second, pixels):
            columns = []
            for name, (share, next_share) in zip(pair, (one, other)):
                columns.append((round(share, 2), round(share - next_share, 2)) if name else (None, None))
            (share_before, margin_before), (share, margin) = columns
            yield pair[1], pair[0], changed, share, share_before, margin, margin_before, count


def compare_parcels(
    parcels: ParcelFile,
    outputs: PendingOutputs,
    place: str,
    maps: tuple[ClassMap, ClassMap],
    found: Rotation,
    tags: Mapping[str, str],
    feedback: Feedback,
) -> ComparedParcels:
    """Return parcels by the majority of their pixels in two maps.

    Args:
        outputs, place: of the run, and where the parcels are written among them, "" for nowhere.
        found: the classes of both maps, and which of them are the same.
        tags: where the parcels come from.

    Raises:
        ParcelError, OutputError: they cannot be read, or written; or a map shows none of them.
    """
    parcels.load(maps[0].crs.ExportToWkt(), Part(feedback, 0.0, 0.2))
    if place:
        parcels.reserve(outputs, place, COMPARED_FIELDS)
    one, other = (
        label_parcels(each, parcels.shapes, None, ParcelOptions(), part)
        for each, part in zip(maps, (Part(feedback, 0.2, 0.5), Part(feedback, 0.5, 0.8)))
    )
    for each, labels in zip(maps, (one, other)):
        labels.refuse_none(parcels.name, each.name)
    before, after = (
        {int(of.values[entry.code]): entry.name for entry in classes}
        for of, classes in zip(maps, (found.before, found.after))
    )
    same = frozenset((found.before[i].name, found.after[j].name) for i, j in np.argwhere(found.same).tolist())
    compared = ComparedParcels((one, other), (before, after), same)
    if place:
        parcels.write_values(compared.rows(), tags, Part(feedback, 0.8, 1.0), compared_style(parcels.held))
    return compared


def compared_style(held: Sequence[str]) -> str:
    """Return the style of a layer of compared parcels, as QML; `held` names all its fields."""
    names = names_in(held, COMPARED_FIELDS)
    column = {field.name: column_of(names.get(field.name, field.name)) for field in COMPARED_FIELDS}
    titles = {"1": tr("Another class"), "0": tr("The same class")}
    entries = [(value, titles[value], qml.fill(_COLOURS[value], "#ffffff", OUTLINE_WIDTH)) for value in titles]
    lines = [
        tip_line(tr("First map: {crop}, {share} %"), crop=column["crop_prev"], share=f"round({column['share_prev']})"),
        tip_line(tr("Second map: {crop}, {share} %"), crop=column["crop"], share=f"round({column['share']})"),
    ]
    return described(
        qml.categorised(f"to_int({column['changed']})", entries),
        {names[field.name]: field for field in COMPARED_FIELDS if field.name in names},
        [name for name in held if name not in names.values()],
        tr("Two maps"),
        f"coalesce({column['crop']}, {column['crop_prev']})",
        "<br>".join(lines),
        {"changed": ("CheckBox", qml.options({}))},
        order=f"if({column['changed']}, 0, 1)",
    )
