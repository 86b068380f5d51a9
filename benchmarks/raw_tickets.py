"""The incidents of the raw world, and all that belongs to them: audit, agreements, affected items, tasks."""

from collections.abc import Iterable

import duckdb

from benchmarks.raw_layout import (
    CI_SKEW,
    CIS,
    GROUPS,
    PER_CHANGE,
    PER_PROBLEM,
    SERVICES,
    SKEW,
    USERS,
    Range,
    insert,
    insert_task_rows,
    stamps,
)
from ingestion import warehouse

#: So many incidents go with one that has tasks of its own.
_PER_INCIDENT_TASK = 20
#: A ticket `age` days old is still open with a chance of `_OPEN_NEW * exp(-age / _OPEN_DAYS)`: 1 % of all.
_OPEN_NEW, _OPEN_DAYS = 0.2, 20
#: What the life of a ticket is in the audit, five rows each: how many of 100 go so, the groups' moves, and by place the
#: field, its old and new value, and the share of its life at which it changes. A word stands for a value of the ticket;
#: `end` is the state it is in now: what is open is on hold.
_COURSES = (
    (52, 0, "assigned_to - user0 .05; state 1 2 .06; priority guess priority .1; assigned_to user0 user1 .5;"
            " state 2 end 1"),
    (27, 1, "assigned_to - user0 .05; state 1 2 .06; assignment_group group0 group1 .3; assigned_to user0 user1 .31;"
            " state 2 end 1"),
    (13, 2, "state 1 2 .05; assignment_group group0 group1 .2; assignment_group group1 group2 .5;"
            " assigned_to - user1 .6; state 2 end 1"),
    (5, 2, "state 1 2 .05; assignment_group group0 group1 .2; assignment_group group1 group0 .4;"
           " assigned_to - user1 .6; state 2 end 1"),
    (3, 0, "assigned_to - user1 .05; state 1 2 .06; state 2 6 .5; state 6 2 .52; state 2 end 1"),
)  # fmt: skip
_REOPENED = 4
_STEPS = 5


def make_tickets(connection: duckdb.DuckDBPyConnection, span: Range) -> None:
    """The temporary table `ticket`: what each incident of a range is and went through, by number `n`."""
    now, seconds = f"TIMESTAMP '{span.end}'", span.days * 86400
    ends, share = [], 0
    for percent, _, _ in _COURSES:
        share += percent
        ends.append(share)
    courses = " ".join(f"WHEN dice < {end} THEN {course}" for course, end in enumerate(ends))
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE ticket AS
        WITH opened AS (
            SELECT
                n,
                {seconds} * (1 - (n - {span.first} + draw(n, 'opened')) / {span.count}) AS age,
                {span.all_open} OR draw(n, 'open') < {_OPEN_NEW} * exp(-age / {_OPEN_DAYS * 86400}) AS is_open,
                100 * draw(n, 'course') AS dice,
                draw(n, 'cancelled') < 0.03 AS is_cancelled
            FROM range({span.first}, {span.first + span.count}) AS numbers(n)
        ),
        ended AS (
            SELECT
                *,
                date_trunc('second', {now} - to_microseconds(CAST(age * 1e6 AS BIGINT))) AS opened_at,
                -- Six hours by the median, and a long tail.
                CASE WHEN is_open THEN age ELSE least(60 + exp(ln(21600) + 1.5 * bell(n, 'life')), 0.95 * age) END
                    AS life
            FROM opened
        ),
        closed AS (
            SELECT
                *,
                date_trunc('second', opened_at + to_microseconds(CAST(life * 1e6 AS BIGINT))) AS ended_at,
                CASE WHEN is_cancelled THEN INTERVAL 0 DAY ELSE INTERVAL 5 DAY END AS until_closed
            FROM ended
        )
        SELECT
            n,
            key('incident', n) AS sys_id,
            opened_at,
            ended_at,
            CASE WHEN NOT is_open AND NOT is_cancelled THEN ended_at END AS resolved_at,
            CASE WHEN NOT is_open AND ended_at + until_closed <= {now} THEN ended_at + until_closed END AS closed_at,
            CASE
                WHEN is_open THEN 3
                WHEN is_cancelled THEN 8
                WHEN closed_at IS NULL THEN 6
                ELSE 7
            END AS state,
            CASE {courses} END AS course,
            [1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 5][1 + pick(n, 'priority', 12)] AS priority,
            skewed(n, 'title', (SELECT count(*) FROM title), 1.5) AS title,
            key('sys_user_group', skewed(n, 'group 0', {GROUPS}, {SKEW})) AS group0,
            key('sys_user_group', skewed(n, 'group 1', {GROUPS}, {SKEW})) AS group1,
            key('sys_user_group', skewed(n, 'group 2', {GROUPS}, {SKEW})) AS group2,
            key('sys_user', skewed(n, 'user 0', {USERS}, {SKEW})) AS user0,
            key('sys_user', skewed(n, 'user 1', {USERS}, {SKEW})) AS user1,
            key('sys_user', pick(n, 'caller', {USERS})) AS caller
        FROM closed
    """)


def insert_tickets(connection: duckdb.DuckDBPyConnection, load_id: str) -> None:
    """The rows of `ticket` and all that belongs to them, into the raw tables."""
    _incidents(connection, load_id)
    _audit(connection, load_id)
    moved = "coalesce(closed_at, ended_at)"
    agreements = connection.execute(f"SELECT sys_id FROM {warehouse.RAW}.contract_sla ORDER BY sys_id").fetchall()
    names = ", ".join(f"'{key}'" for (key,) in agreements)
    insert(connection, "task_sla", load_id, f"""
        key('task_sla', 2 * n + place) AS sys_id, {stamps("opened_at", moved)}, sys_id AS task,
        [{names}][1 + pick(n, concat('sla ', place), {len(agreements)})] AS sla,
        CASE WHEN state = 8 THEN 'cancelled' WHEN ended_at < opened_at + INTERVAL 2 DAY THEN 'completed'
            ELSE 'in_progress' END AS stage,
        state < 6 AS active, draw(n, concat('breach ', place)) < 0.15 AS has_breached, opened_at AS start_time,
        CASE WHEN state >= 6 THEN ended_at END AS end_time, opened_at + INTERVAL 8 HOUR AS planned_end_time,
        epoch(ended_at - opened_at) AS duration, epoch(ended_at - opened_at) // 3 AS business_duration""",
        "(SELECT * FROM ticket CROSS JOIN (VALUES (0), (1)) AS places(place)"
        " WHERE place = 0 OR draw(n, 'second sla') < 0.5)")  # fmt: skip
    insert(connection, "task_ci", load_id, f"""
        key('task_ci', n) AS sys_id, {stamps("opened_at", "opened_at")}, sys_id AS task,
        key('cmdb_ci', skewed(n, 'affected', {CIS}, {CI_SKEW})) AS ci_item""",
        "(SELECT * FROM ticket WHERE draw(n, 'is affected') < 0.3)")  # fmt: skip
    insert(connection, "incident_task", load_id, f"""
        key('incident_task', n) AS sys_id, {stamps("opened_at", moved)}, sys_id AS incident,
        concat('TASK', lpad(CAST(n AS VARCHAR), 9, '0')) AS number, 'incident_task' AS sys_class_name,
        group1 AS assignment_group, state < 6 AS active, CASE WHEN state < 6 THEN 2 ELSE 3 END AS state, opened_at,
        CASE WHEN state >= 6 THEN ended_at END AS closed_at, 'Help with this' AS short_description""",
        f"(SELECT * FROM ticket WHERE n % {_PER_INCIDENT_TASK} = 0)")  # fmt: skip


def _incidents(connection: duckdb.DuckDBPyConnection, load_id: str) -> None:
    groups = ["group0", "group1", "group2", "group0", "group0"]
    final = " ".join(f"WHEN {course} THEN {group}" for course, group in enumerate(groups))
    moves = " ".join(f"WHEN {course} THEN {count}" for course, (_, count, _) in enumerate(_COURSES))
    insert(connection, "incident", load_id, f"""
        ticket.sys_id, {stamps("opened_at", "coalesce(closed_at, ended_at)")},
        concat('INC', lpad(CAST(ticket.n AS VARCHAR), 9, '0')) AS number, 'incident' AS sys_class_name,
        'global' AS sys_domain, title.title AS short_description, ticket.state, ticket.state AS incident_state,
        ticket.state NOT IN (7, 8) AS active, ticket.priority, 3 AS impact, 2 AS urgency,
        draw(ticket.n, 'sla made') < 0.9 AS made_sla,
        CASE WHEN is_machine THEN 'monitoring'
            ELSE ['phone', 'email', 'self-service', 'self-service', 'chat'][1 + pick(ticket.n, 'contact', 5)] END
            AS contact_type,
        opened_at, resolved_at, closed_at, CASE WHEN resolved_at IS NOT NULL THEN user1 END AS resolved_by,
        CASE WHEN is_machine THEN key('sys_user', ticket.n % 2) ELSE caller END AS opened_by, caller AS caller_id,
        CASE WHEN draw(ticket.n, 'nobody') < 0.95 THEN user1 END AS assigned_to,
        CASE course {final} END AS assignment_group, CASE course {moves} END AS reassignment_count,
        CASE course WHEN {_REOPENED} THEN 1 ELSE 0 END AS reopen_count,
        ['inquiry', 'software', 'hardware', 'network', 'database'][1 + pick(ticket.n, 'category', 5)] AS category,
        ['email', 'os', 'disk', 'vpn', 'oracle'][1 + pick(ticket.n, 'category', 5)] AS subcategory,
        CASE WHEN draw(ticket.n, 'impact') < 0.05 THEN 'Orders cannot be taken' END AS business_impact,
        CASE WHEN ticket.state IN (6, 7) AND draw(ticket.n, 'coded') < 0.97 THEN
            ['Solution provided', 'Solution provided', 'Solution provided', 'Workaround provided', 'Known error',
             'User error', 'Resolved by caller', 'Duplicate', 'No resolution provided', 'Resolved by change'
            ][1 + pick(ticket.n, 'close code', 10)] END AS close_code,
        CASE WHEN ticket.state >= 6 THEN concat('Checked and put right, see step ', ticket.n % 1000,
            ' of the handbook. Told the caller, who agreed to close.') END AS close_notes,
        CASE WHEN draw(ticket.n, 'has ci') < 0.65 THEN key('cmdb_ci', ci) END AS cmdb_ci,
        CASE WHEN draw(ticket.n, 'has service') < 0.4
            THEN key('cmdb_ci_service', skewed(ticket.n, 'service', {SERVICES}, {CI_SKEW})) END AS business_service,
        CASE WHEN ticket.state >= 6 THEN epoch(ended_at - opened_at) // 3 END AS business_duration,
        CASE WHEN ticket.state >= 6 THEN epoch(ended_at - opened_at) // 3 END AS business_stc,
        CASE WHEN ticket.state >= 6 THEN epoch(ended_at - opened_at) END AS calendar_stc,
        CASE WHEN draw(ticket.n, 'caused') < 0.01 THEN key('change_request', greatest(ticket.n // {PER_CHANGE} - 1, 0))
            END AS caused_by,
        CASE WHEN draw(ticket.n, 'rfc') < 0.005 THEN key('change_request', ticket.n // {PER_CHANGE}) END AS rfc,
        CASE WHEN draw(ticket.n, 'problem') < 0.03 THEN key('problem', ticket.n // {PER_PROBLEM}) END AS problem_id,
        CASE WHEN ticket.n % 20 > 0 AND draw(ticket.n, 'child') < 0.05
            THEN key('incident', ticket.n - ticket.n % 20) END AS parent_incident,
        CASE WHEN is_machine AND ticket.n % 2 = 0 THEN key('bigpanda', ticket.n) END AS u_bp_incident_id""",
        "ticket JOIN title ON title.n = ticket.title")  # fmt: skip
    insert_task_rows(connection, "incident", load_id)


def _audit(connection: duckdb.DuckDBPyConnection, load_id: str) -> None:
    """The five changes of each ticket."""
    words = ("user0", "user1", "group0", "group1", "group2")
    value = " ".join(f"WHEN '{word}' THEN {word}" for word in words)

    def meant(column: str) -> str:
        return f"""CASE {column} {value} WHEN 'end' THEN CAST(state AS VARCHAR)
            WHEN 'priority' THEN CAST(priority AS VARCHAR)
            WHEN 'guess' THEN CAST(priority % 5 + 1 AS VARCHAR) WHEN '-' THEN NULL ELSE {column} END"""

    connection.execute("CREATE OR REPLACE TEMP TABLE step (course INT, place INT, field TEXT, old TEXT, new TEXT,"
                       " share DOUBLE)")  # fmt: skip
    connection.executemany("INSERT INTO step VALUES (?, ?, ?, ?, ?, ?)", list(_steps()))
    insert_audit(
        connection,
        load_id,
        f"""
        SELECT key('sys_audit', {_STEPS} * n + place) AS sys_id, sys_id AS documentkey, field AS fieldname,
            {meant("old")} AS oldvalue, {meant("new")} AS newvalue, place AS record_checkpoint,
            date_trunc('second', opened_at + (ended_at - opened_at) * share) AS changed_at
        FROM ticket JOIN step USING (course)""",
    )


def insert_audit(connection: duckdb.DuckDBPyConnection, load_id: str, changes: str) -> None:
    """Audit rows from a query that gives sys_id, documentkey, fieldname, old and new value, checkpoint, changed_at."""
    insert(connection, "sys_audit", load_id,
           "* EXCLUDE (changed_at), changed_at AS sys_created_on, 'bench' AS sys_created_by, 'incident' AS tablename,"
           " 'bench' AS \"user\"", f"({changes})")  # fmt: skip


def _steps() -> Iterable[tuple[int, int, str, str, str, float]]:
    for course, (_, _, text) in enumerate(_COURSES):
        for place, step in enumerate(text.split(";")):
            field, old, new, share = step.split()
            yield course, place, field, old, new, float(share)
