"""A stop is heard in every phase of a training, and its progress moves in each, whatever the phase takes."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

pytest.importorskip("torch")

from crop_attention.engine.cancelling import GIVEN_UP, cancellable
from crop_attention.engine.errors import Cancelled
from crop_attention.engine.feedback import Feedback
from crop_attention.engine.training import epochs, loop, predict, train
from crop_attention.engine.training.learners import forest, linear, logistic, network, selection
from tiny_training import OPTIONS, samples, write_base

PHASES = {
    "fingerprint": (network, "fingerprint"),
    "sampler": (network, "_sampler"),
    "validation": (predict, "_forward"),
    "temperature": (epochs, "fitted_temperature"),
    "step": (loop.Fitting, "_advance"),
    "choice": (selection, "choose"),
    "linear": (linear, "fitted"),
    "forest": (forest, "features_of"),
    "logistic": (logistic, "fitted"),
}
LONG, SOON = 10.0, 2.0
"""Seconds that a phase takes, and until a stop in it must be heard."""


class Watch(Feedback):
    """Stops once the slow phase has begun, if asked to; keeps progress."""

    def __init__(self, stops: bool) -> None:
        self.stops, self.began, self.shares = stops, 0.0, []

    def progress(self, fraction: float) -> None:
        self.shares.append((time.monotonic(), fraction))

    def cancelled(self) -> bool:
        return self.stops and self.began > 0


@pytest.fixture
def slow(monkeypatch):
    """A function that makes the first call of a phase take its time, and tells the watch of it."""
    over = threading.Event()

    def call(phase: str, watch: Watch, seconds: float) -> None:
        place, name = PHASES[phase]
        if phase in ("forest", "logistic"):
            pytest.importorskip("sklearn")
        own = getattr(place, name)

        def slowly(*values, **named):
            if not watch.began:
                watch.began = time.monotonic()
                over.wait(seconds)
            return own(*values, **named)

        monkeypatch.setattr(forest, "TREES", 25)
        monkeypatch.setattr(place, name, slowly)

    yield call
    over.set()


@pytest.mark.parametrize("phase", PHASES)
def test_a_stop_is_heard_while_a_phase_takes_long(phase, slow, tmp_path):
    watch = Watch(stops=True)
    slow(phase, watch, LONG)
    dataset, split = samples()
    with pytest.raises(Cancelled):
        train.train(dataset, split, tmp_path / "x.safetensors", replace(OPTIONS, epochs=1), write_base(tmp_path), watch)
    assert 0 < time.monotonic() - watch.began < SOON
    assert not (tmp_path / "x.safetensors").exists()


@pytest.mark.parametrize("phase", ["validation", "step", "linear"])
def test_progress_moves_while_a_phase_takes_long(phase, slow, tmp_path):
    watch = Watch(stops=False)
    slow(phase, watch, 1.5)
    dataset, split = samples()
    train.train(dataset, split, tmp_path / "x.safetensors", replace(OPTIONS, epochs=1), write_base(tmp_path), watch)
    shares = [fraction for _, fraction in watch.shares]
    assert shares == sorted(shares) and shares[-1] == 1
    during = {fraction for at, fraction in watch.shares if watch.began < at < watch.began + 1.5}
    assert len(during) > 2, during


def test_what_was_given_up_ends_before_the_next_run_computes(slow, tmp_path):
    """torch draws for dropout from one place: a step that goes on beside another run would change its weights."""
    dataset, split = samples()
    options, base = replace(OPTIONS, epochs=1), write_base(tmp_path)
    watch = Watch(stops=True)
    slow("step", watch, 2.0)
    with pytest.raises(Cancelled):
        train.train(dataset, split, tmp_path / "x.safetensors", options, base, watch)
    assert [each for each in threading.enumerate() if each.name == GIVEN_UP]
    train.train(dataset, split, tmp_path / "y.safetensors", options, base, Watch(stops=False))
    assert not [each for each in threading.enumerate() if each.name == GIVEN_UP]


@pytest.mark.parametrize("ear", [Watch(stops=False), Feedback()], ids=["heard", "nobody listens"])
def test_nothing_computes_beside_what_was_given_up(ear):
    over, stopped = threading.Event(), Watch(stops=True)
    stopped.began = time.monotonic()
    with pytest.raises(Cancelled):
        cancellable(lambda: over.wait(LONG), stopped)
    threading.Timer(0.5, over.set).start()
    assert cancellable(lambda: [each for each in threading.enumerate() if each.name == GIVEN_UP], ear) == []
