"""Versions of the configuration: recorded by runs, compared, brought back, never changed."""

import json
import sqlite3
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ingestion.errors import ConfigurationError, InvalidSettings
from ingestion.settings import Credentials, load_settings
from orchestration.cli import app
from orchestration.configuration.document import changes, document_of
from orchestration.configuration.last_good import explained
from orchestration.cycle import open_cycle
from orchestration.request import CycleRequest
from orchestration.state import AuditLog, Runs, StateDatabase
from orchestration.state.configuration import Configurations

SECRETS = {
    "SERVICENOW_USERNAME": "canary-user",
    "SERVICENOW_PASSWORD": "canary-password",
    "TICKETLAKE_SECRET_KEY": "canary-key",
    "HTTPS_PROXY": "http://canary-proxy:canary-word@proxy.example:3128",
}
GOOD = "retention_days = 300\n[instances.default]\nnoise_codes = ['Duplicate']\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ticketlake.toml"


@pytest.fixture
def environ(data_dir: Path) -> dict[str, str]:
    return {"TICKETLAKE_DATA_DIR": str(data_dir), "SERVICENOW_INSTANCE_URL": "http://127.0.0.1:9", **SECRETS}


@pytest.fixture
def state(data_dir: Path) -> StateDatabase:
    return StateDatabase(data_dir / "state.sqlite")


@pytest.fixture
def run(file: Path, environ: dict[str, str], state: StateDatabase) -> Any:
    """`run(id)` passes through a cycle that loads nothing with the file as it is; the version its run has."""

    def run(run_id: str) -> str | None:
        with open_cycle(load_settings(file, environ), run_id, CycleRequest()) as cycle:
            cycle._ledger.begin_run("default", "retention")
            cycle._ledger.published()
        (found,) = Runs(state).of(run_id)
        return found.config_version

    return run


@pytest.fixture
def config(file: Path, environ: dict[str, str]) -> Any:
    """`config(*arguments)`: the document of `ticketlake config ... --json`."""

    def config(*arguments: str) -> Any:
        ended = CliRunner().invoke(
            app, ["config", *arguments, "--config", str(file), "--json"], env=environ, catch_exceptions=False
        )
        return json.loads(ended.stdout)

    return config


def test_a_run_records_the_configuration_it_found_and_bears_its_version(
    file: Path, run: Any, state: StateDatabase, config: Any
) -> None:
    file.write_text(GOOD)
    assert (run("1"), run("2")) == ("1", "1")
    file.write_text(GOOD.replace("300", "200"))
    assert run("3") == "2"
    first, second = config("history")["versions"]
    assert (first["cause"], first["changed"]) == ("first", [])
    assert (second["cause"], second["changed"]) == ("found changed", ["retention_days"])
    difference = config("diff", "1", "2")
    assert difference["changed"] == [{"setting": "retention_days", "from": 300, "to": 200}]
    assert "-retention_days = 300" in difference["file"] and "+retention_days = 200" in difference["file"]
    assert [entry.subject for entry in AuditLog(state).entries()] == ["version 2", "version 1"]


def test_a_comment_is_no_other_configuration(file: Path, run: Any) -> None:
    file.write_text(GOOD)
    assert run("1") == "1"
    file.write_text("# for the auditors\n" + GOOD)
    assert run("2") == "1"


def test_a_rollback_brings_the_file_back_and_keeps_what_it_replaced(
    file: Path, run: Any, config: Any, state: StateDatabase
) -> None:
    file.write_text(GOOD)
    run("1")
    file.write_text(GOOD.replace("300", "200"))
    run("2")
    file.write_text("# tried by hand, never run\n" + GOOD.replace("300", "100"))
    done = config("rollback", "1")
    assert file.read_text() == GOOD and not list(file.parent.glob(".ticketlake*"))
    assert (done["target"], done["kept"], done["version"], done["differs"]) == (1, 3, 4, [])
    kept = Configurations(state).get(3)
    assert kept.file is not None and "tried by hand" in kept.file
    assert run("3") == "4"
    assert AuditLog(state).entries(1)[0].action == "config rollback"
    assert config("audit", "--limit", "1")["entries"][0]["detail"] == {"kept": 3, "now": 4}


def test_a_rollback_says_what_the_environment_decides(
    file: Path, run: Any, config: Any, environ: dict[str, str]
) -> None:
    file.write_text(GOOD)
    run("1")
    environ["TICKETLAKE_RETENTION_DAYS"] = "99"
    assert config("rollback", "1")["differs"] == ["retention_days"]


@pytest.mark.parametrize("bad", ["retention_days = 'many'\n", "retention_days = = 3\n", "colour = 'red'\n"])
def test_a_bad_file_is_refused_naming_the_last_good_version_and_can_be_rolled_back(
    bad: str, file: Path, run: Any, config: Any, environ: dict[str, str], state: StateDatabase
) -> None:
    file.write_text(GOOD)
    run("1")
    file.write_text(bad)
    with pytest.raises(InvalidSettings) as refused:
        load_settings(file, environ)
    assert refused.value.exit_code == 2
    assert "last good configuration is version 1" in explained(refused.value)
    done = config("rollback", "1")
    assert file.read_text() == GOOD
    kept = Configurations(state).get(done["kept"])
    assert kept.file == bad and kept.settings is None and kept.error
    assert config("rollback", str(kept.version))["error"].startswith(f"configuration version {kept.version} was never")


def test_a_version_that_is_not_there_is_named_with_those_that_are(file: Path, run: Any, state: StateDatabase) -> None:
    with pytest.raises(ConfigurationError, match="none has been recorded"):
        Configurations(state).get(1)
    file.write_text(GOOD)
    run("1")
    with pytest.raises(ConfigurationError, match="known: 1 to 1"):
        Configurations(state).get(7)


def test_no_secret_is_in_a_version(file: Path, run: Any, data_dir: Path) -> None:
    file.write_text(GOOD)
    run("1")
    found = b"".join(path.read_bytes() for path in data_dir.glob("state.sqlite*"))
    assert b"proxy.example" in found
    assert b"canary" not in found


@pytest.mark.parametrize("statement", ["delete from configurations", "update configurations set settings = '{}'"])
def test_a_version_never_changes(file: Path, run: Any, state: StateDatabase, statement: str) -> None:
    file.write_text(GOOD)
    run("1")
    with closing(sqlite3.connect(state.path)) as db, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute(statement)


def test_every_setting_is_in_the_document_but_secrets_places_and_the_time(file: Path, environ: dict[str, str]) -> None:
    settings = load_settings(None, environ)
    document = document_of(settings)
    secret = {f.name for f in fields(settings) if not f.repr or isinstance(getattr(settings, f.name), Credentials)}
    assert secret >= {"config_text", "secret_key"}
    assert set(vars(settings)) - set(document) == {"data_dir", "fixed_now", "config_path", *secret}
    assert set(vars(settings.instances["default"])) - set(document["instances"]["default"]) == {"credentials"}
    assert not changes(document, json.loads(json.dumps(document)))
    assert changes(document, document_of(replace(settings, memory_limit="1GB"))) == {"memory_limit": ("2GB", "1GB")}
