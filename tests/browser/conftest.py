"""Fixtures of the browser tests: one browser, one dashboard, each visit in a profile of its own."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import chromium
from tests.browser.served import Served, serving_dashboard
from tests.browser.visit import Visit, visiting

NewVisit = Callable[..., Visit]


@pytest.fixture(scope="session", autouse=True)
def browser_path() -> Path:
    """Skips the test where no browser is found, before a demo is made for it."""
    try:
        return chromium.find()
    except chromium.NoBrowser as reason:
        pytest.skip(str(reason))


# Not of the session: while playwright runs, no other test of this process can have an event loop.
@pytest.fixture(scope="package")
def browser(browser_path: Path) -> Iterator[Browser]:
    """Headless."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=browser_path, args=list(chromium.ARGUMENTS))
        yield started
        started.close()


@pytest.fixture(scope="package")
def lake(published_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that holds what readers need of a demo, and no more: the published files and the link."""
    data_dir = tmp_path_factory.mktemp("dashboard") / "data"
    (data_dir / "published").mkdir(parents=True)
    for version in (published_demo / "published").glob("itsm-*.duckdb"):
        shutil.copy2(version, data_dir / "published")
    (data_dir / "itsm.duckdb").symlink_to((published_demo / "itsm.duckdb").readlink())
    return data_dir


@pytest.fixture(scope="package")
def served(lake: Path) -> Iterator[Served]:
    """The dashboard over `lake`."""
    with serving_dashboard(lake, lake.with_name("output")) as dashboard:
        yield dashboard


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[NewVisit]:
    """`visit(dark=False)`: a new visitor of the dashboard; leaves at the test's end."""
    with ExitStack() as visits:
        yield lambda **how: visits.enter_context(visiting(browser, served.url, **how))
