"""What a first sync would cost, asked of the aggregate API before any row is read."""

import time
from dataclasses import dataclass

from ingestion.errors import TableRefused, UnknownTable
from ingestion.servicenow.catalogue import TABLES
from ingestion.servicenow.client import Client
from ingestion.servicenow.query import all_of
from ingestion.servicenow.strategy import first_bounds
from ingestion.settings import InstanceSettings, Settings


@dataclass(frozen=True)
class PlanRow:
    """One table: rows that match, pages and requests to read them, minutes at the measured pace.

    `note` says why a table would be left out.
    """

    table_name: str
    rows: int
    pages: int
    requests: int
    minutes: float
    note: str = ""


def plan_instance(settings: Settings, instance: InstanceSettings) -> list[PlanRow]:
    """A row per table in catalogue order. Raises RefusedError for credentials and required tables."""
    with Client(instance, ca_bundle=settings.ca_bundle, proxy=settings.proxy) as client:
        client.count("sys_db_object", "")
        high = client.server_time or settings.now()
        rows = []
        for name in instance.tables:
            spec = TABLES[name]
            cursor = spec.cursor or "sys_updated_on"
            bounds = first_bounds(spec, cursor, settings.history_start(), high)
            query = all_of(spec.base_query, bounds.query() if bounds else "")
            started = time.monotonic()
            try:
                count = client.count(name, query)
            except (TableRefused, UnknownTable) as error:
                if spec.required:
                    raise TableRefused(f"{error} ({name} is required)") from None
                rows.append(PlanRow(name, 0, 0, 0, 0.0, str(error)))
                continue
            pages = -(-count // instance.page_size)
            requests = pages + 1
            # A page takes at least as long as the count that was just asked for.
            minutes = requests * (time.monotonic() - started) / 60
            rows.append(PlanRow(name, count, pages, requests, round(minutes, 2)))
        return rows
