"""What a designed sample says of itself."""

from __future__ import annotations

import numpy as np

from crop_attention.engine.accuracy.design import DesignOptions
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.jobs.design_sample import DesignRequest, design
from rasters import write_raster


class Listener(Feedback):
    """Keeps warnings."""

    def __init__(self) -> None:
        super().__init__()
        self.warnings: list[str] = []

    def warning(self, text: str) -> None:
        self.warnings.append(text)


def test_the_error_is_that_of_the_units_that_were_placed(tmp_path):
    codes = np.ones((40, 40), np.uint8)
    codes[:, 20:] = 2
    crop_map = write_raster(tmp_path / "map.tif", codes, dtype="uint8")
    place, voice = str(tmp_path / "sample.gpkg"), Listener()
    found = design(DesignRequest(crop_map, place, options=DesignOptions(size=80)), voice)
    assert (found.drawn, voice.warnings) == ((40, 40), [])
    assert found.numbers["EXPECTED_ERROR"] == found.design.expected_error
    apart = DesignOptions(size=80, minimum_distance=150.0)
    found = design(DesignRequest(crop_map, str(tmp_path / "apart.gpkg"), options=apart), voice)
    assert sum(found.drawn) < 20
    assert found.numbers["EXPECTED_ERROR"] > 2 * found.design.expected_error
    assert "could not be placed" in voice.warnings[0]


def test_a_target_that_the_map_cannot_give_is_warned_of(tmp_path):
    crop_map = write_raster(tmp_path / "map.tif", np.repeat([[1, 2]], 10, axis=0), dtype="uint8")
    voice = Listener()
    design(DesignRequest(crop_map, str(tmp_path / "sample.gpkg"), options=DesignOptions(target_error=0.01)), voice)
    assert any("more than the target of 0.01" in text for text in voice.warnings)
