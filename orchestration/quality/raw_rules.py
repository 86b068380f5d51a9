"""The suites of the raw layer: rules every table gets, and those its declaration asks for."""

from collections.abc import Iterator, Mapping
from typing import cast

from ingestion.servicenow.catalogue import SECRET_TYPES, TABLES, TableSpec
from ingestion.servicenow.dictionary import arrow_type
from ingestion.settings import Settings
from ingestion.warehouse import RAW, sql_type
from orchestration.quality import thresholds
from orchestration.quality.freshness_rules import freshness_rules
from orchestration.quality.incident_rules import incident_rules
from orchestration.quality.layout import Columns, rules_of_sound_columns
from orchestration.quality.raw_expectations import EXPECTED, NEEDED_BY_INCIDENTS, Expected
from orchestration.quality.report import Severity
from orchestration.quality.row_count_rules import Counts, row_count_rules
from orchestration.quality.row_rules import row_rules
from orchestration.quality.rules import Suite, TableRule, duplicates, key_sql, named, rows_where

KEY = ("instance", "sys_id")


def raw_suites(settings: Settings, columns: Columns, earlier: Mapping[str, Counts]) -> list[Suite]:
    """One suite for each table of the catalogue.

    `columns` are the warehouse's columns as they are; `earlier` the row counts of the last checks, by
    `schema.table`.
    """
    return [_suite(spec, settings, columns, earlier) for spec in TABLES.values()]


def _suite(spec: TableSpec, settings: Settings, columns: Columns, earlier: Mapping[str, Counts]) -> Suite:
    table = f"{RAW}.{spec.name}"
    present = columns.get(table, {})
    wanted = {"instance": "VARCHAR"} | {name: sql_type(arrow_type(kind)) for name, kind in spec.columns.items()}
    missing = sorted(wanted.keys() - present.keys())
    mistyped = sorted(name for name in wanted.keys() & present.keys() if present[name] != wanted[name])
    shape = [
        named("missing_columns", "columns that the models read and the table lacks", missing),
        named("mistyped_columns", "columns whose type is not the one the models expect", mistyped),
    ]
    if not present:
        return Suite(table, KEY, tuple(shape))
    expected = EXPECTED[spec.name]
    rules = [
        *_rules_of_every_table(spec, settings),
        *freshness_rules(spec.name, settings, changes_daily=expected.fresh),
        *row_count_rules(spec, settings, earlier.get(table, {})),
        *_declared_rules(spec.name, expected),
    ]
    if spec.name == "incident":
        rules += incident_rules(settings, present)
    rules.append(_secret_columns(spec, sorted(present)))
    sound = present.keys() - set(mistyped)
    return Suite(
        table,
        KEY,
        (*shape, *rules_of_sound_columns(rules, sound, columns)),
        tuple(rule for rule in row_rules(expected) if sound >= {*rule.columns, "_dlt_load_id"}),
    )


def _rules_of_every_table(spec: TableSpec, settings: Settings) -> Iterator[TableRule]:
    table = f"{RAW}.{spec.name}"
    yield rows_where(
        table, KEY, "key_nulls", "rows without instance or sys_id", "t.instance IS NULL OR t.sys_id IS NULL", (),
        severity="critical",
    )  # fmt: skip
    yield duplicates(table, KEY)
    latest = f"TIMESTAMP '{settings.now() + thresholds.FUTURE_TOLERANCE}'"
    for column in ("sys_created_on", "sys_updated_on"):
        if column in spec.columns:
            yield rows_where(
                table, KEY, f"{column}_in_future", f"rows whose {column} is later than now and a day",
                f"t.{column} > {latest}", (column,), severity="warning",
            )  # fmt: skip
    if not spec.insert_only:
        yield _in_order(table, "sys_created_on", "sys_updated_on")
    if spec.name in NEEDED_BY_INCIDENTS:
        yield TableRule(
            "empty_beside_incidents",
            "instances with incidents but no row in this table",
            cast(Severity, NEEDED_BY_INCIDENTS[spec.name]),
            0,
            failing=f"SELECT DISTINCT instance AS key FROM {RAW}.incident i "
            f"WHERE NOT EXISTS (SELECT 1 FROM {table} t WHERE t.instance = i.instance)",
            needs=frozenset({"instance"}),
            needs_tables=frozenset({f"{RAW}.incident"}),
        )


def _declared_rules(name: str, expected: Expected) -> Iterator[TableRule]:
    table = f"{RAW}.{name}"
    for column in expected.named:
        yield rows_where(
            table, KEY, f"{column}_null_share", f"share of rows without {column}", f't."{column}" IS NULL', (column,),
            severity="warning", maximum=thresholds.NAME_NULL_SHARE, among="true",
        )  # fmt: skip
    for earlier, later in expected.ordered:
        yield _in_order(table, earlier, later)
    for column in expected.not_negative:
        yield rows_where(
            table, KEY, f"{column}_negative", f"rows whose {column} is below zero", f't."{column}" < 0', (column,),
            severity="warning",
        )  # fmt: skip
    for column, target in expected.references.items():
        yield _orphans(table, column, target)
    for column in expected.coded:
        yield _unknown_codes(table, name, column)
    if expected.part_of:
        yield _missing_in_parent(table, expected.part_of)


def _in_order(table: str, earlier: str, later: str) -> TableRule:
    return rows_where(
        table, KEY, f"{later}_before_{earlier}", f"share of rows whose {later} is before {earlier}",
        f't."{later}" < t."{earlier}"', (earlier, later), severity="warning",
        maximum=thresholds.CONTRADICTING_TIMES_SHARE, among=f't."{earlier}" IS NOT NULL AND t."{later}" IS NOT NULL',
    )  # fmt: skip


def _orphans(table: str, column: str, target: str) -> TableRule:
    """References that lead nowhere, of instances that have rows of the target at all."""
    synced = f"t.instance IN (SELECT instance FROM {RAW}.{target})"
    return TableRule(
        f"{column}_orphan_share",
        f"share of references in {column} that {target} has no row for",
        "warning",
        thresholds.ORPHAN_SHARE,
        failing=f"SELECT {key_sql(['t.instance', 't.sys_id'])} FROM {table} t "
        f'ANTI JOIN {RAW}.{target} r ON r.instance = t.instance AND r.sys_id = t."{column}" '
        f'WHERE t."{column}" IS NOT NULL AND {synced}',
        among=f'SELECT 1 FROM {table} t WHERE t."{column}" IS NOT NULL AND {synced}',
        needs=frozenset({*KEY, column}),
        needs_tables=frozenset({f"{RAW}.{target}"}),
    )


def _missing_in_parent(table: str, parent: str) -> TableRule:
    synced = f"t.instance IN (SELECT instance FROM {RAW}.{parent})"
    return TableRule(
        f"missing_in_{parent}",
        f"share of rows that {parent} does not hold under the same sys_id",
        "warning",
        thresholds.ORPHAN_SHARE,
        failing=f"SELECT {key_sql(['t.instance', 't.sys_id'])} FROM {table} t "
        f"ANTI JOIN {RAW}.{parent} p USING (instance, sys_id) WHERE {synced}",
        among=f"SELECT 1 FROM {table} t WHERE {synced}",
        needs=frozenset(KEY),
        needs_tables=frozenset({f"{RAW}.{parent}"}),
    )


def _unknown_codes(table: str, name: str, column: str) -> TableRule:
    """Codes without a choice, where the instance has choices for the column, its own or task's."""
    choices = (
        f"SELECT DISTINCT instance, value AS code FROM {RAW}.sys_choice "
        f"WHERE element = '{column}' AND name IN ('{name}', 'task')"
    )
    scope = f"t.{column} IS NOT NULL AND t.instance IN (SELECT instance FROM ({choices}))"
    return TableRule(
        f"{column}_unknown_share",
        f"share of values in {column} that sys_choice does not know",
        "warning",
        thresholds.UNKNOWN_CODE_SHARE,
        failing=f"SELECT {key_sql(['t.instance', 't.sys_id'])} FROM {table} t "
        f"ANTI JOIN ({choices}) c ON c.instance = t.instance AND lower(c.code) = lower(t.{column}::VARCHAR) "
        f"WHERE {scope}",
        among=f"SELECT 1 FROM {table} t WHERE {scope}",
        needs=frozenset({*KEY, column}),
        needs_tables=frozenset({f"{RAW}.sys_choice"}),
    )


def _secret_columns(spec: TableSpec, present: list[str]) -> TableRule:
    """Columns that must never be extracted: secret types by the dictionary, and the spec's own list."""
    secret = ", ".join(f"'{kind}'" for kind in sorted(SECRET_TYPES))
    names = ", ".join(f"('{name}')" for name in present)
    never = ", ".join(f"'{name}'" for name in sorted(spec.never)) or "NULL"
    return TableRule(
        "secret_columns",
        "columns that hold secrets or are excluded, and were extracted all the same",
        "critical",
        0,
        failing=f"SELECT c.name AS key FROM (VALUES {names}) AS c(name) WHERE c.name IN ({never}) OR c.name IN "
        f"(SELECT element FROM {RAW}.sys_dictionary WHERE name = '{spec.name}' AND internal_type IN ({secret}))",
        needs_tables=frozenset({f"{RAW}.sys_dictionary"}),
    )
