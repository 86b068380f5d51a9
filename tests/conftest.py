"""Fixtures for every test: a data directory, the command line, what is made once for all, the real event log."""

import fcntl
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import settings

from ingestion.settings import Settings
from orchestration.state import StateDatabase

ROOT = Path(__file__).resolve().parent.parent
_COMMAND = [sys.executable, "-m", "orchestration"]
#: It takes a minute, and more on a busy machine.
_DEMO_SECONDS = 900
DEMO_OPTIONS = ("--incidents", "600", "--days", "60", "--ticks", "1")

# Timings belong to benchmarks: a busy machine must not fail a property.
settings.register_profile("ticketlake", deadline=None)
settings.load_profile("ticketlake")

Ticketlake = Callable[..., subprocess.CompletedProcess[str]]
MadeOnce = Callable[[str, Callable[[Path], None]], Path]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the proofs, and let those that read the demo wait until it was made beside the others."""
    for item in items:
        if ROOT / "tests" / "proof" in item.path.parents:
            item.add_marker(pytest.mark.proof)
    items.sort(key=_reads_demo)


def _reads_demo(item: pytest.Item) -> bool:
    return "published_demo" in getattr(item, "fixturenames", ())


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
    given = dict(environment or {})
    if python_path:
        given["PYTHONPATH"] = str(python_path)
    return subprocess.run(
        [*_COMMAND, *arguments],
        env=environment_of(data_dir) | given,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def environment_of(data_dir: Path) -> dict[str, str]:
    """This process's own without its settings of ours, and the data directory."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TICKETLAKE_", "SERVICENOW_", "DAGSTER_", "DBT_", "STREAMLIT_"))
    }
    return {**inherited, "TICKETLAKE_DATA_DIR": str(data_dir)}


def _of_all_workers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of this test run."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    """`made_once(name, make)`: a folder for all workers, filled by the first to need it; for reading only."""

    def made(name: str, make: Callable[[Path], None]) -> Path:
        folder = _of_all_workers(tmp_path_factory) / name
        with folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = folder.with_suffix(".done")
            if not done.exists():
                # A worker that failed leaves part of it.
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                done.touch()
        return folder

    return made


@pytest.fixture(scope="session", autouse=True)
def demo_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the demo of this test run is, or will be: the first worker begins it beside its tests, if any reads it."""
    worker, folder = os.environ.get("PYTEST_XDIST_WORKER"), _of_all_workers(tmp_path_factory) / "demo"
    if worker not in (None, "gw0") or not any(map(_reads_demo, request.session.items)):
        yield folder
        return
    folder.mkdir()
    command = shlex.join([*_COMMAND, "demo", *DEMO_OPTIONS])
    with (folder / "output").open("wb") as output:
        making = subprocess.Popen(
            ["sh", "-c", f"{command}; echo $? > {shlex.quote(str(folder / 'exit'))}"],
            env=environment_of(folder / "data"), cwd=ROOT, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    yield folder
    with suppress(ProcessLookupError):
        os.killpg(making.pid, signal.SIGKILL)
    making.wait()


@pytest.fixture(scope="session")
def published_demo(demo_folder: Path) -> Path:
    """The data directory of a finished demo of 600 incidents, made once for all workers; for reading only."""
    give_up = time.monotonic() + _DEMO_SECONDS
    ended, code = demo_folder / "exit", ""
    while not ended.exists() or not (code := ended.read_text().strip()):
        assert time.monotonic() < give_up, f"no demo after {_DEMO_SECONDS} s"
        time.sleep(0.2)
    assert code == "0", (demo_folder / "output").read_text()
    return demo_folder / "data"


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
