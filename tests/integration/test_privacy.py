"""A privacy policy from the instance to the raw tables: from the first sync on, and for rows already stored."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ingestion import warehouse
from ingestion.errors import ConfigurationError
from ingestion.privacy.keys import PrivacyKey, open_key
from ingestion.privacy.policy import Policy, policy_from
from orchestration.privacy_key import rotating
from tests.integration.lake import Lake, differences, empty_lake
from tests.integration.test_cycle import insert
from tests.integration.test_drift import later

SECRET = "a secret of this data directory"
KEY = PrivacyKey.derived(SECRET)
SHIPPED = policy_from("here", "default")

USER = {
    "user_name": "zoe.q7", "name": "Zoe Quillfeather", "first_name": "Zoe", "last_name": "Quillfeather",
    "email": "zoe.q@example.com", "phone": "+49 170 1234567", "title": "Engineer",
}  # fmt: skip
TICKET = {
    "number": "INC1", "short_description": "Zoe Quillfeather cannot log in from 10.1.2.3",
    "description": "mail zoe.q@example.com", "close_notes": "called 0170/1234567", "category": "network",
}  # fmt: skip
#: Nothing of these may be in a text column.
TRACES = ("quillfeather", "zoe[.]q", "1234567", "10[.]1[.]2[.]3")


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with empty_lake(tmp_path / "data") as lake:
        lake.settings = replace(lake.settings, secret_key=SECRET)
        yield lake


def follow(lake: Lake, policy: Policy) -> None:
    """Sync by this policy from now on."""
    instance = replace(lake.instance, privacy=policy)
    lake.settings = replace(lake.settings, instances={"default": instance})


def traces(lake: Lake, words: tuple[str, ...] = TRACES) -> set[tuple[str, str]]:
    """Columns, by table, of which a value matches one of these."""
    found = set()
    with warehouse.connect(lake.settings, read_only=True) as connection:
        for schema in (warehouse.RAW, warehouse.BOOKKEEPING):
            for table, columns in warehouse.columns_of(connection, schema).items():
                texts = [name for name, kind in columns.items() if kind == "VARCHAR"]
                told = ", ".join(
                    f"count(*) FILTER (regexp_matches(lower({warehouse.quoted(name)}), '{'|'.join(words)}'))"
                    for name in texts
                )
                counts = connection.execute(f"SELECT {told} FROM {schema}.{table}").fetchall()[0] if texts else ()
                found |= {(table, name) for name, count in zip(texts, counts, strict=True) if count}
    return found


def seeded(lake: Lake) -> tuple[str, str]:
    """A person and a ticket that tells of them; their ids."""
    (user,) = insert(lake, "sys_user", USER)
    (ticket,) = insert(lake, "incident", {**TICKET, "caller_id": user, "opened_by": user})
    return user, ticket


def changed(lake: Lake, ticket: str) -> None:
    """The person changes the ticket, which the audit tells."""
    later(lake)
    lake.servicenow.control.mutate(
        {
            "op": "update", "table": "incident", "sys_id": ticket, "by": "zoe.q7",
            "at": lake.settings.now().isoformat(),
            "values": {"short_description": "Quillfeather, Zoe is in", "state": "2"},
        }
    )  # fmt: skip


def test_nothing_of_a_person_is_loaded_where_the_shipped_policy_holds(lake: Lake) -> None:
    follow(lake, SHIPPED)
    user, ticket = seeded(lake)
    lake.sync()
    changed(lake, ticket)
    tables = lake.sync()
    assert tables["incident"].updated == 1
    assert traces(lake) == set()
    stored = lake.query(
        "SELECT user_name, name, email, first_name, title FROM raw_servicenow.sys_user WHERE sys_id = ?", user
    )
    assert stored == [(*(KEY.pseudonym(USER[column]) for column in ("user_name", "name", "email")), None, "Engineer")]
    rows = lake.query(
        "SELECT short_description, description, close_notes, category, caller_id, sys_updated_by"
        " FROM raw_servicenow.incident"
    )
    by = KEY.pseudonym("zoe.q7")
    assert rows == [("[name] is in", "mail [e-mail]", "called [phone]", "network", user, by)]
    assert lake.query("SELECT short_description, sys_updated_by FROM raw_servicenow.task") == [("[name] is in", by)]
    audit = "SELECT oldvalue, newvalue, \"user\" FROM raw_servicenow.sys_audit WHERE fieldname = 'short_description'"
    assert lake.query(audit) == [("[name] cannot log in from [ip]", "[name] is in", by)]
    covered = (
        "SELECT DISTINCT status FROM ticketlake.coverage WHERE table_name = 'sys_user' AND column_name = 'first_name'"
    )
    assert lake.query(covered) == [("never_synced",)]
    again = lake.sync(full=True)
    assert {name for name, row in again.items() if row.inserted or row.updated or row.deleted} == set()


def test_another_policy_holds_for_stored_rows_from_the_next_cycle_on(lake: Lake) -> None:
    lake.servicenow.control.faults({"kind": "forbidden", "table": "sys_audit"})
    _, ticket = seeded(lake)
    lake.sync()
    changed(lake, ticket)
    lake.sync()
    places = {table for table, _ in traces(lake)}
    assert {"sys_user", "incident", "task", "seen_changes"} <= places
    follow(lake, SHIPPED)
    lake.sync()
    assert traces(lake) == set()
    assert lake.query("SELECT DISTINCT reason FROM ticketlake.pending_rewrites") == [("privacy policy of default",)]
    assert lake.query("SELECT old_value FROM ticketlake.seen_changes WHERE field = 'short_description'") == [
        ("[name] cannot log in from [ip]",)
    ]
    follow(lake, Policy())
    lake.sync()
    for table in ("sys_user", "incident", "task"):
        assert differences(lake, table) == []


@pytest.mark.proof
def test_the_audit_is_read_again_where_a_field_may_be_kept_after_all(lake: Lake) -> None:
    _, ticket = seeded(lake)
    follow(
        lake, policy_from("here", {"incident": {"short_description": "drop"}, "sys_audit": {"user": "pseudonymise"}})
    )
    lake.sync()
    changed(lake, ticket)
    lake.sync()
    old = "SELECT oldvalue FROM raw_servicenow.sys_audit WHERE fieldname = 'short_description'"
    assert lake.query(old) == [(None,)]
    follow(lake, Policy())
    lake.sync()
    assert lake.query(old) == [(TICKET["short_description"],)]
    assert differences(lake, "sys_audit") == [] and differences(lake, "incident") == []


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ({"sys_user": {"e_mail": "drop"}}, "no column sys_user.e_mail; it has email"),
        ({"sys_user": {"last_login": "scrub"}}, "the column is a glide_date, no text; drop it or keep it"),
        ({"incident": {"problem_id": "pseudonymise"}}, "refers to problem, which is no person"),
    ],
)
def test_a_policy_that_does_not_fit_the_dictionary_is_refused_before_anything_is_loaded(
    lake: Lake, policy: dict[str, Any], said: str
) -> None:
    follow(lake, policy_from("here", policy))
    report = lake.attempt()
    assert isinstance(report.error, ConfigurationError) and said in str(report.error)
    assert lake.query("SELECT count(*) FROM raw_servicenow.sys_choice") == [(0,)]


def test_pseudonyms_need_the_key_they_were_made_with(lake: Lake) -> None:
    follow(lake, SHIPPED)
    lake.sync()
    for secret, said in (("", "set TICKETLAKE_SECRET_KEY"), ("another", "is not the one")):
        lake.settings = replace(lake.settings, secret_key=secret)
        report = lake.attempt()
        assert isinstance(report.error, ConfigurationError) and said in str(report.error)


def test_a_rotated_secret_changes_no_pseudonym(lake: Lake) -> None:
    follow(lake, SHIPPED)
    user, _ = seeded(lake)
    lake.sync()
    before = lake.query("SELECT user_name FROM raw_servicenow.sys_user WHERE sys_id = ?", user)
    with rotating(replace(lake.settings, new_secret_key="the next")), warehouse.connect(lake.settings) as connection:
        for secret in (SECRET, "the next"):
            assert open_key(connection, secret).value_of(before[0][0]) == "zoe.q7"
    assert isinstance(lake.attempt().error, ConfigurationError), "the former secret opens nothing any more"
    lake.settings = replace(lake.settings, secret_key="the next")
    assert lake.sync(full=True)["sys_user"].updated == 0
    assert lake.query("SELECT user_name FROM raw_servicenow.sys_user WHERE sys_id = ?", user) == before
