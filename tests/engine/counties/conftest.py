"""A country that is written once, for tests that only read it."""

from __future__ import annotations

import pytest

from county_files import country


@pytest.fixture(scope="session")
def orders(tmp_path_factory: pytest.TempPathFactory):
    """A function from the name of an output folder to an order over one country, whose inputs must not be changed."""
    from county_files import in_folder

    order = country(tmp_path_factory.mktemp("country"))
    return lambda name: in_folder(order, name)


@pytest.fixture(scope="session")
def finished(orders):
    """An undisturbed run over the country: the order and its result, which must not be changed."""
    from crop_attention.engine.counties.executors.base import SerialExecutor
    from crop_attention.engine.counties.job import classify_counties
    from crop_attention.engine.feedback import Feedback

    order = orders("finished")
    return order, classify_counties(order, Feedback(), SerialExecutor())
