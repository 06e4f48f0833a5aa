"""Legends shared by checkpoints, simulated counties and references."""

from __future__ import annotations

from .card import CropClass

TEMPERATE_EUROPE = (
    CropClass(1, "Winter cereals", "#e6b422"),
    CropClass(2, "Winter barley", "#b8860b"),
    CropClass(3, "Spring cereals", "#f7e08a"),
    CropClass(4, "Maize", "#e8601c"),
    CropClass(5, "Rapeseed", "#f6f13c"),
    CropClass(6, "Sunflower", "#8c510a"),
    CropClass(7, "Soybean", "#4eb265"),
    CropClass(8, "Sugar beet", "#ae76a3"),
    CropClass(9, "Potatoes", "#882e72"),
    CropClass(10, "Pulses", "#7bafde"),
    CropClass(11, "Grassland", "#a6d96a"),
    CropClass(12, "Vineyards and orchards", "#dc050c"),
    CropClass(13, "Other crops", "#1965b0"),
    CropClass(14, "Not cropland", "#bdbdbd", crop=False),
)
"""Crops of temperate Europe; names and codes are public."""

SHANDONG = (
    CropClass(1, "Winter wheat and summer maize", "#e6b422"),
    CropClass(2, "Spring maize", "#e8601c"),
    CropClass(3, "Peanut", "#4eb265"),
    CropClass(4, "Sweet potato", "#882e72"),
    CropClass(5, "Orchard", "#dc050c"),
    CropClass(6, "Greenhouse", "#1965b0"),
    CropClass(7, "Vegetables", "#7bafde"),
    CropClass(8, "Not cropland", "#bdbdbd", crop=False),
)
"""Crops of hilly Shandong in eastern China; two harvests a year are one class. No published legend: made for the
simulated scenario."""
