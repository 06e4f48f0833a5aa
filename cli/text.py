"""Text that any terminal or pipe takes."""

from __future__ import annotations

from typing import TextIO


def say(stream: TextIO | None, text: str) -> None:
    """Write text as it is, letters that the stream does not know as escapes; a stream that is absent hears nothing."""
    if stream is None:
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()
