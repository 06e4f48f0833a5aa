"""Which band a description, a file name or a number of bands means."""

from __future__ import annotations

import re
from typing import Collection, Sequence

from .masking import (
    CIRRUS,
    CLOUD_BYTE,
    CLOUD_MASK,
    CLOUD_PERCENT,
    CLOUD_SCORE,
    CLOUDLESS,
    DATA_MASK,
    FMASK,
    OA_FMASK,
    OPAQUE,
    QA60,
    SCL,
)

TEN_BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
LEVEL_2A = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B11", "B12")
LEVEL_1C = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
BANDS_10M = ("B02", "B03", "B04", "B08")
BANDS_20M = ("B05", "B06", "B07", "B8A", "B11", "B12")
SCL_PIXEL = (15.0, 25.0)
"""Metres: a seventh band of 20 m pixels is the scene classification."""

_FLAGS = re.IGNORECASE
_NUMBERED = re.compile(r"(?<![A-Z0-9])(BAND[-_ .]?|B)(0?[1-9]|1[0-2]|0?8A)(?![A-Z0-9])", _FLAGS)
_LONG = tuple(
    (re.compile(words, _FLAGS), short)
    for words, short in (("NEAR_?INFRA_?RED|NEAR_?IR", "NIR"), ("SHORT_?WAVE_?INFRA_?RED|SHORT_?WAVE_?IR", "SWIR"))
)
_GENERIC = re.compile(r"\s*BAND[-_ ]*(\d+)\s*", _FLAGS)
_POLARISATION = re.compile(r"(?<![A-Z])(VV|VH|HH|HV)(?![A-Z])", _FLAGS)
_DERIVED = re.compile(
    r"(?<![A-Z])(?:RATIO|DIFF)|"
    r"(?<![A-Z0-9])(?:COHE?|COHERENCES?|CORR|COUNTS?|STD(?:DEV)?|STDEV|VARIANCE|ENTROPY|ANISOTROPY|PHASE)(?![A-Z])",
    _FLAGS,
)
_MASK_WORDS = (
    (SCL, re.compile(r"(?<![A-Z0-9])(?:SCL(?![A-Z0-9]|_?DILAT)|SCENE_?CLASS)", _FLAGS)),
    (CLOUD_MASK, re.compile(r"(?<![A-Z0-9])(?:CLM|CLOUDS?_?MASK|MASK_?CLOUDS?)(?![A-Z0-9])", _FLAGS)),
    (OA_FMASK, re.compile(r"(?<![A-Z0-9])OA_FMASK(?![A-Z0-9])", _FLAGS)),
    (FMASK, re.compile(r"(?<![A-Z0-9])(?<!OA_)FMASK(?![A-Z0-9])", _FLAGS)),
    (CLOUD_SCORE, re.compile(r"^CS$|(?<![A-Z0-9])CS_CDF(?![A-Z0-9])", _FLAGS)),
    (
        CLOUD_PERCENT,
        re.compile(r"^PROBABILITY$|(?<![A-Z0-9])(?:(?:MSK_)?CLDPRB|CLOUD_?PROBABILITY)(?![A-Z0-9])", _FLAGS),
    ),
    *((mask, re.compile(rf"(?<![A-Z0-9]){mask}(?![A-Z0-9])", _FLAGS)) for mask in (CLOUDLESS, OPAQUE, CIRRUS)),
    (CLOUD_BYTE, re.compile(r"(?<![A-Z0-9])CLP(?![A-Z0-9])", _FLAGS)),
    (DATA_MASK, re.compile(r"(?<![A-Z0-9])DATA_?MASK(?![A-Z0-9])", _FLAGS)),
    (QA60, re.compile(r"(?<![A-Z0-9])QA60(?![A-Z0-9])", _FLAGS)),
)
_EDGE = "(?:(?:V|VEG|VEGETATION_?)?(?:RED_?EDGE|REDE|RE))"
_WORDS = tuple(
    (band, re.compile(rf"(?<![A-Z0-9])(?:{words})(?![A-Z0-9])", _FLAGS))
    for band, words in (
        ("B05", f"{_EDGE}_?(?:1|071)"),
        ("B06", f"{_EDGE}_?(?:2|075)"),
        ("B07", f"{_EDGE}_?(?:3|078)"),
        ("B8A", f"NIR_?08|NIR_?8A|NIR_?2|NIRA|NIR_?NARROW|NARROW_?NIR|NNIR|{_EDGE}_?4"),
        ("B08", "B_?NIR|BROAD_?NIR|NIR_?BROAD|NIR_?WIDE|WIDE_?NIR|NIR_?1"),
        ("B09", "NIR_?09|WATER_?VAPOU?R"),
        ("B12", "SWIR_?3|NBART?_SWIR_?3"),
        ("B11", "SW_?1|SWIR_?(?:1|16|1610)|NBART?_SWIR_?2"),
        ("B12", "SW_?2|SWIR_?(?:2|22|2190)"),
        ("B10", "CIRRUS"),
        ("B01", "COASTAL(?:_?AEROSOL|_?BLUE)?|ULTRA_?BLUE|DEEP_?BLUE"),
        ("B08", "NIR"),
        ("B02", "BLUE"),
        ("B03", "GREEN"),
        ("B04", "RED(?!_?EDGE)"),
    )
)
_BESIDE = re.compile(
    r"(?<![A-Z])(?:(?:ZENITH|AZIMUTH|ANGLE|UNC|UNCERTAINTY|STD|STD_?DEV|VARIANCE|COUNT)(?![A-Z])|"
    r"(?:[GM]?ND(?:VI|WI|RE|MI|BI|SI|II)|EVI2?|[MO]?SAVI2?|NBR2?|LAI|BSI)(?:_B\d{1,2}A?)+(?![A-Z0-9]))",
    _FLAGS,
)
"""Words of what is no reflectance, though it may name the bands that it belongs to or was made of."""

_MASK_OF_BAND = re.compile(
    r"(?<![A-Z0-9])(B\d{1,2}A?|[VH][VH])(?:[-_. ]\d+M)?[-_. ](?:MASK|VALID)(?:[-_. ]\d+M)?$", re.IGNORECASE
)
_METRES = re.compile(r"[-_. ]\d+M$", re.IGNORECASE)

_NANOMETRES = re.compile(
    r"(?<![A-Z])RHO_?S_(\d{3,4})(?!\d)"
    r"|(?<![\d.])(\d{3,4}(?:\.\d+)?)[ _]?(?:NM|NANOMET[A-Z]+)(?![A-Z])"
    r"|(?<![A-Z])(?:(?:RED[ _]?)?EDGE|RE|RED|NIR|SWIR|BLUE|GREEN)[ _(-]*(\d{3,4})(?!\d)"
    r"|(?<![\d.])([0-2]\.\d+)[ _]?(?:UM|\u00b5M|\u03bcM|MICROMET[A-Z]+)(?![A-Z])",
    _FLAGS,
)
_CENTRES = dict(zip(LEVEL_1C, (443, 492, 560, 665, 704, 740, 782, 837, 865, 945, 1374, 1612, 2195)))
"""Middles of the bands in nanometres, between those of the satellites."""

APART = 12
"""Nanometres that a wavelength may be off its band."""

_LETTERS = dict(zip("A B G R RE1 RE2 RE3 N N2 WV S1 S2".split(), LEVEL_2A))
"""What catalogues of spectral indices call the bands."""

_SWIR_3 = re.compile(r"(?<![A-Z0-9])SWIR_?3(?![A-Z0-9])", _FLAGS)
_SWIR_2 = re.compile(r"(?<![A-Z0-9])SWIR_?2(?![A-Z0-9])", _FLAGS)
_BROAD_NIR = re.compile(r"(?<![A-Z0-9])(?:B_?NIR|BROAD_?NIR|NIR_?BROAD)(?![A-Z0-9])", _FLAGS)
_PLAIN_NIR = re.compile(r"(?<![A-Z0-9])NIR(?![A-Z0-9])", _FLAGS)


def s2_bands_in(text: str) -> list[str]:
    """Return the Sentinel-2 bands and masks that a text names, in order; numbers ("B04") before words ("red")."""
    plain = _plain(text)
    if _BESIDE.search(plain):
        return []
    masks = [mask for mask, pattern in _MASK_WORDS if pattern.search(plain)]
    numbers = list(_NUMBERED.finditer(text))
    numbers = [match for match in numbers if len(match.group(1)) == 1] or numbers
    numbered = list(dict.fromkeys(_canonical(match.group(2)) for match in numbers))
    words = [] if numbered and (masks or len(numbers[0].group(1)) == 1) else _of_wavelength(text) or _of_words(plain)
    # "Band 1: Blue" counts the bands of a file; the word says which it is.
    return words if len(words) == 1 and not masks else (numbered + masks or words)


def masks_beside(names: Collection[str]) -> set[str]:
    """Return the names of masks whose band is among the names too: B04_mask beside B04, but no B04_mask alone."""
    known = {_METRES.sub("", name).upper() for name in names}
    masks = {name for name in names if _MASK_OF_BAND.search(name)}
    return {name for name in masks if _MASK_OF_BAND.sub(r"\1", name).upper() in known}


def _of_words(plain: str) -> list[str]:
    found = []
    for words, short in _LONG:
        plain = words.sub(short, plain)
    for band, pattern in _WORDS:
        match = pattern.search(plain)
        if match:
            found.append((match.start(), band))
            plain = pattern.sub(lambda hit: "_" * len(hit.group(0)), plain)
    return [band for _, band in sorted(found)]


def s1_bands_in(text: str) -> list[str]:
    """Return the polarisations whose backscatter a text names, in order; none for what is made of them."""
    return [] if is_derived(text) else polarisations_in(text)


def polarisations_in(text: str) -> list[str]:
    """Return the polarisations that a text names, in order, whatever is made of them."""
    return list(dict.fromkeys(match.group(1).upper() for match in _POLARISATION.finditer(text)))


def is_derived(text: str) -> bool:
    """Return whether a text names a ratio, a difference, coherence or statistics: no backscatter."""
    return _DERIVED.search(text) is not None


def described(descriptions: Sequence[str], find) -> list[str]:
    """Return the band of each description ("" where it names none or several).

    "Band 1", "Band 2"... in the order of the file only count, so they name nothing.
    """
    generic = [_GENERIC.fullmatch(text) for text in descriptions]
    if all(match and int(match.group(1)) == number for number, match in enumerate(generic, 1)):
        return [""] * len(descriptions)
    if find is s2_bands_in and {"B", "G", "R", "N"} <= set(descriptions):
        return [_LETTERS.get(text) or (find(text) + [""])[0] for text in descriptions]
    masks = masks_beside(descriptions)
    found = [find(text) if text and text not in masks else [] for text in descriptions]
    named = [bands[0] if len(bands) == 1 else "" for bands in found]
    if any(_BROAD_NIR.search(_plain(text)) for text in descriptions):
        # FORCE calls the broad band "broad NIR" and B8A just "NIR".
        named = ["B8A" if band == "B08" and _is_plain_nir(text) else band for band, text in zip(named, descriptions)]
    if any(_SWIR_3.search(_plain(text)) for text in descriptions):
        # Digital Earth Australia counts short-wave infrared by its Landsat bands: 2 and 3.
        named = [
            "B11" if band == "B12" and _SWIR_2.search(_plain(text)) else band for band, text in zip(named, descriptions)
        ]
    return named


def s2_orders(number: int, integer: bool, pixel: float, level: str = "") -> tuple[tuple[str, ...], ...]:
    """Return the orders in which a file with this many nameless bands may hold them, the likeliest first.

    Files are stacked by wavelength, with the 10 m bands first, or as their names sort, B8A last; a mask may follow.

    Args:
        integer: whether the file holds whole numbers (only then can one band be the scene classification).
        pixel: side of a pixel in metres.
        level: "1C", "2A" or "" where unknown.
    """
    if number == 7 and integer and SCL_PIXEL[0] <= pixel <= SCL_PIXEL[1]:
        return ((*BANDS_20M, SCL), (*_sorted(BANDS_20M), SCL))
    if number == 11:
        orders = tuple((*order, last) for last in ((SCL, "") if integer else ("",)) for order in _TEN_ORDERS)
        return orders
    if number == 12:
        return (LEVEL_2A, _sorted(LEVEL_2A))
    if number == 13:
        masked = ((*LEVEL_2A, SCL), (*_sorted(LEVEL_2A), SCL)) if integer else ()
        return {"1C": (LEVEL_1C,), "2A": masked}.get(level, (LEVEL_1C, *masked))
    return {4: (BANDS_10M, ("B04", "B03", "B02", "B08")), 6: (BANDS_20M, _sorted(BANDS_20M)), 10: _TEN_ORDERS}.get(
        number, ()
    )


def s1_orders(number: int) -> tuple[tuple[str, ...], ...]:
    """Return VV before VH, as most tools write them, and VH before VV, as SNAP does, for two nameless bands."""
    return (("VV", "VH"), ("VH", "VV")) if number == 2 else ()


def order_title(names: Sequence[str]) -> str:
    """Return an order in words, such as "B02 B03 B04 B08"."""
    return " ".join(name or "-" for name in names)


def _sorted(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


_TEN_ORDERS = (TEN_BANDS, (*BANDS_10M, *BANDS_20M), _sorted(TEN_BANDS))


def _canonical(number: str) -> str:
    number = number.upper().lstrip("0")
    return f"B{number}" if number == "8A" else f"B{int(number):02}"


def _of_wavelength(text: str) -> list[str]:
    match = _NANOMETRES.search(text)
    if match is None:
        return []
    nanometres = float(match.group(1) or match.group(2) or match.group(3) or 1000 * float(match.group(4)))
    band = min(_CENTRES, key=lambda name: abs(_CENTRES[name] - nanometres))
    return [band] if abs(_CENTRES[band] - nanometres) <= APART else []


def _is_plain_nir(text: str) -> bool:
    return bool(_PLAIN_NIR.search(_plain(text))) and not _BROAD_NIR.search(_plain(text))


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", text)
