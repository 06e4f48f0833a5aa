"""A run over counties that an analyst cancels in the window, whatever it is at: soon heard, whole when run again."""

from __future__ import annotations

import threading
import time

import pytest
from qgis.core import QgsProcessingException, QgsVectorLayer

from counties import Listener
from county_files import country as write_country

LONGEST = 20.0
"""Seconds until the end on a machine that does much else; alone it takes less than 2."""


class Analyst(Listener):
    """Presses cancel in another thread, as the window does, when a progress text is shown."""

    def __init__(self, moment: str) -> None:
        super().__init__()
        self.pressed = 0.0
        self._moment = moment

    def setProgressText(self, text: str) -> None:
        super().setProgressText(text)
        if text == self._moment and not self.pressed:
            self.press()

    def press(self) -> None:
        self.pressed = time.monotonic()
        pressing = threading.Thread(target=self.cancel)
        pressing.start()
        pressing.join()


@pytest.fixture
def values(tmp_path):
    """What a run over two counties needs."""
    order = write_country(tmp_path, ("Alba", "Beta"))
    return {
        "COUNTIES": order.counties, "COUNTY_FIELD": "name", "S2_FOLDER": order.s2[0], "S1_FOLDER": order.s1[0],
        "CHECKPOINT": order.checkpoint, "DEVICE": "cpu", "OUTPUTS": [0], "OUTPUT_FOLDER": str(tmp_path / "maps"),
    }  # fmt: skip


@pytest.fixture
def workers(request, values):
    """So many workers of Dask, which take the counties; none for this process."""
    if not request.param:
        yield 0
        return
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=request.param, threads_per_worker=1, dashboard_address=None, memory_limit=0
    ) as dask:
        values["SCHEDULER"] = dask.scheduler_address
        yield request.param


@pytest.mark.parametrize(
    ("moment", "workers"),
    [("", 0), ("Planning the counties", 0), ("Alba: Reading the series", 0), ("Alba: Classifying", 0),
     ("", 1), ("Planning the counties", 2), ("Alba: Classifying", 1), ("Alba: Classifying", 2)],
    indirect=["workers"],
)  # fmt: skip
def test_a_cancel_is_heard_soon_tables_tell_what_is_done_and_the_next_run_ends(run, values, moment, workers, tmp_path):
    analyst, maps = Analyst(moment), tmp_path / "maps"
    if not moment:
        analyst.press()
    said = ""
    try:
        run("classifycounties", values, analyst)
    except QgsProcessingException as error:
        said = str(error)
    late = time.monotonic() - analyst.pressed
    assert analyst.pressed and late < LONGEST
    assert list(maps.rglob(".*")) == []
    done = {path.parent.name for path in maps.glob("*/crop_map.tif")}
    # Counties that workers had in hand may be whole before they hear of it; the rest must not be.
    assert "cancelled" in said or (workers and len(done) == 2)
    if moment.startswith("Alba"):
        table = {f["county"]: f["status"] for f in QgsVectorLayer(str(maps / "counties.gpkg")).getFeatures()}
        assert table == {name: "done" if name in done else "cancelled" for name in ("Alba", "Beta")}
    results, _, _ = run("classifycounties", values)
    assert (results["DONE"], results["KEPT"], results["FAILED"]) == (2 - len(done), len(done), 0)
    table = {f["county"]: f["status"] for f in QgsVectorLayer(results["SUMMARY"]).getFeatures()}
    assert table == {"Alba": "done", "Beta": "done"}
