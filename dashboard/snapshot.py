"""The published file as the dashboard reads it: read-only, one consistent version at a time, the newest there is."""

import logging
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import duckdb
import pandas as pd

#: The symlink in the data directory that shows the newest version.
PUBLISHED = "itsm.duckdb"

_NO_PARAMETERS: Mapping[str, object] = MappingProxyType({})
#: A file is opened for its tables alone: nothing is fetched from elsewhere, no other file is read.
_CONNECTION = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "enable_external_access": "false",
    "python_enable_replacements": "false",
}
#: The table of `meta` that files of earlier releases lack: no figure of open tickets goes without it.
_NEEDED = "instances"
_PARAMETER = re.compile(r"\$(\w+)")
_LOGGER = logging.getLogger(__name__)

Result = TypeVar("Result")
_State = tuple[int, int, int]


class NothingPublished(Exception):
    """There is no published file that can be read; its text says what to run next.

    `data_dir` is where it was looked for.
    """

    def __init__(self, data_dir: Path, reason: str = "") -> None:
        self.data_dir = data_dir
        cause = (
            f"{data_dir / PUBLISHED} cannot be read ({reason})" if reason else f"{data_dir} holds no {PUBLISHED} yet"
        )
        super().__init__(
            f"{cause}. Run `ticketlake sync` for your instance, or `make demo` to try it with an embedded one;"
            " a directory other than this one is named by TICKETLAKE_DATA_DIR."
        )


class _OlderFile(Exception):
    """A file that an earlier release published."""


@dataclass(frozen=True)
class Snapshot:
    """One published version, open for reading. Times are naive UTC; None where the file says nothing of them.

    `path` is the version's own file, `version` its name and what results may be cached by. `data_as_of` is the source's
    clock up to which the data is complete. It stays readable after newer ones have replaced it.
    """

    path: Path
    version: str
    published_at: datetime | None
    data_as_of: datetime | None
    last_good_sync_at: datetime | None
    _connection: duckdb.DuckDBPyConnection = field(repr=False, compare=False)
    _kept: dict[object, Any] = field(default_factory=dict, repr=False, compare=False)

    def frame(self, sql: str, parameters: Mapping[str, object] = _NO_PARAMETERS) -> pd.DataFrame:
        """The rows of a statement; `$name` in it stands for a parameter. May be called by several threads at once.

        Parameters that the statement does not name are left out. Raises duckdb.Error.
        """
        asked = set(_PARAMETER.findall(sql))
        named = {name: value for name, value in parameters.items() if name in asked}
        # A cursor is a connection of its own to the same open file.
        with self._connection.cursor() as cursor:
            return cursor.execute(sql, named or None).df()

    def close(self) -> None:
        """Let go of the file. For a process that goes on to open it otherwise; no question may follow."""
        self._connection.close()

    def once(self, key: object, make: Callable[[], Result]) -> Result:
        """What `make` gives, made once for this version; for small things that many questions need."""
        if key not in self._kept:
            self._kept[key] = make()
        kept: Result = self._kept[key]
        return kept


class Snapshots:
    """The versions of one data directory, the newest readable one at a time."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._lock = threading.Lock()
        self._shown: Snapshot | None = None
        #: Inode, time and size of the file that is shown, and of the one that was complained of last.
        self._shown_as: _State | None = None
        self._refused: _State | None = None

    def newest(self) -> Snapshot:
        """The version that the link shows; the one before while the new one cannot be opened, which is tried each time.

        Costs a `stat` where nothing changed. Raises NothingPublished where no version was ever readable.
        """
        with self._lock:
            link, found = self.data_dir / PUBLISHED, None
            try:
                state = link.stat()
                found = (state.st_ino, state.st_mtime_ns, state.st_size)
                if self._shown is None or found != self._shown_as:
                    self._shown, self._shown_as = _opened(link.resolve(strict=True)), found
            except (OSError, duckdb.Error, _OlderFile) as error:
                if self._shown is None:
                    reason = "" if isinstance(error, FileNotFoundError) else str(error)
                    raise NothingPublished(self.data_dir, reason) from error
                if found is None or found != self._refused:
                    _LOGGER.warning("%s cannot be read, the version before stays: %s", link, error)
                self._refused = found
            return self._shown


def _opened(path: Path) -> Snapshot:
    """Raises OSError, duckdb.Error, _OlderFile."""
    connection = duckdb.connect(str(path), read_only=True, config=_CONNECTION)
    found = connection.execute(
        "select 1 from duckdb_tables() where schema_name = 'meta' and table_name = ?", [_NEEDED]
    ).fetchall()
    if not found:
        connection.close()
        raise _OlderFile("an earlier version of Ticketlake published it")
    published_at, data_as_of, last_good_sync_at = connection.execute(
        """
        select
            (select max(published_at) from meta.publications),
            (select arg_max(data_as_of, published_at) from meta.publications),
            (select max(finished_at) from meta.sync_runs where status = 'succeeded')
        """
    ).fetchall()[0]
    return Snapshot(path, path.name, published_at, data_as_of, last_good_sync_at, connection)
