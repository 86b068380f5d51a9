"""Every published table as a Parquet or CSV file, for tools that do not read DuckDB.

`<folder>/<schema>/<table>.parquet|csv`, and `export.json`, which says of which version they are. All files of an
export are written beside first and then put in place one by one, so each is whole at any time.

Files under the data directory must not hold what retention, an erasure or a purge has taken out (contract,
section 7). So whoever rewrites the warehouse calls `mark_outdated`, and the next publish calls `follow`, which writes
the files there anew. The mark is a file: a process that dies in between leaves it to the next.
"""

import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Literal

import duckdb

from ingestion.errors import ConfigurationError, TicketlakeError
from ingestion.settings import Settings
from ingestion.warehouse import quoted, sql_text, writing
from orchestration.publish import SCHEMAS

log = logging.getLogger(__name__)

Format = Literal["parquet", "csv"]
FORMATS: tuple[Format, ...] = ("parquet", "csv")
#: Says of which version the files are.
MANIFEST = "export.json"
_OUTDATED = ".outdated"
_FRESH = ".fresh-"


@dataclass(frozen=True)
class ExportedTable:
    """One file: `file` is relative to the folder, `rows` counts without the header."""

    schema: str
    table: str
    file: str
    rows: int
    bytes: int


@dataclass(frozen=True)
class Exported:
    """What was written where. `version` is the published file's name; times are UTC, as ISO 8601."""

    format: Format
    folder: Path
    version: str
    published_at: str
    data_as_of: str
    tables: tuple[ExportedTable, ...]

    def as_json(self) -> dict[str, Any]:
        """As JSON types."""
        return {**asdict(self), "folder": str(self.folder), "tables": [asdict(table) for table in self.tables]}


def folder_of(settings: Settings, to: Path | None) -> Path:
    """Where an export goes: `to`, else `export` under the data directory.

    Raises ConfigurationError for any other place under the data directory: retention and erasure must reach every
    file there.
    """
    if to is None:
        return settings.export_dir
    folder = to.absolute()
    if folder.exists() and not folder.is_dir():
        raise ConfigurationError(f"{folder} is no directory; name one with --to")
    inside = folder.resolve().is_relative_to(settings.data_dir.resolve())
    if inside and folder.resolve() != settings.export_dir.resolve():
        raise ConfigurationError(
            f"{folder} lies under the data directory, where retention and erasure must reach every file;"
            f" name one outside, or none for {settings.export_dir}"
        )
    return folder


def export(settings: Settings, kind: Format, folder: Path) -> Exported:
    """Write every table of the newest published version into `folder`; returns what was written.

    Call while holding the data directory where `folder` is its `export`. Raises ConfigurationError where nothing has
    been published, TicketlakeError where the files cannot be written; then those that were there are untouched.
    """
    published = settings.published_link.resolve()
    if not published.is_file():
        raise ConfigurationError(
            f"nothing has been published in {settings.data_dir} yet; run `ticketlake sync` or `ticketlake demo` first"
        )
    with _fresh_folder(folder) as fresh, _opened(published, settings) as connection, writing(fresh):
        tables = tuple(_write(connection, fresh, kind, schema, name) for schema, name in _tables(connection))
        published_at, data_as_of = connection.execute(
            "select published_at, data_as_of from meta.publications order by published_at desc limit 1"
        ).fetchall()[0]
        exported = Exported(kind, folder, published.name, published_at.isoformat(), data_as_of.isoformat(), tables)
        _put_in_place(exported, fresh)
    return exported


def mark_outdated(settings: Settings) -> None:
    """Note that files under the data directory may hold what rows no longer do: before the warehouse is rewritten."""
    if settings.export_dir.is_dir():
        (settings.export_dir / _OUTDATED).touch()


def follow(settings: Settings) -> list[Path]:
    """Write an outdated export under the data directory anew, after a publish; the manifest's path where it was.

    Where that fails the old files are unlinked, and a warning says so: they must not outlive what they hold. Call
    while holding the data directory.
    """
    folder = settings.export_dir
    for leftover in folder.glob(f"{_FRESH}*"):
        shutil.rmtree(leftover)
    if not (folder / _OUTDATED).exists():
        return []
    kinds = [kind for kind in FORMATS if _files(folder, kind)]
    try:
        for kind in kinds:
            export(settings, kind, folder)
    except TicketlakeError as error:
        shutil.rmtree(folder)
        log.warning("the export in %s could not be written anew and was removed: %s", folder, error)
        return []
    (folder / _OUTDATED).unlink()
    return [folder / MANIFEST] if kinds else []


def _opened(published: Path, settings: Settings) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(published), read_only=True)
    connection.execute(f"set memory_limit = '{sql_text(settings.memory_limit)}'")
    return connection


@contextmanager
def _fresh_folder(folder: Path) -> Iterator[Path]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fresh = Path(mkdtemp(prefix=_FRESH, dir=folder))
    except OSError as error:
        raise TicketlakeError(f"{folder} cannot be written to: {error.strerror or error}") from error
    try:
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return connection.execute(
        "select schema_name, table_name from duckdb_tables() where list_contains(?, schema_name) order by all",
        [list(SCHEMAS)],
    ).fetchall()


def _write(connection: duckdb.DuckDBPyConnection, fresh: Path, kind: Format, schema: str, name: str) -> ExportedTable:
    path = fresh / schema / f"{name}.{kind}"
    path.parent.mkdir(exist_ok=True)
    columns = connection.execute(
        "select column_name, data_type, comment from duckdb_columns()"
        " where schema_name = ? and table_name = ? order by column_index",
        [schema, name],
    ).fetchall()
    source = f"{quoted(schema)}.{quoted(name)}"
    if kind == "csv":
        query = f"select {', '.join(_csv_column(column, data_type) for column, data_type, _ in columns)} from {source}"
        options = "format csv, header true"
    else:
        query = f"select * from {source}"
        options = f"format parquet, kv_metadata {_parquet_notes(connection, schema, name, columns)}"
    rows = connection.execute(f"copy ({query}) to '{sql_text(str(path))}' ({options})").fetchall()[0][0]
    return ExportedTable(schema, name, f"{schema}/{path.name}", rows, path.stat().st_size)


def _csv_column(column: str, data_type: str) -> str:
    """Times as ISO 8601 with a T, fractions only where there are any; dates and numbers are so already."""
    name = quoted(column)
    return f"replace({name}::varchar, ' ', 'T') as {name}" if data_type == "TIMESTAMP" else name


def _parquet_notes(
    connection: duckdb.DuckDBPyConnection, schema: str, name: str, columns: list[tuple[str, str, str | None]]
) -> str:
    """The comments of table and columns as the file's own metadata: keys `comment` and `columns` (JSON)."""
    comment = connection.execute(
        "select comment from duckdb_tables() where schema_name = ? and table_name = ?", [schema, name]
    ).fetchall()[0][0]
    notes = json.dumps({column: text for column, _, text in columns if text}, ensure_ascii=False)
    return f"{{comment: '{sql_text(comment or '')}', columns: '{sql_text(notes)}'}}"


def _put_in_place(exported: Exported, fresh: Path) -> None:
    """Each file takes the place of its predecessor at once; what `export.json` says of the other format stays."""
    folder, written = exported.folder, {table.file for table in exported.tables}
    try:
        for table in exported.tables:
            (folder / table.schema).mkdir(exist_ok=True)
            (fresh / table.file).replace(folder / table.file)
        for earlier in _files(folder, exported.format):
            # A table that is no more goes, a stranger's file stays.
            name = earlier.relative_to(folder).as_posix()
            if name in _noted(folder, exported.format) - written:
                earlier.unlink()
        entry = {key: value for key, value in exported.as_json().items() if key not in ("format", "folder")}
        text = json.dumps(_manifest(folder) | {exported.format: entry}, indent=1, ensure_ascii=False) + "\n"
        (fresh / MANIFEST).write_text(text, encoding="utf-8")
        (fresh / MANIFEST).replace(folder / MANIFEST)
    except OSError as error:
        raise TicketlakeError(f"{folder} cannot be written to: {error.strerror or error}") from error


def _manifest(folder: Path) -> dict[str, Any]:
    """What an earlier export noted; nothing where there is none that can be read."""
    try:
        document = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _noted(folder: Path, kind: Format) -> set[str]:
    """The files that an earlier export of the format wrote."""
    entry = _manifest(folder).get(kind) or {}
    return {str(table["file"]) for table in entry.get("tables", ())}


def _files(folder: Path, kind: Format) -> list[Path]:
    return [path for schema in SCHEMAS for path in (folder / schema).glob(f"*.{kind}")]
