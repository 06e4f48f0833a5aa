from types import SimpleNamespace

import pytest

from crop_attention.engine.mapping.estimate import estimate, reading_share
from crop_attention.engine.options import MappingOptions
from crop_attention.engine.series.files.grid import Grid
from crop_attention.models.checkpoint import default_checkpoint, read_card


def prepared(suffix: str, dates: int = 20, side: int = 2048) -> SimpleNamespace:
    card = read_card(default_checkpoint())
    part = SimpleNamespace(bands={"B02": SimpleNamespace(path=f"S2_20180704_B02{suffix}")})
    series = SimpleNamespace(bands=card.s2_bands, acquisitions=[SimpleNamespace(parts=(part,))] * dates)
    return SimpleNamespace(s2=series, s1=None, card=card, placed=None, grid=Grid("", 0.0, 0.0, 10.0, side, side))


def seconds(one: SimpleNamespace, share: float = 1.0) -> float:
    return estimate(one, ["crop_map"], MappingOptions(threads=2), share).seconds


def test_time_grows_with_area_and_dates():
    start = seconds(prepared(".tif"), share=0.0)
    small, large = seconds(prepared(".tif", side=1024)), seconds(prepared(".tif"))
    assert large - start == pytest.approx(4 * (small - start))
    assert seconds(prepared(".tif", dates=60)) > large


def test_jpeg_2000_takes_longer_to_read():
    tiff, jpeg = prepared(".tif"), prepared(".JP2")
    assert seconds(jpeg) > 2 * seconds(tiff)
    assert 0 < reading_share(tiff) < reading_share(jpeg) < 1
