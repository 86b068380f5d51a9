"""A pytest plugin: `-p ingestion.instance.pytest_plugin` gives tests of any project a ServiceNow instance."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from ingestion.instance.embedded import EmbeddedInstance

#: Where the clock of the fixture stands.
NOW = datetime(2026, 1, 5, 12)


@pytest.fixture
def servicenow() -> Iterator[EmbeddedInstance]:
    """An instance with no records but the platform's own, its clock frozen at `NOW`."""
    with EmbeddedInstance(now=NOW) as instance:
        yield instance
