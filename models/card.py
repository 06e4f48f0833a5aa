"""The card of a checkpoint: what it maps, from which bands, on which calendar, and how far to trust it."""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any, Mapping

from .language import day_and_month, tr
from .region import Region

FORMAT = 1
"""Version of the card; a checkpoint of another version is refused."""

LATER = ("shares", "gaussian", "in_season", "region", "years", "sensors")
"""Parts of a card that earlier versions do not know."""

REAL_FIELDS, NOT_MEASURED = "real fields", "not measured"
"""The score, and its value, by which a card says that no real field ever judged the checkpoint."""

CLOCK_YEAR = 2001
"""A common year, for the day-of-year of a step."""

LARGEST_SETTING = 4096
"""No width, depth or number of blocks of a network comes near it; a card that exceeds it would only fill the memory."""

SHOWN = 120
"""Letters of a broken card that a message repeats."""


class CheckpointError(Exception):
    """A checkpoint cannot be used; the text says why and what to do."""


@dataclass(frozen=True)
class CropClass:
    """One class of the legend: `code` is its number in the crop map (from 1), `colour` is "#rrggbb"."""

    code: int
    name: str
    colour: str
    crop: bool = True


@dataclass(frozen=True)
class Season:
    """A calendar of `steps` steps of `days` days that begins on one day of the year."""

    start_month: int
    start_day: int
    steps: int
    days: int

    def in_words(self) -> str:
        """Return "24 steps of 15 days from 1 Oct"."""
        return tr("{steps} steps of {days} days from {begins}").format(
            steps=self.steps, days=self.days, begins=day_and_month(self.start_day, self.start_month)
        )

    def day_of_year(self) -> tuple[float, ...]:
        """Return the day of the year (1..365) at the middle of each step."""
        start = date(CLOCK_YEAR, self.start_month, self.start_day)
        middles = (start + timedelta(days=step * self.days + self.days // 2) for step in range(self.steps))
        return tuple(float(middle.timetuple().tm_yday) for middle in middles)


@dataclass(frozen=True)
class Card:
    """Everything an analyst or a program must know about a checkpoint before it runs.

    Attributes:
        name, title, version: file name, name for people, version of the weights.
        architecture, config: entry of the registry and its arguments.
        classes: the legend, in the order of the logits.
        s2_bands, s1_bands: inputs in order; either may be empty.
        normalisation: band -> (mean, standard deviation), in reflectance or dB.
        substitutes: missing band -> the band that may stand in for it.
        temperature: the logits are divided by it before the softmax.
        training, licence, limits: what it was trained on, its licence, where not to trust it.
        accuracy: name of a measured score -> its value, as text.
        command, seed, created: how to make it again.
        shares: name of a class -> its share of the training labels; empty where it is not known.
        gaussian: how a Gaussian stands beside the network (`share` of the mean, `temperature`, `until` a step,
            `below` a chance, `lone_share` for pixels that one sensor alone saw); empty where there is none.
        in_season: steps of the season seen, as text -> name of a class -> F1 measured then on ground never seen.
        region: of the data that it was made from; None where it is not known.
        years: first and last year of harvest in those data; empty where they are not known.
        sensors: "S2" and "S1", those that the training data held; empty where it is not known.
    """

    name: str
    title: str
    version: str
    architecture: str
    config: Mapping[str, Any]
    classes: tuple[CropClass, ...]
    s2_bands: tuple[str, ...]
    s1_bands: tuple[str, ...]
    season: Season
    normalisation: Mapping[str, tuple[float, float]]
    substitutes: Mapping[str, str] = field(default_factory=dict)
    temperature: float = 1.0
    training: str = ""
    licence: str = ""
    limits: str = ""
    accuracy: Mapping[str, str] = field(default_factory=dict)
    command: str = ""
    seed: int = 0
    created: str = ""
    shares: Mapping[str, float] = field(default_factory=dict)
    gaussian: Mapping[str, float] = field(default_factory=dict)
    in_season: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    region: Region | None = None
    years: tuple[int, ...] = ()
    sensors: tuple[str, ...] = ()
    format: int = FORMAT

    def takes(self, sensor: str) -> bool:
        """Return whether the checkpoint was made for "S2" or "S1": it has its bands, and saw it in training."""
        bands = self.s2_bands if sensor == "S2" else self.s1_bands
        return bool(bands) and (not self.sensors or sensor in self.sensors)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; what later versions added stands there only where it says something."""
        values = asdict(self)
        return {name: value for name, value in values.items() if value or name not in LATER}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Card:
        """Build a card from JSON values.

        Raises:
            CheckpointError: a value is missing, unknown or out of range.
        """
        try:
            found = values.get("format")
            if found != FORMAT:
                shown = repr(found)[:SHOWN]
                raise CheckpointError(
                    tr("The checkpoint card has version {shown}; this plugin reads version {format}.").format(
                        shown=shown, format=FORMAT
                    )
                )
            plain = dict(values)
            plain["classes"] = tuple(CropClass(**entry) for entry in plain["classes"])
            plain["season"] = Season(**plain["season"])
            plain["s2_bands"] = tuple(plain["s2_bands"])
            plain["s1_bands"] = tuple(plain["s1_bands"])
            plain["normalisation"] = {band: (float(m), float(s)) for band, (m, s) in plain["normalisation"].items()}
            if plain.get("region") is not None:
                boxes = tuple(tuple(map(float, box)) for box in plain["region"]["boxes"])
                plain["region"] = Region(**{**plain["region"], "boxes": boxes})
            plain["years"] = tuple(plain.get("years", ()))
            plain["sensors"] = tuple(plain.get("sensors", ()))
            card = cls(**plain)
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            shown = ascii(str(error)[:SHOWN])
            raise CheckpointError(
                tr("The checkpoint card is not readable ({shown}); ask for the file again.").format(shown=shown)
            ) from error
        card.check()
        return card

    def untested(self) -> bool:
        """Return whether the card says that no real field ever judged the checkpoint."""
        return self.accuracy.get(REAL_FIELDS) == NOT_MEASURED

    def check(self) -> None:
        """Raise CheckpointError when the card contradicts itself, or holds what no card can hold."""
        wrong = _wrong_kinds(self)
        if wrong:
            raise CheckpointError(
                tr("The checkpoint card is not valid: {wrong} cannot be read as meant.").format(wrong=", ".join(wrong))
            )
        codes = [entry.code for entry in self.classes]
        problems = []
        if not codes or len(set(codes)) != len(codes) or not all(1 <= code <= 254 for code in codes):
            problems.append(tr("class codes must be different numbers from 1 to 254"))
        if any(not re.fullmatch(r"#[0-9a-fA-F]{6}", entry.colour) for entry in self.classes):
            problems.append(tr("class colours must look like #rrggbb"))
        bands = (*self.s2_bands, *self.s1_bands)
        if not bands or len(set(bands)) != len(bands):
            problems.append(tr("the input bands must be named, each once"))
        missing = [band for band in bands if band not in self.normalisation]
        if missing:
            problems.append(tr("normalisation is missing for {missing}").format(missing=", ".join(missing)))
        if any(std <= 0 for _, std in self.normalisation.values()):
            problems.append(tr("standard deviations must be positive"))
        if not (0 < self.season.steps <= 400 and 0 < self.season.days <= 366):
            problems.append(tr("the season needs a positive number of steps and days"))
        if not _is_day(self.season.start_month, self.season.start_day):
            problems.append(tr("the season needs a day of the year to start on"))
        if self.temperature <= 0:
            problems.append(tr("the temperature must be positive"))
        beside = self.gaussian
        numbers = [beside.get(key, 1) for key in ("share", "below", "lone_share")]
        if beside and not (
            all(0 < each <= 1 for each in numbers) and "share" in beside and beside.get("temperature", 0) > 0
        ):
            problems.append(tr("a Gaussian beside the network needs a share up to 1 and a positive temperature"))
        if self.shares and (
            set(self.shares) != {entry.name for entry in self.classes} or min(self.shares.values()) <= 0
        ):
            problems.append(tr("the shares must name every class, each above zero"))
        if any(abs(value) > LARGEST_SETTING for value in self.config.values() if isinstance(value, (int, float))):
            problems.append(
                tr("settings of the network must not exceed {largest_setting}").format(largest_setting=LARGEST_SETTING)
            )
        if problems:
            raise CheckpointError(
                tr("The checkpoint card is not valid: {problems}.").format(problems="; ".join(problems))
            )


def _wrong_kinds(card: Card) -> list[str]:
    """Return what is not of its kind: texts that can be shown, whole numbers, finite numbers, tables of texts."""
    texts = ("name", "title", "version", "architecture", "training", "licence", "limits", "command", "created")
    entries = [entry for item in card.classes for entry in (item.name, item.colour)]
    season = card.season
    kinds = {
        **{name: _is_text(getattr(card, name)) for name in texts},
        "classes": all(map(_is_text, entries)) and all(_is_whole(item.code) for item in card.classes),
        "bands": all(map(_is_text, (*card.s2_bands, *card.s1_bands))),
        "season": all(map(_is_whole, (season.start_month, season.start_day, season.steps, season.days))),
        "normalisation": all(map(math.isfinite, (number for pair in card.normalisation.values() for number in pair))),
        "temperature": _is_number(card.temperature),
        "seed": _is_whole(card.seed),
        "substitutes": _is_table(card.substitutes),
        "accuracy": _is_table(card.accuracy),
        "shares": _is_numbers(card.shares),
        "gaussian": _is_numbers(card.gaussian),
        "in_season": isinstance(card.in_season, Mapping)
        and all(_is_text(step) and step.isdigit() and _is_numbers(found) for step, found in card.in_season.items()),
        "region": card.region is None
        or _is_text(card.region.name)
        and all(len(box) == 4 for box in card.region.boxes)
        and card.region.valid(),
        "sensors": set(card.sensors) <= {"S1", "S2"},
        "years": all(map(_is_whole, card.years))
        and len(card.years) in (0, 2)
        and card.years == tuple(sorted(card.years)),
        "config": isinstance(card.config, Mapping) and all(_is_setting(value) for value in card.config.values()),
    }
    return [name for name, fine in kinds.items() if not fine]


def _is_text(value: object) -> bool:
    """Return whether a value is text on one or several lines, without control characters or halves of letters."""
    return isinstance(value, str) and not re.search("[\x00-\x08\x0b-\x1f\ud800-\udfff]", value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < math.inf


def _is_setting(value: object) -> bool:
    return value is None or isinstance(value, bool) or _is_text(value) or _is_number(value)


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping) and all(_is_text(key) and _is_text(entry) for key, entry in value.items())


def _is_numbers(value: object) -> bool:
    return isinstance(value, Mapping) and all(_is_text(key) and _is_number(entry) for key, entry in value.items())


def _is_day(month: int, day: int) -> bool:
    try:
        date(CLOCK_YEAR, month, day)
    except (ValueError, OverflowError):
        return False
    return True
