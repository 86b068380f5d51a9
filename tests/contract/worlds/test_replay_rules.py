"""How a log is played: effective times, closing fields that wait for their row, code spaces, choices."""

import csv
import gzip
from datetime import datetime
from pathlib import Path

import pytest

from ingestion.instance import EmbeddedInstance
from ingestion.instance.replay import Replay
from ingestion.instance.replay.event_log import COLUMNS
from tests.contract.worlds.conftest import tables_of

_DEFAULTS = {
    "active": "true", "reassignment_count": "0", "reopen_count": "0", "made_sla": "true", "caller_id": "Caller 8",
    "opened_by": "Opened by  8", "sys_created_by": "Created by 8", "sys_updated_by": "Updated by 8",
    "contact_type": "Phone", "location": "Location 8", "category": "Category 8", "subcategory": "Subcategory 8",
    "impact": "2 - Medium", "urgency": "2 - Medium", "priority": "3 - Moderate", "assignment_group": "Group 8",
    "knowledge": "false", "u_priority_confirmation": "false", "notify": "Do Not Notify",
}  # fmt: skip


def _events(number: str, *rows: dict[str, str], **common: str) -> list[dict[str, str]]:
    return [dict.fromkeys(COLUMNS, "?") | _DEFAULTS | {"number": number} | common | row for row in rows]


def _event(state: str, at: str, **values: str) -> dict[str, str]:
    return {"incident_state": state, "sys_updated_at": at, **values}


_ROUND = {"opened_at": "29/2/2016 08:00", "resolved_by": "Resolved by 8", "resolved_at": "2/3/2016 09:30",
          "closed_at": "7/3/2016 10:00", "closed_code": "code 6"}  # fmt: skip
_LOG = [
    *_events(
        "INC0000001",
        _event("New", "29/2/2016 08:05"),
        _event("Active", "29/2/2016 08:05", assigned_to="Resolver 8"),
        _event("Awaiting Vendor", "29/2/2016 09:00", assigned_to="Resolver 8", assignment_group="?"),
        _event("Resolved", "1/3/2016 09:00", assigned_to="Resolver 8", assignment_group="Group 9"),
        _event("Active", "1/3/2016 10:00", reopen_count="1"),
        _event("Resolved", "2/3/2016 09:30"),
        _event("Closed", "7/3/2016 10:00", active="false"),
        **_ROUND,
    ),
    *_events(
        "INC0000002",
        _event("New", "1/3/2016 12:00", priority="2 - High"),
        _event("Active", "1/3/2016 14:00"),
        _event("-100", "1/3/2016 13:00"),
        _event("Closed", "3/3/2016 09:00", closed_code="code 9", active="false", problem_id="Problem ID  3"),
        rfc="CHG0000007",
        caused_by="CHG0000007",
        opened_at="1/3/2016 13:30",
        closed_at="3/3/2016 09:00",
    ),
]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(_LOG)
    return path


def _at(log: Path, moment: str) -> EmbeddedInstance:
    return EmbeddedInstance(Replay(log), now=datetime.fromisoformat(moment))


def _ticket(instance: EmbeddedInstance, number: str) -> dict[str, str] | None:
    return next((row for row in instance.store.rows("incident") if row["number"] == number), None)


def test_a_row_appears_at_its_first_event_and_not_before(log: Path) -> None:
    with _at(log, "2016-02-29 08:04:59") as instance:
        assert _ticket(instance, "INC0000001") is None
        assert instance.store.count("sys_user") > 0
        instance.application.live_on(datetime(2016, 2, 29, 8, 5))
        row = _ticket(instance, "INC0000001")
        assert row is not None
        # Both rows of that minute apply, in the order of the file.
        assert (row["state"], row["sys_mod_count"]) == ("2", "1")
        assert row["sys_created_on"] == row["sys_updated_on"] == "2016-02-29 08:05:00"
        assert row["opened_at"] == "2016-02-29 08:00:00"
        assert (row["sys_created_by"], row["sys_updated_by"]) == ("created.by.8", "updated.by.8")


@pytest.mark.parametrize(
    ("moment", "state", "hold_reason", "resolved_at", "closed_at", "close_code"),
    [
        ("2016-02-29 10:00", "3", "4", "", "", ""),
        ("2016-03-01 09:00", "6", "", "2016-03-01 09:00:00", "", ""),
        ("2016-03-01 10:00", "2", "", "", "", ""),
        ("2016-03-02 09:30", "6", "", "2016-03-02 09:30:00", "", ""),
        ("2016-03-08 00:00", "7", "", "2016-03-02 09:30:00", "2016-03-07 10:00:00", "code 6"),
    ],
)
def test_closing_fields_wait_for_the_row_whose_state_sets_them(
    log: Path, moment: str, state: str, hold_reason: str, resolved_at: str, closed_at: str, close_code: str
) -> None:
    with _at(log, moment) as instance:
        row = _ticket(instance, "INC0000001")
    assert row is not None
    assert (row["state"], row["incident_state"], row["hold_reason"]) == (state, state, hold_reason)
    assert (row["resolved_at"], row["closed_at"], row["close_code"]) == (resolved_at, closed_at, close_code)
    assert bool(row["resolved_by"]) == bool(resolved_at)
    assert row["active"] == str(state != "7").lower()


def test_an_event_takes_effect_no_later_than_the_next_one_of_its_ticket(log: Path) -> None:
    with _at(log, "2016-03-01 12:59:59") as instance:
        assert (_ticket(instance, "INC0000002") or {})["state"] == "1"
        instance.application.live_on(datetime(2016, 3, 1, 13, 0))
        row = _ticket(instance, "INC0000002")
        assert row is not None
        # Active is logged at 14:00, but before a row of 13:00; -100 is no state.
        assert (row["state"], row["incident_state"], row["sys_mod_count"]) == ("", "", "2")
        assert row["sys_updated_on"] == "2016-03-01 13:00:00"
        assert row["opened_at"] > row["sys_created_on"]


def test_a_ticket_that_never_was_resolved_closes_without_the_time(log: Path) -> None:
    with _at(log, "2016-04-01 00:00") as instance:
        row = _ticket(instance, "INC0000002")
    assert row is not None
    assert (row["state"], row["resolved_at"], row["resolved_by"]) == ("7", "", "")
    assert (row["closed_at"], row["close_code"]) == ("2016-03-03 09:00:00", "code 9")
    assert row["calendar_stc"] == str(43 * 3600 + 1800)
    assert row["business_stc"] == str((3 * 60 + 30 + 9 * 60 + 60) * 60)


def test_every_change_of_a_field_leaves_an_audit_row(log: Path) -> None:
    with _at(log, "2016-04-01 00:00") as instance:
        key = (_ticket(instance, "INC0000001") or {})["sys_id"]
        audits = sorted(
            (int(row["record_checkpoint"]), row["fieldname"], row["oldvalue"], row["newvalue"], row["sys_created_on"])
            for row in instance.store.rows("sys_audit")
            if row["documentkey"] == key and row["fieldname"] in ("state", "assignment_group", "resolved_at")
        )
        groups = {row["sys_id"]: row["name"] for row in instance.store.rows("sys_user_group")}
    named = [(c, field, groups.get(old, old), groups.get(new, new), at[:16]) for c, field, old, new, at in audits]
    assert named == [
        (1, "state", "1", "2", "2016-02-29 08:05"),
        (2, "assignment_group", "Group 8", "", "2016-02-29 09:00"),
        (2, "state", "2", "3", "2016-02-29 09:00"),
        (3, "assignment_group", "", "Group 9", "2016-03-01 09:00"),
        (3, "resolved_at", "", "2016-03-01 09:00:00", "2016-03-01 09:00"),
        (3, "state", "3", "6", "2016-03-01 09:00"),
        (4, "assignment_group", "Group 9", "Group 8", "2016-03-01 10:00"),
        (4, "resolved_at", "2016-03-01 09:00:00", "", "2016-03-01 10:00"),
        (4, "state", "6", "2", "2016-03-01 10:00"),
        (5, "resolved_at", "", "2016-03-02 09:30:00", "2016-03-02 09:30"),
        (5, "state", "2", "6", "2016-03-02 09:30"),
        (6, "state", "6", "7", "2016-03-07 10:00"),
    ]


def test_equal_numbers_of_different_columns_are_different_people(log: Path) -> None:
    with _at(log, "2016-04-01 00:00") as instance:
        row = _ticket(instance, "INC0000001")
        users = {user["sys_id"]: user for user in instance.store.rows("sys_user")}
        change = {found["sys_id"]: found["number"] for found in instance.store.rows("change_request")}
        problem = {found["sys_id"]: found["number"] for found in instance.store.rows("problem")}
        other = _ticket(instance, "INC0000002")
    assert row is not None
    assert other is not None
    names = {users[row[column]]["name"] for column in ("caller_id", "opened_by", "resolved_by")}
    assert names == {"Caller 8", "Opened by 8", "Resolved by 8"}
    assert {"created.by.8", "updated.by.8", "resolver.8"} <= {user["user_name"] for user in users.values()}
    assert change[other["rfc"]] == change[other["caused_by"]] == "CHG0000007"
    assert problem[other["problem_id"]] == "PRB0000003"


def test_codes_have_choices_and_the_extra_column_is_in_the_dictionary(log: Path) -> None:
    with _at(log, "2016-04-01 00:00") as instance:
        listed = {
            (row["element"], row["value"]) for row in instance.store.rows("sys_choice") if row["name"] == "incident"
        }
        assert {
            ("category", "Category 8"), ("subcategory", "Subcategory 8"), ("close_code", "code 6"),
            ("contact_type", "Phone"), ("hold_reason", "6"),
        } <= listed  # fmt: skip
        elements = {row["element"] for row in instance.store.rows("sys_dictionary") if row["name"] == "incident"}
        assert "u_priority_confirmation" in elements


def test_any_steps_lead_to_the_same_tables(log: Path) -> None:
    with _at(log, "2016-02-28 00:00") as stepped, _at(log, "2016-02-28 00:00") as at_once:
        for moment in (
            "2016-02-29 08:05",
            "2016-03-01 09:30",
            "2016-03-01 12:30",
            "2016-03-01 13:00",
            "2016-04-01 00:00",
        ):
            stepped.application.live_on(datetime.fromisoformat(moment))
        at_once.application.live_on(datetime(2016, 4, 1))
        assert tables_of(stepped.store) == tables_of(at_once.store)


def test_a_ticket_deleted_by_hand_is_not_played_on(log: Path) -> None:
    with _at(log, "2016-03-01 12:30") as instance:
        key = (_ticket(instance, "INC0000001") or {})["sys_id"]
        instance.platform.delete("incident", key, audit=False)
        instance.application.live_on(datetime(2016, 4, 1))
        assert _ticket(instance, "INC0000001") is None
        assert (_ticket(instance, "INC0000002") or {})["state"] == "7"
        assert instance.control.truth()["deleted"] == {"audited": [], "unaudited": [key]}


def test_a_packed_log_is_the_same_log(log: Path, tmp_path: Path) -> None:
    packed = tmp_path / "log.csv.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()))
    with _at(log, "2016-04-01 00:00") as plain, _at(packed, "2016-04-01 00:00") as unpacked:
        assert tables_of(plain.store) == tables_of(unpacked.store)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("incident_state", "state", "no incident event log: it has no column incident_state"),
        ("29/2/2016 09:00", "2016-02-29 09:00", "'2016-02-29 09:00' is not a time such as 29/2/2016 01:16"),
        ("Awaiting Vendor", "Asleep", "unknown incident_state 'Asleep'"),
        ("INC0000002,Active", "INC0000001,Active", "the rows of INC0000001 are not together"),
        ("INC0000002,Active,", "INC0000002,Active,,", "has not 36 columns"),
    ],
)
def test_what_is_no_such_log_is_refused(log: Path, old: str, new: str, message: str) -> None:
    log.write_text(log.read_text().replace(old, new, 1))
    with pytest.raises(ValueError, match=message):
        _at(log, "2016-04-01 00:00")
