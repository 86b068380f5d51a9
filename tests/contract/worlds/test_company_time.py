"""A company lives on, and the state it reaches depends on its seed and the moment alone."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

from ingestion.instance import EmbeddedInstance
from tests.contract.worlds.conftest import NOW, tables_of

Make = Callable[..., EmbeddedInstance]
_LATER = NOW + timedelta(days=21, hours=5, minutes=17)


def test_forty_uneven_steps_reach_the_state_of_one(small_company: Make) -> None:
    in_one, in_forty = small_company(), small_company()
    in_one.application.live_on(_LATER)
    dice = Random(40)
    moments = sorted(NOW + (_LATER - NOW) * dice.random() ** 2 for _ in range(39))
    for moment in [*(moment.replace(microsecond=0) for moment in moments), _LATER]:
        in_forty.application.live_on(moment)
    expected, reached = tables_of(in_one.store), tables_of(in_forty.store)
    for table, rows in expected.items():
        assert reached[table] == rows, table


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(small_company: Make) -> None:
    first, same, other = (tables_of(small_company(seed).store) for seed in (1, 1, 2))
    assert first == same
    for table in ("incident", "sys_user", "cmdb_ci_linux_server", "change_request", "task_sla", "sys_audit"):
        assert not first[table].keys() & other[table].keys(), table


def test_tickets_come_change_and_end_as_time_goes_by(small_company: Make) -> None:
    instance = small_company()
    before = tables_of(instance.store)
    instance.application.live_on(NOW + timedelta(days=14))
    after = tables_of(instance.store)
    for table in ("incident", "task_sla", "sys_audit", "change_request", "sys_user"):
        assert after[table].keys() - before[table].keys(), table
    common = before["incident"].keys() & after["incident"].keys()
    changed = {key for key in common if before["incident"][key] != after["incident"][key]}
    assert any(before["incident"][key]["state"] == "2" and after["incident"][key]["state"] == "7" for key in changed)
    for key in changed:
        assert before["incident"][key]["sys_updated_on"] < after["incident"][key]["sys_updated_on"]
    untouched = common - changed
    assert len(untouched) > 300


def test_a_year_of_steps_keeps_deleting_with_and_without_a_trace(small_company: Make) -> None:
    instance = small_company()
    instance.application.live_on(NOW + timedelta(days=200))
    deleted = instance.application.truth()["deleted"]
    assert deleted["audited"]
    assert deleted["unaudited"]


def test_nothing_in_the_tables_is_later_than_the_clock(small_company: Make) -> None:
    instance = small_company()
    instance.application.live_on(_LATER)
    latest = _LATER.isoformat(" ")
    for table, rows in tables_of(instance.store).items():
        for row in rows.values():
            assert row["sys_created_on"] <= row.get("sys_updated_on", latest) <= latest, (table, row)


def test_what_people_do_by_hand_stays_done(small_company: Make) -> None:
    instance = small_company()
    open_ones = [row["sys_id"] for row in instance.store.rows("incident") if row["state"] in ("1", "2")]
    gone, renamed = open_ones[:2]
    instance.platform.delete("incident", gone)
    instance.platform.update("incident", renamed, {"u_symptom": "set by hand"})
    instance.application.live_on(NOW + timedelta(days=60))
    assert instance.store.get("incident", gone) is None
    kept = instance.store.get("incident", renamed)
    assert kept is not None
    assert kept["u_symptom"] == "set by hand"
    assert not [
        row for row in instance.store.rows("task_sla") if row["task"] == gone and row["sys_updated_on"] > str(NOW)
    ]
