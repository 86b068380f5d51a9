"""What the recounts read: published tables as frames, and what the figures of an instance go by."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd


@dataclass(frozen=True)
class Instance:
    """One instance of a published file.

    `tickets`, `history`, `task_slas`, `changes` and `incident_changes` are its rows of `sdm`; `raw` its rows of raw
    `incident`, by sys_id; `close_codes` the labels of its close codes by value. Times are naive UTC.
    """

    name: str
    now: pd.Timestamp
    history_start: pd.Timestamp
    retention_start: pd.Timestamp
    states: Mapping[str, frozenset[int]]
    noise_codes: frozenset[str]
    close_codes: Mapping[str, str]
    raw: pd.DataFrame
    tickets: pd.DataFrame
    history: pd.DataFrame
    task_slas: pd.DataFrame
    changes: pd.DataFrame
    incident_changes: pd.DataFrame


def read(published: Path, warehouse: Path, name: str) -> Instance:
    """The instance `name` of a published file; settings and raw rows come from the warehouse behind it.

    The two may be one file.
    """
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute("SELECT setting, value FROM ticketlake.settings WHERE instance = ?", [name])
        settings: dict[str, list[str]] = {}
        for setting, value in rows.fetchall():
            settings.setdefault(setting, []).append(value)
        raw = _frame(connection, "raw_servicenow.incident", name).set_index("sys_id")
        choices = connection.execute(
            "SELECT value, label FROM raw_servicenow.sys_choice WHERE instance = ? AND element = 'close_code'"
            " AND name IN ('incident', 'task') AND label IS NOT NULL",
            [name],
        ).fetchall()
    with duckdb.connect(str(published), read_only=True) as connection:
        frames = {
            table: _frame(connection, f"sdm.{table}", name)
            for table in ("itsm", "itsm_history", "task_slas", "changes", "incident_changes")
        }
    return Instance(
        name,
        now=pd.Timestamp(settings["now_at"][0]),
        history_start=pd.Timestamp(settings["history_start_at"][0]),
        retention_start=pd.Timestamp(settings["retention_start_at"][0]),
        states={
            meaning: frozenset(int(code) for code in settings.get(f"state.{meaning}", []))
            for meaning in ("resolved", "closed", "cancelled")
        },
        noise_codes=frozenset(code.strip().lower() for code in settings.get("noise_code", [])),
        close_codes=dict(choices),
        raw=raw,
        tickets=frames["itsm"],
        history=frames["itsm_history"],
        task_slas=frames["task_slas"],
        changes=frames["changes"],
        incident_changes=frames["incident_changes"],
    )


def _frame(connection: duckdb.DuckDBPyConnection, table: str, instance: str) -> pd.DataFrame:
    """Rows of one instance; integers with gaps as floats, booleans with gaps as objects, whatever the rows hold."""
    frame = connection.execute(f"SELECT * FROM {table} WHERE instance = ?", [instance]).df()
    for column, kind in frame.dtypes.items():
        if pd.api.types.is_bool_dtype(kind):
            frame[column] = frame[column].astype(object)
        elif pd.api.types.is_numeric_dtype(kind):
            frame[column] = frame[column].astype(float)
    return frame
