"""What an administrator hands over or installs: the role, the freshness check, the files of `deploy/`."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ingestion import errors
from ingestion.servicenow.catalogue import TABLES
from ingestion.settings import Settings
from orchestration.cli import app
from orchestration.publish import publish
from orchestration.state import ConnectorStatus, StateDatabase, utc_now
from tests.conftest import ROOT

Call = Callable[..., tuple[int, str]]


@pytest.fixture
def call(data_dir: Path) -> Call:
    """`call(*arguments)`: exit code and standard output of a command."""

    def call(*arguments: str) -> tuple[int, str]:
        ended = CliRunner().invoke(app, list(arguments), env={"TICKETLAKE_DATA_DIR": str(data_dir)})
        return ended.exit_code, ended.stdout

    return call


def test_the_role_asks_for_every_table_and_nothing_that_is_never_read(call: Call) -> None:
    code, text = call("doctor", "--role", "--json")
    tables: dict[str, dict[str, Any]] = {each["table"]: each for each in json.loads(text)["tables"]}
    assert code == 0 and list(tables) == list(TABLES)
    assert {name for name, each in tables.items() if each["required"]} == {
        name for name, spec in TABLES.items() if spec.required
    }
    assert tables["incident"]["queried"] == ["sys_id", "sys_updated_on", "sys_created_on", "active"]
    assert tables["sys_audit"]["queried"] == ["sys_id", "sys_created_on", "tablename"]
    for each in tables.values():
        assert not set(each["withheld"]) & {*each["columns"], *each["queried"]}
    code, text = call("doctor", "--role")
    assert code == 0 and "user_password" in text and all(re.search(rf"\b{name}\b", text) for name in TABLES)


def test_the_doctor_looks_at_this_machine_first(call: Call, built: Settings) -> None:
    built.state_path.write_bytes(b"not a database" * 500)
    code, text = call("doctor", "--json")
    document = json.loads(text)
    assert (code, document["instances"]) == (1, [])
    assert [(check["name"], check["ok"]) for check in document["machine"]] == [
        ("data directory", True), ("room", True), ("state", False),
    ]  # fmt: skip
    assert "state.sqlite is damaged" in document["machine"][-1]["detail"]


def test_status_tells_monitoring_when_what_is_published_is_old(
    call: Call, built: Settings, database: StateDatabase
) -> None:
    assert call("status", "--max-age", "5")[0] == 1
    publish(built, database, "11111111", utc_now())
    assert call("status", "--max-age", "5")[0] == 0
    with database.transaction() as db:
        db.execute("update publications set published_at = datetime('now', '-1 day')")
    code, text = call("status", "--max-age", "300", "--json")
    assert (code, "1,440 minutes ago" in json.loads(text)["error"]) == (1, True)
    assert call("status")[0] == 0


@pytest.mark.parametrize("name", ["ticketlake.service", "ticketlake-health.service"])
def test_the_unit_of_systemd_is_valid(tmp_path: Path, name: str) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not there")
    text = (ROOT / "deploy" / name).read_text(encoding="utf-8")
    # Its program is not installed where the tests run.
    unit = tmp_path / name
    unit.write_text(re.sub(r"^(Exec\w+=)\S+", r"\1/bin/true", text, flags=re.MULTILINE), encoding="utf-8")
    ended = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    ours = [line for line in ended.stderr.splitlines() if name in line]
    assert not ours, ended.stderr


def command_lines() -> dict[str, list[str]]:
    """What the files of `deploy/` start, without the program itself."""
    found = {}
    for unit in (ROOT / "deploy").glob("*.service"):
        (line,) = re.findall(r"^ExecStart=\S+/ticketlake (.+)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
        found[unit.name] = line.split()
    container = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
    assert 'ENTRYPOINT ["ticketlake"]' in container
    (line,) = re.findall(r"^CMD (.+)$", container, re.MULTILINE)
    found["Containerfile"] = json.loads(line)
    return found


def test_what_deploy_starts_are_commands_and_options_that_exist(call: Call) -> None:
    started = command_lines()
    assert started["ticketlake.service"][0] == started["Containerfile"][0] == "up"
    for command, *arguments in started.values():
        code, usage = call(command, "--help")
        assert code == 0
        assert all(argument in usage for argument in arguments if argument.startswith("--"))


def test_the_runbook_has_every_exit_code_and_every_state() -> None:
    text = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    codes = {getattr(errors, name).exit_code for name in dir(errors) if name.endswith("Error")} | {0}
    assert all(re.search(rf"^### Exit code {code}\b", text, re.MULTILINE) for code in codes)
    assert all(re.search(rf"^### `{state}`", text, re.MULTILINE) for state in ConnectorStatus)
