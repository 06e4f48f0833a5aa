"""The report of a checkpoint whose network has no attention, or one kind of it, shows none that is not there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

import report_samples as samples
from crop_attention.engine.report.attention import bands_section, calendar_section
from crop_attention.engine.report.classification import write_classification_report
from report_samples import words_of


def report_of(architecture, tmp_path):
    prepared = samples.make_prepared(card=samples.make_card(architecture=architecture))
    summary = samples.make_summary(prepared)
    result = samples.make_result(prepared, summary)
    kept = {"attention_3dcnn": 3, "utae": 1, "unet3d": 0}[architecture]
    sums = result.statistics
    absent = ("temporal_sum", "channel_sum", "s1_share_sum")[kept:]
    statistics = replace(sums, **{name: 0 * getattr(sums, name) for name in absent})
    path = tmp_path / "report.html"
    write_classification_report(str(path), prepared, summary, replace(result, statistics=statistics), {})
    return path.read_text(encoding="utf-8")


def test_a_network_without_attention_is_said_to_have_none(tmp_path):
    document = report_of("unet3d", tmp_path)
    text = words_of(document)
    assert "The network of the checkpoint (3D U-Net) has no temporal, channel or spatial attention to show." in text
    for absent in ("When the network looked", "Which bands the network", "most attention", "Sentinel-1 has a weight",
                   "share of Sentinel-1", "Attention and phenology", "Radar | optical"):  # fmt: skip
        assert absent not in text
    assert "Phenology" in text and "Maize: NDVI and VH" in document
    assert "temporal attention" not in document.replace("has no temporal", "")
    assert "Maize 84.0 ha 32.3 %" in text and "Mean confidence is" in text


def test_a_network_with_temporal_attention_alone_shows_that(tmp_path):
    text = words_of(report_of("utae", tmp_path))
    assert "The network of the checkpoint (U-TAE) has no channel or spatial attention to show." in text
    assert "When the network looked" in text and "Attention and phenology" in text
    assert "The 15-day steps that have the most attention: for Maize" in text
    assert "Which bands the network read" not in text and "Sentinel-1 has a weight" not in text


def test_a_run_for_heatmaps_shows_them_before_the_areas(tmp_path):
    prepared = samples.make_prepared(card=samples.make_card())
    summary = samples.make_summary(prepared)
    given = str(tmp_path / "report.html"), prepared, summary, samples.make_result(prepared, summary), {}
    order = (">When the network looked", ">Attention and phenology", ">Which bands", ">Area, confidence")
    for first in (True, False):
        write_classification_report(*given, attention_first=first)
        document = Path(given[0]).read_text(encoding="utf-8")
        places = [document.index(text) for text in (order if first else (order[-1], *order[:-1]))]
        assert places == sorted(places)


def test_single_pixels_of_a_class_do_not_set_the_colours_of_the_heat_tables():
    prepared = samples.make_prepared(card=samples.make_card())
    statistics = samples.make_result(prepared, samples.make_summary(prepared)).statistics
    pixels = statistics.pixels.copy()
    smallest = int(np.flatnonzero(pixels)[-1])
    pixels[smallest] = 1
    name = prepared.card.classes[smallest].name
    for section in (calendar_section, bands_section):
        whole, cut = (section(prepared, replace(statistics, pixels=each)) for each in (statistics.pixels, pixels))
        assert name in whole and "Left out" not in whole
        assert name not in cut and "Left out: 1 class under 0.1 % of the area." in cut.replace("\u00a0", " ")


def test_the_default_network_shows_all(tmp_path):
    text = words_of(report_of("attention_3dcnn", tmp_path))
    for shown in (
        "When the network looked",
        "Which bands the network read",
        "Sentinel-1 has a weight",
        "Attention and phenology",
    ):
        assert shown in text
    assert "attention to show" not in text
    assert "What determined it is shown by the output 'Temporal contribution'." in text
    assert "What each step contributed" not in text
    assert text.count("Attention says where the network looked, not what determined its decision.") == 1
    assert "It weighs the single bands where they enter the network. The share of Sentinel-1 is something else" in text


def test_the_report_says_whether_a_reader_sees_attention_or_contribution(tmp_path):
    prepared = samples.make_prepared(card=samples.make_card())
    summary = samples.make_summary(prepared)
    result = samples.make_result(prepared, summary)
    parts = np.zeros_like(result.statistics.temporal_sum)
    parts[:, 5], parts[:, 6] = 3, 1
    path = tmp_path / "report.html"
    told = replace(result, statistics=replace(result.statistics, contribution_sum=parts))
    write_classification_report(str(path), prepared, summary, told, {})
    document = path.read_text(encoding="utf-8")
    text = words_of(document)
    assert "When the network looked" in text and "What each step contributed" in text
    assert "Contribution and phenology" in text and "temporal contribution (bars, colour of the class)" in text
    assert "Contribution is not attention: it is computed backwards from the decision" in text
    assert (
        "The 15-day steps that contributed most to the decision: for Maize" in text
        and "(100 % of the contribution)" in text
    )
    assert "Attention says where the network looked" not in text
    assert "What determined it is shown" not in text and "Maize: temporal contribution beside NDVI and VH" in document
