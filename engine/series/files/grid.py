"""The grid of an output: CRS, geotransform and size, and windows on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """Rows [row, row + height) and columns [col, col + width); may reach beyond its grid."""

    row: int
    col: int
    height: int
    width: int

    def grown(self, pixels: int) -> Window:
        """Return this window with `pixels` more on each side."""
        return Window(self.row - pixels, self.col - pixels, self.height + 2 * pixels, self.width + 2 * pixels)


@dataclass(frozen=True)
class Grid:
    """A north-up raster grid.

    Attributes:
        crs: coordinate reference system as WKT.
        x0, y0: upper left corner of the upper left pixel, in units of the CRS.
        pixel: side of a square pixel, in units of the CRS (metres).
        width, height: size in pixels.
    """

    crs: str
    x0: float
    y0: float
    pixel: float
    width: int
    height: int

    @property
    def geotransform(self) -> tuple[float, float, float, float, float, float]:
        """GDAL's six numbers."""
        return (self.x0, self.pixel, 0.0, self.y0, 0.0, -self.pixel)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        return (self.x0, self.y0 - self.height * self.pixel, self.x0 + self.width * self.pixel, self.y0)
