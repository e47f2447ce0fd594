"""A demo of the survey's own: what it shows doesn't depend on which journeys were made before."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Browser
from tests.e2e.demo import Demo
from tests.e2e.survey.company import Company
from tests.e2e.visitor import Visitors


@pytest.fixture(scope="package")
def own_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo that runs."""
    running = Demo(tmp_path_factory.mktemp("survey"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="package")
async def furnished(own_demo: Demo, browser: Browser) -> Company:
    """A company with something on each of its pages."""
    company = Company(Visitors(browser, own_demo))
    await company.furnish()
    return company


@pytest.fixture
def company(furnished: Company) -> Iterator[Company]:
    """The company; what a browser complains of fails the test."""
    furnished.visitors.faults.clear()
    yield furnished
    assert furnished.visitors.faults == []
