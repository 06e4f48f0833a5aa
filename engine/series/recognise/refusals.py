"""What is wrong with a sensor's files, one sentence a kind, each naming its culprits and the remedy."""

from __future__ import annotations

from datetime import date
from typing import Collection, Sequence

from ....models.language import tr
from ....models.naming import called
from ...options import SeriesOptions
from ..acquisition import S1, S2, SENSOR_NAMES
from ..messages import count, several, short_name
from .dates import WRITTEN_TAG
from .images import Broken, Findings

EXAMPLES = {S2: "S2_20180704_B04.tif", S1: "S1_ASC_20180704T173211_VV_VH.tif"}
"""File names that work."""


def skipped_text(entry: Broken) -> str:
    """Return "name.tif (cut short)"."""
    return f"{entry.label or short_name(entry.path)} ({entry.reason})"


def report_broken(broken: Sequence[Broken], options: SeriesOptions, findings: Findings) -> None:
    """Refuse broken files, or warn of them where they may be skipped."""
    if not broken:
        return
    names = several(map(skipped_text, broken))
    if options.skip_broken:
        findings.warnings.append(
            tr("{count} left out with the acquisitions they belong to: {names}.").format(
                count=count(len(broken), "broken file"), names=names
            )
        )
    else:
        findings.problems.append(
            tr("{count} cannot be read: {names}; replace them, or switch on {option}.").format(
                count=count(len(broken), "file"), names=names, option=called("skip_broken")
            )
        )


def report_files(sensor: str, options: SeriesOptions, findings: Findings, days: Collection[date]) -> None:
    """Turn what reading single files sorted out into problems, warnings and notes.

    Args:
        days: dates of the images that are left, beside which Level-1C is not needed.
    """
    name = SENSOR_NAMES[sensor]
    for day, products in findings.level1c.items():
        needless = day in days and not options.allow_level1c
        findings.sorted_out.setdefault("beside 2a" if needless else "level1c", []).extend(products)
    findings.warn("beside 2a", tr("Level-1C beside Level-2A of the same date was left out: {}."))
    findings.refuse("unplaced", tr("{name} files have no place on the map: {{}}.").format(name=name))
    findings.refuse("elsewhere", tr("{name} files lead to others and are not opened: {{}}.").format(name=name))
    findings.refuse(
        "dates",
        tr("{name} dates contradict each other or the calendar: {{}}; rename the files or correct them.").format(
            name=name
        ),
    )
    findings.refuse(
        "day first",
        tr(
            "{name} files are named with the day before the month: {{}}; write the year first, such as "
            "{examples}, or give a record ({records}) whose pattern says {{{{dmy}}}} or {{{{mdy}}}}."
        ).format(records=called("records"), name=name, examples=EXAMPLES[sensor]),
    )
    findings.refuse(
        "undated",
        tr(
            "No date can be found for {name} in {{}}: put it into the file name, such as {examples}, into "
            "the band descriptions, such as 20180704_B04, or into a tag ACQUISITION_DATE."
        ).format(name=name, examples=EXAMPLES[sensor]),
    )
    findings.refuse(
        "ambiguous",
        tr(
            "The {name} bands of {{}} cannot be inferred from their number; describe each band (B02, "
            "B03, ... or VV, VH)."
        ).format(name=name),
    )
    findings.refuse(
        "twice",
        tr("{name} files describe two of their bands alike: {{}}; give each band its own name.").format(name=name),
    )
    findings.refuse(
        "digital numbers",
        tr(
            "These Sentinel-1 files hold uncalibrated digital numbers: {}; calibrate them to sigma0 or "
            "gamma0 (dB or linear), or, if they are packed backscatter, give its unit and scale in a record "
            "({records})."
        ).format("{}", records=called("records")),
    )
    if options.allow_level1c:
        findings.warn(
            "level1c",
            tr("Level-1C (top of the atmosphere) is used where surface reflectance is expected: {}."),
        )
    else:
        findings.refuse(
            "level1c",
            tr(
                "These are Level-1C products (top of the atmosphere), but the checkpoint was trained on "
                "Level-2A: {}; take Level-2A, or switch on {option}."
            ).format("{}", option=called("allow_level1c")),
        )
    for kind in sorted(kind for kind in findings.sorted_out if kind.startswith("order:")):
        number = len(findings.sorted_out.pop(kind))
        findings.notes.append(
            tr(
                "The bands of {number} have no names and may follow each other in several orders, "
                "such as {partition}: only their values can decide."
            ).format(number=count(number, f"{name} file"), partition=kind.partition(":")[2])
        )
    for kind in sorted(kind for kind in findings.sorted_out if kind.startswith("other:")):
        findings.warn(
            kind,
            tr("Files of {other} are not {name} files and were ignored: {{}}.").format(
                other=kind.partition(":")[2], name=name
            ),
        )
    findings.warn("own", tr("Maps that this plugin wrote were ignored, as they are not a series: {}."))
    periods = findings.sorted_out.pop("periods", [])
    if periods:
        findings.notes.append(
            tr("{count} of a period: dated by its middle.").format(count=count(len(periods), f"{name} file"))
        )
    aside = findings.sorted_out.pop("aside", [])
    if aside:
        findings.notes.append(
            tr("{count} next to the data were ignored: {beside}.").format(
                count=count(len(set(aside)), "file"), beside=several(aside, 4)
            )
        )
    for kind in sorted(kind for kind in findings.sorted_out if kind.startswith("guess:")):
        number = len(findings.sorted_out[kind])
        bands = kind.partition(":")[2]
        findings.warn(
            kind,
            tr("The bands of {files} without band names were taken, by their number, as {bands}: {{}}.").format(
                files=count(number, "file"), bands=bands
            ),
        )
    for kind in sorted(kind for kind in findings.sorted_out if kind.startswith("dated by ")):
        names = findings.sorted_out.pop(kind)
        note = tr("{name} dates: {source} ({files}).").format(
            name=name, source=tr(kind[len("dated by ") :]), files=count(len(names), "file")
        )
        if WRITTEN_TAG in kind:
            findings.warnings.append(
                tr("{note} That may be the day of processing: {names}.").format(note=note, names=several(names))
            )
        else:
            findings.notes.append(note)


def report_scales(findings: Findings) -> None:
    """Refuse scenes whose bands agree on no scale, offset or unit; note those that were joined of two products."""
    mosaicked = findings.sorted_out.pop("mosaicked", [])
    if mosaicked:
        findings.notes.append(
            tr("Products of one tile and time that fill each other are joined: {mosaicked}.").format(
                mosaicked=several(mosaicked)
            )
        )
    findings.refuse(
        "scales",
        tr(
            "The bands of one scene are stored with scales that do not fit together: {}; give {scale} and {offset}."
        ).format("{}", scale=called("optical_scale"), offset=called("optical_offset")),
    )
    findings.refuse(
        "units", tr("The polarisations of one Sentinel-1 scene have different units: {}; convert them to one unit.")
    )


def report_unnamed(findings: Findings, complete: bool, days: Sequence[str]) -> None:
    """Warn of files and masks that nothing needs, or refuse them where the series is not complete.

    Args:
        days: dates that are whole, beside which pictures are not needed.
    """
    for kind in [kind for kind in findings.sorted_out if kind.startswith("picture ")]:
        beside = "pictures" if kind.partition(" ")[2] in days else "picture"
        findings.sorted_out.setdefault(beside, []).extend(findings.sorted_out.pop(kind))
    findings.warn("pictures", tr("8-bit pictures beside the bands were left out: {}."))
    findings.refuse(
        "picture",
        tr("These files hold 8-bit pictures, not reflectance: {}; take the original bands, or give an optical scale."),
    )
    if complete:
        findings.warn("uncalibrated", tr("Sentinel-1 amplitude, intensity and beta nought were left out: {}."))
        findings.warn("derived", tr("Sentinel-1 coherence, ratios and statistics were left out: {}."))
        findings.warn("unnamed", tr("Files without a band name were left out: {}."))
        findings.warn("lone mask", tr("Masks without an acquisition of their date were left out: {}."))
    else:
        findings.refuse(
            "uncalibrated",
            tr(
                "These Sentinel-1 files hold uncalibrated amplitude or intensity, or beta nought: {}; calibrate them "
                "to sigma nought or gamma nought."
            ),
        )
        findings.refuse(
            "derived",
            tr("Sentinel-1 coherence, ratios and statistics are not backscatter: {}; give the files of VV and VH."),
        )
        findings.refuse(
            "unnamed",
            tr(
                "Files without a band name: {}; put it into the file name, such as B04 or VV, or into the "
                "description of each band."
            ),
        )
