"""The published file as it changes under a reader: swaps, broken files, none at all, versions that go."""

import logging
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from dashboard.snapshot import PUBLISHED, NothingPublished, Snapshot, Snapshots


def publish(data_dir: Path, name: str, mark: str) -> Path:
    """A new version whose `meta.connectors` says `mark`, shown as publishing shows one."""
    (data_dir / "published").mkdir(parents=True, exist_ok=True)
    path = data_dir / "published" / f"itsm-{name}.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema meta")
        connection.execute("create table meta.instances (instance varchar)")
        connection.execute("create table meta.connectors as select ? as name", [mark])
        connection.execute(
            "create table meta.publications as select timestamp '2026-01-02 03:04:05' as published_at,"
            " timestamp '2026-01-02 03:00:00' as data_as_of"
        )
        connection.execute(
            "create table meta.sync_runs as from (values ('succeeded', timestamp '2026-01-02 03:04:00'),"
            " ('failed', timestamp '2026-01-02 09:00:00')) as runs(status, finished_at)"
        )
    show(data_dir, path)
    return path


def show(data_dir: Path, path: Path) -> None:
    """Swap the link as publishing does."""
    path.chmod(0o444)
    fresh = data_dir / "itsm.duckdb.new"
    fresh.symlink_to(path.relative_to(data_dir))
    fresh.replace(data_dir / PUBLISHED)


def mark_of(snapshot: Snapshot) -> str:
    return str(snapshot.frame("select name from meta.connectors")["name"].iloc[0])


def test_a_new_version_is_picked_up_and_the_old_one_goes_on(data_dir: Path) -> None:
    old_file = publish(data_dir, "1", "old")
    snapshots = Snapshots(data_dir)
    old = snapshots.newest()
    assert snapshots.newest() is old
    assert old.version == "itsm-1.duckdb"
    assert (str(old.published_at), str(old.data_as_of)) == ("2026-01-02 03:04:05", "2026-01-02 03:00:00")
    assert str(old.last_good_sync_at) == "2026-01-02 03:04:00"

    publish(data_dir, "2", "new")
    new = snapshots.newest()
    assert (new.version, mark_of(new)) == ("itsm-2.duckdb", "new")
    # Versions are unlinked while somebody still reads them.
    old_file.unlink()
    new.path.unlink()
    assert (mark_of(old), mark_of(new)) == ("old", "new")


def test_a_file_that_cannot_be_read_leaves_the_old_one(data_dir: Path, caplog: pytest.LogCaptureFixture) -> None:
    whole = publish(data_dir, "1", "old")
    snapshots = Snapshots(data_dir)
    first = snapshots.newest()

    half = data_dir / "published" / "itsm-2.duckdb"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 8])
    unlike = data_dir / "published" / "itsm-3.duckdb"
    duckdb.connect(str(unlike)).close()
    text = data_dir / "published" / "itsm-4.duckdb"
    text.write_text("not a database")
    for broken in (half, unlike, text):
        show(data_dir, broken)
        with caplog.at_level(logging.WARNING):
            caplog.clear()
            assert snapshots.newest() is first
            assert snapshots.newest() is first
        assert [record.levelname for record in caplog.records] == ["WARNING"], "it is said once"
        assert mark_of(first) == "old"

    (data_dir / PUBLISHED).unlink()
    assert snapshots.newest() is first

    publish(data_dir, "5", "whole again")
    assert mark_of(snapshots.newest()) == "whole again"


def test_without_a_file_it_says_what_to_do(data_dir: Path) -> None:
    snapshots = Snapshots(data_dir)
    with pytest.raises(NothingPublished, match=r"ticketlake sync.*TICKETLAKE_DATA_DIR") as nothing:
        snapshots.newest()
    assert nothing.value.data_dir == data_dir
    assert str(data_dir) in str(nothing.value)

    data_dir.mkdir()
    (data_dir / PUBLISHED).symlink_to("published/gone.duckdb")
    with pytest.raises(NothingPublished, match=r"no itsm\.duckdb yet"):
        snapshots.newest()

    (data_dir / PUBLISHED).unlink()
    (data_dir / PUBLISHED).write_text("not a database")
    with pytest.raises(NothingPublished, match="cannot be read"):
        snapshots.newest()

    older = publish(data_dir, "1", "older")
    older.chmod(0o644)
    with duckdb.connect(str(older)) as connection:
        connection.execute("drop table meta.instances")
    with pytest.raises(NothingPublished, match=r"earlier version of Ticketlake published it.*ticketlake sync"):
        snapshots.newest()

    publish(data_dir, "2", "the first")
    assert mark_of(snapshots.newest()) == "the first"


def test_nothing_is_written_and_nothing_else_is_read(snapshot: Snapshot, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.csv"
    stranger.write_text("a\n1\n")
    for statement in (
        "delete from sdm.itsm",
        "create table sdm.more (a integer)",
        f"from read_csv('{stranger}')",
        f"copy sdm.groups to '{tmp_path / 'out.csv'}'",
        f"attach '{tmp_path / 'other.duckdb'}' as other",
        "install httpfs",
    ):
        with pytest.raises(duckdb.Error):
            snapshot.frame(statement)
    assert list(tmp_path.iterdir()) == [stranger]


def test_parameters_are_values_and_never_sql(snapshot: Snapshot) -> None:
    found = snapshot.frame(
        "select $name as name, $names as names", {"name": "' or true --", "names": ["a'b"], "more": 1}
    )
    assert (found["name"].iloc[0], list(found["names"].iloc[0])) == ("' or true --", ["a'b"])


def test_many_threads_ask_one_snapshot(lake: Path) -> None:
    snapshots = Snapshots(lake)

    def ask(number: int) -> tuple[int, int]:
        found = snapshots.newest().frame("select $number as number, count(*) as n from sdm.itsm", {"number": number})
        return int(found["number"].iloc[0]), int(found["n"].iloc[0])

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(64)))
    assert [number for number, _ in answers] == list(range(64))
    assert len({count for _, count in answers}) == 1


def test_what_is_kept_is_kept_by_version(data_dir: Path, lake: Path) -> None:
    shutil.copytree(lake, data_dir, symlinks=True)
    snapshots = Snapshots(data_dir)
    made: list[int] = []
    for _ in range(2):
        assert snapshots.newest().once("a key", lambda: made.append(1) or len(made)) == 1
    publish(data_dir, "2", "new")
    assert snapshots.newest().once("a key", lambda: made.append(1) or len(made)) == 2


def test_the_greatest_tables_lie_in_the_order_in_which_filters_leave_rows_out(snapshot: Snapshot) -> None:
    for table, moment in {"itsm": "opened_at", "group_moves": "moved_at"}.items():
        stored = snapshot.frame(f"select instance, priority, {moment} from sdm.{table}")
        assert len(stored) > 100
        ordered = stored.sort_values(list(stored.columns), kind="stable", ignore_index=True)
        assert stored.equals(ordered), table
