"""What can be asked of a simulated county."""

from __future__ import annotations

from dataclasses import dataclass

from ...models.language import tr
from ..errors import CropAttentionError
from ..option import option, options_of
from .region import SCENARIOS


@dataclass(frozen=True)
class CountyOptions:
    """A county that never was; the same options give the same county, to the last byte.

    Attributes:
        scenario: key of `region.SCENARIOS`; the legend is `region.legend_of(scenario)`.
        s2_dates, s1_dates: acquisitions from 10 September before to 15 October of the harvest year.
        tracks: Sentinel-1 orbits, ascending and descending in turn.
        looks: equivalent number of looks of one Sentinel-1 pixel.
        radar_cell: pixels of 10 m that one Sentinel-1 pixel spans, 1 or 2.
        balance: 0 keeps the scenario's crop shares, 1 makes all classes equally frequent.
        shift_days: days by which the growing season is late; None draws it.
        mislabelled: share of parcels declared as another crop.
        mixed: share of parcels that hold a second crop.
        winters: how far the winters of temperate Europe range, from 0, mild and oceanic alone, to 1, up to hard and
            continental ones with a late spring.
    """

    seed: int = option(1, "Seed", "Another seed gives another county.", limits=(0, 2**31 - 1))
    size: int = option(
        512,
        "Size",
        "Pixels of 10 m per side: 512 is 26 square kilometres.",
        unit="pixels",
        limits=(16, 4096),
    )
    cloudiness: float = option(
        0.5, "Cloudiness", "Mean share of a Sentinel-2 date under cloud, 0 to 1.", limits=(0.0, 1.0)
    )
    parcel_size: float = option(2.5, "Parcel size", "Mean area of a parcel.", unit="hectares", limits=(0.2, 100.0))
    scenario: str = option(
        "temperate_europe",
        "Scenario",
        "Which crops are grown and how often, and in which climate. 'shandong' has its own legend, fields and two "
        "harvests; set parcels to about 0.35 hectares and cloudiness to 0.33 for it.",
        choices={
            "temperate_europe": "Temperate Europe",
            "north_sea": "North Sea",
            "paris_basin": "Paris basin",
            "south_west": "South-west France",
            "central_europe": "Central Europe",
            "shandong": "Shandong",
        },
    )
    season_year: int = option(
        2023,
        "Year of harvest",
        "Acquisitions run from September of the year before to October.",
        limits=(2015, 2100),
    )
    s2_dates: int = option(50, "Sentinel-2 dates", "Number of Sentinel-2 acquisitions.", limits=(1, 400))
    s1_dates: int = option(50, "Sentinel-1 dates", "Number of Sentinel-1 acquisitions.", limits=(1, 400))
    tracks: int = 2
    looks: float = 4.4
    radar_cell: int = 1
    balance: float = 0.0
    shift_days: float | None = None
    mislabelled: float = 0.04
    mixed: float = 0.04
    winters: float = 1.0

    def check(self) -> None:
        """Raise CropAttentionError when a value is out of its range, naming all that are."""
        shown = [(name, each, *each.limits) for name, each in options_of(CountyOptions).items() if each.limits]
        rules = [
            (each.title, lowest <= getattr(self, name) <= highest, _range(lowest, highest, each.unit))
            for name, each, lowest, highest in shown
        ]
        rules += [
            ("Tracks", 1 <= self.tracks <= 6, "1 to 6"),
            ("Sentinel-1 pixel", self.radar_cell in (1, 2), tr("1 or 2 pixels of 10 m")),
            (tr("Number of looks"), 1.0 <= self.looks <= 100.0, "1 to 100"),
            ("Balance", 0.0 <= self.balance <= 1.0, "0 to 1"),
            (tr("Share of mislabelled parcels"), 0.0 <= self.mislabelled <= 1.0, "0 to 1"),
            (tr("Share of mixed parcels"), 0.0 <= self.mixed <= 1.0, "0 to 1"),
            (tr("Range of winters"), 0.0 <= self.winters <= 1.0, "0 to 1"),
        ]
        wrong = [
            tr("{name} must be {allowed}").format(name=name, allowed=allowed)
            for name, fine, allowed in rules
            if not fine
        ]
        if self.scenario not in SCENARIOS:
            wrong.append(tr("Scenario must be one of {scenarios}").format(scenarios=", ".join(SCENARIOS)))
        if wrong:
            raise CropAttentionError(tr("The county cannot be simulated: {wrong}.").format(wrong="; ".join(wrong)))


def _range(lowest: float, highest: float, unit: str) -> str:
    return f"{lowest:.10g} to {highest:.10g} {unit}".strip()
