"""An embedded instance and a warehouse beside it: sync, then compare with the instance row by row."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from ingestion import warehouse
from ingestion.instance import EmbeddedInstance
from ingestion.pipeline import InstanceReport, TableReport, sync_instance
from ingestion.servicenow.catalogue import TABLES
from ingestion.settings import InstanceSettings, Settings, load_settings

NOW = datetime(2026, 11, 20, 12)


class Lake:
    """One instance, one warehouse. `now` is what windows and retention go by."""

    def __init__(self, servicenow: Any, directory: Path, now: datetime = NOW, **instance: Any) -> None:
        self.servicenow = servicenow
        self.settings: Settings = load_settings(
            environ={
                "TICKETLAKE_DATA_DIR": str(directory),
                "TICKETLAKE_NOW": now.isoformat(),
                "SERVICENOW_INSTANCE_URL": servicenow.url,
                "SERVICENOW_USERNAME": servicenow.username,
                "SERVICENOW_PASSWORD": servicenow.password,
            }
        )
        default = replace(self.settings.instances["default"], **instance)
        self.settings = replace(self.settings, instances={"default": default})
        warehouse.prepare_data_dir(self.settings)

    @property
    def instance(self) -> InstanceSettings:
        return self.settings.instances["default"]

    def at(self, now: datetime) -> None:
        """Move the time that windows and retention go by."""
        self.settings = replace(self.settings, fixed_now=now)

    def attempt(self, **options: Any) -> InstanceReport:
        return sync_instance(self.settings, self.instance, **options)

    def sync(self, **options: Any) -> dict[str, TableReport]:
        """A cycle that must succeed; its counts by table."""
        report = self.attempt(**options)
        assert report.status == "succeeded", report.error
        return {table.table_name: table for table in report.tables}

    def query(self, sql: str, *given: Any) -> list[tuple[Any, ...]]:
        with warehouse.connect(self.settings, read_only=True) as connection:
            return connection.execute(sql, given).fetchall()

    def ids(self, table: str) -> set[str]:
        return {key for (key,) in self.query(f"SELECT sys_id FROM raw_servicenow.{table}")}

    def load_ids(self) -> dict[str, list[tuple[Any, ...]]]:
        """What `_dlt_load_id` says of every raw row."""
        return {
            table: self.query(f"SELECT sys_id, _dlt_load_id FROM raw_servicenow.{table} ORDER BY ALL")
            for table in TABLES
        }


@contextmanager
def empty_lake(directory: Path, now: datetime = NOW, **instance: Any) -> Iterator[Lake]:
    """A lake beside an instance without business rows, frozen at `now`."""
    with EmbeddedInstance(now=now) as servicenow:
        yield Lake(servicenow, directory, now, **instance)


def expected(value: str, kind: str) -> Any:
    """What a raw value means, by an independent reading of the documented forms."""
    if value == "":
        return None
    match kind:
        case "BOOLEAN":
            return {"true": True, "false": False}[value]
        case "BIGINT" if value[:5] in ("1970-", "1969-", "1971-", "1972-", "1973-"):
            since = datetime.fromisoformat(value) - datetime(1970, 1, 1)
            return since // timedelta(seconds=1)
        case "BIGINT":
            return int(value)
        case "DOUBLE":
            return float(value)
        case "TIMESTAMP":
            return datetime.fromisoformat(value)
        case "DATE":
            return datetime.fromisoformat(value).date()
        case _:
            return value


def differences(lake: Lake, table: str, among: set[str] | None = None) -> list[str]:
    """Where the raw table and the instance's own rows disagree, cell by cell; `among` narrows the ids compared."""
    with warehouse.connect(lake.settings, read_only=True) as connection:
        kinds = warehouse.columns_of(connection, warehouse.RAW)[table]
        held = _held(connection, table)
    truth = {
        row["sys_id"]: row for row in lake.servicenow.control.rows(table) if among is None or row["sys_id"] in among
    }
    found = [f"{table}: {key} is missing" for key in truth.keys() - held.keys()]
    found += [f"{table}: {key} is too many" for key in held.keys() - truth.keys()]
    for key in truth.keys() & held.keys():
        for column, kind in kinds.items():
            if column in truth[key]:
                wanted = expected(truth[key][column], kind)
                if held[key][column] != wanted and column not in TABLES[table].never:
                    found.append(f"{table}: {key}: {column} is {held[key][column]!r}, not {wanted!r}")
    return found


def _held(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, Mapping[str, Any]]:
    cursor = connection.execute(f"SELECT * FROM raw_servicenow.{table}")
    names = [column[0] for column in cursor.description]
    return {row[names.index("sys_id")]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
