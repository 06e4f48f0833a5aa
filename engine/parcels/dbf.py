"""The letters of a .dbf table: what its header, its .cpg file and its bytes say of their encoding."""

from __future__ import annotations

import codecs
import contextlib
import re
import struct
from dataclasses import dataclass

from osgeo import gdal

from ...models.language import tr
from ...models.naming import called

_CHUNK = 1 << 24
"""Bytes that are looked at together."""
_LOOKED_AT = 5000
"""Texts with letters beyond ASCII after which an encoding is certain enough."""
_NOTHING, _ANSI = 0x00, 0x57
"""Code page bytes that name none: not set, and "whatever this computer uses"."""


_ASCII = bytes(range(32, 91)) + rb"\n" + bytes(range(93, 127))


@dataclass(frozen=True)
class Letters:
    """How a table is to be opened.

    Attributes:
        reopen: encoding to open it with, "" as GDAL does by itself.
        notes: what was taken to be so, for people.
        codec: Python's name of the encoding by which its bytes are to be read, "" for as GDAL reads them: GDAL drops
            letters that it cannot read, and knows fewer names.
    """

    reopen: str = ""
    notes: tuple[str, ...] = ()
    codec: str = ""


def letters_of(table: str, codec: str, understood: bool, said_codec: str) -> Letters | None:
    """Return in which letters a table is to be read, None where that has to be asked.

    Args:
        table: the .dbf file, also inside a zip.
        codec: Python's name of the encoding that the analyst named, or "".
        understood: GDAL knows the encoding that the file names.
        said_codec: Python's name of that encoding, "" where it has none or the file names none.
    """
    if codec:
        return Letters(codec=codec)
    page, texts = _texts(table)
    if not texts:
        return Letters()
    said = _cpg(table)
    plain = all(_is_utf8(text) for text in texts)
    if said:
        if plain and not said.upper().replace("-", "").startswith(("UTF8", "65001")):
            return Letters(
                "UTF-8",
                (
                    tr("The text of {table} is read as UTF-8, which it is, although its .cpg file says {said}.").format(
                        table=table, said=said
                    ),
                ),
            )
        name = said_codec if understood else _numbered(said)
        return Letters(codec=name) if understood or name else None
    if page in (_NOTHING, _ANSI):
        if plain:
            return Letters(
                "UTF-8",
                (tr("The text of {table} is read as UTF-8, which it is; no .cpg file says so.").format(table=table),),
            )
        if page == _NOTHING or any(0x80 <= byte <= 0x9F for text in texts for byte in text):
            return None
        return Letters(
            "",
            (
                tr(
                    "The text of {table} is read as ISO-8859-1: the file says no more than that it is "
                    "not UTF-8. If characters look wrong, give the right encoding by {option}."
                ).format(option=called("encoding"), table=table),
            ),
        )
    return Letters(codec=said_codec) if understood else None


def _cpg(table: str) -> str:
    for ending in (".cpg", ".CPG", ".cst", ".CST"):
        content = _bytes(table[:-4] + ending, 0, 64)
        if content:
            return content.decode("ascii", "replace").strip()
    return ""


def known_codec(encoding: str) -> str:
    """Return Python's name of an encoding of tables, all of which hold ASCII as it is; "" where there is none."""
    with contextlib.suppress(LookupError, ValueError):  # a UnicodeError is a ValueError
        codec = codecs.lookup(encoding.strip())
        if _ASCII.decode(codec.name, "replace") == _ASCII.decode("ascii"):  # which idna cannot
            return codec.name
    return ""


def _numbered(said: str) -> str:
    """Return Python's name of an encoding that goes by its number, such as '65001', 'ANSI 936' or '8859_1', else ""."""
    if page := re.fullmatch(r"(?:ansi|cp|windows|oem|ms)?[ _-]?(\d{3,5})", said.lower()):
        name = "utf-8" if page[1] == "65001" else f"cp{page[1]}"
    elif part := re.fullmatch(r"(?:iso)?[ _-]?8859[ _-](\d{1,2})", said.lower()):
        name = f"iso8859-{part[1]}"
    else:
        return ""
    return known_codec(name)


def _is_utf8(text: bytes) -> bool:
    try:
        # A text that fills its column may be cut inside a letter.
        codecs.getincrementaldecoder("utf-8")().decode(text, final=False)
    except UnicodeDecodeError:
        return False
    return True


def _texts(table: str) -> tuple[int, list[bytes]]:
    """Return the byte that names the code page, and names and values with letters beyond ASCII."""
    header = _bytes(table, 0, 32)
    if len(header) < 32:
        return _NOTHING, []
    rows, start, width = struct.unpack_from("<IHH", header, 4)
    fields = _bytes(table, 32, max(start - 32, 0))
    found, columns, place = [], [], 1
    for first in range(0, len(fields) - 31, 32):
        if fields[first] == 0x0D:
            break
        name = fields[first : first + 11].split(b"\0")[0]
        if not name.isascii():
            found.append(name)
        size = fields[first + 16]
        if fields[first + 11 : first + 12] == b"C":
            size += 256 * fields[first + 17]
            columns.append((place, place + size))
        place += size
    if not columns or width < 1:
        return header[29], found
    together = max(1, _CHUNK // width)
    for row in range(0, rows, together):
        block = _bytes(table, start + row * width, min(together, rows - row) * width)
        if block.isascii():
            continue
        for offset in range(0, len(block), width):
            record = block[offset : offset + width]
            if not record.isascii():
                found += [text for a, b in columns if not (text := record[a:b].rstrip(b" \0")).isascii()]
                if len(found) > _LOOKED_AT:
                    return header[29], found
    return header[29], found


def _bytes(path: str, offset: int, size: int) -> bytes:
    if gdal.VSIStatL(path) is None:
        return b""
    handle = gdal.VSIFOpenL(path, "rb")
    try:
        gdal.VSIFSeekL(handle, offset, 0)
        return bytes(gdal.VSIFReadL(1, size, handle) or b"")
    finally:
        gdal.VSIFCloseL(handle)
