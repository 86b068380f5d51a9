"""Published versions: what readers see while they are swapped, and which are kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from ingestion.settings import Settings
from ingestion.warehouse import BOOKKEEPING, connect
from orchestration import versions
from orchestration.publish import NothingToPublish, publish, shown_holds_expired
from orchestration.state import Connectors, ConnectorStatus, Publications, Runs, StateDatabase

AS_OF = datetime(2026, 11, 20, 11, 55)


def numbers(settings: Settings) -> list[str]:
    with duckdb.connect(str(settings.published_link), read_only=True) as connection:
        return [number for (number,) in connection.execute("select number from sdm.itsm order by 1").fetchall()]


def add_ticket(settings: Settings, number: str) -> None:
    with connect(settings) as connection:
        connection.execute("insert into sdm.itsm values ('default', ?, ?)", [number, number])


def aged(settings: Settings, by: timedelta) -> None:
    """Make every version look older."""
    for version in versions.versions(settings):
        stamp = f"{version.published_at - by:%Y%m%dT%H%M%S%fZ}"
        renamed = version.path.rename(version.path.with_name(f"itsm-{stamp}-{version.run}.duckdb"))
        if settings.published_link.resolve() == version.path.resolve():
            settings.published_link.unlink()
            settings.published_link.symlink_to(renamed.relative_to(settings.data_dir))


def test_a_reader_keeps_its_snapshot_over_three_publishes(built: Settings, database: StateDatabase) -> None:
    publish(built, database, "run-0", AS_OF)
    with duckdb.connect(str(built.published_link), read_only=True) as reader:
        for number in range(1, 4):
            add_ticket(built, f"INC{number + 1}")
            publish(built, database, f"run-{number}", AS_OF)
            versions.unlink_old_now(built, keep=1, sleep=lambda _: aged(built, versions.GRACE))
            assert reader.execute("select number from sdm.itsm").fetchall() == [("INC1",)]
            # A new connection in the same process sees the new version, though the old one is still open.
            assert len(numbers(built)) == number + 1


def test_the_published_file_is_a_read_only_compact_copy_of_the_public_schemas(
    built: Settings, database: StateDatabase
) -> None:
    version = publish(built, database, "run-0", AS_OF)
    assert not built.published_link.readlink().is_absolute()
    assert built.published_link.resolve() == version.path.resolve()
    assert version.path.stat().st_mode & 0o777 == 0o444
    assert [path.name for path in built.published_dir.iterdir()] == [version.path.name]
    with duckdb.connect(str(built.published_link), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name, comment from duckdb_tables() order by all"
        ).fetchall()
        columns = connection.execute(
            "select column_name, comment, is_nullable from duckdb_columns() where table_name in ('itsm', 'sync_runs')"
        ).fetchall()
        assert not connection.execute("select 1 from duckdb_views() where not internal").fetchall()
    assert {schema for schema, _, _ in tables} == {"sdm", "metrics", "meta"}
    assert ("sdm", "itsm", "one row per live incident; it's the heart") in tables
    assert ("meta", "sync_runs", "one row a run") in tables
    assert ("sys_id", "key at the source", False) in columns
    assert ("run_id", "the run", False) in columns
    assert ("number", None, True) in columns


def test_the_current_run_is_published_as_succeeded_and_its_connector_as_active(
    built: Settings, database: StateDatabase
) -> None:
    connectors, runs = Connectors(database), Runs(database)
    for name, status in (("default", ConnectorStatus.RUNNING), ("other", ConnectorStatus.SYNC_ERROR)):
        connectors.register(name, "https://example.service-now.com", status, actor="test")
        runs.begin("run-0", name, "sync")
    runs.finish("run-0", "other", "asleep", 1)
    publish(built, database, "run-0", AS_OF)
    with duckdb.connect(str(built.published_link), read_only=True) as connection:
        published_runs = connection.execute("select instance, status, error from meta.sync_runs order by 1").fetchall()
        states = connection.execute("select name, status from meta.connectors order by 1").fetchall()
        publications = connection.execute("select run_id, data_as_of from meta.publications").fetchall()
    assert published_runs == [("default", "succeeded", None), ("other", "failed", "asleep")]
    assert states == [("default", "active"), ("other", "sync_error")]
    assert publications == [("run-0", AS_OF)]
    assert connectors.get("default").status is ConnectorStatus.RUNNING
    assert [publication.run_id for publication in Publications(database).all()] == ["run-0"]


def test_two_versions_are_kept_and_older_ones_go_after_their_grace(built: Settings, database: StateDatabase) -> None:
    for number in range(3):
        publish(built, database, f"run-{number}", AS_OF)
    assert versions.unlink_old(built) > timedelta(0)
    assert len(versions.versions(built)) == 3
    aged(built, versions.GRACE)
    assert versions.unlink_old(built) == timedelta(0)
    assert [version.run for version in versions.versions(built)] == ["run-1", "run-2"]
    assert numbers(built) == ["INC1"]


def test_after_a_rewrite_one_version_is_left(built: Settings, database: StateDatabase) -> None:
    for number in range(3):
        publish(built, database, f"run-{number}", AS_OF)
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        aged(built, timedelta(seconds=seconds))

    versions.unlink_old_now(built, keep=1, sleep=sleep)
    assert [version.run for version in versions.versions(built)] == ["run-2"]
    assert sum(waits) <= versions.GRACE.total_seconds()


def test_what_a_dead_process_left_is_removed_and_the_shown_version_stays(
    built: Settings, database: StateDatabase
) -> None:
    shown = publish(built, database, "run-0", AS_OF)
    half = versions.fresh_file(built, "run-1")
    half.write_bytes(b"half a file")
    unshown = built.published_dir / f"itsm-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}-run-2.duckdb"
    unshown.write_bytes(b"renamed, but never linked")
    versions.discard_unfinished(built)
    assert list(built.published_dir.iterdir()) == [shown.path]
    assert numbers(built) == ["INC1"]


def test_names_keep_their_order_when_the_clock_is_set_back(built: Settings, database: StateDatabase) -> None:
    publish(built, database, "run-0", AS_OF)
    aged(built, timedelta(hours=-1))
    later = publish(built, database, "run-1", AS_OF)
    assert versions.current(built) == later == versions.versions(built)[-1]


def test_a_failed_publish_leaves_the_last_good_version(built: Settings, database: StateDatabase) -> None:
    publish(built, database, "run-0", AS_OF)
    with connect(built) as connection:
        connection.execute("drop schema sdm cascade")
    with pytest.raises(NothingToPublish, match="schema sdm has not been built"):
        publish(built, database, "run-1", AS_OF)
    assert numbers(built) == ["INC1"]


def test_a_version_is_known_to_hold_what_has_expired_since(built: Settings, database: StateDatabase) -> None:
    assert not shown_holds_expired(replace(built))
    publish(built, database, "run-0", AS_OF)
    assert not shown_holds_expired(built)
    with connect(built) as connection:
        connection.execute(
            f"insert into {BOOKKEEPING}.deleted_records values ('default', 'incident', 'a', ?, 'retention')", [AS_OF]
        )
    assert shown_holds_expired(built)
    publish(built, database, "run-1", AS_OF)
    assert not shown_holds_expired(built)
