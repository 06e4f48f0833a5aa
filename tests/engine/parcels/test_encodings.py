"""Letters of vector files: what a file says of them, what the analyst says, and bytes that agree with neither."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from osgeo import ogr

from crop_attention.engine.errors import ParcelError
from crop_attention.engine.parcels.source import ParcelSource
from crop_attention.engine.parcels.texts import value_text
from parcel_labels import label_parcel_file
from vector_files import ALL, read, square, write


@pytest.fixture
def halves(crop_map):
    """A map of maize on the left and rapeseed on the right."""
    return crop_map(np.repeat([[1, 1, 1, 1, 2, 2, 2, 2]], 8, axis=0), legend=["", "Maize", "Rapeseed"])


def shapefile(tmp_path, encoding, text, page, cpg=None):
    """Write a shapefile with one text, a code page byte and a .cpg file."""
    raw = text.encode(encoding)
    filler = "x" * len(raw)
    path = write(
        tmp_path / "p.shp", [("p", ogr.wkbPolygon, {"crop": ogr.OFTString}, [(square(0), [filler])])], "ESRI Shapefile"
    )
    (tmp_path / "p.cpg").unlink(missing_ok=True)
    if cpg:
        (tmp_path / "p.cpg").write_text(cpg)
    table = bytearray((tmp_path / "p.dbf").read_bytes().replace(filler.encode(), raw))
    table[29] = page
    (tmp_path / "p.dbf").write_bytes(bytes(table))
    return path


@pytest.mark.parametrize(
    "encoding, text, page, cpg",
    [
        ("CP1250", "Pšenice žitná", 0xC8, None),
        ("CP936", "冬小麦", 0x4D, None),
        ("CP1252", "Maïs", 0x03, None),
        ("ISO-8859-1", "Maïs", 0x57, None),
        ("UTF-8", "Dauergrünland", 0x00, None),
        ("UTF-8", "Dauergrünland", 0x00, "1252"),
        ("CP1251", "пшеница", 0x00, "1251"),
        ("CP936", "冬小麦", 0x00, "ANSI 936"),
        ("CP1252", "Maïs", 0x00, "ANSI 1252"),
        ("UTF-8", "Dauergrünland", 0x00, "65001"),
        ("ISO-8859-2", "Pšenice", 0x00, "8859_2"),
        ("CP437", "Maïs", 0x00, "OEM 437"),
    ],
)
def test_the_text_of_a_shapefile_is_read_by_what_it_says(halves, tmp_path, encoding, text, page, cpg):
    path = shapefile(tmp_path, encoding, text, page, cpg)
    label_parcel_file(halves, path, out_path=str(tmp_path / "out.gpkg"), options=ALL)
    assert read(tmp_path / "out.gpkg")[0][0]["crop"] == text


def test_text_of_no_known_encoding_is_asked_for(halves, tmp_path):
    path = shapefile(tmp_path, "ISO-8859-1", "Maïs", 0)
    with pytest.raises(ParcelError, match="in an encoding that the file does not name .*--encoding"):
        label_parcel_file(halves, path, out_path=str(tmp_path / "out.gpkg"), options=ALL)
    (tmp_path / "p.cpg").write_text("ANSI 999")
    with pytest.raises(ParcelError, match="in an encoding that the file does not name"):
        label_parcel_file(halves, path, out_path=str(tmp_path / "out.gpkg"), options=ALL)
    (tmp_path / "p.cpg").unlink()
    label_parcel_file(halves, path, out_path=str(tmp_path / "out.gpkg"), options=ALL, encoding="latin-1")
    assert read(tmp_path / "out.gpkg")[0][0]["crop"] == "Maïs"
    with pytest.raises(ParcelError, match="'klingon' is not known"):
        ParcelSource(path, encoding="klingon")


@pytest.mark.parametrize(
    "encoding, text, named",
    [
        ("euc-kr", "밀", "euc-kr"),  # a name of Python's that GDAL does not know
        ("mac_roman", "Maïs", "macintosh"),
        ("gbk", "通", "gbk"),  # bytes that are UTF-8 too, of another letter
    ],
)
def test_the_text_of_a_shapefile_is_read_by_the_encoding_that_is_named(halves, tmp_path, encoding, text, named):
    path = shapefile(tmp_path, encoding, text, 0)
    label_parcel_file(halves, path, out_path=str(tmp_path / "out.gpkg"), options=ALL, encoding=named)
    assert read(tmp_path / "out.gpkg")[0][0]["crop"] == text


@pytest.mark.parametrize("named", ["utf-8", "ascii", "cp1252"])
def test_text_that_is_not_in_the_encoding_that_is_named_is_refused(halves, tmp_path, named):
    """GDAL would drop or replace what it cannot read."""
    path = shapefile(tmp_path, "gbk", "亖", 0)
    with pytest.raises(
        ParcelError, match=f"The field crop of .* cannot be read as {named} text: name it by --encoding"
    ):
        label_parcel_file(halves, path, out_path=str(tmp_path / "out.gpkg"), options=ALL, encoding=named)
    assert not (tmp_path / "out.gpkg").exists()


@pytest.mark.parametrize("page, cpg", [(0, "UTF-8"), (0x03, None)])
def test_text_that_is_not_in_the_encoding_that_the_file_says_is_refused(halves, tmp_path, page, cpg):
    path = shapefile(tmp_path, "gbk", "亖", page, cpg)
    with pytest.raises(ParcelError, match=r"(read as cp1252 text|that the file does not name): name it by --encoding"):
        label_parcel_file(halves, path, out_path=str(tmp_path / "out.gpkg"), options=ALL)
    label_parcel_file(halves, path, out_path=str(tmp_path / "out.gpkg"), options=ALL, encoding="gbk")
    assert read(tmp_path / "out.gpkg")[0][0]["crop"] == "亖"


@pytest.mark.parametrize(
    "named", ["hex", "idna", "rot13", "utf-16", "utf-7", "punycode", "cp500", "undefined", "unicode_escape"]
)
def test_an_encoding_that_no_table_can_be_in_is_not_known(tmp_path, named):
    path = shapefile(tmp_path, "gbk", "小麦", 0)
    with pytest.raises(ParcelError, match=f"The encoding '{named}' is not known: name it by --encoding"):
        ParcelSource(path, encoding=named)


def test_text_of_a_database_that_is_no_utf_8_is_asked_for_and_read(halves, tmp_path):
    path = write(tmp_path / "p.gpkg", [("p", ogr.wkbPolygon, {"crop": ogr.OFTString}, [(square(0), ["xxxx"])])])
    content = Path(path).read_bytes()
    assert content.count(b"xxxx") == 1
    Path(path).write_bytes(content.replace(b"xxxx", "小麦".encode("gbk")))
    with pytest.raises(ParcelError, match="holds text in an encoding that the file does not name: name it by --enc"):
        label_parcel_file(halves, path, out_path=str(tmp_path / "out.gpkg"), options=ALL)
    label_parcel_file(halves, path, out_path=str(tmp_path / "out.gpkg"), options=ALL, encoding="gbk")
    assert read(tmp_path / "out.gpkg")[0][0]["crop"] == "小麦"


def test_what_a_terminal_obeys_is_no_letter_of_a_class_and_what_joins_letters_is():
    """A checkpoint refuses the first in its card, which was found after the training."""
    assert value_text("Maize\x1b[31m\n\x00") == "Maize [31m"
    assert value_text("نیشکر\u200cها") == "نیشکر\u200cها"
