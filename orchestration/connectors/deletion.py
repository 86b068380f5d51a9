"""Deleting a connector, and with `purge` everything that was ever read from its instance."""

from uuid import uuid4

from ingestion import warehouse
from ingestion.settings import Settings
from ingestion.warehouse import BOOKKEEPING, RAW, data_directory_lock, quoted
from orchestration import export, followers, publish, versions
from orchestration.state import Connectors, Publications, StateDatabase, utc_now


def delete_connector(
    settings: Settings, database: StateDatabase, name: str, *, purge: bool, actor: str, lock_seconds: float = 60.0
) -> None:
    """Forget a connector and its credentials. Its data stays published and in the care of retention.

    With `purge` its rows go: from the warehouse, which is written anew, and from a version that is published at once;
    `forget_published` then unlinks the earlier ones. One that was deleted before can be purged later. Raises
    WarehouseLocked while a run holds the data directory, ConfigurationError where there is no such connector.
    """
    connectors = Connectors(database)
    if connectors.find(name) is None and not (purge and name in connectors.former()):
        connectors.get(name)
    with data_directory_lock(settings, f"deletion of connector {name}", lock_seconds):
        if purge and settings.warehouse_path.is_file():
            # The rows first: cut off in between, the deletion can be asked for again.
            export.mark_outdated(settings)
            _purge(settings, name)
            connectors.remove(name, keeps_data=False, actor=actor)
            if versions.current(settings) is not None:
                last = Publications(database).last()
                publish.publish(settings, database, str(uuid4()), last.data_as_of if last else utc_now())
                followers.follow(settings)
        else:
            connectors.remove(name, keeps_data=not purge, actor=actor)


def forget_published(settings: Settings) -> None:
    """Unlink the versions that still have what was purged, each 30 s after it was replaced."""
    versions.unlink_old_now(settings, keep=1)


def is_configured(settings: Settings, name: str) -> bool:
    """Whether settings give the instance an address: the next command registers it again."""
    return name in settings.instances and bool(settings.instances[name].url)


def _purge(settings: Settings, name: str) -> None:
    """Delete an instance's rows from every table that has any, and write the file anew."""
    from ingestion.loading import pipeline_name

    with warehouse.connect(settings) as connection:
        connection.execute("begin")
        for schema, table in connection.execute(
            "select c.schema_name, c.table_name from duckdb_columns() c join duckdb_tables() t"
            " on t.database_name = c.database_name and t.schema_name = c.schema_name and t.table_name = c.table_name"
            " where c.database_name = current_database() and c.column_name = 'instance'"
        ).fetchall():
            connection.execute(f"delete from {quoted(schema)}.{quoted(table)} where instance = ?", [name])
        tables = {
            (schema, table)
            for schema, table in connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = current_database()"
            ).fetchall()
        }
        # dlt's own: where its walks have come to, and the schema of its loads.
        for table, column in (
            ("_dlt_pipeline_state", "pipeline_name"),
            ("_dlt_loads", "schema_name"),
            ("_dlt_version", "schema_name"),
        ):
            if (RAW, table) in tables:
                connection.execute(f"delete from {RAW}.{table} where {column} = ?", [pipeline_name(name)])
        if (BOOKKEEPING, "connectors") in tables:
            connection.execute(f"delete from {BOOKKEEPING}.connectors where name = ?", [name])
        # Titles are kept by themselves, for all instances together.
        if ("intermediate", "int_title_masks") in tables:
            connection.execute(
                "delete from intermediate.int_title_masks where title not in"
                f" (select short_description from {RAW}.incident where short_description is not null)"
            )
        if ("intermediate", "int_title_groups") in tables and ("intermediate", "int_title_masks") in tables:
            connection.execute(
                "delete from intermediate.int_title_groups where signature not in"
                " (select signature from intermediate.int_title_masks)"
            )
        connection.execute("commit")
    warehouse.rewrite(settings)
