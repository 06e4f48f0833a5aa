"""The STAC collection of a run over counties: one link a county that has an item."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...models.card import Card
from ..mapping.stac_item import COLLECTION_ID, COLLECTION_NAME, VERSION
from ..products import STAC_ITEM
from ..writing.outputs import PendingOutputs
from .outcome import CountyOutcome

NAME = COLLECTION_NAME
_ALIKE = ("type", "title", "description", "roles")
"""What an asset has in common in all items."""


def write_collection(pending: PendingOutputs, folder: Path, outcomes: Sequence[CountyOutcome], card: Card) -> None:
    """Write the collection of all items that stand in the folders of counties; without any, an older one goes.

    Raises:
        OutputError: the disk refuses it.
    """
    found = [(one, item) for one in outcomes if (item := _item(folder, one))]
    if not found:
        if (folder / NAME).is_file():
            pending.retire(folder / NAME)
        return
    boxes = [item["bbox"] for _, item in found if "bbox" in item]
    starts, ends = ({item["properties"][key] for _, item in found} for key in ("start_datetime", "end_datetime"))
    content = {
        "type": "Collection",
        "stac_version": VERSION,
        "id": COLLECTION_ID,
        "title": f"Crop maps of {len(found)} counties",
        "description": f"Crop maps of counties, classified by the checkpoint {card.name}; an item a county.",
        "license": "other",
        "extent": {
            "spatial": {"bbox": [_around(boxes), *boxes] if len(boxes) > 1 else boxes or [[-180, -90, 180, 90]]},
            "temporal": {"interval": [[min(starts), max(ends)]]},
        },
        "item_assets": {
            key: {part: text for part, text in asset.items() if part in _ALIKE}
            for _, item in found
            for key, asset in item["assets"].items()
        },
        "links": [
            {"rel": "root", "href": f"./{NAME}", "type": "application/json"},
            *(
                {
                    "rel": "item",
                    "href": f"./{one.outputs[STAC_ITEM.name]}",
                    "type": "application/geo+json",
                    "title": one.name,
                }
                for one, _ in found
            ),
        ],
    }
    place = pending.add(folder / NAME)
    with place.writing():
        Path(place.path).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _item(folder: Path, outcome: CountyOutcome) -> dict[str, Any] | None:
    """Return the item of a county, None where it has none that can be read."""
    if STAC_ITEM.name not in outcome.outputs:
        return None
    try:
        item = json.loads((folder / outcome.outputs[STAC_ITEM.name]).read_text(encoding="utf-8"))
        known = item["properties"]["start_datetime"], item["properties"]["end_datetime"]
        box, assets = item.get("bbox", (0.0,) * 4), item["assets"].values()
        usable = all(isinstance(text, str) for text in known) and len(box) == 4 and all(map(math.isfinite, box))
        usable &= all(isinstance(asset, dict) for asset in assets)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return item if usable else None


def _around(boxes: Sequence[Sequence[float]]) -> list[float]:
    """Return west, south, east, north of all; the whole circle where one lies over the antimeridian."""
    wests, souths, easts, norths = zip(*boxes)
    whole = any(west > east for west, east in zip(wests, easts))
    return [-180.0 if whole else min(wests), min(souths), 180.0 if whole else max(easts), max(norths)]
