"""Every reader bears inputs that nobody meant: a result, or one sentence."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given

from crop_attention.benchmarks.reliability import cards, fuzz, names, rasters
from crop_attention.benchmarks.reliability.judge import Lost, limited, survives
from crop_attention.engine.errors import LONGEST, OutputError, SeriesError
from crop_attention.engine.series.files.discover import find_rasters
from crop_attention.engine.series.files.product import parse_product
from crop_attention.engine.writing.place import checked_place
from crop_attention.models.card import Card, CheckpointError

EXAMPLES = {"rasters: bytes": 25, "folders with anything in them": 20, "headers: bands, dates, tracks": 12}


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
@pytest.mark.parametrize("target", fuzz.TARGETS)
def test_a_reader_bears_anything(target):
    strategy, call = fuzz.TARGETS[target]

    @fuzz.fixed(EXAMPLES.get(target, 40))
    @given(strategy())
    def attempt(value):
        survives(call, value)

    attempt()


def test_the_judge_notices_what_is_lost():
    def said(text):
        raise SeriesError(text)

    with pytest.raises(Lost, match="ZeroDivisionError"):
        survives(lambda: 1 / 0)
    with pytest.raises(Lost, match="more than 0.05 seconds"), limited(0.05):
        while True:
            pass
    with pytest.raises(Lost, match="says nothing"):
        survives(said, " ")
    with pytest.raises(Lost, match="MB"):
        survives(lambda: bytearray(80 * 2**20), memory=True)
    assert survives(said, "S2.tif cannot be read; replace it.") is None
    assert survives(lambda: 5) == 5


@pytest.mark.parametrize(
    "document",
    [
        "<PRODUCT_START_TIME>" + " " * 200_000,
        "<PRODUCT_START_TIME>" * 50_000,
        "<QUANTIFICATION_VALUE " * 50_000,
        '<BOA_ADD_OFFSET band_id="' + "9" * 200_000,
    ],
)
def test_a_metadata_file_without_end_is_read_at_once(document):
    assert survives(parse_product, "folder", document, memory=True).quantification is None


@pytest.mark.parametrize("value", ["1.2.3", ".", "0", "-5", "nan", "9" * 400, "", "1e4\x00"])
def test_a_scale_that_is_no_number_is_refused_by_name(value):
    with pytest.raises(SeriesError, match="metadata of the_product names .* get the product again"):
        parse_product("the_product", f"<QUANTIFICATION_VALUE unit='none'>{value}</QUANTIFICATION_VALUE>")


def test_entities_of_a_metadata_file_are_not_expanded():
    bomb = '<!DOCTYPE a [<!ENTITY b "05.00"><!ENTITY c "&b;&b;">]><PROCESSING_BASELINE>&c;</PROCESSING_BASELINE>'
    assert parse_product("folder", bomb).tags == {"PROCESSING_BASELINE": "&c;"}


def test_members_of_a_zip_stay_inside_it(tmp_path):
    import zipfile

    (tmp_path / "series").mkdir()
    (tmp_path / "S2_20180109.tif").write_bytes(rasters.wholes()[0][1])
    archive = tmp_path / "series" / "a.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("../S2_20180109.tif", b"no raster")
        packed.writestr("/S2_20180110.tif", b"no raster")
        packed.writestr("fine/S2_20180111.tif", rasters.wholes()[0][1])
    for path in find_rasters([str(tmp_path / "series")]):
        assert path.startswith((f"/vsizip/{archive}", str(archive)))
        assert path != str(tmp_path / "S2_20180109.tif")


@pytest.mark.parametrize(
    "settings, said",
    [({"width": 10**9}, "exceed 4096"), ({"blocks": 200, "width": 4096}, "do not fit"), ({"heads": 3}, "settings")],
)
def test_a_card_that_asks_for_more_than_memory_is_refused_before_it_is_built(settings, said, tmp_path):
    from safetensors.numpy import load, save_file

    from crop_attention.models import checkpoint as checkpoints

    card = json.loads(cards.plain_card())
    card["config"].update(settings)
    path = tmp_path / "large.safetensors"
    save_file(load(cards.plain_bytes()), path, metadata={checkpoints.CARD_KEY: json.dumps(card)})
    with limited(20), pytest.raises(CheckpointError, match=said):
        checkpoints.load(path)


@pytest.mark.parametrize(
    "change",
    [
        {"s2_bands": ["B02", "B02"]},
        {"s2_bands": [["B02"]]},
        {"temperature": float("nan")},
        {"accuracy": ["real fields"]},
        {"title": "\ud800"},
        {"season": {"start_month": 13, "start_day": 1, "steps": 3, "days": 30}},
        {"season": {"start_month": 10, "start_day": 1, "steps": "3", "days": 30}},
        {"classes": [{"code": True, "name": "Maize", "colour": "#e8601c"}]},
        {"classes": [{"code": 1, "name": None, "colour": "#e8601c"}]},
        {"format": "9" * 9000},
    ],
)
def test_a_card_with_a_value_of_another_kind_is_refused(change):
    with pytest.raises(CheckpointError, match="not valid|version") as caught:
        Card.from_dict({**json.loads(cards.plain_card()), **change})
    assert len(str(caught.value)) < 400


def test_a_message_is_one_line_that_any_screen_can_show():
    text = str(SeriesError("a\nb\0c\ud800d" + "x" * 50_000 + "; replace the file."))
    assert text.startswith("a b c d") and text.endswith("; replace the file.") and len(text) < LONGEST
    text.encode("utf-8")


@pytest.mark.parametrize("name", ["a\0.tif", "\ud800.tif", "x" * 230 + ".tif", "山" * 80 + ".tif"])
def test_a_name_that_no_file_can_have_is_refused(tmp_path, name):
    with pytest.raises(OutputError, match="choose"):
        checked_place(tmp_path / name)


@fuzz.fixed(5)
@given(names.any_text)
@example("S2A_OPER_PRD_" * 9000)
@example("S1A_" * 9000 + "20180704T105031_20180704T105031_")
def test_endless_names_are_read_at_once(text):
    survives(names.read_name, text)
