"""Where a text lies in a data directory: in text columns by SQL, and in the raw bytes of every file.

DuckDB writes texts plain only where compression is off, which `plain_storage` sees to in every process that
a test starts; archives are unpacked in memory, however deep.
"""

import bz2
import gzip
import io
import lzma
import os
import sqlite3
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

#: Read by every Python that is started with its folder on PYTHONPATH.
_SITE = """\
import duckdb
_connect = duckdb.connect
def connect(*arguments, **options):
    connection = _connect(*arguments, **options)
    connection.execute("SET force_compression = 'uncompressed'")
    return connection
duckdb.connect = connect
"""
_PACKED = {b"\x1f\x8b": gzip.decompress, b"BZh": bz2.decompress, b"\xfd7zXZ": lzma.decompress}


@contextmanager
def plain_storage(folder: Path) -> Iterator[None]:
    """DuckDB compresses nothing meanwhile, here and in processes that are started; `folder` is written to."""
    (folder / "sitecustomize.py").write_text(_SITE)
    before, connect = os.environ.get("PYTHONPATH"), duckdb.connect
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(folder), before)))
    exec(compile(_SITE, "sitecustomize", "exec"), {})
    try:
        yield
    finally:
        duckdb.connect = connect
        os.environ.pop("PYTHONPATH") if before is None else os.environ.__setitem__("PYTHONPATH", before)
        sys.modules.pop("sitecustomize", None)


def in_files(directory: Path, texts: Sequence[str]) -> dict[str, bytes]:
    """Files, below the directory, that have one of the texts among their bytes in any case, and what is around."""
    needles = [text.lower().encode() for text in texts]
    return {
        str(path.relative_to(directory)): found
        for path in sorted(directory.rglob("*"))
        if path.is_file() and not path.is_symlink() and (found := _around(path.read_bytes(), needles))
    }


def _around(content: bytes, needles: Sequence[bytes]) -> bytes:
    """The first of the texts with its surroundings; nothing where there is none."""
    lowered = content.lower()
    for needle in needles:
        if (place := lowered.find(needle)) >= 0:
            return content[max(0, place - 60) : place + 60]
    return next((found for part in _parts(content) if (found := _around(part, needles))), b"")


def _parts(content: bytes) -> Iterator[bytes]:
    """What an archive or a packed file holds."""
    for magic, unpack in _PACKED.items():
        if content.startswith(magic):
            yield unpack(content)
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from map(archive.read, archive.namelist())
    if content[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            yield from (member.read() for each in tar if (member := tar.extractfile(each)))


def in_columns(directory: Path, texts: Sequence[str]) -> set[tuple[str, str, str]]:
    """File, table and column of every value, of any type, of every database that has one of the texts in it."""
    found: set[tuple[str, str, str]] = set()
    for path in sorted(directory.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        head = path.read_bytes()[:16]
        columns = _of_duckdb if head[8:12] == b"DUCK" else _of_sqlite if head.startswith(b"SQLite format 3") else None
        if columns is not None:
            found |= {(str(path.relative_to(directory)), *place) for place in columns(path, texts)}
    return found


def _of_duckdb(path: Path, texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        tables: dict[tuple[str, str], list[str]] = {}
        for schema, table, column in connection.execute(
            "select schema_name, table_name, column_name from duckdb_columns() join duckdb_tables()"
            " using (database_name, schema_name, table_name) where not duckdb_tables.internal"
        ).fetchall():
            tables.setdefault((schema, table), []).append(column)
        for (schema, table), columns in tables.items():
            name = f'"{schema}"."{table}"'
            # Few tables have any of the texts: their columns are looked at one by one.
            values = ", ".join(f'"{column}"' for column in columns)
            whole = _told(f"concat_ws(chr(31), {values})", "varchar", "contains", texts)
            if connection.execute(f"select 1 from {name} where {whole} limit 1").fetchall():
                for column in columns:
                    told = _told(f'"{column}"', "varchar", "contains", texts)
                    if connection.execute(f"select 1 from {name} where {told} limit 1").fetchall():
                        yield f"{schema}.{table}", column


def _told(value: str, text_type: str, contains: str, texts: Sequence[str]) -> str:
    """SQL: whether a value has one of the texts in it."""
    lowered = f"lower(cast({value} as {text_type}))"
    return " or ".join(f"{contains}({lowered}, lower('{text}'))" for text in texts)


def _of_sqlite(path: Path, texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        for (table,) in db.execute("select name from sqlite_master where type = 'table'").fetchall():
            for _, column, *_ in db.execute(f'pragma table_info("{table}")').fetchall():
                told = _told(f'"{column}"', "text", "instr", texts)
                if db.execute(f'select 1 from "{table}" where {told} limit 1').fetchall():
                    yield table, column
