"""The workflow files that ship: they parse, and their `ticketlake check` does in a small lake what they rely on."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingestion.settings import load_settings
from ingestion.warehouse import RAW, connect
from tests.conftest import DEMO_OPTIONS, ROOT, Ticketlake, environment_of

#: The command line where neither orchestrator nor model builder can be imported.
BARE = """
import sys
sys.modules.update(dict.fromkeys(["dagster", "dagster_dbt", "dbt", "dlt"]))
from orchestration.cli import main
main()
"""

Check = Callable[[str], "subprocess.CompletedProcess[str]"]


def workflow(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))
    return document


def commands(name: str, job: str) -> list[str]:
    """The shell lines of a job."""
    steps = workflow(name)["jobs"][job]["steps"]
    return [line for step in steps if "run" in step for line in step["run"].splitlines()]


def ticketlake_part(line: str) -> list[str]:
    """The arguments that a shell line gives `ticketlake`, without the redirection."""
    command = shlex.split(line.partition(">")[0])
    assert command[0] == ".venv/bin/ticketlake"
    return command[1:]


@pytest.fixture(scope="module")
def lake(published_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo's warehouse and state: checks write their reports beside them."""
    data_dir = tmp_path_factory.mktemp("lake") / "data"
    data_dir.mkdir()
    for name in ("warehouse.duckdb", "state.sqlite"):
        shutil.copy(published_demo / name, data_dir / name)
    return data_dir


@pytest.fixture(scope="module")
def check(lake: Path) -> Iterator[Check]:
    """Runs a line of a workflow in the lake, without Dagster."""

    def run(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", BARE, *ticketlake_part(line)],
            env=environment_of(lake), cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip

    yield run


def test_a_change_is_checked_on_a_generated_company(check: Check, lake: Path) -> None:
    install, build, check_it = commands("data-quality.yml", "company")
    assert install == "make venv"
    # The copied lake is what the second line builds.
    assert ticketlake_part(build) == ["demo", *DEMO_OPTIONS]
    ended = check(check_it)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "0 critical failures" in ended.stdout
    reports = lake / "reports"
    assert {path.name for path in reports.iterdir()} >= {"data-quality.json", "data-quality.html", "data-docs"}
    assert (reports / "data-docs" / "public" / "sdm.itsm.html").is_file()


def test_the_lake_is_checked_each_morning_and_a_critical_failure_fails_the_job(check: Check, lake: Path) -> None:
    install, line = commands("data-quality.yml", "lake")
    assert install == "make venv"
    # The morning before: what was loaded until then is not looked at row by row again.
    ended = check(line)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    with connect(load_settings(environ={"TICKETLAKE_DATA_DIR": str(lake)})) as con:
        con.execute(f"INSERT INTO {RAW}.sys_user_group SELECT * FROM {RAW}.sys_user_group LIMIT 1")
    ended = check(line)
    assert ended.returncode == 4, ended.stdout + ended.stderr
    document = json.loads(ended.stdout)
    assert document["layers"][0]["failed_critical"] == 1 and "critical" in document["error"]
    assert ended.stderr.startswith("ticketlake: 1 critical")


def test_a_lake_that_is_not_there_ends_with_1_and_a_wrong_setting_with_2(
    ticketlake: Ticketlake, tmp_path: Path
) -> None:
    absent = ticketlake("check", "--json", data_dir=tmp_path / "nowhere")
    assert absent.returncode == 1 and "does not exist yet" in json.loads(absent.stdout)["error"]
    wrong = ticketlake("check", data_dir=tmp_path, environment={"TICKETLAKE_RETENTION_DAYS": "many"})
    assert wrong.returncode == 2 and "retention_days" in wrong.stderr


def test_every_change_runs_everything() -> None:
    assert commands("ci.yml", "run") == [".ci/run"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    # YAML reads the key `on` as true.
    triggers: Any = workflow("ci.yml")
    assert "pull_request" in triggers[True] and triggers[True]["push"] == {"branches": ["main"]}


def test_nothing_in_a_workflow_may_write_to_the_repository() -> None:
    for name in ("ci.yml", "data-quality.yml"):
        assert workflow(name)["permissions"] == {"contents": "read"}
