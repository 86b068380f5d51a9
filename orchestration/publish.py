"""Publishing: the public schemas of the warehouse, copied into a new file that readers then find."""

from collections import defaultdict
from datetime import datetime
from importlib.metadata import version
from typing import NamedTuple

import duckdb

from ingestion.errors import TicketlakeError
from ingestion.phases import phase
from ingestion.settings import Settings
from ingestion.warehouse import BOOKKEEPING, connect, quoted, sql_text, writing
from orchestration.landing import land
from orchestration.state import Publication, Publications, StateDatabase, utc_now
from orchestration.versions import Version, current, fresh_file, show

SCHEMAS = ("sdm", "metrics", "meta")
#: The oldest storage that every supported DuckDB writes; clients from 1.1 on open it.
STORAGE_VERSION = "v1.0.0"
#: The table whose columns the views of `metrics` show, each some of them.
_FIGURES = ("intermediate", "int_resolved_figures")
#: The greatest tables lie in the order in which readers leave rows out: a priority or a period is read alone.
_ORDERS = {
    ("sdm", "itsm"): ("instance", "priority", "opened_at"),
    ("sdm", "group_moves"): ("instance", "priority", "moved_at"),
}


class NothingToPublish(TicketlakeError):
    """The public schemas have not been built."""


class Column(NamedTuple):
    """A column of a relation that is published."""

    name: str
    kind: str
    comment: str | None
    is_nullable: bool


def publish(settings: Settings, database: StateDatabase, run_id: str, data_as_of: datetime) -> Version:
    """Copy `sdm`, `metrics` and `meta` into a new version and show it; returns that version.

    `data_as_of` is the source's clock up to which the data is complete, naive UTC. Call while holding
    the data directory. Raises NothingToPublish before the first build; whatever fails, the link keeps
    showing the last good version.
    """
    publication = Publication(run_id, utc_now(), data_as_of, version("ticketlake"), file="")
    fresh = fresh_file(settings, run_id)
    fresh.unlink(missing_ok=True)
    with writing(fresh), connect(settings) as connection:
        phase("land state")
        land(connection, database, publication, settings.sync_cron)
        connection.execute(f"attach '{sql_text(str(fresh))}' as published (storage_version '{STORAGE_VERSION}')")
        phase("copy")
        _copy(connection)
        # Detaching checkpoints: the file is whole and has no write-ahead log beside it.
        connection.execute("detach published")
    phase("show")
    shown = show(settings, fresh, run_id)
    phase("record publication")
    Publications(database).record(
        Publication(run_id, publication.published_at, data_as_of, publication.ticketlake_version, shown.path.name)
    )
    return shown


def recover_publication(settings: Settings, database: StateDatabase) -> None:
    """Record the version that readers find now, where the process that showed it died before it could.

    Its own `meta.publications` says what there is to record, so that no later version forgets it.
    """
    shown, publications = current(settings), Publications(database)
    if shown is None or shown.path.name in {known.file for known in publications.all()}:
        return
    with duckdb.connect(str(settings.published_link), read_only=True) as connection:
        found = connection.execute(
            "select run_id, published_at, data_as_of, ticketlake_version from meta.publications"
            " order by published_at desc limit 1"
        ).fetchall()
    for run_id, published_at, data_as_of, release in found:
        publications.record(Publication(run_id, published_at, data_as_of, release, shown.path.name))


def shown_holds_expired(settings: Settings) -> bool:
    """Whether the version readers find now holds rows that retention has taken out since."""
    if current(settings) is None:
        return False
    expired = "select instance, table_name, sys_id from {}.deleted_records where known_by in ('retention', 'erasure')"
    now, then = expired.format(BOOKKEEPING), expired.format("shown.meta")
    with connect(settings) as connection:
        connection.execute(f"attach '{sql_text(str(settings.published_link.resolve()))}' as shown (read_only)")
        count = connection.execute(f"select count(*) from ({now} except {then})").fetchall()[0][0]
        connection.execute("detach shown")
    return bool(count)


def _copy(connection: duckdb.DuckDBPyConnection) -> None:
    (warehouse,) = connection.execute("select current_database()").fetchall()[0]
    relations = connection.execute(
        """
        select schema_name, table_name as name, comment from duckdb_tables()
        where database_name = ? and list_contains(?, schema_name)
        union all
        select schema_name, view_name, comment from duckdb_views()
        where database_name = ? and list_contains(?, schema_name)
        order by 1, 2
        """,
        [warehouse, list(SCHEMAS)] * 2,
    ).fetchall()
    if missing := sorted(set(SCHEMAS) - {schema for schema, _, _ in relations}):
        raise NothingToPublish(f"{warehouse}: schema {missing[0]} has not been built; run `ticketlake sync`")
    for schema in SCHEMAS:
        connection.execute(f"create schema published.{schema}")
    columns = _columns(connection, warehouse)
    for schema, name, comment in relations:
        # Each statement of its own would wait for the disk, and there is one for each comment.
        connection.execute("begin")
        _copy_relation(connection, warehouse, schema, name, comment, columns[schema, name])
        connection.execute("commit")


def _columns(connection: duckdb.DuckDBPyConnection, warehouse: str) -> dict[tuple[str, str], list[Column]]:
    """Columns of the public schemas, by schema and relation."""
    # A view has no NOT NULL of its own: those of the table count whose columns it shows.
    found = connection.execute(
        """
        select c.schema_name, c.table_name, c.column_name, c.data_type, c.comment,
            c.is_nullable and coalesce(shown.is_nullable, true)
        from duckdb_columns() c
        left join duckdb_views() v
            on v.database_name = c.database_name and v.schema_name = c.schema_name and v.view_name = c.table_name
        left join duckdb_columns() shown
            on shown.database_name = v.database_name and shown.column_name = c.column_name
            and shown.schema_name = case v.schema_name when 'meta' then ? when 'metrics' then ? end
            and shown.table_name = case v.schema_name when 'meta' then v.view_name when 'metrics' then ? end
        where c.database_name = ? and list_contains(?, c.schema_name)
        order by c.schema_name, c.table_name, c.column_index
        """,
        [BOOKKEEPING, *_FIGURES, warehouse, list(SCHEMAS)],
    ).fetchall()
    columns: dict[tuple[str, str], list[Column]] = defaultdict(list)
    for schema, relation, *rest in found:
        columns[schema, relation].append(Column(*rest))
    return columns


def _copy_relation(
    connection: duckdb.DuckDBPyConnection,
    warehouse: str,
    schema: str,
    name: str,
    comment: str | None,
    columns: list[Column],
) -> None:
    """One table or view, as a table with the same columns, NOT NULLs and comments."""
    source = f"{quoted(warehouse)}.{quoted(schema)}.{quoted(name)}"
    target = f"published.{quoted(schema)}.{quoted(name)}"
    definitions = ", ".join(
        f"{quoted(column.name)} {column.kind}{'' if column.is_nullable else ' not null'}" for column in columns
    )
    connection.execute(f"create table {target} ({definitions})")
    names = {column.name for column in columns}
    keys = [key for key in _ORDERS.get((schema, name), ()) if key in names]
    order = f" order by {', '.join(keys)}" if keys else ""
    connection.execute(f"insert into {target} by name select * from {source}{order}")
    if comment:
        connection.execute(f"comment on table {target} is '{sql_text(comment)}'")
    for column in columns:
        if column.comment:
            connection.execute(f"comment on column {target}.{quoted(column.name)} is '{sql_text(column.comment)}'")
