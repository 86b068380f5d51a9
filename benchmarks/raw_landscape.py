"""What the incidents of the raw world are about: people, configuration items, changes, problems and outages."""

from datetime import timedelta

import duckdb

from benchmarks.raw_layout import (
    CI_SKEW,
    CIS,
    GROUPS,
    LOCATIONS,
    PER_CHANGE,
    PER_PROBLEM,
    SERVICES,
    SKEW,
    USERS,
    Range,
    insert,
    insert_task_rows,
    shared,
    stamps,
)
from ingestion import warehouse
from ingestion.servicenow.catalogue import TICKET_TABLES

_PER_OUTAGE = 1_000


def insert_landscape(connection: duckdb.DuckDBPyConnection, load_id: str) -> None:
    """Users, groups, departments, locations, services and configuration items."""
    long_ago = stamps("TIMESTAMP '2020-01-01'", "TIMESTAMP '2024-01-01'")

    def numbered(table: str, count: int, columns: str) -> None:
        rows = f"range({count}) AS numbers(n)"
        insert(connection, table, load_id, f"key('{table}', n) AS sys_id, {long_ago}, {columns}", rows)

    numbered("cmn_department", LOCATIONS, "concat('Department ', n) AS name, CAST(n AS VARCHAR) AS id")
    numbered("cmn_location", LOCATIONS, "concat('City ', n) AS name, concat('City ', n) AS city")
    numbered(
        "sys_user",
        USERS,
        f"""
        CASE n WHEN 0 THEN 'bigpanda' ELSE concat('user.', n) END AS user_name, concat('User ', n) AS name,
        concat('user.', n, '@corp.example') AS email, 'Engineer' AS title, n % 50 <> 0 AS active, n % 100 = 1 AS vip,
        n = 1 AS web_service_access_only, n < 2 AS internal_integration_user, key('sys_user', n // 10) AS manager,
        key('cmn_department', n % {LOCATIONS}) AS department, key('cmn_location', n % {LOCATIONS}) AS location""",
    )
    # Two groups of one name now and then, as instances have them.
    numbered(
        "sys_user_group",
        GROUPS,
        """
        concat('Group ', CASE WHEN n % 50 = 49 THEN n - 1 ELSE n END) AS name, true AS active,
        concat('What group ', n, ' does') AS description, key('sys_user', n * 7) AS manager""",
    )
    numbered(
        "sys_user_grmember",
        GROUPS * 12,
        f"""
        key('sys_user_group', n % {GROUPS}) AS "group", key('sys_user', pick(n, 'member', {USERS})) AS "user" """,
    )
    item = f"""1 AS install_status, 1 AS operational_status, key('sys_user_group', pick(n, 'support', {GROUPS}))
        AS support_group, key('sys_user', pick(n, 'owner', {USERS})) AS owned_by"""
    numbered(
        "cmdb_ci_service",
        SERVICES,
        f"""concat('Service ', lpad(CAST(n AS VARCHAR), 3, '0')) AS name,
        '2 - somewhat critical' AS busines_criticality, 'cmdb_ci_service' AS sys_class_name, {item}""",
    )
    numbered(
        "cmdb_ci",
        CIS,
        f"""ci_name(n) AS name, ['production', 'test'][1 + n % 2] AS environment,
        ['cmdb_ci_linux_server', 'cmdb_ci_win_server', 'cmdb_ci_netgear', 'cmdb_ci_db_instance', 'cmdb_ci_appl'][
            1 + n % 5] AS sys_class_name, {item}""",
    )
    # A service is a configuration item, too.
    insert(connection, "cmdb_ci", load_id, "* EXCLUDE (instance, _dlt_load_id)",
           f"(SELECT {shared('cmdb_ci_service', 'cmdb_ci')} FROM {warehouse.RAW}.cmdb_ci_service)")  # fmt: skip


def insert_changes(connection: duckdb.DuckDBPyConnection, span: Range, load_id: str) -> None:
    """Changes, their tasks, problems and outages over the whole time, in its order."""
    start, seconds = f"TIMESTAMP '{span.end - timedelta(days=span.days)}'", span.days * 86400

    def over_time(table: str, per: int, columns: str) -> None:
        count = max(1, span.count // per)
        moment = f"date_trunc('second', {start} + to_microseconds(CAST(1e6 * {seconds} * n / {count} AS BIGINT)))"
        of_ticket = f"""concat('{table[:3].upper()}', lpad(CAST(n AS VARCHAR), 9, '0')) AS number, '{table}'
            AS sys_class_name, 'global' AS sys_domain, moment AS opened_at, key('sys_user_group',
            skewed(n, '{table}', {GROUPS}, {SKEW})) AS assignment_group"""
        changed = f"least(moment + INTERVAL 3 DAY, TIMESTAMP '{span.end}')"
        ticket = f"{of_ticket}, " if table in TICKET_TABLES else ""
        columns = f"key('{table}', n) AS sys_id, {stamps('moment', changed)}, {ticket}{columns}"
        insert(connection, table, load_id, columns, f"(SELECT n, {moment} AS moment FROM range({count}) AS numbers(n))")

    about = f"""key('cmdb_ci', skewed(n, 'ci of task', {CIS}, {CI_SKEW})) AS cmdb_ci,
        CASE WHEN n % 2 = 0 THEN key('cmdb_ci_service', skewed(n, 'service of task', {SERVICES}, {CI_SKEW})) END
        AS business_service"""
    ended = f"moment < TIMESTAMP '{span.end}' - INTERVAL 3 DAY"
    over_time(
        "change_request",
        PER_CHANGE,
        f"""
        ['normal', 'standard', 'emergency'][1 + skewed(n, 'type', 3, 2)] AS type, {about},
        CASE WHEN NOT {ended} THEN -1 WHEN n % 25 = 0 THEN 4 ELSE 3 END AS state, NOT {ended} AS active,
        concat('Change of ', ci_name(n % {CIS})) AS short_description, 2 + pick(n, 'risk', 3) AS risk,
        moment + INTERVAL 1 DAY AS start_date, moment + INTERVAL 30 HOUR AS end_date,
        CASE WHEN {ended} THEN moment + INTERVAL 25 HOUR END AS work_start,
        CASE WHEN {ended} THEN moment + INTERVAL 29 HOUR END AS work_end,
        CASE WHEN {ended} THEN moment + INTERVAL 2 DAY END AS closed_at,
        CASE WHEN {ended} THEN CASE WHEN n % 12 = 0 THEN 'unsuccessful' ELSE 'successful' END END AS close_code""",
    )
    over_time(
        "change_task",
        PER_CHANGE // 2,
        f"""key('change_request', n // 2) AS change_request,
        CASE WHEN {ended} THEN 3 ELSE 1 END AS state, NOT {ended} AS active,
        'implementation' AS change_task_type""",
    )
    over_time(
        "problem",
        PER_PROBLEM,
        f"""{about}, CASE WHEN {ended} THEN 107 ELSE 102 END AS state,
        NOT {ended} AS active, 3 AS priority, concat('Root cause of trouble ', n) AS short_description,
        n % 5 = 0 AS known_error, CASE WHEN {ended} THEN moment + INTERVAL 2 DAY END AS resolved_at,
        CASE WHEN {ended} THEN moment + INTERVAL 3 DAY END AS closed_at""",
    )
    over_time(
        "cmdb_ci_outage",
        _PER_OUTAGE,
        f"""key('cmdb_ci', pick(n, 'ci of outage', {CIS})) AS cmdb_ci,
        ['outage', 'planned', 'degradation'][1 + n % 3] AS type, moment AS "begin",
        moment + INTERVAL 2 HOUR AS "end", concat('Outage ', n) AS short_description""",
    )
    for table in ("change_request", "change_task", "problem"):
        insert_task_rows(connection, table, load_id)
