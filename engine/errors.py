"""What can go wrong, said in one sentence an analyst can act on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..models.language import tr

LONGEST = 6000
"""Letters of a message; a broken file must not fill the log with what it holds."""


class CropAttentionError(Exception):
    """Base of all expected failures: its text names the layer, band or date and the remedy."""

    def __init__(self, text: str = "") -> None:
        """Keep a text that any screen can show: on one line, of letters that exist, not endless."""
        shown = "".join(letter if letter.isprintable() else " " for letter in text)
        if len(shown) > LONGEST:
            shown = f"{shown[: LONGEST // 2]} ... {shown[-LONGEST // 4 :]}"
        super().__init__(shown)


class SeriesError(CropAttentionError):
    """A raster series cannot be read as Sentinel-1 or Sentinel-2 acquisitions."""


class GridError(CropAttentionError):
    """Sensors, extent and season do not meet in space or time."""


class SharesError(CropAttentionError):
    """Expected shares of the area cannot be used."""


class ParcelError(CropAttentionError):
    """The parcel layer cannot be used."""


class MapError(CropAttentionError):
    """A finished map cannot be worked on."""


class AccuracyError(CropAttentionError):
    """Map and reference cannot be compared."""


class SampleError(CropAttentionError):
    """Labelled ground cannot be used to train on."""


class OutputError(CropAttentionError):
    """An output cannot be written."""


class PlaceError(OutputError):
    """An output cannot be written where it is to lie.

    Attributes:
        place: the file or folder.
    """

    def __init__(self, place: Path, sentence: Callable[[Path], str]) -> None:
        """Keep the place, and what is said of it or of any other."""
        super().__init__(sentence(place))
        self.place, self._sentence = place, sentence

    def moved(self, staged: Path, home: Path) -> PlaceError:
        """Return the error as it is said of outputs that wait in one folder to come to lie in another."""
        inside = staged == self.place or staged in self.place.parents
        return PlaceError(home / self.place.relative_to(staged), self._sentence) if inside else self


class LabelsMissing(OutputError):
    """The labels of the parcels could not be made, and the other outputs were kept.

    Attributes:
        reason: what prevented them.
    """

    def __init__(self, text: str, reason: Exception) -> None:
        """Keep both."""
        super().__init__(text)
        self.reason = reason


class DeviceError(CropAttentionError):
    """The chosen device cannot run the network."""


class RequestError(CropAttentionError):
    """The parts of a request do not fit together."""


class Refused(CropAttentionError):
    """Several things are in the way of a job.

    Attributes:
        sentences: one for each of them.
    """

    def __init__(self, sentences: list[str]) -> None:
        """Keep the sentences."""
        super().__init__(" ".join(sentences))
        self.sentences = sentences


class Cancelled(CropAttentionError):
    """The analyst cancelled the run."""

    def __init__(self) -> None:
        super().__init__(tr("The run was cancelled; nothing was written."))
