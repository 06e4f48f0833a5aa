from types import SimpleNamespace

import pytest

from crop_attention.engine.errors import DeviceError
from crop_attention.engine.mapping import estimate as estimates
from crop_attention.engine.mapping.estimate import estimate, reading_share, threads_for_memory, tile_for_memory
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
    assert 1.2 * seconds(tiff) < seconds(jpeg) < 2 * seconds(tiff)
    assert 0 < reading_share(tiff) < reading_share(jpeg) < 1


@pytest.mark.parametrize("cores", [2, 4, 8, 16, 64])
def test_threads_yield_before_the_tile(cores, monkeypatch):
    monkeypatch.setattr(estimates, "usable_cores", lambda: cores)
    county, options = prepared(".tif", side=10980), MappingOptions()
    tile, threads = tile_for_memory(options, county), threads_for_memory(options, county)
    assert tile >= 256
    assert threads == cores if cores <= 16 else 16 <= threads < cores
    assert estimate(county, ["crop_map"], options).megabytes_memory <= options.memory_limit


def test_threads_that_are_asked_for_are_kept_and_a_low_limit_costs_the_tile():
    county = prepared(".tif", side=10980)
    assert threads_for_memory(MappingOptions(threads=40), county) == 40
    tight = MappingOptions(memory_limit=520)
    assert threads_for_memory(tight, county) == 1
    assert tile_for_memory(tight, county) < 256


def test_a_network_that_runs_in_torch_alone_costs_more_memory():
    from dataclasses import replace

    own, other = prepared(".tif"), prepared(".tif")
    other.card = replace(other.card, architecture="utae")
    options = MappingOptions(threads=2, tile_size=256)
    difference = estimate(other, [], options).megabytes_memory - estimate(own, [], options).megabytes_memory
    assert difference == pytest.approx(350 - 180 + 2 * (150 - 38))


def test_a_limit_of_addresses_costs_threads_and_then_the_run(monkeypatch):
    county, options = prepared(".tif", side=512), MappingOptions()
    monkeypatch.setattr(estimates, "usable_cores", lambda: 8)
    monkeypatch.setattr(estimates, "address_memory", lambda: 1500.0)
    assert 1 <= threads_for_memory(options, county) <= 4
    monkeypatch.setattr(estimates, "address_memory", lambda: 300.0)
    with pytest.raises(DeviceError, match="leaves 300 MB of memory, and the network needs .* on 1 threads"):
        threads_for_memory(options, county)
