"""What Great Expectations gets to see: a one-row frame of numbers a table, and a bounded sample of rows.

Never a frame of a whole table: a million incidents are counted where they lie.
"""

import duckdb
import pandas as pd

from ingestion.warehouse import sql_text
from orchestration.quality.rules import Suite, TableRule
from orchestration.quality.thresholds import SAMPLE_KEYS, SAMPLED_ROWS


def numbers_of(con: duckdb.DuckDBPyConnection, suite: Suite) -> pd.DataFrame:
    """One row, one column of floats for each table rule, named like it."""
    # A row a rule, not a column: as columns of one SELECT they take DuckDB three times as long.
    query = " UNION ALL ".join(f"SELECT {n}, {rule.number_sql}" for n, rule in enumerate(suite.table_rules))
    found = dict(con.execute(query).fetchall())
    return pd.DataFrame({rule.name: [found[n]] for n, rule in enumerate(suite.table_rules)})


def sample_keys(con: duckdb.DuckDBPyConnection, rule: TableRule) -> tuple[str, ...]:
    """The first keys, in their order, of what breaks a rule."""
    rows = con.execute(f"SELECT key FROM ({rule.failing or rule.samples}) ORDER BY key LIMIT {SAMPLE_KEYS}").fetchall()
    return tuple(key for (key,) in rows)


def loaded_rows(con: duckdb.DuckDBPyConnection, suite: Suite, since: str, limit: int = SAMPLED_ROWS) -> pd.DataFrame:
    """The columns that row rules read, of rows whose load package came after the package `since`.

    Of more than `limit` rows the same ones are taken each time. Package ids are dlt's: times as text.
    """
    columns = ", ".join(dict.fromkeys(f'"{column}"' for rule in suite.row_rules for column in rule.columns))
    return con.sql(
        f"SELECT {columns} FROM {suite.table} WHERE _dlt_load_id > '{sql_text(since)}' "
        f"ORDER BY hash({', '.join(suite.key)}) LIMIT {limit}"
    ).df()


def extent_of(con: duckdb.DuckDBPyConnection, suite: Suite) -> tuple[dict[str, int], str]:
    """Rows of the table by instance ('' where it has no such column), and its newest load package ('' for none)."""
    newest = "coalesce(max(_dlt_load_id), '')" if suite.row_rules else "''"
    instance = "coalesce(instance, '')" if "instance" in suite.key else "''"
    found = con.execute(f"SELECT {instance}, count(*), {newest} FROM {suite.table} GROUP BY 1").fetchall()
    return {name: rows for name, rows, _ in found}, max((load_id for *_, load_id in found), default="")
