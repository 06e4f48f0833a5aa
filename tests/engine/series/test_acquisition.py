"""A series knows every file it reads."""

from datetime import date

from crop_attention.engine.series.acquisition import CLASSES, S2, Acquisition, BandSource, MaskSource, Part, Series


def test_files_hold_bands_and_masks_once_each():
    bands = {"B03": BandSource("b.tif", 2), "B02": BandSource("b.tif", 1), "B04": BandSource("a.tif", 1)}
    parts = (Part("one", "", bands, (MaskSource(CLASSES, "scl.tif", 1),)), Part("two", "", bands))
    series = Series(S2, (Acquisition(S2, date(2020, 1, 1), parts),), ("B02", "B03", "B04"))
    assert series.files() == ("a.tif", "b.tif", "scl.tif")
