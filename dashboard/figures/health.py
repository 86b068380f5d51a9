"""Whether the data are whole and fresh: what the pipeline says of itself."""

import pandas as pd

from dashboard.snapshot import Snapshot


def coverage(snapshot: Snapshot, instance: str) -> pd.DataFrame:
    """A row per column asked for: `table_name`, `column_name`, `status` (synced, never_synced, hidden, missing),
    `first_synced_at`, `last_synced_at`, `row_count`, `null_share`; what is not synced first."""
    return snapshot.frame(
        "select * exclude (instance) from meta.coverage where instance = $instance"
        " order by status = 'synced', table_name, column_name",
        {"instance": instance},
    )


def row_counts(snapshot: Snapshot, instance: str) -> pd.DataFrame:
    """A row per source table: `table_name`, `row_count`, `last_synced_at`, `columns_synced`, `columns_missing` (of any
    other status); most rows first."""
    return snapshot.frame(
        """
        select
            table_name, max(row_count) as row_count, max(last_synced_at) as last_synced_at,
            count(*) filter (where status = 'synced') as columns_synced,
            count(*) filter (where status <> 'synced') as columns_missing
        from meta.coverage where instance = $instance
        group by table_name order by row_count desc, table_name
        """,
        {"instance": instance},
    )


def runs(snapshot: Snapshot, instance: str, *, limit: int = 20) -> pd.DataFrame:
    """The latest runs, newest first: `run_id`, `kind`, `status`, `started_at`, `finished_at`, `minutes`, `rows_read`,
    `inserted`, `updated`, `deleted`, `requests`, `error`."""
    return snapshot.frame(
        """
        select
            runs.run_id, runs.kind, runs.status, runs.started_at, runs.finished_at,
            date_diff('millisecond', runs.started_at, runs.finished_at) / 60000.0 as minutes,
            coalesce(sum(tables.rows_read), 0)::bigint as rows_read,
            coalesce(sum(tables.inserted), 0)::bigint as inserted,
            coalesce(sum(tables.updated), 0)::bigint as updated,
            coalesce(sum(tables.deleted), 0)::bigint as deleted,
            coalesce(sum(tables.requests), 0)::bigint as requests,
            runs.error
        from meta.sync_runs as runs
        left join meta.sync_tables as tables on tables.run_id = runs.run_id and tables.instance = runs.instance
        where runs.instance = $instance
        group by all order by runs.started_at desc, runs.run_id desc limit $limit
        """,
        {"instance": instance, "limit": limit},
    )


def reconciliation(snapshot: Snapshot, instance: str) -> pd.DataFrame:
    """The latest comparison with the source by table: `table_name`, `source_count`, `warehouse_count`, `hidden_count`,
    `difference`, `checked_at`; differences first."""
    return snapshot.frame(
        """
        select table_name, source_count, warehouse_count, hidden_count, difference, checked_at
        from meta.reconciliation where instance = $instance
        qualify row_number() over (partition by table_name order by checked_at desc) = 1
        order by abs(coalesce(difference, 0)) desc, table_name
        """,
        {"instance": instance},
    )


def connectors(snapshot: Snapshot) -> pd.DataFrame:
    """Every connector: `id`, `name`, `type`, `status`, `rescheduled_for`."""
    return snapshot.frame("select id, name, type, status, rescheduled_for from meta.connectors order by name")


def freshness(snapshot: Snapshot, instance: str) -> pd.DataFrame:
    """One row: `data_as_of`, `published_at`, `last_good_sync_at` (this instance's), `last_run_status`,
    `last_run_at`, `last_error` of the latest run."""
    return snapshot.frame(
        """
        select
            (select arg_max(data_as_of, published_at) from meta.publications) as data_as_of,
            (select max(published_at) from meta.publications) as published_at,
            max(finished_at) filter (where status = 'succeeded') as last_good_sync_at,
            arg_max(status, started_at) as last_run_status,
            max(started_at) as last_run_at,
            arg_max_null(error, started_at) as last_error
        from meta.sync_runs where instance = $instance
        """,
        {"instance": instance},
    )


def deleted_counts(snapshot: Snapshot, instance: str) -> pd.DataFrame:
    """Rows that were deleted at the source or expired: `table_name`, `known_by` (audit, key_sweep, retention,
    erasure), `deleted_count`, `last_deleted_at`."""
    return snapshot.frame(
        """
        select table_name, known_by, count(*) as deleted_count, max(deleted_at) as last_deleted_at
        from meta.deleted_records where instance = $instance group by all order by deleted_count desc, 1, 2
        """,
        {"instance": instance},
    )


def schema_changes(snapshot: Snapshot, instance: str) -> pd.DataFrame:
    """Columns that came, went or changed at the source, newest first: `table_name`, `column_name`, `change`, `old`,
    `new`, `detected_at`."""
    return snapshot.frame(
        "select * exclude (instance) from meta.schema_changes where instance = $instance"
        " order by detected_at desc, table_name, column_name",
        {"instance": instance},
    )
