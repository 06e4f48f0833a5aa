"""Any name, tag or metadata file: what the readers of names and dates must bear."""

from __future__ import annotations

from hypothesis import strategies as st

from crop_attention.engine.feedback import Feedback
from crop_attention.engine.options import SeriesOptions
from crop_attention.engine.series.files import product
from crop_attention.engine.series.files.describe import BandFacts, RasterFacts
from crop_attention.engine.series.files.discover import find_rasters
from crop_attention.engine.series.files.geometry import Geometry
from crop_attention.engine.series.recognise import bands, dates, dating, names, optical_parts, sentinel1, sentinel2
from crop_attention.engine.series.recognise import series as files
from crop_attention.engine.series.recognise.images import Findings

UTM = "EPSG:32631"
PIECES = (
    "S2A_MSIL2A_", "S2B_OPER_PRD_", "S2A_OPER_MSI_L2A_", "S1A_IW_GRDH_1SDV_", "s1a-iw-grd-vv-", "20180704",
    "2018-07-04",
    "2018185", "20180704T105031", "20181332", "00000000", "99999999", "_N0500", "_N9999", "_R051", "_T31UDS", "_V2018",
    "LANDSAT_8", "B04", "B8A", "B00", "_VV", "_vh", "ASC", "DESCENDING", "SCL", "QA60", "red", "nir08", "Band 1",
    "_FRE_B2",
    "4 JUL 2018", "31 FEB 2018", "1530700000000", "2999999999999", "L1C", ".SAFE", ".zip", "/", "\\", "..", "_", "-",
    ".", " ",
    "\u0662\u0660\u0661\u0668", "\u0663", "\u00b2", "\u0130", "\u202e", "\ud800", "\x00", "\n", "e\u0301",
    "\U0001f33e", "=", "+", "%",
)  # fmt: skip
word = st.sampled_from(PIECES)
text = st.lists(word | st.text(max_size=6), max_size=12).map("".join)
run = st.tuples(word, st.integers(1, 20_000)).map(lambda entry: (entry[0] * entry[1])[:200_000])
"""One piece over and over: what makes a careless regular expression hang."""

any_text = st.one_of(text, text, st.text(max_size=40), st.tuples(run, text).map("".join))
tags = st.dictionaries(
    st.sampled_from([*dates.DATE_TAGS, dates.WRITTEN_TAG, "PROCESSING_LEVEL", "PROCESSING_BASELINE", "ORBIT_PASS",
                     "RELATIVE_ORBIT", "date", "Datetime"]) | text,
    any_text,
    max_size=4,
)  # fmt: skip
numbers = st.none() | st.floats() | st.integers(-(10**20), 10**20).map(float)
transforms = st.tuples(*[st.floats(-1e9, 1e9) | st.sampled_from([0.0, 10.0, -10.0])] * 6)


@st.composite
def facts(draw) -> RasterFacts:
    """The header of a file that says anything."""
    layers = draw(st.lists(st.tuples(any_text, st.sampled_from(["UInt16", "Float32", "Byte", "CInt16"]), numbers,
                                     numbers), min_size=1, max_size=5))  # fmt: skip
    layout = tuple(BandFacts(i, told, kind, nodata, scale) for i, (told, kind, nodata, scale) in enumerate(layers, 1))
    geometry = Geometry(UTM, draw(transforms), draw(st.integers(1, 10**6)), draw(st.integers(1, 10**6)), 64)
    return RasterFacts(draw(text) or "x", geometry, layout, draw(tags))


opening = st.sampled_from(
    ("<PRODUCT_START_TIME>", "<PROCESSING_BASELINE>", "<BOA_QUANTIFICATION_VALUE", "<QUANTIFICATION_VALUE unit='none'>",
     '<BOA_ADD_OFFSET band_id="1">', '<BOA_ADD_OFFSET band_id="99999999999999999999">', "<RADIO_ADD_OFFSET",
     "</x>", "<",
     ">", '<!DOCTYPE a [<!ENTITY b "', "&b;", "]>", "1.2.3", "10000", "0", ".", "-", "9" * 5000, "-1000<", '"')
)  # fmt: skip
xml = st.lists(
    st.tuples(
        opening | st.text(max_size=8) | st.sampled_from((" ", "\t", "\n")), st.sampled_from((1, 1, 1, 3, 40_000))
    ),
    max_size=12,
).map(lambda parts: "".join((piece * times)[:400_000] for piece, times in parts))


def read_name(path: str) -> None:
    """Ask everything that a path can be asked."""
    for ask in (dates.stamp_in, dates.official_stamp, dating.date_of_path, names.sensor_of, names.tile_of,
                names.product_name, names.near_names, bands.s2_bands_in, bands.s1_bands_in):  # fmt: skip
        try:
            ask(path)
        except dates.DateProblem as error:
            if "\n" in str(error):
                raise
    for ask in (names.level_of, names.baseline_of, names.pass_of, names.relative_orbit_of):
        ask(path, {})


def read_tags(values: dict[str, str]) -> None:
    """Ask everything that tags can be asked."""
    for ask in (names.level_of, names.baseline_of, names.pass_of, names.relative_orbit_of):
        ask("x.tif", values)
    dates.written_stamp(values)
    dates.stamp_in_tags(values)


def read_facts(found: RasterFacts) -> None:
    """Turn one header into looks of either sensor and the observations into acquisitions."""
    options, findings = SeriesOptions(), Findings()
    files.holds(found, "S1"), files.holds(found, "S2")
    for images_of in (
        lambda: sentinel2.images_of(found, options, findings),
        lambda: sentinel1.images_of(found, findings),
    ):
        try:
            looks = images_of()
        except dates.DateProblem:
            continue
        scenes = files.group(looks)
        files.duplicates_text(scenes)
        if looks and looks[0].track:
            sentinel1.acquisitions(scenes, ("VV", "VH"), findings)
        else:
            optical_parts.acquisitions(scenes, ("B02", "B04"), {"B8A": "B08"}, options, findings)


def read_product(document: str) -> None:
    """Read a metadata file; what it gives must be usable to divide and add."""
    found = product.parse_product("folder", document)
    if found.quantification is not None and not 0 < found.quantification < float("inf"):
        raise ArithmeticError(f"quantification {found.quantification}")
    if any(abs(value) == float("inf") for value in found.offsets.values()):
        raise ArithmeticError("an offset without end")


def read_folder(folder: str) -> None:
    """Read a folder as a Sentinel-2 series."""
    find_rasters([folder])
    files.read_series([folder], "S2", ("B02", "B04"), {}, SeriesOptions(), Feedback())
