"""The suites of the public tables: shape, keys, domains, and that the figures add up."""

from collections.abc import Iterator, Mapping

from orchestration.quality.layout import Columns, rules_of_sound_columns
from orchestration.quality.public_balances import balances
from orchestration.quality.public_expectations import EXTRA_DIMENSION, PUBLIC_TABLES, PublicTable
from orchestration.quality.report import Severity
from orchestration.quality.rules import Suite, TableRule, duplicates, named, rows_where

_NUMERIC = frozenset({"BIGINT", "INTEGER", "DOUBLE", "HUGEINT"})
_DURATIONS = ("_minutes", "_days", "_held", "seconds")
#: Two doubles that should be equal may differ by the rounding of an interpolation.
_ROUNDING = "1e-6"


def public_suites(columns: Columns) -> list[Suite]:
    """One suite for each table of the contract; `columns` are the warehouse's columns as they are."""
    return [_suite(table, expected, columns) for table, expected in PUBLIC_TABLES.items()]


def _suite(table: str, expected: PublicTable, columns: Columns) -> Suite:
    present = columns.get(table, {})
    missing = [name for name in dict.fromkeys((*expected.key, *expected.required)) if name not in present]
    shape = named("missing_columns", "columns of the key, or never NULL, that the table lacks", missing)
    if not present:
        return Suite(table, expected.key, (shape,))
    rules = [*_domain_rules(table, expected, present), *balances(table)]
    return Suite(table, expected.key, (shape, *rules_of_sound_columns(rules, present.keys(), columns)))


def _domain_rules(table: str, expected: PublicTable, present: Mapping[str, str]) -> Iterator[TableRule]:
    schema = table.partition(".")[0]
    # What the source says of single records may be odd without our figures being wrong.
    severity: Severity = "critical" if schema == "metrics" else "warning"
    yield duplicates(table, expected.key)
    required = [name for name in expected.required if name in present]
    yield _any_column(table, expected, "required_nulls", "rows with NULL in a column that has none", [
        f'"{name}" IS NULL' for name in required
    ], "critical")  # fmt: skip
    numeric = [name for name, kind in present.items() if kind in _NUMERIC]
    if shares := [name for name in numeric if name.endswith(("_share", "_rate")) or name == "score"]:
        yield _any_column(table, expected, "share_out_of_range", "rows with a share outside 0 to 1", [
            f'"{name}" NOT BETWEEN 0 AND 1' for name in shares
        ], "critical")  # fmt: skip
    counts = [
        name for name in numeric
        if (present[name] == "BIGINT" or name.endswith("_count") or name == "rank") and name != "difference"
    ]  # fmt: skip
    if counts:
        yield _any_column(table, expected, "negative_counts", "rows with a count below zero", [
            f'"{name}" < 0' for name in counts
        ], severity)  # fmt: skip
    if durations := [name for name in numeric if name.endswith(_DURATIONS) and name not in counts]:
        yield _any_column(table, expected, "negative_durations", "rows with a duration below zero", [
            f'"{name}" < 0' for name in durations
        ], "warning")  # fmt: skip
    for column, values in expected.allowed.items():
        listed = ", ".join(f"'{value}'" for value in values)
        extra = f" AND NOT starts_with(\"{column}\", '{EXTRA_DIMENSION}')" if column == "dimension" else ""
        yield rows_where(
            table, expected.key, f"{column}_not_allowed", f"rows whose {column} is none of {', '.join(values)}",
            f'"{column}" NOT IN ({listed}){extra}', (column,), severity="critical",
        )  # fmt: skip
    for smaller, larger in expected.ordered:
        slack = f" + {_ROUNDING}" if present.get(smaller) == "DOUBLE" else ""
        yield rows_where(
            table, expected.key, f"{smaller}_above_{larger}", f"rows whose {smaller} is above {larger}",
            f'"{smaller}" > "{larger}"{slack}', (smaller, larger), severity=severity,
        )  # fmt: skip


def _any_column(
    table: str, expected: PublicTable, name: str, description: str, conditions: list[str], severity: Severity
) -> TableRule:
    condition = " OR ".join(conditions) or "false"
    return rows_where(table, expected.key, name, description, condition, (), severity=severity)
