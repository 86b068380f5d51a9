"""Ticketlake's own ways: the first sync of `incident`, and the tick after a thousandth of it changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measuring import USER, Stopwatch, peak_mib, rehearse_dlt
from ingestion.instance import ControlClient
from ingestion.pipeline import InstanceReport, sync_instance
from ingestion.servicenow.catalogue import TABLES
from ingestion.settings import Credentials, InstanceSettings, Settings
from ingestion.warehouse import data_directory_lock

_INCIDENT = ("incident",)


@dataclass(frozen=True)
class _Lake:
    """A raw layer beside an instance. `tables` are those that a cycle reads beside the dictionary's."""

    directory: Path
    instance: InstanceSettings
    control: ControlClient
    tables: Sequence[str]

    def cycle(self) -> dict[str, Any]:
        """One cycle: its seconds, rows, requests and bytes, those of the dictionary's tables included."""
        settings = Settings(self.directory, fixed_now=self.control.now(), instances={self.instance.name: self.instance})
        with data_directory_lock(settings, "benchmark"):
            stopwatch = Stopwatch()
            report = sync_instance(settings, self.instance, tables=self.tables)
            taken = stopwatch.read()
        if report.error:
            raise SystemExit(f"sync failed: {report.error}")
        return taken | _totals(report)


def _totals(report: InstanceReport) -> dict[str, Any]:
    (incident,) = (table for table in report.tables if table.table_name == "incident")
    return {
        "rows": incident.rows_read,
        "changed": sum(table.inserted + table.updated for table in report.tables),
        "requests": sum(table.requests for table in report.tables),
        "bytes": sum(table.bytes for table in report.tables),
        "tables": len(report.tables),
    }


def _lake(url: str, directory: str, tables: Sequence[str]) -> _Lake:
    root = Path(directory)
    rehearse_dlt(root)
    instance = InstanceSettings("bench", url, Credentials(USER.username, USER.password), tables=tuple(tables))
    return _Lake(root / "data", instance, ControlClient(url), tables)


def sync(url: str, directory: str) -> dict[str, Any]:
    """The first sync of `incident` into an empty raw layer, dictionary and hierarchy included."""
    lake = _lake(url, directory, _INCIDENT)
    return {**lake.cycle(), "peak_mib": peak_mib()}


def steady(url: str, directory: str) -> dict[str, Any]:
    """The tick after a thousandth of the incidents changed, all tables; `full` is the first sync before it."""
    lake = _lake(url, directory, tuple(TABLES))
    full = lake.cycle()
    lake.control.advance("2h")
    return {**lake.cycle(), "page": lake.instance.page_size, "full": full}
