"""Rules between public tables: nothing lost on the way from raw, and counts that add up."""

from collections.abc import Iterator

from ingestion.warehouse import RAW
from orchestration.quality import thresholds
from orchestration.quality.public_expectations import DIMENSIONS, EXTRA_DIMENSION, GRAINS
from orchestration.quality.rules import TableRule, key_sql, rows_where

#: The raw table whose rows a public table has, one for one.
SOURCES = {
    "sdm.itsm": "incident",
    "sdm.users": "sys_user",
    "sdm.groups": "sys_user_group",
    "sdm.configuration_items": "cmdb_ci",
    "sdm.services": "cmdb_ci_service",
    "sdm.changes": "change_request",
    "sdm.problems": "problem",
    "sdm.knowledge_base": "kb_knowledge",
    "sdm.task_slas": "task_sla",
}
#: The long tables over the resolved cohort.
_COHORT_TABLES = ("metrics.mttr", "metrics.reassignment", "metrics.noise", "metrics.reopen", "metrics.sla")
_RECORD = ("instance", "sys_id")


def balances(table: str) -> Iterator[TableRule]:
    """The rules of one public table that look beyond its single rows."""
    if table in SOURCES:
        yield _same_rows(table, f"{RAW}.{SOURCES[table]}")
    if table == "sdm.itsm":
        yield from _itsm_rules()
    if table in _COHORT_TABLES:
        yield from _cohort_rules(table)
    if table == "metrics.mttr":
        yield _cohort_and_excluded()
    if table == "metrics.top_recurring_tickets":
        yield from _recurring_rules()
    if table == "metrics.backlog":
        yield _backlog_chain()


def _same_rows(table: str, source: str) -> TableRule:
    return TableRule(
        "differs_from_raw",
        f"records that only one of {source} and {table} holds",
        "critical",
        0,
        failing=f"SELECT {key_sql(_RECORD)} FROM (SELECT instance, sys_id, true AS here FROM {table}) "
        f"FULL JOIN (SELECT instance, sys_id, true AS there FROM {source}) USING (instance, sys_id) "
        "WHERE here IS NULL OR there IS NULL",
        needs=frozenset(_RECORD),
        needs_tables=frozenset({source}),
    )


def _itsm_rules() -> Iterator[TableRule]:
    table = "sdm.itsm"
    yield rows_where(
        table, _RECORD, "resolve_minutes_wrong",
        "tickets whose resolve_minutes is not resolved_at - opened_at, or not NULL where that is negative",
        "abs(coalesce(resolve_minutes, -1) - coalesce("
        "CASE WHEN resolved_at >= opened_at THEN epoch(resolved_at - opened_at) / 60 END, -1)) > 1e-6",
        ("resolve_minutes", "resolved_at", "opened_at"), severity="critical",
    )  # fmt: skip
    yield rows_where(
        table, _RECORD, "open_and_cancelled", "tickets that are open and cancelled at once",
        "is_open AND is_cancelled", ("is_open", "is_cancelled"), severity="critical",
    )  # fmt: skip
    yield rows_where(
        table, _RECORD, "bad_clock_share", "share of tickets with contradicting times",
        "has_bad_clock", ("has_bad_clock",), severity="warning",
        maximum=thresholds.BAD_CLOCK_SHARE, among="true",
    )  # fmt: skip
    yield rows_where(
        table, _RECORD, "title_without_key", "tickets with a title but no recurring_key",
        r"recurring_key IS NULL AND regexp_matches(short_description, '\w')",
        ("recurring_key", "short_description"), severity="warning",
    )  # fmt: skip


def _cohort_rules(table: str) -> Iterator[TableRule]:
    needs = frozenset({"instance", "grain", "period_start", "dimension", "dimension_value", "resolved_count"})
    grains = ", ".join(f"('{grain}')" for grain in GRAINS if grain != "all")
    yield TableRule(
        "periods_do_not_add_up",
        "grains whose periods do not sum to all resolved tickets",
        "critical",
        0,
        failing="SELECT concat_ws('/', instance, grain) AS key FROM (SELECT instance, g.grain, resolved_count AS whole"
        f" FROM {table} t, (VALUES {grains}) g(grain) WHERE t.grain = 'all' AND dimension = 'all')"
        f" FULL JOIN (SELECT instance, grain, sum(resolved_count) AS parts FROM {table}"
        " WHERE grain <> 'all' AND dimension = 'all' GROUP BY instance, grain) USING (instance, grain)"
        " WHERE parts IS DISTINCT FROM whole",
        needs=needs,
    )
    dimensions = ", ".join(f"('{dimension}')" for dimension in DIMENSIONS if dimension != "all")
    # Which extra columns are dimensions is known by the table alone.
    dimensions = (
        f"SELECT * FROM (VALUES {dimensions}) UNION SELECT DISTINCT dimension FROM {table}"
        f" WHERE starts_with(dimension, '{EXTRA_DIMENSION}')"
    )
    yield TableRule(
        "dimensions_do_not_add_up",
        "periods and dimensions whose values do not sum to the period's resolved tickets",
        "critical",
        0,
        failing=f"SELECT {key_sql(('instance', 'grain', 'start', 'dimension'))} FROM (SELECT instance, grain,"
        f" coalesce(period_start, DATE '0001-01-01') AS start, d.dimension, resolved_count AS whole"
        f" FROM {table} t, ({dimensions}) d(dimension) WHERE t.dimension = 'all')"
        " FULL JOIN (SELECT instance, grain, coalesce(period_start, DATE '0001-01-01') AS start, dimension,"
        f" sum(resolved_count) AS parts FROM {table} WHERE dimension <> 'all' GROUP BY ALL)"
        " USING (instance, grain, start, dimension) WHERE parts IS DISTINCT FROM whole",
        needs=needs,
    )
    if table != "metrics.mttr":
        yield TableRule(
            "cohort_differs_from_mttr",
            "instances whose resolved tickets are not as many as in metrics.mttr",
            "critical",
            0,
            failing="SELECT instance AS key FROM (SELECT instance, max(resolved_count) AS n"
            f" FROM {table} WHERE grain = 'all' AND dimension = 'all' GROUP BY instance) here"
            " LEFT JOIN (SELECT instance, resolved_count AS there FROM metrics.mttr"
            " WHERE grain = 'all' AND dimension = 'all') USING (instance) WHERE n IS DISTINCT FROM there",
            needs=needs,
            needs_tables=frozenset({"metrics.mttr"}),
        )


def _cohort_and_excluded() -> TableRule:
    return TableRule(
        "tickets_unaccounted_for",
        "instances whose resolved and excluded tickets do not sum to their tickets",
        "critical",
        0,
        failing="SELECT instance AS key FROM"
        " (SELECT instance, sum(n) AS counted FROM"
        " (SELECT instance, resolved_count AS n FROM metrics.mttr WHERE grain = 'all' AND dimension = 'all'"
        " UNION ALL SELECT instance, ticket_count FROM metrics.excluded) GROUP BY instance)"
        " FULL JOIN (SELECT instance, count(*) AS tickets FROM sdm.itsm GROUP BY instance) USING (instance)"
        " WHERE coalesce(counted, 0) <> coalesce(tickets, 0)",
        needs=frozenset({"instance", "grain", "dimension", "resolved_count"}),
        needs_tables=frozenset({"metrics.excluded", "sdm.itsm"}),
    )


def _recurring_rules() -> Iterator[TableRule]:
    table, key = "metrics.top_recurring_tickets", ("instance", "recurring_key")
    yield rows_where(
        table, key, "fewer_than_three_tickets", "groups of fewer than three tickets",
        "ticket_count < 3", ("ticket_count",), severity="critical",
    )  # fmt: skip
    yield TableRule(
        "rank_repeats",
        "ranks that several groups of one instance share",
        "critical",
        0,
        failing=f"SELECT {key_sql(('instance', 'rank'))} FROM {table} GROUP BY instance, rank HAVING count(*) > 1",
        needs=frozenset({"instance", "rank"}),
    )


def _backlog_chain() -> TableRule:
    """A day without a row has all counts 0, so the day after a gap starts from 0."""
    return TableRule(
        "days_do_not_chain",
        "days whose open tickets are not the day before's plus opened minus ended",
        "critical",
        0,
        failing=f"SELECT {key_sql(('instance', 'as_of'))} FROM (SELECT instance, as_of, open_count, opened_count,"
        " ended_count, lag(as_of) OVER days AS day_before, lag(open_count) OVER days AS open_before"
        " FROM metrics.backlog WHERE dimension = 'all' WINDOW days AS (PARTITION BY instance ORDER BY as_of))"
        " WHERE day_before IS NOT NULL AND open_count <> opened_count - ended_count"
        " + CASE WHEN day_before = as_of - 1 THEN open_before ELSE 0 END",
        needs=frozenset({"instance", "as_of", "dimension", "open_count", "opened_count", "ended_count"}),
    )
