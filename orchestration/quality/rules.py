"""Rules as data, and the constructors most of them are made with.

A rule holds while its number is at most `maximum`. Most rules are one query for the keys of the rows
that break them, so that the number and the samples can never disagree; where `among` is given, the
number is a share of the rows that query returns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestration.quality.report import Severity


@dataclass(frozen=True)
class TableRule:
    """A rule on a whole table, computed by SQL and judged by Great Expectations.

    `failing` is a query for one VARCHAR column `key`, a row for each breaking row; `among` a query
    whose row count is the denominator. `value` is a scalar query instead of both, for what is not a
    count of rows; `samples` is then a query for column `key`, what to name where it is too high.
    Without the columns `needs` of its own table, or the tables `needs_tables`, a rule cannot be asked.
    """

    name: str
    description: str
    severity: Severity
    maximum: float
    failing: str = ""
    among: str = ""
    value: str = ""
    samples: str = ""
    needs: frozenset[str] = frozenset()
    needs_tables: frozenset[str] = frozenset()

    @property
    def number_sql(self) -> str:
        """A SQL expression for the number judged; 0 over no rows."""
        if self.value:
            return f"coalesce(({self.value}), 0)::DOUBLE"
        count = f"(SELECT count(*) FROM ({self.failing}))"
        if not self.among:
            return f"{count}::DOUBLE"
        return f"coalesce({count} / nullif((SELECT count(*) FROM ({self.among})), 0), 0)::DOUBLE"


@dataclass(frozen=True)
class RowRule:
    """A rule on the rows of the current load, one Great Expectations expectation.

    `arguments` are the expectation's own; `maximum` the share of rows that may break it.
    """

    name: str
    description: str
    severity: Severity
    expectation: str
    arguments: Mapping[str, Any]
    columns: tuple[str, ...]
    maximum: float = 0.0


@dataclass(frozen=True)
class Suite:
    """All rules of one table: `schema.table`, and the columns its rows are named by."""

    table: str
    key: tuple[str, ...]
    table_rules: tuple[TableRule, ...]
    row_rules: tuple[RowRule, ...] = field(default=())


def key_sql(key: Sequence[str]) -> str:
    """The columns of a key as one text, as results name it."""
    parts = ", ".join(f"coalesce({column}::VARCHAR, '-')" for column in key)
    return f"concat_ws('/', {parts}) AS key"


def rows_where(
    table: str,
    key: Sequence[str],
    name: str,
    description: str,
    condition: str,
    needs: Sequence[str],
    *,
    severity: Severity,
    maximum: float = 0.0,
    among: str = "",
) -> TableRule:
    """Rows of `table t` that meet `condition`.

    At most `maximum` of them; with `among`, a condition too, at most this share of the rows it holds for.
    """
    scope = f"({among}) AND " if among else ""
    return TableRule(
        name,
        description,
        severity,
        maximum,
        failing=f"SELECT {key_sql([f't.{column}' for column in key])} FROM {table} t WHERE {scope}({condition})",
        among=f"SELECT 1 FROM {table} t WHERE {among}" if among else "",
        needs=frozenset(needs) | frozenset(key),
    )


def duplicates(table: str, key: Sequence[str]) -> TableRule:
    """Keys that more than one row holds; NULL counts as a value."""
    columns = ", ".join(key)
    # By a number first: of millions of keys made of texts, those are told apart in a fraction of the memory.
    repeated = f"SELECT hash({columns}) FROM {table} GROUP BY hash({columns}) HAVING count(*) > 1"
    return TableRule(
        "duplicate_keys",
        f"keys ({columns}) held by more than one row",
        "critical",
        0,
        failing=f"SELECT {key_sql(key)} FROM {table} WHERE hash({columns}) IN ({repeated})"
        f" GROUP BY {columns} HAVING count(*) > 1",
        needs=frozenset(key),
    )


def named(name: str, description: str, names: Sequence[str]) -> TableRule:
    """A critical rule on the table's shape, whose answer is known already: `names` break it."""
    rows = ", ".join(f"('{column}')" for column in names)
    failing = f"SELECT key FROM (VALUES {rows}) AS v(key)" if names else "SELECT '' AS key WHERE false"
    return TableRule(name, description, "critical", 0, failing=failing)
