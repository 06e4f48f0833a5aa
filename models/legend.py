"""Legends shared by checkpoints, simulated counties and references.

Their colours lie more than 10 apart (CIEDE2000 and CIE76) for any two classes, also as people see them whose eyes lack
red or green receptors (simulations of Machado et al. 2009 and of Vienot et al. 1999): `tests/models/test_legend.py`.
"""

from __future__ import annotations

from .card import CropClass

TEMPERATE_EUROPE = (
    CropClass(1, "Winter cereals", "#e0b013"),
    CropClass(2, "Winter barley", "#a08654"),
    CropClass(3, "Spring cereals", "#fbedbf"),
    CropClass(4, "Maize", "#ea5b0d"),
    CropClass(5, "Rapeseed", "#f5f13e"),
    CropClass(6, "Sunflower", "#7a3f0e"),
    CropClass(7, "Soybean", "#57b984"),
    CropClass(8, "Sugar beet", "#ce8cb3"),
    CropClass(9, "Potatoes", "#882e72"),
    CropClass(10, "Pulses", "#77b1e8"),
    CropClass(11, "Grassland", "#a5d47b"),
    CropClass(12, "Vineyards and orchards", "#6f0e2d"),
    CropClass(13, "Other crops", "#1d65ad"),
    CropClass(14, "Not cropland", "#c0bebd", crop=False),
)
"""Crops of temperate Europe; names and codes are public."""

SHANDONG = (
    CropClass(1, "Winter wheat and summer maize", "#e0b013"),
    CropClass(2, "Spring maize", "#ea5b0d"),
    CropClass(3, "Peanut", "#57b984"),
    CropClass(4, "Sweet potato", "#882e72"),
    CropClass(5, "Orchard", "#6f0e2d"),
    CropClass(6, "Greenhouse", "#1d65ad"),
    CropClass(7, "Vegetables", "#77b1e8"),
    CropClass(8, "Not cropland", "#c0bebd", crop=False),
)
"""Crops of hilly Shandong in eastern China; two harvests a year are one class. No published legend: made for the
simulated scenario."""
