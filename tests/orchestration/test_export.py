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
from orchestration.export import FORMATS, Format, export, follow, mark_outdated
from orchestration.publish import publish
from orchestration.request import CycleRequest
from orchestration.state import StateDatabase
from tests.orchestration.test_versions import AS_OF, add_ticket

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


def cycle(settings: Settings, kind: Any = "sync") -> None:
    """A pass that reads nothing and publishes."""
    with open_cycle(settings, kind, CycleRequest(kind)) as opened:
        opened.publish()


@pytest.fixture
def shown(built: Settings, database: StateDatabase) -> Settings:
    """`built`, with a version that readers find."""
    publish(built, database, "first", AS_OF)
    return built


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


def test_a_failed_export_leaves_the_earlier_files_and_nothing_else(
    shown: Settings, database: StateDatabase, folder: Path
) -> None:
    export(shown, "csv", folder)
    (folder / "sdm" / "own.csv").write_text("a stranger's file")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    add_ticket(shown, "INC2")
    publish(shown, database, "second", AS_OF)
    with full_disk(), pytest.raises(TicketlakeError, match="cannot be written"):
        export(shown, "csv", folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    with (folder / "sdm" / "itsm.csv").open() as reader:
        export(shown, "csv", folder)
        assert len(reader.read().splitlines()) == 2, "a file that is being read stays what it was"
    assert numbers(folder, "csv") == ["INC1", "INC2"]
    assert (folder / "sdm" / "own.csv").read_text() == "a stranger's file"


def test_a_table_that_is_no_more_goes_and_the_other_format_stays(
    shown: Settings, database: StateDatabase, folder: Path
) -> None:
    for kind in ("parquet", "csv"):
        export(shown, kind, folder)
    with duckdb.connect(str(shown.warehouse_path)) as connection:
        connection.execute("drop table metrics.mttr; create table metrics.sla (instance varchar)")
    publish(shown, database, "second", AS_OF)
    export(shown, "csv", folder)
    assert {path.name for path in (folder / "metrics").iterdir()} == {"mttr.parquet", "sla.csv"}
    noted = json.loads((folder / "export.json").read_text())
    assert noted["csv"]["version"] == shown.published_link.resolve().name != noted["parquet"]["version"]


def test_files_under_the_data_directory_follow_a_rewrite(shown: Settings) -> None:
    for kind in ("parquet", "csv"):
        assert command(shown.data_dir, "--format", kind)[0] == 0
    with duckdb.connect(str(shown.warehouse_path)) as connection:
        connection.execute("update sdm.itsm set number = 'gone'")
    cycle(shown)
    assert numbers(shown.export_dir, "parquet") == ["INC1"], "a run that rewrites nothing leaves them"
    left = shown.export_dir / ".fresh-killed"
    left.mkdir()
    cycle(shown, "retention")
    for kind in FORMATS:
        assert numbers(shown.export_dir, kind) == ["gone"]
    assert not list(shown.export_dir.glob(".*"))


def test_a_rewrite_whose_process_died_is_followed_by_the_next_publish(shown: Settings) -> None:
    export(shown, "csv", shown.export_dir)
    mark_outdated(shown)
    with duckdb.connect(str(shown.warehouse_path)) as connection:
        connection.execute("update sdm.itsm set number = 'gone'")
    cycle(shown)
    assert numbers(shown.export_dir, "csv") == ["gone"]


def test_files_that_cannot_be_written_anew_do_not_stay(shown: Settings, caplog: pytest.LogCaptureFixture) -> None:
    export(shown, "csv", shown.export_dir)
    mark_outdated(shown)
    with full_disk():
        assert follow(shown) == []
    assert not shown.export_dir.exists()
    assert "was removed" in caplog.text


def test_a_purge_reaches_the_exported_files(shown: Settings, database: StateDatabase) -> None:
    cycle(shown)
    export(shown, "parquet", shown.export_dir)
    delete_connector(shown, database, "default", purge=True, actor="test")
    assert numbers(shown.export_dir, "parquet") == []
