"""One part of an acquisition on one window: its bands, and where they see the ground."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Sequence

import numpy as np

from ..acquisition import AMPLITUDE, DECIBEL, POWER, S2, Part
from ..files.geometry import Geometry
from ..files.grid import Window
from ..files.pool import DatasetPool
from .alignment import Placement, Placements
from .masks import FILL, is_bright, mask_flags, optical_present, radar_fill, radar_present, within_physics

BLUE, RED = "B02", "B04"


@dataclass(frozen=True)
class FileBands:
    """The bands one file gives: band `numbers[i]` goes to position `targets[i]` of the cube.

    Attributes:
        scale, offset: to reflectance, applied when observations are joined; 1 and 0 for backscatter.
        unpack: scale and offset of packed backscatter, applied on reading; None for most files.
    """

    path: str
    placement: Placement
    numbers: tuple[int, ...]
    targets: tuple[int, ...]
    nodata: tuple[float | None, ...]
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    unpack: tuple[float, float] | None = None


@dataclass
class View:
    """What one part shows of a window.

    Attributes:
        valid: (H, W) bool: every band measured and nothing hides the ground.
        files: bands as stored, (bands, H, W), finite everywhere, with how to scale and where to put them.
    """

    valid: np.ndarray
    files: list[tuple[FileBands, np.ndarray]]

    def physical(self, target: int) -> np.ndarray | None:
        """Return (H, W) float32 of one position of the cube, scaled, or None if the part lacks it."""
        for source, values in self.files:
            if target in source.targets:
                index = source.targets.index(target)
                scale, offset = np.float32(source.scale[index]), np.float32(source.offset[index])
                return values[index].astype(np.float32) * scale + offset
        return None


@dataclass
class Marks:
    """What one part says of a window before its bands are read.

    Attributes:
        hidden: (H, W) bool, pixels that its masks hide.
        cloud: (H, W) bool, around which the cloud margin is hidden too, in all parts of the acquisition.
        bright: (H, W) bool, bright pixels of a part without masks; None with masks.
    """

    hidden: np.ndarray
    cloud: np.ndarray
    bright: np.ndarray | None = None


class PartReader:
    """Reads one part, its masks first: a window under cloud costs no band."""

    def __init__(
        self,
        sensor: str,
        part: Part,
        bands: Sequence[str],
        geometries: Mapping[str, Geometry],
        placements: Placements,
        decibel: bool = True,
        masked: bool = True,
    ) -> None:
        """`masked` False shows what was measured as it is stored: cloud too, no layover, and numbers of any unit."""
        self._optical, self._decibel, self._open = sensor == S2, decibel, part.scale_open or not masked
        self._unit = part.unit or (DECIBEL if decibel else POWER)
        self._stored_decibel = None if self._open else decibel
        masks = part.masks if masked or not self._optical else ()
        self._masks = tuple((mask, placements.of(geometries[mask.path])) for mask in masks)
        self._files = self._group(part, bands, geometries, placements)
        # Thresholds on reflectance mean nothing while it is open how numbers become reflectance.
        by_brightness = self._optical and masked and not part.cloud_masks and not self._open
        self._blue = bands.index(BLUE) if by_brightness and BLUE in bands else None
        self._red = bands.index(RED) if self._blue is not None and RED in bands else None

    @property
    def marked(self) -> bool:
        """Return whether anything can hide the ground."""
        return bool(self._masks) or self._blue is not None

    def touches(self, window: Window) -> bool:
        """Return whether every file of the part may hold pixels of a window."""
        return all(source.placement.touches(window) for source in self._files)

    def marks(self, window: Window, pool: DatasetPool) -> Marks:
        """Return what the masks of the part say of a window; outside a mask nothing is clear, and nothing is cloud.

        Raises:
            SeriesError: a file cannot be read.
        """
        shape = (window.height, window.width)
        marks = Marks(np.zeros(shape, bool), np.zeros(shape, bool))
        for mask, placement in self._masks:
            box = placement.box(window) if placement.touches(window) else None
            if box is None:
                marks.hidden[:] = True
                continue
            hidden, cloud = mask_flags(pool.read(mask.path, (mask.band,), box)[0], mask)
            marks.hidden |= placement.flags(hidden, box, window, True)
            marks.cloud |= placement.flags(cloud, box, window, False)
        if self._blue is not None:
            view = self.read(window, None, pool)
            marks.bright = np.zeros(shape, bool)
            blue = None if view is None else view.physical(self._blue)
            if view is not None and blue is not None:
                marks.bright = view.valid & is_bright(blue, None if self._red is None else view.physical(self._red))
        return marks

    def read(self, window: Window, clear: np.ndarray | None, pool: DatasetPool) -> View | None:
        """Read a window; None when nothing valid is there.

        Args:
            clear: (H, W) bool, where the ground is seen; None for everywhere.

        Raises:
            SeriesError: a file cannot be read.
        """
        if not self.touches(window):
            return None
        valid, fill = clear, None
        files: list[tuple[FileBands, np.ndarray]] = []
        for source in self._files:
            box = source.placement.box(window)
            if box is None or (valid is not None and not valid.any()):
                return None
            values = pool.read(source.path, source.numbers, box)
            unmasked = pool.mask(source.path, source.numbers[0], box)
            whole = np.issubdtype(values.dtype, np.integer)
            if self._optical:
                present = optical_present(values, source.nodata)
                if not self._open:
                    present &= within_physics(values, source.scale, source.offset)
                filled = (values <= FILL).all(axis=0) if whole and values[0].min() <= FILL else None
                fill = _meet(fill, filled, source, box, window, first=not files)
            else:
                values, nodata = _unpacked(values, source)
                present = radar_present(values, nodata, None if self._open else self._unit == DECIBEL)
                if not self._open:
                    values = _in_unit(values, present, self._unit, self._decibel)
            if unmasked is not None:
                present &= unmasked
            if not self._optical or not whole:
                np.copyto(values, 0, where=~present)
            values, present = source.placement.bands(values, present, box, window)
            valid = present if valid is None else valid & present
            files.append((source, values))
        if valid is not None and fill is not None:
            valid = valid & ~fill
        if valid is not None and not self._optical and len(files) > 1:
            valid = valid & ~radar_fill([band for _, values in files for band in values], self._stored_decibel)
        return View(valid, files) if valid is not None and valid.any() else None

    def _group(
        self, part: Part, bands: Sequence[str], geometries: Mapping[str, Geometry], placements: Placements
    ) -> tuple[FileBands, ...]:
        """Return the files of a part, the one with the mask first: its blocks are already decoded."""
        by_path: dict[str, list[int]] = {}
        for position, name in enumerate(bands):
            by_path.setdefault(part.bands[name].path, []).append(position)
        mask_paths = {mask.path for mask, _ in self._masks}
        files = []
        for path in sorted(by_path, key=lambda path: (path not in mask_paths, by_path[path])):
            sources = [part.bands[bands[position]] for position in by_path[path]]
            scales = tuple((source.scale, source.offset) for source in sources)
            plain = self._optical or scales[0] == (1, 0)
            files.append(
                FileBands(
                    path=path,
                    placement=placements.of(geometries[path]),
                    numbers=tuple(source.band for source in sources),
                    targets=tuple(by_path[path]),
                    nodata=tuple(source.nodata for source in sources),
                    scale=tuple(scale if self._optical else 1.0 for scale, _ in scales),
                    offset=tuple(offset if self._optical else 0.0 for _, offset in scales),
                    unpack=None if plain else scales[0],
                )
            )
        return tuple(files)


def _in_unit(values: np.ndarray, present: np.ndarray, unit: str, decibel: bool) -> np.ndarray:
    """Return backscatter in the unit of the series, decibels or power."""
    if unit == (DECIBEL if decibel else POWER):
        return values
    values = np.where(present, values, np.float32(1))
    if unit == DECIBEL:
        return (10 ** (values / np.float32(10))).astype(np.float32)
    power = values * values if unit == AMPLITUDE else values
    return (np.float32(10) * np.log10(power)).astype(np.float32) if decibel else power.astype(np.float32)


def _unpacked(values: np.ndarray, source: FileBands) -> tuple[np.ndarray, Sequence[float | None]]:
    """Return packed backscatter and its nodata values in their unit; the scale of a file is that of its first band."""
    if source.unpack is None:
        return values, source.nodata
    scale, offset = (np.float32(number) for number in source.unpack)
    nodata = [None if number is None else float(np.float32(number) * scale + offset) for number in source.nodata]
    return values.astype(np.float32) * scale + offset, nodata


def _meet(
    known: np.ndarray | None,
    filled: np.ndarray | None,
    source: FileBands,
    box: tuple[int, int, int, int],
    window: Window,
    first: bool,
) -> np.ndarray | None:
    """Return where all files so far hold the fill value in every band; None for nowhere."""
    if filled is None or (known is None and not first) or not filled.any():
        return None
    flags = source.placement.flags(filled, box, window, True)
    return flags if known is None else known & flags
