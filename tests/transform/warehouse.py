"""A warehouse file with given raw rows, and dbt run on it as anybody would: in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from ingestion.warehouse import ensure_schema, quoted

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"

Row = Mapping[str, object]
Tables = Mapping[str, Iterable[Row]]


def make_warehouse(path: Path, raw: Tables, settings: Iterable[tuple[str, str, object]]) -> None:
    """Create the file with its floor schema, the raw rows by table, and the rows of `ticketlake.settings`."""
    with duckdb.connect(str(path)) as connection:
        ensure_schema(connection)
        for table, rows in raw.items():
            for row in rows:
                columns = ", ".join(quoted(column) for column in row)
                marks = ", ".join("?" for _ in row)
                connection.execute(
                    f"INSERT INTO raw_servicenow.{quoted(table)} ({columns}) VALUES ({marks})", list(row.values())
                )
        for setting in settings:
            connection.execute("INSERT INTO ticketlake.settings VALUES (?, ?, ?)", [str(value) for value in setting])


def instance_settings(
    instance: str, *, now: datetime, history_start: datetime, retention_start: datetime, **lists: Iterable[object]
) -> list[tuple[str, str, object]]:
    """The settings rows of one instance; `lists` by setting name, `state_closed` for `state.closed`."""
    rows: list[tuple[str, str, object]] = [
        (instance, "now_at", now),
        (instance, "history_start_at", history_start),
        (instance, "retention_start_at", retention_start),
    ]
    for setting, values in lists.items():
        rows += [(instance, setting.replace("state_", "state."), value) for value in values]
    return rows


def dbt(command: str, warehouse: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """`dbt <command>` with target and logs beside the warehouse. The caller looks at the return code."""
    environment = {
        **os.environ,
        "TICKETLAKE_WAREHOUSE": str(warehouse),
        "DBT_TARGET_PATH": str(warehouse.parent / "target"),
        "DBT_LOG_PATH": str(warehouse.parent / "logs"),
    }
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from dbt.cli.main import cli; cli()",
            command,
            "--profiles-dir",
            str(PROJECT),
            *options,
        ],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def build(warehouse: Path, *options: str) -> None:
    """`dbt build`; fails with dbt's own words."""
    outcome = dbt("build", warehouse, *options)
    assert outcome.returncode == 0, outcome.stdout[-6000:] + outcome.stderr[-2000:]


def query(warehouse: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(sql).fetchall()
