"""A healthy warehouse in memory, and Great Expectations, once for all tests here."""

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from ingestion.settings import InstanceSettings, Settings
from orchestration.quality.validation import Validator
from tests.quality.healthy import INSTANCE, NOW, fill_public, fill_raw


@pytest.fixture(scope="session")
def contract() -> dict[str, dict[str, Any]]:
    """The contract's tables by `schema.table`."""
    document = yaml.safe_load((Path(__file__).parent.parent / "contract.yml").read_text(encoding="utf-8"))
    return {
        f"{schema}.{name}": table for schema in ("sdm", "metrics", "meta") for name, table in document[schema].items()
    }


@pytest.fixture(scope="session")
def validator() -> Validator:
    return Validator()


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    instance = InstanceSettings(INSTANCE, "https://example.service-now.com")
    return Settings(data_dir=data_dir, fixed_now=datetime.fromisoformat(NOW), instances={INSTANCE: instance})


@pytest.fixture(scope="session")
def healthy(contract: dict[str, dict[str, Any]]) -> duckdb.DuckDBPyConnection:
    """Both layers with every rule holding; a test that changes it rolls back."""
    con = duckdb.connect()
    fill_raw(con)
    fill_public(con, {name: table["columns"] for name, table in contract.items()})
    return con
