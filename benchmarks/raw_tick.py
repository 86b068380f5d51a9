"""What a sync of two hours leaves in the raw layer of `raw_world`: a thousandth of the incidents changed."""

from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from benchmarks.raw_layout import CIS, GROUPS, INSTANCE, USERS, Range, begin_load, define_macros, settings_of
from benchmarks.raw_tickets import insert_audit, insert_tickets, make_tickets
from benchmarks.raw_titles import make_titles
from benchmarks.world import NOW
from ingestion import warehouse
from ingestion.deletes import remove

TICK = timedelta(hours=2)
#: The changed incidents by what happens to them, as shares; the rest is resolved. `moved` ones are open and go to
#: another group, as do `any`, which were closed long ago.
_PARTS = {"new": 0.15, "deleted": 0.05, "closed": 0.2, "moved": 0.15, "any": 0.1}
_RAW = warehouse.RAW


def tick(directory: Path, number: int, seed: int = 1) -> int:
    """Change the warehouse of `make_raw_world` as the sync number `number` (from 1) would; the incidents changed.

    Open incidents are resolved, resolved ones closed, some go to another group, some come, some are deleted
    with what belongs to them; a user and a group get another name.
    """
    now = NOW + number * TICK
    settings = settings_of(directory, now)
    with warehouse.connect(settings) as connection:
        warehouse.write_settings(connection, settings)
        define_macros(connection, seed + number)
        load_id = begin_load(connection, now)
        ((total, last),) = connection.execute(
            f"SELECT count(*), max(CAST(substr(number, 4) AS BIGINT)) FROM {_RAW}.incident"
        ).fetchall()
        count = max(10, total // 1000)
        parts = {name: round(count * share) for name, share in _PARTS.items()}
        parts["resolved"] = count - sum(parts.values())
        _choose(connection, parts)
        make_titles(connection, max(1000, total // 10), CIS)
        make_tickets(connection, Range(last + 1, parts["new"], now, TICK.total_seconds() / 86400, all_open=True))
        insert_tickets(connection, load_id)
        _change(connection, str(now), load_id)
        _delete(connection, now)
        _rename(connection, "sys_user", f"key('sys_user', {USERS // 2 + number})", str(now), load_id)
        _rename(connection, "sys_user_group", f"key('sys_user_group', {GROUPS // 2 + number})", str(now), load_id)
        return count


def _choose(connection: duckdb.DuckDBPyConnection, parts: dict[str, int]) -> None:
    """The temporary table `chosen` (sys_id, part): open, resolved and other incidents at random, none twice."""
    selects = []
    for where, names in (
        ("state < 6", ("resolved", "moved")),
        ("state = 6", ("closed",)),
        ("state = 7", ("any", "deleted")),
    ):
        bound, cases = 0, []
        for part in names:
            bound += parts[part]
            cases.append(f"WHEN place <= {bound} THEN '{part}'")
        selects.append(
            f"SELECT sys_id, CASE {' '.join(cases)} END AS part FROM (SELECT sys_id, row_number() OVER (ORDER BY"
            f" hash(sys_id, draw(1, 'chosen'))) AS place FROM {_RAW}.incident WHERE {where}) WHERE place <= {bound}"
        )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE chosen AS {' UNION ALL '.join(selects)}")


def _change(connection: duckdb.DuckDBPyConnection, now: str, load_id: str) -> None:
    """New values of the chosen incidents, their rows in `task` and `task_sla`, and the audit of it."""
    group = f"key('sys_user_group', hash(sys_id) % {GROUPS})"
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE changed AS
        SELECT
            sys_id,
            part,
            incident.state AS old_state,
            CASE part WHEN 'resolved' THEN 6 WHEN 'closed' THEN 7 ELSE incident.state END AS state,
            incident.assignment_group AS old_group,
            CASE WHEN part IN ('moved', 'any') THEN {group} ELSE incident.assignment_group END AS assignment_group,
            TIMESTAMP '{now}' - to_minutes(1 + CAST(hash(sys_id) % 118 AS BIGINT)) AS changed_at,
            incident.sys_mod_count + 1 AS update_number
        FROM {_RAW}.incident JOIN chosen USING (sys_id)
        WHERE part <> 'deleted'
    """)
    connection.execute(f"""
        UPDATE {_RAW}.incident SET
            state = changed.state, incident_state = changed.state, assignment_group = changed.assignment_group,
            active = changed.state < 7, sys_updated_on = changed_at, sys_mod_count = update_number,
            _dlt_load_id = '{load_id}',
            reassignment_count = reassignment_count + CAST(old_group <> changed.assignment_group AS INTEGER),
            resolved_at = CASE part WHEN 'resolved' THEN changed_at ELSE resolved_at END,
            close_code = CASE part WHEN 'resolved' THEN 'Solution provided' ELSE close_code END,
            close_notes = CASE part WHEN 'resolved' THEN 'Put right.' ELSE close_notes END,
            closed_at = CASE part WHEN 'closed' THEN changed_at ELSE closed_at END
        FROM changed WHERE incident.sys_id = changed.sys_id
    """)
    connection.execute(f"""
        UPDATE {_RAW}.task SET state = changed.state, assignment_group = changed.assignment_group,
            active = changed.state < 7, sys_updated_on = changed_at, _dlt_load_id = '{load_id}'
        FROM changed WHERE task.sys_id = changed.sys_id
    """)
    connection.execute(f"""
        UPDATE {_RAW}.task_sla SET stage = 'completed', active = false, end_time = changed_at,
            sys_updated_on = changed_at, _dlt_load_id = '{load_id}'
        FROM changed WHERE task_sla.task = changed.sys_id AND part = 'resolved'
    """)
    insert_audit(
        connection,
        load_id,
        """
        SELECT md5(concat(sys_id, 'state', update_number)) AS sys_id, sys_id AS documentkey, 'state' AS fieldname,
            CAST(old_state AS VARCHAR) AS oldvalue, CAST(state AS VARCHAR) AS newvalue,
            update_number AS record_checkpoint, changed_at
        FROM changed WHERE old_state <> state
        UNION ALL
        SELECT md5(concat(sys_id, 'assignment_group', update_number)), sys_id, 'assignment_group', old_group,
            assignment_group, update_number, changed_at
        FROM changed WHERE old_group <> assignment_group""",
    )


def _delete(connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """The incidents chosen for it, and what the source deletes with them; the audit stays, as it does there."""
    dead = connection.execute("SELECT sys_id FROM chosen WHERE part = 'deleted'").fetchall()
    for table, column in (("incident", "sys_id"), ("task", "sys_id"), ("task_sla", "task"), ("task_ci", "task")):
        keys = connection.execute(
            f"SELECT sys_id FROM {_RAW}.{table} WHERE list_contains(?, {column})", [[key for (key,) in dead]]
        ).fetchall()
        remove(connection, INSTANCE, table, {key: now for (key,) in keys}, "audit")


def _rename(connection: duckdb.DuckDBPyConnection, table: str, key: str, now: str, load_id: str) -> None:
    connection.execute(
        f"UPDATE {_RAW}.{table} SET name = concat(name, ' (new)'), sys_updated_on = TIMESTAMP '{now}',"
        f" _dlt_load_id = '{load_id}' WHERE sys_id = {key}"
    )
