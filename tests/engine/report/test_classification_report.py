"""The report of a classification says the numbers of the run, stands alone, and escapes what it is told."""

import html
import re
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

import numpy as np
import pytest

import report_samples as samples
from crop_attention.engine.errors import OutputError
from crop_attention.engine.report import wording
from crop_attention.engine.report.classification import write_classification_report
from report_samples import words_of

PROVENANCE = {"CHECKPOINT_SHA256": "ab" * 32, "DEVICE": "CPU, 2 threads"}


@pytest.fixture(scope="module")
def run():
    prepared = samples.make_prepared()
    summary = samples.make_summary(prepared)
    return prepared, summary, samples.make_result(prepared, summary)


@pytest.fixture(scope="module")
def document(run, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_classification_report(str(path), *run, PROVENANCE)
    return path.read_text(encoding="utf-8")


def write(tmp_path, prepared, summary, result, provenance=PROVENANCE):
    path = tmp_path / "report.html"
    write_classification_report(str(path), prepared, summary, result, provenance)
    return path.read_text(encoding="utf-8")


def test_area_and_share_of_each_mapped_class_are_told(document):
    text = words_of(document)
    assert "The map covers 260 ha in 7 classes" in text
    assert "Maize 84.0 ha 32.3 %" in text
    assert "Rapeseed 9.0 ha 3.5 %" in text
    assert "Not found: Winter barley, Spring cereals, Sunflower" in text


def test_the_summary_names_the_steps_that_weighed_most(document):
    # Maize peaks at step 19: the three steps around it begin 278, 293 and 308... days after the start.
    days = [samples.START.toordinal() + step * samples.DAYS for step in (18, 19, 20)]
    first, second, third = (f"{day.day} {day:%b}" for day in map(date.fromordinal, days))
    assert f"for Maize those from {first}, {second} and {third}" in words_of(document)
    assert "three steps would have 12 % if all 24 observed ones weighed alike" in words_of(document)


def test_steps_without_a_look_do_not_share_the_attention(run):
    prepared, _, result, *_ = run
    looks = {name: np.where(np.arange(24) < 11, 1.0, 0.0) for name in ("s2_clear", "s1_clear")}
    told = wording.what_decided(prepared, replace(result.statistics, **looks))
    assert "three steps would have 27 % if all 11 observed ones weighed alike" in told.replace("\u00a0", " ")


def test_the_share_of_sentinel_1_is_the_mean_over_pixels(document, run):
    statistics = run[2].statistics
    share = statistics.s1_share_sum.sum() / statistics.sampled.sum()
    assert f"Where the two sensors are joined Sentinel-1 has a weight of {100 * share:.0f} %" in words_of(document)
    assert "highest for Not cropland (72 %) and lowest for Winter cereals (20 %)" in words_of(document)


def test_a_class_of_low_confidence_is_named_as_a_reason_for_care(document):
    assert "low confidence for Sugar beet" in words_of(document)


def test_every_acquisition_is_drawn_with_its_date_and_clear_share(document, run):
    for day, share in run[1].s2_clear_shares:
        assert f"{day.isoformat()}: {100 * share:.0f}\u00a0% clear" in document
    for acquisition in run[0].s1.acquisitions:
        assert f"<title>{acquisition.date.isoformat()}</title>" in document


def test_attention_of_a_class_is_told_for_each_step_and_band(document, run):
    prepared, _, result = run
    k = 3
    assert prepared.card.classes[k].name == "Maize"
    first, last = prepared.placed.step_bounds(19)
    share = result.statistics.temporal[k, 19]
    assert f"Maize, {first.isoformat()} to {last.isoformat()}: {100 * share:.1f}\u00a0%" in document
    for band, weight in zip(("B02", "VH"), result.statistics.channel[k, [0, 11]]):
        assert f"Maize, {band}: {100 * weight:.1f}\u00a0%" in document


def test_each_mapped_class_has_a_drawing_of_attention_beside_ndvi_and_vh(document):
    drawn = re.findall(r"<title>([^<]+): temporal attention beside NDVI and VH</title>", document)
    assert drawn == ["Maize", "Winter cereals", "Grassland", "Potatoes", "Sugar beet", "Rapeseed", "Not cropland"]


def test_ndvi_breaks_where_no_look_was_clear(document):
    start = document.index("<title>Maize: temporal attention")
    drawing = document[start : document.index("</svg>", start)]
    ndvi = re.findall(r'<polyline points="([^"]+)"[^>]*stroke="#2f8f4e"', drawing)
    # Steps 4 and 5 were never seen: 4 points before, 18 after.
    assert [len(points.split()) for points in ndvi] == [4, 18]


def test_a_step_that_few_pixels_of_a_class_were_seen_at_is_not_drawn(tmp_path, run):
    prepared, summary, _ = run
    result = samples.make_result(prepared, summary)
    result.statistics.ndvi_count[3, 10] = 0.01 * result.statistics.sampled[3]
    written = write(tmp_path, prepared, summary, result)
    start = written.index("<title>Maize: temporal attention")
    drawing = written[start : written.index("</svg>", start)]
    ndvi = re.findall(r'<polyline points="([^"]+)"[^>]*stroke="#2f8f4e"', drawing)
    assert [len(points.split()) for points in ndvi] == [4, 4, 13]


def test_warnings_card_and_provenance_are_told(document):
    text = words_of(document)
    assert "B8A is missing: B08 is used instead." in text
    assert "120 simulated counties of temperate Europe." in text
    assert "Limits of the checkpoint Not yet measured on real fields." in text
    assert "overall accuracy, held-out simulated counties: 0.83" in text
    assert "Checkpoint SHA256 " + "ab" * 32 in text


def test_the_file_stands_alone_and_runs_nothing(document):
    assert re.findall(r"<(?:script|link|img|iframe|object|embed)\b", document) == []
    assert re.findall(r"url\(|@import|\son\w+=", document) == []
    addresses = set(re.findall(r"https?://[^\"' <]+", document))
    assert addresses == {"http://www.w3.org/2000/svg"}


def test_the_file_is_well_formed(document):
    root = ElementTree.fromstring(document.split("\n", 1)[1])
    assert root.tag == "html"
    assert len(list(root.iter("{http://www.w3.org/2000/svg}svg"))) == 11


def test_the_style_keeps_to_what_old_viewers_know(document):
    assert re.findall(r"display:\s*(?:grid|flex)|var\(", document) == []


def test_what_others_wrote_is_escaped(tmp_path, run):
    prepared, summary, result = run
    evil = '<script>alert("x")</script> & <b>'
    changed = samples.make_prepared(warnings=(evil,), notes=(evil,), card=samples.make_card(title=evil, limits=evil))
    written = write(tmp_path, changed, summary, result, {evil: evil})
    assert "<script" not in written
    assert written.count(html.escape(evil, quote=True)) >= 7


def test_one_sensor_alone_is_named_and_its_share_left_out(tmp_path):
    prepared = samples.make_prepared(s1=None)
    summary = samples.make_summary(prepared)
    result = samples.make_result(prepared, summary)
    result.statistics.vh_count[:] = 0
    text = words_of(write(tmp_path, prepared, summary, result))
    assert "Sentinel-1 was not given, which costs accuracy." in text
    assert "Sentinel-1 is missing" in text
    assert "of the decision" not in text
    assert "VH in dB" not in text


def test_few_clear_steps_and_a_long_gap_are_reasons_for_care(tmp_path, run):
    prepared, summary, result = run
    poor = type(summary)(**{**vars(summary), "usable_s2": 3, "longest_gap_days": 95})
    text = words_of(write(tmp_path, prepared, poor, result))
    assert "only 3 of 24 steps have a clear Sentinel-2 observation" in text
    assert "95 days without a clear Sentinel-2 observation" in text


def test_a_clean_run_gives_no_reason_for_care(run):
    prepared = samples.make_prepared(warnings=())
    summary, result = run[1], samples.make_result(prepared, run[1])
    result.statistics.confidence_sum = result.statistics.pixels * 0.9
    sentence = wording.how_far_to_trust(prepared, summary, result)
    assert sentence.startswith("Mean confidence is 90\u00a0%. Nothing in the series itself casts doubt on the map")


def test_a_map_without_any_pixel_is_said_and_drawn_without_classes(tmp_path, run):
    prepared, summary, _ = run
    empty = samples.make_result(prepared, summary)
    for field in vars(empty.statistics):
        setattr(empty.statistics, field, np.zeros_like(getattr(empty.statistics, field)))
    text = words_of(write(tmp_path, prepared, summary, empty))
    assert "No pixel was mapped" in text
    assert "Area, confidence and sensors by class" not in text
    assert re.search(r"\bnan\b", text) is None


def test_a_run_without_statistics_still_tells_the_season(tmp_path, run):
    prepared, summary, result = run
    bare = type(result)(**{**vars(result), "statistics": None})
    text = words_of(write(tmp_path, prepared, summary, bare))
    assert "24 steps of 15 days from 2017-10-01 to 2018-09-25." in text
    assert "The map covers" not in text


def test_the_report_appears_whole_or_not_at_all(tmp_path, run):
    (tmp_path / "report.html").mkdir()
    with pytest.raises(OutputError):
        write(tmp_path, *run)
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]
