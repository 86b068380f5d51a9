"""Files of earlier releases are brought forward, later ones refused, and an upgrade that is cut off is done again.

The older layouts stand here as SQL, as the releases wrote them; nothing of the present code makes them.
"""

import sqlite3
import subprocess
import sys
from contextlib import closing

import duckdb
import pytest

from ingestion import migrations
from ingestion.errors import StateDamaged, TicketlakeError
from ingestion.settings import Settings
from ingestion.warehouse import connect, ensure_schema, rewrite
from orchestration.cycle import open_cycle
from orchestration.request import CycleRequest
from orchestration.state import AuditLog, Connectors, Runs, StateDatabase
from orchestration.state.schema import SCHEMA_VERSION

#: The bookkeeping of the first release that had one, with a row in each table.
LAYOUT_1 = """
create schema raw_servicenow;
create schema ticketlake;
create table raw_servicenow.incident (
    instance varchar not null, sys_id varchar not null, number varchar, _dlt_load_id varchar
);
insert into raw_servicenow.incident values ('default', 'a', 'INC1', '1');
create table ticketlake.settings (instance varchar not null, setting varchar not null, value varchar);
insert into ticketlake.settings values ('default', 'now_at', '2026-11-20 12:00:00');
create table ticketlake.coverage (
    instance varchar not null, table_name varchar not null, column_name varchar not null, status varchar not null,
    first_synced_at timestamp, last_synced_at timestamp, row_count bigint not null, null_share double,
    primary key (instance, table_name, column_name)
);
insert into ticketlake.coverage values ('default', 'incident', 'number', 'synced', now(), now(), 1, 0);
create table ticketlake.deleted_records (
    instance varchar not null, table_name varchar not null, sys_id varchar not null, deleted_at timestamp not null,
    known_by varchar not null, primary key (instance, table_name, sys_id)
);
insert into ticketlake.deleted_records values ('default', 'incident', 'gone', '2026-11-01', 'audit');
create table ticketlake.schema_changes (
    instance varchar not null, table_name varchar not null, column_name varchar not null, change varchar not null,
    "old" varchar, "new" varchar, detected_at timestamp not null
);
create table ticketlake.reconciliation (
    instance varchar not null, table_name varchar not null, source_count bigint, warehouse_count bigint not null,
    hidden_count bigint, difference bigint, checked_at timestamp not null
);
insert into ticketlake.reconciliation values ('default', 'incident', 1, 1, 0, 0, '2026-11-01');
insert into ticketlake.reconciliation values ('default', 'incident', 1, 1, 0, 0, '2026-11-01');
create table ticketlake.sync_runs (
    run_id varchar not null, instance varchar not null, kind varchar not null, status varchar not null,
    started_at timestamp not null, finished_at timestamp, config_version varchar, error varchar
);
create table ticketlake.sync_tables (
    run_id varchar not null, instance varchar not null, table_name varchar not null, rows_read bigint not null,
    inserted bigint not null, updated bigint not null, unchanged bigint not null, deleted bigint not null,
    requests bigint not null, bytes bigint not null, retries bigint not null, seconds double not null,
    cursor_before varchar, cursor_after varchar
);
create table ticketlake.connectors (
    id varchar not null, name varchar not null, type varchar not null, status varchar not null,
    rescheduled_for timestamp
);
create table ticketlake.publications (
    run_id varchar not null, published_at timestamp not null, data_as_of timestamp not null,
    ticketlake_version varchar not null
);
create table ticketlake.applied_tombstones (
    instance varchar not null, sys_id varchar not null, primary key (instance, sys_id)
);
insert into ticketlake.applied_tombstones values ('default', 't1');
create table ticketlake.asked_references (
    instance varchar not null, table_name varchar not null, sys_id varchar not null,
    primary key (instance, table_name, sys_id)
);
insert into ticketlake.asked_references values ('default', 'problem', 'p1');
"""

#: What later releases made of it, until layouts were numbered. Each met whatever file there was.
LATER = (
    """
    drop table ticketlake.reconciliation;
    create table ticketlake.reconciliation (
        instance varchar not null, table_name varchar not null, source_count bigint, warehouse_count bigint not null,
        hidden_count bigint, difference bigint, checked_at timestamp not null,
        primary key (instance, table_name, checked_at)
    );
    insert into ticketlake.reconciliation values ('default', 'incident', 1, 1, 0, 0, '2026-11-01');
    """,
    """
    create table ticketlake.known_columns (
        instance varchar not null, table_name varchar not null, column_name varchar not null, kind varchar not null,
        label varchar not null, is_removed boolean not null, is_pending boolean not null
    );
    insert into ticketlake.known_columns values ('default', 'incident', 'number', 'string', 'Number', false, false);
    """,
    """
    create table ticketlake.count_baselines (
        instance varchar not null, table_name varchar not null, accounted bigint, hidden_count bigint not null,
        compared_at timestamp not null, primary key (instance, table_name)
    );
    """,
    """
    drop table ticketlake.asked_references;
    create table ticketlake.asked_references (
        instance varchar not null, table_name varchar not null, sys_id varchar not null, expired boolean not null,
        primary key (instance, table_name, sys_id)
    );
    insert into ticketlake.asked_references values ('default', 'problem', 'p1', true);
    """,
    """
    create table ticketlake.seen_changes (
        instance varchar not null, sys_id varchar not null, field varchar not null, old_value varchar,
        new_value varchar, changed_at timestamp not null, changed_by varchar, update_number bigint not null,
        seen_at timestamp not null, is_pending boolean not null
    );
    """,
)

#: `state.sqlite` as the first release made it, with a connector and a run.
STATE_1 = """
create table connectors (
    id text primary key, name text not null unique, type text not null, url text not null, status text not null,
    rescheduled_for text, first_loaded_at text, created_at text not null, updated_at text not null
);
create table transitions (
    id integer primary key, at text not null, connector text not null, from_status text, to_status text not null,
    cause text not null, actor text not null, run_id text
);
create table cycles (
    run_id text primary key, kind text not null, actor text not null, status text not null, exit_code integer,
    error text, pid integer not null, started_at text not null, finished_at text
);
create table runs (
    run_id text not null, instance text not null, kind text not null, status text not null, started_at text not null,
    finished_at text, config_version text, error text, exit_code integer, data_as_of text,
    primary key (run_id, instance)
);
create table run_tables (
    run_id text not null, instance text not null, table_name text not null, rows_read integer not null,
    inserted integer not null, updated integer not null, unchanged integer not null, deleted integer not null,
    requests integer not null, bytes integer not null, retries integer not null, seconds real not null,
    cursor_before text, cursor_after text, primary key (run_id, instance, table_name)
);
create table publications (
    run_id text primary key, published_at text not null, data_as_of text not null, ticketlake_version text not null,
    file text not null
);
create table maintenance (task text primary key, done_on text not null);
create index runs_by_start on runs (started_at);
insert into connectors values (
    'id-1', 'default', 'servicenow', 'http://127.0.0.1:9', 'active', null, '2026-11-01 00:00:00',
    '2026-11-01 00:00:00', '2026-11-01 00:00:00'
);
insert into runs values ('r1', 'default', 'sync', 'succeeded', '2026-11-01 00:00:00', null, null, null, 0, null);
pragma user_version = 1;
"""

#: Stops in the middle of an upgrade, as a kill would.
DIES = """
import os, sys
from ingestion.phases import watching
from ingestion.settings import load_settings
from ingestion.warehouse import connect, ensure_schema
from orchestration.state import StateDatabase

def die(name):
    if name == sys.argv[1]:
        os._exit(9)

settings = load_settings()
with watching(die):
    with StateDatabase(settings.state_path).transaction():
        pass
    with connect(settings) as connection:
        ensure_schema(connection)
"""


def write_warehouse(settings: Settings, steps: int) -> None:
    with closing(duckdb.connect(str(settings.warehouse_path))) as connection:
        connection.execute(LAYOUT_1)
        for step in LATER[:steps]:
            connection.execute(step)


def write_state(settings: Settings) -> None:
    with closing(sqlite3.connect(settings.state_path)) as db:
        db.executescript(STATE_1)


def shape(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """Columns with their types, NOT NULLs and keys of our own tables."""
    with connect(settings, read_only=True) as connection:
        columns = connection.execute(
            "select table_name, column_name, data_type, is_nullable from duckdb_columns()"
            " where schema_name = 'ticketlake' order by 1, column_index"
        ).fetchall()
        keys = connection.execute(
            "select table_name, constraint_type, constraint_column_names from duckdb_constraints()"
            " where schema_name = 'ticketlake' and constraint_type = 'PRIMARY KEY' order by 1"
        ).fetchall()
    return {"columns": columns, "keys": keys}


@pytest.fixture(scope="module")
def new_shape(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[object, ...]]]:
    """That of a warehouse made today."""
    today = Settings(tmp_path_factory.mktemp("today"))
    with connect(today) as connection:
        ensure_schema(connection)
    return shape(today)


@pytest.mark.parametrize("steps", range(len(LATER) + 1))
def test_a_warehouse_of_any_earlier_release_becomes_as_one_made_today(
    settings: Settings, new_shape: dict[str, list[tuple[object, ...]]], steps: int
) -> None:
    write_warehouse(settings, steps)
    with connect(settings) as connection:
        ensure_schema(connection)
        assert migrations.layout_of(connection).number == migrations.LATEST  # type: ignore[union-attr]
        kept = {
            table: connection.execute(f"select count(*) from {table}").fetchall()[0][0]
            for table in ("raw_servicenow.incident", "ticketlake.deleted_records", "ticketlake.reconciliation",
                          "ticketlake.applied_tombstones", "ticketlake.coverage")
        }  # fmt: skip
        assert set(kept.values()) == {1}, kept
        # Before layout 5 nobody noted why a reference is not held, so it is asked for once more.
        asked = connection.execute("select expired from ticketlake.asked_references").fetchall()
        assert asked == ([(True,)] if steps >= 4 else [])
        # What the sync writes with `insert or replace` needs the keys.
        connection.execute(
            "insert or replace into ticketlake.reconciliation values ('default', 'incident', 2, 2, 0, 0, '2026-11-01')"
        )
    assert shape(settings) == new_shape


def test_a_number_is_kept_and_nothing_is_done_twice(settings: Settings) -> None:
    write_warehouse(settings, 0)
    for _ in range(2):
        with connect(settings) as connection:
            ensure_schema(connection)
    rewrite(settings)
    with connect(settings) as connection:
        reached = connection.execute("select number from ticketlake.layout order by number").fetchall()
    assert reached == [(number,) for number in range(2, migrations.LATEST + 1)]


def test_a_file_in_older_storage_is_brought_forward(settings: Settings) -> None:
    write_warehouse(settings, 0)
    assert storage(settings) == "v1.0.0+"
    with connect(settings, read_only=True):
        pass
    assert storage(settings) == "v1.0.0+"
    with connect(settings) as connection:
        ensure_schema(connection)
    assert storage(settings) == "v1.5.0+"
    rewrite(settings)
    assert storage(settings) == "v1.5.0+"
    with connect(settings, read_only=True) as connection:
        assert connection.execute("select number from raw_servicenow.incident").fetchall() == [("INC1",)]


def storage(settings: Settings) -> str:
    """The storage version of the warehouse's file."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{settings.warehouse_path}' as warehouse (read_only)")
        query = "select tags['storage_version'] from duckdb_databases() where database_name = 'warehouse'"
        return str(connection.execute(query).fetchall()[0][0])


def test_a_warehouse_of_a_later_release_is_refused_with_its_release(settings: Settings) -> None:
    with connect(settings) as connection:
        ensure_schema(connection)
        connection.execute("insert into ticketlake.layout values (99, '7.8.9', now())")
    before = settings.warehouse_path.read_bytes()
    with pytest.raises(TicketlakeError, match=r"layout 99, made by Ticketlake 7\.8\.9.*install 7\.8\.9"):
        connect(settings).__enter__()
    assert settings.warehouse_path.read_bytes() == before


def test_a_state_of_the_first_release_is_brought_forward_by_a_run(settings: Settings, database: StateDatabase) -> None:
    write_state(settings)
    assert AuditLog(database).entries() == []
    with open_cycle(settings, "r2", CycleRequest()) as cycle:
        cycle._ledger.begin_run("default", "retention")
        cycle._ledger.published()
    assert [run.run_id for run in Runs(database).last()] == ["r2", "r1"]
    assert Connectors(database).get("default").id == "id-1"
    assert database.rows("pragma user_version")[0][0] == SCHEMA_VERSION


def test_a_state_of_a_later_release_is_refused_untouched(settings: Settings, database: StateDatabase) -> None:
    write_state(settings)
    with closing(sqlite3.connect(settings.state_path)) as db:
        db.execute("pragma user_version = 99")
    before = settings.state_path.read_bytes()
    with pytest.raises(TicketlakeError, match="schema 99, made by a later release"):
        Connectors(database).all()
    with pytest.raises(TicketlakeError, match="schema 99"), database.transaction():
        raise AssertionError("a later release's state was opened")
    assert settings.state_path.read_bytes() == before


@pytest.mark.parametrize("moment", ["state layout 2", "warehouse layout 5"])
def test_an_upgrade_that_was_killed_is_done_at_the_next_start(
    settings: Settings, database: StateDatabase, new_shape: dict[str, list[tuple[object, ...]]], moment: str
) -> None:
    write_state(settings)
    write_warehouse(settings, 0)
    environment = {"TICKETLAKE_DATA_DIR": str(settings.data_dir)}
    ended = subprocess.run([sys.executable, "-c", DIES, moment], env=environment, check=False)
    assert ended.returncode == 9
    with closing(sqlite3.connect(settings.state_path)) as db:
        ((reached,),) = db.execute("pragma user_version").fetchall()
    assert reached == (1 if moment.startswith("state") else SCHEMA_VERSION)
    with connect(settings, read_only=False) as connection:
        found = migrations.layout_of(connection)
    assert found is not None and found.number == (1 if moment.startswith("state") else 4)
    with open_cycle(settings, "r2", CycleRequest()):
        pass
    assert shape(settings) == new_shape
    assert Connectors(database).get("default").id == "id-1"


@pytest.mark.parametrize("content", [b"not a database" * 500, b""])
def test_a_damaged_warehouse_is_named_and_left_alone(settings: Settings, content: bytes) -> None:
    settings.warehouse_path.write_bytes(content)
    with pytest.raises(StateDamaged, match=r"warehouse\.duckdb is damaged.*ticketlake restore"):
        connect(settings).__enter__()
    assert settings.warehouse_path.read_bytes() == content
