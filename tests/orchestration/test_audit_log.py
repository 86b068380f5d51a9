"""Who changed what: kept for ever, whatever is tried."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from orchestration.state import AuditLog, StateDatabase
from orchestration.state.audit_log import record


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    log = AuditLog(StateDatabase(tmp_path / "state.sqlite"))
    log.record("connector delete", "default", actor="command", detail={"purge": True}, run_id="1")
    return log


def test_an_entry_says_who_did_what(log: AuditLog) -> None:
    (entry,) = log.entries()
    assert (entry.actor, entry.action, entry.subject, entry.detail) == (
        "command", "connector delete", "default", {"purge": True},
    )  # fmt: skip
    assert entry.os_user and entry.run_id == "1"


def test_a_change_that_does_not_happen_leaves_no_entry(log: AuditLog) -> None:
    with pytest.raises(ZeroDivisionError), log.database.transaction() as db:
        record(db, "config rollback", "1", actor="command")
        raise ZeroDivisionError
    assert len(log.entries()) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "delete from audit_log",
        "update audit_log set actor = 'somebody else'",
        "insert or replace into audit_log values (1, '', 'nobody', '', 'x', '', '', null)",
    ],
)
def test_entries_cannot_be_changed_by_sql_either(log: AuditLog, statement: str) -> None:
    with closing(sqlite3.connect(log.database.path)) as db, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute(statement)
    assert [entry.actor for entry in log.entries()] == ["command"]
