"""Sections that several reports share: the season, the checkpoint, warnings and provenance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Mapping, Sequence

from ...models.card import Card, CropClass
from ...models.language import N_, tr
from ..series.acquisition import DECIBEL, POWER, SENSOR_NAMES, UNIT_NAMES, Series
from .charts.season import Lane, season_chart
from .html import Markup, facts, figure, folded, join, notices, paragraph, section, tag
from .numbers import counted, listed, span
from .theme import OPTICAL, RADAR

if TYPE_CHECKING:
    from ..series.preprocessing.prepared import PreparedSeries
    from ..series.preprocessing.summary import SeasonSummary

ATTENTION_CAVEAT = tr(
    "Attention is the weight that the network gave before it decided: it says where the network "
    "looked, not what determined its decision."
)
CONTRIBUTION_MEANING = tr(
    "Contribution is not attention: it is computed backwards from the decision, as the part of each "
    "step in the score of the class that the network scores highest, and counts only what speaks for "
    "that class."
)
CHANNEL_MEANING = tr(
    "It weighs the single bands where they enter the network. The share of Sentinel-1 is something "
    "else: it weighs the two sensors against each other later, date by date, after each was read by "
    "itself, so the two need not agree."
)


def steps_of(prepared: PreparedSeries) -> list[tuple]:
    """Return the first and last day of each step."""
    return [prepared.placed.step_bounds(step) for step in range(prepared.placed.season.steps)]


def season_section(prepared: PreparedSeries, summary: SeasonSummary) -> Markup:
    """Return the calendar with every acquisition, its cloud, and what each step holds."""
    lanes = []
    if prepared.s2 is not None:
        lanes.append(Lane("Sentinel-2", OPTICAL, summary.s2_clear_shares, [step.s2_clear for step in summary.steps]))
    if prepared.s1 is not None:
        days = sorted({acquisition.date for acquisition in prepared.s1.acquisitions})
        inside = [(day, float("nan")) for day in days if prepared.placed.step_of(day) is not None]
        lanes.append(Lane("Sentinel-1", RADAR, inside, [step.s1_clear for step in summary.steps]))
    caption = tr(
        "Each line is one acquisition; for Sentinel-2 the filled part is the share of pixels free of "
        "cloud and shadow. The cells below are the steps of the season: the share of pixels that at "
        "least one acquisition saw."
    )
    placed = prepared.placed
    lead = tr("{steps} steps of {days} days from {season}. {chosen}").format(
        steps=placed.season.steps,
        days=placed.season.days,
        season=span(placed.start, steps_of(prepared)[-1][1]),
        chosen=placed.chosen,
    )
    return section(
        tr("Season and coverage"), figure(season_chart(lanes, steps_of(prepared)), caption), lead=lead.strip()
    )


def absent_sensors(prepared: PreparedSeries) -> list[str]:
    """Return the names of sensors that the checkpoint knows and the run has not."""
    card, wanted = prepared.card, []
    if card.s2_bands and prepared.s2 is None:
        wanted.append(SENSOR_NAMES["S2"])
    if card.s1_bands and prepared.s1 is None:
        wanted.append(SENSOR_NAMES["S1"])
    return wanted


def warnings_section(prepared: PreparedSeries, more: Sequence[str] = ()) -> Markup:
    """Return everything that lowers the quality of the series or the map, and what was left out."""
    present = [series for series in (prepared.s2, prepared.s1) if series is not None]
    skipped = [
        tr("{sensor_names} left out: {entry}").format(sensor_names=SENSOR_NAMES[series.sensor], entry=entry)
        for series in present
        for entry in series.skipped
    ]
    warnings = _unique([*all_warnings(prepared), *more, *skipped])
    if not warnings:
        return paragraph(tr("No warnings."), "lead")
    return section(tr("Warnings"), notices(warnings, "warning"))


def notes_section(prepared: PreparedSeries, more: Sequence[str] = ()) -> Markup:
    """Return how the files were read."""
    present = [series for series in (prepared.s2, prepared.s1) if series is not None]
    notes = _unique([note for group in (more, prepared.notes, *(series.notes for series in present)) for note in group])
    return section(tr("Notes"), notices(notes, "note")) if notes else Markup()


def all_warnings(prepared: PreparedSeries) -> list[str]:
    """Return what lowers the quality of the series, each sentence once."""
    groups = [prepared.warnings, *(series.warnings for series in (prepared.s2, prepared.s1) if series is not None)]
    return _unique([warning for group in groups for warning in group])


def input_facts(series: Series) -> dict[str, object]:
    """Return what was found of one sensor."""
    days = [acquisition.date for acquisition in series.acquisitions]
    files = series.files()
    tiles = sorted({part.tile for a in series.acquisitions for part in a.parts if part.tile})
    tracks = sorted({a.track for a in series.acquisitions if a.track})
    found: dict[str, object] = {
        tr("Acquisitions"): tr("{count} from {span}").format(
            count=counted(len(days), "acquisition"), span=span(min(days), max(days))
        )
        if days
        else tr("none"),
        tr("Files"): f"{len(files):,}",
        tr("Bands"): ", ".join(series.bands),
    }
    if tiles:
        found[tr("Tiles")] = ", ".join(tiles)
    if tracks:
        found[tr("Tracks")] = ", ".join(tracks)
    if series.sensor == "S1":
        stored = sorted({part.unit for a in series.acquisitions for part in a.parts if part.unit})
        plain = DECIBEL if series.decibel else POWER
        found[tr("Numbers")] = listed(
            [
                tr(UNIT_NAMES[each])
                if each == DECIBEL
                else tr("{each}, converted to decibels").format(each=tr(UNIT_NAMES[each]))
                for each in stored or [plain]
            ]
        )
        shifts = [f"{track} {band} {shift:+.1f} dB" for (track, band), shift in sorted(series.track_offsets.items())
                  if abs(shift) >= 0.05]  # fmt: skip
        if shifts:
            found[tr("Removed differences between tracks")] = ", ".join(shifts)
    else:
        parts = [part for a in series.acquisitions for part in a.parts]
        masks = {tr(mask.title or mask.kind) for part in parts for mask in part.masks}
        bare = [tr("none, thresholds instead")] if any(not part.cloud_masks for part in parts) else []
        found[tr("Cloud mask")] = listed(sorted(masks) + bare)
    return found


def card_section(card: Card) -> Markup:
    """Return what the checkpoint is, what it learned from, and where not to trust it."""
    legend = join((class_name(entry, f"{entry.code} {tr(entry.name)}") for entry in card.classes), " ")
    values = {
        tr("Checkpoint"): tr("{title} ({name}, version {version})").format(
            title=tr(card.title), name=card.name, version=card.version
        ),
        tr("Network"): card.architecture,
        tr("Trained on"): card.training,
        tr("Region"): tr(card.region.name) if card.region else "",
        tr("Years of harvest"): span(*card.years) if card.years else "",
        tr("Limits"): tr(card.limits),
        tr("Accuracy"): "; ".join(f"{name}: {score}" for name, score in card.accuracy.items()) or tr("not measured"),
        tr("Classes"): legend,
        tr("Bands"): listed([", ".join(bands) for bands in (card.s2_bands, card.s1_bands) if bands]),
        tr("Season"): card.season.in_words(),
        tr("Licence"): card.licence,
        tr("Made"): tr("{created}, seed {seed}: {command}").format(
            created=card.created, seed=card.seed, command=card.command
        )
        if card.command
        else card.created,
    }
    return section(tr("Checkpoint"), facts({name: value for name, value in values.items() if value}))


def provenance_section(provenance: Mapping[str, str]) -> Markup:
    """Return where the result comes from, folded."""
    return folded(tr("Provenance"), facts({tr(TAGS.get(name, name)): value for name, value in provenance.items()}))


def class_name(entry: CropClass, content: str | None = None) -> Markup:
    """Return a small square in the colour of a class and its name (or `content`), on one line."""
    square = tag("span", "", class_="swatch", style=f"background:{entry.colour}")
    return tag("span", join([square, content or tr(entry.name)]), class_="class")


TAGS = {
    "CROP_ATTENTION_VERSION": N_("Crop Attention version"), "CHECKPOINT": N_("Checkpoint"),
    "CHECKPOINT_SHA256": N_("Checkpoint SHA256"), "DEVICE": N_("Device"), "SEASON": N_("Season"),
    "OPTIONS": N_("Options"), "CREATED": N_("Created"), "MADE_FROM": N_("Made from"), "COMMAND": N_("Command"),
    "S1_FILES": N_("Sentinel-1 files"), "S2_FILES": N_("Sentinel-2 files"), "S1_DIGEST": N_("Sentinel-1 digest"),
    "S2_DIGEST": N_("Sentinel-2 digest"), "CROP_MAP": N_("Crop map"), "REFERENCE": N_("Reference"),
    "CROP_FIELD": N_("Crop field"), "STRATA": N_("Strata"), "CLASS_TABLE": N_("Class table"),
    "FIRST_MAP": N_("First map"), "SECOND_MAP": N_("Second map"), "DECLARATIONS": N_("Declarations"),
    "EXPECTED_SHARES": N_("Expected area shares"), "MAP_CHECKPOINT": N_("Checkpoint of the map"),
    "MAP_SEASON": N_("Season of the map"), "MAP_CREATED": N_("Map created"),
}  # fmt: skip
"""Tag of an output -> what a report calls it; others by their own name."""


def _unique(messages: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(messages))
