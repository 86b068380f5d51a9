"""The raw layer of an instance with very many incidents, made by SQL: what ingestion leaves after a first sync.

A real sync of a small company gives the file: its tables with all columns of the dictionary, choices,
agreements and bookkeeping. Then people, items and tickets are put in the place of the company's. Columns
that no model reads stay NULL. Chance is `hash(number, purpose, seed)`: the same seed gives the same rows
on one release of DuckDB.
"""

from dataclasses import replace
from pathlib import Path

from benchmarks.measuring import USER
from benchmarks.raw_landscape import insert_changes, insert_landscape
from benchmarks.raw_layout import CIS, INSTANCE, Range, begin_load, define_macros, settings_of
from benchmarks.raw_tickets import insert_tickets, make_tickets
from benchmarks.raw_titles import make_titles
from benchmarks.world import NOW
from ingestion import warehouse
from ingestion.errors import TicketlakeError
from ingestion.instance import EmbeddedInstance
from ingestion.instance.company import Company
from ingestion.pipeline import sync_instance
from ingestion.settings import Credentials, Settings

_COMPANY = 200
#: Days before now in which incidents were opened: 13 months.
_DAYS = 396
#: The tables that hold the small company's own rows, or refer to them.
_REPLACED = (
    "sys_user", "sys_user_group", "sys_user_grmember", "cmdb_ci", "cmdb_ci_service", "cmn_department", "cmn_location",
    "task_ci", "incident", "incident_task", "problem", "change_request", "change_task", "task", "task_sla",
    "cmdb_ci_outage", "kb_knowledge", "sys_audit", "sys_audit_delete",
)  # fmt: skip


def make_raw_world(directory: Path, incidents: int, seed: int = 1) -> None:
    """Write the warehouse of an instance with so many incidents into an empty directory."""
    settings = settings_of(directory)
    _sync_small_company(settings)
    with warehouse.connect(settings) as connection:
        warehouse.write_settings(connection, settings)
        define_macros(connection, seed)
        load_id = begin_load(connection, NOW)
        for table in _REPLACED:
            connection.execute(f"DELETE FROM {warehouse.RAW}.{table}")
        insert_landscape(connection, load_id)
        whole = Range(0, incidents, NOW, _DAYS)
        make_titles(connection, max(1000, incidents // 10), CIS)
        insert_changes(connection, whole, load_id)
        make_tickets(connection, whole)
        insert_tickets(connection, load_id)
        connection.execute("CHECKPOINT")


def _sync_small_company(settings: Settings) -> None:
    """A first sync of a company of a month. Raises TicketlakeError where it fails."""
    warehouse.prepare_data_dir(settings)
    with EmbeddedInstance(Company(_COMPANY, days=30, end=NOW), now=NOW) as served:
        credentials = Credentials(USER.username, USER.password)
        instance = replace(settings.instances[INSTANCE], url=served.url, credentials=credentials)
        with warehouse.data_directory_lock(settings, "benchmark"):
            report = sync_instance(settings, instance)
    if report.error:
        raise TicketlakeError(f"the sync of the small company failed: {report.error}")
