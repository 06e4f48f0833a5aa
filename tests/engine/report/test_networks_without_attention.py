"""The report of a checkpoint whose network has no attention, or one kind of it, shows none that is not there."""

from __future__ import annotations

from dataclasses import replace

import report_samples as samples
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
    assert "The network of the checkpoint (3D U-Net) has no temporal or channel or spatial attention to show." in text
    for absent in ("When the network looked", "Which bands weighed", "steps that weighed most", "Sentinel-1 carried",
                   "share of Sentinel-1", "Attention beside phenology", "Radar | optical"):  # fmt: skip
        assert absent not in text
    assert "Phenology" in text and "Maize: NDVI and VH" in document
    assert "temporal attention" not in document.replace("has no temporal", "")
    assert "Maize 84.0 ha 32.3 %" in text and "Mean confidence is" in text


def test_a_network_with_temporal_attention_alone_shows_that(tmp_path):
    text = words_of(report_of("utae", tmp_path))
    assert "The network of the checkpoint (U-TAE) has no channel or spatial attention to show." in text
    assert "When the network looked" in text and "Attention beside phenology" in text
    assert "The 15-day steps that weighed most: for Maize" in text
    assert "Which bands weighed" not in text and "Sentinel-1 carried" not in text


def test_the_default_network_shows_all(tmp_path):
    text = words_of(report_of("attention_3dcnn", tmp_path))
    for shown in ("When the network looked", "Which bands weighed", "Sentinel-1 carried", "Attention beside phenology"):
        assert shown in text
    assert "attention to show" not in text
