"""The API over an empty data directory, and an instance to connect to."""

import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from ingestion.instance import EmbeddedInstance
from ingestion.settings import Settings, load_settings
from ingestion.warehouse import prepare_data_dir
from orchestration.api import create_app
from orchestration.state import StateDatabase
from orchestration.state.tokens import Tokens

CONNECTORS = "/resources/v2.0/data-connectors"


@pytest.fixture(scope="module")
def servicenow() -> Iterator[EmbeddedInstance]:
    """An instance without a company: enough to sign in to."""
    with EmbeddedInstance(api_key="key-of-the-instance") as instance:
        yield instance


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    loaded = load_settings(
        environ={"TICKETLAKE_DATA_DIR": str(data_dir), "TICKETLAKE_SECRET_KEY": "a key of the tests"}
    )
    prepare_data_dir(loaded)
    return loaded


@pytest.fixture
def full(database: StateDatabase) -> str:
    """A token that may do everything."""
    return Tokens(database).create("full", "tests", actor="test")[1]


@pytest.fixture
def anybody(settings: Settings) -> Iterator[httpx.Client]:
    """A client of the application, in this process, without a token."""
    with warnings.catch_warnings():
        # It warns of the client library that it is built on.
        warnings.simplefilter("ignore")
        from fastapi.testclient import TestClient
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.fixture
def api(anybody: httpx.Client, full: str) -> httpx.Client:
    """The same with the token."""
    anybody.headers["Authorization"] = f"Bearer {full}"
    return anybody


@pytest.fixture
def create(api: httpx.Client) -> Callable[..., str]:
    """`create(name, url)`: a new connector's own address in the API."""

    def create(name: str = "acme", url: str = "https://example.service-now.com") -> str:
        made = api.post(CONNECTORS, json={"name": name, "url": url})
        assert made.status_code == 201, made.text
        return f"{CONNECTORS}/{made.json()['id']}"

    return create


def submit(browser: httpx.Client, uri: str, **fields: str) -> httpx.Response:
    """Open the page behind a link and send its form."""
    page = browser.get(uri)
    assert page.status_code == 200, page.text
    hidden = re.search(r'name="form" value="([0-9a-f]+)"', page.text)
    assert hidden is not None
    return browser.post(uri, data={"form": hidden.group(1), **fields})
