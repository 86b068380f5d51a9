"""Files beside the warehouse that may hold what a row held: error messages, reports, logs, tools' own files.

Messages in `state.sqlite` are rewritten in place. What tools write and can write again is unlinked where it names
the person. Whatever else is under the data directory and names them is not ours to unlink, and is reported.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from ingestion.settings import Settings

#: Columns of `state.sqlite` that hold messages; all others are names, times and numbers of the pipeline's own.
_MESSAGES = frozenset({"error", "cause", "message", "warning", "override_reason"})
#: Nothing of a row is in these.
_ASSETS = frozenset({".css", ".js", ".woff", ".woff2", ".ttf", ".eot", ".svg", ".png", ".ico", ".toml", ".yaml"})
_ARCHIVES = {b"PK\x03\x04": "zip", b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"\xfd7zXZ": "xz", b"BZh": "bzip2"}
#: A letter as JSON may have it.
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_SQLITE = b"SQLite format 3\0"

#: What becomes of a text; another text means that it names the person.
Told = Callable[[str], str]


@dataclass
class Swept:
    """Paths below the data directory: `unlinked`, messages `rewritten`, and what is `left` with the reason."""

    unlinked: list[str] = field(default_factory=list)
    rewritten: int = 0
    left: dict[str, str] = field(default_factory=dict)


def sweep(settings: Settings, told: Told) -> Swept:
    """Search all files under the data directory but the warehouse, the published ones and those exported from them.

    These are written anew after the rows. The caller holds the lock.
    """
    found = Swept()
    ours = [
        settings.reports_dir, settings.dlt_dir, settings.dbt_dir, settings.dagster_home,
        settings.data_dir / "cache", settings.data_dir / "logs",
    ]  # fmt: skip
    if settings.state_path.is_file():
        found.rewritten = rewrite_messages(settings.state_path, told)
    for path in _searched(settings):
        name = str(path.relative_to(settings.data_dir))
        kind = _archive(path)
        if kind is not None:
            found.left[name] = f"a {kind} file is not searched; take it out if it holds the person"
        elif _names(path, told):
            if not any(folder in path.parents for folder in ours):
                found.left[name] = "it names the person and was not made by Ticketlake"
                continue
            for part in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))):
                part.unlink(missing_ok=True)
            found.unlinked.append(name)
    return found


def rewrite_messages(path: Path, told: Told) -> int:
    """Take the person out of the messages of a SQLite file, and of its free pages; how many messages changed.

    Rows that triggers keep from being changed are changed too: the triggers are back before anybody else can write.
    """
    count = 0
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as db:
        columns = [(table, column) for table, column in _columns(db) if column in _MESSAGES]
        changes = [
            (table, column, row, after)
            for table, column in columns
            for row, text in db.execute(f'select rowid, "{column}" from "{table}" where typeof("{column}") = \'text\'')
            if (after := told(text)) != text
        ]
        if not changes:
            return 0
        triggers = db.execute("select name, sql from sqlite_master where type = 'trigger'").fetchall()
        db.execute("begin immediate")
        try:
            for name, _ in triggers:
                db.execute(f'drop trigger "{name}"')
            for table, column, row, after in changes:
                db.execute(f'update "{table}" set "{column}" = ? where rowid = ?', (after, row))
                count += 1
            for _, sql in triggers:
                db.execute(sql)
        except BaseException:
            db.execute("rollback")
            raise
        db.execute("commit")
        db.execute("vacuum")
        db.execute("pragma wal_checkpoint(truncate)")
    return count


def _columns(db: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    for (table,) in db.execute("select name from sqlite_master where type = 'table'").fetchall():
        for _, column, *_ in db.execute(f'pragma table_info("{table}")').fetchall():
            yield table, column


def _searched(settings: Settings) -> list[Path]:
    """Regular files, SQLite's own side files left to their database."""
    known = {settings.warehouse_path, settings.state_path, settings.lock_path}
    known |= {path.with_name(path.name + end) for path in known for end in (".wal", "-wal", "-shm")}
    return sorted(
        path
        for path in settings.data_dir.rglob("*")
        if path.is_file()
        and not path.is_symlink()
        and path not in known
        and not {settings.published_dir, settings.export_dir} & set(path.parents)
        and path.suffix not in _ASSETS
        and not path.name.endswith(("-wal", "-shm", "-journal"))
    )


def _archive(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.read(300)
    if head[257:262] == b"ustar":
        return "tar"
    if head[8:12] == b"DUCK":
        return "DuckDB"
    return next((kind for magic, kind in _ARCHIVES.items() if head.startswith(magic)), None)


def _names(path: Path, told: Told) -> bool:
    """Whether a file names the person, as text, escaped as in JSON, or between the bytes of something else."""
    content = path.read_bytes()
    if content.startswith(_SQLITE):
        return _sqlite_names(path, told)
    text = content.decode("utf-8", "replace")
    if told(text) != text:
        return True
    if b"\\u" in content:
        plain = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
        return told(plain) != plain
    return False


def _sqlite_names(path: Path, told: Told) -> bool:
    with closing(sqlite3.connect(path, timeout=30)) as db:
        for table, column in _columns(db):
            rows = db.execute(f'select "{column}" from "{table}" where typeof("{column}") in (\'text\', \'blob\')')
            for (value,) in rows:
                text = value if isinstance(value, str) else value.decode("utf-8", "replace")
                if told(text) != text:
                    return True
    return False
