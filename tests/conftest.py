"""Fixtures for every test: a data directory, the command line, a demo's result, the real event log."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import settings

from ingestion.settings import Settings
from orchestration.state import StateDatabase

ROOT = Path(__file__).resolve().parent.parent
DEMO_OPTIONS = ("--incidents", "600", "--days", "60")

# Timings belong to benchmarks: a busy machine must not fail a property.
settings.register_profile("ticketlake", deadline=None)
settings.load_profile("ticketlake")

Ticketlake = Callable[..., subprocess.CompletedProcess[str]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the proofs."""
    for item in items:
        if ROOT / "tests" / "proof" in item.path.parents:
            item.add_marker(pytest.mark.proof)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data directory that does not exist yet."""
    return tmp_path / "data"


@pytest.fixture
def database(settings: Settings) -> StateDatabase:
    """The state of the data directory that the test's own `settings` name."""
    return StateDatabase(settings.state_path)


@pytest.fixture(scope="session")
def ticketlake() -> Ticketlake:
    """`ticketlake(*arguments, data_dir=, environment=, python_path=)`: the command line in a process of its own.

    It sees none of the caller's settings. `python_path` goes before the installed packages.
    """
    return _run


def _run(
    *arguments: str,
    data_dir: Path,
    environment: Mapping[str, str] | None = None,
    python_path: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TICKETLAKE_", "SERVICENOW_", "DAGSTER_", "DBT_"))
    }
    given = {"TICKETLAKE_DATA_DIR": str(data_dir), **(environment or {})}
    if python_path:
        given["PYTHONPATH"] = str(python_path)
    return subprocess.run(
        [sys.executable, "-m", "orchestration", *arguments],
        env=inherited | given,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="session")
def published_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a finished demo of 600 incidents, made once; for reading only."""
    data_dir = tmp_path_factory.mktemp("demo") / "data"
    outcome = _run("demo", *DEMO_OPTIONS, data_dir=data_dir)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return data_dir


@pytest.fixture(scope="session")
def contract() -> dict[str, Any]:
    """`contract.yml`: schemas, tables, columns."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "tests" / "contract.yml").read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the UCI incident event log, which is not part of a checkout."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the UCI incident event log is not at {folder}")
    return folder
