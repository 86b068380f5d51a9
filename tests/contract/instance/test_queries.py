"""Encoded queries over HTTP: grammar, operators, values worked out by the instance (reference, section 2)."""

import pytest

from tests.contract.instance.conftest import Desk


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=1", "INC1"),
        ("state!=1", "INC2 INC3 INC4"),
        ("active!=true", "INC4"),
        ("active=1", "INC1 INC2 INC3"),
        ("priority>2", "INC2"),
        ("priority<10", "INC1 INC4"),
        ("priority>=2^priority<=10", "INC2 INC4"),
        ("priority!=1", "INC2 INC3 INC4"),
        ("state=01", "INC1"),
        ("stateIN1,7", "INC1 INC4"),
        ("stateNOT IN1,7", "INC2 INC3"),
        ("short_descriptionLIKEmail", "INC1 INC3"),
        ("short_description*mail", "INC1 INC3"),
        ("short_descriptionCONTAINSmail", "INC1 INC3"),
        ("short_descriptionNOT LIKEmail", "INC2 INC4"),
        ("short_descriptionNOTLIKEmail", "INC2 INC4"),
        ("short_description!*mail", "INC2 INC4"),
        ("short_descriptionLIKE100%", "INC2"),
        ("short_descriptionLIKE_", ""),
        ("short_descriptionSTARTSWITHMAIL", "INC1 INC3"),
        ("short_descriptionENDSWITHslow", "INC1"),
        ("short_description%slow", "INC1"),
        ("short_description=mail IS slow", "INC1"),
        ("short_description>mail b", "INC1 INC3"),
        ("short_descriptionISEMPTY", "INC4"),
        ("short_descriptionEMPTYSTRING", "INC4"),
        ("short_descriptionISNOTEMPTY", "INC1 INC2 INC3"),
        ("short_description=", "INC4"),
        ("short_descriptionANYTHING", "INC1 INC2 INC3 INC4"),
        ("category=hardware", "INC2 INC4"),
        ("priorityBETWEEN2@10", "INC2 INC4"),
        ("opened_at>2026-01-02", "INC2 INC3"),
        ("opened_at<2026-01-02 09:30:00", "INC1"),
        ("opened_at<=2026-01-02 09:30:00", "INC1 INC2"),
        ("opened_atBETWEEN2026-01-01 08:00:00@2026-01-02 09:30:00", "INC1 INC2"),
        ("opened_atONToday@2026-01-01 00:00:00@2026-01-01 23:59:59", "INC1"),
        ("opened_atNOTONToday@2026-01-01 00:00:00@2026-01-01 23:59:59", "INC2 INC3 INC4"),
        ("opened_atRELATIVEGT@hour@ago@48", "INC3"),
        ("opened_atRELATIVELT@dayofweek@ago@4", "INC1"),
        ("opened_atRELATIVEEE@dayofweek@ago@2", "INC3"),
        ("opened_at>javascript:gs.daysAgoStart(2)", "INC3"),
        ("opened_at>=javascript:gs.dateGenerate('2026-01-02','start')", "INC2 INC3"),
        ("opened_atONLast week@javascript:gs.daysAgoStart(4)@javascript:gs.daysAgoEnd(3)", "INC1 INC2"),
        ("opened_at<javascript:gs.beginningOfThisMonth()^opened_atISNOTEMPTY", ""),
        ("business_duration>javascript:gs.getDurationDate('1 0:0:0')", "INC3"),
        ("resolved_atSAMEASopened_at", "INC4"),
        ("resolved_atNSAMEASopened_at", "INC1 INC2 INC3"),
        ("resolved_atGT_FIELDopened_at", "INC3"),
        ("priorityLT_FIELDstate", "INC4"),
        ("resolved_atLT_FIELDopened_at", ""),
        ("caller_id.name=Ann Lee", "INC1 INC3"),
        ("caller_id.manager.user_name=maria", "INC1 INC3"),
        ("caller_id.manager.nameISEMPTY", "INC2 INC4"),
        ("caller_idLIKEann", "INC1 INC3"),
        ("caller_idISEMPTY", "INC4"),
        ("cmdb_ci.sys_class_nameINSTANCEOFcmdb_ci_server", "INC1"),
        ("state=1^EQ", "INC1"),
        ("^state=1^", "INC1"),
    ],
)  # fmt: skip
def test_operators(desk: Desk, query: str, expected: str) -> None:
    assert desk.numbers(query) == expected.split()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=1^ORstate=2^active=true", "INC1 INC2"),
        ("active=true^state=7^ORpriority=1^ORpriority=10", "INC1 INC2"),
        ("state=7^NQactive=true^priority=1", "INC1 INC4"),
        ("state=1^priority=2^NQstate=7^priority=2", "INC4"),
        ("state=1^ORstate=2^NQstate=2^ORstate=6^priorityISEMPTY", "INC1 INC2 INC3"),
    ],
)
def test_or_binds_to_the_condition_before_and_nq_starts_anew(desk: Desk, query: str, expected: str) -> None:
    assert desk.numbers(query) == expected.split()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ORDERBYnumber^ORDERBYsys_id", "INC1 INC2 INC3 INC4"),
        ("ORDERBYDESCnumber", "INC4 INC3 INC2 INC1"),
        ("ORDERBYpriority", "INC3 INC1 INC4 INC2"),
        ("ORDERBYDESCactive^ORDERBYDESCnumber", "INC3 INC2 INC1 INC4"),
        ("ORDERBYcaller_id.name^ORDERBYDESCnumber", "INC4 INC3 INC1 INC2"),
        ("ORDERBYcaller_id^ORDERBYnumber", "INC4 INC1 INC3 INC2"),
        ("ORDERBYnumber^state!=1", "INC2 INC3 INC4"),
        ("ORDERBYbogus^ORDERBYDESCnumber", "INC4 INC3 INC2 INC1"),
    ],
)
def test_sorts_are_left_to_right_and_may_stand_anywhere(desk: Desk, query: str, expected: str) -> None:
    assert desk.numbers(query) == expected.split()


@pytest.mark.parametrize(
    "bad", ["bogus=1", "stateBOGUS1", "caller_id.bogus=1", "stateDATEPARTMonday@javascript", "opened_at>javascript:x()"]
)
def test_an_invalid_term_is_dropped_or_selects_nothing(desk: Desk, bad: str) -> None:
    assert desk.numbers(bad) == ["INC1", "INC2", "INC3", "INC4"]
    assert desk.numbers(f"{bad}^state=1") == ["INC1"]
    assert desk.numbers(f"{bad}^ORstate=1") == ["INC1"]
    desk.instance.control.settings(invalid_query_returns_no_rows=True)
    assert desk.numbers(f"{bad}^state=1") == []


def test_plain_dates_are_utc_or_the_users_by_a_switch(desk: Desk) -> None:
    desk.instance.control.settings(time_zone="US/Pacific")
    assert desk.numbers("opened_at<=2026-01-01 08:00:00") == ["INC1"]
    assert desk.numbers("opened_at<=javascript:gs.dateGenerate('2026-01-01','00:00:00')") == ["INC1"]
    desk.instance.control.settings(literals_in_user_zone=True)
    assert desk.numbers("opened_at<=2026-01-01 00:00:00") == ["INC1"]
    assert desk.numbers("opened_at<=2025-12-31 23:59:59") == []


def test_the_caller_is_known_to_expressions(desk: Desk) -> None:
    me = desk.add("me", "sys_user", user_name=desk.instance.username, name="Integration")
    desk.add("mine", "incident", number="MINE", opened_by=me)
    assert desk.numbers("opened_by=javascript:gs.getUserID()") == ["MINE"]


def test_a_query_counts_the_same_as_it_lists(desk: Desk) -> None:
    for query in ("", "state=1^ORstate=2", "caller_id.name=Ann Lee", "bogus=1"):
        assert desk.count(query) == len(desk.numbers(query))


def test_a_doubled_caret_is_a_caret(desk: Desk) -> None:
    desk.add("caret", "incident", number="CARET", short_description="a^b")
    assert desk.numbers("short_description=a^^b") == ["CARET"]


def test_a_long_chain_of_alternatives(desk: Desk) -> None:
    desk.instance.control.settings(max_url_length=60_000, max_pagination_url_length=60_000)
    chain = "^OR".join(f"number=INC{number}" for number in range(2, 2500))
    assert desk.numbers(chain) == ["INC2", "INC3", "INC4"]


def test_limits_beyond_every_table(desk: Desk) -> None:
    assert len(desk.rows("incident", limit="9" * 40)) == 4
    assert desk.rows("incident", offset="9" * 40) == []
