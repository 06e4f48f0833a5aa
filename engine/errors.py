"""What can go wrong, said in one sentence an analyst can act on."""


class CropAttentionError(Exception):
    """Base of all expected failures: its text names the layer, band or date and the remedy."""


class SeriesError(CropAttentionError):
    """A raster series cannot be read as Sentinel-1 or Sentinel-2 acquisitions."""


class GridError(CropAttentionError):
    """Sensors, extent and season do not meet in space or time."""


class ParcelError(CropAttentionError):
    """The parcel layer cannot be used."""


class AccuracyError(CropAttentionError):
    """Map and reference cannot be compared."""


class OutputError(CropAttentionError):
    """An output cannot be written."""


class DeviceError(CropAttentionError):
    """The chosen device cannot run the network."""


class Cancelled(CropAttentionError):
    """The analyst cancelled the run."""

    def __init__(self) -> None:
        super().__init__("The run was cancelled; nothing was written.")
