"""Data health: whether the data are whole and fresh, and what the pipeline did last."""

import pandas as pd
import streamlit as st

from dashboard import figures, text
from dashboard.cards import row
from dashboard.frame import Page, guarded
from dashboard.tables import Column

TITLE = "Data health"
PATH = "data-health"
ICON = ":material/monitor_heart:"
UNUSED_FILTERS = ("period", "priority", "group", "service")

_STATUS = {
    "synced": "read",
    "never_synced": "not read yet",
    "hidden": "hidden by the instance's access rules",
    "missing": "not in the instance",
}
_STATES = {
    "required_auth": "waits for credentials",
    "auth_error": "credentials were refused",
    "pending_initialization": "waits to be initialised",
    "initial_sync": "first sync under way",
    "active": "active",
    "running": "sync under way",
    "sync_error": "last sync failed, will be tried again",
}
_KNOWN_BY = {
    "audit": "the source's record of deletes",
    "key_sweep": "comparing keys",
    "retention": "retention: it expired",
    "erasure": "erasure of a person",
}
_RUN_STATES = {"succeeded": "✓ good", "failed": "✗ failed", "running": "… runs", "skipped": "– skipped"}


def render(page: Page) -> None:
    instance = page.filters.instance
    with guarded("The headline"):
        _glance(page, instance)
    with page.section("Connectors", "Every instance that is known, and what its connector was doing at publishing."):
        connectors = page.ask(figures.connectors)
        if not page.is_empty(connectors, "No connector is registered."):
            page.table(
                connectors.assign(state=connectors["status"].map(_STATES).fillna(connectors["status"])),
                {
                    "name": "Instance",
                    "type": "Kind",
                    "state": "State",
                    "rescheduled_for": Column("Next sync (UTC)", "time"),
                },
                name="connectors",
            )
    with page.section("Last runs", "The latest runs of this instance, the newest first."):
        _runs(page, instance)
    with page.section("Compared with the source", "Rows that the source counts, and rows held, when last compared."):
        _reconciliation(page, instance)
    with page.section("Tables", "Rows held of each source table, and whether all their columns could be read."):
        _tables(page, instance)
    with page.section("Columns that are not read", "What is asked for and not there. Figures that need it are empty."):
        _columns(page, instance)
    left, right = st.columns(2, gap="large")
    with left, page.section("Deleted rows", "Rows that went, and how it became known. Only their keys are kept."):
        _deleted(page, instance)
    with right, page.section("Changes of columns", "Columns that came, went or changed at the source."):
        changes = page.ask(figures.schema_changes, instance)
        if not page.is_empty(changes, "None was noticed."):
            page.table(
                changes,
                {
                    "detected_at": Column("Noticed (UTC)", "time"),
                    "table_name": "Table",
                    "column_name": "Column",
                    "change": "Change",
                    "old": "Before",
                    "new": "After",
                },
                name="column-changes",
            )


def _glance(page: Page, instance: str) -> None:
    fresh = page.ask(figures.freshness, instance).iloc[0]
    compared = page.ask(figures.reconciliation, instance)
    coverage = page.ask(figures.coverage, instance)
    different = int((compared["difference"].fillna(0) != 0).sum())
    unread = int((coverage["status"] != "synced").sum())
    kind = page.ask(figures.runs, instance, limit=1)["kind"]
    cards = (
        (
            "Data as of",
            *_moment(fresh["data_as_of"]),
            "Everything that changed at the source up to then is in the figures (UTC).",
        ),
        ("Published", *_moment(fresh["published_at"]), "When the file that is shown was written (UTC)."),
        (
            "Last run",
            _RUN_STATES.get(fresh["last_run_status"], text.MISSING),
            f"{' '.join(kind)} at {_moment(fresh['last_run_at'])[0]} UTC",
            "How the latest run of this instance ended, and when it began (UTC).",
        ),
        (
            "Tables that differ",
            text.count(different),
            f"of {text.count(len(compared))} compared",
            "Tables whose rows held are not those of the source, when last compared.",
        ),
        (
            "Columns not read",
            text.count(unread),
            f"of {text.count(len(coverage))} asked for",
            "Columns that the instance hides, that it does not have, or that were not read yet.",
        ),
    )
    for place, (label, value, note, meaning) in zip(row("health", len(cards)), cards, strict=True):
        with place, st.container(border=True, height="stretch", gap="xxsmall"):
            st.metric(label, value, help=meaning)
            st.caption(note)
    if fresh["last_run_status"] == "failed":
        st.error(
            f"The last run failed: {fresh['last_error'] or 'it said nothing'}. What is shown is the last good version; "
            "`ticketlake status` and docs/runbook.md say what to do.",
            icon=":material/sync_problem:",
        )


def _moment(moment: pd.Timestamp) -> tuple[str, str]:
    """Its time, and its day."""
    return (text.MISSING, "never") if pd.isna(moment) else (f"{moment:%H:%M}", f"{moment.day} {moment:%b %Y}, UTC")


def _runs(page: Page, instance: str) -> None:
    runs = page.ask(figures.runs, instance)
    if page.is_empty(runs, "None is on record."):
        return
    page.table(
        runs.assign(state=runs["status"].map(_RUN_STATES).fillna(runs["status"])),
        {
            "started_at": Column("Began (UTC)", "time"),
            "kind": "Kind",
            "state": "State",
            "minutes": Column("Took", "minutes"),
            "rows_read": Column("Rows read", "count"),
            "inserted": Column("New", "count"),
            "updated": Column("Changed", "count"),
            "deleted": Column("Deleted", "count"),
            "requests": Column("Requests", "count"),
            "error": Column("Error", width="large"),
        },
        name="runs",
    )


def _reconciliation(page: Page, instance: str) -> None:
    compared = page.ask(figures.reconciliation, instance)
    if page.is_empty(compared, "No comparison has been made yet; `ticketlake reconcile` makes one."):
        return
    different = compared["difference"].fillna(0) != 0
    if not different.any():
        st.success(f"All {len(compared)} tables compared hold what the source holds.", icon=":material/check_circle:")
    page.table(
        compared.assign(state=different.map({True: "✗ differs", False: "✓ equal"})),
        {
            "table_name": "Table",
            "state": "State",
            "source_count": Column("At the source", "count"),
            "warehouse_count": Column("Held", "count"),
            "hidden_count": Column("Hidden", "count", "Rows the source counts and does not show to this user."),
            "difference": Column("Difference", "count"),
            "checked_at": Column("Compared (UTC)", "time"),
        },
        name="reconciliation",
    )


def _tables(page: Page, instance: str) -> None:
    tables = page.ask(figures.row_counts, instance)
    if page.is_empty(tables, "No table has been read yet."):
        return
    page.table(
        tables,
        {
            "table_name": "Table",
            "row_count": Column("Rows", "count"),
            "columns_synced": Column("Columns read", "count"),
            "columns_missing": Column("Columns not read", "count"),
            "last_synced_at": Column("Last read (UTC)", "time"),
        },
        name="tables",
    )


def _columns(page: Page, instance: str) -> None:
    coverage = page.ask(figures.coverage, instance)
    unread = coverage[coverage["status"] != "synced"]
    if unread.empty:
        st.success(f"All {text.count(len(coverage))} columns asked for are read.", icon=":material/check_circle:")
        return
    page.table(
        unread.assign(why=unread["status"].map(_STATUS).fillna(unread["status"])),
        {
            "table_name": "Table",
            "column_name": "Column",
            "why": "Why",
            "last_synced_at": Column("Last read (UTC)", "time"),
        },
        name="columns-not-read",
    )


def _deleted(page: Page, instance: str) -> None:
    deleted = page.ask(figures.deleted_counts, instance)
    if page.is_empty(deleted, "None."):
        return
    page.table(
        deleted.assign(how=deleted["known_by"].map(_KNOWN_BY).fillna(deleted["known_by"])),
        {
            "table_name": "Table",
            "how": "Known by",
            "deleted_count": Column("Rows", "count"),
            "last_deleted_at": Column("Last (UTC)", "time"),
        },
        name="deleted-rows",
    )
