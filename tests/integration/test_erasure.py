"""Erasing a person from the rows of a lake: who is meant, what changes, and what the next syncs bring again."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ingestion import warehouse
from ingestion.erasure.erasing import Erasure, ErasureRequest, erase
from ingestion.erasure.files import rewrite_messages, sweep
from ingestion.errors import ConfigurationError
from ingestion.privacy.keys import PrivacyKey, keep_key
from ingestion.privacy.policy import policy_from
from orchestration.cli import app
from orchestration.state import StateDatabase
from orchestration.state.audit_log import AuditLog
from tests.integration.lake import Lake, empty_lake
from tests.integration.test_cycle import insert, update
from tests.integration.test_drift import later
from tests.integration.test_privacy import SECRET, TICKET, USER, changed, follow, seeded, traces


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with empty_lake(tmp_path / "data") as lake:
        lake.settings = replace(lake.settings, secret_key=SECRET)
        yield lake


def erased(lake: Lake, user: str, *, dry_run: bool = False, **more: object) -> Erasure:
    with warehouse.connect(lake.settings) as connection:
        return erase(connection, lake.settings, ErasureRequest(user, **more), dry_run=dry_run)  # type: ignore[arg-type]


def told(lake: Lake) -> set[tuple[str, str]]:
    """Columns of which a value names the person; what is no name stays."""
    return traces(lake, ("quillfeather", "zoe[.]q", "170 1234567"))


def test_a_person_goes_from_every_row_and_does_not_come_back(lake: Lake) -> None:
    user, ticket = seeded(lake)
    (other,) = insert(lake, "sys_user", {"user_name": "ada", "name": "Ada Lovelace", "email": "ada@example.com"})
    insert(lake, "kb_knowledge", {"number": "KB1", "short_description": "By Zoe Quillfeather", "author": user})
    lake.sync()
    changed(lake, ticket)
    lake.sync()
    assert {"sys_user", "incident", "task", "sys_audit", "kb_knowledge"} <= {table for table, _ in told(lake)}
    count = lake.query("SELECT count(*) FROM raw_servicenow.sys_user")
    dry = erased(lake, "ZOE.Q@example.com", dry_run=True)
    assert told(lake) and lake.query("SELECT count(*) FROM ticketlake.erasures") == [(0,)]
    done = erased(lake, "ZOE.Q@example.com", reason="case 7")
    assert done.changed == dry.changed and done.persons == (("default", user),)
    assert told(lake) == set()
    label = done.label
    columns = "SELECT user_name, name, email, first_name, title FROM raw_servicenow.sys_user WHERE sys_id = ?"
    assert lake.query(columns, user) == [(label, label, None, None, None)]
    rows = lake.query("SELECT short_description, caller_id, sys_updated_by, category FROM raw_servicenow.incident")
    assert rows == [(f"{label} is in", user, label, "network")]
    assert lake.query("SELECT count(*) FROM raw_servicenow.sys_user") == count
    assert lake.query("SELECT name FROM raw_servicenow.sys_user WHERE sys_id = ?", other) == [("Ada Lovelace",)]
    ((by, reason),) = lake.query("SELECT requested_by, reason FROM ticketlake.erasures")
    assert (by, reason) == ("command", "case 7")
    proof = dict(lake.query("SELECT place || '.' || column_name, changed FROM ticketlake.erasure_changes"))
    assert proof["sys_user.user_name"] == 1 and proof["incident.short_description"] == 1
    # Everything again, then a new name of the same row, then texts with the new one.
    again = lake.sync(full=True)
    assert {name for name, row in again.items() if row.inserted or row.updated or row.deleted} == set()
    later(lake)
    at = lake.settings.now().isoformat()
    lake.servicenow.control.mutate(
        {"op": "update", "table": "sys_user", "sys_id": user, "values": {"name": "Zoe Harrow"}, "at": at},
        {
            "op": "update", "table": "incident", "sys_id": ticket, "by": "zoe.q7", "at": at,
            "values": {"close_notes": "Zoe Harrow <zoe.q@example.com>", "description": "ask Quillfeather, Zoe"},
        },
    )  # fmt: skip
    lake.sync()
    assert told(lake) == set() and traces(lake, ("harrow",)) == set()
    notes = "SELECT close_notes, description FROM raw_servicenow.incident"
    assert lake.query(notes) == [(f"{label} <{label}>", f"ask {label}")]
    lake.settings = replace(lake.settings, secret_key="")
    assert "they would come back" in str(lake.attempt().error)


def test_a_code_that_is_a_user_name_stays_a_code(lake: Lake) -> None:
    """`network` is a category of incidents, and a title has choices in another table alone."""
    insert(lake, "sys_user", {"user_name": "network", "name": "Nadia Work", "title": "network"})
    other = {"name": "u_x", "element": "short_description", "value": "1"}
    lake.servicenow.control.mutate({"op": "choice", "values": other})
    (ticket,) = insert(lake, "incident", {"category": "inquiry", "short_description": "network: ask Nadia Work"})
    lake.sync()
    later(lake)
    update(lake, "incident", [ticket], at=lake.settings.now(), category="network", description="network")
    lake.sync()
    label = erased(lake, "nadia work").label
    assert lake.query("SELECT category, description, short_description FROM raw_servicenow.incident") == [
        ("network", label, f"{label}: ask {label}")
    ]
    audit = "SELECT newvalue FROM raw_servicenow.sys_audit WHERE fieldname = ?"
    assert lake.query(audit, "category") == [("network",)] and lake.query(audit, "description") == [(label,)]


@pytest.mark.proof
def test_a_pseudonymised_person_is_found_and_erased(lake: Lake) -> None:
    follow(lake, policy_from("here", "default"))
    user, _ = seeded(lake)
    lake.sync()
    done = erased(lake, "Zoe Quillfeather")
    columns = "SELECT user_name, name, email FROM raw_servicenow.sys_user WHERE sys_id = ?"
    assert lake.query(columns, user) == [(done.label, done.label, None)]
    assert lake.sync(full=True)["sys_user"].updated == 0
    assert lake.query(columns, user) == [(done.label, done.label, None)]


def test_who_is_not_clearly_meant_is_refused_with_ids_alone(lake: Lake) -> None:
    seeded(lake)
    twins = insert(lake, "sys_user", *({"user_name": f"t{n}", "name": "Tom Twin"} for n in range(2)))
    lake.sync()
    with pytest.raises(ConfigurationError) as refused:
        erased(lake, "tom twin")
    assert all(key in str(refused.value) for key in twins) and "twin" not in str(refused.value).lower()
    with pytest.raises(ConfigurationError) as refused:
        erased(lake, "Zoe Quilfeather")
    assert "nearly so are" in str(refused.value) and "feather" not in str(refused.value)
    with pytest.raises(ConfigurationError, match="--also: a text of fewer than 3"):
        erased(lake, USER["user_name"], also=("x",))
    assert erased(lake, twins[0]).persons == (("default", twins[0]),)
    assert lake.query("SELECT count(*) FROM raw_servicenow.sys_user WHERE name = 'Tom Twin'") == [(0,)]
    gone = erased(lake, TICKET["number"], unlisted=True)
    assert gone.persons == () and {line.column_name for line in gone.changed} == {"number"}
    lake.settings = replace(lake.settings, secret_key="")
    with pytest.raises(ConfigurationError, match="TICKETLAKE_SECRET_KEY"):
        erased(lake, "tom twin")


def test_the_command_refuses_what_it_cannot_do_and_counts_before_it_does(lake: Lake) -> None:
    with warehouse.connect(lake.settings) as connection:
        warehouse.ensure_schema(connection)
        connection.execute(
            "INSERT INTO raw_servicenow.sys_user (instance, sys_id, user_name, name, email)"
            " VALUES ('default', 'z1', 'zoe.q7', 'Zoe Quillfeather', 'zoe.q@example.com')"
        )
    environ = {"TICKETLAKE_DATA_DIR": str(lake.settings.data_dir), "SERVICENOW_INSTANCE_URL": lake.servicenow.url}
    keyless = {**environ, "TICKETLAKE_SECRET_KEY": "", "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    for env, user, said in (
        ({**environ, "TICKETLAKE_SECRET_KEY": SECRET}, "nobody.here", "nobody is known by what --user says"),
        (keyless, "zoe.q7", "TICKETLAKE_SECRET_KEY"),
    ):
        answer = CliRunner().invoke(app, ["erase", "--user", user, "--json"], env=env)
        assert answer.exit_code == 2 and said in json.loads(answer.stdout)["error"]
    keyed = {**environ, "TICKETLAKE_SECRET_KEY": SECRET}
    told = CliRunner().invoke(app, ["erase", "--user", "ZOE.Q7", "--dry-run"], env=keyed)
    assert told.exit_code == 0 and "default: sys_user z1" in told.stdout and "quill" not in told.stdout.lower()
    assert lake.query("SELECT name FROM raw_servicenow.sys_user") == [("Zoe Quillfeather",)]


def test_who_has_the_key_reads_a_pseudonym_and_the_audit_log_keeps_why(lake: Lake) -> None:
    with warehouse.connect(lake.settings) as connection:
        warehouse.ensure_schema(connection)
        key = PrivacyKey.derived(SECRET)
        keep_key(connection, key, SECRET)
    pseudonym = key.pseudonym("zoe.q7")
    environ = {"TICKETLAKE_DATA_DIR": str(lake.settings.data_dir), "SERVICENOW_INSTANCE_URL": lake.servicenow.url}

    def reveal(asked: str, secret: str = SECRET, reason: str = "case 7") -> Any:
        command = ["reveal", asked, "--reason", reason, "--json"]
        answer = CliRunner().invoke(app, command, env={**environ, "TICKETLAKE_SECRET_KEY": secret})
        return {**json.loads(answer.stdout), "exit_code": answer.exit_code}

    assert reveal(pseudonym)["values"] == {pseudonym: "zoe.q7"}
    other = PrivacyKey.derived("another secret").pseudonym("zoe.q7")
    for refused, said in (
        (reveal(other), f"{other}: no pseudonym that this data directory's key has made"),
        (reveal(pseudonym, secret="another secret"), "TICKETLAKE_SECRET_KEY is not the one"),
        (reveal(pseudonym, reason=" "), "--reason is empty"),
    ):
        assert refused["exit_code"] == 2 and said in refused["error"] and "zoe" not in refused["error"]
    (entry,) = [each for each in AuditLog(StateDatabase(lake.settings.state_path)).entries() if each.action == "reveal"]
    assert entry.subject == pseudonym and entry.detail == {"reason": "case 7"}


def test_files_beside_the_warehouse_are_swept(tmp_path: Path) -> None:
    with empty_lake(tmp_path / "data") as lake:
        directory, settings = lake.settings.data_dir, lake.settings
    ours = {
        "reports/run.html": "<b>Zoe&nbsp;Quillfeather</b>",
        "dbt/run_results.json": '{"m": "Zo\\u00eb Quillfeather"}',
    }
    for name, text in {**ours, "reports/other.html": "Zoe", "notes.txt": "Zoe Quillfeather"}.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(text)
    (directory / "old.gz").write_bytes(b"\x1f\x8b\x08")
    with closing(sqlite3.connect(settings.state_path, isolation_level=None)) as db:
        db.executescript(
            "create table runs (instance text, error text);"
            "insert into runs values ('Zoe Quillfeather', 'no Zoe QUILLFEATHER');"
            "create trigger fixed before update on runs begin select raise(abort, 'append only'); end;"
        )

    def told(text: str) -> str:
        return re.sub("Zo[eë](&nbsp;| )Quillfeather", "X", text, flags=re.IGNORECASE)

    swept = sweep(settings, told)
    assert swept.unlinked == ["dbt/run_results.json", "reports/run.html"] and swept.rewritten == 1
    assert set(swept.left) == {"notes.txt", "old.gz"}
    assert b"QUILLFEATHER" not in settings.state_path.read_bytes()
    with closing(sqlite3.connect(settings.state_path)) as db:
        assert db.execute("select * from runs").fetchall() == [("Zoe Quillfeather", "no X")]
        with pytest.raises(sqlite3.IntegrityError, match="append only"):
            db.execute("update runs set error = ''")
    assert rewrite_messages(settings.state_path, told) == 0
