"""What is wrong with a sensor's files, one sentence a kind, each naming its culprits and the remedy."""

from __future__ import annotations

from typing import Sequence

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
            f"{count(len(broken), 'broken file')} left out with the acquisitions they belong to: {names}."
        )
    else:
        findings.problems.append(
            f'{count(len(broken), "file")} cannot be read: {names}; replace them, or switch on "Leave out '
            'files that cannot be read" (SKIP_BROKEN).'
        )


def report_files(sensor: str, options: SeriesOptions, findings: Findings) -> None:
    """Turn what reading single files sorted out into problems, warnings and notes."""
    name = SENSOR_NAMES[sensor]
    findings.refuse("unplaced", f"{name} files have no place on the map: {{}}.")
    findings.refuse(
        "dates", f"{name} dates contradict each other or the calendar: {{}}; rename the files or correct them."
    )
    findings.refuse(
        "day first",
        f"{name} files are named with the day before the month: {{}}; write the year first, such as "
        f"{EXAMPLES[sensor]}, or give a record (RECORDS) whose pattern says {{{{dmy}}}} or {{{{mdy}}}}.",
    )
    findings.refuse(
        "undated",
        f"No date can be found for {name} in {{}}: put it into the file name, such as {EXAMPLES[sensor]}, into the "
        "band descriptions, such as 20180704_B04, or into a tag ACQUISITION_DATE.",
    )
    findings.refuse(
        "ambiguous",
        f"The {name} bands of {{}} cannot be told from their number; describe each band (B02, B03, ... or VV, VH).",
    )
    findings.refuse("twice", f"{name} files describe two of their bands alike: {{}}; give each band its own name.")
    findings.refuse(
        "picture",
        "These files hold 8-bit pictures, not reflectance: {}; take the original bands, or give an optical scale.",
    )
    findings.refuse(
        "digital numbers",
        "These Sentinel-1 files hold uncalibrated digital numbers: {}; calibrate them to sigma0 or gamma0 (dB or "
        "linear).",
    )
    if options.allow_level1c:
        findings.warn("level1c", "Level-1C (top of the atmosphere) is used where surface reflectance is expected: {}.")
    else:
        findings.refuse(
            "level1c",
            "These are Level-1C products (top of the atmosphere), but the checkpoint was trained on Level-2A: {}; take "
            'Level-2A, or switch on "Accept Level-1C".',
        )
    for kind in sorted(kind for kind in findings.sorted_out if kind.startswith("order:")):
        number = len(findings.sorted_out.pop(kind))
        findings.notes.append(
            f"The bands of {count(number, f'{name} file')} have no names and may follow each other in several orders, "
            f"such as {kind.partition(':')[2]}: only their numbers can tell."
        )
    for kind in sorted(kind for kind in findings.sorted_out if kind.startswith("other:")):
        findings.warn(kind, f"Files of {kind.partition(':')[2]} are no {name} and were left aside: {{}}.")
    findings.warn("own", "Maps that this plugin wrote were left aside, they are no series: {}.")
    periods = findings.sorted_out.pop("periods", [])
    if periods:
        findings.notes.append(f"{count(len(periods), f'{name} file')} of a period: dated by its middle.")
    beside = findings.sorted_out.pop("aside", [])
    if beside:
        findings.notes.append(f"{count(len(set(beside)), 'file')} beside the data left aside: {several(beside, 4)}.")
    for kind in sorted(kind for kind in findings.sorted_out if kind.startswith("guess:")):
        number = len(findings.sorted_out[kind])
        bands = kind.partition(":")[2]
        findings.warn(
            kind,
            f"The bands of {count(number, 'file')} without band names were taken, by their number, as {bands}: {{}}.",
        )
    for kind in sorted(kind for kind in findings.sorted_out if kind.startswith("dated by ")):
        names = findings.sorted_out.pop(kind)
        note = f"{name} dates: {kind[len('dated by ') :]} ({count(len(names), 'file')})."
        if WRITTEN_TAG in kind:
            findings.warnings.append(f"{note} That may be the day of processing: {several(names)}.")
        else:
            findings.notes.append(note)


def report_scales(findings: Findings) -> None:
    """Refuse scenes whose bands agree on no scale, offset or unit; note those that were joined of two products."""
    mosaicked = findings.sorted_out.pop("mosaicked", [])
    if mosaicked:
        findings.notes.append(f"Products of one tile and time that fill each other are joined: {several(mosaicked)}.")
    findings.refuse(
        "scales",
        "The bands of one scene are stored with scales that do not fit together: {}; give the optical scale and offset "
        "(OPTICAL_SCALE, OPTICAL_OFFSET).",
    )
    findings.refuse(
        "units", "The polarisations of one Sentinel-1 scene have different units: {}; convert them to one unit."
    )


def report_unnamed(findings: Findings, complete: bool) -> None:
    """Warn of files and masks that nothing needs, or refuse them where the series is not complete."""
    if complete:
        findings.warn("unnamed", "Files of one band that name no band were left out: {}.")
        findings.warn("lone mask", "Masks without an image of their date were left out: {}.")
    else:
        findings.refuse("unnamed", "Files of one band name no band: {}; put it into the file name, such as B04 or VV.")
