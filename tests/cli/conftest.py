"""A small country on disk, and a terminal that remembers what it was told."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

from county_files import country as write_country

pytest.importorskip("torch")


@dataclass(frozen=True)
class Country:
    """Where the small country lies, and the arguments that name its series."""

    series: str
    counties: str
    parcels: str
    checkpoint: str

    @property
    def inputs(self) -> list[str]:
        """Series and network, on one thread of the CPU."""
        return [*self.look, "--device", "cpu", "--threads", "1"]

    @property
    def look(self) -> list[str]:
        """Series and network."""
        return ["--s2", self.series, "--s1", self.series, "--checkpoint", self.checkpoint]


@dataclass(frozen=True)
class Told:
    """What a command told: exit status, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def values(self) -> dict[str, str]:
        """Results given as lines."""
        return dict(line.split("=", 1) for line in self.out.splitlines())

    @property
    def json(self) -> dict:
        """Results given as JSON."""
        return json.loads(self.out)

    @property
    def errors(self) -> list[str]:
        """Sentences that say what went wrong."""
        return [line[len("error: ") :] for line in self.err.splitlines() if line.startswith("error: ")]


@pytest.fixture(scope="session")
def country(tmp_path_factory) -> Country:
    """Two counties side by side, five parcels, a network of random weights; names as analysts give them."""
    order = write_country(tmp_path_factory.mktemp("Été 2018 (country)"), ("Alba", "Böhm/en"))
    return Country(order.s2[0], order.counties, order.parcels, order.checkpoint)


@pytest.fixture
def cli(capsys):
    """A function that runs a command in this process."""
    from crop_attention.cli.main import main

    def call(*words: object) -> Told:
        capsys.readouterr()
        code = main([str(word) for word in words])
        return Told(code, *capsys.readouterr())

    return call


@pytest.fixture
def out(tmp_path) -> Path:
    """An empty folder for outputs."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def interruptible():
    """A suite that was started in the background inherits an ignored SIGINT, which commands rightly leave ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
