"""Text that any terminal or pipe takes."""

from __future__ import annotations

from typing import TextIO

from ..engine.safety.text import plain


def say(stream: TextIO | None, text: str, kept: str = "\n\t") -> None:
    """Write text; letters that the stream does not know, or would obey, as escapes, but for those in `kept`."""
    if stream is None:
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    text = plain(text, kept)
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()
