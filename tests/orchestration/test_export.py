"""Exported files: equal to the published tables, whole at any time, and never older than what they may hold."""

import csv
import json
import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from ingestion.errors import TicketlakeError
from ingestion.settings import Settings
from orchestration import versions
from orchestration.cli import app
from orchestration.connectors.deletion import delete_connector
from orchestration.cycle import open_cycle
from orchestration.export import Format, export, follow, mark_outdated
from orchestration.request import CycleRequest
from orchestration.state import StateDatabase
from tests.orchestration.test_versions import add_ticket

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?")


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reads these versions."""
    monkeypatch.setattr(versions, "GRACE", timedelta(0))


def command(data_dir: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON document of `ticketlake export`."""
    environ = {"TICKETLAKE_DATA_DIR": str(data_dir)}
    ended = CliRunner().invoke(app, ["export", "--json", *arguments], env=environ)
    return ended.exit_code, json.loads(ended.stdout)


def cycle(settings: Settings, number: int, kind: Any = "sync") -> None:
    """A pass that reads nothing and publishes."""
    with open_cycle(settings, f"{number:08d}", CycleRequest(kind)) as opened:
        opened.publish()


def numbers(folder: Path, kind: Format) -> list[str]:
    """The tickets of an exported sdm.itsm."""
    with duckdb.connect() as connection:
        query = f"select number from read_{kind}('{folder}/sdm/itsm.{kind}') order by 1"
        return [number for (number,) in connection.execute(query).fetchall()]


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may grow beyond a few bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Outside the data directory; not there yet."""
    return tmp_path / "exported"


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_every_published_table_reads_back_equal(published_demo: Path, folder: Path, kind: Format) -> None:
    code, document = command(published_demo, "--format", kind, "--to", str(folder))
    assert code == 0 and document["version"] == (published_demo / "itsm.duckdb").resolve().name
    with duckdb.connect(str(published_demo / "itsm.duckdb"), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name, comment from duckdb_tables() order by all"
        ).fetchall()
        assert [(table["schema"], table["table"]) for table in document["tables"]] == [each[:2] for each in tables]
        for (schema, name, comment), noted in zip(tables, document["tables"], strict=True):
            path, table = folder / schema / f"{name}.{kind}", f"{schema}.{name}"
            columns = connection.execute(
                "select column_name, data_type, comment from duckdb_columns()"
                " where schema_name = ? and table_name = ? order by column_index",
                [schema, name],
            ).fetchall()
            types = "{" + ", ".join(f"'{column}': '{data_type}'" for column, data_type, _ in columns) + "}"
            csv_options = f"header = true, delim = ',', quote = '\"', escape = '\"', columns = {types}"
            read = f"read_csv('{path}', {csv_options})" if kind == "csv" else f"'{path}'"
            found = connection.execute(f"describe select * from {read}").fetchall()
            assert [each[:2] for each in found] == [each[:2] for each in columns], table
            for one, other in ((read, table), (table, read)):
                differing = f"select count(*) from (select * from {one} except all select * from {other})"
                assert connection.execute(differing).fetchall() == [(0,)], table
            assert noted["rows"] == connection.execute(f"select count(*) from {table}").fetchall()[0][0]
            assert noted["bytes"] == path.stat().st_size
            if kind == "parquet":
                notes = pq.read_metadata(path).metadata
                assert notes[b"comment"].decode() == comment
                assert json.loads(notes[b"columns"]) == {column: text for column, _, text in columns}
    assert {path.name for path in folder.iterdir()} == {"sdm", "metrics", "meta", "export.json"}


def test_csv_is_utf8_with_a_header_and_iso_times(published_demo: Path, folder: Path) -> None:
    assert command(published_demo, "--format", "csv", "--to", str(folder))[0] == 0
    with (folder / "sdm" / "itsm.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with duckdb.connect(str(published_demo / "itsm.duckdb"), read_only=True) as connection:
        titles = connection.execute("select sys_id, short_description from sdm.itsm").fetchall()
    assert {row["sys_id"]: row["short_description"] or None for row in rows} == dict(titles)
    assert all(MOMENT.fullmatch(row["opened_at"]) for row in rows if row["opened_at"])
    assert {row["is_open"] for row in rows} == {"true", "false"}


def test_without_a_published_file_or_in_a_forbidden_place_it_is_refused(settings: Settings) -> None:
    code, document = command(settings.data_dir, "--format", "csv")
    assert code == 2 and "nothing has been published" in document["error"] and "ticketlake sync" in document["error"]
    assert not settings.export_dir.exists()
    code, document = command(settings.data_dir, "--format", "csv", "--to", str(settings.data_dir / "mine"))
    assert code == 2 and "retention and erasure" in document["error"]
    (settings.data_dir.parent / "file").touch()
    assert command(settings.data_dir, "--format", "csv", "--to", str(settings.data_dir.parent / "file"))[0] == 2
    assert CliRunner().invoke(app, ["export", "--format", "xlsx"]).exit_code == 2


def test_a_failed_export_leaves_the_earlier_files_and_nothing_else(built: Settings, folder: Path) -> None:
    cycle(built, 0)
    export(built, "csv", folder)
    (folder / "sdm" / "own.csv").write_text("a stranger's file")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    add_ticket(built, "INC2")
    cycle(built, 1)
    with full_disk(), pytest.raises(TicketlakeError, match="cannot be written"):
        export(built, "csv", folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    with (folder / "sdm" / "itsm.csv").open() as reader:
        export(built, "csv", folder)
        assert len(reader.read().splitlines()) == 2, "a file that is being read stays what it was"
    assert numbers(folder, "csv") == ["INC1", "INC2"]
    assert (folder / "sdm" / "own.csv").read_text() == "a stranger's file"


def test_a_table_that_is_no_more_goes_and_the_other_format_stays(built: Settings, folder: Path) -> None:
    cycle(built, 0)
    for kind in ("parquet", "csv"):
        export(built, kind, folder)
    with duckdb.connect(str(built.warehouse_path)) as connection:
        connection.execute("drop table metrics.mttr; create table metrics.sla (instance varchar)")
    cycle(built, 1)
    export(built, "csv", folder)
    assert {path.name for path in (folder / "metrics").iterdir()} == {"mttr.parquet", "sla.csv"}
    noted = json.loads((folder / "export.json").read_text())
    assert noted["csv"]["version"] == built.published_link.resolve().name != noted["parquet"]["version"]


def test_files_under_the_data_directory_follow_a_rewrite(built: Settings) -> None:
    cycle(built, 0)
    for kind in ("parquet", "csv"):
        assert command(built.data_dir, "--format", kind)[0] == 0
    with duckdb.connect(str(built.warehouse_path)) as connection:
        connection.execute("update sdm.itsm set number = 'gone'")
    cycle(built, 1)
    assert numbers(built.export_dir, "parquet") == ["INC1"], "a run that rewrites nothing leaves them"
    left = built.export_dir / ".fresh-killed"
    left.mkdir()
    cycle(built, 2, "retention")
    for kind in ("parquet", "csv"):
        assert numbers(built.export_dir, kind) == ["gone"]
    assert not list(built.export_dir.glob(".*"))


def test_a_rewrite_whose_process_died_is_followed_by_the_next_publish(built: Settings) -> None:
    cycle(built, 0)
    export(built, "csv", built.export_dir)
    mark_outdated(built)
    with duckdb.connect(str(built.warehouse_path)) as connection:
        connection.execute("update sdm.itsm set number = 'gone'")
    cycle(built, 1)
    assert numbers(built.export_dir, "csv") == ["gone"]


def test_files_that_cannot_be_written_anew_do_not_stay(built: Settings, caplog: pytest.LogCaptureFixture) -> None:
    cycle(built, 0)
    export(built, "csv", built.export_dir)
    mark_outdated(built)
    with full_disk():
        assert follow(built) == []
    assert not built.export_dir.exists()
    assert "was removed" in caplog.text


def test_a_purge_reaches_the_exported_files(built: Settings, database: StateDatabase) -> None:
    cycle(built, 0)
    export(built, "parquet", built.export_dir)
    delete_connector(built, database, "default", purge=True, actor="test")
    assert numbers(built.export_dir, "parquet") == []
